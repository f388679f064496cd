"""AboutDialog: what the program is, under which licences it and its libraries are, and what this system can do."""

from __future__ import annotations

from PySide6.QtCore import QProcess, Qt, QTimer, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from editor import licences
from editor.ui.icons import program_icon
from editor.version import version
from inference.children import program_command

_ICON = 64
_COLUMNS, _LINES = 88, 26
_END_PATIENCE = 2000
"""Milliseconds that the report's process may take to end."""


class AboutDialog(QDialog):
    """The report about this system is made by a process of its own (the command ``doctor``), when it is first looked
    at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("about")
        self.setWindowTitle("About Pentimento")
        self._doctor: QProcess | None = None
        self.licences = _text_view("Licences of Pentimento and of what it is made with")
        self.system = _text_view("What this system can do")
        self.tabs = QTabWidget()
        self.tabs.addTab(self.licences, "Licences")
        self.tabs.addTab(self.system, "This System")
        self.tabs.currentChanged.connect(self._ask_doctor)
        letters = self.licences.fontMetrics()
        self.tabs.setMinimumSize(letters.horizontalAdvance("0") * _COLUMNS, letters.lineSpacing() * _LINES)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        self.copy = buttons.addButton("Copy Report", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.setToolTip("Copy the whole report, to send it with a question or a bug")
        self.copy.setEnabled(False)
        self.copy.hide()
        self.copy.clicked.connect(self._copy)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addLayout(self._head())
        layout.addWidget(self.tabs, 1)
        layout.addWidget(buttons)
        self.finished.connect(self._end)
        QTimer.singleShot(0, self, self._show_licences)  # gathering them takes a moment

    @staticmethod
    def _head() -> QHBoxLayout:
        icon = QLabel()
        icon.setPixmap(program_icon().pixmap(_ICON, _ICON))
        icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        text = QLabel(
            f"<h2>Pentimento {version()}</h2>"
            "<p>An offline photo editor that repaints what you mask, and keeps what was there before.</p>"
            "<p>Free software under the Apache License 2.0, made with the libraries that are listed below. "
            "It never goes on the network by itself.</p>"
        )
        text.setWordWrap(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(icon)
        row.addWidget(text, 1)
        return row

    @Slot()
    def _show_licences(self) -> None:
        try:
            text = licences.text()
        except (OSError, RuntimeError) as error:
            text = f"The text with the licences cannot be read: {error}."
        self.licences.setPlainText(text)

    @Slot(int)
    def _ask_doctor(self, index: int) -> None:
        self.copy.setVisible(index == 1)
        if index == 0 or self._doctor is not None:
            return
        self.system.setPlainText("Looking at this system; a moment…")
        program, *words = program_command()
        self._doctor = QProcess(self)
        self._doctor.finished.connect(self._show_report)
        self._doctor.errorOccurred.connect(self._show_failure)
        self._doctor.start(program, [*words, "doctor"])

    @Slot()
    def _show_report(self) -> None:
        if self._doctor is None:
            return
        text = bytes(self._doctor.readAllStandardOutput().data()).decode("utf-8", "replace")
        errors = bytes(self._doctor.readAllStandardError().data()).decode("utf-8", "replace")
        self.system.setPlainText(text.rstrip() or errors.rstrip() or "It ended without a word.")
        self.copy.setEnabled(True)

    @Slot()
    def _show_failure(self) -> None:
        if self._doctor is not None and self._doctor.error() == QProcess.ProcessError.FailedToStart:
            self.system.setPlainText(f"The report could not be made: {self._doctor.errorString()}.")

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.system.toPlainText())

    @Slot()
    def _end(self) -> None:
        """Nobody is there any more to read the report."""
        if self._doctor is not None and self._doctor.state() != QProcess.ProcessState.NotRunning:
            self._doctor.finished.disconnect(self._show_report)
            self._doctor.terminate()  # it then ends its own child, too
            if not self._doctor.waitForFinished(_END_PATIENCE):
                self._doctor.kill()
                self._doctor.waitForFinished(_END_PATIENCE)


def _text_view(name: str) -> QPlainTextEdit:
    view = QPlainTextEdit()
    view.setReadOnly(True)
    view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    view.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    view.setAccessibleName(name)
    return view
