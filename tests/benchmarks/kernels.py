"""Kernels: how long their compilation takes from nothing, which set-up does once, and loading them from the cache."""

from __future__ import annotations

from collections.abc import Callable

from tests.benchmarks.report import Figure
from tests.benchmarks.surroundings import own_home, warm_kernels

RUNS = 3


def measure(tell: Callable[[str], None]) -> list[Figure]:
    loaded = []
    for run in range(RUNS):
        tell(f"loading, {run + 1} of {RUNS}")
        loaded.append(warm_kernels())
    tell("compiling from nothing")
    with own_home(with_kernels=False):
        compiled = [warm_kernels()]
    cached = Figure("kernels, from the cache", loaded, "s")
    return [cached, Figure("kernels, compiled", compiled, "s", cached)]
