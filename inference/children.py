"""How the program starts parts of itself as child processes, from its checkout and frozen: the one place that knows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

Child = Literal["host", "compile-kernels"]
"""The engine host; what compiles the canvas's kernels."""

FLAGS: dict[str, Child] = {"--host": "host", "--compile-kernels": "compile-kernels"}
"""First arguments by which the program is one of its children; ``main.py`` looks for them before anything else."""

_MODULES: dict[Child, str] = {"host": "inference.host", "compile-kernels": "editor.raster.native"}


def is_frozen() -> bool:
    """Whether this is the packaged program, which has no Python to be asked for a module."""
    return bool(getattr(sys, "frozen", False))


def child_command(child: Child, python: str = "") -> list[str]:
    """The words that start ``child``, with ``child_folder`` as its working directory. ``python``: the interpreter that
    runs it, where it is another one than the program's."""
    if is_frozen() and not python:
        return [sys.executable, next(flag for flag, name in FLAGS.items() if name == child)]
    return [python or sys.executable, "-m", _MODULES[child]]


def program_command() -> list[str]:
    """The words that start the program itself anew, before its own arguments."""
    if is_frozen():
        return [sys.executable]
    return [sys.executable, str(Path(__file__).resolve().parent.parent / "main.py")]


def remedy() -> str:
    """What to do where a part of the program is missing, as the end of a sentence."""
    return "install Pentimento anew" if is_frozen() else "run “make setup”"


def child_folder() -> Path:
    """Where ``python -m`` finds the program's modules: the checkout, or the sources that the packaged program carries
    for another Python, apart from its own libraries, which are for its own Python alone."""
    if is_frozen():
        return Path(getattr(sys, "_MEIPASS", Path(sys.executable).parent)) / "source"
    return Path(__file__).resolve().parent.parent
