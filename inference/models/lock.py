"""A lock between programs, held on a file; the system lets go of it when its holder ends, however that happens."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from inference.models.model import ModelError


@contextmanager
def locked(path: Path, refusal: str) -> Iterator[IO[bytes]]:
    """Holds the lock of ``path``, made if it is not there; a child that inherits the file it yields holds it too.
    Raises ModelError: ``refusal`` where another holds it, also in this process, or that the file cannot be made."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    except OSError as error:
        raise ModelError(f"{path.parent} cannot be written to ({error.strerror or error}).") from error
    with file:
        try:
            _lock(file)
        except OSError as error:
            raise ModelError(refusal) from error
        yield file


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
