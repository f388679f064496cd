"""Strokes: pointer samples become dabs at even distances, and dabs become coverage."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from editor.raster.brush import stamp
from inference.geometry import Bounds

Array8 = npt.NDArray[np.uint8]

MIN_STEP = 0.5
"""Least distance of two dabs in pixels."""
MIN_DIAMETER = 0.25
"""Least diameter that pressure leaves, in pixels."""


class Dab(NamedTuple):
    """One print of the brush: centre and diameter in pixels, pressure 0–1."""

    x: float
    y: float
    diameter: float
    pressure: float


class StrokePath:
    """Turns pointer samples into dabs, ``spacing`` × the diameter apart, however the samples are batched.

    The first sample gives a dab; the way that is left over after a dab counts for the next. Between samples
    position and pressure are interpolated in a straight line. With ``pressure_size`` the diameter is
    proportional to the pressure, and what the radius grows or shrinks counts as way, so that pressing harder
    on the spot shows.
    """

    def __init__(self, diameter: float, spacing: float = 0.1, pressure_size: bool = False) -> None:
        if not diameter > 0 or not spacing > 0:
            raise ValueError(f"no stroke of {diameter} pixels with spacing {spacing}")
        self._diameter, self._spacing, self._pressure_size = diameter, spacing, pressure_size
        self._last: Dab | None = None
        self._left = 0.0

    def add(self, x: float, y: float, pressure: float = 1.0) -> list[Dab]:
        """The dabs that this sample brings about, in order."""
        here, last = self._dab(x, y, pressure), self._last
        self._last = here
        if last is None:
            self._left = self._step(here)
            return [here]
        growth = (here.diameter - last.diameter) / 2
        length = math.sqrt((x - last.x) ** 2 + (y - last.y) ** 2 + growth**2)
        dabs: list[Dab] = []
        done = 0.0
        while done + self._left <= length:
            done += self._left
            t = done / length
            dab = self._dab(
                last.x + (x - last.x) * t,
                last.y + (y - last.y) * t,
                last.pressure + (here.pressure - last.pressure) * t,
            )
            dabs.append(dab)
            self._left = self._step(dab)
        self._left -= length - done
        return dabs

    def extend(self, samples: Iterable[tuple[float, float, float]]) -> list[Dab]:
        """Several samples, each (x, y, pressure)."""
        return [dab for sample in samples for dab in self.add(*sample)]

    def _dab(self, x: float, y: float, pressure: float) -> Dab:
        pressure = min(max(pressure, 0.0), 1.0)
        size = max(self._diameter * pressure, MIN_DIAMETER) if self._pressure_size else self._diameter
        return Dab(x, y, size, pressure)

    def _step(self, dab: Dab) -> float:
        return max(self._spacing * dab.diameter, MIN_STEP)


class CoverageBuffer:
    """What a stroke covers: the largest value of all its dabs at each pixel, so that a soft edge stays as
    soft as the dab's however close the dabs lie. Sparse, by tiles of ``tile`` pixels; nothing outside
    ``bounds``."""

    def __init__(self, bounds: Bounds, hardness: float = 1.0, tile: int = 256) -> None:
        self.bounds, self.hardness, self.tile = bounds, hardness, tile
        self.tiles: dict[tuple[int, int], Array8] = {}
        """(column, row) of a tile → (tile, tile) uint8, 255 where fully covered."""

    def add(self, dabs: Iterable[Dab]) -> dict[tuple[int, int], Array8]:
        """The tiles that these dabs touch, with all that the stroke covers in them so far.

        The arrays are the buffer's own: read them before the next call, do not write or keep them.
        """
        touched: dict[tuple[int, int], Array8] = {}
        for dab in dabs:
            cover, x, y = stamp(dab.diameter, self.hardness, dab.x, dab.y)
            whole = Bounds(x, y, cover.shape[1], cover.shape[0])
            seen = whole.intersected(self.bounds)
            if not seen:
                continue
            for ty in range(seen.y // self.tile, (seen.bottom - 1) // self.tile + 1):
                for tx in range(seen.x // self.tile, (seen.right - 1) // self.tile + 1):
                    place = Bounds(tx * self.tile, ty * self.tile, self.tile, self.tile)
                    part = seen.intersected(place)
                    target = self._tile((tx, ty))
                    area = target[part.slices(place)]
                    np.maximum(area, cover[part.slices(whole)], out=area)
                    touched[tx, ty] = target
        return touched

    def _tile(self, key: tuple[int, int]) -> Array8:
        tile = self.tiles.get(key)
        if tile is None:
            tile = self.tiles[key] = np.zeros((self.tile, self.tile), np.uint8)
        return tile


def apply_add(old: Array8 | None, cover: Array8) -> Array8:
    """A mask's tile with a stroke added, a new array; ``old`` is the tile before the stroke, None an empty one.

    The larger of both, as when a shape is added to the selection: painting over the same place again changes
    nothing (old + (255 − old) × cover would harden soft edges), and so a stroke may be applied as it grows.
    """
    return cover.copy() if old is None else np.maximum(old, cover)


def apply_erase(old: Array8 | None, cover: Array8) -> Array8:
    """A mask's tile with a stroke taken away, a new array. ``old`` is the tile before the stroke: what is left is
    old − cover, as when a shape is subtracted from the selection."""
    return np.zeros_like(cover) if old is None else old - np.minimum(old, cover)
