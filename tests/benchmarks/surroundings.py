"""Surroundings of a benchmark: folders of its own with the real kernels, child processes, and a display to draw on."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from inference.folders import HOME_VARIABLE, cache_folder

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "resources" / "samples" / "picos-de-europa.jpg"
SAMPLE_MASK = ROOT / "resources" / "samples" / "picos-de-europa-mask.png"

OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}

_CHILD_LIMIT = 300.0
"""Seconds after which a child is taken to hang."""


class ChildError(Exception):
    """A child process failed; the message is the end of what it said."""


@contextlib.contextmanager
def own_home(with_kernels: bool = True) -> Iterator[Path]:
    """The program's folders, for this process and its children, are temporary; its compiled kernels are the real ones.

    Without ``with_kernels`` there are none.
    """
    kernels = cache_folder() / "kernels"
    before = os.environ.get(HOME_VARIABLE)
    with tempfile.TemporaryDirectory(prefix="pentimento-bench-") as folder:
        home = Path(folder)
        (home / "cache").mkdir()
        if with_kernels:
            kernels.mkdir(parents=True, exist_ok=True)
            (home / "cache" / "kernels").symlink_to(kernels.resolve(), target_is_directory=True)
        os.environ[HOME_VARIABLE] = folder
        try:
            yield home
        finally:
            if before is None:
                del os.environ[HOME_VARIABLE]
            else:
                os.environ[HOME_VARIABLE] = before


def run_child(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """Runs Python with these arguments in the checkout and gives its standard output. Raises ChildError."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=_CHILD_LIMIT,
        check=False,
    )
    if done.returncode != 0:
        said = "\n".join(done.stderr.strip().splitlines()[-12:])
        raise ChildError(f"{' '.join(arguments)} ended with {done.returncode}:\n{said}")
    return done.stdout


def ask_child(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> Any:
    """The JSON on the last line that the child prints. Raises ChildError."""
    lines = run_child(arguments, environment).strip().splitlines()
    if not lines:
        raise ChildError(f"{' '.join(arguments)} said nothing")
    return json.loads(lines[-1])


def seconds_of_child(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> float:
    """From spawn to end. Raises ChildError."""
    began = time.monotonic()
    run_child(arguments, environment)
    return time.monotonic() - began


def warm_kernels() -> float:
    """Compiles the engines' kernels, or finds them in the cache, in a child; seconds."""
    return seconds_of_child(["-m", "inference.host", "--warm"])


@contextlib.contextmanager
def virtual_display() -> Iterator[dict[str, str] | None]:
    """The environment of a program that draws on an X server made for it; None where Xvfb is not installed."""
    program = shutil.which("Xvfb")
    if program is None:
        yield None
        return
    read, write = os.pipe()
    server = subprocess.Popen(
        [program, "-displayfd", str(write), "-screen", "0", "1920x1080x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=(write,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as answer:
            number = answer.readline().strip()  # empty where the server ended instead
        yield {"QT_QPA_PLATFORM": "xcb", "DISPLAY": f":{number}"} if number else None
    finally:
        server.terminate()
        server.wait()
