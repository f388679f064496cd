"""The small dialogs of the Help menu."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from editor.version import version

SHORTCUTS = (
    ("Zoom to the pointer", "Wheel"),
    ("Move the view", "Space + drag, or middle button"),
    ("Whole picture · 100 %", "Ctrl+0 · Ctrl+1"),
    ("Mask brush · Lasso · Hand", "B · L · H"),
    ("Brush size", "[ and ]"),
    ("Brush hardness", "Shift+[ and Shift+]"),
    ("Erase with the mask brush", "Ctrl + drag, or the pen's eraser"),
    ("Lasso: add · subtract · intersect", "Shift · Ctrl · Shift+Ctrl"),
    ("Lasso: close · last point back · give up", "Enter · Backspace · Esc"),
    ("Fill the selection", "Ctrl+Return"),
    ("Undo · redo", "Ctrl+Z · Ctrl+Shift+Z"),
)


def show_shortcuts(parent: QWidget) -> None:
    dialog = QDialog(parent)
    dialog.setWindowTitle("Mouse and Keys")
    grid = QGridLayout()
    grid.setHorizontalSpacing(32)
    grid.setVerticalSpacing(8)
    for row, (what, how) in enumerate(SHORTCUTS):
        grid.addWidget(QLabel(what), row, 0)
        grid.addWidget(QLabel(f"<b>{how}</b>"), row, 1)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.addLayout(grid)
    layout.addSpacing(8)
    layout.addWidget(buttons)
    dialog.exec()


def show_about(parent: QWidget) -> None:
    QMessageBox.about(
        parent,
        "About Pentimento",
        f"<h3>Pentimento {version()}</h3>"
        "<p>An offline photo editor that repaints what you mask, and keeps what was there before.</p>"
        "<p>Licence: Apache 2.0. Made with Qt (PySide6, LGPL 3), NumPy, OpenCV, Pillow and numba.</p>",
    )
