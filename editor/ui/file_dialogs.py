"""The dialogs that ask for files: which to open, and where to save."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from editor.files.formats import open_filter, save_filter


def ask_to_open(parent: QWidget, folder: str) -> list[Path]:
    """Begins in that folder, or where it is empty in that of the user's pictures."""
    pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    names, _filter = QFileDialog.getOpenFileNames(
        parent, "Open", folder or pictures, ";;".join(_filters(open_filter()))
    )
    return [Path(name) for name in names]


def ask_to_save(parent: QWidget, title: str, proposed: Path) -> Path | None:
    """The dialog itself completes the name, and asks before a file is replaced. None where the user gives up."""
    filters = _filters(save_filter())
    dialog = QFileDialog(parent, title, str(proposed.parent))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(filters)
    dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(_suffix(chosen)))
    dialog.selectNameFilter(next(entry for entry in filters if _suffix(entry) == proposed.suffix))
    dialog.setDefaultSuffix(proposed.suffix)
    dialog.selectFile(proposed.name)
    accepted = dialog.exec() == QFileDialog.DialogCode.Accepted
    names = dialog.selectedFiles()
    dialog.deleteLater()
    return Path(names[0]) if accepted and names else None


def _filters(rows: list[tuple[str, list[str]]]) -> list[str]:
    """As Qt's file dialogs want them."""
    return [f"{title} ({' '.join(patterns)})" for title, patterns in rows]


def _suffix(name_filter: str) -> str:
    """The usual ending of a filter of the file dialog: “.png” of “PNG (*.png)”."""
    return name_filter.rpartition("(*")[2].split()[0].rstrip(")")
