"""Journal: what has become of an open document, written behind by one thread, a transaction for each finished command.

Between a command and the end of its transaction lies what still waits in the queue, most often some hundredths of a
second; the first command of a picture waits until the picture itself is written. ``flush`` waits for all of it.
"""

from __future__ import annotations

import json
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from editor.document.document import Document
from editor.files.journal_encode import JournalEncoder
from editor.files.journal_store import JournalError, JournalStore
from editor.files.journal_thumbnail import journal_thumbnail
from editor.files.journal_upkeep import drop_steps, file_hash, finish_kept, remove_journal

THUMBNAIL_INTERVAL = 5.0
"""Seconds between two pictures of the document, at least."""

_GROWTH = 1.25
"""A journal over its limit is looked through again once it has grown by so much."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Point:
    """The history after a change. ``states`` are the numbers of all that can be reached in it, rising; ``now`` is the
    one that the document is at, ``label`` what led there, and ``is_new`` says that it was not recorded as it is."""

    states: tuple[int, ...]
    now: int
    label: str
    document: Document
    active: str | None
    is_new: bool


@dataclass(frozen=True)
class Keep:
    """The journal of a document that is closed becomes the history of the file that it was saved in, at ``target``.
    ``unsaved`` says that there are steps after the saved state, which nobody wants."""

    target: Path
    unsaved: bool


class _Overtaken(Exception):
    """A later point that waits has a state in the place of this one's."""


