"""The viewport: where the picture lies on the widget, and what stays where it is when that changes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editor.canvas.viewport import MAXIMUM, MINIMUM, STEPS, Viewport
from inference.geometry import Bounds, Extent

KEPT = 48
"""Screen pixels of the picture that stay in view."""

sides = st.integers(1, 5000)
screens = st.integers(100, 2000)
ratios = st.sampled_from([1.0, 1.25, 1.5, 2.0, 3.0])
zooms = st.floats(MINIMUM, MAXIMUM)


@st.composite
def viewports(draw: st.DrawFn) -> Viewport:
    """Of a widget of at least 100 pixels a side, somewhere in the picture."""
    viewport = Viewport(
        Extent(draw(sides), draw(sides)), draw(screens), draw(screens), pixel_ratio=draw(ratios)
    )
    viewport.fit()
    viewport.set_zoom(draw(zooms))
    viewport.pan(draw(st.floats(-5000, 5000)), draw(st.floats(-5000, 5000)))
    return viewport


def in_view(viewport: Viewport) -> tuple[float, float]:
    """How many screen pixels of the picture are on the screen, across and down."""
    left, top = viewport.to_screen(0, 0)
    right, bottom = viewport.to_screen(*viewport.picture)
    return (
        min(right, viewport.width) - max(left, 0),
        min(bottom, viewport.height) - max(top, 0),
    )


def assert_some_is_in_view(viewport: Viewport) -> None:
    across, down = in_view(viewport)
    assert across >= min(KEPT, viewport.picture.width * viewport.scale) - 1e-6
    assert down >= min(KEPT, viewport.picture.height * viewport.scale) - 1e-6


@given(viewports(), st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_to_picture_and_to_screen_are_inverse(viewport: Viewport, x: float, y: float) -> None:
    assert viewport.to_screen(*viewport.to_picture(x, y)) == pytest.approx((x, y), abs=1e-6)
    assert viewport.to_picture(*viewport.to_screen(x, y)) == pytest.approx((x, y), abs=1e-4)


@given(viewports(), st.floats(0.01, 100), st.floats(0, 1), st.floats(0, 1))
def test_zooming_keeps_the_point_under_the_pointer(
    viewport: Viewport, factor: float, across: float, down: float
) -> None:
    x = KEPT + across * (viewport.width - 2 * KEPT)
    y = KEPT + down * (viewport.height - 2 * KEPT)
    before = viewport.to_picture(x, y)
    viewport.zoom_by(factor, x, y)
    assert MINIMUM * 0.999 <= viewport.zoom <= MAXIMUM * 1.001
    if 0 <= before[0] <= viewport.picture.width and 0 <= before[1] <= viewport.picture.height:
        assert viewport.to_screen(*before) == pytest.approx((x, y), abs=1e-6)


@given(viewports(), zooms)
def test_zooming_by_number_is_about_the_middle(viewport: Viewport, zoom: float) -> None:
    middle = viewport.width / 2, viewport.height / 2
    before = viewport.to_picture(*middle)
    viewport.set_zoom(zoom)
    assert viewport.zoom == pytest.approx(zoom)
    if 0 <= before[0] <= viewport.picture.width and 0 <= before[1] <= viewport.picture.height:
        assert viewport.to_screen(*before) == pytest.approx(middle, abs=1e-6)


@given(viewports(), st.floats(1e-6, 1e6))
def test_the_zoom_has_limits(viewport: Viewport, zoom: float) -> None:
    viewport.set_zoom(zoom)
    assert viewport.zoom == pytest.approx(min(max(zoom, MINIMUM), MAXIMUM))


@given(viewports())
def test_steps_lead_through_the_usual_levels(viewport: Viewport) -> None:
    viewport.set_zoom(MINIMUM)
    seen = [viewport.zoom]
    for _ in STEPS[1:]:
        viewport.step_zoom(1)
        seen.append(viewport.zoom)
    assert seen == pytest.approx(STEPS)
    viewport.step_zoom(1)
    assert viewport.zoom == pytest.approx(MAXIMUM)
    for step in reversed(STEPS[:-1]):
        viewport.step_zoom(-1)
        assert viewport.zoom == pytest.approx(step)
    viewport.step_zoom(-1)
    assert viewport.zoom == pytest.approx(MINIMUM)


@pytest.mark.parametrize(("zoom", "up", "down"), [(0.4, 0.5, 0.33), (1.2, 1.5, 1.0), (40.0, 64.0, 32.0)])
def test_a_step_from_between_goes_to_the_next_level(zoom: float, up: float, down: float) -> None:
    for direction, expected in ((1, up), (-1, down)):
        viewport = Viewport(Extent(100, 100), 300, 300)
        viewport.set_zoom(zoom)
        viewport.step_zoom(direction)
        assert viewport.zoom == pytest.approx(expected)


@given(viewports())
def test_fit_shows_all_of_it_centred_and_not_enlarged(viewport: Viewport) -> None:
    viewport.fit()
    left, top = viewport.to_screen(0, 0)
    right, bottom = viewport.to_screen(*viewport.picture)
    assert left == pytest.approx(viewport.width - right, abs=1e-6)
    assert top == pytest.approx(viewport.height - bottom, abs=1e-6)
    assert viewport.zoom <= 1 + 1e-9
    if viewport.zoom > MINIMUM * 1.001:
        assert left >= 0 and top >= 0
        assert viewport.visible() == Bounds.of(viewport.picture)


def test_fit_fills_the_widget_but_for_a_margin() -> None:
    viewport = Viewport(Extent(4000, 1000), 848, 648)
    viewport.fit()
    assert viewport.zoom == pytest.approx(0.2)
    assert (viewport.x, viewport.y) == pytest.approx((24, 224))


@pytest.mark.parametrize("side", [0, 1, 10])
def test_fit_in_hardly_any_room_stays_a_picture(side: int) -> None:
    viewport = Viewport(Extent(32_768, 20), side, side)
    viewport.fit()
    assert viewport.zoom == pytest.approx(MINIMUM)


@given(
    viewports(),
    st.lists(
        st.one_of(
            st.tuples(st.just("pan"), st.floats(-1e5, 1e5), st.floats(-1e5, 1e5)),
            st.tuples(st.just("zoom"), st.floats(0.1, 10), st.floats(-3000, 3000)),
            st.tuples(st.just("resize"), screens, screens),
        ),
        max_size=8,
    ),
)
def test_some_of_the_picture_always_stays_in_view(
    viewport: Viewport, moves: list[tuple[str, float, float]]
) -> None:
    assert_some_is_in_view(viewport)
    for move, first, second in moves:
        match move:
            case "pan":
                viewport.pan(first, second)
            case "zoom":
                viewport.zoom_by(first, second, second)
            case _:
                viewport.resize(int(first), int(second))
        assert_some_is_in_view(viewport)
        assert viewport.visible()


def test_panning_moves_the_picture_by_screen_pixels() -> None:
    viewport = Viewport(Extent(1000, 1000), 400, 300)
    viewport.set_zoom(3)
    x, y = viewport.x, viewport.y
    viewport.pan(-12.5, 7)
    assert (viewport.x, viewport.y) == (x - 12.5, y + 7)


@given(viewports(), screens, screens)
def test_what_was_in_the_middle_stays_there_when_the_widget_is_resized(
    viewport: Viewport, width: int, height: int
) -> None:
    before = viewport.to_picture(viewport.width / 2, viewport.height / 2)
    scale = viewport.scale
    viewport.resize(width, height)
    assert viewport.scale == scale
    if 0 <= before[0] <= viewport.picture.width and 0 <= before[1] <= viewport.picture.height:
        assert viewport.to_screen(*before) == pytest.approx((width / 2, height / 2), abs=1e-6)


def test_with_two_device_pixels_a_screen_pixel_100_percent_is_half_as_large() -> None:
    viewport = Viewport(Extent(400, 300), 1000, 800, pixel_ratio=2)
    viewport.fit()
    assert viewport.zoom == 1
    assert viewport.scale == 0.5
    assert (viewport.x, viewport.y) == (400, 325)
    viewport.set_zoom(4)
    assert viewport.scale == 2
    assert viewport.to_screen(10, 0)[0] - viewport.to_screen(0, 0)[0] == 20


@given(viewports(), st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True))
def test_what_is_seen_is_in_the_visible_part(viewport: Viewport, across: float, down: float) -> None:
    visible, picture = viewport.visible(), Bounds.of(viewport.picture)
    assert picture.contains(visible)
    x, y = viewport.to_picture(across * viewport.width, down * viewport.height)
    if 0 <= x < picture.width and 0 <= y < picture.height:
        assert visible.contains(Bounds(int(x), int(y), 1, 1))


@given(viewports())
def test_the_visible_part_is_no_larger_than_needed(viewport: Viewport) -> None:
    visible = viewport.visible()
    left, top = viewport.to_screen(visible.x + 1, visible.y + 1)
    right, bottom = viewport.to_screen(visible.right - 1, visible.bottom - 1)
    assert left >= -1e-6 and top >= -1e-6
    assert right <= viewport.width + 1e-6 and bottom <= viewport.height + 1e-6


# Turned and mirrored

angles = st.one_of(st.floats(-180, 180), st.sampled_from([0.0, 15.0, 90.0, -90.0, 180.0]))


@st.composite
def turned_viewports(draw: st.DrawFn) -> Viewport:
    viewport = draw(viewports())
    if draw(st.booleans()):
        viewport.mirror()
    viewport.set_angle(draw(angles))
    viewport.pan(draw(st.floats(-500, 500)), draw(st.floats(-500, 500)))
    return viewport


def is_inside(viewport: Viewport, x: float, y: float) -> bool:
    return 0 <= x <= viewport.picture.width and 0 <= y <= viewport.picture.height


@given(turned_viewports(), st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_turned_to_picture_and_to_screen_are_inverse(viewport: Viewport, x: float, y: float) -> None:
    assert viewport.to_screen(*viewport.to_picture(x, y)) == pytest.approx((x, y), abs=1e-6)
    assert viewport.to_picture(*viewport.to_screen(x, y)) == pytest.approx((x, y), abs=1e-4)


@given(turned_viewports(), st.floats(-1e3, 1e3), st.floats(-1e3, 1e3))
def test_distances_are_those_of_the_picture_times_the_scale(viewport: Viewport, x: float, y: float) -> None:
    left, top = viewport.to_screen(0, 0)
    across, down = viewport.to_screen(x, y)
    assert math.hypot(across - left, down - top) == pytest.approx(
        math.hypot(x, y) * viewport.scale, rel=1e-6, abs=1e-6
    )


@given(turned_viewports(), angles, st.floats(0, 1), st.floats(0, 1))
def test_turning_and_zooming_keep_the_point_under_the_pointer(
    viewport: Viewport, angle: float, across: float, down: float
) -> None:
    x = KEPT + across * (viewport.width - 2 * KEPT)
    y = KEPT + down * (viewport.height - 2 * KEPT)
    before = viewport.to_picture(x, y)
    viewport.rotate_by(angle, x, y)
    viewport.zoom_by(1.5, x, y)
    assert -180 < viewport.angle <= 180
    inner = (
        1e-6 * viewport.picture.longest
    )  # at its very edge the point may be off the picture by an error's width
    if is_inside(viewport, before[0] - inner, before[1] - inner) and is_inside(
        viewport, before[0] + inner, before[1] + inner
    ):
        assert viewport.to_screen(*before) == pytest.approx((x, y), abs=1e-5)


@given(st.sampled_from([15.0, 90.0, -45.0]), st.booleans())
def test_turning_is_clockwise_on_the_screen_also_where_it_is_mirrored(angle: float, mirrored: bool) -> None:
    viewport = Viewport(Extent(400, 300), 800, 600)
    viewport.fit()
    if mirrored:
        viewport.mirror()
    point = viewport.to_picture(500, 300)  # to the right of the middle
    viewport.rotate_by(angle)
    x, y = viewport.to_screen(*point)
    assert math.degrees(math.atan2(y - 300, x - 400)) == pytest.approx(angle)


@given(turned_viewports(), st.floats(0, 1), st.floats(0, 1))
def test_mirroring_exchanges_left_and_right_of_what_is_seen(
    viewport: Viewport, across: float, down: float
) -> None:
    x, y = across * viewport.width, down * viewport.height
    middle = viewport.to_picture(viewport.width / 2, viewport.height / 2)
    point = viewport.to_picture(x, y)
    before = viewport.matrix
    viewport.mirror()
    if is_inside(viewport, *middle):
        assert viewport.to_screen(*point) == pytest.approx((viewport.width - x, y), abs=1e-5)
        viewport.mirror()
        assert viewport.matrix == pytest.approx(before, abs=1e-6)


@pytest.mark.parametrize("turns", [1, 2, 3, 4])
def test_quarter_turns_are_exact(turns: int) -> None:
    viewport = Viewport(Extent(400, 300), 800, 600)
    viewport.set_zoom(1)
    for _ in range(turns):
        viewport.rotate_by(90)
    a, b, c, d, _x, _y = viewport.matrix
    assert (a, b, c, d) == [(0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0), (1, 0, 0, 1)][turns - 1]
    for _ in range(24 - 6 * turns):
        viewport.rotate_by(15)
    assert viewport.angle == 0 and viewport.is_upright


@given(turned_viewports())
def test_turned_fit_shows_all_of_it_centred(viewport: Viewport) -> None:
    viewport.fit()
    left, top, right, bottom = viewport.screen_box(0, 0, *viewport.picture)
    assert left == pytest.approx(viewport.width - right, abs=1e-5)
    assert top == pytest.approx(viewport.height - bottom, abs=1e-5)
    if viewport.zoom > MINIMUM * 1.001:
        assert left >= -1e-6 and top >= -1e-6
        assert viewport.visible() == Bounds.of(viewport.picture)


@given(
    turned_viewports(),
    st.lists(st.tuples(st.sampled_from(["pan", "zoom", "turn", "mirror"]), st.floats(-1, 1)), max_size=8),
)
def test_turned_some_of_the_picture_always_stays_in_view(
    viewport: Viewport, moves: list[tuple[str, float]]
) -> None:
    for move, amount in moves:
        match move:
            case "pan":
                viewport.pan(amount * 1e5, amount * -3e4)
            case "zoom":
                viewport.zoom_by(10**amount, amount * 3000, 50)
            case "turn":
                viewport.rotate_by(amount * 180, 20, amount * 2000)
            case _:
                viewport.mirror()
        assert viewport.visible()
        left, top, right, bottom = viewport.screen_box(0, 0, *viewport.picture)
        assert min(right, viewport.width) - max(left, 0) >= min(KEPT, right - left) - 1e-4
        assert min(bottom, viewport.height) - max(top, 0) >= min(KEPT, bottom - top) - 1e-4


@given(turned_viewports(), st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True))
def test_turned_what_is_seen_is_in_the_visible_part(viewport: Viewport, across: float, down: float) -> None:
    visible, picture = viewport.visible(), Bounds.of(viewport.picture)
    x, y = viewport.to_picture(across * viewport.width, down * viewport.height)
    if 1e-3 <= x < picture.width - 1e-3 and 1e-3 <= y < picture.height - 1e-3:
        assert visible.padded(1).contains(Bounds(int(x), int(y), 1, 1))
