"""Points near a guide lie on it, where guides are seen and attract; shapes of every kind keep to that."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editor.document.geometry import Bounds, Extent
from editor.document.guides import Guides
from editor.session import Session
from editor.settings import Settings
from editor.tools.extend import ExtendTool
from editor.tools.lasso import LassoTool
from editor.tools.marquee import EllipseTool, RectangleTool
from editor.tools.snapping import SNAP_DISTANCE, snapped
from editor.tools.tool import Point, PointerEvent, Tool

GUIDES = Guides((60, 160), (50, 150))
places = st.floats(-100, 400)


def drag(tool: Tool, *points: Point, scale: float = 1.0) -> None:
    events = [PointerEvent(*point, scale=scale) for point in points]
    tool.press(events[0])
    for event in events[1:]:
        tool.move(event)
    tool.release(events[-1])


def selected(session: Session) -> Bounds:
    return session.document.selection.content_bounds()


@pytest.fixture(autouse=True)
def guides(session: Session) -> None:
    session.document.set_guides(GUIDES)


@given(places, places, st.sampled_from([0.25, 1.0, 8.0]))
def test_what_is_near_comes_to_lie_on_a_guide(x: float, y: float, scale: float) -> None:
    event = snapped(PointerEvent(x, y, scale=scale), GUIDES, Settings())
    for before, after, positions in ((x, event.x, GUIDES.vertical), (y, event.y, GUIDES.horizontal)):
        nearest = min(positions, key=lambda position: abs(position - before))
        near = abs(nearest - before) <= SNAP_DISTANCE / scale
        assert after == (nearest if near else before)


@pytest.mark.parametrize("setting_id", ["guides-shown", "guides-snap"])
def test_hidden_guides_and_others_attract_nothing(settings: Settings, setting_id: str) -> None:
    settings[setting_id] = False
    event = PointerEvent(52, 61)
    assert snapped(event, GUIDES, settings) is event


def test_a_rectangle_between_guides(session: Session, settings: Settings) -> None:
    drag(RectangleTool(session, settings), (45, 66), (100, 100), (155.7, 153.2))
    assert selected(session) == Bounds.from_edges(50, 60, 150, 160)
    session.deselect()
    settings["marquee-whole-pixels"] = False
    drag(RectangleTool(session, settings), (45, 66), (100, 100), (155.7, 153.2))
    assert selected(session) == Bounds.from_edges(50, 60, 150, 160)
    assert np.unique(session.document.selection.read(selected(session))).tolist() == [255]


def test_nearness_is_that_of_the_screen(session: Session, settings: Settings) -> None:
    drag(RectangleTool(session, settings), (45, 66), (100, 100), (155.7, 153.2), scale=8)
    assert selected(session) == Bounds.from_edges(45, 66, 156, 153)


def test_an_ellipse_between_guides(session: Session, settings: Settings) -> None:
    drag(EllipseTool(session, settings), (45, 66), (100, 100), (155.7, 153.2))
    assert selected(session) == Bounds.from_edges(50, 60, 150, 160)


def test_a_click_beside_a_guide_is_still_a_click(session: Session, settings: Settings) -> None:
    session.select_all()
    tool = RectangleTool(session, settings)
    drag(tool, (45, 66), (46, 66))
    assert not session.document.selection and not tool.busy


def test_the_lassos_corners_lie_on_guides_and_what_is_drawn_freely_does_not(
    session: Session, settings: Settings
) -> None:
    tool = LassoTool(session, settings)
    for corner in ((53, 57), (148, 63), (155, 158), (47, 163)):
        drag(tool, corner)
    tool.hover(PointerEvent(53, 100))
    assert tool.overlay().lines[0][-1] == (50.0, 100)
    tool.commit()
    assert selected(session) == Bounds.from_edges(50, 60, 150, 160)
    drag(tool, (53, 57), (147, 57), (147, 163), (53, 163))
    assert selected(session) == Bounds.from_edges(50, 57, 147, 163)  # but for where it began


def test_edges_of_the_canvas_are_dragged_to_guides(session: Session, settings: Settings) -> None:
    session.document.set_guides(Guides((-40,), (430,)))
    tool = ExtendTool(session, settings)
    drag(tool, (400, 0), (420, -20), (426, -35))
    tool.commit()
    assert session.document.extent == Extent(430, 340)
    assert session.document.guides == Guides((0,), (430,))
