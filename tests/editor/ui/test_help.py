"""Mouse and Keys: every key is there, and what is shown fits on the screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QDialog, QLabel

from editor.actions.menus import MENUS
from editor.tools.table import TOOLS
from editor.ui.help import MOUSE
from editor.ui.main_window import MainWindow


def shown(window: MainWindow, monkeypatch: pytest.MonkeyPatch, look: Callable[[QDialog], object]) -> object:
    seen: list[object] = []
    monkeypatch.setattr(QDialog, "exec", lambda dialog: seen.append(look(dialog)))
    window.actions_["shortcuts"].trigger()
    return seen[0]


def test_every_action_with_a_key_and_every_tool_is_listed(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def texts(dialog: QDialog) -> set[str]:
        return {label.text() for label in dialog.findChildren(QLabel)}

    listed = shown(window, monkeypatch, texts)
    assert isinstance(listed, set)
    keyed = {
        action.text.replace("&", "").rstrip("…")
        for _title, actions in MENUS
        for action in actions
        if action.shortcut
    }
    assert keyed <= listed
    assert {tool.info.title for tool in TOOLS.values()} <= listed
    assert {what for what, _how in MOUSE} <= listed


def test_it_is_no_larger_than_the_screen(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    def fits(dialog: QDialog) -> bool:
        room = window.screen().availableGeometry()
        size = dialog.sizeHint()
        return size.width() <= room.width() and size.height() <= room.height()

    assert shown(window, monkeypatch, fits)
