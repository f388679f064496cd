"""View: frames of 2560×1440, strokes on a small and on a turned picture, and the memory of an open one."""

from __future__ import annotations

from collections.abc import Callable

from tests.benchmarks.report import Figure, Goal
from tests.benchmarks.surroundings import OFFSCREEN, ask_child, virtual_display
from tests.benchmarks.view_child import BRUSH, LAYERS, SIDE

RUNS = 3
"""Processes that paint; each gives the slowest of a hundred moves."""

_FRAMES = {
    "pan": ("pan", 4),
    "rulers": ("pan, with rulers and guides", 8),
    "smooth 0.1": ("zoom 0.1, smooth", 16),
    "smooth 0.33": ("zoom 0.33, smooth", 16),
    "smooth 1.5": ("zoom 1.5, smooth", 16),
    "turned": ("turned 15°, smooth", 35),
    "turned 0.33": ("turned 15° at 0.33, smooth", 35),
    "nearest 0.33": ("zoom 0.33 while moving", 18),
    "nearest 1.5": ("zoom 1.5 while moving", 18),
    "turned nearest": ("turned 15° while moving", 18),
}
_STROKES = {"fit": "at 10 %", "turned": "turned 15°"}


def measure(tell: Callable[[str], None]) -> list[Figure]:
    tell("drawing")
    times = ask_child(["-m", "tests.benchmarks.view_child", "drawing"], OFFSCREEN)
    copy = Figure("copying 2560×1440 pixels", times["copy"], "ms")
    figures = [copy]
    for name, (text, most) in _FRAMES.items():
        figures.append(Figure(f"view: {text}", times[name], "ms", copy, Goal(below=most)))
    slowest: dict[str, list[float]] = {name: [] for name in _STROKES}
    with virtual_display() as display:
        for run in range(RUNS if display is not None else 0):
            tell(f"strokes, {run + 1} of {RUNS}")
            found = ask_child(["-m", "tests.benchmarks.view_child", "stroke"], display)
            for name, latencies in found.items():
                slowest[name].append(sorted(latencies)[round(len(latencies) * 0.99) - 1])
    for name, text in _STROKES.items():
        figures.append(
            Figure(
                f"pointer to screen, {SIDE}² × {LAYERS}, d = {BRUSH}, {text}, 99th percentile",
                slowest[name],
                "ms",
                note="" if slowest[name] else "Xvfb is not installed",
            )
        )
    tell("memory")
    held = ask_child(["-m", "tests.benchmarks.view_child", "memory"], OFFSCREEN)
    tiles = Figure(f"tiles of {LAYERS} layers of {SIDE}², a tenth of each painted", held["tiles"], "MB")
    return [
        *figures,
        Figure(f"memory: {LAYERS} empty layers of {SIDE}²", held["empty"], "MB", goal=Goal(below=50)),
        tiles,
        Figure("memory: those painted, and all else", held["painted"], "MB", tiles, Goal(ratio_below=1.3)),
    ]
