"""atomic_write: a file is written whole or stays as it was, whatever goes wrong on the way."""

from __future__ import annotations

import errno
import io
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from editor.files.errors import FileError, shown, writing_error

_BUFFER = 1 << 20
_NO_LINK = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EOPNOTSUPP}
_NO_FSYNC = {errno.EINVAL, errno.ENOTSUP, errno.ENOSYS}


class _Stream(io.BufferedWriter):
    """Hides the file's number: encoders then write through ``write``, and a full disk keeps its error number."""

    def fileno(self) -> int:
        raise io.UnsupportedOperation("fileno")


def backup_name(path: Path) -> Path:
    """Where the previous version of a file is kept: beside it, its name with a tilde."""
    return path.with_name(f"{path.name}~")


@contextmanager
def atomic_write(path: Path | str, backup: bool = False) -> Iterator[BinaryIO]:
    """A binary, seekable stream; what was written to it becomes the file ``path`` when the block ends.

    Until then it is a temporary file beside the target, which is flushed to the disk before it takes the target's
    place. The permissions of an existing target are kept; where the target is a symbolic link, the file it points to
    is replaced. When anything is raised, the temporary file is removed and the old file is as it was; an OSError is
    raised again as a FileError.

    With ``backup`` the old file is kept as ``backup_name(path)``, in the place of what was kept there before; it is
    there before the new one takes its place, so that at no moment there is neither.
    """
    path = Path(path)
    try:
        target, former = _target(path)
        temporary = target.with_name(f".pentimento-{uuid4().hex}.tmp")
        raw = _create(temporary)
    except OSError as error:
        raise writing_error(error, path) from error
    except ValueError as error:  # a null character in the name
        raise FileError(f"{shown(path)} is not a name for a file: choose another one.") from error
    stream = _Stream(raw, _BUFFER)
    try:
        if former is not None:
            _keep_attributes(raw.fileno(), former)
        yield stream
        stream.flush()
        _fsync(raw.fileno())
        stream.close()
        if backup and former is not None:
            _keep(target)
        os.replace(temporary, target)
    except BaseException as error:
        with suppress(OSError, ValueError):
            stream.close()
        with suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError):
            raise writing_error(error, path) from error
        raise
    _fsync_folder(target.parent)


def _target(path: Path) -> tuple[Path, os.stat_result | None]:
    """The file to replace, links followed, and what is known of it; None where there is none yet."""
    target = Path(os.path.realpath(path))
    try:
        former = os.stat(target)
    except FileNotFoundError:
        if not path.name:
            raise FileError(f"{shown(path)} is a folder: choose a name for the file.") from None
        return target, None
    if stat.S_ISDIR(former.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(former.st_mode):
        raise FileError(f"{shown(path)} is a device and not a file: choose another name.")
    if not os.access(target, os.W_OK):
        raise FileError(f"{shown(path)} is write-protected: save under another name or lift the protection.")
    return target, former


def _keep(target: Path) -> None:
    """A second name for the old file, or where the disk has no second names, a copy of it."""
    kept = backup_name(target)
    temporary = target.with_name(f".pentimento-{uuid4().hex}.tmp")
    try:
        try:
            os.link(target, temporary)
        except OSError as error:
            if error.errno not in _NO_LINK:
                raise
            shutil.copy2(target, temporary)
        os.replace(temporary, kept)
    finally:
        with suppress(OSError):  # gone already, where all went well
            os.unlink(temporary)


def _create(temporary: Path) -> io.FileIO:
    """A new, unbuffered file with the permissions that every new file of the user gets."""

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags, 0o666)

    return io.FileIO(os.fspath(temporary), "xb", opener=opener)


def _keep_attributes(number: int, former: os.stat_result) -> None:
    if hasattr(os, "fchown"):  # not on Windows
        with suppress(OSError):  # only an administrator can keep another owner
            os.fchown(number, former.st_uid, former.st_gid)
        os.fchmod(number, stat.S_IMODE(former.st_mode))


def _fsync(number: int) -> None:
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno not in _NO_FSYNC:
            raise


def _fsync_folder(folder: Path) -> None:
    """Makes the new name last through a power cut, where the system can."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
