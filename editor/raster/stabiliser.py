"""Stabiliser: pointer samples become the nodes of a stroke's path, smoothed over distance, with their velocity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from editor.raster.brush import FAST, Brush

Nodes = npt.NDArray[np.float64]
"""(n, 6): x, y in pixels of the picture; pressure 0–1; tilt in degrees to the right and towards the user; velocity 0–1.
Between two nodes all of them go in a straight line."""
NODE_COLUMNS = 6

VELOCITY_REACH = 60.0
"""Pixels of the way over which velocity is smoothed: what a mouse reports jumps by the pixel."""

_LAG_OF_SIZE, _LAG = 1.0, 60.0
"""Lag at full smoothing: this many diameters and this many pixels. The larger the brush, the larger the picture."""
_PARTS = 16
"""Grid steps within the lag."""


class Sample(NamedTuple):
    """One sample of the pointer: x and y in pixels of the picture, pressure 0–1, tilt in degrees, time in ms."""

    x: float
    y: float
    pressure: float = 1.0
    tilt_x: float = 0.0
    tilt_y: float = 0.0
    time: float = 0.0


class Stabiliser:
    """The nodes depend on the way of the pointer and on how fast it went, not on how often it was asked.

    Smoothing is an exponential average over the distance that the pointer has gone, taken at even steps of that
    distance wherever the samples lie; the brush trails the pointer by the average's length, and ``finish`` brings it
    there.
    """

    def __init__(self, brush: Brush) -> None:
        self._lag = brush.smoothing * (_LAG_OF_SIZE * brush.size + _LAG)
        self._velocity = brush.driven_by("velocity")
        self._step = 1.0 if not self._lag else max(self._lag / _PARTS, 1.0)
        if self._velocity:
            self._step = min(self._step, VELOCITY_REACH / _PARTS)
        self._gain = -math.expm1(-self._step / self._lag) if self._lag else 1.0
        self._last: tuple[float, ...] | None = None
        self._time = 0.0
        self._way, self._grid = 0.0, 0
        self._tip: list[float] = []

    def add(self, samples: Sequence[Sample]) -> Nodes:
        """The nodes that these samples bring about."""
        if not samples:
            return np.empty((0, NODE_COLUMNS))
        if not self._lag and not self._velocity:
            nodes = np.zeros((len(samples), NODE_COLUMNS))
            numbers = np.fromiter(
                chain.from_iterable(samples), np.float64, len(samples) * len(Sample._fields)
            )
            nodes[:, :5] = numbers.reshape(len(samples), -1)[:, :5]
            self._last = tuple(nodes[-1])
        else:
            found: list[Sequence[float]] = []
            for sample in samples:
                self._go(sample, found)
            nodes = np.array(found, np.float64).reshape(-1, NODE_COLUMNS)
        np.clip(nodes[:, 2], 0, 1, out=nodes[:, 2])
        return nodes

    def finish(self) -> Nodes:
        """What is left of the way to where the pointer is."""
        if self._last is None or not self._lag:
            return np.empty((0, NODE_COLUMNS))
        return np.array([self._last], np.float64)

    def _go(self, sample: Sample, found: list[Sequence[float]]) -> None:
        if self._last is None:
            self._last = (*sample[:5], 0.0)
            self._time, self._grid = sample.time, 1
            self._tip = list(self._last)
            found.append(self._last)
            return
        last = self._last
        length = math.dist(last[:2], sample[:2])
        speed = _speed(length, sample.time - self._time, last[5])
        self._time = sample.time
        while length > 0 and self._grid * self._step <= self._way + length:
            gone = self._grid * self._step - self._way
            part = gone / length
            here = [a + (b - a) * part for a, b in zip(last[:5], sample[:5], strict=True)]
            here.append(_approached(last[5], speed, gone))
            # with no lag the gain is 1, and the tip is where the pointer is
            self._tip = [a + (b - a) * self._gain for a, b in zip(self._tip, here, strict=True)]
            found.append(self._tip)
            self._grid += 1
        self._way += length
        self._last = (*sample[:5], _approached(last[5], speed, length))
        if not self._lag:
            found.append(self._last)


def _speed(length: float, time: float, former: float) -> float:
    """Velocity over a stretch; as it was where no time has passed."""
    return min(length / time * 1000 / FAST, 1.0) if time > 0 else former


def _approached(former: float, now: float, distance: float) -> float:
    """Of an average over distance: however a stretch is split, its end is the same."""
    return now + (former - now) * math.exp(-distance / VELOCITY_REACH)
