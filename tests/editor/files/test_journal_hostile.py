"""Mangled journals: whatever a disk has made of one, it is read right, or told to be damaged.

``PENTIMENTO_FUZZ`` says how many are tried in each way.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editor.files.journal_encode import JournalEncoder
from editor.files.journal_folder import JournalFolder
from editor.files.journal_store import JournalError, JournalStore
from editor.session import Session
from editor.session_journal import bring_back
from tests.editor.journal_support import crash, digest, fill_layer, insert, journalled, paint, small_document

EXAMPLES = int(os.environ.get("PENTIMENTO_FUZZ", "150"))
COLUMNS = [
    ("fact", "value"),
    ("step", "state"),
    ("step", "label"),
    ("step", "number"),
    ("tile", "form"),
    ("tile", "data"),
    ("tile", "hash"),
    ("node", "data"),
    ("node", "hash"),
]

# Journals are as they were for one example after the other.
quickly = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, set[str]]:
    """The bytes of a journal, and the digests of its states."""
    folder = JournalFolder(tmp_path_factory.mktemp("journals"))
    session = Session(small_document(side=70))
    kept = journalled(session, folder)
    digests = {digest(session.document)}
    session.select_all()
    digests.add(digest(session.document))
    insert(session, fill_layer(1, candidates=1, side=70))
    digests.add(digest(session.document))
    paint(session, session.active, 1)  # type: ignore[arg-type]
    digests.add(digest(session.document))
    crash(kept)
    (path,) = folder.path.glob("*.sqlite")
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    return path.read_bytes(), digests


def read(path: Path) -> set[str]:
    """The digests of what it holds, as far as that can be walked. Raises JournalError."""
    store = JournalStore(path)
    try:
        session = bring_back(store).session()
        found = {digest(session.document)}
        try:
            session.history.go_to(0)
            found.add(digest(session.document))
        except RuntimeError:
            found.add(digest(session.document))
        return found
    finally:
        store.close()


def test_untouched_it_is_read(journal: tuple[bytes, set[str]], tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(journal[0])
    assert read(path) <= journal[1] and len(read(path)) == 2


@quickly
@given(data=st.data())
def test_mangled_bytes_are_told_or_do_no_harm(
    journal: tuple[bytes, set[str]], tmp_path: Path, data: st.DataObject
) -> None:
    content, digests = journal
    mangled = bytearray(content)
    # most of the file are tiles: half of the blows go where the pages and the headers begin
    places = st.one_of(
        st.integers(0, len(mangled) - 1),
        st.builds(
            lambda page, at: min(page * 8192 + at, len(content) - 1), st.integers(0, 60), st.integers(0, 300)
        ),
    )
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(places)
        piece = data.draw(st.binary(min_size=1, max_size=8))
        mangled[at : at + len(piece)] = piece
    if data.draw(st.booleans()):
        del mangled[data.draw(st.integers(0, len(mangled))) :]
    path = tmp_path / "a.sqlite"
    path.write_bytes(mangled)
    with contextlib.suppress(JournalError):
        assert read(path) <= digests


@quickly
@given(data=st.data())
def test_mangled_rows_are_told_or_do_no_harm(
    journal: tuple[bytes, set[str]], tmp_path: Path, data: st.DataObject
) -> None:
    """With facts and numbers that are anything."""
    content, digests = journal
    path = tmp_path / "a.sqlite"
    path.write_bytes(content)
    anything = st.one_of(
        st.none(), st.integers(-(1 << 62), 1 << 62), st.floats(), st.text(max_size=9), st.binary(max_size=30)
    )
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for _ in range(data.draw(st.integers(1, 3))):
            table, column = data.draw(st.sampled_from(COLUMNS))
            key = "name" if table == "fact" else "rowid"
            keys = [row[0] for row in connection.execute(f"SELECT {key} FROM {table}")]
            values = data.draw(anything), data.draw(st.sampled_from(keys))
            with contextlib.suppress(sqlite3.Error):  # the table does not take everything
                connection.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", values)
        connection.commit()
    with contextlib.suppress(JournalError):
        assert read(path) <= digests


@quickly
@given(text=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)), where=st.integers(0, 3))
def test_nodes_of_nonsense_with_a_right_hash_are_told(
    journal: tuple[bytes, set[str]], tmp_path: Path, text: bytes, where: int
) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(journal[0])
    store = JournalStore(path)
    store._run("PRAGMA synchronous = OFF")
    with store.transaction():
        now = store.fact("now")
        if where == 0:
            state = store.put_node(text)
        else:
            # the state, with another node in the place of one of its own
            right, wrong = store.node(store.state(now) or b"") or b"", store.put_node(text).hex().encode()
            hashes = [each for each in right.split(b'"') if len(each) == 40]
            state = store.put_node(right.replace(hashes[where % len(hashes)], wrong))
        store.put_step(now, "", state)
    store.close()
    with pytest.raises(JournalError):
        read(path)


def test_a_tile_that_would_unpack_to_more_than_a_tile_does_not(tmp_path: Path) -> None:
    import lz4.block

    path = tmp_path / "a.sqlite"
    store = JournalStore(path, create=True)
    with store.transaction():
        store.put_step(0, "", JournalEncoder(store).state(small_document(side=70), None))
        store.set_fact("now", 0)
        store._run("UPDATE tile SET data = ?", lz4.block.compress(bytes(1 << 26), store_size=False))
    store.close()
    with pytest.raises(JournalError):
        read(path)
