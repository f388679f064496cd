"""What pyproject.toml says of the program, and by which names it goes, for all that is packaged."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT))  # what the program itself knows is asked of its modules

OUT = ROOT / "out" / "package"
"""Where everything is built."""

NAME = "pentimento"
TITLE = "Pentimento"
IDENTIFIER = "io.github.pentimento.Pentimento"
MAINTAINER = "Pentimento developers <developers@pentimento.invalid>"


def project() -> dict[str, Any]:
    """The table ``project``."""
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return found


def version() -> str:
    """The one version number."""
    return str(project()["version"])


def source_date() -> int:
    """The date of all that is built, in seconds since 1970: that of the commit, so that it can be built again.
    SOURCE_DATE_EPOCH is another; where there is no git, it is that of pyproject.toml."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    try:
        asked = subprocess.run(
            ["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        return int(asked.stdout)
    except (OSError, subprocess.CalledProcessError, ValueError):
        return int((ROOT / "pyproject.toml").stat().st_mtime)
