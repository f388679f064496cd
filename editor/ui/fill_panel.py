"""FillPanel: what is asked of the engine, the button, and how far it is. Shows only what the engine can do."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from editor.fill import MAX_FEATHER, SEEDS, FillOptions
from editor.settings import Settings
from editor.texts import duration_text, stage_text
from editor.ui.icons import set_icon
from editor.ui.spin_box import SpinBox
from inference.engines.engine import DEFAULT_ENGINE, ENGINES, EngineInfo
from inference.request import Progress

_STEPS = 1000


class FillPanel(QWidget):
    """``fill_asked()`` and ``cancel_asked()``: the button was pressed."""

    fill_asked = Signal()
    cancel_asked = Signal()

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._title = ""
        self._engine = QComboBox()
        for info in ENGINES.values():
            self._engine.addItem(info.title, info.id)
        self._summary = _dim_label(2)
        self._prompt = QLineEdit(placeholderText="What shall be there? A few words, or none")
        self._negative = QLineEdit(placeholderText="What shall not")
        self._feather = SpinBox(maximum=MAX_FEATHER, suffix=" px")
        self._feather.setToolTip("How softly a fill passes into its surroundings, outside the selection")
        self._seed = SpinBox(maximum=SEEDS - 1)
        self._seed.setToolTip("The same seed gives the same result")
        self._seed.setEnabled(False)
        self._new_seed = QCheckBox("New each time")
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
        self._form.addRow("Feather", self._feather)
        self._form.addRow("Seed", seed_row)

        self._button = QPushButton("Fill")
        self._button.setObjectName("fill-button")
        self._button.setMinimumHeight(36)
        self._button.setDefault(True)
        self._button.setToolTip("Fill what is selected (Ctrl+Return)")
        set_icon(self._button, "fill")
        self._button.clicked.connect(self.fill_asked)
        self._why = _dim_label(2)
        self._why.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._bar = QProgressBar()
        self._bar.setMaximum(_STEPS)
        self._bar.setTextVisible(False)
        self._stage = _dim_label(2)
        self._cancel = QPushButton("Cancel")
        self._cancel.setObjectName("cancel-button")
        self._cancel.setMinimumHeight(self._button.minimumHeight())
        self._cancel.setToolTip("Stop filling (Ctrl+.)")
        self._cancel.clicked.connect(self.cancel_asked)
        running = QHBoxLayout()
        running.addWidget(self._bar, 1)
        running.addWidget(self._cancel)
        self._pages = QStackedWidget()
        self._pages.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        for first, second in ((self._button, self._why), (running, self._stage)):
            page = QWidget()
            rows = QVBoxLayout(page)
            rows.setContentsMargins(0, 0, 0, 0)
            if isinstance(first, QHBoxLayout):
                rows.addLayout(first)
            else:
                rows.addWidget(first)
            rows.addWidget(second)
            self._pages.addWidget(page)

        layout = QVBoxLayout(self)
        layout.addLayout(self._form)
        layout.addWidget(self._pages)
        layout.addStretch(1)
        self.setMinimumWidth(290)

        index = self._engine.findData(settings["fill-engine"])
        self._engine.setCurrentIndex(index if index >= 0 else self._engine.findData(DEFAULT_ENGINE))
        self._engine.currentIndexChanged.connect(self._engine_changed)
        self._show_engine()
        self.set_ready(False, "")

    def options(self) -> FillOptions:
        """What is asked for; what the engine would ignore is left out."""
        info = self._info()
        return FillOptions(
            engine=info.id,
            prompt=self._prompt.text().strip() if info.prompt else "",
            negative_prompt=self._negative.text().strip() if info.negative_prompt else "",
            seed=None if self._new_seed.isChecked() else self._seed.value(),
            feather=self._feather.value(),
        )

    def set_ready(self, ready: bool, why_not: str) -> None:
        self._button.setEnabled(ready)
        self._why.setText(why_not)

    def show_running(self, running: bool, title: str = "") -> None:
        """``title``: of the picture that is being filled, which need not be the one in front."""
        self._title = title
        self._pages.setCurrentIndex(1 if running else 0)
        if running:
            self._bar.setValue(0)
            self._stage.setText(stage_text("loading") + "…")

    def show_progress(self, progress: Progress) -> None:
        self._bar.setValue(round(progress.fraction * _STEPS))
        text = stage_text(progress.stage)
        if progress.steps > 1:
            text += f", {progress.step} of {progress.steps}"
        if progress.seconds_left is not None:
            text += f" · {duration_text(progress.seconds_left)} left"
        self._stage.setText(f"{self._title}: {text}" if self._title else text)

    def show_seed(self, seed: int) -> None:
        """The seed of what was just made, so that it can be kept."""
        self._seed.setValue(seed)

    def _info(self) -> EngineInfo:
        return ENGINES[self._engine.currentData()]

    def _engine_changed(self) -> None:
        self._settings["fill-engine"] = self._engine.currentData()
        self._show_engine()

    def _show_engine(self) -> None:
        info = self._info()
        self._summary.setText(info.summary)
        self._feather.setValue(info.feather)
        self._form.setRowVisible(self._prompt, info.prompt)
        self._form.setRowVisible(self._negative, info.negative_prompt)
        self.setMaximumHeight(self.sizeHint().height() + 8)  # the room is for the layers


def _dim_label(lines: int) -> QLabel:
    """A wrapped explanation that keeps room for its lines, so that nothing jumps when the text changes."""
    label = QLabel()
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignTop)
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    label.setMinimumHeight(lines * label.fontMetrics().lineSpacing() + 2)
    return label
