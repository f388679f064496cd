"""The lasso, driven with pointer events on a real session."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pytest

from editor.session import Session
from editor.settings import Settings
from editor.tools.lasso import LassoTool
from editor.tools.tool import Point, PointerEvent

SQUARE = [(50, 60), (150, 60), (150, 160), (50, 160)]


@pytest.fixture
def lasso(session: Session, settings: Settings) -> LassoTool:
    return LassoTool(session, settings)


def event(point: Point, *modifiers: str, scale: float = 1.0) -> PointerEvent:
    return PointerEvent(*point, modifiers=frozenset(modifiers), scale=scale)


def drag(lasso: LassoTool, points: Iterable[Point], *modifiers: str) -> None:
    first, *rest = points
    lasso.press(event(first, *modifiers))
    for point in rest:
        lasso.move(event(point, *modifiers))
    lasso.release(event(point, *modifiers))


def click(lasso: LassoTool, point: Point, scale: float = 1.0) -> None:
    lasso.press(event(point, scale=scale))
    lasso.release(event(point, scale=scale))


def selected(session: Session) -> np.ndarray:
    return session.document.selection.read(session.document.canvas)


def expected(x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    mask = np.zeros((300, 400), np.uint8)
    mask[y0:y1, x0:x1] = 255
    return mask


def test_a_drag_selects_what_it_goes_round(lasso: LassoTool, session: Session) -> None:
    drag(lasso, SQUARE)
    assert np.array_equal(selected(session), expected(50, 60, 150, 160))
    assert session.history.labels == ["Lasso"]
    assert not lasso.busy


def test_a_round_drag_has_soft_edges_and_the_right_area(lasso: LassoTool, session: Session) -> None:
    circle = [(200 + 80 * math.cos(a / 50), 150 + 80 * math.sin(a / 50)) for a in range(315)]
    drag(lasso, circle)
    mask = selected(session)
    assert mask.sum() / 255 == pytest.approx(math.pi * 80**2, rel=0.002)
    assert set(np.unique(mask)) - {0, 255}


def test_clicks_make_a_polygon_that_a_click_on_the_first_point_closes(
    lasso: LassoTool, session: Session
) -> None:
    for point in SQUARE:
        click(lasso, point)
    assert lasso.busy
    assert not session.document.selection
    click(lasso, (52, 62))
    assert np.array_equal(selected(session), expected(50, 60, 150, 160))


def test_the_closing_distance_is_in_screen_pixels(lasso: LassoTool, session: Session) -> None:
    for point in SQUARE:
        click(lasso, point, scale=8)
    click(lasso, (52, 62), scale=8)  # 2.8 picture pixels are 23 on the screen: another corner
    assert lasso.busy


def test_a_double_click_closes(lasso: LassoTool, session: Session) -> None:
    for point in SQUARE:
        click(lasso, point)
    lasso.double_press(event(SQUARE[-1]))
    lasso.release(event(SQUARE[-1]))
    assert np.array_equal(selected(session), expected(50, 60, 150, 160))
    assert not lasso.busy


def test_polygon_with_a_freehand_stretch(lasso: LassoTool, session: Session) -> None:
    click(lasso, (50, 60))
    lasso.press(event((150, 60)))
    for y in range(60, 161, 10):
        lasso.move(event((150, y)))
    lasso.release(event((150, 160)))
    assert lasso.busy
    click(lasso, (50, 160))
    lasso.commit()
    assert np.array_equal(selected(session), expected(50, 60, 150, 160))


def test_backspace_takes_points_back(lasso: LassoTool, session: Session) -> None:
    for point in [*SQUARE, (390, 290)]:
        click(lasso, point)
    assert lasso.step_back()
    lasso.commit()
    assert np.array_equal(selected(session), expected(50, 60, 150, 160))
    assert not lasso.step_back()


def test_the_rubber_line_follows_the_pointer(lasso: LassoTool) -> None:
    click(lasso, (10, 10))
    lasso.hover(event((40, 50)))
    assert lasso.overlay().lines[0][-1] == (40, 50)
    assert lasso.overlay().handles == ((10, 10),)
    lasso.cancel()
    assert not lasso.overlay().lines


@pytest.mark.parametrize(
    ("modifiers", "mode", "expect"),
    [
        ((), "replace", expected(100, 100, 200, 200)),
        (("shift",), "replace", np.maximum(expected(50, 60, 150, 160), expected(100, 100, 200, 200))),
        (("ctrl",), "replace", np.minimum(expected(50, 60, 150, 160), 255 - expected(100, 100, 200, 200))),
        (("alt",), "replace", np.minimum(expected(50, 60, 150, 160), 255 - expected(100, 100, 200, 200))),
        (("shift", "ctrl"), "replace", expected(100, 100, 150, 160)),
        ((), "add", np.maximum(expected(50, 60, 150, 160), expected(100, 100, 200, 200))),
        ((), "intersect", expected(100, 100, 150, 160)),
    ],
)
def test_modes(
    lasso: LassoTool,
    session: Session,
    settings: Settings,
    modifiers: tuple[str, ...],
    mode: str,
    expect: np.ndarray,
) -> None:
    drag(lasso, SQUARE)
    settings["selection-mode"] = mode
    drag(lasso, [(100, 100), (200, 100), (200, 200), (100, 200)], *modifiers)
    assert np.array_equal(selected(session), expect)
    session.history.undo()
    assert np.array_equal(selected(session), expected(50, 60, 150, 160))
    session.history.undo()
    assert not session.document.selection


def test_outside_the_canvas_is_cut(lasso: LassoTool, session: Session) -> None:
    drag(lasso, [(-100, -100), (500, -100), (500, 50), (-100, 50)])
    assert np.array_equal(selected(session), expected(0, 0, 400, 50))
    assert session.document.canvas.contains(session.document.selection.content_bounds())


def test_wholly_outside_selects_nothing(lasso: LassoTool, session: Session) -> None:
    drag(lasso, [(-100, -100), (-50, -100), (-50, -50)])
    assert not session.document.selection
    assert session.history.is_clean


@pytest.mark.parametrize("points", [[(5, 5), (50, 50)], [(5, 5), (5, 5), (5, 5)], [(5, 5), (50, 5), (90, 5)]])
def test_shapes_without_area_change_nothing(lasso: LassoTool, session: Session, points: list[Point]) -> None:
    for point in points:
        click(lasso, point)
    lasso.commit()
    assert not session.document.selection
    assert session.history.is_clean
    assert not lasso.busy


def test_cancel_leaves_no_trace(lasso: LassoTool, session: Session) -> None:
    drag(lasso, SQUARE)
    lasso.press(event((10, 10)))
    lasso.move(event((300, 10)))
    lasso.move(event((300, 200)))
    lasso.cancel()
    lasso.release(event((300, 200)))
    assert np.array_equal(selected(session), expected(50, 60, 150, 160))
    assert session.history.labels == ["Lasso"]
