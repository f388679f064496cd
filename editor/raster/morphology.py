"""Morphology: masks grown and shrunk by a circle, and the band along their edges.

Masks are (h, w), uint8 or uint16, and the results are new arrays of the same kind; soft edges stay soft. Beyond the
array a mask goes on as it is at its edge. ``radius`` is in pixels, between the centres of pixels.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[Any]

_SMALL = 32
"""Radius up to which going through the circle's rows is quicker than measuring distances."""
_BAND = 512
"""Rows that are grown at a time at least: more of them leave the cache, fewer cost more calls."""


def grow(mask: Mask, radius: float) -> Mask:
    """Each pixel as much selected as the most selected one within ``radius``."""
    if radius < 1 or not mask.size:
        return mask.copy()
    full = mask.dtype.type(np.iinfo(mask.dtype).max)
    if radius > _SMALL and not ((mask > 0) & (mask < full)).any():
        return np.asarray((_distance_to(mask == full) <= radius) * full)
    return _grow_by_rows(mask, radius)


def shrink(mask: Mask, radius: float) -> Mask:
    """Each pixel as little selected as the least selected one within ``radius``: what is not selected grows."""
    full = mask.dtype.type(np.iinfo(mask.dtype).max)
    return np.asarray(full - grow(full - mask, radius))


def border(mask: Mask, width: int) -> Mask:
    """A band of ``width`` pixels along the edge, half of it (or a pixel more) outside, the rest inside."""
    return grow(mask, width - width // 2) - shrink(mask, width // 2)


def _grow_by_rows(mask: Mask, radius: float) -> Mask:
    """The circle is a stack of rows: those as wide as 1, 3, 5 … pixels are made from one another, each a maximum of the
    one before moved left and right, and go into the result where the circle has a row of that width."""
    most = math.floor(radius)
    heights: list[list[int]] = [[] for _ in range(most + 1)]
    for dy in range(most + 1):
        heights[math.isqrt(math.floor(radius * radius) - dy * dy)].append(dy)
    out = np.empty(mask.shape, mask.dtype)
    band = max(_BAND, most)
    for top in range(0, len(mask), band):
        bottom = min(top + band, len(mask))
        first, last = max(top - most, 0), min(bottom + most, len(mask))
        rows = mask[first:last].copy()
        grown = mask[top:bottom].copy()
        for half, steps in enumerate(heights):
            if half:
                rows = _widened(rows, half)
            for dy in steps:
                for shift in {dy, -dy}:
                    begin, end = max(top + shift, first), min(bottom + shift, last)
                    if begin < end:
                        target = grown[begin - shift - top : end - shift - top]
                        np.maximum(target, rows[begin - first : end - first], out=target)
        out[top:bottom] = grown
    return out


def _widened(rows: Mask, half: int) -> Mask:
    """The largest of 2 · ``half`` + 1 pixels, from those of two fewer: from what is left and right of each, since from
    3 pixels on the two reach over its middle."""
    wide = np.empty_like(rows)
    if half == 1 or rows.shape[1] < 3:
        wide[:] = rows
        np.maximum(wide[:, 1:], rows[:, :-1], out=wide[:, 1:])
        np.maximum(wide[:, :-1], rows[:, 1:], out=wide[:, :-1])
    else:
        np.maximum(rows[:, :-2], rows[:, 2:], out=wide[:, 1:-1])
        wide[:, 0], wide[:, -1] = rows[:, :2].max(axis=1), rows[:, -2:].max(axis=1)
    return wide


def _distance_to(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Of each pixel to the nearest one inside; very far where there is none."""
    if not inside.any():
        return np.full(inside.shape, 1e9, np.float32)
    import cv2

    outside = (~inside).view(np.uint8)
    return np.asarray(cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)
