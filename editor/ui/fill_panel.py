"""FillPanel: what is asked of the engine, the button, and how far it is. Shows only what the engine can do."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from editor.document.recipe import FillRecipe
from editor.fill_options import MAX_FEATHER, SEEDS, FillOptions
from editor.setting_table import SETTINGS
from editor.settings import Settings
from editor.ui.background import Background
from editor.ui.engine_box import EngineBox, EngineChoice
from editor.ui.fill_buttons import FillButtons
from editor.ui.fill_choices import CHOSEN, FillChoices
from editor.ui.fill_layer_box import FillLayerBox
from editor.ui.fill_limits_rows import FillLimitsRows
from editor.ui.labels import dim_label
from editor.ui.model_parameters import ModelParameters
from editor.ui.references_box import ReferencesBox
from editor.ui.setting_widgets import setting_widget
from editor.ui.spin_box import SpinBox
from editor.ui.tall_form import TallForm
from inference.models.model import Model
from inference.models.store import ModelStore
from inference.request import Progress

log = logging.getLogger(__name__)

_ASKED = CHOSEN | {
    "fill-strength",
    "fill-count",
    "fill-context",
    "fill-working-side",
    "fill-parameters",
    "device",
}
"""Settings that change what is asked of the engine."""


class FillPanel(QWidget):
    """``fill_asked()``, ``generate_asked()`` and ``cancel_asked()``: the button was pressed. ``models_asked()``: the
    user wants to see to the models. ``engine_changed()``: another engine or model is chosen, or what is asked of it.
    ``plan_asked(bool)``: whether the user is about to fill, or at what decides on how much the engine sees.
    ``failed(text)``: something that was given cannot be used."""

    fill_asked = Signal()
    generate_asked = Signal()
    cancel_asked = Signal()
    models_asked = Signal()
    engine_changed = Signal()
    plan_asked = Signal(bool)
    failed = Signal(str)

    def __init__(self, settings: Settings, store: ModelStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._store = store
        self._background = Background(self)
        self._wanted = settings["fill-engine"]
        self._engine = EngineBox()
        self._engine.choose(self._wanted)
        self._engine.engine_chosen.connect(self._show_engine)
        self._engine.activated.connect(self._remember_engine)
        self._engine.models_asked.connect(self.models_asked)
        self._summary = dim_label(2)
        self._prompt = QLineEdit(placeholderText="What shall be there? A few words, or none")
        self._prompt.textChanged.connect(self.engine_changed)
        self._negative = QLineEdit(placeholderText="What shall not")
        self._references = ReferencesBox()
        self._references.failed.connect(self.failed)
        self._strength = setting_widget(SETTINGS["fill-strength"], settings)
        self._context = setting_widget(SETTINGS["fill-context"], settings)
        self._working_side = setting_widget(SETTINGS["fill-working-side"], settings)
        self._count = setting_widget(SETTINGS["fill-count"], settings)
        self._parameters = ModelParameters(settings)
        self._feather = SpinBox(maximum=MAX_FEATHER, suffix=" px")
        self._feather.setObjectName("fill-feather")
        self._feather.valueChanged.connect(self.engine_changed)
        self._feather.setToolTip("How softly a fill passes into its surroundings, outside the selection")
        self._seed = SpinBox(maximum=SEEDS - 1)
        self._seed.setToolTip("The same seed gives the same result")
        self._seed.setEnabled(False)
        self._new_seed = QCheckBox("Random")
        self._new_seed.setToolTip("A new seed for each fill")
        self._new_seed.setChecked(True)
        self._new_seed.toggled.connect(self._seed.setDisabled)
        seed_row = QHBoxLayout()
        seed_row.addWidget(self._seed, 1)
        seed_row.addWidget(self._new_seed)

        self._form = QFormLayout()
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.addRow("Engine", self._engine)
        self._form.addRow(self._summary)
        self._form.addRow("Prompt", self._prompt)
        self._form.addRow("Negative", self._negative)
        self._form.addRow("Pictures", self._references)
        self._form.addRow("Strength", self._strength)
        self._form.addRow("Context", self._context)
        self.limits = FillLimitsRows(settings, self._form, self)
        self.limits.changed.connect(self.engine_changed)
        self._form.addRow("Working size", self._working_side)
        self._choices = FillChoices(settings, self._form)
        self._form.addRow("Candidates", self._count)
        self._form.addRow("Feather", self._feather)
        self._form.addRow("Seed", seed_row)
        self._form.addRow(self._parameters)

        self._buttons = FillButtons()
        self._buttons.fill_asked.connect(self.fill_asked)
        self._buttons.generate_asked.connect(self.generate_asked)
        self._buttons.cancel_asked.connect(self.cancel_asked)
        for watched in (self._buttons.fill_button, self._context, self._working_side, *self.limits.rows):
            watched.installEventFilter(self)
        self.setAcceptDrops(True)
        for line in (self._prompt, self._negative):  # a picture's address is no prompt
            line.setAcceptDrops(False)
        layout = QVBoxLayout(self)
        layout.addWidget(TallForm(self._form), 1)
        layout.addWidget(self._buttons)
        self.layer_box = FillLayerBox()
        layout.addWidget(self.layer_box)
        layout.addStretch()
        self.setMinimumWidth(290)

        settings.on_change(self._setting_changed)
        self._show_engine()
        self.set_ready(False, "")
        QTimer.singleShot(0, self, self.reload_models)  # the disk is read once the window is there

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.setMaximumHeight(self.sizeHint().height() + 8)  # the rest of the room is for the layers
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Enter, QEvent.Type.FocusIn):
            self.plan_asked.emit(True)
        elif event.type() in (QEvent.Type.Leave, QEvent.Type.FocusOut, QEvent.Type.Hide):
            self.plan_asked.emit(False)
        return super().eventFilter(watched, event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Pictures stand beside the prompt, wherever on the panel they are dropped."""
        if self.choice.info.references and any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        for url in event.mimeData().urls():
            if url.isLocalFile():
                self._references.add_file(Path(url.toLocalFile()))

    @property
    def choice(self) -> EngineChoice:
        return self._engine.choice

    def choice_of(self, key: str) -> EngineChoice | None:
        """By the id of a model, or of an engine that needs none."""
        return self._engine.choice_of(key)

    def options(self) -> FillOptions:
        """What is asked for; what the engine would ignore is left out."""
        info, model = self.choice.info, self.choice.model
        device = self._settings["device"]
        asked = FillOptions(
            engine=info.id,
            model=model.id if model is not None else None,
            prompt=self._prompt.text().strip() if info.prompt else "",
            negative_prompt=self._negative.text().strip() if info.negative_prompt else "",
            references=self._references.references() if info.references else (),
            strength=self._settings["fill-strength"] / 100 if info.strength else 1.0,
            count=self._settings["fill-count"],
            context=self._settings["fill-context"],
            working_side=(self._settings["fill-working-side"] or None) if info.native is not None else None,
            seed=None if self._new_seed.isChecked() else self._seed.value(),
            feather=self._feather.value(),
            device=device if device in info.devices else "auto",
        )
        asked = self._choices.added_to(self._parameters.added_to(asked), info)
        return self.limits.added_to(asked, info)

    def generation_options(self) -> FillOptions:
        """The same for a picture from the prompt alone, which has no strength and sees nothing."""
        return replace(
            self.options(),
            strength=1.0,
            context="auto",
            context_box=None,
            source=None,
            start="auto",
            refine="auto",
        )

    @Slot()
    def reload_models(self) -> None:
        """The list of models on this disk has changed: it is read beside the window's thread."""
        self._background.run(self._store.models, self._models_read)

    @Slot(str)
    def choose_model(self, model_id: str) -> None:
        """At once, or as soon as the list has it."""
        self._wanted = self._settings["fill-engine"] = model_id
        self._engine.choose(model_id)

    def stop(self) -> None:
        """For good: nothing is read any more."""
        self._references.stop()
        self._background.stop()

    def set_ready(self, ready: bool, why_not: str, can_generate: bool = False) -> None:
        self._buttons.set_ready(ready, self.choice.can_generate, can_generate, why_not)

    def show_estimate(self, text: str) -> None:
        """What the fill will take, beside the button."""
        self._buttons.show_estimate(text)

    def show_running(self, running: bool, title: str = "") -> None:
        """``title``: of the picture that is being filled, which need not be the one in front."""
        self._buttons.show_running(running, title)

    @Slot(object)
    def show_progress(self, progress: Progress) -> None:
        self._buttons.show_progress(progress)

    def show_seed(self, seed: int) -> None:
        """The seed of what was just made, so that it can be kept."""
        self._seed.setValue(seed)

    def show_recipe(self, recipe: FillRecipe) -> bool:
        """Asks for what made a fill, but for the pictures beside its prompt. False where its engine or model is not on
        this machine: then only the words, the seed and the edge are taken."""
        here = self._engine.choose(recipe.model or recipe.engine)
        if here:
            self._remember_engine()
            self._parameters.show_recipe(recipe)
            self._choices.show_recipe(recipe, self.choice.info)
            self._settings["fill-strength"] = min(max(round(recipe.strength * 100), 1), 100)
        self._prompt.setText(recipe.prompt)
        self._negative.setText(recipe.negative_prompt)
        self._feather.setValue(min(recipe.feather, MAX_FEATHER))
        if 0 <= recipe.seed < SEEDS:
            self._new_seed.setChecked(False)
            self._seed.setValue(recipe.seed)
        return here

    @Slot()
    def _remember_engine(self) -> None:
        self._wanted = self.choice.key
        self._settings["fill-engine"] = self._wanted

    def _models_read(self, models: list[Model] | None, error: Exception | None) -> None:
        if models is None:
            log.error("the list of models could not be read", exc_info=error)
            return
        self._engine.set_models(models)
        self._engine.choose(self._wanted)
        self._show_engine()

    def _setting_changed(self, setting_id: str) -> None:
        if setting_id in ("fill-context", "fill-strength"):
            self.limits.show_engine(self.choice.info)
            self._choices.show_engine(self.choice.info)
        if setting_id in _ASKED:
            self.engine_changed.emit()

    @Slot()
    def _show_engine(self) -> None:
        info = self.choice.info
        self._summary.setText(info.summary)
        self._feather.setValue(info.feather)
        self._form.setRowVisible(self._prompt, info.prompt)
        self._form.setRowVisible(self._negative, info.negative_prompt)
        self._form.setRowVisible(self._references, info.references)
        self._form.setRowVisible(self._strength, info.strength)
        self._form.setRowVisible(self._working_side, info.native is not None)
        self.limits.show_engine(info)
        self._choices.show_engine(info)
        self._parameters.show_engine(info)
        self.engine_changed.emit()
