"""Stamp: what tells one state of a file on the disk from the next, so that another program's change is noticed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NamedTuple


class Stamp(NamedTuple):
    """A file that is replaced has another number; one that is written into has another time or size."""

    number: int
    size: int
    changed_ns: int

    @classmethod
    def of(cls, path: Path) -> Stamp | None:
        """None where there is no file, or none that can be looked at."""
        try:
            found = os.stat(path)
        except (OSError, ValueError):
            return None
        return cls(found.st_ino, found.st_size, found.st_mtime_ns)

    @classmethod
    def from_text(cls, text: object) -> Stamp | None:
        """Of what ``text`` has given; None where it is nothing of the kind."""
        try:
            number, size, changed_ns = json.loads(text)  # type: ignore[arg-type]
            return cls(int(number), int(size), int(changed_ns))
        except (TypeError, ValueError):
            return None

    @property
    def text(self) -> str:
        return json.dumps(self)
