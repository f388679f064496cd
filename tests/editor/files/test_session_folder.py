"""The session's folder: what is in it, that it goes in order, and what happens where nothing can be written."""

from __future__ import annotations

import errno
import io
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from editor.files import atomic, session_folder
from editor.files.errors import FileError
from editor.files.formats import open_document
from editor.files.session_folder import KEPT_DAYS, RECIPE_KEY, SessionFolder
from editor.render.compositor import composite
from inference.folders import sessions_folder
from tests.editor.files.samples import noise


def test_a_candidate_is_kept_losslessly_with_its_recipe() -> None:
    folder, image = SessionFolder(), noise(30, 40)
    path = folder.keep_candidate("abc-001", image, '{"prompt": "ein Hut, ünïcode"}')
    assert path.parent.parent == sessions_folder()
    with Image.open(path) as kept:
        assert np.array_equal(np.asarray(kept), image)  # hidden colour as well
        assert kept.text[RECIPE_KEY] == '{"prompt": "ein Hut, ünïcode"}'
    assert [each.name for each in path.parent.iterdir()] == ["abc-001.png"]


def test_16_bits_are_kept_as_well() -> None:
    image = np.random.default_rng(1).integers(0, 65536, (30, 40, 4), dtype=np.uint16)
    path = SessionFolder().keep_candidate("deep", image, '{"prompt": "ünïcode"}')
    document = open_document(path)
    assert document.depth == 16
    assert np.array_equal(
        composite(document.root, document.canvas)[image[..., 3] > 0], image[image[..., 3] > 0]
    )
    with Image.open(path) as kept:
        kept.load()
        assert kept.text[RECIPE_KEY] == '{"prompt": "ünïcode"}'


def test_nothing_is_created_before_there_is_something_to_keep() -> None:
    SessionFolder()
    assert not sessions_folder().exists()


def test_it_goes_with_all_that_is_in_it_and_no_other() -> None:
    mine, other = SessionFolder(), SessionFolder()
    for folder in (mine, other):
        folder.keep_candidate("a", noise(3, 3), "{}")
    mine.remove()
    mine.remove()
    assert list(sessions_folder().iterdir()) == [other.path]


def test_what_a_crash_left_goes_after_a_month() -> None:
    left = [SessionFolder() for _ in range(3)]
    for folder in left:
        folder.keep_candidate("a", noise(3, 3), "{}")
    days = 24 * 3600
    for folder, age in zip(left, (KEPT_DAYS + 1, KEPT_DAYS - 1, 0), strict=True):
        os.utime(folder.path, (time.time() - age * days,) * 2)
    outside = sessions_folder().parent / "outside"
    outside.mkdir()
    os.utime(outside, (0, 0))
    (sessions_folder() / "link").symlink_to(outside, target_is_directory=True)
    new = SessionFolder()
    new.keep_candidate("a", noise(3, 3), "{}")
    assert not left[0].path.exists()
    assert left[1].path.exists() and left[2].path.exists() and new.path.exists() and outside.exists()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written() -> None:
    sessions_folder().mkdir(parents=True)
    sessions_folder().chmod(0o500)
    with pytest.raises(FileError, match="may not write"):
        SessionFolder().keep_candidate("a", noise(3, 3), "{}")
    sessions_folder().chmod(0o700)


def test_a_file_in_the_place_of_the_folder() -> None:
    sessions_folder().parent.mkdir(parents=True, exist_ok=True)
    sessions_folder().write_text("in the way")
    with pytest.raises(FileError):
        SessionFolder().keep_candidate("a", noise(3, 3), "{}")


class FullDisk(io.FileIO):
    """Takes the first thousand bytes."""

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > 1000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(data)


def test_a_full_disk_leaves_no_half_file(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = SessionFolder()
    folder.keep_candidate("a", noise(3, 3), "{}")
    monkeypatch.setattr(atomic, "_create", lambda path: FullDisk(path, "xb"))
    with pytest.raises(FileError, match="disk is full"):
        folder.keep_candidate("b", noise(300, 300), "{}")
    assert [each.name for each in folder.path.iterdir()] == ["a.png"]


def test_a_folder_that_another_window_removes_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = SessionFolder()
    folder.keep_candidate("a", noise(3, 3), "{}")
    monkeypatch.setattr(Path, "is_dir", lambda path: path == sessions_folder() or not folder.remove())
    session_folder.remove_old(sessions_folder())
    assert list(sessions_folder().iterdir()) == []
