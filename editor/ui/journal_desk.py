"""JournalDesk: the journals of the sessions that are open, and of what a crash or an earlier day has left."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from editor.files.errors import FileError, shown
from editor.files.formats import format_for, open_file
from editor.files.journal import Journal
from editor.files.journal_folder import Found, JournalFolder, Orphan
from editor.files.journal_store import JournalError
from editor.files.journal_upkeep import remove_journal
from editor.session import Session
from editor.session_journal import BroughtBack, SessionJournal, as_in_file, bring_back
from editor.settings import Settings
from editor.ui.background import Background

log = logging.getLogger(__name__)


class JournalDesk(QObject):
    """Signals: ``orphans_changed(list[Orphan])`` what can be recovered; ``recovered(Session)``, whose journal goes on;
    ``told(str)`` what is wrong with a journal."""

    orphans_changed = Signal(object)
    recovered = Signal(object)
    told = Signal(str)

    _problem = Signal(str)

    def __init__(
        self, settings: Settings, is_open: Callable[[Path], bool], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._settings, self._is_open = settings, is_open
        self._background = Background(self)
        self._journals: dict[Session, SessionJournal] = {}
        self._closing: list[Journal] = []  # without their sessions, whose memory is given back
        self._orphans: list[Orphan] = []
        # from the writing threads
        self._problem.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    @property
    def orphans(self) -> list[Orphan]:
        return list(self._orphans)

    def look(self) -> None:
        """For what a crash has left; removes what is too old."""

        def work() -> tuple[list[Orphan], list[str]]:
            found = folder.orphans()
            folder.tidy()
            return found

        folder = self._folder()
        self._background.run(work, self._looked)

    def recover(self, orphan: Orphan) -> None:
        self._forget(orphan)
        self._background.run(partial(self._taken, orphan), self._recovered)

    def discard(self, orphan: Orphan) -> None:
        """For good."""
        self._folder().discard(orphan)
        self._forget(orphan)

    def reopen(self, path: Path) -> tuple[BroughtBack | None, str]:
        """What the journal of a file brings back, on any thread, and what is to be told. Whoever asks opens the file
        itself where there is nothing. Raises FileError."""
        for journal in self._closing:
            journal.wait()
        brought, problem = self._brought_back(self._folder().take_kept(path), as_saved=True)
        if brought is None or _is_exact(brought.file or path):
            return brought, problem
        try:
            return as_in_file(brought, open_file(path), f"Saved as {path.name}"), problem
        except JournalError as error:
            brought.store.close()
            return None, f"The steps that led to {shown(path)} cannot be had: {error}."
        except BaseException:
            brought.store.close()
            raise

    def attach(self, session: Session, brought: BroughtBack | None = None) -> None:
        """From now on the session is kept in a journal; in that of ``brought``, which it was made of, if that is
        given. Calling it again does nothing."""
        if session not in self._journals:
            store = brought.store if brought is not None else None
            self._journals[session] = SessionJournal(session, self._folder(), self._problem.emit, store=store)

    def candidates_arrived(self, session: Session) -> None:
        if session in self._journals:
            self._journals[session].candidates_arrived()

    def file_written(self, session: Session) -> None:
        """Also where the file does not hold all of the picture."""
        if session in self._journals:
            self._journals[session].file_written()

    def close(self, session: Session) -> None:
        """In order: what was not saved is not wanted. Before the session itself is closed."""
        journal = self._journals.pop(session, None)
        if journal is not None:
            journal.close()
            self._closing = [each for each in self._closing if each.is_busy] + [journal.journal]
            self._background.run(self._folder().tidy, lambda *_: None)

    def stop(self) -> None:
        """For good, with every session closed."""
        self._background.stop()
        for journal in self._closing:
            journal.wait()

    def _folder(self) -> JournalFolder:
        return JournalFolder(days=self._settings["history-days"], limit=self._settings["history-disk"] << 20)

    def _taken(self, orphan: Orphan) -> tuple[BroughtBack | None, str]:
        return self._brought_back(self._folder().take_orphan(orphan))

    def _brought_back(self, found: Found, as_saved: bool = False) -> tuple[BroughtBack | None, str]:
        if found.store is None:
            return None, found.problem
        try:
            return bring_back(found.store, as_saved), ""
        except JournalError as error:
            found.store.close()
            return None, self._folder().put_aside(found.store.path, error)
        except MemoryError:
            found.store.close()
            if as_saved:
                remove_journal(found.store.path)
            return None, "There is not enough memory for it. Close other pictures and try again."

    def _looked(self, found: tuple[list[Orphan], list[str]] | None, error: Exception | None) -> None:
        if found is None:
            log.info("journals cannot be looked for", exc_info=error)
            return
        self._orphans, problems = found
        self.orphans_changed.emit(self.orphans)
        if problems:
            self.told.emit("\n".join(problems))

    def _recovered(self, result: tuple[BroughtBack | None, str] | None, error: Exception | None) -> None:
        brought, problem = result if result is not None else (None, f"It cannot be recovered ({error}).")
        if brought is None:
            self.told.emit(problem)
            return
        if brought.file is not None and self._is_open(brought.file):
            brought = replace(brought, file=None)  # two tabs must not save into one file
        session = brought.session(self._settings["history-memory"] << 20)
        self.attach(session, brought)
        self.recovered.emit(session)

    def _forget(self, orphan: Orphan) -> None:
        self._orphans = [each for each in self._orphans if each is not orphan]
        self.orphans_changed.emit(self.orphans)

    @Slot(str)
    def _tell(self, problem: str) -> None:
        self.told.emit(problem)


def _is_exact(path: Path) -> bool:
    """Whether a file of this name holds to the bit what was saved in it."""
    try:
        return format_for(path).is_exact
    except FileError:
        return False
