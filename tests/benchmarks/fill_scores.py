"""Fill scores: what each method got in each case, and one method against another over all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tests.benchmarks import fill_metrics
from tests.benchmarks.fill_cases import Case
from tests.benchmarks.fill_methods import Filled

RESAMPLES = 4000
_LEAST_COST = 0.05
"""Costs below this are alike: a tenth of a grey level on a clear sky is no victory."""
_FEWEST_PHOTOS = 5


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one fill; lower is better but for ``psnr`` and ``ssim``. ``mebibytes`` is None where unknown."""

    swd: float
    tex: float
    seam: float
    step: float
    cost: float
    psnr: float
    ssim: float
    seconds: float
    mebibytes: float | None

    @classmethod
    def of(cls, filled: Filled, case: Case) -> Score:
        picture, truth, hole = filled.picture, case.truth, case.hole
        swd = fill_metrics.patch_distance(picture, truth, hole)
        tex = fill_metrics.texture_distance(picture, truth, hole)
        seam, step = fill_metrics.seam(picture, truth, hole), fill_metrics.step(picture, truth, hole)
        return cls(
            swd, tex, seam, step, fill_metrics.cost(swd, tex, seam, step),
            fill_metrics.psnr(picture, truth, hole), fill_metrics.ssim(picture, truth, hole),
            filled.seconds, filled.mebibytes,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comparison:
    """One method against another: the geometric mean of the ratios of costs, its 95 % interval, and the share won."""

    ratio: float
    low: float
    high: float
    won: float
    cases: int


def compare(ours: Sequence[float], theirs: Sequence[float], photos: Sequence[str]) -> Comparison:
    """``ours`` and ``theirs`` are the costs of the same cases, ``photos`` the photo of each.

    The interval is a percentile bootstrap that draws whole photos, as the cases of one photo are alike; with fewer
    than five photos it draws cases. A tie counts half.
    """
    logs = np.log(np.maximum(ours, _LEAST_COST)) - np.log(np.maximum(theirs, _LEAST_COST))
    names = sorted(set(photos))
    groups = [logs[[photo == name for photo in photos]] for name in names]
    if len(groups) < _FEWEST_PHOTOS:
        groups = [logs[index : index + 1] for index in range(len(logs))]
    sums, counts = np.array([group.sum() for group in groups]), np.array([len(group) for group in groups])
    drawn = np.random.default_rng(0).integers(0, len(groups), (RESAMPLES, len(groups)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.exp(np.percentile(means, (2.5, 97.5)))
    won = float(np.mean(np.where(logs == 0, 0.5, logs < 0)))
    return Comparison(math.exp(float(logs.mean())), float(low), float(high), won, len(logs))
