"""Mixing by a soft mask: against the formula in floats, and exact at both ends."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from editor.raster.mix import Array8, mix


def noise(seed: int) -> Array8:
    picture = np.random.default_rng(seed).integers(0, 256, (16, 16, 4), np.uint8)
    picture[:4, :, 3] = 255
    picture[4:7, :, 3] = 0
    return picture


@given(st.integers(0, 1 << 30))
@run_with(max_examples=40, deadline=None)
def test_it_is_the_formula_rounded(seed: int) -> None:
    old, new = noise(seed), noise(seed + 1)
    weight = np.random.default_rng(seed + 2).integers(0, 256, (16, 16), np.uint8)
    mixed = mix(old, new, weight)
    share, before, after = weight[..., None] / 255, old.astype(float), new.astype(float)
    alpha = before[..., 3:] * (1 - share) + after[..., 3:] * share
    colour = before[..., :3] * before[..., 3:] * (1 - share) + after[..., :3] * after[..., 3:] * share
    expected = np.divide(colour, alpha, out=np.zeros_like(colour), where=alpha > 0)
    between = (weight > 0) & (weight < 255)
    assert np.abs(mixed[between][:, 3] - alpha[between][:, 0]).max() <= 0.5 + 1e-9
    seen = between & (alpha[..., 0] > 0)
    assert np.abs(mixed[seen][:, :3] - expected[seen]).max() <= 0.5 + 1e-9


def test_nothing_and_everything_are_exact_with_hidden_colour() -> None:
    old, new = noise(1), noise(2)
    weight = np.zeros((16, 16), np.uint8)
    weight[:, 8:] = 255
    mixed = mix(old, new, weight)
    assert np.array_equal(mixed[:, :8], old[:, :8])
    assert np.array_equal(mixed[:, 8:], new[:, 8:])


def test_transparent_pixels_lend_no_colour() -> None:
    old = np.full((1, 1, 4), (255, 0, 0, 0), np.uint8)
    new = np.full((1, 1, 4), (10, 20, 30, 255), np.uint8)
    assert tuple(mix(old, new, np.full((1, 1), 128, np.uint8))[0, 0]) == (10, 20, 30, 128)
