"""DocumentFiles: opening, saving and closing as the user meets them: dialogs, questions, and what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QWidget

from editor.files.errors import FileError
from editor.files.formats import format_for, open_file, open_filter, save_document, save_filter
from editor.session import Session
from editor.settings import Settings


class DocumentFiles:
    """``tell(text)`` shows a sentence to the user."""

    def __init__(self, parent: QWidget, settings: Settings, tell: Callable[[str], None]) -> None:
        self._parent, self._settings, self._tell = parent, settings, tell

    def ask_paths(self) -> list[Path]:
        """The files that the user picks to open."""
        names, _filter = QFileDialog.getOpenFileNames(
            self._parent, "Open", self._settings["recent-folder"], ";;".join(_filters(open_filter()))
        )
        if names:
            self._settings["recent-folder"] = str(Path(names[0]).parent)
        return [Path(name) for name in names]

    def open(self, path: Path) -> Session | None:
        """None where it could not be opened, which has been told then."""
        QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            opened = open_file(path)
            return Session(opened.document, path, opened.active, self._settings["history-memory"] << 20)
        except FileError as error:
            self._tell(str(error))
        except MemoryError:
            self._tell(f"There is not enough memory to open “{path.name}”.")
        finally:
            QApplication.restoreOverrideCursor()
        return None

    def save(self, session: Session) -> bool:
        """To the session's own file where that keeps layers; a photo is never overwritten without being asked for."""
        if session.path is not None and _keeps_layers(session.path):
            return self._write(session, session.path)
        return self.save_as(session)

    def save_as(self, session: Session) -> bool:
        """False where nothing was saved, or not all of it: what a flat file leaves out is still unsaved work."""
        path = self._ask_target(session, "Save As", ".ora")
        return path is not None and self._write(session, path)

    def export_copy(self, session: Session) -> bool:
        """Writes a copy; the session stays with its own file."""
        path = self._ask_target(session, "Export a Copy", ".png")
        if path is None or not self._write_file(session, path):
            return False
        self._tell(f"A copy was saved as “{path.name}”.")
        return True

    def may_close(self, session: Session) -> bool:
        """Asks where there is unsaved work. False: stay open."""
        if not session.is_modified:
            return True
        box = QMessageBox(
            QMessageBox.Icon.Warning,
            "Unsaved work",
            f"Save the changes to “{session.title}” before closing?",
            QMessageBox.StandardButton.Save
            | QMessageBox.StandardButton.Discard
            | QMessageBox.StandardButton.Cancel,
            self._parent,
        )
        box.setInformativeText("What is not saved is lost.")
        box.setDefaultButton(QMessageBox.StandardButton.Save)
        answer = box.exec()
        if answer == QMessageBox.StandardButton.Save:
            return self.save(session)
        return answer == QMessageBox.StandardButton.Discard

    def _write(self, session: Session, path: Path) -> bool:
        if not self._write_file(session, path):
            return False
        if _keeps_layers(path) or session.is_plain_picture:
            session.saved_as(path)
            return True
        self._tell(
            f"“{path.name}” holds the picture flattened. To keep all of your work, save it as an .ora file too."
        )
        return False

    def _write_file(self, session: Session, path: Path) -> bool:
        QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            save_document(session.document, path, active=session.active)
            return True
        except FileError as error:
            self._tell(str(error))
        except MemoryError:
            self._tell(
                f"There is not enough memory to save “{path.name}”. Close other pictures and try again."
            )
        finally:
            QApplication.restoreOverrideCursor()
        return False

    def _ask_target(self, session: Session, title: str, suffix: str) -> Path | None:
        if session.path is not None:
            proposed = session.path.with_suffix(suffix)
        else:
            proposed = Path(self._settings["recent-folder"]) / f"Untitled{suffix}"
        filters = _filters(save_filter())
        preferred = next((entry for entry in filters if f"*{suffix}" in entry), filters[0])
        name, _filter = QFileDialog.getSaveFileName(
            self._parent, title, str(proposed), ";;".join(filters), preferred
        )
        if not name:
            return None
        path = Path(name)
        return path if path.suffix else path.with_suffix(suffix)


def _keeps_layers(path: Path) -> bool:
    try:
        return format_for(path).keeps_layers
    except FileError:
        return False


def _filters(rows: list[tuple[str, list[str]]]) -> list[str]:
    """As Qt's file dialogs want them."""
    return [f"{title} ({' '.join(patterns)})" for title, patterns in rows]
