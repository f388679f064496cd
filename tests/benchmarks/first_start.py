"""First start: without compiled kernels, until the picture is painted; and how long the window stalls as they come."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.benchmarks.report import Figure, Goal
from tests.benchmarks.surroundings import OFFSCREEN, SAMPLE, ask_child, own_home

RUNS = 3


def measure(tell: Callable[[str], None]) -> list[Figure]:
    painted, compiling, loading, at_rest, ready = [], [], [], [], []
    for run in range(RUNS):
        tell(f"compiling beside the window, {run + 1} of {RUNS}")
        with own_home(with_kernels=False):
            began = time.monotonic()
            first = ask_child(["-m", "tests.benchmarks.first_start_child", str(SAMPLE)], OFFSCREEN)
            again = ask_child(["-m", "tests.benchmarks.first_start_child", str(SAMPLE)], OFFSCREEN)
        painted.append(first["painted"] - began)
        ready.append(first["ready"] - began)
        compiling.append(first["stall"])
        loading.append(again["stall"])
        at_rest.append(again["rest"])
    return [
        Figure("first start, no kernels: picture painted", painted, "s", goal=Goal(below=2)),
        Figure("first start: kernels compiled and loaded", ready, "s"),
        Figure("longest stall while they are compiled and loaded", compiling, "ms", goal=Goal(below=50)),
        Figure("longest stall while they are loaded from the cache", loading, "ms", goal=Goal(below=50)),
        Figure("longest stall afterwards", at_rest, "ms"),
    ]
