"""Search: distances as NumPy has them, and nothing worse than before."""

from __future__ import annotations

import numpy as np
import pytest

from inference.engines.patchmatch.arrays import Floats, Ints
from inference.engines.patchmatch.search import RADIUS, search_exhaustively, search_nearby
from tests.inference.engines.patchmatch.conftest import Case

TEXTURE, PRIOR = np.float32(6), np.float32(40)


def searched(case: Case) -> tuple[object, ...]:
    """What both searches are given first."""
    level = case.level
    return (
        level.colour.reshape(-1), level.shades.reshape(-1), level.texture.reshape(-1), case.penalty.reshape(-1),
        level.root.reshape(-1), level.frame, level.shape[1], TEXTURE, PRIOR, level.targets, level.weight_sum,
    )  # fmt: skip


def patch(plane: Floats, y: int, x: int) -> Floats:
    return plane[y - RADIUS : y + RADIUS + 1, x - RADIUS : x + RADIUS + 1]


def distance(case: Case, i: int, source: Ints) -> float:
    """Of target ``i`` to a source, as the search should have it."""
    level = case.level
    target_y, target_x = level.targets[i]
    top, left, _ = level.frame
    weight = patch(level.root, target_y - top, target_x - left) ** 2
    apart = patch(level.colour, target_y, target_x) - patch(level.shades.astype(np.float32), *source)
    rough = ((level.texture[target_y, target_x] - level.texture[tuple(source)]) ** 2).sum()
    far = np.abs(level.targets[i] - source).sum()
    extra = TEXTURE * rough + PRIOR * far + case.penalty[tuple(source)]
    return float((weight * apart**2).sum() + weight[..., 0].sum() * extra)


def test_an_exhaustive_search_finds_the_nearest_patch(case: Case) -> None:
    level, matches = case.level, case.matches.copy()
    distances = np.zeros(len(matches), np.float32)
    everyone = np.arange(len(matches), dtype=np.int32)
    search_exhaustively(*searched(case), everyone, level.sources, matches, distances, True, 0, len(matches))
    for i in range(0, len(matches), 7):
        truth = [distance(case, i, source) for source in level.sources]
        assert distances[i] == pytest.approx(min(truth), rel=1e-4)
        assert distance(case, i, matches[i]) == pytest.approx(min(truth), rel=1e-4)


@pytest.mark.parametrize("backwards", [False, True])
def test_a_search_nearby_measures_what_it_finds_and_takes_nothing_worse(case: Case, backwards: bool) -> None:
    level, matches = case.level, case.matches.copy()
    distances = np.zeros(len(matches), np.float32)
    for first, last in ((0, 40), (40, len(matches))):
        search_nearby(
            *searched(case), level.target_index, level.usable, matches, case.matches, distances,
            5, True, backwards, 20, first, last,
        )  # fmt: skip
    before = np.array([distance(case, i, source) for i, source in enumerate(case.matches)])
    after = np.array([distance(case, i, source) for i, source in enumerate(matches)])
    assert distances == pytest.approx(after, rel=1e-4)
    assert (after <= before * 1.0001).all() and after.mean() < before.mean() / 1.2
    assert level.usable[matches[:, 0], matches[:, 1]].all()


def test_a_worse_match_than_is_known_of_is_not_taken(case: Case) -> None:
    matches, distances = case.matches.copy(), np.zeros(len(case.matches), np.float32)
    everyone = np.arange(len(matches), dtype=np.int32)
    sources = case.level.sources
    search_exhaustively(*searched(case), everyone, sources, matches, distances, False, 0, len(matches))
    assert np.array_equal(matches, case.matches) and not distances.any()
