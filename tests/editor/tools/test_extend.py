"""The canvas's edges are dragged, with pointer events on a real session."""

from __future__ import annotations

import numpy as np
import pytest

from editor.document.document import MAX_SIDE
from editor.document.geometry import Extent
from editor.document.tiles import Array8
from editor.render.compositor import composite
from editor.session import Session
from editor.settings import Settings
from editor.tools.extend import REACH, ExtendTool
from editor.tools.tool import Point, PointerEvent


@pytest.fixture
def tool(session: Session, settings: Settings) -> ExtendTool:
    return ExtendTool(session, settings)


def drag(tool: ExtendTool, start: Point, end: Point, scale: float = 1.0) -> None:
    tool.press(PointerEvent(*start, scale=scale))
    tool.move(PointerEvent((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, scale=scale))
    tool.release(PointerEvent(*end, scale=scale))


def test_edges_and_corners_are_dragged_one_after_another(
    tool: ExtendTool, session: Session, picture: Array8
) -> None:
    drag(tool, (402, 150), (430.2, 20))
    drag(tool, (-3, -4), (-15, -30))
    assert tool.busy and session.document.extent == Extent(400, 300)
    tool.commit()
    assert not tool.busy and session.document.extent == Extent(400 + 30 + 15, 330)
    assert session.history.labels == ["Extend the canvas"]
    after = composite(session.document.root, session.document.canvas)
    assert np.array_equal(after[30:, 15:415], picture)
    assert (session.document.selection.read(session.document.canvas)[:30] == 255).all()


@pytest.mark.parametrize("scale", [0.25, 1, 4])
def test_how_near_is_a_matter_of_the_screen(tool: ExtendTool, scale: float) -> None:
    near, far = (REACH - 1) / scale, (REACH + 1) / scale
    drag(tool, (400 + far, 150), (500, 150), scale)
    assert not tool.busy
    drag(tool, (400 + near, 150), (500, 150), scale)
    assert tool.busy


def test_inwards_nothing_is_cut_off(tool: ExtendTool, session: Session) -> None:
    drag(tool, (400, 150), (200, 150))
    assert not tool.busy
    tool.commit()
    assert session.document.extent == Extent(400, 300) and not session.history.labels


def test_undo_takes_back_the_last_drag_and_then_all(tool: ExtendTool, session: Session) -> None:
    drag(tool, (400, 150), (420, 150))
    drag(tool, (200, 300), (200, 340))
    frame = tool.overlay().lines[0]
    assert max(y for _x, y in frame) == 340
    assert tool.take_back()
    assert max(y for _x, y in tool.overlay().lines[0]) == 300
    assert max(x for x, _y in tool.overlay().lines[0]) == 420
    assert tool.take_back() and not tool.busy
    assert not tool.take_back()
    drag(tool, (400, 150), (420, 150))
    tool.cancel()
    tool.commit()
    assert not session.history.labels


def test_a_canvas_that_would_be_too_large_is_told(tool: ExtendTool, session: Session) -> None:
    told: list[str] = []
    tool.problem.connect(told.append)
    drag(tool, (400, 150), (MAX_SIDE + 1, 150))
    tool.commit()
    assert told and session.document.extent == Extent(400, 300)


def test_its_overlay_is_the_canvas_there_would_be(tool: ExtendTool) -> None:
    redrawn: list[None] = []
    tool.overlay_changed.connect(lambda: redrawn.append(None))
    assert (0.0, 0.0) in tool.overlay().handles and (400.0, 150.0) in tool.overlay().handles
    tool.press(PointerEvent(0, 150))
    tool.move(PointerEvent(-25, 150))
    assert redrawn and (-25.0, 0.0) in tool.overlay().handles
