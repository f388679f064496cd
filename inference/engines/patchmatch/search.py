"""Search: finds for each target patch the source patch that fits it best.

The kernels work on ranges of the targets, let go of the interpreter lock, and write nothing outside their range; so
the result depends on how the ranges are cut and not on how many threads work through them. They share one file with
the distance that they inline: the cache on disk looks only at the file of the function that it was asked for.

Pictures arrive flattened, row after row: ``colour`` and ``weight`` with three floats a pixel, ``texture`` with two,
planes with one. Flat arrays and unsigned indices let the compiler vectorise the innermost loop.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from inference.engines.patchmatch.arrays import Bytes, Floats, Ints

RADIUS = 3
"""Half a patch's side, without its centre, in pixels."""

PATCH = 2 * RADIUS + 1
"""A patch's side in pixels."""

FAR = np.float32(3e38)
"""Stands for "worse than the limit": above any distance, and still finite, as fast maths demands."""

_ROW = 3 * PATCH
_ZERO = np.float32(0)


@nb.njit(cache=True, nogil=True, fastmath=True)
def measure(
    colour: Floats,
    weight: Floats,
    texture: Floats,
    weight_sum: Floats,
    penalty: Floats,
    width: int,
    texture_weight: np.float32,
    prior: np.float32,
    targets: Ints,
    matches: Ints,
    distances: Floats,
    first: int,
    last: int,
) -> None:
    """Fills ``distances[first:last]`` with the patch distances of the present ``matches``."""
    for i in range(first, last):
        distances[i] = _patch_distance(
            colour, weight, texture, weight_sum, penalty, width, texture_weight, prior,
            targets[i, 0], targets[i, 1], matches[i, 0], matches[i, 1], FAR,
        )  # fmt: skip


@nb.njit(cache=True, nogil=True, fastmath=True)
def search_exhaustively(
    colour: Floats,
    weight: Floats,
    texture: Floats,
    weight_sum: Floats,
    penalty: Floats,
    width: int,
    texture_weight: np.float32,
    prior: np.float32,
    targets: Ints,
    selection: Ints,
    sources: Ints,
    matches: Ints,
    distances: Floats,
    first: int,
    last: int,
) -> None:
    """Tries every one of ``sources`` (n, 2) for the targets ``selection[first:last]``; keeps what is better."""
    for q in range(first, last):
        i = selection[q]
        target_y, target_x = targets[i, 0], targets[i, 1]
        best = distances[i]
        for j in range(len(sources)):
            source_y, source_x = sources[j, 0], sources[j, 1]
            distance = _patch_distance(
                colour, weight, texture, weight_sum, penalty, width, texture_weight, prior,
                target_y, target_x, source_y, source_x, best,
            )  # fmt: skip
            if distance < best:
                best = distance
                matches[i, 0], matches[i, 1] = source_y, source_x
        distances[i] = best


