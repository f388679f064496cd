"""Cancel: how soon the window answers in mid-fill, and how soon the engine host is free for the next fill."""

from __future__ import annotations

from collections.abc import Callable

from tests.benchmarks.report import Figure, Goal
from tests.benchmarks.surroundings import OFFSCREEN, ask_child

FRACTIONS = (0.01, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.93)
"""Of a fill, at which it is cancelled: all through the search, and once in what follows it."""

_GOAL = Goal(below=200)


def measure(tell: Callable[[str], None]) -> list[Figure]:
    tell(f"{len(FRACTIONS)} fills, one after the other")
    times = ask_child(
        ["-m", "tests.benchmarks.window_child", "cancel", *(str(fraction) for fraction in FRACTIONS)],
        OFFSCREEN,
    )
    return [
        Figure("cancel, window shows it", times["shown"], "ms", goal=_GOAL),
        Figure("cancel, next fill starts", times["free"], "ms", goal=_GOAL),
    ]
