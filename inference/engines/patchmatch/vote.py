"""Vote: makes each pixel of the hole from what the patches over it would put there."""

from __future__ import annotations

from functools import partial
from typing import Any

import numba as nb
import numpy as np
from numba.core import types

from inference.engines.patchmatch import vectors
from inference.engines.patchmatch.arrays import Floats, Ints
from inference.engines.patchmatch.search import FAR, PATCH, RADIUS

_ROOM = PATCH * vectors.LANES
"""Values that the patches over a pixel take, row after row, a vector each."""

_SQUARINGS = 10
"""exp(x) is taken as (1 + x / 2¹⁰)^(2¹⁰), for x below zero: right within 1 % while it is above 1 %."""

_ZERO, _ONE = np.float32(0), np.float32(1)
_STEP = np.float32(1 / 2**_SQUARINGS)


@nb.njit(cache=True, nogil=True, fastmath=True)
def vote(
    colour: Floats,
    texture: Floats,
    width: int,
    pixels: Ints,
    target_index: Ints,
    matches: Ints,
    offsets: Ints,
    misfit: Floats,
    confidence: Floats,
    softness: np.float32,
    shifts: Ints,
    first: int,
    last: int,
) -> None:
    """Sets ``colour`` and ``texture`` (flat, 3 and 2 a pixel) at ``pixels[first:last]``, all of them in the hole.

    The weighted mean of Wexler et al. 2007, with their confidence falling from the border inward, times
    exp(-(misfit - least) / (2 · softness · mean)): what counts as a good fit is measured among the patches over that
    very pixel, as rough places never fit as well as smooth ones. ``misfit`` is (n,) in squared grey levels, ``offsets``
    (n,) by how many pixels of the flat picture each target's match lies behind it; these two and ``confidence`` are
    ``roomy``. The source pixel with the largest vote goes to ``shifts`` (m, 2).

    Every pixel from which a patch reaches the hole is a target, unless the patch would reach out of the picture: so
    the targets over a pixel are a rectangle, numbered along its rows.
    """
    height = len(target_index)
    misfits, shares = np.empty(_ROOM, np.float32), np.empty(_ROOM, np.float32)
    leads = np.empty(_ROOM, np.int32)
    for q in range(first, last):
        y, x = pixels[q, 0], pixels[q, 1]
        top, bottom = max(RADIUS, y - RADIUS), min(height - 1 - RADIUS, y + RADIUS)
        left, right = max(RADIUS, x - RADIUS), min(width - 1 - RADIUS, x + RADIUS)
        rows, columns = bottom - top + 1, right - left + 1
        for row in range(rows):
            i = target_index[np.uintp(top + row), np.uintp(left)]
            _take_row(misfits, shares, leads, row * vectors.LANES, misfit, confidence, offsets, i, columns)
        for k in range(rows * vectors.LANES, _ROOM):
            misfits[k], shares[k] = FAR, _ZERO
        largest = _weigh(misfits, shares, np.float32(rows * columns), softness)
        red = green = blue = across = down = votes = _ZERO
        pixel = y * width + x
        for row in range(rows):
            start = row * vectors.LANES
            stop = start + columns
            share = shares[np.uintp(start)]
            if _is_one_piece(leads, start):  # a piece of the picture copied whole: one look serves all
                share = _sum_row(shares, start)
                stop = start + 1
            for k in range(start, stop):
                if k > start:
                    share = shares[np.uintp(k)]
                source = np.uintp(pixel + leads[np.uintp(k)])
                red += share * colour[np.uintp(3) * source]
                green += share * colour[np.uintp(3) * source + np.uintp(1)]
                blue += share * colour[np.uintp(3) * source + np.uintp(2)]
                across += share * texture[np.uintp(2) * source]
                down += share * texture[np.uintp(2) * source + np.uintp(1)]
                votes += share
        k = _find(shares, largest)
        row, column = k // vectors.LANES, k % vectors.LANES
        i = target_index[top + row, left] + column
        shifts[q, 0] = matches[i, 0] + y - top - row
        shifts[q, 1] = matches[i, 1] + x - left - column
        whole = _ONE / votes
        colour[3 * pixel] = red * whole
        colour[3 * pixel + 1] = green * whole
        colour[3 * pixel + 2] = blue * whole
        texture[2 * pixel] = across * whole
        texture[2 * pixel + 1] = down * whole


