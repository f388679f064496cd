"""Widgets for settings, made from their declarations and bound both ways.

``setting_widget`` chooses: a check box for a bool; a spin box for an int, with a slider where the range is a sensible
length; tool buttons or a combo box for choices; a line edit for a str. What the user does goes into the settings at
once (typing: when it is finished), what changes there is shown here, and a destroyed widget hears no more of it.
"""

from __future__ import annotations

import math
import weakref
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QSlider,
    QToolButton,
    QWidget,
)
from shiboken6 import isValid

from editor.setting_table import Setting
from editor.settings import Settings
from editor.ui.icons import has_icon, set_icon
from editor.ui.spin_box import SpinBox
from editor.ui.value_bar import LONGEST_LINEAR

_MOST_BUTTONS = 4
_LONGEST_SLIDER = 10_000  # a longer range is typed, not slid
_POSITIONS = 10_000
_SLIDER_WIDTH = 130


class SettingWidget(QWidget):
    """What all of them have in common: ``edited`` with a value that the user has chosen, ``show_value``."""

    edited = Signal(object)
    titled = False
    """Whether it says the setting's title itself."""

    def __init__(self, setting: Setting, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setting = setting
        self.setObjectName(setting.id)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)

    def show_value(self, value: Any) -> None:
        """Shows ``value`` without saying that it was edited, and drops what is half typed."""
        raise NotImplementedError

    def commit(self) -> None:
        """Takes what is typed but not finished."""

    def _add(self, widget: QWidget, stretch: int = 0, name: str = "") -> None:
        widget.setToolTip(self.setting.help)
        widget.setAccessibleName(name or self.setting.title or self.setting.id)
        widget.setAccessibleDescription(self.setting.help)
        self._row.addWidget(widget, stretch)


def setting_widget(setting: Setting, settings: Settings, parent: QWidget | None = None) -> SettingWidget:
    """The widget for ``setting``, showing and changing its value in ``settings``; its focus goes to what it holds."""
    widget = _kind(setting)(setting, parent)
    widget.show_value(settings[setting.id])
    bind(widget, settings)
    return widget


def bind(widget: SettingWidget, settings: Settings) -> None:
    """Keeps ``widget`` and its setting equal until the widget is destroyed."""
    setting_id = widget.setting.id
    shown = weakref.ref(widget)  # the settings outlive the widget and must not keep it

    def changed(changed_id: str) -> None:
        target = shown()
        if changed_id == setting_id and target is not None and isValid(target):
            target.show_value(settings[setting_id])

    def edited(value: Any) -> None:
        settings[setting_id] = value

    disconnect = settings.on_change(changed)
    widget.edited.connect(edited)
    widget.destroyed.connect(lambda: disconnect())


class CheckSetting(SettingWidget):
    """A bool: a check box that carries the setting's title."""

    titled = True

    def __init__(self, setting: Setting, parent: QWidget | None) -> None:
        super().__init__(setting, parent)
        self.box = QCheckBox(setting.title)
        self._add(self.box)
        self._row.addStretch()
        self.setFocusProxy(self.box)
        self.box.toggled.connect(self._toggled)

    def show_value(self, value: Any) -> None:
        self.box.blockSignals(True)
        self.box.setChecked(value)
        self.box.blockSignals(False)

    @Slot(bool)
    def _toggled(self, checked: bool) -> None:
        self.edited.emit(checked)


