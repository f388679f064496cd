"""A disk that is really full: a small one of memory, mounted for the test where the system allows it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from editor.document.document import Document
from editor.document.geometry import Extent
from editor.document.layers import PaintLayer
from editor.document.tiles import TileMap
from editor.files.errors import FileError
from editor.files.formats import flattened, open_document, save_document
from editor.files.journal_folder import JournalFolder
from editor.session import Session
from editor.session_journal import SessionJournal
from tests.editor.journal_support import crash, digest, paint, reopened, small_document

SIZE = 4 << 20
"""Bytes."""


class Disk:
    """What is ``free`` of it can be changed."""

    def __init__(self, path: Path) -> None:
        self.path, self._ballast = path, path / "ballast"

    def leave(self, room: int) -> None:
        """Fills it up to so many bytes, which are rounded to whole pages."""
        self._ballast.unlink(missing_ok=True)
        found = os.statvfs(self.path)
        with self._ballast.open("wb") as ballast:
            ballast.write(bytes(max(0, found.f_bavail * found.f_frsize - room)))

    def clear(self) -> None:
        self._ballast.unlink(missing_ok=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    path = tmp_path / "disk"
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(path)]
    if (
        not sys.platform.startswith("linux")
        or subprocess.run(command, capture_output=True, check=False).returncode
    ):
        pytest.skip("a disk of memory cannot be mounted here")
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def noisy_document(seed: int) -> Document:
    document = Document(Extent(300, 200))
    noise = np.random.default_rng(seed).integers(0, 256, (200, 300, 4), np.uint8)
    noise[..., 3] = 255
    document.insert(PaintLayer("Layer", pixels=TileMap.from_array(noise)), document.root, 0)
    return document


def saves(disk: Disk, document: Document, path: Path, backup: bool, room: int) -> bool:
    """False where the disk was full, and that was said."""
    disk.leave(room)
    try:
        save_document(document, path, backup=backup)
    except FileError as error:
        if "The disk is full, so “picture" in str(error):
            return False
        raise
    return True


@pytest.mark.parametrize("backup", [False, True], ids=["", "backup"])
@pytest.mark.parametrize("suffix", [".ora", ".png", ".psd", ".tif", ".jpg", ".bmp"])
def test_the_old_file_stays_or_the_new_one_is_whole(disk: Disk, suffix: str, backup: bool) -> None:
    path = disk.path / f"picture{suffix}"
    old, new = noisy_document(1), noisy_document(2)
    save_document(old, path)
    before = path.read_bytes()
    room = refused = 0
    while not saves(disk, new, path, backup, room):
        assert path.read_bytes() == before
        assert sorted(os.listdir(disk.path)) == ["ballast", path.name]
        refused += 1
        room += 96 << 10
    assert refused >= 2
    opened = open_document(path)
    if suffix != ".jpg":
        assert np.array_equal(flattened(opened), flattened(new))
    assert not backup or path.with_name(f"{path.name}~").read_bytes() == before


def test_the_journal_says_so_and_goes_on_once_there_is_room(disk: Disk) -> None:
    told: list[str] = []
    session = Session(small_document())
    journal = SessionJournal(session, JournalFolder(disk.path / "journals"), told.append)

    def step(seed: int) -> str:
        assert isinstance(session.active, PaintLayer)
        paint(session, session.active, seed)
        journal.journal.flush()
        return digest(session.document)

    last = step(0)
    assert not told
    disk.leave(0)
    for seed in range(1, 12):
        now = step(seed)
        if told:
            break
        last = now
    assert len(told) == 1 and "A crash would lose" in told[0] and "the disk is full" in told[0]
    step(20)  # it can be worked on, and nothing is told again
    assert len(told) == 1
    disk.clear()
    last = step(21)
    crash(journal)
    back, store = reopened(journal.journal.path)
    assert digest(back.document) == last
    back.history.go_to(0)
    store.close()


def test_what_was_written_comes_back_while_the_disk_is_full(disk: Disk) -> None:
    told: list[str] = []
    session = Session(small_document())
    folder = JournalFolder(disk.path / "journals")
    journal = SessionJournal(session, folder, told.append)
    known = {digest(session.document)}
    disk.leave(600 << 10)
    for seed in range(40):
        assert isinstance(session.active, PaintLayer)
        paint(session, session.active, seed)
        journal.journal.flush()
        if told:
            break
        known.add(digest(session.document))
    assert told
    disk.leave(0)
    crash(journal)
    orphans, problems = folder.orphans()
    assert not problems and len(orphans) == 1
    back, store = reopened(orphans[0].path)
    assert digest(back.document) in known
    store.close()


def test_a_journal_that_cannot_even_begin(disk: Disk) -> None:
    told: list[str] = []
    session = Session(small_document())
    folder = JournalFolder(disk.path / "journals")
    disk.leave(0)
    journal = SessionJournal(session, folder, told.append)
    assert isinstance(session.active, PaintLayer)
    paint(session, session.active, 1)
    journal.journal.flush()
    assert len(told) == 1
    disk.clear()
    paint(session, session.active, 2)
    expected = digest(session.document)
    crash(journal)
    back, store = reopened(journal.journal.path)
    assert (
        digest(back.document) == expected and back.history.labels == []
    )  # of what was before nothing is left
    store.close()