@vectors.instruction
def _take_row(
    typing: Any,
    misfits: Any,
    shares: Any,
    leads: Any,
    to: Any,
    misfit: Any,
    confidence: Any,
    offsets: Any,
    at: Any,
    columns: Any,
) -> Any:
    """Fills a row of the room with what is known of the targets ``at`` … ``at + columns - 1``.

    The lanes that are left take no part: they fit as badly as can be, have no share, and lead where the first one does.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        rooms = [vectors.address(context, builder, signature, arguments, k) for k in (0, 1, 2)]
        sources = [vectors.address(context, builder, signature, arguments, k) for k in (4, 5, 6)]
        to, at, columns = arguments[3], arguments[7], arguments[8]
        lanes = vectors.constant(vectors.INTS, *range(vectors.LANES))
        taken = builder.icmp_signed("<", lanes, vectors.spread(builder, builder.trunc(columns, vectors.INT)))
        kinds = (vectors.FLOATS, vectors.FLOATS, vectors.INTS)
        misfit, confidence, offsets = (
            vectors.load(builder, source, at, 0, kind) for source, kind in zip(sources, kinds, strict=True)
        )
        fillers = (
            vectors.constant(vectors.FLOATS, float(FAR)),
            vectors.constant(vectors.FLOATS, 0.0),
            vectors.spread(builder, vectors.first(builder, offsets)),
        )
        for values, filler, room in zip((misfit, confidence, offsets), fillers, rooms, strict=True):
            vectors.store(builder, builder.select(taken, values, filler), room, to, 0)
        return context.get_dummy_value()

    arrays = (misfits, shares, leads), (misfit, confidence, offsets)
    return types.void(*arrays[0], types.intp, *arrays[1], types.intp, types.intp), generate


@vectors.instruction
def _weigh(typing: Any, misfits: Any, shares: Any, number: Any, softness: Any) -> Any:
    """Multiplies the ``shares``, so far each patch's confidence, by how well it fits; gives the largest."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        base, room = (vectors.address(context, builder, signature, arguments, k) for k in (0, 1))
        number, softness = arguments[2:]
        start = context.get_constant(types.intp, 0)
        zero, one = (vectors.constant(vectors.FLOATS, value) for value in (0.0, 1.0))
        rows = range(0, _ROOM, vectors.LANES)
        values = [vectors.load(builder, base, start, row, vectors.FLOATS) for row in rows]
        least, total = values[0], zero
        for value in values:
            least = vectors.least(builder, least, value)
            taken = builder.fcmp_ordered("<", value, vectors.constant(vectors.FLOATS, float(FAR)))
            total = vectors.add(builder, total, builder.select(taken, value, zero))
        best = vectors.fold(builder, least, partial(vectors.least, builder))
        mean = builder.fdiv(vectors.fold(builder, total, partial(vectors.add, builder)), number)
        width = vectors.multiply(builder, vectors.number(2.0), vectors.multiply(builder, softness, mean))
        width = vectors.add(builder, width, vectors.number(1e-3))
        sharpness = vectors.spread(builder, builder.fdiv(vectors.number(float(_STEP)), width))
        best = vectors.spread(builder, best)
        most = zero
        for row, value in zip(rows, values, strict=True):
            worse = vectors.subtract(builder, best, value)
            fit = vectors.add(builder, one, vectors.multiply(builder, worse, sharpness))
            fit = vectors.most(builder, fit, zero)
            for _ in range(_SQUARINGS):
                fit = vectors.multiply(builder, fit, fit)
            share = vectors.multiply(builder, fit, vectors.load(builder, room, start, row, vectors.FLOATS))
            vectors.store(builder, share, room, start, row)
            most = vectors.most(builder, most, share)
        return vectors.fold(builder, most, partial(vectors.most, builder))

    return types.float32(misfits, shares, types.float32, types.float32), generate


@vectors.instruction
def _is_one_piece(typing: Any, leads: Any, at: Any) -> Any:
    """Whether a row of patches all lead to one and the same place."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        base = vectors.address(context, builder, signature, arguments, 0)
        leads = vectors.load(builder, base, arguments[1], 0, vectors.INTS)
        same = builder.icmp_signed("==", leads, vectors.spread(builder, vectors.first(builder, leads)))
        every = 2**vectors.LANES - 1
        return builder.icmp_unsigned("==", vectors.as_bits(builder, same), vectors.bits(every))

    return types.boolean(leads, types.intp), generate


@vectors.instruction
def _sum_row(typing: Any, shares: Any, at: Any) -> Any:
    """The sum of a row of the room."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        base = vectors.address(context, builder, signature, arguments, 0)
        row = vectors.load(builder, base, arguments[1], 0, vectors.FLOATS)
        return vectors.fold(builder, row, partial(vectors.add, builder))

    return types.float32(shares, types.intp), generate


@nb.njit(cache=True, nogil=True, forceinline=True)
def _find(shares: Floats, value: np.float32) -> int:
    """The first place in the room where ``value`` stands; it has to stand somewhere."""
    k = 0
    while k < _ROOM - 1 and shares[np.uintp(k)] != value:
        k += 1
    return k
