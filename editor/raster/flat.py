"""One colour laid over pixels, and pixels taken away, as far as a soft selection covers them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[Any]
"""uint8 or uint16: values from 0 to the largest that the type holds."""


def flat_over(old: Pixels, colour: Pixels, cover: Pixels) -> Pixels:
    """An opaque colour, (3,), over ``old``, (h, w, 4) with straight alpha, by a ``cover``, (h, w), all of one type.

    Where the cover is full the pixel is the colour exactly, where it is 0 the old one with its hidden colour; between,
    it is rounded to the nearest.
    """
    full = np.float32(np.iinfo(old.dtype).max)
    share = (cover / full).astype(np.float32)[..., None]
    below = (old[..., 3:] / full).astype(np.float32) * (1 - share)
    alpha = below + share
    out = np.empty_like(old)
    mixed = (old[..., :3] * below + colour.astype(np.float32) * share) / np.maximum(alpha, 1e-12)
    out[..., :3] = mixed + np.float32(0.5)
    out[..., 3:] = alpha * full + np.float32(0.5)
    np.copyto(out, old, where=share == 0)
    return out


def without(old: Pixels, cover: Pixels) -> Pixels:
    """``old``, (h, w, 4) with straight alpha, as far as ``cover``, (h, w) of the same type, leaves of it."""
    full = int(np.iinfo(old.dtype).max)
    out = old.copy()
    left = old[..., 3].astype(np.uint64) * (full - cover.astype(np.uint64))
    out[..., 3] = (left + full // 2) // full
    out[out[..., 3] == 0] = 0
    return out


def masked(old: Pixels, mask: Pixels) -> Pixels:
    """``old``, (h, w, 4) with straight alpha, as a layer mask, (h, w) of the same type, shows it."""
    return without(old, np.iinfo(mask.dtype).max - mask)
