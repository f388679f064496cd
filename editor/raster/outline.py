"""Outline: where a mask crosses a threshold, as straight segments along pixel edges."""

from __future__ import annotations

from typing import Any, overload

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[Any]
Segments = npt.NDArray[np.int32]

_BAND = 256
"""Rows that are looked at a time, so that they stay in the cache."""


@overload
def outline(mask: Pixels, threshold: int = 128, x: int = 0, y: int = 0, limit: None = None) -> Segments: ...
@overload
def outline(
    mask: Pixels, threshold: int = 128, x: int = 0, y: int = 0, limit: int | None = None
) -> Segments | None: ...
def outline(
    mask: Pixels, threshold: int = 128, x: int = 0, y: int = 0, limit: int | None = None
) -> Segments | None:
    """(n, 4) int32 segments (x0, y0, x1, y1) between pixels at or above the threshold and pixels below it.

    ``mask`` is (h, w) uint8 or uint16 with its first pixel at (x, y); outside it is 0. Horizontal segments first,
    from the top, x0 < x1; then vertical ones, from the left, y0 < y1. Each is as long as the edge runs straight.
    None where there are more than ``limit``: known as soon as that many have been met, so noise is given up early.

    A corner is a point of the grid with one or three of its four pixels inside. Runs of edges, along rows as
    well as along columns, begin and end at corners and nowhere else: taken in order, two corners are a
    segment.
    """
    rows = np.flatnonzero(mask.max(axis=1, initial=0) >= threshold)
    if threshold <= 0 or not rows.size:
        return np.empty((0, 4), np.int32)
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(mask[top:bottom].max(axis=0) >= threshold)
    left, right = int(columns[0]), int(columns[-1]) + 1
    corners = _corners(mask[top:bottom, left:right], threshold, limit)
    if corners is None:
        return None
    across, down = corners
    across += left + x
    down += top + y
    horizontal, vertical = (
        np.empty((len(across) // 2, 4), np.int32),
        np.empty((len(across) // 2, 4), np.int32),
    )
    horizontal[:, 0::2], horizontal[:, 1::2] = across.reshape(-1, 2), down.reshape(-1, 2)
    order = np.lexsort((down, across))
    vertical[:, 0::2], vertical[:, 1::2] = across[order].reshape(-1, 2), down[order].reshape(-1, 2)
    return np.concatenate((horizontal, vertical))


def _corners(
    mask: Pixels, threshold: int, limit: int | None
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]] | None:
    """Columns and rows of the corners, row by row. There are as many as segments; None for more than ``limit``."""
    height, width = mask.shape
    found: list[npt.NDArray[np.int64]] = []
    count = 0
    for start in range(0, height + 1, _BAND):
        stop = min(start + _BAND, height + 1)
        inside = np.zeros((stop - start + 1, width + 2), np.bool_)  # with a pixel of nothing around the mask
        part = mask[max(start - 1, 0) : min(stop, height)]
        offset = 1 if start == 0 else 0
        np.greater_equal(part, threshold, out=inside[offset : offset + len(part), 1:-1])
        changes = inside[:-1] ^ inside[1:]
        corners = changes[:, :-1] ^ changes[:, 1:]
        found.append(np.flatnonzero(corners) + start * (width + 1))
        count += len(found[-1])
        if limit is not None and count > limit:
            return None
    down, across = np.divmod(np.concatenate(found), width + 1)
    return across, down
