"""Mask preparation: Kandinsky's masks in latents, without a loop over pixels, against the pipeline's own loop."""

from __future__ import annotations

from collections.abc import Callable

from tests.benchmarks.diffusion_child import MASK_SIDE
from tests.benchmarks.report import Figure, Goal
from tests.benchmarks.surroundings import ask_child

_GOAL = Goal(ratio_below=1 / 20)


def measure(tell: Callable[[str], None]) -> list[Figure]:
    tell("both ways, one after the other")
    times = ask_child(["-m", "tests.benchmarks.diffusion_child", "masks"])
    theirs = Figure(f"mask preparation {MASK_SIDE}², the pipeline's own", times["theirs"], "ms")
    return [theirs, Figure(f"mask preparation {MASK_SIDE}²", times["ours"], "ms", theirs, _GOAL)]