@nb.njit(cache=True, nogil=True, fastmath=True)
def search_nearby(
    colour: Floats,
    weight: Floats,
    texture: Floats,
    weight_sum: Floats,
    penalty: Floats,
    width: int,
    texture_weight: np.float32,
    prior: np.float32,
    targets: Ints,
    target_index: Ints,
    usable: Bytes,
    matches: Ints,
    before: Ints,
    distances: Floats,
    seed: int,
    backwards: bool,
    reach: int,
    first: int,
    last: int,
) -> None:
    """One PatchMatch sweep (Barnes et al. 2009): propagation from the neighbours, then random search.

    ``target_index`` and ``usable`` are (h, w) planes: the number of the target centred at a pixel or -1, and 1 where a
    source patch may be centred. ``before`` is a copy of ``matches``, read across the borders of the range. The random
    search halves its radius from ``reach`` pixels down to one, starting from a state hashed from ``seed`` and the
    target's number alone. All four neighbours propagate: those behind are of this sweep, those ahead of the last one.
    """
    height = len(usable)
    ahead = -1 if backwards else 1
    for q in range(last - first):
        i = last - 1 - q if backwards else first + q
        target_y, target_x = targets[i, 0], targets[i, 1]
        best = distances[i]
        best_y, best_x = matches[i, 0], matches[i, 1]
        for k in range(4):
            y = target_y - ahead if k == 1 else (target_y + ahead if k == 3 else target_y)
            x = target_x - ahead if k == 0 else (target_x + ahead if k == 2 else target_x)
            if y < 0 or x < 0 or y >= height or x >= width:
                continue
            j = target_index[y, x]
            if j < 0:
                continue
            if first <= j < last:
                source_y, source_x = matches[j, 0] + target_y - y, matches[j, 1] + target_x - x
            else:
                source_y, source_x = before[j, 0] + target_y - y, before[j, 1] + target_x - x
            if source_y < 0 or source_x < 0 or source_y >= height or source_x >= width:
                continue
            if usable[source_y, source_x] == 0 or (source_y == best_y and source_x == best_x):
                continue
            distance = _patch_distance(
                colour, weight, texture, weight_sum, penalty, width, texture_weight, prior,
                target_y, target_x, source_y, source_x, best,
            )  # fmt: skip
            if distance < best:
                best, best_y, best_x = distance, source_y, source_x
        state = _hash(i, seed)
        radius = reach
        while radius >= 1:
            state = _xorshift(state)
            source_y = best_y + np.int64(state >> np.uint32(8)) % (2 * radius + 1) - radius
            state = _xorshift(state)
            source_x = best_x + np.int64(state >> np.uint32(8)) % (2 * radius + 1) - radius
            radius >>= 1
            if source_y < 0 or source_x < 0 or source_y >= height or source_x >= width:
                continue
            if usable[source_y, source_x] == 0:
                continue
            distance = _patch_distance(
                colour, weight, texture, weight_sum, penalty, width, texture_weight, prior,
                target_y, target_x, source_y, source_x, best,
            )  # fmt: skip
            if distance < best:
                best, best_y, best_x = distance, source_y, source_x
        matches[i, 0], matches[i, 1] = best_y, best_x
        distances[i] = best


@nb.njit(cache=True, nogil=True, fastmath=True)
def _patch_distance(
    colour: Floats,
    weight: Floats,
    texture: Floats,
    weight_sum: Floats,
    penalty: Floats,
    width: int,
    texture_weight: np.float32,
    prior: np.float32,
    target_y: int,
    target_x: int,
    source_y: int,
    source_x: int,
    limit: np.float32,
) -> np.float32:
    """Weighted sum of squared differences over a patch, or ``FAR`` once it is known to exceed ``limit``.

    Units: squared grey levels, summed over three channels and the patch's weights. Added to it, each times the patch's
    ``weight_sum`` so that it counts alike everywhere: the difference of the centres' ``texture``, ``prior`` a pixel of
    distance between target and source, and the source's own ``penalty``.
    """
    target = target_y * width + target_x
    source = source_y * width + source_x
    across = texture[2 * target] - texture[2 * source]
    down = texture[2 * target + 1] - texture[2 * source + 1]
    apart = np.float32(abs(target_y - source_y) + abs(target_x - source_x))
    extra = weight_sum[target] * (
        texture_weight * (across * across + down * down) + prior * apart + penalty[source]
    )
    room = limit - extra
    if room <= _ZERO:
        return FAR
    start = 3 * (target - RADIUS * width - RADIUS)
    offset = 3 * (source - target)
    total = _ZERO
    for _ in range(PATCH):
        partial = _ZERO
        for k in range(_ROW):
            difference = colour[np.uintp(start + k)] - colour[np.uintp(start + offset + k)]
            partial += weight[np.uintp(start + k)] * difference * difference
        total += partial
        if total > room:
            return FAR
        start += 3 * width
    return total + extra


@nb.njit(cache=True, nogil=True)
def _hash(number: int, seed: int) -> np.uint32:
    """An odd 32-bit state, never zero, from a target's number and the sweep's seed."""
    state = np.uint32(np.uint32(number) * np.uint32(0x9E3779B1)) ^ np.uint32(
        np.uint32(seed) * np.uint32(0x85EBCA77)
    )
    state = np.uint32((state ^ (state >> np.uint32(15))) * np.uint32(0x2C1B3C6D))
    state = np.uint32((state ^ (state >> np.uint32(12))) * np.uint32(0x297A2D39))
    return np.uint32((state ^ (state >> np.uint32(15))) | np.uint32(1))


@nb.njit(cache=True, nogil=True)
def _xorshift(state: np.uint32) -> np.uint32:
    """The next state of a 32-bit xorshift generator (Marsaglia 2003)."""
    state = np.uint32(state ^ np.uint32(state << np.uint32(13)))
    state = np.uint32(state ^ np.uint32(state >> np.uint32(17)))
    return np.uint32(state ^ np.uint32(state << np.uint32(5)))
