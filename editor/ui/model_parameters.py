"""ModelParameters: the numbers of a model that few people change, folded away; remembered for each engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QFormLayout, QSpinBox, QToolButton, QVBoxLayout, QWidget

from editor.document.recipe import FillRecipe
from editor.fill_options import MAX_STEPS, FillOptions
from editor.settings import Settings
from editor.texts import SCHEDULERS
from editor.ui.spin_box import SpinBox, TenthsBox
from inference.engines.engine import EngineInfo

_NUMBERS = (
    ("steps", "Steps", "More steps are slower and finer"),
    ("guidance", "Guidance", "How closely the fill follows the prompt"),
    ("prior_steps", "Prior steps", "Steps of the part that turns the prompt into a picture's idea"),
    ("prior_guidance", "Prior guidance", "How closely that part follows the prompt"),
)


class ModelParameters(QWidget):
    """Shows what the engine has; a value that is the engine's usual one is not remembered."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._info: EngineInfo | None = None
        self._fold = QToolButton(autoRaise=True)
        self._fold.setCheckable(True)
        self._fold.setText("More")
        self._fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._fold.setArrowType(Qt.ArrowType.RightArrow)
        self._fold.toggled.connect(self._unfold)
        self._numbers: dict[str, QSpinBox] = {}
        self._form = QFormLayout()
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.setContentsMargins(0, 0, 0, 0)
        for name, title, tip in _NUMBERS:
            box = SpinBox(minimum=1, maximum=MAX_STEPS) if name.endswith("steps") else TenthsBox(maximum=1000)
            box.setToolTip(tip)
            box.valueChanged.connect(self._remember)
            self._numbers[name] = box
            self._form.addRow(title, box)
        self._scheduler = QComboBox()
        self._scheduler.setToolTip("How the steps are taken")
        self._scheduler.activated.connect(self._remember)
        self._form.addRow("Scheduler", self._scheduler)
        self._body = QWidget()
        self._body.setLayout(self._form)
        self._body.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._fold, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._body)

    def show_engine(self, info: EngineInfo) -> None:
        self._info = None  # nothing is remembered while the fields are filled
        kept = self._settings["fill-parameters"].get(info.id)
        kept = kept if isinstance(kept, dict) else {}
        for name, box in self._numbers.items():
            usual = getattr(info, name)
            self._form.setRowVisible(box, usual is not None)
            if usual is not None:
                value = kept.get(name)
                box.setValue(_shown(box, value if isinstance(value, int | float) else usual))
        self._scheduler.clear()
        self._scheduler.addItem("The model's own", None)
        for scheduler in info.schedulers:
            self._scheduler.addItem(SCHEDULERS[scheduler], scheduler)
        self._scheduler.setCurrentIndex(max(0, self._scheduler.findData(kept.get("scheduler"))))
        self._form.setRowVisible(self._scheduler, bool(info.schedulers))
        self._info = info
        self.setVisible(info.steps is not None)

    def added_to(self, options: FillOptions) -> FillOptions:
        """The options with what differs from the engine's usual values."""
        return replace(options, **self._values())

    def show_recipe(self, recipe: FillRecipe) -> None:
        """The values with which a fill was made by the engine that is shown; they are remembered."""
        if self._info is None:
            return
        names = (*self._numbers, "scheduler")
        values = {name: value for name in names if (value := getattr(recipe, name)) is not None}
        self._settings["fill-parameters"] = {**self._settings["fill-parameters"], self._info.id: values}
        self.show_engine(self._info)

    def _values(self) -> dict[str, Any]:
        if self._info is None:
            return {}
        values: dict[str, Any] = {}
        for name, box in self._numbers.items():
            usual = getattr(self._info, name)
            if usual is not None and box.value() != _shown(box, usual):
                values[name] = box.value() / 10 if isinstance(box, TenthsBox) else box.value()
        if self._scheduler.currentData() is not None:
            values["scheduler"] = self._scheduler.currentData()
        return values

    @Slot()
    def _remember(self) -> None:
        if self._info is not None:
            kept = self._settings["fill-parameters"]
            self._settings["fill-parameters"] = {**kept, self._info.id: self._values()}

    @Slot(bool)
    def _unfold(self, unfolded: bool) -> None:
        self._fold.setArrowType(Qt.ArrowType.DownArrow if unfolded else Qt.ArrowType.RightArrow)
        self._body.setVisible(unfolded)
        self.updateGeometry()


def _shown(box: QSpinBox, value: float) -> int:
    return round(value * 10) if isinstance(box, TenthsBox) else round(value)
