"""FillChoices: rows of the fill panel that only some engines have, each bound to a setting, shown where it counts."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QFormLayout

from editor.document.recipe import FillRecipe
from editor.fill_options import FillOptions, can_start
from editor.setting_table import SETTINGS
from editor.settings import Settings
from editor.ui.setting_widgets import setting_widget
from inference.choices import REFINE_CHOICES, START_CHOICES, RefineChoice, StartFrom
from inference.engines.engine import EngineInfo

CHOSEN = frozenset({"fill-start", "fill-refine", "fill-colour-adaptation"})
"""The settings behind the rows."""


class FillChoices:
    """Adds its rows to the end of ``form``."""

    def __init__(self, settings: Settings, form: QFormLayout) -> None:
        self._settings, self._form = settings, form
        self._start = setting_widget(SETTINGS["fill-start"], settings)
        self._refine = setting_widget(SETTINGS["fill-refine"], settings)
        self._adaptation = setting_widget(SETTINGS["fill-colour-adaptation"], settings)
        form.addRow("Start from", self._start)
        form.addRow("Second pass", self._refine)
        form.addRow("", self._adaptation)

    def show_engine(self, info: EngineInfo) -> None:
        """Also after the strength has become another."""
        self._form.setRowVisible(self._start, can_start(info, self._settings["fill-strength"] / 100))
        self._form.setRowVisible(self._refine, info.refines)
        self._form.setRowVisible(self._adaptation, info.colour_adaptation)

    def added_to(self, options: FillOptions, info: EngineInfo) -> FillOptions:
        """The options with what is chosen here; what the engine would ignore is left out."""
        adapted = self._settings["fill-colour-adaptation"] or not info.colour_adaptation
        start: StartFrom = "auto"
        if can_start(info, options.strength):
            start = self._settings["fill-start"]
        refine: RefineChoice = self._settings["fill-refine"] if info.refines else "auto"
        return replace(options, colour_adaptation=adapted, start=start, refine=refine)

    def show_recipe(self, recipe: FillRecipe, info: EngineInfo) -> None:
        """Asks for what made a fill with that engine."""
        if info.start and recipe.start in START_CHOICES:
            self._settings["fill-start"] = recipe.start
        if info.refines and recipe.refine in REFINE_CHOICES:
            self._settings["fill-refine"] = recipe.refine
        if info.colour_adaptation:
            self._settings["fill-colour-adaptation"] = recipe.colour_adaptation
