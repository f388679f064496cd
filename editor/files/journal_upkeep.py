"""What is done to a journal as a whole: steps are dropped, it becomes a saved file's history, or is removed."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from editor.files.journal_decode import JournalReader
from editor.files.journal_store import HASH_BYTES, JournalError, JournalStore


def finish_kept(store: JournalStore, unsaved: bool, limit: int) -> None:
    """Makes of an open journal the history of a saved file. Raises JournalError and ``sqlite3.Error``."""
    saved = store.fact("saved")
    numbers = [number for number, _label in store.steps()]
    if saved not in numbers or store.fact("file_hash") is None:
        raise JournalError("the saved state is not in it")
    gone = [number for number in numbers if number > saved] if unsaved else []
    drop_steps(store, gone)
    with store.transaction():
        store.set_fact("now", saved if unsaved else store.fact("now"))
    older = [number for number in numbers if number < saved]
    while store.nbytes > limit and older:
        half = (len(older) + 1) // 2
        drop_steps(store, older[:half])
        older = older[half:]
    if store.nbytes > limit:
        raise JournalError("the picture alone is larger than the limit")
    store.shrink()


def drop_steps(store: JournalStore, numbers: list[int]) -> None:
    """And all that only they have needed. Raises JournalError and ``sqlite3.Error``."""
    with store.transaction():
        for number in numbers:
            store.delete_step(number)
        left = [number for number, _label in store.steps()]
        store.keep_only(*JournalReader(store).references(left))


def remove_journal(path: Path) -> None:
    for each in (path, path.with_name(f"{path.name}-wal")):
        with suppress(OSError):
            each.unlink()


def file_hash(path: Path) -> bytes:
    """Of what a file holds. Raises OSError."""
    with open(path, "rb") as stream:
        digest = hashlib.blake2b(digest_size=HASH_BYTES)
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.digest()
