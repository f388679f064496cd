"""The program's version: one number, kept in pyproject.toml."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_NAME = "pentimento"


@cache
def version() -> str:
    """From the checkout that the program runs from; where there is none, from what was installed."""
    try:
        import tomllib

        text = (Path(__file__).resolve().parent.parent / "pyproject.toml").read_text(encoding="utf-8")
        project = tomllib.loads(text)["project"]
        if project["name"] == _NAME:
            return str(project["version"])
    except (OSError, ValueError, KeyError):
        pass  # installed: there is no such file, or it belongs to something else
    from importlib import metadata

    try:
        return metadata.version(_NAME)
    except metadata.PackageNotFoundError:
        return "unknown"
