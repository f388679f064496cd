"""The file of a journal: transactions, who may open it, and what is none."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from editor.files.journal_store import (
    VERSION,
    JournalBusy,
    JournalDamaged,
    JournalEmpty,
    JournalNewer,
    JournalStore,
)

OPENS = """
import sys
from pathlib import Path
from editor.files.journal_store import JournalBusy, JournalStore
try:
    JournalStore(Path(sys.argv[1])).close()
    print("opened")
except JournalBusy:
    print("busy")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a ?#%.sqlite"  # an address must not stumble over its name


@pytest.fixture
def store(path: Path) -> JournalStore:
    return JournalStore(path, create=True)


def made(path: Path) -> None:
    store = JournalStore(path, create=True)
    with store.transaction():
        store.set_fact("title", "a")
        store.put_step(1, "Paint", store.put_node(b"state"))
    store.close()


def change(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_transaction_is_there_wholly_or_not_at_all(path: Path, store: JournalStore) -> None:
    with store.transaction():
        store.set_fact("title", "before")

    def stumble() -> None:
        with store.transaction():
            store.set_fact("title", "after")
            store.put_step(1, "Paint", store.put_node(b"state"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stumble()
    assert store.fact("title") == "before" and store.steps() == []
    store.close()
    store.close()
    again = JournalStore(path)
    assert again.fact("title") == "before"
    again.close()


def test_what_has_a_hash_is_stored_once(store: JournalStore) -> None:
    hashes = {store.put_node(b"one"), store.put_node(b"one"), store.put_node(b"two")}
    assert len(hashes) == 2 and {store.node(each) for each in hashes} == {b"one", b"two"}
    store.put_tile(b"t", 4, b"data")
    assert store.has_tile(b"t") and store.tile(b"t") == (4, b"data")
    assert not store.has_tile(b"u") and store.tile(b"u") is None and store.node(b"u") is None
    with store.transaction():
        store.keep_only({store.put_node(b"two")}, set())
    assert sorted(store.node(each) or b"" for each in hashes) == [b"", b"two"]
    assert not store.has_tile(b"t")
    store.close()


def test_an_open_one_belongs_to_its_owner(path: Path, store: JournalStore) -> None:
    with pytest.raises(JournalBusy):
        JournalStore(path)
    said = subprocess.run([sys.executable, "-c", OPENS, path], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "busy"
    store.close()
    said = subprocess.run([sys.executable, "-c", OPENS, path], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "opened"


def test_a_newer_one_is_told_from_a_damaged_one(path: Path) -> None:
    made(path)
    change(path, f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(JournalNewer):
        JournalStore(path)


@pytest.mark.parametrize(
    "statement",
    [
        "PRAGMA application_id = 7",
        "DROP TABLE node",
        "CREATE TABLE other (x)",
        "CREATE TRIGGER t AFTER INSERT ON fact BEGIN DELETE FROM step; END",
    ],
)
def test_what_is_no_journal_is_damaged(path: Path, statement: str) -> None:
    made(path)
    change(path, statement)
    with pytest.raises(JournalDamaged):
        JournalStore(path)


def test_a_picture_of_that_name_and_no_file_at_all_are_damaged(path: Path) -> None:
    with pytest.raises(JournalDamaged):
        JournalStore(path)
    path.write_bytes(b"\x89PNG" * 5000)
    with pytest.raises(JournalDamaged):
        JournalStore(path)
    assert path.read_bytes() == b"\x89PNG" * 5000


def test_one_that_was_never_begun_is_empty(path: Path) -> None:
    path.write_bytes(b"")
    with pytest.raises(JournalEmpty):
        JournalStore(path)


def test_it_shrinks(path: Path, store: JournalStore) -> None:
    with store.transaction():
        for number in range(100):
            store.put_tile(bytes([number]), 0, bytes(20_000))
    store.shrink()
    full, used = path.stat().st_size, store.nbytes
    with store.transaction():
        store.keep_only(set(), {b"\0"})
    store.shrink()
    assert path.stat().st_size < full / 10 and store.nbytes < used / 10
    store.close()


def test_a_full_disk_leaves_what_was_there(path: Path, store: JournalStore) -> None:
    with store.transaction():
        store.set_fact("title", "a")
    store._run("PRAGMA max_page_count = 20")

    def overflow() -> None:
        with store.transaction():
            store.set_fact("title", "b")
            for number in range(100):
                store.put_tile(bytes([number]), 0, bytes(20_000))

    with pytest.raises(sqlite3.OperationalError):
        overflow()
    assert store.fact("title") == "a"
    with store.transaction():
        store.set_fact("title", "c")
    store.close()
    again = JournalStore(path)
    assert again.fact("title") == "c"
    again.close()
