"""Rectangles and ellipses between any edges, as coverage."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from editor.raster.polygon import polygon
from inference.geometry import Bounds

Array8 = npt.NDArray[np.uint8]

_SAGITTA = 1 / 64
"""Pixels by which the straight pieces of an ellipse miss it at most."""


def rectangle(left: float, top: float, right: float, bottom: float, bounds: Bounds) -> Array8:
    """(h, w) uint8 coverage of ``bounds``: each pixel's share that lies inside, to the nearest of 255 steps.

    Pixel edges are at whole numbers. Crossed edges cover nothing.
    """
    across = _covered(left, right, bounds.x, bounds.width)
    down = _covered(top, bottom, bounds.y, bounds.height)
    return np.rint(np.outer(down, across * 255)).astype(np.uint8)


def ellipse(left: float, top: float, right: float, bottom: float, bounds: Bounds) -> Array8:
    """(h, w) uint8 coverage of ``bounds``: of the ellipse that touches all four edges. Crossed edges cover nothing.

    A polygon, at most 1/64 of a pixel off, half of it inside and half outside.
    """
    across, down = (right - left) / 2, (bottom - top) / 2
    if across <= 0 or down <= 0:
        return np.zeros((bounds.height, bounds.width), np.uint8)
    count = max(16, math.ceil(math.pi * math.sqrt(max(across, down) / (2 * _SAGITTA))))
    angle = np.arange(count) * (2 * math.pi / count)
    wider = 2 / (1 + math.cos(math.pi / count))
    points = np.stack([np.cos(angle) * across * wider, np.sin(angle) * down * wider], axis=1)
    centre = np.array([(left + right) / 2, (top + bottom) / 2])
    return polygon(points + centre, bounds)


def _covered(low: float, high: float, first: int, count: int) -> npt.NDArray[np.float64]:
    """How much of each of ``count`` pixels from ``first`` on lies between two places."""
    edges = np.arange(first, first + count + 1, dtype=np.float64).clip(low, max(low, high))
    return np.diff(edges)
