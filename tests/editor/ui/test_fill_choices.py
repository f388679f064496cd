"""The rows of the fill panel that only some engines have: shown where they count, asked only of who knows them."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QFormLayout, QWidget
from pytestqt.qtbot import QtBot

from editor.document.geometry import Bounds
from editor.document.recipe import FillRecipe
from editor.fill_options import FillOptions
from editor.settings import Settings
from editor.ui.fill_choices import FillChoices
from editor.ui.setting_widgets import SettingWidget
from inference.engines.engine import ENGINES

CONTENT_AWARE = ENGINES["content-aware"]
KANDINSKY = ENGINES["kandinsky-2-2"]


class Desk:
    """A form with the rows alone."""

    def __init__(self, qtbot: QtBot, settings: Settings) -> None:
        self.widget = QWidget()
        qtbot.addWidget(self.widget)
        self.choices = FillChoices(settings, QFormLayout(self.widget))
        self.widget.show()

    def shown(self) -> set[str]:
        """The settings whose rows can be seen."""
        return {each.objectName() for each in self.widget.findChildren(SettingWidget) if each.isVisible()}


@pytest.fixture
def desk(qtbot: QtBot, settings: Settings) -> Desk:
    return Desk(qtbot, settings)


def recipe(**values: object) -> FillRecipe:
    return FillRecipe("content-aware", 1, Bounds(0, 0, 9, 9), (9, 9), 2, 6, **values)  # type: ignore[arg-type]


def test_colour_adaptation_is_for_engines_that_copy(desk: Desk, settings: Settings) -> None:
    settings["fill-colour-adaptation"] = False
    desk.choices.show_engine(CONTENT_AWARE)
    assert "fill-colour-adaptation" in desk.shown()
    assert not desk.choices.added_to(FillOptions(), CONTENT_AWARE).colour_adaptation
    desk.choices.show_engine(KANDINSKY)
    assert "fill-colour-adaptation" not in desk.shown()
    assert desk.choices.added_to(FillOptions(), KANDINSKY).colour_adaptation
    desk.choices.show_recipe(recipe(), KANDINSKY)
    assert not settings["fill-colour-adaptation"]
    desk.choices.show_recipe(recipe(), CONTENT_AWARE)
    assert settings["fill-colour-adaptation"]
