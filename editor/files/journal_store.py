"""JournalStore: the SQLite file of a journal: tiles and nodes by the hash of their content, steps, and facts."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

VERSION = 1
HASH_BYTES = 20

_APPLICATION = 0x50454E54  # "PENT"
_PAGE = 8192
_SCHEMA = (
    "CREATE TABLE fact (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
    "CREATE TABLE tile (hash BLOB PRIMARY KEY, form INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE TABLE node (hash BLOB PRIMARY KEY, data BLOB NOT NULL)",
    "CREATE TABLE step (number INTEGER PRIMARY KEY, label TEXT NOT NULL, state BLOB NOT NULL)",
)


class JournalError(Exception):
    """A journal that cannot be used; the message says why."""


class JournalDamaged(JournalError):
    pass


class JournalNewer(JournalError):
    pass


class JournalEmpty(JournalError):
    """The process ended while it was being created."""


class JournalBusy(JournalError):
    """Another window, or another process, has it open."""


class JournalStore:
    """Open, it belongs to this object alone: every other attempt to open it raises JournalBusy, until it is closed or
    the process has ended, in whatever way. For several threads; one of them writes.

    What is written within ``transaction`` is there wholly or not at all, also after a power cut: a commit returns when
    the disk has it. Methods raise ``sqlite3.Error``.
    """

    def __init__(self, path: Path, create: bool = False) -> None:
        """Raises JournalError, and ``sqlite3.Error`` where it cannot be created."""
        self.path = path
        self._lock = threading.RLock()
        mode = "rwc" if create else "rw"
        address = f"file:{quote(str(path.absolute()))}?mode={mode}"
        try:
            self._connection = sqlite3.connect(
                address, uri=True, timeout=0, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise JournalDamaged(f"it cannot be opened ({error})") from error
        try:
            self._open(create)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Calling it twice does no harm."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._run("BEGIN IMMEDIATE")
        try:
            yield
            self._run("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # a full disk may have ended it already
                self._run("ROLLBACK")
            raise

    # Facts and steps

    def fact(self, name: str) -> Any:
        rows = self._run("SELECT value FROM fact WHERE name = ?", name)
        return rows[0][0] if rows else None

    def set_fact(self, name: str, value: Any) -> None:
        self._run("INSERT OR REPLACE INTO fact VALUES (?, ?)", name, value)

    def steps(self) -> list[tuple[int, str]]:
        """Numbers and labels, oldest first."""
        return self._run("SELECT number, label FROM step ORDER BY number")

    def state(self, number: int) -> bytes | None:
        """The hash of a step's node."""
        rows = self._run("SELECT state FROM step WHERE number = ?", number)
        return rows[0][0] if rows else None

    def put_step(self, number: int, label: str, state: bytes) -> None:
        self._run("INSERT OR REPLACE INTO step VALUES (?, ?, ?)", number, label, state)

    def delete_step(self, number: int) -> None:
        self._run("DELETE FROM step WHERE number = ?", number)

    # What has a hash

    def has_tile(self, hash_: bytes) -> bool:
        return bool(self._run("SELECT 1 FROM tile WHERE hash = ?", hash_))

    def put_tile(self, hash_: bytes, form: int, data: bytes) -> None:
        self._run("INSERT OR IGNORE INTO tile VALUES (?, ?, ?)", hash_, form, data)

    def tile(self, hash_: bytes) -> tuple[int, bytes] | None:
        """Its form and data."""
        rows = self._run("SELECT form, data FROM tile WHERE hash = ?", hash_)
        return rows[0] if rows else None

    def put_node(self, data: bytes) -> bytes:
        """Returns its hash."""
        hash_ = node_hash(data)
        self._run("INSERT OR IGNORE INTO node VALUES (?, ?)", hash_, data)
        return hash_

    def node(self, hash_: bytes) -> bytes | None:
        rows = self._run("SELECT data FROM node WHERE hash = ?", hash_)
        return rows[0][0] if rows else None

    # Size

    @property
    def nbytes(self) -> int:
        """Of the pages in use."""
        return (self._pragma("page_count") - self._pragma("freelist_count")) * self._pragma("page_size")

    def keep_only(self, nodes: set[bytes], tiles: set[bytes]) -> None:
        """Deletes all others, within a transaction."""
        for table, kept in (("node", nodes), ("tile", tiles)):
            gone = [row[0] for row in self._run(f"SELECT hash FROM {table}") if row[0] not in kept]
            for hash_ in gone:
                self._run(f"DELETE FROM {table} WHERE hash = ?", hash_)

    def shrink(self) -> None:
        """Gives back what is free in the file; outside of a transaction."""
        with (
            self._lock
        ):  # a script, for of a single statement without columns only the first page would be freed
            self._connection.executescript("PRAGMA incremental_vacuum")
        self._run("PRAGMA wal_checkpoint(TRUNCATE)")

    def _open(self, create: bool) -> None:
        try:
            if create:
                self._run(f"PRAGMA page_size = {_PAGE}")
                self._run("PRAGMA auto_vacuum = INCREMENTAL")
            self._run("PRAGMA locking_mode = EXCLUSIVE")
            self._run("PRAGMA trusted_schema = OFF")
            self._run("PRAGMA cell_size_check = ON")
            if create:
                self._run("PRAGMA journal_mode = WAL")
            self._run("PRAGMA synchronous = FULL")
            self._run("BEGIN IMMEDIATE")
            try:
                if create:
                    for statement in _SCHEMA:
                        self._run(statement)
                    self._run(f"PRAGMA application_id = {_APPLICATION}")
                    self._run(f"PRAGMA user_version = {VERSION}")
                else:
                    self._check()
            finally:
                self._run("COMMIT")
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise JournalBusy("it is open elsewhere") from error
            if create:
                raise
            raise JournalDamaged(f"it cannot be opened ({error})") from error
        except sqlite3.DatabaseError as error:
            raise JournalDamaged(f"it is damaged ({error})") from error

    def _check(self) -> None:
        if not self._pragma("application_id") and not self._run("SELECT 1 FROM sqlite_master"):
            raise JournalEmpty("there is nothing in it")
        if self._pragma("application_id") != _APPLICATION:
            raise JournalDamaged("it is no journal")
        if self._pragma("user_version") > VERSION:
            raise JournalNewer("it was written by a newer version")
        # nothing that runs by itself, and no views in the place of tables
        found = {row[0] for row in self._run("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
        if found != set(_SCHEMA):
            raise JournalDamaged("its tables are others than it was made with")

    def _pragma(self, name: str) -> int:
        return int(self._run(f"PRAGMA {name}")[0][0])

    def _run(self, statement: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()


def node_hash(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=HASH_BYTES).digest()
