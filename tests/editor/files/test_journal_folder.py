"""The journals on the disk: who finds them, what is put aside, and what is removed."""

from __future__ import annotations

import io
import os
import sqlite3
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from editor.document.document import Document
from editor.document.geometry import Extent
from editor.document.layers import PaintLayer
from editor.document.tiles import TileMap
from editor.files.journal_folder import ASIDE_DAYS, JournalFolder
from editor.files.journal_store import VERSION, JournalStore
from editor.files.journal_thumbnail import journal_thumbnail
from editor.session import Session
from editor.session_journal import SessionJournal
from inference.folders import state_folder
from tests.editor.journal_support import crash, fill_layer, insert, journalled, paint, small_document
from tests.editor.render.test_colour import P3, in_srgb


@pytest.fixture
def folder(tmp_path: Path) -> JournalFolder:
    return JournalFolder(tmp_path / "journals")


def worked_on(folder: JournalFolder, file: Path | None = None) -> SessionJournal:
    session = Session(small_document(), file)
    journal = journalled(session, folder)
    paint(session, session.active, 1)  # type: ignore[arg-type]
    journal.journal.flush()
    return journal


def kept(folder: JournalFolder, file: Path) -> Path:
    """The journal of a file that was saved and closed."""
    journal = worked_on(folder)
    file.write_bytes(b"picture")
    journal.session.saved_as(file)
    journal.close()
    journal.wait()
    assert folder.kept_path(file).is_file()
    return folder.kept_path(file)


def aged(path: Path, days: float) -> None:
    moment = time.time() - days * 24 * 3600
    os.utime(path, (moment, moment))


def test_it_lies_in_the_state_folder() -> None:
    assert JournalFolder().path == state_folder() / "journals"
    assert JournalFolder().orphans() == ([], [])
    JournalFolder().tidy()
    assert not state_folder().exists()


def test_an_orphan_tells_what_it_is(folder: JournalFolder, tmp_path: Path) -> None:
    journals = [worked_on(folder, tmp_path / "a.ora"), worked_on(folder)]
    assert folder.orphans() == ([], [])  # both are still open
    for journal in journals:
        crash(journal)
    (second, first), problems = folder.orphans()
    assert not problems
    assert (first.title, first.file) == ("a.ora", tmp_path / "a.ora")
    assert (second.title, second.file) == ("Untitled", None)
    assert first.time <= second.time <= time.time()
    assert first.thumbnail is not None
    (tmp_path / "thumbnail.png").write_bytes(first.thumbnail)
    with Image.open(tmp_path / "thumbnail.png") as thumbnail:
        assert thumbnail.size == (250, 200)


def test_a_thumbnail_is_in_the_screens_colours() -> None:
    document = Document(Extent(60, 40))
    plain = TileMap.from_array(np.full((40, 60, 4), (200, 60, 40, 255), np.uint8))
    document.insert(PaintLayer("Layer", pixels=plain), document.root, 0)
    document.metadata.icc_profile = P3
    with Image.open(io.BytesIO(journal_thumbnail(document))) as image:
        seen = np.asarray(image)[20, 30, :3].astype(int)
    assert np.abs(seen - in_srgb((200, 60, 40))).max() <= 2


def test_a_thumbnail_of_layers_with_masks_and_groups_is_made(folder: JournalFolder) -> None:
    journal = worked_on(folder)
    insert(journal.session, fill_layer(1))
    journal.session.set_depth(16)
    crash(journal)
    assert folder.orphans()[0][0].thumbnail is not None


def test_an_orphan_is_taken_by_one(folder: JournalFolder) -> None:
    crash(worked_on(folder))
    (orphan,), _problems = folder.orphans()
    found = folder.take_orphan(orphan)
    assert found.store is not None
    assert folder.orphans() == ([], [])
    late = folder.take_orphan(orphan)
    assert late.store is None and "another window" in late.problem
    folder.discard(orphan)  # it is another's now
    assert orphan.path.exists()
    found.store.close()
    folder.discard(orphan)
    assert not list(folder.path.iterdir())


