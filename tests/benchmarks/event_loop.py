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
    """Each sample is the longest stall of one fill, from the button to the window at rest; then medians of those."""
    stalls: dict[str, list[float]] = {"rest": [], "first": [], "warm": []}
    for run in range(RUNS):
        tell(f"window {run + 1} of {RUNS}")
        for name, longest in ask_child(
            ["-m", "tests.benchmarks.window_child", "event-loop", str(FILLS)], OFFSCREEN
        ).items():
            stalls[name] += longest
    return [
        Figure("event loop, window at rest: longest stall", stalls["rest"], "ms"),
        Figure("event loop, first fill and host start: longest stall", stalls["first"], "ms", goal=_GOAL),
        Figure("event loop, later fills: longest stall", stalls["warm"], "ms", goal=_GOAL),
    ]
