"""Where rulers have marks: at round numbers, far enough apart to be read, whatever the view."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editor.canvas.ruler_scale import LABEL_GAP, TICK_GAP, RulerScale
from editor.canvas.viewport import MAXIMUM, MINIMUM, Viewport
from inference.geometry import Extent

scales = st.builds(
    RulerScale,
    st.just("vertical"),
    st.floats(-100_000, 2000),
    st.floats(MINIMUM / 3, MAXIMUM) | st.floats(-MAXIMUM, -MINIMUM / 3),
)


@given(scales, st.integers(1, 4000))
def test_marks_are_apart_and_at_round_numbers(scale: RulerScale, length: int) -> None:
    ticks, (label, step) = scale.ticks(length), scale.steps
    assert str(label)[0] in "125" and set(str(label)[1:]) <= {"0"} and label % step == 0
    assert label * abs(scale.per_pixel) >= LABEL_GAP * (1 - 1e-9)
    assert step == label or step * abs(scale.per_pixel) >= TICK_GAP
    for one, other in pairwise(ticks):
        assert other.value - one.value == step
    for tick in ticks:
        assert tick.at == pytest.approx(scale.begin + tick.value * scale.per_pixel)
        assert (tick.rank == 0) == (tick.value % label == 0)
        assert tick.rank == 2 or (2 * tick.value) % label == 0
    places = [tick.at for tick in ticks if tick.rank == 0]
    assert min(places) <= 0 and max(places) >= length
    assert scale.to_picture(scale.to_screen(7)) == pytest.approx(7, abs=1e-6)


@pytest.mark.parametrize(
    ("zoom", "label", "step"), [(0.01, 10_000, 1000), (1, 100, 10), (8, 10, 1), (32, 2, 1), (64, 1, 1)]
)
def test_the_steps_of_some_zooms(zoom: float, label: int, step: int) -> None:
    assert RulerScale("vertical", 0, zoom).steps == (label, step)


@given(
    st.sampled_from([0, 90, 180, -90]),
    st.booleans(),
    st.floats(0.02, 30),
    st.integers(-500, 500),
    st.integers(-500, 500),
)
def test_a_place_on_the_ruler_is_where_the_picture_lies(
    angle: float, mirrored: bool, zoom: float, x: int, y: int
) -> None:
    viewport = Viewport(Extent(400, 300), 500, 400)
    viewport.fit()
    if mirrored:
        viewport.mirror()
    viewport.set_angle(angle)
    viewport.set_zoom(zoom)
    found = {}
    for down in (False, True):
        scale = RulerScale.of(viewport, down)
        assert scale is not None
        found[scale.direction] = down
        place = x if scale.direction == "vertical" else y
        assert scale.to_screen(place) == pytest.approx(viewport.to_screen(x, y)[down], abs=1e-6)
    assert found == (
        {"vertical": False, "horizontal": True}
        if angle % 180 == 0
        else {"vertical": True, "horizontal": False}
    )


def test_askew_there_is_nothing_to_be_read_off() -> None:
    viewport = Viewport(Extent(400, 300), 500, 400)
    viewport.set_angle(15)
    assert RulerScale.of(viewport, False) is None and RulerScale.of(viewport, True) is None
