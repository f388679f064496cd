"""Image ▸ Extend Canvas: what is asked for is done, and the new border is filled where that is wanted."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel
from pytestqt.qtbot import QtBot

from editor.canvas_operations import extend_canvas
from editor.document.geometry import Extent
from editor.settings import Settings
from editor.ui.extend_dialog import ExtendDialog
from editor.ui.main_window import MainWindow

OK = QDialogButtonBox.StandardButton.Ok


@pytest.fixture
def dialog(qtbot: QtBot, settings: Settings) -> ExtendDialog:
    made = ExtendDialog(Extent(400, 300), settings)
    qtbot.addWidget(made)
    return made


def test_it_says_what_comes_of_it_and_nothing_is_no_answer(dialog: ExtendDialog, settings: Settings) -> None:
    button = dialog.buttons.button(OK)
    assert not button.isEnabled()
    dialog.accept()
    assert dialog.result() != QDialog.DialogCode.Accepted
    spin = dialog.widgets["extend-left"].focusProxy()
    spin.selectAll()
    QTest.keyClicks(spin, "50")
    settings["extend-bottom"] = 20
    dialog.accept()
    assert dialog.result() == QDialog.DialogCode.Accepted
    assert dialog.sides == (50, 0, 0, 20)
    assert any("400 × 300 px become 450 × 320 px" in label.text() for label in dialog.findChildren(QLabel))


def test_a_canvas_that_would_be_too_large(qtbot: QtBot, settings: Settings) -> None:
    settings["extend-right"] = 10_000
    dialog = ExtendDialog(Extent(30_000, 10), settings)
    qtbot.addWidget(dialog)
    assert not dialog.buttons.button(OK).isEnabled()


@pytest.mark.parametrize("fills", [False, True])
def test_from_the_menu(
    opened: MainWindow, qtbot: QtBot, settings: Settings, monkeypatch: pytest.MonkeyPatch, fills: bool
) -> None:
    settings["extend-right"], settings["extend-top"], settings["extend-fill"] = 60, 30, fills

    def accept(dialog: ExtendDialog) -> int:
        dialog.accept()
        return dialog.result()

    monkeypatch.setattr(ExtendDialog, "exec", accept)
    session, canvas = opened.session, opened.canvas
    assert session is not None and canvas is not None
    canvas.navigation.set_zoom(1)
    corner = canvas.viewport.to_screen(0, 0)
    if fills:
        with qtbot.waitSignal(opened.fills.ended, timeout=20_000):
            opened.actions_["extend-canvas"].trigger()
        assert session.fill_layer is not None
    else:
        opened.actions_["extend-canvas"].trigger()
    assert session.document.extent == canvas.viewport.picture == Extent(460, 330)
    assert canvas.viewport.to_screen(0, 30) == pytest.approx(corner)  # what was seen stays where it was
    while session.history.can_undo:
        session.history.undo()
    assert session.document.extent == canvas.viewport.picture == Extent(400, 300)
    assert canvas.viewport.to_screen(0, 0) == pytest.approx(corner)
    canvas.grab()  # by the projection of the canvas that is there again


def test_a_fill_for_a_canvas_that_has_become_another_is_given_up(opened: MainWindow, qtbot: QtBot) -> None:
    session = opened.session
    assert session is not None
    opened.actions_["select-all"].trigger()
    session.refine_selection("shrink", 100)
    opened.start_fill()
    extend_canvas(session, 5, 0, 0, 0)
    with qtbot.waitSignal(opened.fills.failed, timeout=20_000) as told:
        pass
    assert "another" in told.args[0].message
    assert len(session.document.root.children) == 1


def test_a_fill_does_not_land_on_a_canvas_that_grew_elsewhere(opened: MainWindow, qtbot: QtBot) -> None:
    session = opened.session
    assert session is not None
    extend_canvas(session, 40, 0, 0, 0)
    with qtbot.waitSignal(opened.fills.ended, timeout=20_000):
        opened.start_fill()
        session.history.undo()
        extend_canvas(session, 0, 0, 40, 0)  # as large, and not the same place
    assert session.history.labels == ["Extend the canvas"] and session.fill_layer is None
    assert "canvas" in opened.messages.text
