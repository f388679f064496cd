"""File ▸ New: what is asked for is what is made, and it is remembered."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel
from pytestqt.qtbot import QtBot

from editor.document.geometry import Bounds
from editor.document.layers import PaintLayer
from editor.settings import Settings
from editor.ui.main_window import MainWindow
from editor.ui.new_dialog import NewDialog


@pytest.fixture
def dialog(qtbot: QtBot, settings: Settings) -> NewDialog:
    made = NewDialog(settings)
    qtbot.addWidget(made)
    return made


def type_number(dialog: NewDialog, setting_id: str, number: int) -> None:
    spin = dialog.widgets[setting_id].focusProxy()
    spin.selectAll()
    QTest.keyClicks(spin, str(number))


@pytest.mark.parametrize(
    ("background", "pixel"),
    [("white", [255, 255, 255, 255]), ("color", [10, 20, 30, 255]), ("transparent", [0] * 4)],
)
def test_what_is_asked_for_is_made(
    dialog: NewDialog, settings: Settings, background: str, pixel: list[int]
) -> None:
    settings["paint-color"] = "#0a141e"
    settings["new-background"] = background
    type_number(dialog, "new-width", 320)
    type_number(dialog, "new-height", 200)
    dialog.accept()
    document = dialog.document()
    assert (document.extent.width, document.extent.height, document.depth) == (320, 200, 8)
    (layer,) = document.layers()
    assert isinstance(layer, PaintLayer)
    assert layer.pixels.read(Bounds(319, 199, 1, 1))[0, 0].tolist() == pixel
    assert (settings["new-width"], settings["new-height"]) == (320, 200)


def test_enter_in_a_field_creates(dialog: NewDialog, settings: Settings) -> None:
    dialog.show()
    type_number(dialog, "new-width", 320)
    QTest.keyClick(dialog.widgets["new-width"].focusProxy(), Qt.Key.Key_Return)
    assert dialog.result() == QDialog.DialogCode.Accepted and settings["new-width"] == 320


def test_sixteen_bits_and_what_they_cost(dialog: NewDialog, settings: Settings) -> None:
    def facts() -> str:
        return next(label.text() for label in dialog.findChildren(QLabel) if "megapixels" in label.text())

    assert "3.0 megapixels" in facts() and "12 MB" in facts()
    settings["new-depth"] = "16"
    assert "24 MB" in facts()
    assert dialog.document().depth == 16


def test_a_picture_is_turned_on_its_side(dialog: NewDialog, settings: Settings) -> None:
    dialog.turn.click()
    assert (settings["new-width"], settings["new-height"]) == (1500, 2000)


def test_the_window_opens_the_new_picture(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NewDialog, "exec", lambda dialog: QDialog.DialogCode.Rejected)
    window.actions_["new"].trigger()
    assert window.session is None
    monkeypatch.setattr(NewDialog, "exec", lambda dialog: QDialog.DialogCode.Accepted)
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert window.session is not None
    assert window.session.title == "Untitled" and not window.session.is_modified
    assert window.session.document.extent.width == 2000
