"""Strokes: pointer samples become dabs at even distances; and what a mask becomes where a stroke covers it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from editor.raster.brush import MIN_SIZE, Brush, Target
from editor.raster.dab import DAB_COLUMNS, FULL, Array16, Dabs
from editor.raster.stabiliser import NODE_COLUMNS, Nodes, Sample, Stabiliser

Float64 = npt.NDArray[np.float64]
Pixels = npt.NDArray[Any]

MIN_STEP = 0.5
"""Least distance of two dabs in pixels."""

FLAT = 75.0
"""Degrees from upright at which a pen counts as lying flat."""


class StrokePath:
    """Turns pointer samples into dabs, ``spacing`` × the diameter apart, however the samples are batched.

    The first sample gives a dab; the way that is left over after a dab counts for the next. Where pressure drives the
    size, what a radius proportional to it would grow or shrink counts as way, so that pressing harder on the spot
    shows.
    """

    def __init__(self, brush: Brush) -> None:
        self._brush = brush
        self._stabiliser = Stabiliser(brush)
        self._sizes = brush.responses("size")
        self._growth = brush.size / 2 if any(driver == "pressure" for driver, _ in self._sizes) else 0.0
        self._last: Nodes = np.empty((0, NODE_COLUMNS))
        self._way, self._next = 0.0, 0.0
        self._count = 0

    def add(self, samples: Sequence[Sample]) -> Dabs:
        """The dabs that these samples bring about, in order."""
        return self._walk(self._stabiliser.add(samples))

    def finish(self) -> Dabs:
        """The dabs that bring the stroke to where the pointer is."""
        return self._walk(self._stabiliser.finish())

    def _walk(self, nodes: Nodes) -> Dabs:
        if not len(nodes):
            return np.empty((0, DAB_COLUMNS))
        nodes = np.concatenate([self._last, nodes])
        self._last = nodes[-1:]
        steps = np.diff(nodes, axis=0)
        lengths = np.sqrt(steps[:, 0] ** 2 + steps[:, 1] ** 2 + (steps[:, 2] * self._growth) ** 2)
        # sums are taken one after the other, so that they do not depend on where a batch begins
        way = np.add.accumulate(np.concatenate([[self._way], lengths]))
        places, sizes = self._places(nodes, way)
        self._way = float(way[-1])
        if not len(places):
            return np.empty((0, DAB_COLUMNS))

        before, part = _between(way, places)

        def along(column: int) -> Float64:
            values = nodes[:, column]
            return values[before] + (values[np.minimum(before + 1, len(values) - 1)] - values[before]) * part

        dabs = np.empty((len(places), DAB_COLUMNS))
        dabs[:, 0], dabs[:, 1], dabs[:, 2] = along(0), along(1), sizes
        dabs[:, 3] = self._brush.flow * self._factors("flow", along)
        dabs[:, 4] = self._factors("opacity", along)
        self._stray(dabs)
        return dabs

    def _stray(self, dabs: Dabs) -> None:
        """Scatters and turns them by chance, which a dab's number in its stroke decides: the same at each try."""
        number = np.arange(self._count, self._count + len(dabs))
        self._count += len(dabs)
        dabs[:, 5] = np.floor(_chance(number, 2) * 8) if self._brush.turning else 0
        if self._brush.scatter:
            far = self._brush.scatter * dabs[:, 2] * np.sqrt(_chance(number, 0))  # evenly over the disc
            way = 2 * math.pi * _chance(number, 1)
            dabs[:, 0] += far * np.cos(way)
            dabs[:, 1] += far * np.sin(way)

    def _places(self, nodes: Nodes, way: Float64) -> tuple[Float64, Float64 | float]:
        """How far along the way each dab lies, and its diameter."""
        end = float(way[-1])
        if not self._sizes or not np.ptp(nodes[:, 2:], axis=0).any():
            size = self._size(nodes[0].tolist())
            step = self._step(size)
            count = max(int((end - self._next) / step) + 2, 1)
            steps = np.full(count + 1, step)
            steps[0] = self._next
            places = np.add.accumulate(steps)
            within = int(np.searchsorted(places, end, side="right"))
            self._next = float(places[within])
            return places[:within], size
        found: list[float] = []
        sizes: list[float] = []
        rows, marks = nodes.tolist(), way.tolist()
        segment = 0
        while self._next <= end:
            while segment < len(marks) - 2 and marks[segment + 1] < self._next:
                segment += 1
            here = rows[segment]
            if len(rows) > 1:
                length = marks[segment + 1] - marks[segment]
                part = (self._next - marks[segment]) / length if length > 0 else 0.0
                here = [a + (b - a) * part for a, b in zip(here, rows[segment + 1], strict=True)]
            size = self._size(here)
            found.append(self._next)
            sizes.append(size)
            self._next += self._step(size)
        return np.array(found), np.array(sizes)

    def _size(self, node: Sequence[float]) -> float:
        factor = 1.0
        for driver, response in self._sizes:
            if driver == "pressure":
                value = node[2]
            elif driver == "tilt":
                value = min(math.sqrt(node[3] * node[3] + node[4] * node[4]) / FLAT, 1.0)
            else:
                value = node[5]
            factor *= response.at(value)
        return max(self._brush.size * factor, MIN_SIZE)

    def _step(self, size: float) -> float:
        return max(self._brush.spacing * size, MIN_STEP)

    def _factors(self, target: Target, along: Callable[[int], Float64]) -> Float64 | float:
        """``along`` gives a column of the nodes at each dab."""
        factor: Float64 | float = 1.0
        for driver, response in self._brush.responses(target):
            if driver == "pressure":
                values = along(2)
            elif driver == "tilt":
                values = np.minimum(np.sqrt(along(3) ** 2 + along(4) ** 2) / FLAT, 1.0)
            else:
                values = along(5)
            factor = factor * response.of(values)
        return factor