def test_what_was_never_begun_is_removed(folder: JournalFolder) -> None:
    folder.path.mkdir()
    folder.new_path().write_bytes(b"")
    JournalStore(folder.new_path(), create=True).close()
    assert folder.orphans() == ([], []) and not list(folder.path.iterdir())


@pytest.mark.parametrize("damage", ["noise", "newer", "cut"])
def test_one_that_cannot_be_read_is_put_aside_and_told(folder: JournalFolder, damage: str) -> None:
    crash(worked_on(folder))
    crash(worked_on(folder))
    path = min(folder.path.glob("*.open.sqlite"))
    if damage == "newer":
        connection = sqlite3.connect(path)
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
        connection.close()
    elif damage == "noise":
        path.write_bytes(os.urandom(60_000))
    else:
        JournalStore(path).close()
        path.write_bytes(path.read_bytes()[:9000])
    content = path.read_bytes()
    orphans, problems = folder.orphans()
    assert len(orphans) == 1 and len(problems) == 1 and not path.exists()
    (aside,) = folder.path.glob("*.aside.sqlite")
    assert aside.name in problems[0] and ("newer" in problems[0]) == (damage == "newer")
    assert damage == "cut" or aside.read_bytes() == content
    assert folder.orphans()[1] == []


def test_one_that_is_damaged_when_it_is_taken_is_put_aside(folder: JournalFolder, tmp_path: Path) -> None:
    crash(worked_on(folder))
    (orphan,), _problems = folder.orphans()
    for each in folder.path.iterdir():
        each.write_bytes(b"x" * 9000)
    found = folder.take_orphan(orphan)
    assert found.store is None and "cannot be read" in found.problem
    file = tmp_path / "a.ora"
    kept(folder, file).write_bytes(b"x" * 9000)
    found = folder.take_kept(file)
    assert found.store is None and "cannot be read" in found.problem
    assert len(list(folder.path.glob("*.aside.sqlite"))) == 2
    folder.discard(orphan)


def test_the_same_file_is_found_by_another_name(folder: JournalFolder, tmp_path: Path) -> None:
    file, link = tmp_path / "a.ora", tmp_path / "link.ora"
    kept(folder, file)
    link.symlink_to(file)
    found = folder.take_kept(link)
    assert found.store is not None
    found.store.close()
    assert folder.take_kept(file).store is None  # taken already


def test_a_file_that_has_gone_has_no_steps(folder: JournalFolder, tmp_path: Path) -> None:
    file = tmp_path / "a.ora"
    kept(folder, file)
    file.unlink()
    assert folder.take_kept(file).store is None
    assert not list(folder.path.iterdir())


def test_switched_off_it_gives_nothing_back(folder: JournalFolder, tmp_path: Path) -> None:
    file = tmp_path / "a.ora"
    kept(folder, file)
    off = JournalFolder(folder.path, days=0)
    assert off.take_kept(file).store is None
    off.tidy()
    assert not list(folder.path.iterdir())


def test_what_is_too_old_or_too_much_goes(folder: JournalFolder, tmp_path: Path) -> None:
    paths = [kept(folder, tmp_path / f"{name}.ora") for name in "abc"]
    for path, days in zip(paths, (29, 31, 2), strict=True):
        aged(path, days)
    aside = [folder.path / f"{name}.aside.sqlite" for name in "xy"]
    for path, days in zip(aside, (ASIDE_DAYS - 1, ASIDE_DAYS + 1), strict=True):
        path.write_bytes(b"x")
        aged(path, days)
    crash(worked_on(folder))
    (orphan,) = folder.path.glob("*.open.sqlite")
    aged(orphan, 400)  # unsaved work is never removed unasked
    folder.tidy()
    left = {each for each in folder.path.iterdir() if not each.name.endswith("-wal")}
    assert left == {paths[0], paths[2], aside[0], orphan}
    JournalFolder(folder.path, limit=paths[2].stat().st_size + 1).tidy()
    assert paths[2].exists() and not paths[0].exists()
