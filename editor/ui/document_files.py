"""DocumentFiles: opening, saving and closing as the user meets them: dialogs, questions, and what went wrong."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox, QWidget

from editor.document.recipe import FillRecipe
from editor.files.errors import FileError
from editor.files.formats import format_for, open_file, save_document
from editor.files.losses import losses
from editor.files.opened import Opened
from editor.files.options import DEFAULT_OPTIONS, SaveOptions
from editor.files.recipes import recipes_of
from editor.files.stamp import Stamp
from editor.session import Session
from editor.session_journal import BroughtBack
from editor.settings import Settings
from editor.ui.background import Background
from editor.ui.file_dialogs import ask_to_open, ask_to_save
from editor.ui.journal_desk import JournalDesk
from editor.ui.message_bar import MessageBar
from editor.ui.save_dialog import SaveDialog, ask_overwrite

_FEW = 3
"""Losses that are named in one sentence."""

log = logging.getLogger(__name__)


class _Agreed(NamedTuple):
    """What is to be written where, and what will be lost."""

    path: Path
    losses: tuple[str, ...]
    options: SaveOptions


class DocumentFiles:
    """``is_open_elsewhere(session, path)`` says whether the file at ``path`` belongs to another session than this;
    ``use_recipe(recipe)`` makes the next fill like one that a picture came with."""

    def __init__(
        self,
        parent: QWidget,
        settings: Settings,
        messages: MessageBar,
        journals: JournalDesk,
        is_open_elsewhere: Callable[[Session, Path], bool],
        use_recipe: Callable[[FillRecipe], object],
    ) -> None:
        self._parent, self._settings, self._messages, self._journals = parent, settings, messages, journals
        self._is_open_elsewhere, self._use_recipe = is_open_elsewhere, use_recipe
        self._background = Background(parent)
        self._busy = False
        self._told: WeakKeyDictionary[Session, tuple[str, ...]] = WeakKeyDictionary()
        """What the user knows that the session's own file does not hold."""

    def stop(self) -> None:
        """For good, with the window."""
        self._background.stop()

    def ask_paths(self) -> list[Path]:
        """The files that the user picks to open."""
        paths = ask_to_open(self._parent, self._settings["recent-folder"])
        if paths:
            self._settings["recent-folder"] = str(paths[0].parent)
        return paths

    @property
    def is_busy(self) -> bool:
        """A file is being read or written: nothing may be closed."""
        return self._busy

    def open(self, path: Path) -> Session | None:
        """None where it could not be opened, which has been told then. With the steps of an earlier time, where the
        file is what it was then."""
        stamp = Stamp.of(path)  # before it is read: what is changed meanwhile is noticed
        found = self._guarded(partial(self._read, path), f"Opening “{path.name}”…", f"open “{path.name}”")
        if found is None:
            return None
        opened, problem = found
        if problem:
            self._messages.show_message(problem)
        if isinstance(opened, BroughtBack):
            brought = replace(opened, file=path, stamp=stamp)
            session = brought.session(self._settings["history-memory"] << 20)
            self._journals.attach(session, brought)
            return session
        session = Session(opened.document, path, opened.active, self._settings["history-memory"] << 20)
        session.stamp = stamp
        if opened.losses:
            session.keeps_file = False
            self._messages.show_message(
                f"“{path.name}” holds what Pentimento cannot read ({_few(opened.losses)}); "
                "save under another name to keep it.",
                "\n".join(opened.losses) if len(opened.losses) > _FEW else "",
            )
        elif opened.recipes:
            several = len(opened.recipes) > 1
            self._messages.show_message(
                f"“{path.name}” came with the recipe{'s' if several else ''} of its fill{'s' if several else ''}.",
                "\n\n".join(_recipe_text(recipe) for recipe in opened.recipes),
                ("Use the Last" if several else "Use It", partial(self._use_recipe, opened.recipes[-1])),
            )
        return session

    def save(self, session: Session) -> bool:
        """To the session's own file where that keeps layers; a photo is never overwritten without being asked for."""
        path = session.path
        if path is None or not session.keeps_file or not _keeps_layers(path):
            return self.save_as(session)
        match self._may_overwrite(session, path):
            case QMessageBox.StandardButton.Save:
                agreed = self._agree(session, path, self._told.get(session))
                return agreed is not None and self._write(session, agreed)
            case QMessageBox.StandardButton.SaveAll:
                return self.save_as(session)
        return False

    def save_as(self, session: Session) -> bool:
        """False where nothing was saved, or not all of it: what a file leaves out is still unsaved work."""
        agreed = self._ask_target(session, "Save As", ".ora")
        return agreed is not None and self._write(session, agreed)

    def export_copy(self, session: Session) -> bool:
        """Writes a copy; the session stays with its own file."""
        agreed = self._ask_target(session, "Export a Copy", ".png")
        if agreed is None or not self._write_file(session, agreed):
            return False
        self._messages.confirm(f"A copy was saved as “{agreed.path.name}”.")
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

    def _may_overwrite(self, session: Session, path: Path) -> QMessageBox.StandardButton:
        """Save: nobody else has changed the file, or the user does not mind; SaveAll: under another name; Cancel."""
        known, now = session.stamp, Stamp.of(path)
        if known is None or now is None or now == known:
            return QMessageBox.StandardButton.Save
        return ask_overwrite(path.name, self._parent)

    def _agree(self, session: Session, path: Path, told: tuple[str, ...] | None = None) -> _Agreed | None:
        """What the user wants written, once told of what will be lost (unless that was ``told``); None for nothing."""
        row = format_for(path)
        document = session.document.snapshot()
        found: list[str] | None
        if "alpha" in row.keeps:
            found = losses(document, row)
        else:  # whether anything is transparent is not known before it has been composited
            looking = partial(losses, document, row)
            found = self._guarded(looking, f"Looking at “{path.name}”…", f"save “{path.name}”")
        if found is None:
            return None
        lost = tuple(found)
        options = [each for each in row.options if each != "recipes" or recipes_of(document)]
        if (not lost and not options) or (told is not None and set(lost) <= set(told)):
            return _Agreed(path, lost, DEFAULT_OPTIONS)
        dialog = SaveDialog(path.name, lost, options, self._settings, self._parent)
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        chosen = dialog.chosen
        dialog.deleteLater()
        return _Agreed(path, lost, chosen) if accepted else None

    def _write(self, session: Session, agreed: _Agreed) -> bool:
        state, path = session.state, agreed.path
        if not self._write_file(session, agreed):
            return False
        if not agreed.losses:
            session.saved_as(path, state)
            self._note(session, agreed)
            self._messages.confirm(f"Saved as “{path.name}”.")
            return True
        how = "leaves something out" if _keeps_layers(path) else "holds the picture flattened"
        self._messages.show_message(
            f"“{path.name}” {how}. To keep all of your work, save it as an .ora file too.",
            "\n".join(agreed.losses),
        )
        return False

    def _write_file(self, session: Session, agreed: _Agreed) -> bool:
        session.preview(None)  # what is seen is what is written
        document, path = session.document.snapshot(), agreed.path
        active = document.layer(session.active.id) if session.active is not None else None
        backup = self._settings["keep-backup"]

        def write() -> bool:
            save_document(document, path, active, agreed.options, backup)
            return True

        written = bool(self._guarded(write, f"Saving “{path.name}”…", f"save “{path.name}”"))
        if written:
            self._note(session, agreed)
        return written

    def _note(self, session: Session, agreed: _Agreed) -> None:
        """What is known of the session's own file, where it is that which has been written."""
        if session.path == agreed.path:
            session.stamp, self._told[session] = Stamp.of(agreed.path), agreed.losses
            self._journals.file_written(session)

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

    def _ask_target(self, session: Session, title: str, suffix: str) -> _Agreed | None:
        """Where to write, and how."""
        folder = session.path.parent if session.path is not None else Path(self._settings["recent-folder"])
        stem = session.path.stem if session.path is not None else "Untitled"
        path = ask_to_save(self._parent, title, folder / f"{stem}{suffix}")
        if path is None:
            return None
        if self._is_open_elsewhere(session, path):
            self._messages.show_message(
                f"“{path.name}” is open in another tab. Close that one first, or choose another name."
            )
            return None
        try:
            return self._agree(session, path)
        except FileError as error:  # no format has a name like this
            self._messages.show_message(str(error))
            return None


def _keeps_layers(path: Path) -> bool:
    try:
        return format_for(path).keeps_layers
    except FileError:
        return False


def _few(things: tuple[str, ...]) -> str:
    """The first ones, and how many more there are."""
    more = len(things) - _FEW
    return ", ".join(things[:_FEW]) + (f" and {more} more" if more > 0 else "")


def _recipe_text(recipe: FillRecipe) -> str:
    words = f": {recipe.prompt}" if recipe.prompt else ""
    return f"{recipe.model or recipe.engine}, seed {recipe.seed}{words}"
