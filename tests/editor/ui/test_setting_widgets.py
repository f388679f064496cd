"""Widgets made from settings: bound both ways, without loops, and silent once they are gone."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtWidgets import QAbstractSlider, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from editor.setting_table import SETTINGS, Setting
from editor.settings import Settings
from editor.ui.option_widgets import BarSetting
from editor.ui.options_bar import HintLabel, OptionsBar
from editor.ui.setting_widgets import (
    ButtonsSetting,
    CheckSetting,
    ComboSetting,
    NumberSetting,
    SettingWidget,
    TextSetting,
    setting_widget,
)

OWN = (
    Setting("test-bool", False, "A switch", "What it does."),
    Setting("test-size", 80, "Size", "How large.", minimum=1, maximum=2000, unit=" px"),
    Setting("test-percent", 50, "Percent", maximum=100, unit=" %"),
    Setting("test-memory", 0, "Memory", maximum=1 << 20),
    Setting("test-words", "first", "Words", choices=(("first", "First"), ("second", "Second"))),
    Setting("test-mode", "add", "Mode", "How.", choices=(("add", "Add"), ("subtract", "Subtract"))),
    Setting("test-text", "", "Text"),
)
OTHER = {
    "test-bool": True,
    "test-size": 1234,
    "test-percent": 7,
    "test-memory": 4096,
    "test-words": "second",
    "test-mode": "subtract",
    "test-text": "something",
}


class Spy:
    """Counts what the settings say."""

    def __init__(self, settings: Settings) -> None:
        self.heard: list[str] = []
        settings.on_change(self.heard.append)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    for setting in OWN:
        monkeypatch.setitem(SETTINGS, setting.id, setting)
    return Settings(tmp_path / "settings.json")


@pytest.fixture
def made(qtbot: QtBot, settings: Settings) -> dict[str, SettingWidget]:
    widgets = {setting.id: setting_widget(setting, settings) for setting in OWN}
    for widget in widgets.values():
        qtbot.addWidget(widget)
    return widgets


def shown(widget: SettingWidget) -> object:
    match widget:
        case CheckSetting():
            return widget.box.isChecked()
        case NumberSetting():
            return widget.spin.value()
        case ComboSetting():
            return widget.combo.currentData()
        case ButtonsSetting():
            checked = [choice for choice, button in widget.buttons.items() if button.isChecked()]
            return checked[0] if len(checked) == 1 else checked
        case TextSetting():
            return widget.line.text()
    raise AssertionError(widget)


def delete(widget: QWidget) -> None:
    widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_kinds(made: dict[str, SettingWidget]) -> None:
    assert [type(widget) for widget in made.values()] == [
        CheckSetting,
        NumberSetting,
        NumberSetting,
        NumberSetting,
        ComboSetting,
        ButtonsSetting,
        TextSetting,
    ]
    sliders = [w.slider is not None for w in made.values() if isinstance(w, NumberSetting)]
    assert sliders == [True, True, False]


@pytest.mark.parametrize("setting", OWN, ids=lambda s: s.id)
def test_a_change_of_the_setting_is_shown_once(
    setting: Setting, settings: Settings, made: dict[str, SettingWidget]
) -> None:
    spy = Spy(settings)
    widget = made[setting.id]
    assert shown(widget) == setting.default
    settings[setting.id] = OTHER[setting.id]
    assert shown(widget) == OTHER[setting.id]
    assert settings[setting.id] == OTHER[setting.id]
    assert spy.heard == [setting.id]


def test_what_the_user_does_is_set(qtbot: QtBot, settings: Settings, made: dict[str, SettingWidget]) -> None:
    spy = Spy(settings)
    box, size, words, mode, text = (made[f"test-{n}"] for n in ("bool", "size", "words", "mode", "text"))
    for widget in made.values():
        widget.show()
    assert isinstance(box, CheckSetting)
    qtbot.mouseClick(box.box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.box.height() // 2))
    assert settings["test-bool"] is True
    assert isinstance(size, NumberSetting)
    size.spin.selectAll()
    qtbot.keyClicks(size.spin, "120")
    assert settings["test-size"] == 80  # still being typed
    qtbot.keyClick(size.spin, Qt.Key.Key_Return)
    assert settings["test-size"] == 120
    assert isinstance(words, ComboSetting)
    qtbot.keyClick(words.combo, Qt.Key.Key_Down)
    assert settings["test-words"] == "second"
    assert isinstance(mode, ButtonsSetting)
    qtbot.mouseClick(mode.buttons["subtract"], Qt.MouseButton.LeftButton)
    assert settings["test-mode"] == "subtract"
    assert isinstance(text, TextSetting)
    qtbot.keyClicks(text.line, "abc")
    assert settings["test-text"] == ""
    qtbot.keyClick(text.line, Qt.Key.Key_Return)
    assert settings["test-text"] == "abc"
    assert spy.heard == ["test-bool", "test-size", "test-words", "test-mode", "test-text"]


def test_two_widgets_of_one_setting_agree(qtbot: QtBot, settings: Settings) -> None:
    one, two = (setting_widget(SETTINGS["test-percent"], settings) for _ in range(2))
    qtbot.addWidget(one)
    qtbot.addWidget(two)
    assert isinstance(one, NumberSetting) and isinstance(two, NumberSetting)
    one.spin.setValue(61)
    assert (two.spin.value(), settings["test-percent"]) == (61, 61)
    assert two.slider is not None
    two.slider.setValue(12)
    assert (one.spin.value(), settings["test-percent"]) == (12, 12)


def test_a_quadratic_slider_reaches_every_value(made: dict[str, SettingWidget]) -> None:
    widget = made["test-size"]
    assert isinstance(widget, NumberSetting) and widget.slider is not None
    for value in range(1, 2001):
        widget.slider.setValue(widget._position_of(value))
        assert widget.spin.value() == value
    widget.slider.setValue(widget.slider.maximum() // 2)
    assert 400 < widget.spin.value() < 600  # the smaller quarter takes half of the way


def test_each_key_press_on_a_quadratic_slider_changes_the_value(made: dict[str, SettingWidget]) -> None:
    widget = made["test-size"]
    assert isinstance(widget, NumberSetting) and widget.slider is not None
    widget.spin.setValue(1)
    for expected in (2, 3, 4):
        widget.slider.triggerAction(QAbstractSlider.SliderAction.SliderSingleStepAdd)
        assert widget.spin.value() == expected
    widget.slider.triggerAction(QAbstractSlider.SliderAction.SliderSingleStepSub)
    assert widget.spin.value() == 3
    widget.spin.setValue(2000)
    widget.slider.triggerAction(QAbstractSlider.SliderAction.SliderSingleStepAdd)
    assert widget.spin.value() == 2000


def test_a_destroyed_widget_hears_no_more(settings: Settings) -> None:
    for setting in OWN:
        widget = setting_widget(setting, settings)
        assert len(settings._listeners) == 1
        delete(widget)
        assert settings._listeners == []
        settings[setting.id] = OTHER[setting.id]


def test_settings_keep_no_widget_alive(qapp: object, settings: Settings) -> None:
    widget = setting_widget(SETTINGS["test-size"], settings)
    alive = weakref.ref(widget)
    del widget
    gc.collect()
    assert alive() is None
    assert settings._listeners == []


def test_widgets_are_named_and_explained(made: dict[str, SettingWidget]) -> None:
    size, mode = made["test-size"], made["test-mode"]
    assert isinstance(size, NumberSetting) and isinstance(mode, ButtonsSetting)
    assert size.spin.accessibleName() == "Size"
    assert size.spin.toolTip() == "How large."
    assert mode.buttons["subtract"].accessibleName() == "Mode: Subtract"
    assert "Subtract" in mode.buttons["subtract"].toolTip()


def test_the_options_bar_shows_and_replaces_options(qtbot: QtBot, settings: Settings) -> None:
    bar = OptionsBar(settings)
    qtbot.addWidget(bar)
    bar.resize(900, 40)
    bar.show()
    bar.show_options("Brush", ("test-mode", "test-size"), "Paint.")
    QCoreApplication.sendPostedEvents()
    assert [w.setting.id for w in bar.findChildren(SettingWidget)] == ["test-mode", "test-size"]
    assert [label.text for label in bar.findChildren(HintLabel)] == ["Paint."]
    bar.show_options("Lasso", ("test-bool",), "Draw.")
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert [w.setting.id for w in bar.findChildren(SettingWidget)] == ["test-bool"]
    assert [label.text for label in bar.findChildren(HintLabel)] == ["Draw."]
    assert len(settings._listeners) == 1


def test_a_number_in_the_bar_is_a_bar_of_its_own(qtbot: QtBot, settings: Settings) -> None:
    bar = OptionsBar(settings)
    qtbot.addWidget(bar)
    bar.show_options("Brush", ("test-size",))
    (number,) = bar.findChildren(BarSetting)
    assert number.bar.value() == settings["test-size"] == 80
    number.bar.setValue(33)
    assert settings["test-size"] == 33
    settings["test-size"] = 44
    assert number.bar.value() == 44
    assert number.bar.accessibleName() == "Size" and number.bar.toolTip() == "How large."


def test_a_narrow_options_bar_cuts_the_hint_before_the_options(qtbot: QtBot, settings: Settings) -> None:
    bar = OptionsBar(settings)
    qtbot.addWidget(bar)
    bar.show_options("Brush", ("test-mode", "test-size"), "A hint that is long. " * 8)
    bar.resize(700, 40)
    bar.show()
    assert all(widget.isVisible() for widget in bar.findChildren(SettingWidget))
    extension = bar.findChild(QToolButton, "qt_toolbar_ext_button")
    assert extension is None or not extension.isVisible()
