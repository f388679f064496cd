"""Paint: one region of a picture filled, from its analysis to its colours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from inference.engines.patchmatch.arrays import Floats
from inference.engines.patchmatch.coherence import cohere
from inference.engines.patchmatch.compose import compose
from inference.engines.patchmatch.diffuse import diffuse
from inference.engines.patchmatch.pyramid import FEWEST_SOURCES, Level, build_pyramid
from inference.engines.patchmatch.regions import Region
from inference.engines.patchmatch.search import PATCH
from inference.engines.patchmatch.synthesis import Estimate, synthesise
from inference.engines.patchmatch.workers import Workers

COHERENCE_SWEEPS = 6

_SETTLED = 0.02
"""Share of the pixels; where a sweep moves no more, another one would not show."""

Advance = Callable[[str, float], None]
"""Hears the stage ("search", "compose") and the share of the region's work that is done, 0–1."""

_SEARCH_SHARE = 0.92


@dataclass(frozen=True, slots=True)
class Job:
    """A region made ready: its pyramid, or none where it is too small for patches and is filled smoothly."""

    region: Region
    colour: Floats
    levels: list[Level]

    @property
    def cost(self) -> int:
        """What the region weighs in the progress of the whole."""
        return int(self.region.hole.sum())


def prepare(colour: Floats, region: Region, workers: Workers) -> Job:
    """Analyses a region; ``colour`` is (h, w, 3) with 0–255, of the region's size."""
    levels: list[Level] = []
    if min(region.hole.shape) >= PATCH:
        levels = build_pyramid(colour, region.hole, region.known, region.source, workers)
        if levels[0].source_count < FEWEST_SOURCES:
            levels = []
    return Job(region, colour, levels)


def paint(job: Job, seed: int, workers: Workers, advance: Advance, adapt: bool = True) -> Floats:
    """(m, 3) grey levels for the pixels of the region's hole, in reading order.

    ``adapt``: they take on the tones around them; otherwise each is one of the region's own pixels, unchanged. A region
    without room for patches is filled smoothly.
    """
    if not job.levels:
        return diffuse(job.colour, job.region.known)[job.region.hole]
    estimate = synthesise(job.levels, seed, workers, lambda share: advance("search", share * _SEARCH_SHARE))
    advance("compose", _SEARCH_SHARE)
    _tidy(estimate, workers)
    if adapt:
        colours = compose(estimate.level, estimate.shifts, workers)
    else:
        colours = job.colour[estimate.shifts[:, 0], estimate.shifts[:, 1]]
    advance("compose", 1.0)
    return colours


def _tidy(estimate: Estimate, workers: Workers) -> None:
    """Makes the shift map coherent."""
    level = estimate.level
    index = np.full(level.shape, -1, np.int32)
    index[level.hole] = np.arange(len(level.pixels), dtype=np.int32)
    voted = estimate.hole_colours().reshape(-1)
    shifts = estimate.shifts
    due = np.ones(len(shifts), np.bool_)
    for sweep in range(COHERENCE_SWEEPS):
        before, due_next = shifts.copy(), np.zeros(len(shifts), np.bool_)
        kernel = partial(
            cohere,
            level.colour.reshape(-1), voted, level.known, level.source, level.pixels, index, shifts, before,
            due, due_next, sweep % 2 == 1,
        )  # fmt: skip
        workers.run(kernel, len(shifts))
        due = due_next
        moved = np.count_nonzero((shifts != before).any(axis=1))
        if moved <= _SETTLED * len(shifts):
            break
