"""Widgets for a tool's options, narrower than those of ``setting_widgets``; and which options have one of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QWidget

from editor.raster.blend_modes import MODES
from editor.setting_table import Setting
from editor.settings import Settings
from editor.ui.brush_presets import PresetSetting
from editor.ui.setting_widgets import SettingWidget, bind, setting_widget
from editor.ui.value_bar import ValueBar

Maker = Callable[[Setting, Settings, QWidget], SettingWidget]

_MODE_WIDTH = 150


class BarSetting(SettingWidget):
    """An int: a bar that says what it is."""

    titled = True

    def __init__(self, setting: Setting, parent: QWidget | None) -> None:
        super().__init__(setting, parent)
        self.bar = ValueBar(setting.title, setting.minimum, setting.maximum, setting.unit)
        self._add(self.bar)
        self.setFocusProxy(self.bar)
        self.bar.valueChanged.connect(self._changed)

    def show_value(self, value: Any) -> None:
        self.bar.blockSignals(True)
        self.bar.setValue(value)
        self.bar.blockSignals(False)
        self.bar.update()

    @Slot(int)
    def _changed(self, value: int) -> None:
        self.edited.emit(value)


class BlendModeSetting(SettingWidget):
    """The id of a blend mode: a combo box with all of them."""

    titled = True

    def __init__(self, setting: Setting, parent: QWidget | None) -> None:
        super().__init__(setting, parent)
        self.combo = QComboBox()
        for mode in MODES.values():
            self.combo.addItem(mode.title, mode.id)
        self.combo.setFixedWidth(_MODE_WIDTH)
        self._add(self.combo)
        self.setFocusProxy(self.combo)
        self.combo.activated.connect(self._activated)

    def show_value(self, value: Any) -> None:
        self.combo.setCurrentIndex(max(0, self.combo.findData(value)))

    @Slot(int)
    def _activated(self, index: int) -> None:
        self.edited.emit(self.combo.itemData(index))


MAKERS: dict[str, Maker] = {
    "paint-brush": lambda setting, settings, parent: PresetSetting(setting, settings, parent),
    "paint-blend-mode": lambda setting, _settings, parent: BlendModeSetting(setting, parent),
}
"""By ids of settings; all others get a widget by their type."""

POPUPS: dict[str, str] = dict.fromkeys(
    ("paint-spacing", "paint-roundness", "paint-angle", "paint-smoothing"), "Brush"
)
"""Settings that are changed less often, and the title of the popup that holds them."""


def option_widget(setting: Setting, settings: Settings, parent: QWidget) -> SettingWidget:
    """The widget for ``setting`` in the options bar, showing and changing its value in ``settings``."""
    maker = MAKERS.get(setting.id)
    if maker is None and isinstance(setting.default, int) and not isinstance(setting.default, bool):
        maker = _bar
    if maker is None:
        return setting_widget(setting, settings, parent)
    widget = maker(setting, settings, parent)
    widget.show_value(settings[setting.id])
    bind(widget, settings)
    return widget


def _bar(setting: Setting, _settings: Settings, parent: QWidget) -> SettingWidget:
    return BarSetting(setting, parent)
