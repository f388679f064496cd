"""What frames the form of a dialog: a line of facts below it, and the buttons that accept and reject."""

from __future__ import annotations

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QVBoxLayout

_SPACING = 10


def spaced_form() -> QFormLayout:
    form = QFormLayout()
    form.setHorizontalSpacing(16)
    form.setVerticalSpacing(_SPACING)
    return form


def frame_form(dialog: QDialog, form: QFormLayout, verb: str) -> tuple[QLabel, QDialogButtonBox]:
    """Lays ``dialog`` out around its filled-in ``form``; ``verb`` is on the button that accepts. The line of facts, and
    the buttons."""
    facts = QLabel()
    facts.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    standard = QDialogButtonBox.StandardButton
    buttons = QDialogButtonBox(standard.Ok | standard.Cancel)
    buttons.button(standard.Ok).setText(verb)
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(20, 20, 20, 16)
    layout.setSpacing(_SPACING)
    layout.addLayout(form)
    layout.addWidget(facts)
    layout.addSpacing(_SPACING)
    layout.addWidget(buttons)
    return facts, buttons
