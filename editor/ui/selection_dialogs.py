"""What the Select menu asks before it does something to the selection."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QWidget

from editor.document.selection import RefineKind
from editor.render.sampling import Source
from editor.session import Session
from editor.settings import Settings
from editor.ui.colour_range_dialog import ColourRangeDialog
from editor.ui.number_dialog import NumberDialog

_VERBS: dict[RefineKind, str] = {
    "grow": "Grow",
    "shrink": "Shrink",
    "feather": "Feather",
    "border": "Border",
    "smooth": "Smooth",
}


def refine_selection(session: Session, kind: RefineKind, settings: Settings, parent: QWidget) -> None:
    """Asks by how many pixels, and does it."""
    verb = _VERBS[kind]
    dialog = NumberDialog(f"{kind}-pixels", settings, f"{verb} the Selection", verb, parent)
    if dialog.exec() == QDialog.DialogCode.Accepted:
        with _busy():
            session.refine_selection(kind, dialog.value)
    dialog.deleteLater()


def select_colour_range(session: Session, settings: Settings, parent: QWidget) -> None:
    """Asks for a colour and how far others may be from it, and selects them."""
    dialog = ColourRangeDialog(Source(session.document), settings, parent)
    if dialog.exec() == QDialog.DialogCode.Accepted:
        with _busy():
            session.select_plane(dialog.shape(), dialog.mode, "Colour range")
    dialog.deleteLater()


@contextlib.contextmanager
def _busy() -> Iterator[None]:
    """The pointer says that this takes a moment."""
    QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
    try:
        yield
    finally:
        QGuiApplication.restoreOverrideCursor()
