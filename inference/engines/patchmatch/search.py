"""Search: finds for each target patch the source patch that fits it best.

The kernels work on ranges of the targets, let go of the interpreter lock, and write nothing outside their range; so
the result depends on how the ranges are cut and not on how many threads work through them. They share one file with
the distance that they inline: the cache on disk looks only at the file of the function that it was asked for.

Pictures arrive flattened, row after row: ``colour`` with three floats a pixel, ``shades``, the same rounded, with three
bytes, ``texture`` with two floats, planes with one. What is compared of a source is its ``shades``: a random look at a
large picture waits for memory, and of bytes more is at hand. A target is compared with some ten sources, so its patch
is weighted once, into room of its own. ``root``, three floats a pixel, holds the square roots of the weights, within
a ``frame`` of the picture alone: its first row, its first column and its width, in pixels.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numba as nb
import numpy as np
from numba.core import types

from inference.engines.patchmatch import vectors
from inference.engines.patchmatch.arrays import Bytes, Floats, Ints

RADIUS = 3
"""Half a patch's side, without its centre, in pixels."""

PATCH = 2 * RADIUS + 1
"""A patch's side in pixels."""

FAR = np.float32(3e38)
"""Stands for "worse than the limit": above any distance, and still finite, as fast maths demands."""

Frame = tuple[int, int, int]

_FIRSTS = (0, 8, 13)
"""Where the vectors start that cover a row of 21 values; what two have in common, the last one leaves out."""

_STRIDE = len(_FIRSTS) * vectors.LANES
"""Floats that a row takes in the room of a weighted patch."""

_ROOM = 2 * PATCH * _STRIDE
"""Floats in that room: the weighted colours, then the roots of the weights."""


@nb.njit(cache=True, nogil=True, fastmath=True)
def search_exhaustively(
    colour: Floats,
    shades: Bytes,
    texture: Floats,
    penalty: Floats,
    root: Floats,
    frame: Frame,
    width: int,
    texture_weight: np.float32,
    prior: np.float32,
    targets: Ints,
    weight_sum: Floats,
    selection: Ints,
    sources: Ints,
    matches: Ints,
    distances: Floats,
    anew: bool,
    first: int,
    last: int,
) -> None:
    """Tries every one of ``sources`` (n, 2) for the targets ``selection[first:last]``; keeps what is better.

    ``anew``: than the present match, measured anew; otherwise than ``distances`` say.
    """
    room = np.empty(_ROOM, np.float32)
    for q in range(first, last):
        i = selection[q]
        target_y, target_x = targets[i, 0], targets[i, 1]
        _weigh(room, colour, root, frame, width, target_y, target_x)
        best = distances[i]
        if anew:
            best = _patch_distance(
                room, shades, texture, penalty, width, texture_weight, prior, weight_sum[i],
                target_y, target_x, matches[i, 0], matches[i, 1], FAR,
            )  # fmt: skip
        for j in range(len(sources)):
            source_y, source_x = sources[j, 0], sources[j, 1]
            distance = _patch_distance(
                room, shades, texture, penalty, width, texture_weight, prior, weight_sum[i],
                target_y, target_x, source_y, source_x, best,
            )  # fmt: skip
            if distance < best:
                best = distance
                matches[i, 0], matches[i, 1] = source_y, source_x
        distances[i] = best


