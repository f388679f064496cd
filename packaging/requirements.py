"""Prints the requirements that pyproject.toml declares, with those of the extras named, for `pip install -r`.

Usage: python packaging/requirements.py [EXTRA …]     for example: engine dev

Standard library only. (This folder must never get an __init__.py: it would hide the library named "packaging".)
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def requirements(extras: list[str]) -> list[str]:
    """The core requirements and those of `extras`, as requirement specifiers; KeyError for an unknown extra."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    found: list[str] = list(project["dependencies"])
    for extra in extras:
        found += project["optional-dependencies"][extra]
    return found


if __name__ == "__main__":
    print("\n".join(requirements(sys.argv[1:])))
