"""Mixing by a soft mask: against the formula in floats, and exact at both ends."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from editor.raster.mix import Array, mix

FULL = {np.uint8: 255, np.uint16: 65535}
types = st.sampled_from(list(FULL))


def noise(seed: int, dtype: type = np.uint8) -> Array:
    picture = np.random.default_rng(seed).integers(0, FULL[dtype], (16, 16, 4), dtype, endpoint=True)
    picture[:4, :, 3] = FULL[dtype]
    picture[4:7, :, 3] = 0
    return picture


@given(st.integers(0, 1 << 30), types)
@run_with(max_examples=40, deadline=None)
def test_it_is_the_formula_rounded(seed: int, dtype: type) -> None:
    old, new, full = noise(seed, dtype), noise(seed + 1, dtype), FULL[dtype]
    weight = np.random.default_rng(seed + 2).integers(0, full, (16, 16), dtype, endpoint=True)
    mixed = mix(old, new, weight)
    assert mixed.dtype == dtype
    share, before, after = weight[..., None] / full, old.astype(float), new.astype(float)
    alpha = before[..., 3:] * (1 - share) + after[..., 3:] * share
    colour = before[..., :3] * before[..., 3:] * (1 - share) + after[..., :3] * after[..., 3:] * share
    expected = np.divide(colour, alpha, out=np.zeros_like(colour), where=alpha > 0)
    between = (weight > 0) & (weight < full)
    assert np.abs(mixed[between][:, 3] - alpha[between][:, 0]).max() <= 0.5 + 1e-9
    seen = between & (alpha[..., 0] > 0)
    assert np.abs(mixed[seen][:, :3] - expected[seen]).max() <= 0.5 + 1e-9


@given(types)
def test_nothing_and_everything_are_exact_with_hidden_colour(dtype: type) -> None:
    old, new = noise(1, dtype), noise(2, dtype)
    weight = np.zeros((16, 16), dtype)
    weight[:, 8:] = FULL[dtype]
    mixed = mix(old, new, weight)
    assert np.array_equal(mixed[:, :8], old[:, :8])
    assert np.array_equal(mixed[:, 8:], new[:, 8:])


def test_transparent_pixels_lend_no_colour() -> None:
    old = np.full((1, 1, 4), (255, 0, 0, 0), np.uint8)
    new = np.full((1, 1, 4), (10, 20, 30, 255), np.uint8)
    assert tuple(mix(old, new, np.full((1, 1), 128, np.uint8))[0, 0]) == (10, 20, 30, 128)
