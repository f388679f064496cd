"""FillButtons: the button that fills, what it will take, and, while it runs, how far it is and how to stop it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from editor.texts import duration_text, stage_text
from editor.ui.icons import set_icon
from editor.ui.labels import dim_label
from inference.request import Progress

_STEPS = 1000
_HEIGHT = 36


class FillButtons(QStackedWidget):
    """Two pages: ready, and running."""

    fill_asked = Signal()
    generate_asked = Signal()
    cancel_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = ""
        self.fill_button = QPushButton("Fill")
        self.fill_button.setObjectName("fill-button")
        self.fill_button.setMinimumHeight(_HEIGHT)
        self.fill_button.setDefault(True)
        self.fill_button.setToolTip("Fill what is selected (Ctrl+Return)")
        set_icon(self.fill_button, "fill")
        self.fill_button.clicked.connect(self.fill_asked)
        self._generate = QPushButton("Generate")
        self._generate.setObjectName("generate-button")
        self._generate.setMinimumHeight(_HEIGHT)
        self._generate.setToolTip(
            "Make a picture from the prompt alone, as a new layer in the selection or on the whole canvas"
        )
        self._generate.clicked.connect(self.generate_asked)
        self._estimate = dim_label(2)
        self._estimate.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._why = dim_label(2)
        self._why.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._bar = QProgressBar()
        self._bar.setMaximum(_STEPS)
        self._bar.setTextVisible(False)
        self._stage = dim_label(2)
        self._cancel = QPushButton("Cancel")
        self._cancel.setObjectName("cancel-button")
        self._cancel.setMinimumHeight(_HEIGHT)
        self._cancel.setToolTip("Stop filling (Ctrl+.)")
        self._cancel.clicked.connect(self.cancel_asked)
        ready = QHBoxLayout()
        ready.addWidget(self.fill_button, 2)
        ready.addWidget(self._generate, 1)
        running = QHBoxLayout()
        running.addWidget(self._bar, 1)
        running.addWidget(self._cancel)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        for row, labels in ((ready, (self._estimate, self._why)), (running, (self._stage,))):
            page = QWidget()
            rows = QVBoxLayout(page)
            rows.setContentsMargins(0, 0, 0, 0)
            rows.addLayout(row)
            for label in labels:
                rows.addWidget(label)
            self.addWidget(page)
        self._generate.hide()
        self._estimate.hide()

    def set_ready(self, ready: bool, generates: bool, can_generate: bool, why_not: str) -> None:
        """``generates``: the engine makes pictures from a prompt alone; ``can_generate``: and it could do so now."""
        self.fill_button.setEnabled(ready)
        self._generate.setVisible(generates)
        self._generate.setEnabled(can_generate)
        self._why.setText(why_not)
        self._show_words()

    def show_estimate(self, text: str) -> None:
        self._estimate.setText(text)
        self._show_words()

    def show_running(self, running: bool, title: str) -> None:
        """``title``: of the picture that is being filled, which need not be the one in front."""
        self._title = title
        self.setCurrentIndex(1 if running else 0)
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

    def _show_words(self) -> None:
        """One of the two has room, also while there is nothing to say: mostly one comes when the other goes."""
        self._estimate.setVisible(bool(self._estimate.text()))
        self._why.setVisible(bool(self._why.text()) or not self._estimate.text())
