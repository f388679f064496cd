"""Labels that explain."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel


def dim_label(lines: int) -> QLabel:
    """A wrapped explanation that keeps room for its lines, so that nothing jumps when the text changes."""
    label = QLabel()
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignTop)
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    label.setMinimumHeight(lines * label.fontMetrics().lineSpacing() + 2)
    return label
