"""The paint brush's options in the window: presets and strokes of them, numbers, blend mode, a popup for the rest."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from editor.raster.blend_modes import MODES
from editor.render.brush_preview import stroke_picture
from editor.render.qimage import to_array
from editor.settings import Settings
from editor.tools.paint_options import all_brushes, choose_brush, preset_values
from editor.ui.brush_presets import PresetSetting
from editor.ui.main_window import MainWindow
from editor.ui.option_popup import OptionPopup
from editor.ui.option_widgets import BlendModeSetting
from editor.ui.setting_widgets import SettingWidget
from editor.ui.theme import palette_for

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def painting(opened: MainWindow) -> MainWindow:
    opened.resize(1280, 800)
    opened.actions_.tools["paint-brush"].trigger()
    return opened


@pytest.fixture
def preset(painting: MainWindow, settings: Settings) -> PresetSetting:
    choose_brush(settings, all_brushes()["soft-round"])
    (made,) = painting.options.findChildren(PresetSetting)
    return made


@pytest.mark.parametrize("brush_id", list(all_brushes()))
def test_every_brush_has_a_stroke_to_be_known_by(brush_id: str) -> None:
    picture = to_array(stroke_picture(all_brushes()[brush_id], 130, 36, (1, 0.5, 0)))
    assert picture.shape == (36, 130, 4)
    alpha = picture[..., 3]
    assert alpha.max() > 40
    seen = picture[alpha > 200]
    assert (seen[:, :3] == [255, 128, 0]).all()
    assert not alpha[[0, -1]].any() and not alpha[:, [0, -1]].any()  # nothing is cut off
    columns = np.flatnonzero(alpha.any(axis=0))
    assert columns[-1] - columns[0] > 70


def test_all_options_are_in_the_bar_at_1280_pixels(painting: MainWindow) -> None:
    extension = painting.options.findChild(QToolButton, "qt_toolbar_ext_button")
    assert extension is None or not extension.isVisible()
    shown = [
        widget.setting.id for widget in painting.options.findChildren(SettingWidget) if widget.isVisible()
    ]
    assert shown == [
        "paint-brush", "paint-size", "paint-opacity", "paint-flow", "paint-hardness", "paint-blend-mode"
    ]  # fmt: skip


def test_choosing_a_brush_sets_every_option(preset: PresetSetting, settings: Settings) -> None:
    brushes = all_brushes()
    preset.box.showPopup()
    rows = preset.box.list
    assert rows.isVisible() and rows.count() == len(brushes)
    row = list(brushes).index("calligraphy")
    QTest.mouseClick(rows.viewport(), LEFT, NONE, rows.visualItemRect(rows.item(row)).center())
    assert not rows.isVisible()
    assert settings["paint-brush"] == "calligraphy"
    assert {each: settings[each] for each in preset_values(brushes["calligraphy"])} == preset_values(
        brushes["calligraphy"]
    )
    assert preset.box.currentText() == "Calligraphy" and not preset.box.marked


def test_strokes_come_into_the_list_and_follow_the_theme(
    qtbot: QtBot, qapp: QApplication, preset: PresetSetting
) -> None:
    rows = preset.box.list

    def strokes() -> list[QImage]:
        return [rows.item(row).icon().pixmap(130, 36).toImage() for row in range(rows.count())]

    def colours() -> set[str]:
        """Of what is painted most thickly in each."""
        most = [max((image.pixelColor(x, 18) for x in range(130)), key=QColor.alpha) for image in strokes()]
        return {color.name() for color in most if color.alpha() == 255}

    palette = qapp.palette()
    try:
        for dark in (False, True):
            qapp.setPalette(palette_for(dark))
            preset.box.showPopup()
            text = palette_for(dark).color(QPalette.ColorRole.Text).name()
            qtbot.waitUntil(lambda text=text: colours() == {text})
            qtbot.waitUntil(lambda: not rows._drawing.isActive())
            rows.hide()
    finally:
        qapp.setPalette(palette)


def test_the_list_is_walked_with_the_keys(preset: PresetSetting, settings: Settings) -> None:
    brushes = list(all_brushes())
    settings["paint-brush"] = brushes[0]
    preset.box.showPopup()
    QTest.keyClick(preset.box.list, Qt.Key.Key_Down)
    QTest.keyClick(preset.box.list, Qt.Key.Key_Escape)
    assert settings["paint-brush"] == brushes[0] and not preset.box.list.isVisible()
    preset.box.showPopup()
    QTest.keyClick(preset.box.list, Qt.Key.Key_Down)
    QTest.keyClick(preset.box.list, Qt.Key.Key_Return)
    assert settings["paint-brush"] == brushes[1]


def test_a_changed_brush_is_marked_and_can_be_reset(preset: PresetSetting, settings: Settings) -> None:
    assert not preset.box.marked and not preset.reset.isEnabled()
    former = settings["paint-flow"]
    settings["paint-flow"] = 37
    assert preset.box.marked and preset.reset.isEnabled()
    QTest.mouseClick(preset.reset, LEFT, NONE, QPoint(8, 8))
    assert settings["paint-flow"] == former
    assert not preset.box.marked and not preset.reset.isEnabled()
    settings["paint-color"] = "#123456"  # no part of a brush
    assert not preset.box.marked


def test_the_paints_blend_mode_is_one_of_all(painting: MainWindow, settings: Settings) -> None:
    (widget,) = painting.options.findChildren(BlendModeSetting)
    assert widget.combo.count() == len(MODES)
    row = widget.combo.findData("multiply")
    widget.combo.setCurrentIndex(row)
    widget.combo.activated.emit(row)
    assert settings["paint-blend-mode"] == "multiply"
    settings["paint-blend-mode"] = "screen"
    assert widget.combo.currentText() == "Screen"


def test_what_is_changed_seldom_is_in_the_popup(painting: MainWindow, settings: Settings) -> None:
    (popup,) = painting.options.findChildren(OptionPopup)
    assert popup.text() == "Brush…" and not popup.panel.isVisible()
    QTest.mouseClick(popup, LEFT, NONE, QPoint(10, 10))
    assert popup.panel.isVisible()
    widgets = {widget.setting.id: widget for widget in popup.panel.findChildren(SettingWidget)}
    assert set(widgets) == {"paint-spacing", "paint-roundness", "paint-angle", "paint-smoothing"}
    widgets["paint-angle"].spin.setValue(45)
    assert settings["paint-angle"] == 45
    QTest.keyClick(popup.panel, Qt.Key.Key_Escape)
    assert not popup.panel.isVisible() and settings["paint-angle"] == 45


def test_keys_change_the_paint_brush_while_it_is_in_hand(painting: MainWindow, settings: Settings) -> None:
    painting.activateWindow()
    mask = settings["brush-size"], settings["brush-hardness"]
    size, opacity = settings["paint-size"], settings["paint-opacity"]
    QTest.keyClick(painting.canvas, "]")
    QTest.keyClick(painting.canvas, Qt.Key.Key_I)
    assert settings["paint-size"] > size and settings["paint-opacity"] == opacity - 10
    assert (settings["brush-size"], settings["brush-hardness"]) == mask
    painting.actions_.tools["lasso"].trigger()
    assert not painting.actions_["brush-larger"].isEnabled()


def test_why_a_brush_does_nothing_is_said(painting: MainWindow) -> None:
    painting.actions_["group-new"].trigger()
    QTest.mouseClick(painting.canvas, LEFT, NONE, QPoint(200, 200))
    assert "group" in painting.messages.text