@nb.njit(cache=True, nogil=True, fastmath=True)
def search_nearby(
    colour: Floats,
    shades: Bytes,
    texture: Floats,
    penalty: Floats,
    root: Floats,
    frame: Frame,
    width: int,
    texture_weight: np.float32,
    prior: np.float32,
    targets: Ints,
    weight_sum: Floats,
    target_index: Ints,
    usable: Bytes,
    matches: Ints,
    before: Ints,
    distances: Floats,
    seed: int,
    anew: bool,
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
    ``anew`` as in ``search_exhaustively``.
    """
    room = np.empty(_ROOM, np.float32)
    height = len(usable)
    ahead = -1 if backwards else 1
    for q in range(last - first):
        i = last - 1 - q if backwards else first + q
        target_y, target_x = targets[i, 0], targets[i, 1]
        _weigh(room, colour, root, frame, width, target_y, target_x)
        best = distances[i]
        best_y, best_x = matches[i, 0], matches[i, 1]
        if anew:
            best = _patch_distance(
                room, shades, texture, penalty, width, texture_weight, prior, weight_sum[i],
                target_y, target_x, best_y, best_x, FAR,
            )  # fmt: skip
        for k in range(4):
            y = target_y - ahead if k == 1 else (target_y + ahead if k == 3 else target_y)
            x = target_x - ahead if k == 0 else (target_x + ahead if k == 2 else target_x)
            if y < 0 or x < 0 or y >= height or x >= width:
                continue
            j = target_index[np.uintp(y), np.uintp(x)]
            if j < 0:
                continue
            if first <= j < last:
                source_y, source_x = matches[j, 0] + target_y - y, matches[j, 1] + target_x - x
            else:
                source_y, source_x = before[j, 0] + target_y - y, before[j, 1] + target_x - x
            if source_y < 0 or source_x < 0 or source_y >= height or source_x >= width:
                continue
            if source_y == best_y and source_x == best_x:
                continue
            if usable[np.uintp(source_y), np.uintp(source_x)] == 0:
                continue
            distance = _patch_distance(
                room, shades, texture, penalty, width, texture_weight, prior, weight_sum[i],
                target_y, target_x, source_y, source_x, best,
            )  # fmt: skip
            if distance < best:
                best, best_y, best_x = distance, source_y, source_x
        state = _hash(i, seed)
        radius = reach
        while radius >= 1:
            state = _xorshift(state)
            source_y = best_y + _below(state, 2 * radius + 1) - radius
            state = _xorshift(state)
            source_x = best_x + _below(state, 2 * radius + 1) - radius
            radius >>= 1
            if source_y < 0 or source_x < 0 or source_y >= height or source_x >= width:
                continue
            if usable[np.uintp(source_y), np.uintp(source_x)] == 0:
                continue
            distance = _patch_distance(
                room, shades, texture, penalty, width, texture_weight, prior, weight_sum[i],
                target_y, target_x, source_y, source_x, best,
            )  # fmt: skip
            if distance < best:
                best, best_y, best_x = distance, source_y, source_x
        matches[i, 0], matches[i, 1] = best_y, best_x
        distances[i] = best


@vectors.instruction
def _weigh_row(typing: Any, room: Any, to: Any, colour: Any, at: Any, root: Any, root_at: Any) -> Any:
    """Puts the 21 values at ``colour[at]`` times those at ``root[root_at]``, and the roots, into ``room[to:]``."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        base, colours, roots = (vectors.address(context, builder, signature, arguments, k) for k in (0, 2, 4))
        _, to, _, at, _, root_at = arguments
        for number, first in enumerate(_FIRSTS):
            again = _FIRSTS[number - 1] + vectors.LANES - first if number else 0
            fresh = [lane >= again for lane in range(vectors.LANES)]
            weight = builder.select(
                vectors.constant(vectors.BITS, *fresh),
                vectors.load(builder, roots, root_at, first, vectors.FLOATS),
                vectors.constant(vectors.FLOATS, 0.0),
            )
            colour = vectors.load(builder, colours, at, first, vectors.FLOATS)
            weighted = vectors.multiply(builder, weight, colour)
            vectors.store(builder, weighted, base, to, number * vectors.LANES)
            vectors.store(builder, weight, base, to, PATCH * _STRIDE + number * vectors.LANES)
        return context.get_dummy_value()

    return types.void(room, types.intp, colour, types.intp, root, types.intp), generate


@vectors.instruction
def _compare_row(typing: Any, room: Any, of: Any, shades: Any, at: Any) -> Any:
    """The sum of squares of what the row at ``room[of]`` differs by from the 21 values at ``shades[at]``."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        base, source = (vectors.address(context, builder, signature, arguments, k) for k in (0, 2))
        _, of, _, at = arguments
        total = vectors.constant(vectors.FLOATS, 0.0)
        for number, first in enumerate(_FIRSTS):
            wanted = vectors.load(builder, base, of, number * vectors.LANES, vectors.FLOATS)
            weight = vectors.load(builder, base, of, PATCH * _STRIDE + number * vectors.LANES, vectors.FLOATS)
            shade = vectors.load(builder, source, at, first, vectors.BYTES)
            there = vectors.multiply(builder, weight, builder.uitofp(shade, vectors.FLOATS))
            apart = vectors.subtract(builder, wanted, there)
            total = vectors.add(builder, total, vectors.multiply(builder, apart, apart))
        return vectors.fold(builder, total, partial(vectors.add, builder))

    return types.float32(room, types.intp, shades, types.intp), generate


@nb.njit(cache=True, nogil=True, fastmath=True, forceinline=True)
def _weigh(
    room: Floats, colour: Floats, root: Floats, frame: Frame, width: int, target_y: int, target_x: int
) -> None:
    """Puts the patch around a target into ``room``, weighted, for ``_patch_distance``."""
    top, left, across = frame
    at = 3 * ((target_y - RADIUS) * width + target_x - RADIUS)
    root_at = 3 * ((target_y - RADIUS - top) * across + target_x - RADIUS - left)
    for row in range(PATCH):
        _weigh_row(room, row * _STRIDE, colour, at + 3 * row * width, root, root_at + 3 * row * across)


@nb.njit(cache=True, nogil=True, fastmath=True, forceinline=True)
def _patch_distance(
    room: Floats,
    shades: Bytes,
    texture: Floats,
    penalty: Floats,
    width: int,
    texture_weight: np.float32,
    prior: np.float32,
    weight_sum: np.float32,
    target_y: int,
    target_x: int,
    source_y: int,
    source_x: int,
    limit: np.float32,
) -> np.float32:
    """Weighted sum of squared differences over a patch, or ``FAR`` once it is known to exceed ``limit``.

    ``room`` holds the target's patch. Units: squared grey levels, summed over three channels and the patch's weights.
    Added to it, each times the patch's ``weight_sum`` so that it counts alike everywhere: the difference of the
    centres' ``texture``, ``prior`` a pixel of distance between target and source, and the source's own ``penalty``.
    """
    apart = np.float32(abs(target_y - source_y) + abs(target_x - source_x))
    total = weight_sum * prior * apart
    if total >= limit:
        return FAR
    source = source_y * width + source_x
    at = 3 * (source - RADIUS * width - RADIUS)
    total += _compare_row(room, 0, shades, at)
    if total >= limit:
        return FAR
    for row in range(1, PATCH, 2):
        total += _compare_row(room, row * _STRIDE, shades, at + 3 * row * width)
        total += _compare_row(room, (row + 1) * _STRIDE, shades, at + 3 * (row + 1) * width)
        if total >= limit:
            return FAR
    target = target_y * width + target_x
    across = texture[np.uintp(2 * target)] - texture[np.uintp(2 * source)]
    down = texture[np.uintp(2 * target + 1)] - texture[np.uintp(2 * source + 1)]
    rough = texture_weight * (across * across + down * down)
    return total + weight_sum * (rough + penalty[np.uintp(source)])


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


@nb.njit(cache=True, nogil=True)
def _below(state: np.uint32, number: int) -> int:
    """0 … ``number`` - 1 from the upper 24 bits of a state: a product, as a remainder takes many times as long."""
    return int((np.int64(state >> np.uint32(8)) * np.int64(number)) >> np.int64(24))
