"""Rulers and guides in the window: the View menu, the dialog, undo and save in the middle of a drag."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QDialog, QLabel
from pytestqt.qtbot import QtBot

from editor.canvas_operations import add_guide
from editor.document.geometry import Extent
from editor.document.guides import MAX_GUIDES, Guides
from editor.files.formats import open_document
from editor.settings import Settings
from editor.ui.guide_dialog import GuideDialog
from editor.ui.main_window import MainWindow

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def pull_out(window: MainWindow, y: int) -> None:
    """A guide is held at this y of the picture."""
    (frame,) = window.tabs.frames
    place = QPointF(*frame.canvas.viewport.to_screen(30, y)).toPoint()
    place = frame.above.mapFrom(frame, frame.canvas.mapTo(frame, place))
    QTest.mousePress(frame.above, LEFT, NONE, QPoint(60, 5))
    QTest.mouseMove(frame.above, place)


def test_ticks_of_the_menu_are_the_settings(opened: MainWindow, settings: Settings) -> None:
    for action_id, setting_id in (
        ("rulers", "rulers-shown"),
        ("guides-show", "guides-shown"),
        ("guides-lock", "guides-locked"),
        ("guides-snap", "guides-snap"),
    ):
        action, before = opened.actions_[action_id], settings[setting_id]
        assert action.isCheckable() and action.isChecked() == before
        action.trigger()
        assert action.isChecked() != before and settings[setting_id] != before
        settings[setting_id] = before
        assert action.isChecked() == before


def test_a_key_shows_the_rulers(opened: MainWindow, qtbot: QtBot) -> None:
    (frame,) = opened.tabs.frames
    assert not frame.above.isVisible()
    qtbot.keyClick(opened.canvas, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert frame.above.isVisible() and frame.left.isVisible()


def test_undo_takes_back_what_is_being_dragged(opened: MainWindow, settings: Settings) -> None:
    settings["rulers-shown"] = True
    session = opened.session
    pull_out(opened, 77)
    undo = opened.actions_["undo"]
    assert undo.isEnabled()
    undo.trigger()
    assert not opened.tool_is_busy and not session.history.labels and not undo.isEnabled()
    QTest.mouseRelease(opened.tabs.frames[0].above, LEFT, NONE, QPoint(60, 90))
    assert not session.document.guides


def test_saving_keeps_what_is_being_dragged(
    opened: MainWindow, settings: Settings, tmp_path: Path, answer: Callable[..., list[str]]
) -> None:
    settings["rulers-shown"] = True
    pull_out(opened, 77)
    answer(path=tmp_path / "a.ora")
    opened.actions_["save-as"].trigger()
    assert open_document(tmp_path / "a.ora").guides == Guides((77,), ())
    assert not opened.session.is_modified


def test_guides_are_cleared_from_the_menu(opened: MainWindow) -> None:
    clear = opened.actions_["guides-clear"]
    assert not clear.isEnabled()
    add_guide(opened.session, "vertical", 20)
    assert clear.isEnabled()
    clear.trigger()
    assert not opened.session.document.guides and not clear.isEnabled()
    opened.actions_["undo"].trigger()
    assert opened.session.document.guides == Guides((), (20,))


# The dialog


@pytest.fixture
def dialog(qtbot: QtBot, settings: Settings) -> GuideDialog:
    made = GuideDialog(Extent(400, 300), settings)
    qtbot.addWidget(made)
    made.show()
    return made


def choose(dialog: GuideDialog, setting_id: str, title: str) -> None:
    combo = dialog.widgets[setting_id].findChild(QComboBox)
    combo.setCurrentIndex(combo.findText(title))
    combo.activated.emit(combo.currentIndex())


def facts(dialog: GuideDialog) -> str:
    return " ".join(label.text() for label in dialog.findChildren(QLabel))


def test_it_begins_with_the_middle(dialog: GuideDialog) -> None:
    assert (dialog.direction, dialog.position) == ("vertical", 200)
    assert "At x = 200 px; the picture is 400 px wide." in facts(dialog)


def test_units_say_the_same_place(dialog: GuideDialog) -> None:
    dialog.place.setValue(100)
    choose(dialog, "guide-unit", "%")
    assert dialog.place.value() == 25 and dialog.position == 100
    choose(dialog, "guide-direction", "Horizontal")
    assert dialog.position == 75 and "At y = 75 px; the picture is 300 px high." in facts(dialog)
    choose(dialog, "guide-unit", "px")
    assert dialog.place.value() == 75


def test_a_third_is_typed(dialog: GuideDialog) -> None:
    choose(dialog, "guide-unit", "%")
    dialog.place.selectAll()
    QTest.keyClicks(dialog.place, dialog.locale().toString(33.33, "f", 2))
    QTest.keyClick(dialog.place, Qt.Key.Key_Return)
    assert dialog.result() == QDialog.DialogCode.Accepted and dialog.position == 133


def test_outside_the_picture(dialog: GuideDialog) -> None:
    dialog.place.setValue(-50)
    assert dialog.position == -50


def test_from_the_menu(opened: MainWindow, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(dialog: GuideDialog) -> QDialog.DialogCode:
        dialog.place.setValue(44)
        return answers.pop()

    answers = [QDialog.DialogCode.Accepted] * 2 + [QDialog.DialogCode.Rejected]
    monkeypatch.setattr(GuideDialog, "exec", ask)
    settings["guides-shown"] = False
    opened.actions_["guide-new"].trigger()
    assert not opened.session.document.guides and not settings["guides-shown"]
    opened.actions_["guide-new"].trigger()
    assert opened.session.document.guides == Guides((), (44,)) and settings["guides-shown"]
    opened.session.document.set_guides(Guides.of((), range(1000, 1000 + MAX_GUIDES)))
    opened.actions_["guide-new"].trigger()
    assert "1000 vertical guides already" in opened.messages.text
