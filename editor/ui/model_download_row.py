"""DownloadRow: one download of a model, running or waiting to be resumed, with what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from editor.ui.elided_label import ElidedLabel
from editor.ui.icons import set_icon
from editor.ui.model_texts import part_text, progress_text
from inference.models.download import DownloadProgress
from inference.models.plan import DownloadPlan

_STEPS = 1000


class DownloadRow(QFrame):
    """``cancel_asked()``, ``resume_asked(plan)``, ``discard_asked(plan)``: a button was pressed."""

    cancel_asked = Signal()
    resume_asked = Signal(object)
    discard_asked = Signal(object)

    def __init__(self, plan: DownloadPlan, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plan = plan
        self.setFrameShape(QFrame.Shape.StyledPanel)
        name = QLabel(plan.name)
        name.setTextFormat(Qt.TextFormat.PlainText)
        name.setToolTip(plan.origin)
        self._bar = QProgressBar()
        self._bar.setMaximum(_STEPS)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(f"Download of {plan.name}")
        self._amount = QLabel()
        self._file = ElidedLabel()
        self._file.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for label in (self._amount, self._file):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)

        self.cancel_button = QPushButton("Cancel", autoDefault=False)
        self.cancel_button.setToolTip("Stop downloading; what has arrived is kept")
        self.cancel_button.setAccessibleName(f"Cancel the download of {plan.name}")
        self.cancel_button.clicked.connect(self.cancel_asked)
        self.resume_button = QPushButton(autoDefault=False)
        self.resume_button.setAccessibleName(f"Resume the download of {plan.name}")
        set_icon(self.resume_button, "download")
        self.resume_button.clicked.connect(self._resume)
        self.discard_button = QPushButton("Discard…", autoDefault=False)
        self.discard_button.setAccessibleName(f"Discard the download of {plan.name}")
        self.discard_button.clicked.connect(self._discard)

        head = QHBoxLayout()
        head.addWidget(name)
        head.addStretch(1)
        for button in (self.cancel_button, self.resume_button, self.discard_button):
            head.addWidget(button)
        foot = QHBoxLayout()
        foot.setSpacing(18)
        foot.addWidget(self._amount)
        foot.addWidget(self._file, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(self._bar)
        layout.addLayout(foot)

    @property
    def text(self) -> str:
        """How far it is, in words."""
        return self._amount.text()

    def show_running(self) -> None:
        self._show_buttons(running=True)
        self._amount.setText("Connecting…")

    def show_progress(self, progress: DownloadProgress) -> None:
        self._place_bar(progress.done, progress.total)
        self._amount.setText(progress_text(progress))
        self._file.set_whole(progress.file)

    def show_cancelling(self) -> None:
        self.cancel_button.setEnabled(False)
        self._amount.setText("Stopping…")

    def show_waiting(self, done: int, other_runs: bool) -> None:
        """``other_runs``: it cannot be resumed, because another download is running."""
        self._show_buttons(running=False)
        self._place_bar(done, self.plan.bytes)
        part = part_text(done, self.plan.bytes)
        self.resume_button.setText(f"Resume ({part})")
        self.resume_button.setEnabled(not other_runs)
        self.resume_button.setToolTip(
            "One download at a time: wait for the other one, or cancel it"
            if other_runs
            else f"Goes online: fetches the rest from {self.plan.endpoint.partition('://')[2]}"
        )
        self.discard_button.setToolTip("Delete what has arrived")
        self._amount.setText(f"Not finished: {part} have arrived.")
        self._file.set_whole("")

    def _show_buttons(self, running: bool) -> None:
        self.cancel_button.setVisible(running)
        self.cancel_button.setEnabled(running)
        self.resume_button.setHidden(running)
        self.discard_button.setHidden(running)

    def _place_bar(self, done: int, total: int) -> None:
        self._bar.setValue(done * _STEPS // total if total else 0)

    def _resume(self) -> None:
        self.resume_asked.emit(self.plan)

    def _discard(self) -> None:
        self.discard_asked.emit(self.plan)
