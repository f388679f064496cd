"""atomic_write leaves the new file or the old one, and nothing else, whatever fails."""

from __future__ import annotations

import errno
import io
import os
import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from editor.files import atomic
from editor.files.atomic import atomic_write, backup_name
from editor.files.errors import FileError, reading_error, shown, writing_error

OLD = b"the old file"


class FailingFile(io.FileIO):
    """Raises after so many bytes, as a full disk does."""

    room = 0
    number = errno.ENOSPC

    def write(self, data: Any) -> int:
        if self.room < len(data):
            raise OSError(self.number, os.strerror(self.number))
        FailingFile.room -= len(data)
        return super().write(data)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def fill(room: int, number: int = errno.ENOSPC) -> None:
        FailingFile.room, FailingFile.number = room, number
        monkeypatch.setattr(atomic, "_create", lambda path: FailingFile(path, "xb"))
        monkeypatch.setattr(atomic, "_BUFFER", 64)

    return fill


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def raising(number: int) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise OSError(number, os.strerror(number))

    return fail


def test_new_file_gets_the_users_usual_permissions(tmp_path: Path) -> None:
    target = tmp_path / "new.bin"
    with atomic_write(target) as stream:
        stream.write(b"new")
        assert names(tmp_path) != ["new.bin"]
    assert target.read_bytes() == b"new"
    assert names(tmp_path) == ["new.bin"]
    plain = tmp_path / "plain"
    plain.touch()
    assert target.stat().st_mode == plain.stat().st_mode


def test_existing_permissions_are_kept(tmp_path: Path) -> None:
    target = tmp_path / "f"
    target.write_bytes(OLD)
    target.chmod(0o640)
    with atomic_write(target) as stream:
        stream.write(b"new")
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_symlink_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target = tmp_path / "real" / "f"
    target.write_bytes(OLD)
    link = tmp_path / "link"
    link.symlink_to(target)
    with atomic_write(link) as stream:
        stream.write(b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert names(tmp_path / "real") == ["f"]


def test_dangling_symlink_creates_its_target(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "f")
    with atomic_write(link) as stream:
        stream.write(b"new")
    assert (tmp_path / "f").read_bytes() == b"new"


def test_stream_seeks_and_has_no_number(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "f") as stream:
        stream.write(b"abcdef")
        stream.seek(1)
        stream.write(b"X")
        assert stream.tell() == 2
        with pytest.raises(io.UnsupportedOperation):
            stream.fileno()
    assert (tmp_path / "f").read_bytes() == b"aXcdef"


@pytest.mark.parametrize("error", [RuntimeError("boom"), KeyboardInterrupt(), FileError("a sentence.")])
def test_any_error_in_the_block_leaves_the_old_file(tmp_path: Path, error: BaseException) -> None:
    target = tmp_path / "f"
    target.write_bytes(OLD)

    def write() -> None:
        with atomic_write(target) as stream:
            stream.write(b"half")
            raise error

    with pytest.raises(type(error)):
        write()
    assert target.read_bytes() == OLD
    assert names(tmp_path) == ["f"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG])
