"""The colour range against its definition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editor.raster.colour_range import colour_range


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 999), st.integers(0, 255), st.booleans(), st.booleans())
def test_it_is_the_definition(seed: int, fuzziness: int, deep: bool, opaque: bool) -> None:
    rng = np.random.default_rng(seed)
    dtype: Any = np.uint16 if deep else np.uint8
    scale = 257 if deep else 1
    colour = rng.integers(0, 256, 3)
    values = np.clip(colour + rng.integers(-fuzziness - 1, fuzziness + 2, (9, 8, 3)), 0, 255)
    alpha = np.full((9, 8), 255) if opaque else rng.integers(0, 256, (9, 8))
    pixels = (np.dstack([values, alpha]) * scale).astype(dtype)
    distance = np.abs(values - colour).max(axis=-1)
    near = np.clip(2 - 2 * distance / fuzziness, 0, 1) if fuzziness else (distance == 0).astype(float)
    expected = near * alpha * scale
    result = colour_range(pixels, (colour * scale).astype(dtype), fuzziness * scale)
    assert result.dtype == dtype and result.shape == (9, 8)
    assert np.abs(result - expected).max() <= 1


def test_it_is_soft_and_falls_evenly() -> None:
    greys = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 4, axis=2)
    greys[..., 3] = 255
    cover = colour_range(greys, np.array([100, 100, 100], np.uint8), 40)[0]
    assert (cover[80:121] == 255).all()
    assert cover[60] == cover[140] == 0
    assert np.diff(cover[120:141].astype(int)).tolist() == pytest.approx([-255 / 20] * 20, abs=1)
