"""JournalFolder: the journals on the disk: of open documents, crashed ones, saved ones, and what was put aside."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sqlite3
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from editor.files.errors import shown
from editor.files.journal_decode import JournalReader
from editor.files.journal_store import JournalBusy, JournalEmpty, JournalError, JournalNewer, JournalStore
from editor.files.journal_upkeep import file_hash, finish_kept, remove_journal
from inference.folders import state_folder

ASIDE_DAYS = 30
"""How long a journal that could not be read stays for those who might want to look at it."""

_OPEN, _KEPT, _ASIDE = ".open.sqlite", ".kept.sqlite", ".aside.sqlite"
_DAY = 24 * 3600

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Orphan:
    """Work that lies in no file: the journal of a document whose process has ended without closing it. ``file`` is
    where it was opened from or saved, None for a new one; ``time`` in seconds since 1970; ``thumbnail`` a PNG."""

    path: Path
    title: str
    file: Path | None
    time: float
    thumbnail: bytes | None


@dataclass(frozen=True)
class Found:
    """``store`` is open and belongs to whoever asked; None where there is nothing of use, and ``problem`` says why
    that is; empty where there simply was nothing."""

    store: JournalStore | None = None
    problem: str = ""


class JournalFolder:
    """``limit``: bytes that the journals of saved files may take up together; ``days``: how long they stay after the
    file was closed, 0 for not at all."""

    def __init__(self, path: Path | None = None, days: int = 30, limit: int = 1 << 31) -> None:
        self.path = path or state_folder() / "journals"
        self.days, self.limit = days, limit

    def new_path(self) -> Path:
        """For the journal of a document that is opened now."""
        return self.path / f"{uuid4().hex}{_OPEN}"

    def kept_path(self, file: Path) -> Path:
        """For the journal of this file while it is closed."""
        name = hashlib.blake2b(os.fsencode(os.path.realpath(file)), digest_size=16).hexdigest()
        return self.path / f"{name}{_KEPT}"

    def is_in_use(self) -> bool:
        """Whether a program, on whatever screen, keeps a picture here that is open."""
        for path in self.path.glob(f"*{_OPEN}") if self.path.is_dir() else ():
            try:
                JournalStore(path).close()
            except JournalBusy:
                return True
            except JournalError:
                continue  # nobody has it open: it is damaged
        return False

    def orphans(self) -> tuple[list[Orphan], list[str]]:
        """What crashes have left, the latest first; and what is to be told of journals that cannot be read, which are
        put aside. Those that hold nothing that is not in its file are no orphans: they are kept as its history."""
        found, problems = [], []
        for path in sorted(self.path.glob(f"*{_OPEN}")) if self.path.is_dir() else []:
            try:
                orphan = self._orphan(path)
                if orphan is not None:
                    found.append(orphan)
            except JournalBusy:
                continue
            except JournalEmpty:
                remove_journal(path)
            except JournalError as error:
                problems.append(self.put_aside(path, error))
        return sorted(found, key=lambda each: -each.time), problems

    def take_orphan(self, orphan: Orphan) -> Found:
        """Its journal, to go on with."""
        try:
            return Found(JournalStore(orphan.path))
        except JournalBusy:
            return Found(problem=f"“{orphan.title}” has been recovered in another window.")
        except JournalError as error:
            return Found(problem=self.put_aside(orphan.path, error))

    def discard(self, orphan: Orphan) -> None:
        """Unless another window has taken it."""
        try:
            JournalStore(orphan.path).close()
        except JournalBusy:
            return
        except JournalError:
            pass  # there is nothing to be lost
        remove_journal(orphan.path)

    def take_kept(self, file: Path) -> Found:
        """The journal of a file that is being opened, where the file is what it was when it was closed."""
        kept, path = self.kept_path(file), self.new_path()
        if not self.days:
            return Found()
        try:
            kept.rename(path)
        except OSError:
            return Found()
        try:
            store = JournalStore(path)
        except JournalError as error:
            return Found(problem=self.put_aside(path, error))
        try:
            if store.fact("file_hash") == file_hash(file):
                return Found(store)
            problem = f"{shown(file)} was changed by another program: its steps cannot be undone any more."
        except (OSError, sqlite3.Error):
            problem = f"The steps that led to {shown(file)} cannot be read: they cannot be undone any more."
        store.close()
        remove_journal(path)
        return Found(problem=problem)

    def put_aside(self, path: Path, error: JournalError) -> str:
        """Renames a journal that cannot be used; what is to be told."""
        aside = path.with_name(f"{path.name.split('.')[0]}{_ASIDE}")
        with suppress(OSError):
            path.replace(aside)
            path.with_name(f"{path.name}-wal").replace(aside.with_name(f"{aside.name}-wal"))
        log.info("the journal %s was put aside", aside, exc_info=error)
        newer = isinstance(error, JournalNewer)
        remedy = "A newer Pentimento can read it." if newer else "Files that you have saved are unharmed."
        return f"The journal of an earlier picture cannot be read: {error}. It was kept as {shown(aside)}. {remedy}"

    def tidy(self) -> None:
        """Removes the journals of saved files that are too old or, the oldest first, too much, and what was put aside
        long ago."""
        if not self.path.is_dir():
            return
        with suppress(OSError):
            kept = sorted(self.path.glob(f"*{_KEPT}"), key=lambda each: -each.stat().st_mtime)
            self._remove_older(kept, self.days)
            room = self.limit
            for path in kept:
                room -= path.stat().st_size if path.exists() else 0
                if room < 0:
                    remove_journal(path)
            self._remove_older(list(self.path.glob(f"*{_ASIDE}")), ASIDE_DAYS)

    def _remove_older(self, paths: list[Path], days: int) -> None:
        for path in paths:
            if path.stat().st_mtime < time.time() - days * _DAY:
                remove_journal(path)

    def _orphan(self, path: Path) -> Orphan | None:
        """None where it holds nothing that is not in its file. Raises JournalError."""
        store = JournalStore(path)
        try:
            return self._looked_at(store)
        except sqlite3.Error as error:
            raise JournalError(f"it is damaged ({error})") from error
        finally:
            store.close()

    def _looked_at(self, store: JournalStore) -> Orphan | None:
        now = store.fact("now")
        if now is None:  # the process ended before anything was done
            remove_journal(store.path)
            return None
        file = text_fact(store, "file")
        if file and not has_unsaved(store):
            try:
                finish_kept(store, False, self.limit)
                store.close()
                store.path.replace(self.kept_path(Path(file)))
            except (JournalError, OSError):
                remove_journal(store.path)
            return None
        time_, picture = store.fact("time"), store.fact("thumbnail")
        return Orphan(
            store.path,
            text_fact(store, "title") or "Untitled",
            Path(file) if file else None,
            float(time_) if isinstance(time_, (int, float)) else 0.0,
            picture if isinstance(picture, bytes) else None,
        )


def has_unsaved(store: JournalStore) -> bool:
    """Whether it holds what is not in the file. Raises JournalError and ``sqlite3.Error``."""
    now = store.fact("now")
    return now != store.fact("saved") or saved_candidates(store) != JournalReader(store).candidates(now)


def saved_candidates(store: JournalStore) -> dict[str, list[int]] | None:
    """The numbers of each layer's candidates that are in the file; None where it was not saved."""
    try:
        values: Any = json.loads(store.fact("saved_candidates"))
        return {str(layer_id): [int(number) for number in numbers] for layer_id, numbers in values.items()}
    except (AttributeError, TypeError, ValueError):
        return None


def text_fact(store: JournalStore, name: str) -> str:
    """Empty where there is none."""
    value = store.fact(name)
    return value if isinstance(value, str) else ""
