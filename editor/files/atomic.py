"""atomic_write: a file is written whole or stays as it was, whatever goes wrong on the way."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from editor.files.errors import FileError, shown, writing_error

_BUFFER = 1 << 20
_NO_FSYNC = {errno.EINVAL, errno.ENOTSUP, errno.ENOSYS}


class _Stream(io.BufferedWriter):
    """Hides the file's number: encoders then write through ``write``, and a full disk keeps its error number."""

    def fileno(self) -> int:
        raise io.UnsupportedOperation("fileno")


@contextmanager
def atomic_write(path: Path | str) -> Iterator[BinaryIO]:
    """A binary, seekable stream; what was written to it becomes the file ``path`` when the block ends.

    Until then it is a temporary file beside the target, which is flushed to the disk before it takes the target's
    place. The permissions of an existing target are kept; where the target is a symbolic link, the file it points to
    is replaced. When anything is raised, the temporary file is removed and the old file is as it was; an OSError is
    raised again as a FileError.
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
