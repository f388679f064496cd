"""EngineBox: the list of what can fill: the engines that need no model, and every model on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QWidget

from inference.engines.engine import DEFAULT_ENGINE, ENGINES, EngineInfo
from inference.models.model import Model

_MORE = "…"


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """An engine, and the model that it runs where it needs one."""

    info: EngineInfo
    model: Model | None = None

    @property
    def key(self) -> str:
        """Stable: the model's id, or the engine's."""
        return self.model.id if self.model is not None else self.info.id

    @property
    def can_generate(self) -> bool:
        return self.info.generate and self.model is not None and self.model.can_generate


class EngineBox(QComboBox):
    """``engine_chosen()`` when another one is; ``models_asked()`` when the last entry was."""

    engine_chosen = Signal()
    models_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices: dict[str, EngineChoice] = {}
        self._key = DEFAULT_ENGINE
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        self.set_models(())
        self.activated.connect(self._activated)

    @property
    def choice(self) -> EngineChoice:
        return self._choices[self._key]

    def choice_of(self, key: str) -> EngineChoice | None:
        return self._choices.get(key)

    def set_models(self, models: Sequence[Model]) -> None:
        """Those that an engine can run are listed. The choice is kept; where its model is gone, it is the default's."""
        choices = [EngineChoice(info) for info in ENGINES.values() if not info.needs_model]
        choices += [EngineChoice(ENGINES[model.family], model) for model in models if model.family in ENGINES]
        before = self._key
        self._choices = {choice.key: choice for choice in choices}
        self.clear()
        for key, choice in self._choices.items():
            self.addItem(choice.info.title if choice.model is None else choice.model.name, key)
        self.insertSeparator(self.count())
        self.addItem("Models…", _MORE)
        self._key = before if before in self._choices else DEFAULT_ENGINE
        self._show()
        if self._key != before:
            self.engine_chosen.emit()

    def choose(self, key: str) -> bool:
        """By its key; False where there is none of it."""
        if key not in self._choices:
            return False
        if key != self._key:
            self._key = key
            self.engine_chosen.emit()
        self._show()
        return True

    def _show(self) -> None:
        self.setCurrentIndex(self.findData(self._key))

    @Slot(int)
    def _activated(self, index: int) -> None:
        key = self.itemData(index)
        if key == _MORE:
            self._show()
            self.models_asked.emit()
        else:
            self.choose(key)
