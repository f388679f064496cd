"""Paint latency: from a pointer event to painted pixels, through the real window on an X server made for it."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Callable

from tests.benchmarks.report import Figure, Goal
from tests.benchmarks.surroundings import ask_child, virtual_display

SIDE = 8192
LAYERS = 20
DIAMETER = 500
SECONDS = 8.0
RUNS = 3


def measure(tell: Callable[[str], None]) -> list[Figure]:
    name = f"pointer event to painted pixels, {SIDE}² × {LAYERS} layers, d = {DIAMETER}"
    with virtual_display() as display:
        if display is None or shutil.which("xdotool") is None:
            return [Figure(name, (), "ms", note="Xvfb and xdotool are not installed")]
        late, middle, frames = [], [], []
        for run in range(RUNS):
            tell(f"a stroke, {run + 1} of {RUNS}")
            arguments = map(str, (SIDE, LAYERS, DIAMETER, SECONDS))
            found = ask_child(["-m", "tests.benchmarks.paint_latency_child", *arguments], display)
            latencies = sorted(found["latencies"])
            late.append(latencies[int(len(latencies) * 0.99)])
            middle.append(statistics.median(latencies))
            frames.append(statistics.median(found["frames"]))
    return [
        Figure(f"{name}, 99th percentile", late, "ms", goal=Goal(16)),
        Figure("the same, median", middle, "ms"),
        Figure("work for one such frame, median", frames, "ms"),
    ]
