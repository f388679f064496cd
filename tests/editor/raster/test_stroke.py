"""Strokes: even distances, batching, coverage as the largest of all dabs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editor.raster.brush import stamp
from editor.raster.stroke import MIN_STEP, CoverageBuffer, Dab, StrokePath, apply_add, apply_erase
from inference.geometry import Bounds

AREA = Bounds(0, 0, 120, 90)
samples = st.lists(st.tuples(st.floats(-20, 140), st.floats(-20, 110), st.floats(0, 1)), max_size=8)


def dense(buffer: CoverageBuffer) -> np.ndarray:
    side = buffer.tile
    out = np.zeros((-(-AREA.height // side) * side, -(-AREA.width // side) * side), np.uint8)
    for (tx, ty), tile in buffer.tiles.items():
        out[ty * side : (ty + 1) * side, tx * side : (tx + 1) * side] = tile
    return out


def test_the_first_sample_gives_a_dab() -> None:
    assert StrokePath(20).add(3, 4, 0.7) == [Dab(3, 4, 20, 0.7)]


def test_a_straight_line_has_dabs_at_even_distances() -> None:
    path = StrokePath(20, 0.25)
    dabs = path.extend([(0, 0, 1), (3, 0, 1), (14, 0, 1), (14.5, 0, 1), (31, 0, 1)])
    assert [d.x for d in dabs] == pytest.approx([0, 5, 10, 15, 20, 25, 30])


def test_spacing_is_never_less_than_half_a_pixel() -> None:
    dabs = StrokePath(1, 0.01).extend([(0, 0, 1), (10, 0, 1)])
    assert len(dabs) == 1 + 10 / MIN_STEP


def test_pressure_is_interpolated_and_sets_the_size_where_asked() -> None:
    line = [(0.0, 0.0, 0.0), (100.0, 0.0, 1.0)]
    for dab in StrokePath(10, 0.5).extend(line):
        assert dab.pressure == pytest.approx(dab.x / 100)
        assert dab.diameter == 10
    dabs = StrokePath(10, 0.5, pressure_size=True).extend(line)
    for dab in dabs[1:]:
        assert dab.diameter == pytest.approx(max(dab.x / 10, 0.25))
    gaps = np.diff([d.x for d in dabs])
    assert gaps[-1] > gaps[2]  # larger dabs lie further apart


def test_pressing_harder_on_the_spot_grows_the_dab() -> None:
    path = StrokePath(40, 0.1, pressure_size=True)
    path.add(5, 5, 0.05)
    dabs = path.add(5, 5, 1.0)
    assert dabs[-1].diameter > 32
    assert all((d.x, d.y) == (5, 5) for d in dabs)
    assert path.add(5, 5, 1.0) == []


@pytest.mark.parametrize(("diameter", "spacing"), [(0, 0.1), (math.nan, 0.1), (10, 0)])
def test_bad_strokes(diameter: float, spacing: float) -> None:
    with pytest.raises(ValueError, match="no stroke"):
        StrokePath(diameter, spacing)


@settings(max_examples=60, deadline=None)
@given(samples, st.data(), st.sampled_from([0.6, 7, 30.0]), st.sampled_from([0, 0.5, 1]), st.booleans())
def test_a_stroke_in_any_batching_equals_the_stroke_at_once(
    points: list[tuple[float, float, float]], data: st.DataObject, size: float, hardness: float, sized: bool
) -> None:
    at_once = StrokePath(size, 0.2, sized).extend(points)
    whole = CoverageBuffer(AREA, hardness, tile=32)
    whole.add(at_once)
    path, parts, rest = StrokePath(size, 0.2, sized), CoverageBuffer(AREA, hardness, tile=32), list(points)
    dabs: list[Dab] = []
    canvas: dict[tuple[int, int], np.ndarray] = {}
    while rest:
        n = data.draw(st.integers(1, len(rest)))
        batch = path.extend(rest[:n])
        rest = rest[n:]
        dabs += batch
        for key, cover in parts.add(batch).items():
            canvas[key] = apply_add(canvas.get(key), cover)
    assert dabs == at_once
    assert parts.tiles.keys() == whole.tiles.keys() == canvas.keys()
    for key, tile in whole.tiles.items():
        assert np.array_equal(parts.tiles[key], tile)
        assert np.array_equal(canvas[key], tile)  # applied as it grew


@settings(max_examples=40, deadline=None)
@given(samples, st.sampled_from([5, 30.0]))
def test_coverage_is_the_largest_of_all_dabs(points: list[tuple[float, float, float]], size: float) -> None:
    dabs = StrokePath(size, 0.3).extend(points)
    buffer = CoverageBuffer(AREA, 0.4, tile=64)
    touched = buffer.add(dabs)
    pad = 200
    expected = np.zeros((AREA.height + 2 * pad, AREA.width + 2 * pad), np.uint8)
    for dab in dabs:
        cover, x, y = stamp(dab.diameter, 0.4, dab.x, dab.y)
        place = expected[y + pad : y + pad + len(cover), x + pad : x + pad + len(cover)]
        place[:] = np.maximum(place, cover)
    expected = expected[pad:-pad, pad:-pad]
    out = dense(buffer)
    assert np.array_equal(out[: AREA.height, : AREA.width], expected)
    assert not out[AREA.height :].any()
    assert not out[:, AREA.width :].any()
    assert touched.keys() == buffer.tiles.keys()


def test_a_soft_edge_stays_soft_however_dense_the_dabs() -> None:
    single = CoverageBuffer(AREA, 0.0)
    single.add([Dab(60.5, 45.5, 40, 1)])
    many = CoverageBuffer(AREA, 0.0)
    many.add(StrokePath(40, 0.001).extend([(40.5, 45.5, 1), (80.5, 45.5, 1)]))
    assert np.array_equal(many.tiles[0, 0][:, 60], single.tiles[0, 0][:, 60])


def test_dabs_outside_the_bounds_touch_nothing() -> None:
    assert CoverageBuffer(AREA).add([Dab(-50, 10, 20, 1), Dab(10, 300, 20, 1)]) == {}


def test_only_tiles_that_a_batch_touches_are_given() -> None:
    buffer = CoverageBuffer(AREA, tile=32)
    buffer.add([Dab(10, 10, 8, 1)])
    assert list(buffer.add([Dab(80, 80, 8, 1)])) == [(2, 2)]
    assert set(buffer.tiles) == {(0, 0), (2, 2)}


def test_add_and_erase_are_what_the_selection_does_with_a_shape() -> None:
    old = np.array([[0, 100, 200, 255]], np.uint8)
    cover = np.array([[50, 120, 255, 0]], np.uint8)
    for array in (old, cover):
        array.flags.writeable = False
    assert apply_add(old, cover).tolist() == [[50, 120, 255, 255]]
    assert apply_erase(old, cover).tolist() == [[0, 0, 0, 255]]
    assert apply_add(None, cover).tolist() == cover.tolist()
    assert apply_add(None, cover) is not cover
    assert apply_erase(None, cover).tolist() == [[0, 0, 0, 0]]
