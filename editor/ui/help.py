"""The small dialogs of the Help menu."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from editor.ui.menus import ActionSet
from editor.version import version

MOUSE = (
    ("Zoom to the pointer", "Wheel"),
    ("Move the view", "Space + drag, or middle button"),
    ("Mask brush: erase", "Ctrl + drag, or the pen's eraser"),
    ("Add to the selection", "Shift + drag or click"),
    ("Subtract from it", "Ctrl + drag or click"),
    ("Intersect with it", "Shift + Ctrl + drag or click"),
    ("Rectangle, ellipse: equal sides", "Shift, while dragging"),
    ("Rectangle, ellipse: from the centre", "Alt, while dragging"),
    ("Lasso: close", "Double click, Enter, or click the first point"),
    ("Lasso: last point back", "Backspace"),
    ("Candidates: look, take, go back", "← →, Enter, Esc"),
    ("Give up what was begun", "Esc"),
)
"""What no action stands for."""


def show_shortcuts(parent: QWidget, actions: ActionSet) -> None:
    """The mouse at the left, and every action that has a key at the right."""
    dialog = QDialog(parent)
    dialog.setWindowTitle("Mouse and Keys")
    columns = QHBoxLayout()
    columns.setSpacing(48)
    rows = [*MOUSE, *_with_keys(actions)]
    half = (len(rows) + 1) // 2
    for part in (rows[:half], rows[half:]):
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(6)
        for row, (what, how) in enumerate(part):
            grid.addWidget(QLabel(what), row, 0)
            grid.addWidget(QLabel(f"<b>{how}</b>"), row, 1)
        grid.setRowStretch(len(part), 1)
        columns.addLayout(grid)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.addLayout(columns)
    layout.addSpacing(8)
    layout.addWidget(buttons)
    dialog.exec()
    dialog.deleteLater()


def show_about(parent: QWidget) -> None:
    QMessageBox.about(
        parent,
        "About Pentimento",
        f"<h3>Pentimento {version()}</h3>"
        "<p>An offline photo editor that repaints what you mask, and keeps what was there before.</p>"
        "<p>Licence: Apache 2.0. Made with Qt (PySide6, LGPL 3), NumPy, OpenCV, Pillow and numba.</p>",
    )


def _with_keys(actions: ActionSet) -> list[tuple[str, str]]:
    native = QKeySequence.SequenceFormat.NativeText
    return [
        (f"{menu}: {action.text().replace('&', '').rstrip('…').lower()}", action.shortcut().toString(native))
        for menu, action in actions.by_menu()
        if not action.shortcut().isEmpty()
    ]
