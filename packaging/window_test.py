"""Tries the window of a packaged program in a bare Debian, under a virtual X server that is outside of it.

`package_test.py` calls it, for the installed program and for the AppDir of the squashfs.
"""

from __future__ import annotations

import configparser
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from project import NAME

if TYPE_CHECKING:
    from package_test import Bare

_PATIENCE = 300.0
"""Seconds that anything may take."""


def try_window(bare: Bare, command: list[str]) -> None:
    """Starts ``command`` with a photo, then again with another, which must come to the same window; ends it. Raises
    RuntimeError for the first thing that is not as it must be."""
    with _virtual_display() as display:
        environment = bare.environment(DISPLAY=display)
        began = time.monotonic()
        with subprocess.Popen(
            bare.artists(*command, "photo.jpg"), env=environment, start_new_session=True
        ) as program:
            try:
                _wait_for(lambda: _window(display, "photo.jpg"), program, "no window with the photo appeared")
                _say(f"  the window was there after {time.monotonic() - began:.1f} s")
                _wait_for(lambda: _kernels(bare), program, "its kernels were not compiled")
                began = time.monotonic()
                second = subprocess.run(
                    bare.artists(*command, "flat.jpg"), env=environment, timeout=_PATIENCE, check=False
                )
                took = time.monotonic() - began
                if second.returncode:
                    raise RuntimeError(f"a second start ended with {second.returncode}")
                window = _wait_for(
                    lambda: _window(display, "flat.jpg"), program, "the second photo did not appear"
                )
                _say(f"  a second start handed its photo over in {took:.1f} s")
                _xdotool(display, "windowfocus", "--sync", window, "key", "ctrl+q")
                if program.wait(_PATIENCE) != 0:
                    raise RuntimeError(f"the program ended with {program.returncode}")
            finally:
                if program.poll() is None:
                    program.kill()


def menu_command(bare: Bare) -> list[str]:
    """The command of the installed menu entry, without the files."""
    entry = configparser.ConfigParser(interpolation=None)
    entry.read(bare.folder / "usr" / "share" / "applications" / f"{NAME}.desktop", encoding="utf-8")
    return [word for word in shlex.split(entry["Desktop Entry"]["Exec"]) if word not in ("%F", "%f")]


@contextmanager
def _virtual_display() -> Iterator[str]:
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-ac"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as stream:
            yield f":{stream.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


def _window(display: str, title: str) -> str:
    """The window that shows the photo; empty before it is there."""
    found = _xdotool(display, "search", "--onlyvisible", "--name", title)
    return found.split()[0] if found.split() else ""


def _kernels(bare: Bare) -> str:
    """The canvas's compiled kernels in the user's cache; empty before they are there."""
    return next((str(path) for path in bare.home(".cache").glob(f"{NAME}/kernels/canvas-*/complete")), "")


def _wait_for(look: Callable[[], str], program: subprocess.Popen[bytes], problem: str) -> str:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and program.poll() is None:
        if found := look():
            return found
        time.sleep(0.05)
    raise RuntimeError(f"{problem} (the program: {program.poll()})")


def _xdotool(display: str, *words: str) -> str:
    asked = subprocess.run(
        ["xdotool", *words],
        env={**os.environ, "DISPLAY": display},
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
