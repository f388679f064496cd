"""A colour over pixels and pixels taken away: exact at both ends, within half a step between, in both depths."""

from __future__ import annotations

import numpy as np
import pytest

from editor.raster.flat import flat_over, masked, without

DEPTHS = [np.uint8, np.uint16]


def pixels(dtype: type, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """(64, 64, 4) RGBA and a (64, 64) cover, with whole rows and columns at both ends."""
    rng = np.random.default_rng(seed)
    full = np.iinfo(dtype).max
    old = rng.integers(0, full + 1, (64, 64, 4)).astype(dtype)
    cover = rng.integers(0, full + 1, (64, 64)).astype(dtype)
    old[:8, :, 3], old[8:16, :, 3] = 0, full
    cover[:, :8], cover[:, 8:16] = 0, full
    return old, cover


@pytest.mark.parametrize("dtype", DEPTHS)
def test_a_colour_over_pixels_is_source_over(dtype: type) -> None:
    old, cover = pixels(dtype)
    full = np.iinfo(dtype).max
    colour = np.array([full, full // 3, 0], dtype)
    out = flat_over(old, colour, cover)
    assert out.dtype == dtype
    share = cover[..., None] / full
    below = old[..., 3:] / full * (1 - share)
    alpha = share + below
    expected = (colour * share + old[..., :3] * below) / np.where(alpha == 0, 1, alpha)
    seen = alpha[..., 0] > 0
    assert np.abs(out[..., :3] - expected)[seen].max() <= 0.51
    assert np.abs(out[..., 3] - alpha[..., 0] * full).max() <= 0.51
    assert (out[:, :8] == old[:, :8]).all()
    assert (out[:, 8:16, :3] == colour).all() and (out[:, 8:16, 3] == full).all()


@pytest.mark.parametrize("dtype", DEPTHS)
def test_what_is_taken_away_is_the_cover_s_share(dtype: type) -> None:
    old, cover = pixels(dtype)
    full = np.iinfo(dtype).max
    out = without(old, cover)
    assert out.dtype == dtype
    assert np.abs(out[..., 3] - old[..., 3] * (1 - cover / full)).max() <= 0.51
    kept = out[..., 3] > 0
    assert (out[kept][:, :3] == old[kept][:, :3]).all()
    assert not out[~kept].any()  # nothing hidden remains
    assert (masked(old, full - cover) == out).all()
    assert (masked(old, np.full_like(cover, full))[old[..., 3] > 0] == old[old[..., 3] > 0]).all()