class NumberSetting(SettingWidget):
    """An int: a spin box, with a slider before it where the range is short enough to slide over."""

    def __init__(self, setting: Setting, parent: QWidget | None) -> None:
        super().__init__(setting, parent)
        self._range = setting.maximum - setting.minimum
        self.slider = QSlider(Qt.Orientation.Horizontal) if self._range <= _LONGEST_SLIDER else None
        if self.slider is not None:
            self.slider.setRange(0, _POSITIONS if self._range > LONGEST_LINEAR else self._range)
            self.slider.setPageStep(max(1, self.slider.maximum() // 10))
            self.slider.setMinimumWidth(_SLIDER_WIDTH // 2)
            self.slider.valueChanged.connect(self._slid)
            self.slider.actionTriggered.connect(self._stepped)
            self._add(self.slider, 1, f"{setting.title or setting.id} (slider)")
        self.spin = SpinBox()
        self.spin.setRange(setting.minimum, setting.maximum)
        self.spin.setSuffix(setting.unit)
        self.spin.setSpecialValueText(setting.zero)
        self.spin.setKeyboardTracking(False)  # "120" is typed past 1 and 12
        self.spin.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.spin.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        if self._range > LONGEST_LINEAR:
            self.spin.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        self.spin.valueChanged.connect(self._typed)
        self._add(self.spin)
        if self.slider is None:
            self._row.addStretch()
        self.setFocusProxy(self.spin)

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(self.spin.sizeHint().width() + 8 + _SLIDER_WIDTH, hint.height()) if self.slider else hint

    def show_value(self, value: Any) -> None:
        self.spin.blockSignals(True)
        self.spin.setValue(value)
        self.spin.blockSignals(False)
        self._place_slider(value)

    def commit(self) -> None:
        self.spin.interpretText()

    @Slot(int)
    def _typed(self, value: int) -> None:
        self._place_slider(value)
        self.edited.emit(value)

    @Slot(int)
    def _slid(self, position: int) -> None:
        value = self._value_at(position)
        if value != self.spin.value():
            self.spin.setValue(value)

    @Slot(int)
    def _stepped(self, action: int) -> None:
        """Along a quadratic slider a key goes to another value, which is not always the next position."""
        signs = {
            QAbstractSlider.SliderAction.SliderSingleStepAdd.value: 1,
            QAbstractSlider.SliderAction.SliderSingleStepSub.value: -1,
        }
        if self.slider is not None and self._range > LONGEST_LINEAR and action in signs:
            value = self.spin.value() + signs[action] * max(1, self.spin.value() // 20)
            value = min(max(value, self.setting.minimum), self.setting.maximum)
            self.slider.setSliderPosition(self._position_of(value))

    def _place_slider(self, value: int) -> None:
        # A position that means this value already is left alone, else a slow drag would never get to the next one.
        if self.slider is not None and self._value_at(self.slider.value()) != value:
            self.slider.blockSignals(True)
            self.slider.setValue(self._position_of(value))
            self.slider.blockSignals(False)

    def _value_at(self, position: int) -> int:
        if self._range <= LONGEST_LINEAR:
            return self.setting.minimum + position
        return self.setting.minimum + round(self._range * (position / _POSITIONS) ** 2)

    def _position_of(self, value: int) -> int:
        if self._range <= LONGEST_LINEAR:
            return value - self.setting.minimum
        return round(_POSITIONS * math.sqrt((value - self.setting.minimum) / self._range))


class ComboSetting(SettingWidget):
    """One of several: a combo box."""

    def __init__(self, setting: Setting, parent: QWidget | None) -> None:
        super().__init__(setting, parent)
        self.combo = QComboBox()
        for choice, title in setting.choices:
            self.combo.addItem(title, choice)
        self._add(self.combo)
        self._row.addStretch()
        self.setFocusProxy(self.combo)
        self.combo.activated.connect(self._activated)

    def show_value(self, value: Any) -> None:
        self.combo.setCurrentIndex(self.combo.findData(value))

    @Slot(int)
    def _activated(self, index: int) -> None:
        self.edited.emit(self.combo.itemData(index))


class ButtonsSetting(SettingWidget):
    """One of a few that have pictures: tool buttons side by side; the arrow keys go from one to the next."""

    def __init__(self, setting: Setting, parent: QWidget | None) -> None:
        super().__init__(setting, parent)
        self._row.setSpacing(2)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        for choice, title in setting.choices:
            button = QToolButton()
            button.setCheckable(True)
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the canvas
            button.setObjectName(f"{setting.id}-{choice}")
            button.setIconSize(QSize(20, 20))
            button.setText(title)
            set_icon(button, _icon_name(choice))
            self._add(button, name=f"{setting.title}: {title}")
            button.setToolTip(f"<b>{title}</b><br>{setting.help}" if setting.help else title)
            self._group.addButton(button)
            self.buttons[choice] = button
        self._row.addStretch()
        self._group.buttonToggled.connect(self._toggled)

    def show_value(self, value: Any) -> None:
        self._group.blockSignals(True)
        self.buttons[value].setChecked(True)
        self._group.blockSignals(False)
        self.setFocusProxy(self.buttons[value])

    @Slot(QAbstractButton, bool)
    def _toggled(self, button: QAbstractButton, checked: bool) -> None:
        if checked:
            self.edited.emit(next(choice for choice, each in self.buttons.items() if each is button))


class TextSetting(SettingWidget):
    """A str: a line edit."""

    def __init__(self, setting: Setting, parent: QWidget | None) -> None:
        super().__init__(setting, parent)
        self.line = QLineEdit()
        self._add(self.line, 1)
        self.setFocusProxy(self.line)
        self.line.editingFinished.connect(self.commit)

    def show_value(self, value: Any) -> None:
        if self.line.text() != value:
            self.line.setText(value)

    @Slot()
    def commit(self) -> None:
        self.edited.emit(self.line.text())


def _kind(setting: Setting) -> type[SettingWidget]:
    if setting.choices:
        pictured = all(has_icon(_icon_name(choice)) for choice, _title in setting.choices)
        return ButtonsSetting if pictured and len(setting.choices) <= _MOST_BUTTONS else ComboSetting
    if isinstance(setting.default, bool):
        return CheckSetting
    return NumberSetting if isinstance(setting.default, int) else TextSetting


def _icon_name(choice: str) -> str:
    return f"mode-{choice}"
