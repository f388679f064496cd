"""Vote: what the patches over a pixel make of it."""

from __future__ import annotations

import numpy as np
import pytest

from inference.engines.patchmatch.search import RADIUS
from inference.engines.patchmatch.vectors import roomy
from inference.engines.patchmatch.vote import vote
from inference.engines.patchmatch.workers import cut
from tests.inference.engines.patchmatch.conftest import Case


def test_a_vote_is_the_mean_weighted_by_how_well_each_patch_fits(case: Case) -> None:
    level, matches = case.level, case.matches
    chance = np.random.default_rng(4)
    matches[len(matches) // 2 :] = level.targets[len(matches) // 2 :] + (matches[-1] - level.targets[-1])
    inside = (matches >= RADIUS).all(axis=1) & (matches < np.array(level.shape) - RADIUS).all(axis=1)
    matches[~inside] = level.sources[0]
    misfit = chance.uniform(1, 9, len(matches)).astype(np.float32)
    colour, texture = level.colour.copy(), level.texture.copy()
    shifts = np.zeros((len(level.pixels), 2), np.int32)
    apart = matches - level.targets
    offsets = roomy(np.ascontiguousarray(apart[:, 0] * np.int32(level.shape[1]) + apart[:, 1]))
    softness = np.float32(0.4)
    for first, last in cut(len(level.pixels), 50):
        vote(
            colour.reshape(-1), texture.reshape(-1), level.shape[1], level.pixels, level.target_index, matches,
            offsets, roomy(misfit), level.confidence, softness, shifts, first, last,
        )  # fmt: skip
    known = level.colour.copy()
    for q, (y, x) in enumerate(level.pixels):
        over = [i for i, target in enumerate(level.targets) if np.abs(target - (y, x)).max() <= RADIUS]
        fits = misfit[over]
        share = level.confidence[over] * np.exp((fits.min() - fits) / (2 * softness * fits.mean() + 1e-3))
        sources = matches[over] + (y, x) - level.targets[over]
        if level.hole[sources[:, 0], sources[:, 1]].any():
            continue  # a hole's pixel is another one before and after its own turn
        share /= share.sum()
        assert colour[y, x] == pytest.approx(share @ known[sources[:, 0], sources[:, 1]], abs=1)
        assert np.array_equal(shifts[q], sources[share.argmax()])
    assert np.array_equal(colour[~level.hole], known[~level.hole])
