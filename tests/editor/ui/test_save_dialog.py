"""The dialog before a save: what is lost, and what can be chosen."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QLabel
from pytestqt.qtbot import QtBot

from editor.files.formats import FORMATS
from editor.files.options import DEFAULT_OPTIONS, SaveOptions
from editor.setting_table import SETTINGS
from editor.settings import Settings
from editor.ui.save_dialog import SaveDialog


def test_settings_begin_with_the_default_options() -> None:
    options = {name.removeprefix("save-"): each.default for name, each in SETTINGS.items() if "save-" in name}
    assert SaveOptions(**options) == DEFAULT_OPTIONS


def test_each_format_gets_its_own_choices(qtbot: QtBot, settings: Settings) -> None:
    for row in FORMATS:
        dialog = SaveDialog(f"a{row.suffixes[0]}", (), row.options, settings)
        qtbot.addWidget(dialog)
        assert tuple(dialog.widgets) == row.options


def test_losses_are_read_as_text(qtbot: QtBot, settings: Settings) -> None:
    dialog = SaveDialog("<b>.png", ("One <i>thing</i>.",), (), settings)
    qtbot.addWidget(dialog)
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert "“<b>.png” will not hold all of your work:" in texts
    assert any("One <i>thing</i>." in text for text in texts)


def test_quality_counts_only_where_something_is_lost(qtbot: QtBot, settings: Settings) -> None:
    dialog = SaveDialog("a.webp", (), ("lossless", "quality"), settings)
    qtbot.addWidget(dialog)
    box = dialog.widgets["lossless"].findChild(QCheckBox)
    assert box.isChecked() and not dialog.widgets["quality"].isEnabled()
    box.setChecked(False)
    assert dialog.widgets["quality"].isEnabled()
    dialog.widgets["quality"].spin.setValue(61)
    dialog.accept()
    assert dialog.chosen == SaveOptions(quality=61, lossless=False)
    assert settings["save-quality"] == 61
