"""Stamp: what tells one state of a file on the disk from the next, so that another program's change is noticed."""

from __future__ import annotations

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
