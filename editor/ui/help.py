"""What the mouse and the keys do, as the Help menu shows it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from PySide6.QtGui import QKeySequence, QPalette
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from editor.ui.menus import ActionSet

Section = tuple[str, Sequence[tuple[str, str]]]
"""A title, and what is done how."""

_COLUMNS = 3

MOUSE = (
    ("Zoom to the pointer", "Wheel"),
    ("Move the view", "Space + drag, or middle button"),
    ("Turn the view", "Shift + Space + drag, or Shift + middle button"),
    ("Mask brush: erase", "Ctrl + drag, or the pen's eraser"),
    ("Paint brush: take up a colour", "Alt or Ctrl + click"),
    ("Add to the selection", "Shift + drag or click"),
    ("Subtract from it", "Ctrl + drag or click"),
    ("Intersect with it", "Shift + Ctrl + drag or click"),
    ("Rectangle, ellipse: equal sides", "Shift, while dragging"),
    ("Rectangle, ellipse: from the centre", "Alt, while dragging"),
    ("Lasso: close", "Double click, Enter, or click the first point"),
    ("Lasso: last point back", "Backspace"),
    ("New guide", "Drag it out of a ruler (Ctrl+R)"),
    ("Guide: move", "Drag its mark in the ruler, or it with the Hand"),
    ("Guide: only on the ruler's marks", "Shift, while dragging"),
    ("Guide: remove", "Drag it out of the canvas"),
    ("List of layers: delete one", "Del"),
    ("A number's bar: slowly, or typed", "Shift + drag, or double click"),
    ("Candidates: look, take, go back", "← →, Enter, Esc"),
    ("Give up what was begun", "Esc"),
)
"""What no action stands for."""


def show_shortcuts(parent: QWidget, actions: ActionSet) -> None:
    """What the mouse does, and every action that has a key, menu by menu."""
    dialog = QDialog(parent)
    dialog.setWindowTitle("Mouse and Keys")
    content = QWidget()
    columns = QHBoxLayout(content)
    columns.setSpacing(48)
    for part in _columns([("Mouse and canvas", MOUSE), *_with_keys(actions)]):
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(5)
        row = 0
        for title, entries in part:
            grid.addWidget(QLabel(f"<b>{title}</b>"), row, 0, 1, 2)
            for what, how in entries:
                row += 1
                grid.addWidget(QLabel(what), row, 0)
                key = QLabel(how)
                key.setForegroundRole(QPalette.ColorRole.Link)
                grid.addWidget(key, row, 1)
            grid.setRowMinimumHeight(row + 1, 8)
            row += 2
        grid.setRowStretch(row, 1)
        columns.addLayout(grid)
    scroll = QScrollArea(widgetResizable=True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setWidget(content)
    room = content.sizeHint()
    bar = scroll.verticalScrollBar().sizeHint().width()
    screen = parent.screen().availableGeometry()
    scroll.setMinimumSize(
        min(room.width() + bar, screen.width() - 80), min(room.height(), screen.height() - 160)
    )
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.addWidget(scroll)
    layout.addSpacing(8)
    layout.addWidget(buttons)
    dialog.exec()
    dialog.deleteLater()


def _with_keys(actions: ActionSet) -> list[Section]:
    native = QKeySequence.SequenceFormat.NativeText
    sections: dict[str, list[tuple[str, str]]] = {}
    for menu, action in actions.by_menu():
        keys = " or ".join(shortcut.toString(native) for shortcut in action.shortcuts())
        if keys:
            sections.setdefault(menu, []).append((action.text().replace("&", "").rstrip("…"), keys))
    return list(sections.items())


def _columns(sections: Sequence[Section]) -> list[Sequence[Section]]:
    """In their order, the tallest as low as can be."""

    def parted(cuts: Sequence[int]) -> list[Sequence[Section]]:
        return [sections[begin:end] for begin, end in itertools.pairwise((0, *cuts, len(sections)))]

    def height(column: Sequence[Section]) -> int:
        return sum(len(entries) + 2 for _title, entries in column)

    ways = itertools.combinations(range(1, len(sections)), _COLUMNS - 1)
    return min(map(parted, ways), key=lambda columns: max(map(height, columns)))
