"""Which Python an engine environment is made with: a packaged program has none of its own."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from inference.children import is_frozen
from inference.runtime.errors import SetupError
from inference.runtime.uv import Uv

ARCHIVES = "python"
"""A folder among the files for an installation without a network, with archives of Python as uv's mirrors have them."""


def find_python(uv: Uv, versions: Sequence[str], archives: Path | None, online: bool) -> str:
    """The path of an interpreter of one of ``versions`` ("3.11").

    From a checkout it is that of the program, where it fits. Otherwise one that was fetched before; one of the system;
    one from ``archives``, where there is that folder; and last, where ``online``, one that uv fetches: 20 to 40 MB.
    Raises SetupError where there is none, and SetupCancelled.
    """
    if not is_frozen() and f"{sys.version_info.major}.{sys.version_info.minor}" in versions:
        return sys.executable
    find = [
        "python",
        "find",
        "--system",
        "--no-project",
        "--no-python-downloads",
        "--python-preference",
        "managed",
    ]
    problem = SetupError("")
    for version in versions:
        try:
            return uv.run([*find, version]).strip()
        except SetupError as error:
            problem = error
    mirror = (
        [f"--mirror={archives.absolute().as_uri()}"] if archives is not None and archives.is_dir() else []
    )
    if not mirror and not online:
        raise SetupError(
            f"The engine needs Python {_any_of(versions)}, which is not on this computer. Install it (on Debian and "
            "Ubuntu the package python3), and start again.",
            problem.detail,
        )
    uv.run(["python", "install", *mirror, versions[0]], f"Python {versions[0]}")
    return uv.run([*find, versions[0]]).strip()


def _any_of(versions: Sequence[str]) -> str:
    return versions[0] if len(versions) == 1 else f"{', '.join(versions[:-1])} or {versions[-1]}"
