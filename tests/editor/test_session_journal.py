"""A session's journal: what comes back after a crash, and after closing a saved file."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from editor.document.candidates import Candidate
from editor.document.layers import FillLayer, Group, PaintLayer
from editor.files.formats import open_file, save_document
from editor.files.journal_folder import JournalFolder
from editor.layer_operations import delete_mask, duplicate_active, group_active, merge_down, new_layer
from editor.session import Session
from editor.session_journal import SessionJournal, bring_back
from tests.editor.journal_support import (
    crash,
    digest,
    fill_layer,
    insert,
    journalled,
    no_problem,
    paint,
    plane,
    small_document,
)


@pytest.fixture
def folder(tmp_path: Path) -> JournalFolder:
    return JournalFolder(tmp_path / "journals")


@pytest.fixture
def session() -> Session:
    return Session(small_document())


def background(session: Session) -> PaintLayer:
    layer = session.document.root.children[0]
    assert isinstance(layer, PaintLayer)
    return layer


def recovered(folder: JournalFolder) -> tuple[Session, SessionJournal]:
    orphans, problems = folder.orphans()
    assert len(orphans) == 1 and not problems
    store = folder.take_orphan(orphans[0]).store
    assert store is not None
    session = bring_back(store).session()
    return session, SessionJournal(session, folder, no_problem, store=store)


def edit_all_ways(session: Session) -> Iterator[None]:
    """One step after the other, of every kind."""
    document = session.document
    paint(session, background(session), 1)
    yield
    new_layer(session)
    yield
    assert isinstance(session.active, PaintLayer)
    paint(session, session.active, 2)
    yield
    session.set_layer(session.active, "opacity", 0.25)
    yield
    insert(session, fill_layer(3))
    yield
    layer = session.active
    assert isinstance(layer, FillLayer)
    session.take_candidate(layer.candidates[1])
    yield
    session.discard_candidates()
    yield
    session.select_all()
    yield
    session.deselect()
    yield
    group_active(session)
    yield
    assert isinstance(session.active, Group)
    session.raise_active(-1)
    yield
    session.set_depth(16)
    yield
    session.active = layer
    delete_mask(session)
    yield
    paint(session, background(session), 4)
    yield
    session.active = background(session)
    duplicate_active(session)
    yield
    merge_down(session)
    yield
    session.set_depth(8)
    yield
    session.active = document.root.children[0]
    session.delete_active()
    yield


def test_every_kind_of_step_comes_back_and_can_be_undone(session: Session, folder: JournalFolder) -> None:
    journal = journalled(session, folder)
    digests = [digest(session.document), *(digest(session.document) for _ in edit_all_ways(session))]
    labels = session.history.labels
    assert all(before != after for before, after in itertools.pairwise(digests))
    crash(journal)
    back, again = recovered(folder)
    assert back.history.labels == labels and back.history.position == len(labels)
    assert digest(back.document) == digests[-1]
    for expected in reversed(digests[:-1]):
        back.history.undo()
        assert digest(back.document) == expected
    for expected in digests[1:]:
        back.history.redo()
        assert digest(back.document) == expected
    again.close()
    again.wait()
    assert not list(folder.path.iterdir())
