"""The preferences: made from the declarations, applied at once, and Cancel brings back what was."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QDialogButtonBox, QFileDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from editor.setting_table import SETTINGS
from editor.settings import Settings
from editor.ui.preferences import PreferencesDialog
from editor.ui.setting_widgets import ComboSetting, NumberSetting, TextSetting

DECLARED = [setting for setting in SETTINGS.values() if setting.page]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(tmp_path / "settings.json")
    settings["veil-opacity"] = 30
    settings["theme"] = "dark"
    return settings


@pytest.fixture
def dialog(qtbot: QtBot, settings: Settings) -> PreferencesDialog:
    dialog = PreferencesDialog(settings)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def change_all(dialog: PreferencesDialog) -> None:
    veil, theme, python = (dialog.widgets[n] for n in ("veil-opacity", "theme", "engine-python"))
    assert isinstance(veil, NumberSetting)
    assert isinstance(theme, ComboSetting)
    assert isinstance(python, TextSetting)
    veil.spin.setValue(77)
    theme.combo.setCurrentIndex(theme.combo.findData("light"))
    theme.combo.activated.emit(theme.combo.currentIndex())
    python.line.setText("half typ")


def press(qtbot: QtBot, dialog: PreferencesDialog, button: QDialogButtonBox.StandardButton) -> None:
    qtbot.mouseClick(dialog.buttons.button(button), Qt.MouseButton.LeftButton)


def test_every_declared_setting_has_its_row(dialog: PreferencesDialog) -> None:
    assert list(dialog.widgets) == [setting.id for setting in DECLARED]
    texts = {each.text() for kind in (QLabel, QCheckBox) for each in dialog.findChildren(kind)}
    for setting in DECLARED:
        assert {setting.title, setting.help} <= texts
    pages = [dialog.pages.item(row).text() for row in range(dialog.pages.count())]
    assert pages == list(dict.fromkeys(setting.page for setting in DECLARED))


def test_a_chosen_page_is_shown(dialog: PreferencesDialog) -> None:
    for row in range(dialog.pages.count()):
        dialog.pages.setCurrentRow(row)
        page = dialog.pages.item(row).text()
        for setting in DECLARED:
            assert dialog.widgets[setting.id].isVisible() == (setting.page == page)


def test_changes_apply_at_once_and_ok_keeps_them(
    qtbot: QtBot, dialog: PreferencesDialog, settings: Settings, tmp_path: Path
) -> None:
    change_all(dialog)
    assert (settings["veil-opacity"], settings["theme"]) == (77, "light")
    press(qtbot, dialog, QDialogButtonBox.StandardButton.Ok)
    assert not dialog.isVisible()
    assert settings["engine-python"] == "half typ"
    kept = Settings(tmp_path / "settings.json")
    assert [kept[n] for n in ("veil-opacity", "theme", "engine-python")] == [77, "light", "half typ"]


@pytest.mark.parametrize("way", ["button", "escape"])
def test_cancel_brings_back_what_was(
    qtbot: QtBot, dialog: PreferencesDialog, settings: Settings, way: str
) -> None:
    before = {setting.id: settings[setting.id] for setting in DECLARED}
    dialog.pages.setCurrentRow(dialog.pages.count() - 1)
    dialog.widgets["engine-python"].setFocus()
    change_all(dialog)
    if way == "button":
        press(qtbot, dialog, QDialogButtonBox.StandardButton.Cancel)
    else:
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert {setting.id: settings[setting.id] for setting in DECLARED} == before


def test_defaults_and_then_cancel(qtbot: QtBot, dialog: PreferencesDialog, settings: Settings) -> None:
    press(qtbot, dialog, QDialogButtonBox.StandardButton.RestoreDefaults)
    assert dialog.isVisible()
    assert all(settings[setting.id] == setting.default for setting in DECLARED)
    press(qtbot, dialog, QDialogButtonBox.StandardButton.Cancel)
    assert (settings["veil-opacity"], settings["theme"]) == (30, "dark")


def test_a_file_is_browsed_for(
    qtbot: QtBot, dialog: PreferencesDialog, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ["", "/somewhere/python"]
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (answers.pop(0), ""))
    browse = next(b for b in dialog.findChildren(QPushButton) if b.text().startswith("Browse"))
    browse.click()
    assert settings["engine-python"] == ""
    browse.click()
    assert settings["engine-python"] == "/somewhere/python"
