"""The colour in hand: its swatches, and the popup that chooses it, with mouse and keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from editor.settings import Settings
from editor.ui.color_button import ColorButton
from editor.ui.color_popup import ColorPopup
from editor.ui.color_swatches import RECENT
from editor.ui.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def anchor(qtbot: QtBot) -> Iterator[QWidget]:
    made = QWidget()
    made.resize(60, 60)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def popup(anchor: QWidget) -> ColorPopup:
    made = ColorPopup(anchor)
    made.open_at(anchor, "#336699", ["#ff0000", "#00ff00"])
    return made


def at(field: QWidget, x: float, y: float) -> QPoint:
    area = field.area
    return area.topLeft() + QPoint(round(x * (area.width() - 1)), round(y * (area.height() - 1)))


def test_it_opens_on_the_colour(popup: ColorPopup) -> None:
    assert popup.isVisible() and popup.color == popup.hex.text() == "#336699"
    color = QColor("#336699")
    assert popup.square.across == pytest.approx(color.hsvSaturationF(), abs=0.01)
    assert popup.square.down == pytest.approx(1 - color.valueF(), abs=0.01)
    assert popup.hues.down == pytest.approx(color.hsvHueF(), abs=0.01)


def test_dragging_in_the_square_chooses_saturation_and_value(qtbot: QtBot, popup: ColorPopup) -> None:
    seen: list[str] = []
    popup.color_changed.connect(seen.append)
    QTest.mousePress(popup.square, LEFT, NONE, at(popup.square, 0.5, 0.5))
    QTest.mouseMove(popup.square, QPoint(-50, -50))
    assert popup.color == "#ffffff"
    QTest.mouseMove(popup.square, at(popup.square, 1, 0))
    assert QColor(popup.color).hsvSaturation() == 255
    assert abs(QColor(popup.color).hsvHue() - QColor("#336699").hsvHue()) <= 1  # though white had none
    QTest.mouseMove(popup.square, QPoint(5000, 5000))
    QTest.mouseRelease(popup.square, LEFT, NONE, QPoint(5000, 5000))
    assert popup.color == "#000000"
    assert seen[1] == "#ffffff" and seen[-1] == "#000000"


def test_the_hue_is_chosen_beside_it(popup: ColorPopup) -> None:
    popup.open_at(popup.parentWidget(), "#ff0000", [])
    QTest.mouseClick(popup.hues, LEFT, NONE, at(popup.hues, 0.5, 1 / 3))
    assert QColor(popup.color).hsvHue() in (119, 120, 121)
    QTest.mouseClick(popup.hues, LEFT, NONE, at(popup.hues, 0.5, 1))
    assert popup.color == "#ff0000" and popup.hues.down == 1  # the handle stays where it was put


def test_arrow_keys_move_in_small_and_large_steps(popup: ColorPopup) -> None:
    popup.open_at(popup.parentWidget(), "#808080", [])
    QTest.keyClick(popup.square, Qt.Key.Key_Right)
    assert popup.square.across == pytest.approx(0.01)
    QTest.keyClick(popup.square, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert popup.square.across == pytest.approx(0.11)
    QTest.keyClick(popup.square, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(popup.square, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert popup.square.across == 0
    before = popup.square.down
    QTest.keyClick(popup.square, Qt.Key.Key_Down)
    assert popup.square.down == pytest.approx(before + 0.01)
    assert "value 49 %" in popup.square.accessibleDescription()


@pytest.mark.parametrize(
    ("typed", "color"), [("#12ab34", "#12ab34"), ("f00", "#ff0000"), ("12AB34", "#12ab34")]
)
def test_a_colour_can_be_typed(popup: ColorPopup, typed: str, color: str) -> None:
    popup.hex.selectAll()
    QTest.keyClicks(popup.hex, typed)
    assert popup.color == color


def test_half_a_colour_changes_nothing(popup: ColorPopup) -> None:
    popup.hex.selectAll()
    QTest.keyClicks(popup.hex, "#1")
    QTest.keyClicks(popup.hex, "g")
    assert popup.color == "#336699"


def test_escape_brings_the_former_colour_back_and_enter_keeps_the_new(
    popup: ColorPopup, anchor: QWidget
) -> None:
    seen: list[str] = []
    popup.color_changed.connect(seen.append)
    popup.closed.connect(seen.append)
    QTest.mouseClick(popup.square, LEFT, NONE, at(popup.square, 1, 1))
    QTest.keyClick(popup.square, Qt.Key.Key_Escape)
    assert seen == ["#000000", "#336699", "#336699"] and not popup.isVisible()
    popup.open_at(anchor, "#336699", [])
    QTest.mouseClick(popup.square, LEFT, NONE, at(popup.square, 1, 1))
    QTest.keyClick(popup.square, Qt.Key.Key_Return)
    assert seen[3:] == ["#000000", "#000000"] and not popup.isVisible()


def test_a_colour_used_lately_is_taken_with_a_click(popup: ColorPopup) -> None:
    red, green = popup.findChildren(ColorButton)
    assert (red.color, green.color) == ("#ff0000", "#00ff00")
    QTest.mouseClick(green, LEFT, NONE, QPoint(8, 8))
    assert popup.color == "#00ff00"


def test_a_swatch_opens_the_chooser_for_its_own_colour(window: MainWindow, settings: Settings) -> None:
    colors = window.colors
    QTest.mouseClick(colors.buttons["paint-other-color"], LEFT, NONE, QPoint(20, 20))
    assert colors.popup.isVisible()
    QTest.mouseClick(colors.popup.square, LEFT, NONE, at(colors.popup.square, 0, 1))
    colors.popup.close()
    assert (settings["paint-color"], settings["paint-other-color"]) == ("#000000", "#000000")
    assert colors.buttons["paint-other-color"].color == "#000000"
    assert "#000000" in colors.buttons["paint-other-color"].accessibleName()


def test_colours_used_lately_are_remembered_once_and_not_for_ever(
    window: MainWindow, settings: Settings
) -> None:
    for number in [*range(30), 29]:
        window.choose_color()
        window.colors.popup.hex.setText("")
        QTest.keyClicks(window.colors.popup.hex, f"#{number:02x}4080")
        window.colors.popup.close()
    recent = settings["recent-colors"]
    assert len(recent) == RECENT == len(set(recent))
    assert recent[0] == settings["paint-color"] == "#1d4080"


def test_looking_alone_is_no_use(window: MainWindow, settings: Settings) -> None:
    window.choose_color()
    window.colors.popup.close()
    assert settings["recent-colors"] == []


def test_keys_exchange_and_reset_the_colours(opened: MainWindow, settings: Settings) -> None:
    opened.activateWindow()
    settings["paint-color"] = "#aa0000"
    QTest.keyClick(opened.canvas, Qt.Key.Key_X)
    assert (settings["paint-color"], settings["paint-other-color"]) == ("#ffffff", "#aa0000")
    QTest.keyClick(opened.canvas, Qt.Key.Key_D)
    assert (settings["paint-color"], settings["paint-other-color"]) == ("#000000", "#ffffff")
