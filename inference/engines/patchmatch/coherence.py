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
    backwards: bool,
    first: int,
    last: int,
) -> None:
    """One sweep of iterated conditional modes (Besag 1986) over ``shifts[first:last]``.

    ``colour`` is (h, w, 3), ``voted`` (m, 3), ``pixel_index`` (h, w) the number of a hole's pixel or -1. Each pixel
    chooses among its own source and those that continue its eight neighbours' ones, by the seam energy of shift maps
    (Pritch et al. 2009). Only what is in ``source`` is chosen. ``before`` is a copy of ``shifts``, read
    outside the range.
    """
    height, width = pixel_index.shape
    candidates = np.empty((9, 2), np.int32)
    for step in range(last - first):
        q = last - 1 - step if backwards else first + step
        y, x = pixels[q, 0], pixels[q, 1]
        candidates[0, 0], candidates[0, 1] = shifts[q, 0], shifts[q, 1]
        count = 1
        for k in range(8):
            near_y, near_x = y + _DOWN[k], x + _ACROSS[k]
            if not (0 <= near_y < height and 0 <= near_x < width):
                continue
            j = pixel_index[near_y, near_x]
            if j < 0:
                continue
            theirs = shifts[j] if first <= j < last else before[j]
            source_y, source_x = theirs[0] - _DOWN[k], theirs[1] - _ACROSS[k]
            if not _is_known(source, source_y, source_x):
                continue
            fresh = True
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
            energy = _DATA * min(_TRUNCATION, _apart(colour[source_y, source_x], voted[q]))
            for k in range(8):
                near_y, near_x = y + _DOWN[k], x + _ACROSS[k]
                if not (0 <= near_y < height and 0 <= near_x < width):
                    continue
                weight = np.float32(1) if k < 4 else _DIAGONAL
                mine_y, mine_x = source_y + _DOWN[k], source_x + _ACROSS[k]
                continues = _is_known(known, mine_y, mine_x)
                j = pixel_index[near_y, near_x]
                if j < 0:
                    if known[near_y, near_x]:
                        gap = _TRUNCATION
                        if continues:
                            gap = min(gap, _apart(colour[mine_y, mine_x], colour[near_y, near_x]))
                        energy += weight * gap
                    continue
                theirs = shifts[j] if first <= j < last else before[j]
                if theirs[0] == mine_y and theirs[1] == mine_x:
                    continue
                gap = _TRUNCATION
                if continues:
                    gap = _apart(colour[mine_y, mine_x], colour[theirs[0], theirs[1]])
                back_y, back_x = theirs[0] - _DOWN[k], theirs[1] - _ACROSS[k]
                if _is_known(known, back_y, back_x):
                    gap += _apart(colour[back_y, back_x], colour[source_y, source_x])
                else:
                    gap += _TRUNCATION
                energy += weight * (np.float32(0.5) * min(gap, np.float32(2) * _TRUNCATION) + _SEAM)
            if energy < least:
                least, chosen = energy, c
        shifts[q, 0], shifts[q, 1] = candidates[chosen, 0], candidates[chosen, 1]


@nb.njit(cache=True, nogil=True, fastmath=True)
def _apart(one: Floats, other: Floats) -> np.float32:
    """Squared difference of two colours."""
    red, green, blue = one[0] - other[0], one[1] - other[1], one[2] - other[2]
    return red * red + green * green + blue * blue


@nb.njit(cache=True, nogil=True)
def _is_known(known: Bools, y: int, x: int) -> bool:
    return bool(0 <= y < known.shape[0] and 0 <= x < known.shape[1] and known[y, x])
