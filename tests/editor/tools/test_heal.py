"""The spot healing brush: strokes are gathered, shown, and handed over once the pointer is lifted."""

from __future__ import annotations

import numpy as np
import pytest

from editor.heal import HealStroke
from editor.session import Session
from editor.settings import Settings
from editor.tools.heal import HealTool
from editor.tools.tool import PointerEvent


@pytest.fixture
def painted() -> list[HealStroke]:
    return []


@pytest.fixture
def tool(session: Session, settings: Settings, painted: list[HealStroke]) -> HealTool:
    tool = HealTool(session, settings)
    tool.painted.connect(painted.append)
    return tool


def test_a_click_is_one_dab(tool: HealTool, painted: list[HealStroke], session: Session) -> None:
    tool.settings["heal-size"] = 30
    tool.press(PointerEvent(50, 60))
    assert tool.busy and tool.overlay().discs == [(50, 60, 30)] and not painted
    tool.release(PointerEvent(50, 60))
    assert not tool.busy and not tool.overlay().discs
    (stroke,) = painted
    assert stroke.dabs[:, :3].tolist() == [[50, 60, 30]] and stroke.size == 30
    assert session.active is not None and stroke.active == session.active.id and stroke.sample == "below"
    assert not session.history.labels and tool.cursor_diameter() == 30


def test_a_stroke_covers_all_of_its_way(tool: HealTool, painted: list[HealStroke]) -> None:
    tool.settings["heal-sample"] = "layer"
    tool.press(PointerEvent(50, 60))
    for x in range(60, 160, 10):
        tool.move(PointerEvent(x, 60))
    assert len(tool.overlay().discs) > 10
    tool.release(PointerEvent(150, 60))
    (stroke,) = painted
    assert stroke.sample == "layer"
    assert stroke.dabs[0, 0] == 50 and stroke.dabs[:, 0].max() > 145
    assert np.diff(stroke.dabs[:, 0]).max() < 10


def test_pressure_makes_it_smaller(tool: HealTool, painted: list[HealStroke]) -> None:
    tool.press(PointerEvent(50, 60, pressure=0.5))
    tool.release(PointerEvent(50, 60, pressure=0))
    assert painted[0].dabs[0, 2] == 20


def test_cancel_and_undo_drop_what_was_begun(tool: HealTool, painted: list[HealStroke]) -> None:
    for drop in (tool.cancel, tool.take_back):
        tool.press(PointerEvent(50, 60))
        tool.move(PointerEvent(80, 60))
        drop()
        assert not tool.busy and not tool.overlay().discs
        tool.move(PointerEvent(90, 60))
        tool.release(PointerEvent(90, 60))
    assert not painted and not tool.take_back()


def test_a_stroke_that_is_interrupted_is_handed_over(tool: HealTool, painted: list[HealStroke]) -> None:
    tool.press(PointerEvent(50, 60))
    tool.finish(keep=True)
    assert len(painted) == 1 and not tool.busy
