"""FileError: what goes wrong with a file, said in one sentence that is shown to the user as it is."""

from __future__ import annotations

import errno
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FileError(Exception):
    """Its message is one sentence: what is wrong, and what to do about it."""


def shown(path: Path | str) -> str:
    """A file's name in quotation marks, fit to be printed whatever its bytes are."""
    name = os.path.basename(os.path.normpath(path)) or os.fspath(path)
    text = os.fsencode(name).decode("utf-8", "replace")
    return f"“{''.join(c if c.isprintable() else '�' for c in text)}”"


@contextmanager
def pillow_quiet() -> Iterator[None]:
    """Pillow warns about details of damaged metadata, which nobody who opens or saves a file can do anything about."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def reading_error(error: OSError, path: Path) -> FileError:
    """The sentence for an error of the system while a file was read."""
    name = shown(path)
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return FileError(f"{name} is not there: check the name and the folder.")
        case errno.EISDIR:
            return FileError(f"{name} is a folder: choose a picture in it.")
        case errno.EACCES | errno.EPERM:
            return FileError(
                f"You may not read {name}: change its permissions or copy it to a folder of yours."
            )
        case errno.ENAMETOOLONG:
            return FileError(f"The name {name} is too long for this disk: check it.")
        case errno.EIO:
            return FileError(f"{name} cannot be read because the disk fails: copy it from a backup.")
    return FileError(f"{name} cannot be read: {error.strerror or error}; check the file and try again.")


def writing_error(error: OSError, path: Path) -> FileError:
    """The sentence for an error of the system while a file was written."""
    name, folder = shown(path), shown(path.parent)
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return FileError(f"The disk is full, so {name} was not saved: make room or save to another disk.")
        case errno.ENOENT | errno.ENOTDIR:
            return FileError(f"The folder {folder} is not there: create it or save {name} somewhere else.")
        case errno.EROFS:
            return FileError(f"The disk that holds {folder} is read-only: save {name} somewhere else.")
        case errno.EACCES | errno.EPERM:
            return FileError(f"You may not write {name} into the folder {folder}: save it somewhere else.")
        case errno.EISDIR:
            return FileError(f"{name} is a folder: choose another name.")
        case errno.ENAMETOOLONG:
            return FileError(f"The name {name} is too long for this disk: choose a shorter one.")
        case errno.EFBIG:
            return FileError(f"{name} would be larger than this disk allows: save it to another disk.")
        case errno.EIO:
            return FileError(f"{name} was not saved because the disk fails: save it to another disk.")
    return FileError(f"{name} was not saved: {error.strerror or error}; try another folder.")
