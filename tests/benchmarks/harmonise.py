"""Fitting in: the gradient-domain blend of a patch of 1024², and all that there is, against OpenCV's seamless clone."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
from PIL import Image

from inference.harmonise import Harmony, harmonise
from inference.mask import composite_mask, model_mask
from tests.benchmarks.report import Figure, Goal
from tests.benchmarks.surroundings import SAMPLE

SIDE = 1024
MARGIN = 48
GROW, FEATHER, BEYOND = 4, 12, 4
RUNS = 5

_BLEND = Goal(ratio_below=0.3)
_ALL = Goal(ratio_below=1)


def measure(tell: Callable[[str], None]) -> list[Figure]:
    """A cast of 12 over all of a patch, on the sample photo."""
    side = SIDE + 2 * MARGIN
    rgb = np.asarray(Image.open(SAMPLE).convert("RGB"))[-side:, -side:]
    below = np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])
    selection = np.zeros(rgb.shape[:2], np.uint8)
    selection[MARGIN:-MARGIN, MARGIN:-MARGIN] = 255
    shown = composite_mask(selection, GROW, FEATHER)
    repainted = model_mask(shown, BEYOND)
    patch = below.copy()
    patch[..., :3] = np.clip(below[..., :3].astype(np.int16) + 12, 0, 255)
    theirs: list[float] = []
    ours: dict[Harmony, list[float]] = {Harmony(blend=1): [], Harmony(1, 1, 1): []}
    for run in range(RUNS):
        tell(f"{run + 1} of {RUNS}")
        theirs.append(timed(lambda: clone(patch, below, selection)))
        for harmony, times in ours.items():
            fit = partial(harmonise, patch, below, repainted, selection, shown, harmony)
            times.append(timed(fit))
    cloned = Figure(f"OpenCV's seamless clone of {SIDE}²", theirs, "ms")
    blend, everything = ours.values()
    return [
        cloned,
        Figure(f"blend of {SIDE}² in the gradient domain", blend, "ms", cloned, _BLEND),
        Figure(f"colour, blend, detail and grain of {SIDE}²", everything, "ms", cloned, _ALL),
    ]


def clone(patch: np.ndarray, below: np.ndarray, selection: np.ndarray) -> np.ndarray:
    height, width = selection.shape
    centre = (width // 2, height // 2)
    return np.asarray(
        cv2.seamlessClone(patch[..., :3].copy(), below[..., :3].copy(), selection, centre, cv2.NORMAL_CLONE)
    )


def timed(act: Callable[[], object]) -> float:
    """In milliseconds."""
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000
