"""DocumentFiles: opening, saving and closing as the user meets them: dialogs, questions, and what went wrong."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QWidget

from editor.files.errors import FileError
from editor.files.formats import format_for, open_file, open_filter, save_document, save_filter
from editor.files.opened import Opened
from editor.session import Session
from editor.session_journal import BroughtBack
from editor.settings import Settings
from editor.ui.background import Background
from editor.ui.journal_desk import JournalDesk
from editor.ui.message_bar import MessageBar

log = logging.getLogger(__name__)


class DocumentFiles:
    """``is_open_elsewhere(session, path)`` says whether the file at ``path`` belongs to another session than this."""

    def __init__(
        self,
        parent: QWidget,
        settings: Settings,
        messages: MessageBar,
        journals: JournalDesk,
        is_open_elsewhere: Callable[[Session, Path], bool],
    ) -> None:
        self._parent, self._settings, self._messages, self._journals = parent, settings, messages, journals
        self._is_open_elsewhere = is_open_elsewhere
        self._background = Background(parent)
        self._busy = False

    def stop(self) -> None:
        """For good, with the window."""
        self._background.stop()

    def ask_paths(self) -> list[Path]:
        """The files that the user picks to open."""
        pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        names, _filter = QFileDialog.getOpenFileNames(
            self._parent,
            "Open",
            self._settings["recent-folder"] or pictures,
            ";;".join(_filters(open_filter())),
        )
        if names:
            self._settings["recent-folder"] = str(Path(names[0]).parent)
        return [Path(name) for name in names]

    @property
    def is_busy(self) -> bool:
        """A file is being read or written: nothing may be closed."""
        return self._busy

    def open(self, path: Path) -> Session | None:
        """None where it could not be opened, which has been told then. With the steps of an earlier time, where the
        file is what it was then."""
        found = self._guarded(partial(self._read, path), f"Opening “{path.name}”…", f"open “{path.name}”")
        if found is None:
            return None
        opened, problem = found
        if problem:
            self._messages.show_message(problem)
        if isinstance(opened, BroughtBack):
            session = replace(opened, file=path).session(self._settings["history-memory"] << 20)
            self._journals.attach(session, opened)
            return session
        session = Session(opened.document, path, opened.active, self._settings["history-memory"] << 20)
        if opened.losses:
            session.keeps_file = False
            self._messages.show_message(
                f"“{path.name}” holds what Pentimento cannot read ({', '.join(opened.losses)}); "
                "save under another name to keep it."
            )
        return session

    def save(self, session: Session) -> bool:
        """To the session's own file where that keeps layers; a photo is never overwritten without being asked for."""
        if session.path is not None and session.keeps_file and _keeps_layers(session.path):
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
        self._messages.confirm(f"A copy was saved as “{path.name}”.")
        return True

    def may_close(self, session: Session, filling: bool) -> bool:
        """Asks where there is unsaved work, a fill that still runs included. False: stay open."""
        if not session.is_modified and not filling:
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
        box.setTextFormat(Qt.TextFormat.PlainText)
        running = " A fill is still running; closing ends it." if filling else ""
        box.setInformativeText(f"What is not saved is lost.{running}")
        box.setDefaultButton(QMessageBox.StandardButton.Save)
        answer = box.exec()
        box.deleteLater()
        if answer == QMessageBox.StandardButton.Save:
            return self.save(session)
        return answer == QMessageBox.StandardButton.Discard

    def _read(self, path: Path) -> tuple[Opened | BroughtBack, str]:
        """And what is to be told of its journal."""
        brought, problem = self._journals.reopen(path)
        return brought or open_file(path), problem

    def _write(self, session: Session, path: Path) -> bool:
        state, whole = session.state, _keeps_layers(path) or session.is_plain_picture
        if not self._write_file(session, path):
            return False
        if whole:
            session.saved_as(path, state)
            self._messages.confirm(f"Saved as “{path.name}”.")
            return True
        self._messages.show_message(
            f"“{path.name}” holds the picture flattened. To keep all of your work, save it as an .ora file too."
        )
        return False

    def _write_file(self, session: Session, path: Path) -> bool:
        session.preview(None)  # what is seen is what is written
        document = session.document.snapshot()
        active = document.layer(session.active.id) if session.active is not None else None

        def write() -> bool:
            save_document(document, path, active)
            return True

        return bool(self._guarded(write, f"Saving “{path.name}”…", f"save “{path.name}”"))

    def _guarded(self, work: Callable[[], Any], saying: str, aim: str) -> Any:
        """What ``work`` returns, done beside the window's thread; None where it failed, which has been told then."""
        if self._busy:
            return None
        self._busy = True
        QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        self._messages.begin(saying)
        try:
            result = self._background.wait_for(work)
            self._messages.end()
            return result
        except FileError as error:
            self._messages.show_message(str(error))
        except MemoryError:
            self._messages.show_message(
                f"There is not enough memory to {aim}. Close other pictures and try again."
            )
        except Exception as error:
            log.error("could not %s", aim, exc_info=error)
            self._messages.show_message(
                f"It was not possible to {aim} ({type(error).__name__}: {error}).",
                "".join(traceback.format_exception(error)),
            )
        finally:
            QApplication.restoreOverrideCursor()
            self._busy = False
        return None

    def _ask_target(self, session: Session, title: str, suffix: str) -> Path | None:
        """Where to write. The dialog itself completes the name, and asks before a file is replaced."""
        folder = session.path.parent if session.path is not None else Path(self._settings["recent-folder"])
        stem = session.path.stem if session.path is not None else "Untitled"
        filters = _filters(save_filter())
        dialog = QFileDialog(self._parent, title, str(folder))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(filters)
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(_suffix(chosen)))
        dialog.selectNameFilter(next(entry for entry in filters if _suffix(entry) == suffix))
        dialog.setDefaultSuffix(suffix)
        dialog.selectFile(f"{stem}{suffix}")
        accepted = dialog.exec() == QFileDialog.DialogCode.Accepted
        names = dialog.selectedFiles()
        dialog.deleteLater()
        if not accepted or not names:
            return None
        path = Path(names[0])
        if self._is_open_elsewhere(session, path):
            self._messages.show_message(
                f"“{path.name}” is open in another tab. Close that one first, or choose another name."
            )
            return None
        return path


def _keeps_layers(path: Path) -> bool:
    try:
        return format_for(path).keeps_layers
    except FileError:
        return False


def _filters(rows: list[tuple[str, list[str]]]) -> list[str]:
    """As Qt's file dialogs want them."""
    return [f"{title} ({' '.join(patterns)})" for title, patterns in rows]


def _suffix(name_filter: str) -> str:
    """The usual ending of a filter of the file dialog: “.png” of “PNG (*.png)”."""
    return name_filter.rpartition("(*")[2].split()[0].rstrip(")")
