"""The view buffer: whatever happened, it shows what the projection holds, and copies no more than it must."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from editor.document.geometry import Bounds
from editor.document.tiles import Array8
from editor.render.qimage import pixels_of
from editor.render.view_buffer import ViewBuffer
from tests.editor.render.test_projection import Source, noise


def shown(buffer: ViewBuffer, part: Bounds, level: int) -> Array8:
    image, place = buffer.image(part, level)
    return pixels_of(image)[part.slices(place)].copy()


@st.composite
def parts(draw: st.DrawFn) -> tuple[Bounds, int]:
    """Of a picture of 3000 × 2000, and a level of it."""
    level = draw(st.integers(0, 2))
    whole = Bounds(0, 0, 3000 >> level, 2000 >> level)
    x, y = draw(st.integers(0, whole.width - 1)), draw(st.integers(0, whole.height - 1))
    size = draw(st.integers(1, 900)), draw(st.integers(1, 700))
    return Bounds(x, y, *size).intersected(whole), level


@run_with(max_examples=40, deadline=None)
@given(steps=st.lists(st.one_of(parts(), st.tuples(st.integers(0, 2800), st.integers(0, 1800))), max_size=8))
def test_it_shows_what_the_projection_holds(steps: list[tuple[Bounds, int] | tuple[int, int]]) -> None:
    source = Source(noise(3000, 2000))
    projection = source.projection()
    projection.update(source.bounds)
    buffer = ViewBuffer(projection)
    for number, (first, second) in enumerate(steps):
        if isinstance(first, Bounds):
            assert np.array_equal(shown(buffer, first, second), projection.read(first, second))
        else:
            changed = Bounds(first, second, 150, 120).intersected(source.bounds)
            source.picture[changed.slices()] = noise(changed.width, changed.height, number)
            projection.invalidate(changed)
            projection.update(source.bounds)


def test_a_short_way_copies_only_the_tiles_that_come_into_view() -> None:
    source = Source(noise(3000, 2000))
    projection = source.projection()
    projection.update(source.bounds)
    buffer = ViewBuffer(projection)
    copied: list[tuple[int, int]] = []
    copy = buffer._copy

    def counted(key: tuple[int, int], pixels: Array8) -> None:
        copied.append(key)
        copy(key, pixels)

    buffer._copy = counted  # type: ignore[method-assign]
    first = Bounds(600, 600, 500, 500)
    shown(buffer, first, 0)
    assert len(copied) == 9
    for step in range(1, 8):  # within the margin, and beyond it
        copied.clear()
        part = first.translated(step * 100, step * 40)
        assert np.array_equal(shown(buffer, part, 0), source.picture[part.slices()])
        assert len(copied) <= 5
    copied.clear()
    projection.invalidate(Bounds(1500, 900, 100, 10))
    projection.update(source.bounds)
    assert {each.x for each in buffer.changed} == {1500, 1536}
    assert sum(each.extent.area for each in buffer.changed) == 1000
    shown(buffer, part, 0)
    assert sorted(copied) == [(5, 3), (6, 3)]
    assert buffer.changed == []


def test_a_released_buffer_listens_no_more() -> None:
    source = Source(noise(600, 500))
    projection = source.projection()
    buffer = ViewBuffer(projection)
    projection.update(source.bounds)
    shown(buffer, source.bounds, 0)
    buffer.release()
    projection.invalidate(source.bounds)
    projection.update(source.bounds)
    assert buffer.changed == []
