"""Polygon: the antialiased area inside a closed line, as coverage."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from editor.raster import native
from inference.geometry import Bounds

Array8 = npt.NDArray[np.uint8]

_WEIGHT = 65535
"""What a fully covered pixel sums up to; divided evenly by every number of lines below."""
_LINES = (51, 15)
"""Lines per pixel row along which the area is measured: the most that keep the crossings few."""
_FEW = 1 << 19
_BAND = 1 << 21
"""Crossings that are sorted at a time."""
_FAR = 1 << 22
"""Points further than this outside the bounds count as this far; no canvas is as large."""


def polygon(points: npt.ArrayLike, bounds: Bounds) -> Array8:
    """(h, w) uint8 coverage of ``bounds``: 255 inside, 0 outside, a pixel's share where an edge runs through.

    ``points`` is (n, 2), x and y in pixels with pixel edges at whole numbers; the last is joined to the
    first. Where the line crosses itself, all that it winds round is inside (the non-zero rule). Fewer than
    three points or no area: all 0. Raises ValueError for other shapes and for values that are not finite.

    A pixel's value is the mean of exact lengths along horizontal lines, 51 to a row (15 where the polygon has
    very many edges): the crossings of edges and lines are sorted, and the winding number is their running
    sum.
    """
    corners = np.asarray(points, dtype=np.float64)
    if corners.size == 0:
        corners = corners.reshape(0, 2)
    if corners.ndim != 2 or corners.shape[1] != 2 or not np.isfinite(corners).all():
        raise ValueError("a polygon is made of finite points (x, y)")
    out = np.zeros((bounds.height, bounds.width), np.uint8)
    if len(corners) < 3 or not bounds:
        return out
    corners = np.clip(corners - (bounds.x, bounds.y), -_FAR, max(*bounds.extent) + _FAR)
    ends = np.roll(corners, -1, axis=0)
    upright = corners[:, 1] != ends[:, 1]
    start, end = corners[upright], ends[upright]
    if not len(start):
        return out
    y_low, y_high = np.minimum(start[:, 1], end[:, 1]), np.maximum(start[:, 1], end[:, 1])
    top = int(np.clip(np.floor(y_low.min()), 0, bounds.height))
    bottom = int(np.clip(np.ceil(y_high.max()), 0, bounds.height))
    left = int(np.clip(np.floor(corners[:, 0].min()), 0, bounds.width))
    right = int(np.clip(np.ceil(corners[:, 0].max()), 0, bounds.width))
    if top >= bottom or left >= right:
        return out
    height = np.maximum(np.minimum(y_high, bottom) - np.maximum(y_low, top), 0)
    lines = next((n for n in _LINES if height.sum() * n <= _FEW), _LINES[-1])
    bands = max(1, min(int(np.ceil(height.sum() * lines / _BAND)), bottom - top))
    start, end = start - (left, 0), end - (left, 0)
    for band in np.array_split(np.arange(top, bottom), bands):
        rows = int(band[0]), int(band[-1]) + 1
        out[rows[0] : rows[1], left:right] = _rows(start, end, rows, right - left, lines)
    return out


def _rows(
    start: npt.NDArray[np.float64],
    end: npt.NDArray[np.float64],
    rows: tuple[int, int],
    width: int,
    lines: int,
) -> Array8:
    """Coverage of some rows, from edges (n, 2) to (n, 2), none of them horizontal."""
    first_line, last_line = rows[0] * lines, rows[1] * lines
    down = end[:, 1] > start[:, 1]
    # A line j runs at (j + ½) / lines; an edge crosses those from its upper end up to, without, its lower
    # end.
    j_start = np.ceil(start[:, 1] * lines - 0.5).clip(first_line, last_line).astype(np.int64)
    j_end = np.ceil(end[:, 1] * lines - 0.5).clip(first_line, last_line).astype(np.int64)
    low = np.minimum(j_start, j_end)
    count = np.abs(j_end - j_start)
    edge = np.repeat(np.arange(len(start)), count)
    line = np.arange(len(edge)) + np.repeat(low - (np.cumsum(count) - count), count)
    slope = (end[:, 0] - start[:, 0]) / (end[:, 1] - start[:, 1])
    x = start[edge, 0] + ((line + 0.5) / lines - start[edge, 1]) * slope[edge]
    place = np.rint(x.clip(0, width) * 65536).astype(np.int64)
    # One number per crossing, ordered by line and then by place: 20 bits and more, 32 bits of place, 1 of
    # direction.
    crossing = np.sort((line - first_line) << 34 | place << 1 | down[edge])
    winding = np.cumsum(((crossing & 1) << 1) - 1)  # 0 again at the end of every line: the polygon is closed
    inside = winding != 0
    before = np.concatenate(([False], inside[:-1]))
    border = inside != before
    crossing, opens = crossing[border], inside[border]
    place = crossing >> 1 & 0x1FFFFFFFF
    row, column = (crossing >> 34) // lines, place >> 16
    # A step at the border, shared between two pixels; the running sum along a row is the coverage. Sums wrap
    # round in 16 bits, and come out right, since every coverage fits.
    full = _WEIGHT // lines
    later = ((place & 0xFFFF) * full + 32768) >> 16
    sign = np.where(opens, 1, -1)
    first, second = ((full - later) * sign).astype(np.uint16), (later * sign).astype(np.uint16)
    kernels = native.kernels()
    if kernels is None:
        return _summed(row, column, first, second, (rows[1] - rows[0], width))
    out = np.empty((rows[1] - rows[0], width), np.uint8)
    # Crossings come by line, several to a row: the kernel wants them by column.
    order = np.argsort(row * (width + 1) + column, kind="stable")
    kernels.spans.fill(row[order], column[order], first[order], second[order], out)
    return out


def _summed(
    row: npt.NDArray[np.int64],
    column: npt.NDArray[np.int64],
    first: npt.NDArray[np.uint16],
    second: npt.NDArray[np.uint16],
    shape: tuple[int, int],
) -> Array8:
    """The plain twin of ``kernels.spans.fill``."""
    steps = np.zeros((shape[0], shape[1] + 2), np.uint16)
    flat, at = steps.reshape(-1), row * (shape[1] + 2) + column
    np.add.at(flat, at, first)
    np.add.at(flat, at + 1, second)
    np.cumsum(steps, axis=1, dtype=np.uint16, out=steps)
    return (steps[:, : shape[1]] >> 8).astype(np.uint8)
