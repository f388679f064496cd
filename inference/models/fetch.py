"""Fetching one file: what is there already is kept, the rest is asked for, and the whole is checked."""

from __future__ import annotations

import hashlib
import http.client
import os
import re
from collections import deque
from collections.abc import Callable
from pathlib import Path

from inference.models.plan import PlannedFile
from inference.models.web import Unreachable, Web

_BLOCK = 1 << 18
_WINDOW = 10.0

Told = Callable[[int], None]
"""Called with the number of bytes of the file that are done; what it raises ends the work."""


class WrongBytesError(Exception):
    """What arrived is not the file that was listed; says in what way."""


class Meter:
    """The speed over the last seconds, from how many bytes were done when."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque()

    def add(self, now: float, done: int) -> None:
        """``done`` may jump where something was there already: from there on it counts anew."""
        if self._marks and (done < self._marks[-1][1] or done - self._marks[-1][1] > 4 * _BLOCK):
            self._marks.clear()
        self._marks.append((now, done))
        while now - self._marks[0][0] > _WINDOW:
            self._marks.popleft()

    @property
    def rate(self) -> float | None:
        """Bytes per second, None until half a second of it is known."""
        if not self._marks:
            return None
        (began, first), (now, last) = self._marks[0], self._marks[-1]
        return (last - first) / (now - began) if now - began >= 0.5 and last > first else None


def fetch(web: Web, file: PlannedFile, part: Path, told: Told, checking: Told) -> None:
    """Leaves the whole file, checked and on the disk, at ``part``; goes on where an earlier attempt ended.

    Raises WrongBytesError, Unreachable (another try may help, what arrived is kept), ModelError, OSError of the disk.
    """
    start = part.stat().st_size if part.exists() else 0
    if start > file.size or not (file.sha256 or file.sha1):
        start = 0  # without a sum to check, parts of two different files could be put together
    digest = _digest(file)
    with part.open("r+b" if start else "wb") as out:
        if start:
            _take_in(out.fileno(), start, digest, checking)
        if start < file.size:
            headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
            with web.open(file.url, f"file {file.path}", headers, _page(web, file)) as answer:
                if start and not _honoured(answer, start, file.size):
                    start, digest = 0, _digest(file)
                    out.truncate(0)
                    if answer.status == 206:
                        raise WrongBytesError("the server sent another part than was asked for")
                length = answer.headers.get("Content-Length", "")
                if length.isdigit() and int(length) != file.size - start:
                    raise WrongBytesError(f"{start + int(length)} bytes instead of {file.size}")
                out.seek(start)
                done = start
                while block := _read(answer):
                    done += len(block)
                    if done > file.size:
                        raise WrongBytesError(f"more than {file.size} bytes")
                    out.write(block)
                    digest.update(block)
                    told(done)
            if done < file.size:
                out.flush()
                raise Unreachable("The connection broke off. Try again later.")
        out.flush()
        os.fsync(out.fileno())
    if not _agrees(file, digest.hexdigest()):
        raise WrongBytesError("its checksum is another")


def is_right(path: Path, file: PlannedFile, checking: Told) -> bool:
    """Whether the file is at ``path`` already; without a sum to check, it is not known to be."""
    if not (file.sha256 or file.sha1) or not path.is_file() or path.stat().st_size != file.size:
        return False
    digest = _digest(file)
    with path.open("rb") as there:
        _take_in(there.fileno(), file.size, digest, checking)
    return _agrees(file, digest.hexdigest())


def _digest(file: PlannedFile) -> hashlib._Hash:
    """SHA-256, or SHA-1 of a git blob: its header, then its content."""
    if file.sha256 or not file.sha1:
        return hashlib.sha256()
    return hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)


def _agrees(file: PlannedFile, sum_: str) -> bool:
    return sum_ == (file.sha256 or file.sha1 or sum_)


def _take_in(descriptor: int, size: int, digest: hashlib._Hash, checking: Told) -> None:
    with open(descriptor, "rb", closefd=False) as there:
        there.seek(0)
        done = 0
        while done < size and (block := there.read(min(_BLOCK, size - done))):
            digest.update(block)
            done += len(block)
            checking(done)


def _honoured(answer: http.client.HTTPResponse, start: int, size: int) -> bool:
    """Whether the answer goes on at ``start`` of a file of ``size`` bytes; many servers send all of it instead."""
    found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", answer.headers.get("Content-Range", ""))
    if answer.status != 206 or found is None:
        return False
    return int(found[1]) == start and int(found[2]) == size - 1 and found[3] in (str(size), "*")


def _read(answer: http.client.HTTPResponse) -> bytes:
    try:
        return answer.read1(_BLOCK)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable("The connection broke off. Try again later.") from error


def _page(web: Web, file: PlannedFile) -> str:
    """The repository's page, from the address of one of its files."""
    return file.url.partition("/resolve/")[0]
