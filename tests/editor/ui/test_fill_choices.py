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
FLUX = ENGINES["flux-fill"]


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


def test_what_a_model_starts_from_is_asked_where_it_counts(desk: Desk, settings: Settings) -> None:
    settings["fill-start"] = "noise"
    for info, strength, counts in (
        (CONTENT_AWARE, 100, False),
        (KANDINSKY, 100, True),
        (KANDINSKY, 60, True),
        (FLUX, 100, False),
        (FLUX, 60, True),
    ):
        settings["fill-strength"] = strength
        desk.choices.show_engine(info)
        assert ("fill-start" in desk.shown()) is counts
        options = desk.choices.added_to(FillOptions(strength=strength / 100), info)
        assert options.start == ("noise" if counts else "auto")
    desk.choices.show_recipe(recipe(start="border"), FLUX)
    assert settings["fill-start"] == "border"
    desk.choices.show_recipe(recipe(start="from a file"), FLUX)
    assert settings["fill-start"] == "border"


def test_a_second_pass_is_for_models_with_a_size_of_their_own(desk: Desk, settings: Settings) -> None:
    settings["fill-refine"] = "on"
    desk.choices.show_engine(CONTENT_AWARE)
    assert "fill-refine" not in desk.shown()
    assert desk.choices.added_to(FillOptions(), CONTENT_AWARE).refine == "auto"
    desk.choices.show_engine(KANDINSKY)
    assert "fill-refine" in desk.shown()
    assert desk.choices.added_to(FillOptions(), KANDINSKY).refine == "on"
    desk.choices.show_recipe(recipe(refine="off"), KANDINSKY)
    assert settings["fill-refine"] == "off"
    desk.choices.show_recipe(recipe(refine="from a file"), KANDINSKY)
    assert settings["fill-refine"] == "off"


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
