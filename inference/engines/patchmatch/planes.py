"""Planes: kernels that make the planes of a pyramid's levels, row by row."""

from __future__ import annotations

import numba as nb
import numpy as np

from inference.engines.patchmatch.arrays import Bools, Bytes, Floats

_SIDE = 5
"""Pixels across and down over which ``roughen`` takes the mean."""

_ZERO = np.float32(0)
_HALF = np.float32(0.5)


@nb.njit(cache=True, nogil=True, fastmath=True)
def roughen(grey: Floats, certain: Bytes, texture: Floats, first: int, last: int) -> None:
    """Fills the rows ``first`` … ``last`` - 1 of ``texture`` (h, w, 2) with the mean strength of the gradients of
    ``grey`` (h, w) around each pixel, across and down, over pixels that are ``certain``, 1 or 0.

    The picture goes on beyond its edge as its mirror image. It is at least three pixels high and wide.
    """
    height, width = grey.shape
    reach = _SIDE // 2
    kept = np.empty((_SIDE, 3, width), np.float32)
    sums = np.zeros((3, width + 2 * reach), np.float32)
    for r in range(first - reach, last + reach):
        y = _mirrored(r, height)
        row = kept[(r - first + reach) % _SIDE]
        for x in range(width):
            row[0, x] = row[1, x] = _ZERO
            row[2, x] = np.float32(certain[y, x])
        for x in range(1, width - 1):
            row[0, x] = abs(grey[y, x + 1] - grey[y, x - 1]) * _HALF * row[2, x]
        if 0 < y < height - 1:
            for x in range(width):
                row[1, x] = abs(grey[y + 1, x] - grey[y - 1, x]) * _HALF * row[2, x]
        if r < first + reach:
            continue
        for k in range(3):
            for x in range(width):
                sums[k, x + reach] = (
                    kept[0, k, x] + kept[1, k, x] + kept[2, k, x] + kept[3, k, x] + kept[4, k, x]
                )
            for x in range(1, reach + 1):
                sums[k, reach - x] = sums[k, reach + x]
                sums[k, width - 1 + reach + x] = sums[k, width - 1 + reach - x]
        for x in range(width):
            across = sums[0, x] + sums[0, x + 1] + sums[0, x + 2] + sums[0, x + 3] + sums[0, x + 4]
            down = sums[1, x] + sums[1, x + 1] + sums[1, x + 2] + sums[1, x + 3] + sums[1, x + 4]
            number = sums[2, x] + sums[2, x + 1] + sums[2, x + 2] + sums[2, x + 3] + sums[2, x + 4]
            share = np.float32(1) / (number + np.float32(2.5e-5))
            texture[r - reach, x, 0] = across * share
            texture[r - reach, x, 1] = down * share


@nb.njit(cache=True, nogil=True, fastmath=True)
def halve(
    colour: Floats,
    texture: Floats,
    hole: Bools,
    known: Bools,
    source: Bools,
    half_colour: Floats,
    half_texture: Floats,
    half_hole: Bools,
    half_known: Bools,
    half_source: Bools,
    first: int,
    last: int,
) -> None:
    """Fills the rows ``first`` … ``last`` - 1 of the planes of half the size, odd sides rounded up.

    Means over known pixels alone; any pixel of the hole makes a hole. What is known and may not be copied spoils a
    source: no colour of it is to get into the hole.
    """
    height, width = hole.shape
    for y in range(first, last):
        top, bottom = 2 * y, min(2 * y + 1, height - 1)
        for x in range(half_hole.shape[1]):
            left, right = 2 * x, min(2 * x + 1, width - 1)
            a = np.float32(known[top, left])
            b = np.float32(known[top, right])
            c = np.float32(known[bottom, left])
            d = np.float32(known[bottom, right])
            number = a + b + c + d
            share = np.float32(1) / max(number, np.float32(1e-6))
            for k in range(3):
                total = a * colour[top, left, k] + b * colour[top, right, k]
                half_colour[y, x, k] = (
                    total + c * colour[bottom, left, k] + d * colour[bottom, right, k]
                ) * share
            for k in range(2):
                total = a * texture[top, left, k] + b * texture[top, right, k]
                half_texture[y, x, k] = (
                    total + c * texture[bottom, left, k] + d * texture[bottom, right, k]
                ) * share
            empty = hole[top, left] or hole[top, right] or hole[bottom, left] or hole[bottom, right]
            half_hole[y, x] = empty
            half_known[y, x] = number > _ZERO and not empty
            sound = (
                (source[top, left] or not known[top, left])
                and (source[top, right] or not known[top, right])
                and (source[bottom, left] or not known[bottom, left])
                and (source[bottom, right] or not known[bottom, right])
            )
            half_source[y, x] = half_known[y, x] and sound


@nb.njit(cache=True, nogil=True, fastmath=True)
def charge(
    use: Floats,
    share: np.float32,
    most: np.float32,
    price_each: np.float32,
    liking: Floats,
    price: Floats,
    penalty: Floats,
    first: int,
    last: int,
) -> None:
    """Sets anew the rows ``first`` … ``last`` - 1 of ``price`` and ``penalty``, all planes being (h, w).

    A source costs ``price_each`` for each use beyond its ``share``, of which ``most`` count; half the old price stays.
    Its penalty is that and the ``liking``.
    """
    for y in range(first, last):
        for x in range(use.shape[1]):
            beyond = min(max(use[y, x] - share, _ZERO), most)
            price[y, x] = _HALF * (price[y, x] + price_each * beyond)
            penalty[y, x] = liking[y, x] + price[y, x]


@nb.njit(cache=True, nogil=True)
def _mirrored(y: int, height: int) -> int:
    """The row that stands for ``y`` beyond the edge."""
    y = abs(y)
    return y if y < height else 2 * (height - 1) - y
