"""Guides: lines that things are laid out by, at edges between pixels, across the canvas; no part of the picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal, get_args

Direction = Literal["horizontal", "vertical"]
"""How a guide runs: a horizontal one lies at a y, a vertical one at an x."""

DIRECTIONS: tuple[Direction, ...] = get_args(Direction)

MAX_GUIDES = 1000
"""Of each direction."""
MAX_OFFSET = 1 << 30
"""How far from the canvas's corner a file may say that a guide lies, in pixels."""

_BYTES = 40
"""Of one position in memory: the number, and where it is listed."""


@dataclass(frozen=True, slots=True)
class Guides:
    """Positions in pixels of the document, rising, each but once: n is the edge before pixel n, and may lie outside the
    canvas. Use ``of`` for what is in any order, or may be anything."""

    horizontal: tuple[int, ...] = ()
    vertical: tuple[int, ...] = ()

    @classmethod
    def of(cls, horizontal: Iterable[object], vertical: Iterable[object]) -> Guides:
        """What is no number, or lies too far away, is left out, and so is what is more than ``MAX_GUIDES``; a place
        within a pixel becomes the edge that is nearest to it."""
        return cls(_positions(horizontal), _positions(vertical))

    def __bool__(self) -> bool:
        return bool(self.horizontal or self.vertical)

    def __len__(self) -> int:
        return len(self.horizontal) + len(self.vertical)

    @property
    def nbytes(self) -> int:
        return _BYTES * len(self)

    def at(self, direction: Direction) -> tuple[int, ...]:
        """The positions of those that run so."""
        return self.horizontal if direction == "horizontal" else self.vertical

    def added(self, direction: Direction, position: int) -> Guides:
        """With one more. Raises ValueError where there are too many."""
        positions = {*self.at(direction), position}
        if len(positions) > MAX_GUIDES:
            raise ValueError(f"there are {MAX_GUIDES} {direction} guides already")
        return replace(self, **{direction: tuple(sorted(positions))})

    def removed(self, direction: Direction, position: int) -> Guides:
        """Without one; the same where there is none."""
        kept = tuple(each for each in self.at(direction) if each != position)
        return replace(self, **{direction: kept})

    def moved(self, dx: int, dy: int) -> Guides:
        """All of them, so much farther to the right and down."""
        return Guides(tuple(y + dy for y in self.horizontal), tuple(x + dx for x in self.vertical))

    def nearest(self, direction: Direction, position: float, reach: float) -> int | None:
        """The one that is nearest to a position, within ``reach`` pixels of it."""
        near = min(self.at(direction), key=lambda each: abs(each - position), default=None)
        return near if near is not None and abs(near - position) <= reach else None


def _positions(values: Iterable[object]) -> tuple[int, ...]:
    numbers = (value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool))
    near = (value for value in numbers if abs(value) <= MAX_OFFSET)  # which no NaN is
    each_once = dict.fromkeys(round(value) for value in near)
    return tuple(sorted(islice(each_once, MAX_GUIDES)))
