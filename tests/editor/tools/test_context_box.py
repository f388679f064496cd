"""The box around what an engine shall see is drawn, moved and resized with pointer events on a real session."""

from __future__ import annotations

import pytest

from editor.document.geometry import Bounds
from editor.session import Session
from editor.settings import Settings
from editor.tools.context_box import REACH, ContextBoxTool
from editor.tools.tool import Point, PointerEvent


@pytest.fixture
def tool(session: Session, settings: Settings) -> ContextBoxTool:
    return ContextBoxTool(session, settings)


def drag(tool: ContextBoxTool, start: Point, end: Point, scale: float = 1.0) -> None:
    tool.press(PointerEvent(*start, scale=scale))
    tool.move(PointerEvent((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, scale=scale))
    tool.release(PointerEvent(*end, scale=scale))


def test_a_drag_draws_it_and_chooses_that_context(tool: ContextBoxTool, session: Session) -> None:
    assert not tool.overlay().lines
    drag(tool, (210.4, 190), (50, 40.4))
    assert session.limits.box == Bounds(50, 40, 160, 150)
    assert tool.settings["fill-context"] == "box"
    assert len(tool.overlay().handles) == 8 and not session.history.labels


def test_edges_corners_and_all_of_it_are_dragged(tool: ContextBoxTool, session: Session) -> None:
    session.limits.set_box(Bounds(50, 40, 160, 150))
    drag(tool, (210, 100), (250, 110))
    assert session.limits.box == Bounds(50, 40, 200, 150)
    drag(tool, (52, 38), (70, 60))
    assert session.limits.box == Bounds(68, 62, 182, 128)
    drag(tool, (150, 120), (160, 100))
    assert session.limits.box == Bounds(78, 42, 182, 128)
    drag(tool, (80, 100), (300, 100))  # past the other edge
    assert session.limits.box == Bounds(260, 42, 38, 128)
    drag(tool, (10, 200), (60, 280))  # beside it: another one
    assert session.limits.box == Bounds(10, 200, 50, 80)


@pytest.mark.parametrize("scale", [0.25, 4])
def test_how_near_is_a_matter_of_the_screen(tool: ContextBoxTool, session: Session, scale: float) -> None:
    box = Bounds(100, 80, 200, 150)
    session.limits.set_box(box)
    near = (REACH - 1) / scale
    drag(tool, (300 + near, 150), (330 + near, 150), scale)
    assert session.limits.box == Bounds(100, 80, 230, 150)


def test_it_stays_on_the_canvas(tool: ContextBoxTool, session: Session) -> None:
    drag(tool, (-50, -50), (4000, 200))
    assert session.limits.box == Bounds(0, 0, 400, 200)


def test_what_is_no_box_is_told_and_the_old_one_stays(tool: ContextBoxTool, session: Session) -> None:
    told: list[str] = []
    tool.problem.connect(told.append)
    session.limits.set_box(Bounds(100, 80, 200, 150))
    drag(tool, (10, 10), (14, 80))
    assert len(told) == 1 and session.limits.box == Bounds(100, 80, 200, 150)
    drag(tool, (10, 10), (11, 11))  # a click
    assert len(told) == 1 and session.limits.box == Bounds(100, 80, 200, 150)


def test_cancel_and_undo_leave_the_old_one(tool: ContextBoxTool, session: Session) -> None:
    session.limits.set_box(Bounds(100, 80, 200, 150))
    for drop in (tool.cancel, tool.take_back):
        tool.press(PointerEvent(10, 10))
        tool.move(PointerEvent(90, 200))
        assert tool.busy
        drop()
        tool.release(PointerEvent(90, 200))
        assert not tool.busy and session.limits.box == Bounds(100, 80, 200, 150)
