"""RulerScale: how the pixels of the picture lie along a side of the screen, and where a ruler marks them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from editor.canvas.viewport import Viewport
from editor.document.guides import Direction

LABEL_GAP = 64
"""Screen pixels from one number to the next, at least: room for six figures."""
TICK_GAP = 5
"""The same of the shortest marks."""

Rank = Literal[0, 1, 2]
"""A mark with a number, one half way between two of these, any other."""

_PARTS = {1: (10, 5, 2), 2: (10, 4, 2), 5: (10, 5)}
"""Into how many parts a step of 1, 2 or 5 times a power of ten may be divided, the finest first."""


@dataclass(frozen=True, slots=True)
class Tick:
    """``at`` in screen pixels along the ruler, ``value`` in pixels of the picture."""

    at: float
    value: int
    rank: Rank


@dataclass(frozen=True, slots=True)
class RulerScale:
    """Pixel n of the picture begins at ``begin + n * per_pixel`` of the screen. ``direction``: of the guides that stand
    across the ruler, and have a place on it."""

    direction: Direction
    begin: float
    per_pixel: float

    @classmethod
    def of(cls, viewport: Viewport, down: bool) -> RulerScale | None:
        """Along the upper side of the screen, or ``down`` its left one; None where the picture is turned askew."""
        if not viewport.is_square:
            return None
        a, b, c, d, x, y = viewport.matrix
        across, along, begin = (b, d, y) if down else (a, c, x)
        return cls("vertical", begin, across) if across else cls("horizontal", begin, along)

    def to_screen(self, position: float) -> float:
        return self.begin + position * self.per_pixel

    def to_picture(self, at: float) -> float:
        return (at - self.begin) / self.per_pixel

    @property
    def steps(self) -> tuple[int, int]:
        """Pixels of the picture from one number to the next, and from one mark to the next."""
        size = abs(self.per_pixel)
        power = 10 ** max(0, math.floor(math.log10(LABEL_GAP / size)))
        digit, step = next(
            (digit, digit * power) for digit in (1, 2, 5, 10) if digit * power * size >= LABEL_GAP
        )
        for parts in _PARTS[1 if digit == 10 else digit]:
            if step % parts == 0 and step / parts * size >= TICK_GAP:
                return step, step // parts
        return step, step

    def ticks(self, length: int) -> list[Tick]:
        """Those on the first ``length`` pixels of the screen, and the one before them, whose number may reach in."""
        label, step = self.steps
        ends = self.to_picture(0), self.to_picture(length)
        first = math.floor(min(ends) / label) * label
        last = math.ceil(max(ends) / label) * label
        return [Tick(self.to_screen(n), n, _rank(n, label)) for n in range(first, last + 1, step)]


def _rank(value: int, label: int) -> Rank:
    if value % label == 0:
        return 0
    return 1 if 2 * value % label == 0 else 2