def test_failing_disk_at_every_write(tmp_path: Path, full_disk: Callable[..., None], number: int) -> None:
    target = tmp_path / "f"
    target.write_bytes(OLD)

    def write() -> None:
        with atomic_write(target) as stream:
            for _ in range(10):
                stream.write(b"x" * 100)

    for room in range(0, 1000, 50):
        full_disk(room, number)
        with pytest.raises(FileError) as caught:
            write()
        assert "disk" in str(caught.value)
        assert target.read_bytes() == OLD
        assert names(tmp_path) == ["f"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_failing_flush_and_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    target = tmp_path / "f"
    target.write_bytes(OLD)
    monkeypatch.setattr(atomic.os, call, raising(errno.ENOSPC))
    with pytest.raises(FileError, match="disk is full"), atomic_write(target) as stream:
        stream.write(b"new")
    monkeypatch.undo()
    assert target.read_bytes() == OLD
    assert names(tmp_path) == ["f"]


def test_the_old_file_is_kept_once_on_request(tmp_path: Path) -> None:
    target = tmp_path / "f"
    for version in (b"1", b"2", b"3"):
        with atomic_write(target, backup=True) as stream:
            stream.write(version)
    assert names(tmp_path) == ["f", "f~"]
    assert (target.read_bytes(), backup_name(target).read_bytes()) == (b"3", b"2")


def test_a_copy_is_kept_where_a_disk_has_no_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "f"
    target.write_bytes(OLD)
    target.chmod(0o640)
    monkeypatch.setattr(atomic.os, "link", raising(errno.EPERM))
    with atomic_write(target, backup=True) as stream:
        stream.write(b"new")
    assert names(tmp_path) == ["f", "f~"]
    assert backup_name(target).read_bytes() == OLD
    assert stat.S_IMODE(backup_name(target).stat().st_mode) == 0o640


@pytest.mark.parametrize("links", [True, False])
def test_a_disk_that_is_full_at_any_call_leaves_the_old_file_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    """Every call of the system that a save makes fails in turn, and every one after it."""
    target, left = tmp_path / "f", 0

    def failing(call: Callable[..., Any]) -> Callable[..., Any]:
        def limited(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return call(*arguments, **options)

        return limited

    class File(io.FileIO):
        write = failing(io.FileIO.write)  # type: ignore[assignment]

    outcomes = set()
    for room in range(100):
        for path, content in ((target, OLD), (backup_name(target), b"older")):
            path.unlink(missing_ok=True)  # the two may be one file with two names by now
            path.write_bytes(content)
        left = room
        with monkeypatch.context() as patch, suppress(FileError):
            patch.setattr(atomic, "_create", failing(lambda path: File(path, "xb")))
            patch.setattr(atomic, "_BUFFER", 64)
            for call in ("fsync", "replace", "fchmod", "stat"):
                patch.setattr(atomic.os, call, failing(getattr(os, call)))
            patch.setattr(atomic.os, "link", failing(os.link) if links else raising(errno.EPERM))
            patch.setattr(atomic.shutil, "copy2", failing(shutil.copy2))
            with atomic_write(target, backup=True) as stream:
                for _ in range(5):
                    stream.write(b"new" * 50)
        assert names(tmp_path) == ["f", "f~"]
        found = target.read_bytes(), backup_name(target).read_bytes()
        outcomes.add(found)
        if left >= 0:
            break
    new = b"new" * 250
    assert outcomes == {(OLD, b"older"), (OLD, OLD), (new, OLD)}


def test_disk_without_fsync_is_good_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic.os, "fsync", raising(errno.EINVAL))
    with atomic_write(tmp_path / "f") as stream:
        stream.write(b"new")
    assert (tmp_path / "f").read_bytes() == b"new"


def test_missing_folder(tmp_path: Path) -> None:
    with (
        pytest.raises(FileError, match="The folder “gone” is not there"),
        atomic_write(tmp_path / "gone" / "f"),
    ):
        pass


def test_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    with pytest.raises(FileError, match="not there"), atomic_write(tmp_path / "f" / "g"):
        pass


def test_folder_as_target(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="is a folder"), atomic_write(tmp_path):
        pass


def test_device_as_target(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="is a device"), atomic_write(tmp_path / "pipe"):
        pass


def test_name_too_long(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="too long"), atomic_write(tmp_path / ("x" * 300)):
        pass
    assert names(tmp_path) == []


def test_longest_name_has_room_for_its_temporary_file(tmp_path: Path) -> None:
    with atomic_write(tmp_path / ("x" * 255)) as stream:
        stream.write(b"new")
    assert names(tmp_path) == ["x" * 255]


def test_null_in_the_name(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="not a name"), atomic_write(tmp_path / "a\0b"):
        pass


def test_link_to_itself(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(link)
    with pytest.raises(FileError, match="was not saved"), atomic_write(link):
        pass


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EROFS, "read-only"), (errno.EACCES, "may not write"), (errno.EPERM, "may not")],
)
def test_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    monkeypatch.setattr(atomic, "_create", raising(number))
    with pytest.raises(FileError, match=words), atomic_write(tmp_path / "f"):
        pass


def test_write_protected_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "f"
    target.write_bytes(OLD)
    monkeypatch.setattr(atomic.os, "access", lambda *_: False)
    with pytest.raises(FileError, match="write-protected"), atomic_write(target):
        pass
    assert target.read_bytes() == OLD


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_every_error_of_the_system_is_one_sentence(number: int) -> None:
    error = OSError(number, os.strerror(number))
    for text in (str(reading_error(error, Path("a/b.png"))), str(writing_error(error, Path("a/b.png")))):
        assert text.endswith(".") and "b.png" in text and "\n" not in text


def test_shown_can_always_be_printed() -> None:
    assert shown(Path(os.fsdecode(b"a/\xff\n.png"))) == "“\ufffd\ufffd.png”"
    assert shown("/") == "“/”"
