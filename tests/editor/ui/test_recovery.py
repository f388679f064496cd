"""What a crash has left is offered, recovered and discarded in the real window; saved files keep their steps."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from editor.document.candidates import Candidate
from editor.document.geometry import Bounds
from editor.document.layers import FillLayer, PaintLayer
from editor.files.errors import FileError
from editor.files.formats import flattened, open_document, save_document
from editor.files.journal_decode import JournalReader
from editor.files.journal_folder import JournalFolder
from editor.files.opened import Opened
from editor.files.stamp import Stamp
from editor.history.commands import ChangeTiles
from editor.session import Session
from editor.settings import Settings
from editor.ui import journal_desk
from editor.ui.main_window import MainWindow
from editor.ui.recovery import RecoveryDialog, RecoveryList
from tests.editor.journal_support import (
    crash,
    digest,
    fill_layer,
    insert,
    journalled,
    paint,
    plane,
    small_document,
)

Answer = Callable[..., list[str]]
LEFT = Qt.MouseButton.LeftButton
ROOT = Path(__file__).resolve().parents[3]


def left_behind(file: Path | None = None, seed: int = 1) -> str:
    """A crash has left a picture; its digest."""
    session = Session(small_document(), file)
    journal = journalled(session, JournalFolder())
    paint(session, session.active, seed)  # type: ignore[arg-type]
    result = digest(session.document)
    crash(journal)
    return result


def look(qtbot: QtBot, window: MainWindow) -> RecoveryList:
    with qtbot.waitSignal(window.journals.orphans_changed):
        window.journals.look()
    found = window.findChild(RecoveryList)
    assert found is not None
    return found


def work(window: MainWindow, seed: int = 1) -> None:
    """One step."""
    assert window.session is not None
    layer = window.session.document.root.children[0]
    assert isinstance(layer, PaintLayer)
    paint(window.session, layer, seed)


def opaque_work(window: MainWindow, seed: int = 1) -> None:
    """One step that leaves nothing transparent."""
    assert window.session is not None
    document = window.session.document
    layer = document.root.children[0]
    assert isinstance(layer, PaintLayer)
    square = np.random.default_rng(seed).integers(0, 256, (40, 50, 4), np.uint8)
    square[..., 3] = 255
    patch = layer.pixels.patch(Bounds(60, 70, 50, 40), square)
    window.session.history.do(ChangeTiles(f"Paint {seed}", document, layer, "pixels", patch))


def save(window: MainWindow, path: Path, answer: Answer) -> None:
    answer(path=path)
    window.actions_["save-as"].trigger()
    assert window.session is not None and window.session.path == path


def closed(window: MainWindow) -> None:
    """What is being closed is closed."""
    for journal in window.journals._closing:
        journal.wait()


def journals() -> list[str]:
    """The kinds of what lies in the folder."""
    folder = JournalFolder().path
    return sorted(each.name.split(".")[1] for each in folder.glob("*.sqlite")) if folder.is_dir() else []


def test_with_nothing_to_recover_nothing_is_shown(qtbot: QtBot, window: MainWindow) -> None:
    found = look(qtbot, window)
    assert found.isHidden() and not window.messages.text


def test_the_welcome_page_offers_what_a_crash_has_left(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    left_behind(tmp_path / "first.ora")
    expected = left_behind(seed=2)
    found = look(qtbot, window)
    assert found.isVisible() and len(found.cards) == 2
    texts = [label.text() for label in found.cards[1].findChildren(type(found._title))]
    assert "first.ora" in texts and any(text.startswith("Today at ") for text in texts)
    assert found.cards[0].grab().toImage() != found.cards[1].grab().toImage()
    with qtbot.waitSignal(window.journals.recovered):
        qtbot.mouseClick(found.cards[0].open_button, LEFT)
    session = window.session
    assert session is not None and digest(session.document) == expected
    assert session.is_modified and session.path is None and window.windowTitle().startswith("Untitled")
    assert window.isWindowModified()
    assert "unsaved work" in window.messages.text  # the other one
    window.actions_["undo"].trigger()
    assert session.history.position == 0
    work(window, 7)
    assert session.history.labels == ["Paint 7"]


def test_recovered_work_survives_the_next_crash_too(qtbot: QtBot, window: MainWindow) -> None:
    left_behind()
    found = look(qtbot, window)
    with qtbot.waitSignal(window.journals.recovered):
        qtbot.mouseClick(found.cards[0].open_button, LEFT)
    work(window, 7)
    assert window.session is not None
    journal = window.journals._journals[window.session]
    journal.journal.flush()
    store = journal.journal._store
    assert store is not None and [label for _number, label in store.steps()] == ["", "Paint 1", "Paint 7"]


def test_discarding_is_asked_for(qtbot: QtBot, window: MainWindow, answer: Answer) -> None:
    left_behind()
    found = look(qtbot, window)
    asked = answer(QMessageBox.StandardButton.Cancel)
    qtbot.mouseClick(found.cards[0].discard_button, LEFT)
    assert len(asked) == 1 and "Untitled" in asked[0] and len(found.cards) == 1
    answer(QMessageBox.StandardButton.Discard)
    qtbot.mouseClick(found.cards[0].discard_button, LEFT)
    assert found.isHidden()
    qtbot.waitUntil(lambda: not journals())


def test_where_pictures_are_open_it_is_said_and_a_dialog_has_the_list(
    qtbot: QtBot, opened: MainWindow, answer: Answer
) -> None:
    expected = left_behind()
    look(qtbot, opened)
    assert "unsaved work" in opened.messages.text

    def act() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, RecoveryDialog)
        qtbot.mouseClick(dialog.list.cards[0].open_button, LEFT)
        assert not dialog.isVisible()  # there is no other one

    QTimer.singleShot(0, opened, act)
    with qtbot.waitSignal(opened.journals.recovered):
        qtbot.mouseClick(opened.messages.findChild(QPushButton, "offer-button"), LEFT)
    assert len(opened.sessions) == 2 and opened.session is not None
    assert digest(opened.session.document) == expected


def test_a_file_that_is_open_is_not_recovered_into(qtbot: QtBot, opened: MainWindow, photo: Path) -> None:
    left_behind(photo)
    look(qtbot, opened)
    with qtbot.waitSignal(opened.journals.recovered):
        opened.journals.recover(opened.journals.orphans[0])
    assert [session.path for session in opened.sessions] == [photo, None]


@pytest.mark.parametrize("is_saved", [False, True], ids=["opened", "saved"])
@pytest.mark.parametrize("is_changed", [False, True], ids=["same", "changed"])
def test_a_file_that_has_changed_since_is_not_saved_over(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, answer: Answer, is_saved: bool, is_changed: bool
) -> None:
    file = tmp_path / "work.ora"
    save_document(small_document(), file)
    session = Session(small_document(), file)
    session.stamp = Stamp.of(file)
    journal = journalled(session, JournalFolder())
    if is_saved:
        save_document(small_document(), file)
        session.saved_as(file)
    paint(session, session.active, 1)  # type: ignore[arg-type]
    crash(journal)
    if is_changed:
        file.write_bytes(b"another's")
    found = file.read_bytes()
    look(qtbot, window)
    with qtbot.waitSignal(window.journals.recovered):
        window.journals.recover(window.journals.orphans[0])
    asked = answer(QMessageBox.StandardButton.Cancel)
    window.actions_["save"].trigger()
    assert bool(asked) == is_changed and (file.read_bytes() == found) == is_changed
    assert all("another program" in question for question in asked)


def test_what_was_written_with_losses_is_our_own_after_a_crash(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, answer: Answer
) -> None:
    file = tmp_path / "work.psd"
    save_document(small_document(), file)
    window.open_paths([file])
    assert window.session is not None
    insert(window.session, fill_layer(1))
    answer()
    window.actions_["save"].trigger()  # fills have no place in it
    assert window.session.is_modified
    crash(window.journals._journals.pop(window.session))
    window.session.history.shelf = None
    window.session.path = None
    look(qtbot, window)
    with qtbot.waitSignal(window.journals.recovered):
        window.journals.recover(window.journals.orphans[0])
    assert window.session.path == file and window.session.stamp == Stamp.of(file)


def test_what_cannot_be_recovered_is_told_and_put_aside(qtbot: QtBot, window: MainWindow) -> None:
    left_behind()
    found = look(qtbot, window)
    for each in JournalFolder().path.iterdir():
        each.write_bytes(b"x" * 9000)
    with qtbot.waitSignal(window.journals.told):
        qtbot.mouseClick(found.cards[0].open_button, LEFT)
    assert "cannot be read" in window.messages.text and journals() == ["aside"]
    assert window.session is None


def test_a_damaged_journal_is_told_at_the_start(qtbot: QtBot, window: MainWindow) -> None:
    left_behind()
    for each in JournalFolder().path.iterdir():
        each.write_bytes(b"x" * 9000)
    with qtbot.waitSignal(window.journals.told):
        window.journals.look()
    assert "cannot be read" in window.messages.text and journals() == ["aside"]


def test_a_saved_picture_has_its_steps_when_it_is_opened_again(
    opened: MainWindow, tmp_path: Path, answer: Answer
) -> None:
    path = tmp_path / "work.ora"
    work(opened, 1)
    work(opened, 2)
    save(opened, path, answer)
    assert opened.session is not None
    expected = digest(opened.session.document)
    opened.close_tab()
    opened.open_paths([path])
    session = opened.session
    assert session is not None and session.path == path and not session.is_modified
    assert session.history.labels == ["Paint 1", "Paint 2"] and digest(session.document) == expected
    opened.actions_["undo"].trigger()
    assert session.history.position == 1
    opened.actions_["redo"].trigger()
    assert digest(session.document) == expected and not session.is_modified
    opened.close_tab()
    assert opened.session is None


@pytest.mark.parametrize("name", ["work.jpg", "work.webp", "work.psd", "work.png"])
def test_what_is_seen_of_a_file_is_what_it_holds(
    opened: MainWindow, settings: Settings, tmp_path: Path, answer: Answer, name: str
) -> None:
    settings["save-lossless"] = False
    path = tmp_path / name
    opaque_work(opened, 1)
    opaque_work(opened, 2)
    opened.actions_["undo"].trigger()
    assert opened.session is not None
    if name == "work.psd":  # where it is one of 255 steps
        opened.session.set_layer(opened.session.document.root.children[0], "opacity", 0.7)
    before = digest(opened.session.document)
    labels = list(opened.session.history.labels[: opened.session.history.position])
    save(opened, path, answer)
    opened.close_tab()
    for _time in range(2):  # the second time there is nothing new
        opened.open_paths([path])
        session = opened.session
        assert session is not None and session.path == path and not session.is_modified
        held = open_document(path)
        assert np.array_equal(flattened(session.document), flattened(held))
        is_exact = name == "work.png"
        steps = [*labels, "Paint 2"] if is_exact else [*labels, f"Saved as {name}"]
        assert session.history.labels == steps
        if not is_exact:
            shown = digest(session.document)
            opened.actions_["undo"].trigger()
            assert digest(session.document) == before and session.is_modified
            session.history.go_to(0)
            session.history.go_to(len(steps))
            assert digest(session.document) == shown and not session.is_modified
        opened.close_tab()


def test_a_file_that_cannot_be_read_any_more_keeps_its_steps(
    opened: MainWindow, tmp_path: Path, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(path: Path) -> Opened:
        raise FileError(f"{path.name} cannot be read now.")

    path = tmp_path / "work.jpg"
    opaque_work(opened)
    save(opened, path, answer)
    opened.close_tab()
    closed(opened)
    with monkeypatch.context() as patched:
        patched.setattr(journal_desk, "open_file", failing)
        opened.open_paths([path])
        assert "cannot be read now" in opened.messages.text and opened.session is None
    JournalFolder().orphans()
    opened.open_paths([path])
    assert opened.session is not None
    assert opened.session.history.labels == ["Paint 1", "Saved as work.jpg"]


def test_the_window_keeps_the_steps_as_it_closes(opened: MainWindow, tmp_path: Path, answer: Answer) -> None:
    work(opened)
    save(opened, tmp_path / "work.ora", answer)
    opened.close()
    assert journals() == ["kept"]


def test_discarded_work_leaves_no_journal(opened: MainWindow, answer: Answer) -> None:
    work(opened)
    assert opened.session is not None
    opened.journals._journals[opened.session].journal.flush()
    assert journals() == ["open"]
    answer(QMessageBox.StandardButton.Discard)
    opened.close()
    assert journals() == []


def test_a_file_changed_elsewhere_opens_without_steps_and_it_is_told(
    opened: MainWindow, tmp_path: Path, answer: Answer
) -> None:
    path = tmp_path / "work.png"
    work(opened)
    save(opened, path, answer)
    opened.close_tab()
    closed(opened)
    Image.fromarray(np.full((30, 40, 3), 77, np.uint8)).save(path)
    opened.open_paths([path])
    session = opened.session
    assert session is not None and session.document.extent.width == 40 and session.history.labels == []
    assert "another program" in opened.messages.text


def test_a_damaged_journal_does_not_keep_its_file_from_being_opened(
    opened: MainWindow, tmp_path: Path, answer: Answer
) -> None:
    path = tmp_path / "work.ora"
    work(opened)
    save(opened, path, answer)
    opened.close_tab()
    closed(opened)
    JournalFolder().kept_path(path).write_bytes(b"x" * 9000)
    opened.open_paths([path])
    assert opened.session is not None and opened.session.history.labels == []
    assert "cannot be read" in opened.messages.text and journals() == ["aside"]


def test_switched_off_no_steps_are_kept(
    opened: MainWindow, settings: Settings, tmp_path: Path, answer: Answer
) -> None:
    settings["history-days"] = 0
    opened.close_tab()
    opened.open_paths([tmp_path / "photo.png"])
    work(opened)
    save(opened, tmp_path / "work.ora", answer)
    opened.close_tab()
    opened.journals.stop()
    assert journals() == []


def test_candidates_of_a_fill_that_a_kill_has_ended_come_back(
    qtbot: QtBot, window: MainWindow, photo: Path
) -> None:
    command = [sys.executable, "-m", "tests.editor.ui.fill_child", str(photo), "4"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            told = [child.stdout.readline().split() for _ in range(3)]  # the fourth never comes
        finally:
            child.kill()
    assert [count for count, _digest in told] == ["1", "2", "3"]
    look(qtbot, window)
    with qtbot.waitSignal(window.journals.recovered):
        window.journals.recover(window.journals.orphans[0])
    session = window.session
    assert session is not None and session.path == photo and session.is_modified
    assert digest(session.document) == told[-1][1]
    layer = session.fill_layer
    assert layer is not None and [each.seed for each in layer.candidates] == [10, 11, 12]
    assert session.history.labels == ["Select", "Content-aware fill"]
    session.take_candidate(layer.candidates[2])
    session.history.undo()
    assert digest(session.document) == told[-1][1]


def test_candidates_that_arrive_are_written(qtbot: QtBot, opened: MainWindow) -> None:
    session = opened.session
    assert session is not None
    insert(session, fill_layer(1, candidates=1))
    fill = session.active
    assert isinstance(fill, FillLayer)
    session.document.add_candidate(fill, Candidate(2, 5, plane(20)))
    opened.fills.filled.emit(session, fill)
    journal = opened.journals._journals[session].journal
    journal.flush()
    store = journal._store
    assert store is not None
    assert JournalReader(store).candidates(store.fact("now")) == {fill.id: [1, 2]}


def test_a_disk_that_fails_is_told(qtbot: QtBot, window: MainWindow, photo: Path, own_folders: Path) -> None:
    (own_folders / "state").write_bytes(b"not a folder")
    window.open_paths([photo])
    with qtbot.waitSignal(window.journals.told):
        work(window)
    assert "A crash would lose" in window.messages.text


def test_a_step_that_the_disk_has_lost_is_told_and_the_picture_stays(
    opened: MainWindow, tmp_path: Path, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "work.ora"
    work(opened)
    save(opened, path, answer)
    opened.close_tab()
    opened.open_paths([path])
    session = opened.session
    assert session is not None
    before, store = digest(session.document), opened.journals._journals[session].journal._store
    assert store is not None
    store._run("DELETE FROM tile")
    store._run("DELETE FROM node")
    opened.actions_["undo"].trigger()
    assert "cannot be had again" in opened.messages.text
    assert session.history.position == 1 and digest(session.document) == before
    opened.history_panel.step_chosen.emit(0)
    assert session.history.position == 1


def test_a_closed_picture_gives_its_memory_back(opened: MainWindow, tmp_path: Path, answer: Answer) -> None:
    work(opened)
    save(opened, tmp_path / "work.ora", answer)
    assert opened.session is not None
    document = weakref.ref(opened.session.document)
    opened.close_tab()
    closed(opened)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert document() is None


def test_a_closed_window_looks_for_nothing(window: MainWindow) -> None:
    left_behind()
    window.close()
    window.journals.look()
    assert journals() == ["open"] and not window.journals.orphans