class Journal:
    """``problem(text)`` is called when it cannot be written, once until it can be again; ``written(state)`` after
    each transaction of a point; there is none for one whose state was replaced meanwhile. Both from the writing thread.

    Nothing is created before the first point. ``limit`` is in bytes: over it, the older half of the steps is dropped,
    except for those that were there when the journal was opened, and those that are pinned.
    """

    def __init__(
        self,
        path: Path,
        problem: Callable[[str], object],
        written: Callable[[int], object] = lambda state: None,
        limit: int = 1 << 40,
        store: JournalStore | None = None,
    ) -> None:
        """With ``store``, goes on with a journal that is open."""
        self.path = path
        self._problem, self._written, self._limit = problem, written, limit
        self._store = store
        self._encoder = JournalEncoder(store) if store is not None else None
        self._there = {number for number, _label in store.steps()} if store is not None else set()
        self._pinned = set(self._there)
        self._size = 0
        self._limiting = threading.Lock()
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._latest: Point | None = None
        self._facts: dict[str, Any] = {}
        self._failing = self._given_up = False
        self._pictured = 0.0
        self._trimmed = 0

    def record(self, point: Point) -> None:
        self._latest = point
        self._put(lambda: self._in_transaction(lambda: self._write(point), point.now))

    def set_facts(self, **facts: Any) -> None:
        """Text, bytes or numbers that are told of the document; before the first point, written with that."""
        self._put(lambda: self._take_facts(facts), begins=False)

    def saved(self, path: Path, state: int, candidates: Mapping[str, Sequence[int]]) -> None:
        """The document as it was at that state lies at ``path``, with those candidates."""
        seen = _seen(path)

        def write() -> None:
            assert self._store is not None
            hash_: bytes | None = None
            with suppress(OSError):
                hash_ = file_hash(path)
            self._store.set_fact("saved", state)
            self._store.set_fact("saved_candidates", json.dumps(candidates))
            # another program may have been there before us
            self._store.set_fact("file_hash", hash_ if _seen(path) == seen else None)

        self._put(lambda: self._in_transaction(write), begins=False)

    def flush(self) -> None:
        """Until all that has been recorded is written, or could not be; a picture too, where it is time for one."""
        if self._thread is not None:
            done = threading.Event()

            def look() -> None:
                try:
                    self._picture()
                finally:
                    done.set()

            self._put(look)
            done.wait()

    def finish(self, keep: Keep | None = None) -> None:
        """The document is closed: what is recorded is written, and kept; or all is removed. Does not wait for it."""
        self._given_up = keep is None
        self._put(lambda: self._finish(keep), begins=self._store is not None)
        self._queue.put(None)

    @property
    def store(self) -> JournalStore | None:
        """None before anything has been written, and once it is finished."""
        return self._store

    @property
    def is_behind(self) -> bool:
        """Something is to be written, and may well be."""
        return not self._failing and not self._queue.empty()

    def pin(self, numbers: Iterable[int]) -> bool:
        """These states stay, whatever the limit; False where one is not there (yet), or the limit has been reached.
        Waits for nothing."""
        if not self._limiting.acquire(blocking=False):
            return False
        try:
            found = self._size <= self._limit and self._there.issuperset(numbers)
            if found:
                self._pinned.update(numbers)
            return found
        finally:
            self._limiting.release()

    @property
    def is_busy(self) -> bool:
        """Not finished yet."""
        return self._thread is not None and self._thread.is_alive()

    def wait(self) -> None:
        """Until it is finished."""
        if self._thread is not None:
            self._thread.join()

    # The writing thread

    def _put(self, work: Callable[[], None], begins: bool = True) -> None:
        self._queue.put(work)
        if self._thread is None and (begins or self._store is not None):
            # a process that ends in disorder does not wait for it: what is there is whole
            self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            try:
                work()
                if self._queue.empty():
                    self._picture()
            except Exception:
                log.exception("the journal has stumbled")

    def _opened(self) -> JournalStore:
        if self._store is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._store = JournalStore(self.path, create=True)
            self._encoder = JournalEncoder(self._store)
        return self._store

    def _take_facts(self, facts: dict[str, Any]) -> None:
        self._facts |= facts
        if self._store is not None:
            self._in_transaction(lambda: None)

    def _in_transaction(self, write: Callable[[], None], state: int | None = None) -> None:
        if self._given_up:
            return
        try:
            store = self._opened()
            with store.transaction():
                write()
                for name, value in self._facts.items():
                    store.set_fact(name, value)
        except _Overtaken:
            return
        except Exception as error:
            self._failed(error)
            return
        self._facts = {}
        self._failing = False
        if state is not None:
            self._written(state)
            with self._limiting:
                self._keep_to_limit(store)

    def _failed(self, error: Exception) -> None:
        if self._encoder is not None:
            self._encoder.forget()
        if not self._failing:
            self._failing = True
            log.info("the journal %s cannot be written", self.path, exc_info=error)
            self._problem(_sentence(error))

    def _write(self, point: Point) -> None:
        assert self._store is not None and self._encoder is not None
        store = self._store
        if self._latest is not None and point.now not in self._latest.states:
            raise _Overtaken
        reachable = set(point.states)
        for number, _label in store.steps():
            if number not in reachable:
                store.delete_step(number)
        if point.is_new or store.state(point.now) is None:  # the disk may have been full when it was new
            state = self._encoder.state(point.document, point.active)
            store.put_step(point.now, point.label, state)
        store.set_fact("now", point.now)
        store.set_fact("time", time.time())

    def _picture(self) -> None:
        point = self._latest
        due = time.monotonic() - self._pictured > THUMBNAIL_INTERVAL
        if not due or point is None or self._failing or self._store is None:
            return
        self._pictured = time.monotonic()
        try:
            self._store.set_fact("thumbnail", journal_thumbnail(point.document))
        except Exception:
            log.info("a journal gets no thumbnail", exc_info=True)

    def _keep_to_limit(self, store: JournalStore) -> None:
        try:
            self._there = {number for number, _label in store.steps()}
            self._size = store.nbytes
            if self._size > max(self._limit, self._trimmed * _GROWTH):
                now = store.fact("now")
                old = [n for n, _label in store.steps() if n not in self._pinned and n < now]
                drop_steps(store, old[: (len(old) + 1) // 2])
                self._there = {number for number, _label in store.steps()}
                self._size = self._trimmed = store.nbytes
                if self._encoder is not None:
                    self._encoder.forget()
        except (JournalError, sqlite3.Error) as error:
            self._failed(error)

    def _finish(self, keep: Keep | None) -> None:
        store, self._store, self._encoder, self._latest = self._store, None, None, None
        if store is None:
            return
        try:
            if keep is not None:
                finish_kept(store, keep.unsaved, self._limit)
                store.close()
                self.path.replace(keep.target)
                return
        except (JournalError, OSError, sqlite3.Error):
            log.info("the history in %s is not kept", self.path, exc_info=True)
        store.close()
        remove_journal(self.path)


def _seen(path: Path) -> tuple[int, int, int] | None:
    """What changes when another program writes a file; None where there is none."""
    with suppress(OSError):
        now = path.stat()
        return now.st_mtime_ns, now.st_size, now.st_ino
    return None


def _sentence(error: Exception) -> str:
    full = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
    why = (
        "the disk is full" if full else getattr(error, "strerror", None) or str(error) or type(error).__name__
    )
    return (
        f"A crash would lose what is done from now on: it cannot be kept on the disk ({why}). "
        "Your picture itself is unharmed; save it soon."
    )
