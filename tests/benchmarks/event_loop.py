"""Event loop: its longest stall while the content-aware engine fills the sample, in the real window."""

from __future__ import annotations

from collections.abc import Callable

from tests.benchmarks.report import Figure, Goal
from tests.benchmarks.surroundings import OFFSCREEN, ask_child

RUNS = 5
FILLS = 2
"""In each process, after its first."""

_GOAL = Goal(below=50)


def measure(tell: Callable[[str], None]) -> list[Figure]:
    """Each sample is the longest stall of one fill, from the button to the window at rest; then medians of those.

    At rest: how much of it is this machine's. The first selection starts the host, and the host the engine; the first
    fill starts another host.
    """
    stalls: dict[str, list[float]] = {}
    for run in range(RUNS):
        tell(f"window {run + 1} of {RUNS}")
        for name, longest in ask_child(
            ["-m", "tests.benchmarks.window_child", "event-loop", str(FILLS)], OFFSCREEN
        ).items():
            stalls.setdefault(name, []).extend(longest)
    return [
        Figure("longest stall, at rest", stalls["rest"], "ms"),
        Figure("longest stall, first selection", stalls["select"], "ms"),
        Figure("longest stall, first fill", stalls["first"], "ms", goal=_GOAL),
        Figure("longest stall, later fills", stalls["warm"], "ms", goal=_GOAL),
    ]
