"""Response: a curve from what a pen does, 0–1, to a factor, 0–1."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Response:
    """Straight lines between ``points``, (input, factor), by rising input; level before the first and after the last.

    Raises ValueError for no points, and for any outside 0–1 or not in order.
    """

    points: Points

    def __post_init__(self) -> None:
        inputs = [x for x, _ in self.points]
        if not self.points or any(not (0 <= x <= 1 and 0 <= y <= 1) for x, y in self.points):
            raise ValueError("a curve has points within 0 and 1")
        if any(a >= b for a, b in pairwise(inputs)):
            raise ValueError("a curve's points go from left to right")

    def at(self, value: float) -> float:
        points = self.points
        after = bisect_right(points, value, key=lambda point: point[0])
        if after == 0 or after == len(points):
            return points[min(after, len(points) - 1)][1]
        (x0, y0), (x1, y1) = points[after - 1], points[after]
        return y0 + (y1 - y0) * ((value - x0) / (x1 - x0))

    def of(self, values: Float64) -> Float64:
        """``at`` for each value of an array."""
        x, y = np.array(self.points, np.float64).T
        return np.asarray(np.interp(values, x, y), np.float64)
