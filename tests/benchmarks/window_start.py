"""Window start: from spawning ``python main.py photo`` to the picture on its canvas, against ``import torch``."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from tests.benchmarks.report import Figure, Goal
from tests.benchmarks.surroundings import (
    OFFSCREEN,
    SAMPLE,
    ask_child,
    seconds_of_child,
    virtual_display,
)

RUNS = 7

_GOAL = Goal(below=1.0, ratio_below=0.5)
_WHAT = {"first": "picture painted", "whole": "all of it"}


def measure(tell: Callable[[str], None]) -> list[Figure]:
    """Everything in turns, so that what else the machine does touches all alike; the first turn does not count."""
    samples: dict[str, list[float]] = {}
    with virtual_display() as display:
        for turn in range(RUNS + 1):
            tell(f"{turn} of {RUNS}" if turn else "warming up")
            taken = {"torch": seconds_of_child(["-c", "import torch"])}
            for platform, environment in (("offscreen", OFFSCREEN), ("xcb", display)):
                if environment is not None:
                    first, whole = _start(environment)
                    taken |= {f"{platform} first": first, f"{platform} whole": whole}
            if turn:
                for name, seconds in taken.items():
                    samples.setdefault(name, []).append(seconds)
    torch = Figure("import torch", samples["torch"], "s")
    figures = [torch]
    for platform in ("offscreen", "xcb"):
        note = "" if f"{platform} first" in samples else "Xvfb is not installed"
        for what, goal in (("first", _GOAL), ("whole", None)):
            figures.append(
                Figure(
                    f"start, {platform}: {_WHAT[what]}",
                    samples.get(f"{platform} {what}", []),
                    "s",
                    torch,
                    goal,
                    note,
                )
            )
    return figures


def _start(environment: Mapping[str, str]) -> tuple[float, float]:
    """Seconds from spawn to the end of the first paint of the picture, and of the first that lacked no part of it."""
    began = time.monotonic()  # the same clock in every process
    times = ask_child(["-m", "tests.benchmarks.window_start_child", str(SAMPLE)], environment)
    return times["first"] - began, times["whole"] - began