def mask_added(old: Pixels | None, transmittance: Array16, depth: int) -> Pixels:
    """A mask's tile with a stroke added, a new array; ``old`` is the tile before the stroke, None an empty one.

    The larger of both, as when a shape is added to the selection: painting over the same place again changes
    nothing (old + (1 − old) × cover would harden soft edges), and so a stroke may be applied as it grows.
    """
    cover = _cover(transmittance, depth)
    return cover if old is None else np.maximum(old, cover)


def mask_erased(old: Pixels | None, transmittance: Array16, depth: int) -> Pixels:
    """A mask's tile with a stroke taken away, a new array. ``old`` is the tile before the stroke: what is left is
    old − cover, as when a shape is subtracted from the selection."""
    cover = _cover(transmittance, depth)
    return np.zeros_like(cover) if old is None else old - np.minimum(old, cover)


def _between(way: Float64, places: Float64) -> tuple[npt.NDArray[np.intp], Float64]:
    """The node before each of these distances, and how far it is from there to the next one, 0–1. A distance that lies
    on a node belongs to what comes before it, as it did when nothing had come after."""
    before = np.maximum(np.searchsorted(way, places, side="left") - 1, 0)
    length = way[np.minimum(before + 1, len(way) - 1)] - way[before]
    return before, np.divide(places - way[before], length, out=np.zeros_like(places), where=length > 0)


def _chance(number: npt.NDArray[np.int64], salt: int) -> Float64:
    """0 up to 1, as if by chance (Wellons' lowbias32)."""
    x = (number * 4 + salt + 1).astype(np.uint32)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x = (x ^ (x >> np.uint32(shift))) * np.uint32(factor)
    return (x ^ (x >> np.uint32(16))) / np.float64(2**32)


def _cover(transmittance: Array16, depth: int) -> Pixels:
    """What the stroke covers, in 8 or 16 bits, rounded."""
    cover: Array16 = FULL - transmittance
    if depth == 16:
        return cover
    return ((cover.astype(np.uint32) * 255 + FULL // 2) // FULL).astype(np.uint8)
