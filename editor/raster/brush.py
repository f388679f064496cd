"""Brush: the round dab, antialiased and placed between pixels."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array8 = npt.NDArray[np.uint8]
Float32 = npt.NDArray[np.float32]

SUBPIXEL = 4
"""Places per pixel, across and down, where ``stamp`` puts a dab."""

_SAMPLES = 256
"""Samples along a side of a small dab; up to 16 per pixel, one per pixel from this size on."""
_SMALL = 128


class Stamp(NamedTuple):
    """Coverage, (n, n) uint8 and read-only, and the pixel in which its first value lies."""

    cover: Array8
    x: int
    y: int


def dab(diameter: float, hardness: float, fx: float, fy: float) -> Float32:
    """Coverage 0–1 of a round dab, (n, n) float32 with n odd; ``diameter`` in pixels.

    Its centre lies (fx, fy), each 0 up to 1, right of and below the corner of the middle pixel: (0.5, 0.5) is
    the middle of that pixel. Full within ``hardness`` × the radius, from there to the radius it falls by
    smoothstep, 1 − t²(3 − 2t); hardness 1 is a disc. A pixel's value is its average over the profile. Dabs of
    less than a pixel are discs of one pixel, as much thinner as their area is smaller.
    """
    if not diameter > 0 or not 0 <= hardness <= 1:
        raise ValueError(f"no dab of {diameter} pixels with hardness {hardness}")
    radius = max(diameter, 1.0) / 2
    reach = math.ceil(radius + 0.5)
    side = 2 * reach + 1
    per_pixel = min(max(_SAMPLES // side, 1), 16)
    # a sample stands for a square as wide as the samples' distance: the edge is softened by that much
    blur = 0.5 / per_pixel
    inner, outer = max(hardness * radius - blur, 0.0), radius + blur
    at = (np.arange(side * per_pixel, dtype=np.float32) + np.float32(0.5)) / np.float32(per_pixel)
    across, down = (at - np.float32(reach + fx)) ** 2, (at - np.float32(reach + fy)) ** 2
    t = np.sqrt(down[:, None] + across[None, :])
    t -= np.float32(inner)
    t *= np.float32(1 / (outer - inner))
    np.clip(t, 0, 1, out=t)
    cover: Float32 = 1 - t * t * (3 - 2 * t)
    if per_pixel > 1:
        cover = cover.reshape(side, per_pixel, side, per_pixel).mean(axis=(1, 3), dtype=np.float32)
    if diameter < 1:
        cover *= np.float32(diameter * diameter)
    return cover


def stamp(diameter: float, hardness: float, x: float, y: float) -> Stamp:
    """A dab whose centre is at (x, y), pixel edges at whole numbers; kept for the next dab that is like it.

    Position is rounded to a quarter of a pixel, diameter to a 16th, or to 1 % where that is more: less than
    the eye sees, and a stroke's dabs are made once each.
    """
    step = max(1 / 16, 2.0 ** math.floor(math.log2(max(diameter, 1.0) / 100)))
    size = max(round(diameter / step), 1) * step
    qx, qy = round(x * SUBPIXEL), round(y * SUBPIXEL)
    made = _small if size <= _SMALL else _large
    cover = made(size, hardness, qx % SUBPIXEL, qy % SUBPIXEL)
    reach = cover.shape[0] // 2
    return Stamp(cover, qx // SUBPIXEL - reach, qy // SUBPIXEL - reach)


def _bytes(diameter: float, hardness: float, qx: int, qy: int) -> Array8:
    cover = dab(diameter, hardness, qx / SUBPIXEL, qy / SUBPIXEL)
    out = (cover * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    out.flags.writeable = False
    return out


_small = lru_cache(maxsize=512)(_bytes)
_large = lru_cache(maxsize=SUBPIXEL * SUBPIXEL)(_bytes)
