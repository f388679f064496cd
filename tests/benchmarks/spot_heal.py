"""Spot healing: from lifting the pointer to the healed pixels on the screen, through the real window and its host."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from tests.benchmarks.report import Figure, Goal
from tests.benchmarks.surroundings import ask_child, virtual_display

DIAMETER = 40
DABS = 12
RUNS = 2


def measure(tell: Callable[[str], None]) -> list[Figure]:
    name = f"spot heal of {DIAMETER} px, released to shown"
    with virtual_display() as display:
        if display is None or shutil.which("xdotool") is None:
            return [Figure(name, (), "ms", note="Xvfb and xdotool are not installed")]
        first: list[float] = []
        times: dict[str, list[float]] = {"shown": [], "host": [], "engine": []}
        for run in range(RUNS):
            tell(f"dabs, {run + 1} of {RUNS}")
            arguments = ["-m", "tests.benchmarks.spot_heal_child", str(DIAMETER), str(DABS)]
            found = ask_child(arguments, display)
            first.append(found["shown"][0])
            for part, samples in times.items():
                samples += found[part][1:]
    shown = Figure(name, times["shown"], "ms", goal=Goal(100))
    transport = [host - engine for host, engine in zip(times["host"], times["engine"], strict=True)]
    window = [all_ - host for all_, host in zip(times["shown"], times["host"], strict=True)]
    return [
        shown,
        Figure("the same, a host's first", first, "ms", shown),
        Figure("of which the engine", times["engine"], "ms"),
        Figure("of which the way to the host and back", transport, "ms"),
        Figure("of which the window: asking, showing", window, "ms"),
    ]
