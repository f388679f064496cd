"""A session's journal: what comes back after a crash, and after closing a saved file."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from editor.canvas_operations import extend_canvas
from editor.document.candidates import Candidate
from editor.document.layers import FillLayer, Group, PaintLayer
from editor.files.formats import open_file, save_document
from editor.files.journal_folder import JournalFolder
from editor.fill_layer import FillLook, change_fill, tuned
from editor.history.history import MIN_STEPS
from editor.history.kept_step import KeptStep
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
    assert layer.recipe is not None and layer.mask is not None
    recipe, raw = tuned(layer.recipe, blend=60, grain=80, grow=3), layer.candidates[0].pixels
    made = FillLook(recipe, raw, raw.moved(3, 0), layer.mask.moved(0, 2))
    session.history.do(change_fill("Tune", document, layer, made))
    yield
    extend_canvas(session, 7, 30, 0, 5)
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
    extend_canvas(session, 256, 0, 1, 0)
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


def test_nothing_is_written_before_anything_is_done(session: Session, folder: JournalFolder) -> None:
    journal = journalled(session, folder)
    session.history.mark_clean()
    journal.close()
    journal.wait()
    assert not folder.path.exists()


def test_what_was_undone_is_undone_and_can_be_redone(session: Session, folder: JournalFolder) -> None:
    journal = journalled(session, folder)
    digests = [digest(session.document), *(digest(session.document) for _ in edit_all_ways(session))]
    session.history.go_to(5)
    crash(journal)
    back, again = recovered(folder)
    assert back.history.position == 5 and digest(back.document) == digests[5]
    back.history.go_to(len(digests) - 1)
    assert digest(back.document) == digests[-1]
    crash(again)
    back, again = recovered(folder)
    assert back.history.position == len(digests) - 1
    back.history.go_to(0)
    assert digest(back.document) == digests[0]
    crash(again)


def test_work_goes_on_after_a_crash_and_through_the_next(session: Session, folder: JournalFolder) -> None:
    journal = journalled(session, folder)
    paint(session, background(session), 1)
    insert(session, PaintLayer("New", pixels=plane(7)))
    before = digest(session.document)
    crash(journal)
    back, again = recovered(folder)
    layer = back.document.root.children[1]
    assert isinstance(layer, PaintLayer) and back.active is layer
    paint(back, layer, 2)
    back.set_layer(layer, "opacity", 0.5)
    after = digest(back.document)
    back.history.go_to(0)  # takes the layer out, which the later steps are about
    back.history.go_to(4)
    assert back.document.root.children[1] is layer and digest(back.document) == after
    crash(again)
    back, again = recovered(folder)
    assert digest(back.document) == after and len(back.history.labels) == 4
    back.history.go_to(2)
    assert digest(back.document) == before
    crash(again)


def test_a_new_step_takes_the_place_of_those_undone(session: Session, folder: JournalFolder) -> None:
    journal = journalled(session, folder)
    for seed in range(4):
        paint(session, background(session), seed)
    session.history.go_to(1)
    paint(session, background(session), 9, "Other")
    expected = digest(session.document)
    crash(journal)
    back, again = recovered(folder)
    assert back.history.labels == ["Paint 0", "Other"] and digest(back.document) == expected
    crash(again)


def test_one_drag_of_a_slider_is_one_step(session: Session, folder: JournalFolder) -> None:
    journal, gesture = journalled(session, folder), object()
    for value in (0.9, 0.8, 0.3):
        session.set_layer(background(session), "opacity", value, gesture)
    crash(journal)
    back, again = recovered(folder)
    assert back.history.labels == ["Opacity of Background"] and background(back).opacity == 0.3
    back.history.undo()
    assert background(back).opacity == 1
    crash(again)


def test_the_oldest_steps_go_with_the_histories(session: Session, folder: JournalFolder) -> None:
    journal = journalled(session, folder)
    session.history.budget = 0
    for seed in range(9):
        paint(session, background(session), seed)
        session.history.wait()
        session.history.trim()
    labels = session.history.labels
    session.history.close()
    crash(journal)
    back, again = recovered(folder)
    assert back.history.labels == labels
    crash(again)


def test_a_stroke_that_is_painted_is_no_finished_step(session: Session, folder: JournalFolder) -> None:
    journal = journalled(session, folder)
    insert(session, fill_layer(3, candidates=1))
    fill = session.active
    assert isinstance(fill, FillLayer)
    before = digest(session.document)
    stroke = background(session).pixels.patch(
        session.document.canvas, plane(9, side=500).read(session.document.canvas)
    )
    session.document.exchange(background(session), "pixels", stroke)
    session.history.mark_clean()
    journal.candidates_arrived()
    crash(journal)
    back, again = recovered(folder)
    assert digest(back.document) == before
    crash(again)


def test_candidates_that_arrive_are_kept_also_while_a_stroke_is_painted(
    session: Session, folder: JournalFolder
) -> None:
    journal = journalled(session, folder)
    insert(session, fill_layer(3, candidates=1))
    fill = session.active
    assert isinstance(fill, FillLayer)
    session.saved_as(folder.path / "none.ora")
    session.document.add_candidate(fill, Candidate(2, 5, plane(20)))
    expected = digest(session.document)
    session.document.exchange(background(session), "pixels", {(0, 0): None})
    journal.candidates_arrived()
    crash(journal)
    back, again = recovered(folder)
    assert digest(back.document) == expected and back.is_modified and back.history.is_clean
    back.history.undo()
    back.history.redo()
    assert digest(back.document) == expected
    crash(again)


def test_candidates_stay_when_steps_before_them_are_undone(session: Session, folder: JournalFolder) -> None:
    journal = journalled(session, folder)
    insert(session, fill_layer(3, candidates=2))
    fill = session.active
    assert isinstance(fill, FillLayer)
    paint(session, background(session), 1)
    session.document.add_candidate(fill, Candidate(3, 5, plane(20)))
    journal.candidates_arrived()
    session.discard_candidates()
    crash(journal)
    back, again = recovered(folder)
    (layer,) = [each for each in back.document.layers() if isinstance(each, FillLayer)]

    def numbers() -> list[int]:
        return [each.number for each in layer.candidates]

    assert numbers() == [1]
    back.history.undo()
    assert numbers() == [1, 2, 3]
    back.history.undo()
    assert numbers() == [1, 2, 3]  # it had arrived, and painting had nothing to do with it
    back.history.go_to(3)
    assert numbers() == [1]
    crash(again)


def test_over_the_budget_the_oldest_steps_stay_in_the_journal_alone(
    session: Session, folder: JournalFolder
) -> None:
    journal, history = journalled(session, folder), session.history
    history.budget = 0
    digests = [digest(session.document)]
    for _ in edit_all_ways(session):
        digests.append(digest(session.document))
        journal.journal.flush()
        history.wait()
        history.trim()
    kept = [isinstance(command, KeptStep) for command in history._commands]
    assert kept == [True] * (len(kept) - MIN_STEPS) + [False] * MIN_STEPS
    assert len(history.labels) == len(digests) - 1
    for position in (0, len(kept), 3, len(kept) - 2, 1, len(kept)):
        history.go_to(position)
        assert digest(session.document) == digests[position]
    history.close()
    crash(journal)
    back, again = recovered(folder)
    assert digest(back.document) == digests[-1] and back.history.labels == history.labels
    crash(again)


def test_steps_that_are_not_written_yet_are_waited_for_and_not_dropped(
    session: Session, folder: JournalFolder
) -> None:
    journal, history = journalled(session, folder), session.history
    history.budget = 4 << 20
    held = threading.Event()
    journal.journal._put(lambda: bool(held.wait()))  # type: ignore[arg-type]
    for seed in range(20):
        paint(session, background(session), seed)
    history.wait()
    assert len(history.labels) == 20 and journal.is_behind
    held.set()
    journal.journal.flush()
    history.budget = 0
    history.trim()
    assert len(history.labels) == 20 and not journal.is_behind
    assert sum(isinstance(command, KeptStep) for command in history._commands) > 10
    history.close()
    crash(journal)


def test_a_journal_that_is_full_takes_no_more_steps(session: Session, folder: JournalFolder) -> None:
    folder.limit = 1
    journal, history = journalled(session, folder), session.history
    history.budget = 0
    for seed in range(12):
        paint(session, background(session), seed)
        journal.journal.flush()
        history.wait()
        history.trim()
    assert len(history.labels) == MIN_STEPS
    history.close()
    crash(journal)


# Files that were saved


def save(session: Session, path: Path) -> None:
    save_document(session.document, path)
    session.saved_as(path)


def closed(journal: SessionJournal) -> None:
    journal.close()
    journal.wait()


def taken(folder: JournalFolder, path: Path) -> tuple[Session, SessionJournal]:
    found = folder.take_kept(path)
    assert found.store is not None and not found.problem
    session = bring_back(found.store, as_saved=True).session()
    return session, SessionJournal(session, folder, no_problem, store=found.store)


def test_a_saved_file_has_its_steps_when_it_is_opened_again(
    session: Session, folder: JournalFolder, tmp_path: Path
) -> None:
    path, journal = tmp_path / "a.ora", journalled(session, folder)
    digests = [digest(session.document), *(digest(session.document) for _ in edit_all_ways(session))]
    labels = session.history.labels
    save(session, path)
    closed(journal)
    assert [each.name for each in folder.path.iterdir()] == [folder.kept_path(path).name]
    back, again = taken(folder, path)
    assert back.history.labels == labels and not back.is_modified and back.path == path
    assert digest(back.document) == digests[-1]
    back.history.go_to(3)
    assert digest(back.document) == digests[3] and back.is_modified
    paint(back, background(back), 5)
    save(back, path)
    expected = digest(back.document)
    closed(again)
    back, again = taken(folder, path)
    assert back.history.labels == [*labels[:3], "Paint 5"] and digest(back.document) == expected
    back.history.go_to(0)
    assert digest(back.document) == digests[0]
    closed(again)  # which discards the undoing
    back, again = taken(folder, path)
    assert back.history.position == 4 and digest(back.document) == expected
    closed(again)


def test_what_was_not_saved_is_not_kept(session: Session, folder: JournalFolder, tmp_path: Path) -> None:
    path, journal = tmp_path / "a.ora", journalled(session, folder)
    insert(session, fill_layer(3, candidates=1))
    save(session, path)
    saved = digest(session.document)
    fill = session.active
    assert isinstance(fill, FillLayer)
    session.document.add_candidate(fill, Candidate(2, 5, plane(20)))
    journal.candidates_arrived()
    paint(session, background(session), 2)
    closed(journal)
    back, again = taken(folder, path)
    assert back.history.labels == ["Insert"] and digest(back.document) == saved and not back.is_modified
    assert digest(open_file(path).document) != ""  # the file itself is no part of this
    closed(again)


@pytest.mark.parametrize("saved", [False, True])
def test_a_closed_document_leaves_nothing_where_there_is_nothing_to_keep(
    session: Session, folder: JournalFolder, tmp_path: Path, saved: bool
) -> None:
    journal = journalled(session, folder)
    if saved:  # before the first step: discarded, that is all there is
        save(session, tmp_path / "a.ora")
    paint(session, background(session), 1)
    closed(journal)
    assert not list(folder.path.iterdir())


def test_steps_are_not_kept_where_that_is_switched_off(
    session: Session, tmp_path: Path, folder: JournalFolder
) -> None:
    off = JournalFolder(folder.path, days=0)
    journal = journalled(session, off)
    paint(session, background(session), 1)
    save(session, tmp_path / "a.ora")
    closed(journal)
    assert not list(folder.path.iterdir())


def test_a_file_that_another_program_has_changed_loses_its_steps_and_not_more(
    session: Session, folder: JournalFolder, tmp_path: Path
) -> None:
    path, journal = tmp_path / "a.ora", journalled(session, folder)
    paint(session, background(session), 1)
    save(session, path)
    closed(journal)
    save_document(small_document(16), path)
    found = folder.take_kept(path)
    assert found.store is None and "a.ora" in found.problem and "another program" in found.problem
    assert open_file(path).document.depth == 16
    assert not list(folder.path.iterdir())


def test_a_crash_right_after_saving_has_lost_nothing(
    session: Session, folder: JournalFolder, tmp_path: Path
) -> None:
    path, journal = tmp_path / "a.ora", journalled(session, folder)
    paint(session, background(session), 1)
    save(session, path)
    crash(journal)
    assert folder.orphans() == ([], [])
    back, again = taken(folder, path)
    assert back.history.labels == ["Paint 1"]
    closed(again)


def test_a_crash_with_nothing_left_to_save_leaves_nothing(session: Session, folder: JournalFolder) -> None:
    session.path = folder.path / "opened.png"
    journal = journalled(session, folder)
    paint(session, background(session), 1)
    session.history.undo()
    crash(journal)
    assert folder.orphans() == ([], []) and not list(folder.path.iterdir())
