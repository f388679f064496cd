"""Opening and saving with their questions: what is lost, who else has changed the file, what is kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from editor.document.layers import FillLayer, PaintLayer
from editor.document.recipe import FillRecipe
from editor.document.tiles import Array8
from editor.files.formats import open_document, save_document
from editor.session import Session
from editor.settings import Settings
from editor.ui.document_files import DocumentFiles
from editor.ui.journal_desk import JournalDesk
from editor.ui.message_bar import MessageBar
from tests.editor.files.samples import recipe

Answer = Callable[..., list[str]]


@pytest.fixture
def messages(qtbot: QtBot) -> Iterator[MessageBar]:
    over = QWidget()
    over.resize(600, 400)
    yield MessageBar(over)
    over.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def used() -> list[FillRecipe]:
    """Recipes that the next fill shall be made by."""
    return []


@pytest.fixture
def files(settings: Settings, messages: MessageBar, used: list[FillRecipe]) -> Iterator[DocumentFiles]:
    journals = JournalDesk(settings, lambda _path: False, messages)
    made = DocumentFiles(
        messages.parentWidget(), settings, messages, journals, lambda _session, _path: False, used.append
    )
    yield made
    made.stop()
    journals.stop()


@pytest.fixture
def layered(session: Session) -> Session:
    session.document.insert(PaintLayer("Above"), session.document.root, 1)
    return session


def edit(session: Session) -> None:
    session.set_layer(session.document.root.children[0], "name", "edited")


def change(path: Path) -> None:
    """As another program does: a file of another number."""
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data + b"\0")


def test_what_a_flat_file_loses_is_told_first(
    files: DocumentFiles, messages: MessageBar, layered: Session, tmp_path: Path, answer: Answer
) -> None:
    layered.select_all()
    asked = answer(path=tmp_path / "a.png")
    assert not files.save_as(layered)
    assert asked[-2:] == ["Its layers are merged into one picture.", "The selection is left out."]
    assert (tmp_path / "a.png").exists() and layered.path is None and layered.is_modified
    assert "flattened" in messages.text


def test_nobody_is_asked_where_nothing_is_lost_and_nothing_to_choose(
    files: DocumentFiles, session: Session, tmp_path: Path, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from editor.ui.save_dialog import SaveDialog

    for name in ("a.png", "a.ora", "a.psd"):
        answer(path=tmp_path / name)
        monkeypatch.setattr(SaveDialog, "exec", lambda _dialog: pytest.fail("asked"))
        assert files.save_as(session)
        assert session.path == tmp_path / name


def test_cancelling_writes_nothing(
    files: DocumentFiles, layered: Session, tmp_path: Path, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from editor.ui.save_dialog import SaveDialog

    answer(path=tmp_path / "a.jpg")
    monkeypatch.setattr(SaveDialog, "exec", lambda _dialog: SaveDialog.DialogCode.Rejected)
    assert not files.save_as(layered)
    assert list(tmp_path.iterdir()) == []


def test_the_quality_that_is_chosen_is_written(
    files: DocumentFiles, session: Session, settings: Settings, tmp_path: Path, answer: Answer
) -> None:
    sizes = []
    for quality, name in ((95, "fine.jpg"), (30, "coarse.jpg")):
        settings["save-quality"] = quality
        answer(path=tmp_path / name)
        assert files.export_copy(session)
        sizes.append((tmp_path / name).stat().st_size)
    assert sizes[1] < sizes[0] / 2
    assert session.path is None


def test_a_photoshop_file_is_saved_in_place_and_told_once(
    files: DocumentFiles, messages: MessageBar, layered: Session, tmp_path: Path, answer: Answer
) -> None:
    save_document(layered.document, tmp_path / "a.psd")
    session = files.open(tmp_path / "a.psd")
    assert session is not None
    asked = answer()
    edit(session)
    assert files.save(session)
    assert asked == [] and not session.is_modified
    session.document.insert(FillLayer("Fill", recipe=recipe()), session.document.root, 2)
    edit(session)
    assert not files.save(session)
    assert len(asked) == 1 and "recipes" in asked[0]
    assert "leaves something out" in messages.text
    assert not files.save(session)  # written again, and nobody asked
    assert len(asked) == 1
    assert len(open_document(tmp_path / "a.psd").root.children) == 3


@pytest.mark.parametrize(
    ("button", "saved"),
    [(QMessageBox.StandardButton.Save, True), (QMessageBox.StandardButton.Cancel, False)],
)
def test_a_file_that_another_program_has_changed(
    files: DocumentFiles,
    layered: Session,
    tmp_path: Path,
    answer: Answer,
    button: QMessageBox.StandardButton,
    saved: bool,
) -> None:
    path = tmp_path / "a.ora"
    save_document(layered.document, path)
    session = files.open(path)
    assert session is not None
    change(path)
    edit(session)
    other = path.read_bytes()
    asked = answer(button)
    assert files.save(session) is saved
    assert asked == ["“a.ora” has been changed by another program since it was opened here."]
    assert (path.read_bytes() == other) is not saved
    if saved:
        edit(session)
        assert files.save(session)  # what is there now is our own
        assert len(asked) == 1


def test_a_changed_file_may_be_left_alone_and_saved_elsewhere(
    files: DocumentFiles, layered: Session, tmp_path: Path, answer: Answer
) -> None:
    path = tmp_path / "a.ora"
    save_document(layered.document, path)
    session = files.open(path)
    assert session is not None
    change(path)
    other = path.read_bytes()
    answer(QMessageBox.StandardButton.SaveAll, path=tmp_path / "b.ora")
    assert files.save(session)
    assert session.path == tmp_path / "b.ora" and path.read_bytes() == other
    assert files.save(session)


def test_a_file_that_is_gone_is_written_again(
    files: DocumentFiles, layered: Session, tmp_path: Path, answer: Answer
) -> None:
    save_document(layered.document, tmp_path / "a.ora")
    session = files.open(tmp_path / "a.ora")
    assert session is not None
    (tmp_path / "a.ora").unlink()
    asked = answer()
    assert files.save(session) and asked == []


def test_the_previous_version_is_kept_on_request(
    files: DocumentFiles, layered: Session, settings: Settings, tmp_path: Path, answer: Answer
) -> None:
    save_document(layered.document, tmp_path / "a.ora")
    before = (tmp_path / "a.ora").read_bytes()
    session = files.open(tmp_path / "a.ora")
    assert session is not None
    edit(session)
    answer()
    assert files.save(session) and os.listdir(tmp_path) == ["a.ora"]
    before = (tmp_path / "a.ora").read_bytes()
    settings["keep-backup"] = True
    edit(session)
    assert files.save(session)
    assert (tmp_path / "a.ora~").read_bytes() == before


def test_a_name_without_a_format(
    files: DocumentFiles, messages: MessageBar, session: Session, tmp_path: Path, answer: Answer
) -> None:
    answer(path=tmp_path / "a.txt")
    assert not files.save_as(session)
    assert "cannot write “a.txt”" in messages.text


def test_many_losses_are_told_in_one_sentence(
    files: DocumentFiles, messages: MessageBar, session: Session, tmp_path: Path, picture: Array8
) -> None:
    Image.fromarray(np.ascontiguousarray(picture)).save(tmp_path / "p.png")
    stack = "".join(f'<layer src="p.png" composite-op="acme:mode{i}"/>' for i in range(9))
    from tests.editor.files.samples import make

    opened = files.open(make(tmp_path / "a.ora", stack, {"p.png": (tmp_path / "p.png").read_bytes()}))
    assert opened is not None and not opened.keeps_file
    assert "acme:mode7, " in messages.text and "and 6 more" in messages.text


def test_a_picture_brings_the_recipes_of_its_fills_back(
    files: DocumentFiles,
    messages: MessageBar,
    layered: Session,
    settings: Settings,
    tmp_path: Path,
    answer: Answer,
    used: list[FillRecipe],
) -> None:
    for seed in (4, 5):
        made = FillLayer("Fill", recipe=recipe(seed=seed))
        layered.document.insert(made, layered.document.root, len(layered.document.root.children))
    for wanted in (False, True):
        settings["save-recipes"] = wanted
        answer(path=tmp_path / f"{wanted}.png")
        assert files.export_copy(layered)
        messages.dismiss()
        assert files.open(tmp_path / f"{wanted}.png") is not None
        assert ("recipes of its fills" in messages.text) is wanted
    messages.findChild(QPushButton, "offer-button").click()
    assert [each.seed for each in used] == [5] and used[0].prompt == recipe().prompt
