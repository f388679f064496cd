"""The history panel by itself; the tests of the window click in it."""

from __future__ import annotations

from collections.abc import Callable

from pytestqt.qtbot import QtBot

from editor.document.tiles import Array8
from editor.history.commands import SetProperty
from editor.session import Session
from editor.ui.history_panel import HistoryPanel


def test_the_current_step_stays_in_view_where_the_panel_gives_way(
    qtbot: QtBot, make_session: Callable[[Array8], Session], picture: Array8
) -> None:
    session = make_session(picture)
    layer = session.active
    assert layer is not None
    for number in range(30):
        session.history.do(SetProperty(str(number), session.document, layer, "opacity", number / 30))
    panel = HistoryPanel()
    qtbot.addWidget(panel)
    panel.resize(200, 400)
    panel.set_session(session)
    panel.show()
    qtbot.waitExposed(panel)
    panel.resize(200, 100)
    steps = panel._list
    assert steps.viewport().rect().contains(steps.visualItemRect(steps.item(30)))
    panel.set_session(None)
