"""Grain: what is measured of a large picture, and noise that goes on at its edges."""

from __future__ import annotations

import numpy as np
import pytest

from inference.geometry import Bounds
from inference.grain import GRAIN_TILE, Floats, add_grain


def noisy(height: int, width: int, deviation: float, seed: int = 1) -> Floats:
    """Grey with the same noise in all three channels."""
    noise = np.random.default_rng(seed).normal(0, deviation, (height, width, 1))
    return np.repeat(128 + noise, 3, axis=2).astype(np.float32)


@pytest.mark.parametrize("shape", [(90, 120), (700, 900), (1500, 40), (20, 3000)])
@pytest.mark.parametrize("half", ["left", "top"])
def test_a_place_gets_the_noise_of_another(shape: tuple[int, int], half: str) -> None:
    truth, colour = noisy(*shape, 5), np.full((*shape, 3), 128, np.float32)
    around = np.zeros(shape, np.bool_)
    if half == "left":
        around[:, : shape[1] // 2] = True
    else:
        around[: shape[0] // 2] = True
    add_grain(colour, truth, around, ~around, 1, 3, Bounds(0, 0, shape[1], shape[0]))
    assert colour[..., 1].std() == pytest.approx(5, rel=0.15)


def test_grain_stays_where_it_is_in_the_context() -> None:
    truth, flat = noisy(80, 1200, 6), np.full((80, 1200, 3), 128, np.float32)
    around = np.zeros((80, 1200), np.bool_)
    around[:40] = True
    whole, part = flat.copy(), flat[:, 300:].copy()
    for colour, left in ((whole, 0), (part, 300)):
        at = np.s_[:, left:]
        # The same band of the truth, so that both are given the same measure of it.
        band = np.zeros_like(around)
        band[:40, 300:] = True
        near = Bounds(left, 0, 1200 - left, 80)
        add_grain(colour, truth[at], band[at], ~around[at], 1, 3, near)
    assert np.abs(whole[:, 300:] - part).max() < 0.5
    assert np.array_equal(whole[:, :100], whole[:, GRAIN_TILE : GRAIN_TILE + 100])
    assert whole[:, 300:].std() > 4


def test_the_tile_shows_no_edge() -> None:
    """Coarse grain is laid over the tile's edge: neighbours across it are as much alike as within."""
    fine = noisy(200, 1200, 6)
    coarse = np.repeat(np.repeat(fine[:100, :600], 2, axis=0), 2, axis=1)
    colour = np.full(coarse.shape, 128, np.float32)
    around = np.zeros(coarse.shape[:2], np.bool_)
    around[:100] = True
    add_grain(colour, coarse, around, ~around, 1, 3, Bounds(0, 0, 1200, 200))
    steps = np.abs(np.diff(colour[..., 1], axis=1)).mean(axis=0)
    assert steps[GRAIN_TILE - 1] == pytest.approx(steps.mean(), rel=0.35)
