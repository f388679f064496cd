"""Coherence: tidies a shift map so that neighbours copy from neighbours wherever a seam would show."""

from __future__ import annotations

import numba as nb
import numpy as np

from inference.engines.patchmatch.arrays import Bools, Floats, Ints

_DOWN = (0, 0, 1, -1, 1, -1, 1, -1)
_ACROSS = (1, -1, 0, 0, 1, 1, -1, -1)

_TRUNCATION = np.float32(3000)
"""Squared grey levels beyond which a difference counts no more: an edge is an edge."""
_DATA = np.float32(0.3)
"""Weight of staying near the voted colour."""
_DIAGONAL = np.float32(0.7)
"""Weight of a neighbour across the corner."""
_SEAM = np.float32(20)
"""What any seam costs, in squared grey levels, however well it fits."""


@nb.njit(cache=True, nogil=True, fastmath=True)
def cohere(
    colour: Floats,
    voted: Floats,
    known: Bools,
    source: Bools,
    pixels: Ints,
    pixel_index: Ints,
    shifts: Ints,
    before: Ints,
    due: Bools,
    due_next: Bools,
    backwards: bool,
    first: int,
    last: int,
) -> None:
    """One sweep of iterated conditional modes (Besag 1986) over ``shifts[first:last]``.

    ``colour`` is (h · w · 3,), ``voted`` (m · 3,), ``pixel_index`` (h, w) the number of a hole's pixel or -1. Each
    pixel chooses among its own source and those that continue its eight neighbours' ones, by the seam energy of shift
    maps (Pritch et al. 2009). Only what is in ``source`` is chosen. ``before`` is a copy of ``shifts``, read outside
    the range.

    Only what is ``due``, (m,), is looked at: whose neighbours have not moved since has nothing to choose anew. Where
    one moves, its neighbours become due, in this sweep as far as it has not passed them, and in ``due_next``, into
    which other ranges may write the same.
    """
    height, width = pixel_index.shape
    candidates = np.empty((9, 2), np.int32)
    number, weight = np.empty(8, np.int32), np.empty(8, np.float32)
    down, across = np.empty(8, np.int32), np.empty(8, np.int32)
    near = np.empty((8, 2), np.int32)  # a neighbour's source, or where a known one lies
    for step in range(last - first):
        q = last - 1 - step if backwards else first + step
        if not due[q]:
            continue
        y, x = pixels[q, 0], pixels[q, 1]
        candidates[0, 0], candidates[0, 1] = shifts[q, 0], shifts[q, 1]
        count, neighbours = 1, 0
        for k in range(8):
            near_y, near_x = y + _DOWN[k], x + _ACROSS[k]
            if not (0 <= near_y < height and 0 <= near_x < width):
                continue
            j = pixel_index[np.uintp(near_y), np.uintp(near_x)]
            if j < 0 and not known[np.uintp(near_y), np.uintp(near_x)]:
                continue
            number[neighbours], weight[neighbours] = j, np.float32(1) if k < 4 else _DIAGONAL
            down[neighbours], across[neighbours] = _DOWN[k], _ACROSS[k]
            near[neighbours, 0], near[neighbours, 1] = near_y, near_x
            neighbours += 1
            if j < 0:
                continue
            theirs_y, theirs_x = shifts[j, 0], shifts[j, 1]
            if not first <= j < last:
                theirs_y, theirs_x = before[j, 0], before[j, 1]
            near[neighbours - 1, 0], near[neighbours - 1, 1] = theirs_y, theirs_x
            source_y, source_x = theirs_y - _DOWN[k], theirs_x - _ACROSS[k]
            fresh = _is_in(source, source_y, source_x)
            for c in range(count):
                if candidates[c, 0] == source_y and candidates[c, 1] == source_x:
                    fresh = False
            if fresh:
                candidates[count, 0], candidates[count, 1] = source_y, source_x
                count += 1
        if count < 2:
            continue
        least, chosen = np.float32(3e38), 0
        for c in range(count):
            source_y, source_x = candidates[c, 0], candidates[c, 1]
            mine = np.int64(source_y) * width + source_x
            energy = _DATA * min(_TRUNCATION, _apart(colour, mine, voted, q))
            for k in range(neighbours):
                if energy >= least:
                    break
                theirs_y, theirs_x = near[k, 0], near[k, 1]
                ahead_y, ahead_x = source_y + down[k], source_x + across[k]
                in_hole = number[k] >= 0
                if in_hole and theirs_y == ahead_y and theirs_x == ahead_x:
                    continue
                theirs = np.int64(theirs_y) * width + theirs_x
                gap = _TRUNCATION
                if _is_in(known, ahead_y, ahead_x):
                    gap = _apart(colour, np.int64(ahead_y) * width + ahead_x, colour, theirs)
                if not in_hole:
                    energy += weight[k] * min(gap, _TRUNCATION)
                    continue
                back_y, back_x = theirs_y - down[k], theirs_x - across[k]
                if _is_in(known, back_y, back_x):
                    gap += _apart(colour, np.int64(back_y) * width + back_x, colour, mine)
                else:
                    gap += _TRUNCATION
                energy += weight[k] * (np.float32(0.5) * min(gap, np.float32(2) * _TRUNCATION) + _SEAM)
            if energy < least:
                least, chosen = energy, c
        if chosen == 0:
            continue
        shifts[q, 0], shifts[q, 1] = candidates[chosen, 0], candidates[chosen, 1]
        for k in range(neighbours):
            j = number[k]
            if j >= 0:
                due_next[j] = True
                if first <= j < last:
                    due[j] = True


@nb.njit(cache=True, nogil=True, fastmath=True, forceinline=True)
def _apart(one: Floats, i: int, other: Floats, j: int) -> np.float32:
    """Squared difference of two colours: of pixel ``i`` of a flat picture, and ``j`` of another."""
    a, b = np.uintp(3 * i), np.uintp(3 * j)
    red = one[a] - other[b]
    green = one[a + np.uintp(1)] - other[b + np.uintp(1)]
    blue = one[a + np.uintp(2)] - other[b + np.uintp(2)]
    return red * red + green * green + blue * blue


@nb.njit(cache=True, nogil=True, forceinline=True)
def _is_in(plane: Bools, y: int, x: int) -> bool:
    return bool(0 <= y < plane.shape[0] and 0 <= x < plane.shape[1] and plane[np.uintp(y), np.uintp(x)])
