"""The rectangle and the ellipse, driven with pointer events on a real session."""

from __future__ import annotations

import math

import numpy as np
import pytest

from editor.document.geometry import Bounds
from editor.raster import shapes
from editor.session import Session
from editor.settings import Settings
from editor.tools.marquee import EllipseTool, MarqueeTool, RectangleTool
from editor.tools.tool import Point, PointerEvent

CANVAS = Bounds(0, 0, 400, 300)


@pytest.fixture
def box(session: Session, settings: Settings) -> RectangleTool:
    return RectangleTool(session, settings)


@pytest.fixture
def ellipse(session: Session, settings: Settings) -> EllipseTool:
    return EllipseTool(session, settings)


def event(point: Point, *modifiers: str, scale: float = 1.0) -> PointerEvent:
    return PointerEvent(*point, modifiers=frozenset(modifiers), scale=scale)


def drag(
    tool: MarqueeTool, start: Point, end: Point, *modifiers: str, later: tuple[str, ...] | None = None
) -> None:
    """``later``: the keys that are held from the first move on, after all have been let go for a moment."""
    tool.press(event(start, *modifiers))
    if later is not None:
        tool.move(event(start))
    held = modifiers if later is None else later
    tool.move(event(((start[0] + end[0]) / 2, end[1]), *held))
    tool.release(event(end, *held))


def selected(session: Session) -> np.ndarray:
    return session.document.selection.read(CANVAS)


def filled(x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    mask = np.zeros((300, 400), np.uint8)
    mask[y0:y1, x0:x1] = 255
    return mask


def test_a_drag_selects_whole_pixels(box: RectangleTool, session: Session) -> None:
    drag(box, (50.4, 60.3), (150.2, 160.6))
    assert np.array_equal(selected(session), filled(50, 60, 150, 161))
    assert session.history.labels == ["Rectangle"]
    assert not box.busy


def test_in_any_direction_and_cut_by_the_canvas(box: RectangleTool, session: Session) -> None:
    drag(box, (150, 160), (-20, 60))
    assert np.array_equal(selected(session), filled(0, 60, 150, 160))
    drag(box, (500, 500), (450, 450))  # wholly outside
    assert session.history.labels == ["Rectangle"]


def test_between_pixels_where_that_is_wanted(
    box: RectangleTool, session: Session, settings: Settings
) -> None:
    settings["marquee-whole-pixels"] = False
    drag(box, (50.25, 60.5), (150.75, 160.25))
    assert np.array_equal(selected(session), shapes.rectangle(50.25, 60.5, 150.75, 160.25, CANVAS))
    assert set(np.unique(selected(session))) > {0, 255}


def test_shift_and_alt_while_dragging(box: RectangleTool, session: Session) -> None:
    drag(box, (100, 100), (160, 130), later=("shift",))
    assert np.array_equal(selected(session), filled(100, 100, 160, 160))
    drag(box, (100, 100), (70, 120), later=("alt",))
    assert np.array_equal(selected(session), filled(70, 80, 130, 120))
    drag(box, (100, 100), (130, 80), later=("shift", "alt"))
    assert np.array_equal(selected(session), filled(70, 70, 130, 130))
    assert session.history.labels == ["Rectangle"] * 3


@pytest.mark.parametrize(
    ("modifiers", "mode", "label"),
    [
        (("shift",), "replace", "Rectangle: add"),
        (("ctrl",), "replace", "Rectangle: subtract"),
        (("alt",), "replace", "Rectangle: subtract"),
        (("shift", "ctrl"), "replace", "Rectangle: intersect"),
        ((), "add", "Rectangle: add"),
    ],
)
def test_held_at_the_press_the_keys_say_how_it_joins(
    box: RectangleTool,
    session: Session,
    settings: Settings,
    modifiers: tuple[str, ...],
    mode: str,
    label: str,
) -> None:
    first, second = filled(50, 60, 150, 160), filled(100, 100, 220, 150)
    drag(box, (50, 60), (150, 160))
    settings["selection-mode"] = mode
    drag(box, (100, 100), (220, 150), *modifiers)
    expected = {
        "add": np.maximum(first, second),
        "subtract": np.where(second > 0, 0, first),
        "intersect": np.minimum(first, second),
    }[label.split(": ")[1]]
    assert np.array_equal(selected(session), expected)
    assert session.history.labels == ["Rectangle", label]
    session.history.undo()
    assert np.array_equal(selected(session), first)


def test_shift_let_go_and_pressed_again_adds_a_square(box: RectangleTool, session: Session) -> None:
    drag(box, (50, 60), (60, 70))
    drag(box, (100, 100), (160, 130), "shift", later=("shift",))
    assert np.array_equal(selected(session), np.maximum(filled(50, 60, 60, 70), filled(100, 100, 160, 160)))


def test_a_click_deselects_and_with_shift_does_nothing(box: RectangleTool, session: Session) -> None:
    drag(box, (50, 60), (150, 160))
    drag(box, (20, 20), (21, 21), "shift")
    assert np.array_equal(selected(session), filled(50, 60, 150, 160))
    drag(box, (20, 20), (21, 21))
    assert not session.document.selection
    assert session.history.labels == ["Rectangle", "Deselect"]
    assert not box.busy


def test_what_is_a_drag_depends_on_the_screen(box: RectangleTool, session: Session) -> None:
    box.press(event((20, 20), scale=8))
    box.move(event((21, 21), scale=8))
    box.release(event((21, 21), scale=8))
    assert np.array_equal(selected(session), filled(20, 20, 21, 21))


def test_cancel_leaves_no_trace(box: RectangleTool, session: Session) -> None:
    drag(box, (50, 60), (150, 160))
    box.press(event((10, 10)))
    box.move(event((300, 10)))
    box.move(event((300, 200)))
    assert box.busy and box.overlay().lines
    box.cancel()
    assert not box.busy and not box.overlay().lines
    box.move(event((310, 200)))
    box.release(event((310, 210)))
    assert np.array_equal(selected(session), filled(50, 60, 150, 160))
    assert session.history.labels == ["Rectangle"]


@pytest.mark.parametrize("tool", [RectangleTool, EllipseTool])
def test_the_line_is_that_of_the_shape(tool: type[MarqueeTool], session: Session, settings: Settings) -> None:
    shape = tool(session, settings)
    changes: list[int] = []
    shape.overlay_changed.connect(lambda: changes.append(1))
    shape.press(event((50, 60)))
    assert not shape.overlay().lines
    shape.move(event((250, 200)))
    line = np.array(shape.overlay().lines[0])
    assert changes
    assert np.allclose(line[0], line[-1])
    assert np.allclose(line.min(axis=0), (50, 60)) and np.allclose(line.max(axis=0), (250, 200))


def test_an_ellipse_has_soft_edges_and_the_right_area(ellipse: EllipseTool, session: Session) -> None:
    drag(ellipse, (50, 60), (250, 200))
    mask = selected(session)
    assert mask.sum() / 255 == pytest.approx(math.pi * 100 * 70, rel=0.002)
    assert set(np.unique(mask)) > {0, 255}
    assert session.document.selection.content_bounds() == Bounds(50, 60, 200, 140)
    assert session.history.labels == ["Ellipse"]


def test_a_circle_from_its_centre(ellipse: EllipseTool, session: Session) -> None:
    drag(ellipse, (150, 150), (190, 160), later=("shift", "alt"))
    assert session.document.selection.content_bounds() == Bounds(110, 110, 80, 80)
    assert selected(session).sum() / 255 == pytest.approx(math.pi * 40**2, rel=0.003)
