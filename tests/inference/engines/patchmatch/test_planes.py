"""Planes: the same as in plain NumPy."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from inference.engines.patchmatch.planes import charge, halve, roughen


@pytest.mark.parametrize("shape", [(9, 12), (24, 31), (3, 3)])
def test_roughness_is_the_mean_gradient_of_what_is_certain(shape: tuple[int, int]) -> None:
    chance = np.random.default_rng(7)
    grey = chance.uniform(0, 255, shape).astype(np.float32)
    certain = (chance.random(shape) < 0.8).astype(np.uint8)
    texture = np.empty((*shape, 2), np.float32)
    for first, last in ((0, 2), (2, shape[0])):
        roughen(grey, certain, texture, first, last)
    across, down = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    across[:, 1:-1] = np.abs(grey[:, 2:] - grey[:, :-2]) / 2
    down[1:-1] = np.abs(grey[2:] - grey[:-2]) / 2
    share = cv2.blur(certain.astype(np.float32), (5, 5)) + 1e-6
    for k, plane in enumerate((across, down)):
        assert texture[..., k] == pytest.approx(cv2.blur(plane * certain, (5, 5)) / share, abs=1e-2)


@pytest.mark.parametrize("shape", [(8, 10), (9, 7), (1, 3)])
def test_halving_takes_the_mean_of_what_is_known(shape: tuple[int, int]) -> None:
    chance = np.random.default_rng(8)
    colour = chance.uniform(0, 255, (*shape, 3)).astype(np.float32)
    texture = chance.uniform(0, 9, (*shape, 2)).astype(np.float32)
    kinds = chance.integers(0, 4, shape)
    hole, known, source = kinds == 0, kinds > 1, kinds == 3
    size = (shape[0] + 1) // 2, (shape[1] + 1) // 2
    planes = [np.empty((*size, 3), np.float32), np.empty((*size, 2), np.float32)]
    flags = [np.empty(size, np.bool_) for _ in range(3)]
    halve(colour, texture, hole, known, source, *planes, *flags, 0, size[0])
    for y in range(size[0]):
        for x in range(size[1]):
            rows = [2 * y, min(2 * y + 1, shape[0] - 1)]
            columns = [2 * x, min(2 * x + 1, shape[1] - 1)]
            block = np.ix_(rows, columns)
            sure = known[block]
            for half, plane in zip(planes, (colour, texture), strict=True):
                mean = plane[block][sure].mean(axis=0) if sure.any() else 0
                assert half[y, x] == pytest.approx(mean, rel=1e-5)
            assert flags[0][y, x] == hole[block].any()
            assert flags[1][y, x] == (sure.any() and not hole[block].any())
            assert flags[2][y, x] == (flags[1][y, x] and (source[block] | ~sure).all())


def test_what_is_used_beyond_its_share_is_charged_for() -> None:
    use = np.array([[0, 2, 3, 50]], np.float32)
    liking, price = np.full((1, 4), 7, np.float32), np.full((1, 4), 4, np.float32)
    penalty = np.empty((1, 4), np.float32)
    charge(use, np.float32(2), np.float32(5), np.float32(10), liking, price, penalty, 0, 1)
    assert np.array_equal(price, [[2, 2, 7, 27]])
    assert np.array_equal(penalty, price + liking)
