"""A virtual X server with a window manager, and the program running on it, driven from outside."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90.0
"""Seconds after which something that should have happened is missing."""

NEEDED = ("Xvfb", "xdotool", "openbox")


def wait_for(what: str, check: Callable[[], object]) -> object:
    """Polls another program, which sends no signal that could be waited for."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := check():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {PATIENCE:.0f} s")


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """The name of a virtual display of 1400 × 900 with a window manager."""
    if sys.platform != "linux":
        pytest.skip("a virtual X server is a matter of Linux")
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        pytest.fail(
            f"{', '.join(missing)} not installed: see “python3 packaging/system_libraries.py --for test”"
        )
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x900x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as answer:
        name = f":{answer.readline().strip()}"
    manager = subprocess.Popen(
        ["openbox"], env={**os.environ, "DISPLAY": name}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    yield name
    for process in (manager, server):
        process.terminate()
        process.wait()


class Program:
    """The program's process, its window found by title, and a person's hands on mouse and keys."""

    def __init__(self, display: str, home: Path, *arguments: str) -> None:
        self._environment = {
            **os.environ,
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "PENTIMENTO_HOME": str(home),
        }
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "e2e" / "reporting_program.py"), *arguments],
            env=self._environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.window = self._client = ""

    def wait_for_title(self, part: str) -> None:
        def find() -> str:
            found = self._xdotool("search", "--onlyvisible", "--name", part, check=False).split()
            return found[-1] if found else ""

        self.window = str(wait_for(f"a window titled {part!r}", find))
        self._xdotool("windowactivate", "--sync", self.window)

    def report(self, key: str) -> str:
        """Waits for the next line “key value” that the program writes."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            name, _, value = line.strip().partition(" ")
            if name == key:
                return value
        raise AssertionError(f"the program ended before it reported {key!r}")

    def view(self) -> tuple[float, float, float]:
        """Where the picture lies in the window now, and its scale."""
        self.process.send_signal(signal.SIGUSR1)
        self._client, *place = self.report("view").split()
        x, y, scale = (float(value) for value in place)
        return x, y, scale

    def drag(self, *points: tuple[int, int], button: int = 1) -> None:
        """Over points of the window, wherever that has been placed meanwhile."""
        commands: list[object] = [*self._move(*points[0]), "mousedown", button]
        for point in points[1:]:
            commands += self._move(*point)
        self._xdotool(*commands, "mouseup", button)

    def click(self, x: int, y: int, button: int = 1) -> None:
        self._xdotool(*self._move(x, y), "click", button)

    def _move(self, x: int, y: int) -> list[object]:
        return ["mousemove", "--sync", "--window", self._client, x, y]

    def key(self, *names: str) -> None:
        self._xdotool("key", "--clearmodifiers", *names)

    def type(self, text: str) -> None:
        self._xdotool("type", "--delay", "5", text)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _xdotool(self, *arguments: object, check: bool = True) -> str:
        command = ["xdotool", *(str(argument) for argument in arguments)]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout


@pytest.fixture
def start(display: str, own_folders: Path) -> Iterator[Callable[..., Program]]:
    programs: list[Program] = []

    def make(*arguments: str) -> Program:
        programs.append(Program(display, own_folders, *arguments))
        return programs[-1]

    yield make
    for program in programs:
        program.end()
