"""Extent and Bounds: integer sizes and half-open rectangles, the one place where off-by-one lives."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Extent:
    """A size in whole pixels."""

    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 0 or self.height < 0:
            raise ValueError(f"negative extent {self.width}×{self.height}")

    def __iter__(self) -> Iterator[int]:
        return iter((self.width, self.height))

    def __bool__(self) -> bool:
        return self.width > 0 and self.height > 0

    @property
    def area(self) -> int:
        return self.width * self.height

    @property
    def shortest(self) -> int:
        return min(self.width, self.height)

    @property
    def longest(self) -> int:
        return max(self.width, self.height)

    @property
    def diagonal(self) -> float:
        return math.hypot(self.width, self.height)


@dataclass(frozen=True, slots=True)
class Bounds:
    """A rectangle of pixels: ``x ≤ column < x + width``, ``y ≤ row < y + height``. Falsy when empty."""

    x: int
    y: int
    width: int
    height: int

    @classmethod
    def from_edges(cls, left: int, top: int, right: int, bottom: int) -> Bounds:
        """Right and bottom are exclusive; crossed edges give an empty rectangle."""
        return cls(left, top, max(0, right - left), max(0, bottom - top))

    @classmethod
    def of(cls, extent: Extent) -> Bounds:
        return cls(0, 0, extent.width, extent.height)

    def __bool__(self) -> bool:
        return self.width > 0 and self.height > 0

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def extent(self) -> Extent:
        return Extent(self.width, self.height)

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2

    def padded(self, amount: int) -> Bounds:
        """Grown by ``amount`` pixels on each side."""
        return Bounds.from_edges(self.x - amount, self.y - amount, self.right + amount, self.bottom + amount)

    def intersected(self, other: Bounds) -> Bounds:
        return Bounds.from_edges(
            max(self.x, other.x),
            max(self.y, other.y),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def united(self, other: Bounds) -> Bounds:
        """The smallest rectangle around both; an empty one adds nothing."""
        if not self:
            return other
        if not other:
            return self
        return Bounds.from_edges(
            min(self.x, other.x),
            min(self.y, other.y),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def contains(self, other: Bounds) -> bool:
        return self.intersected(other) == other

    def translated(self, dx: int, dy: int) -> Bounds:
        return Bounds(self.x + dx, self.y + dy, self.width, self.height)

    def clamped_into(self, outer: Bounds) -> Bounds:
        """Moved, then cut where it is larger, so that it lies inside ``outer``."""
        width, height = min(self.width, outer.width), min(self.height, outer.height)
        return Bounds(
            min(max(self.x, outer.x), outer.right - width),
            min(max(self.y, outer.y), outer.bottom - height),
            width,
            height,
        )

    def slices(self, origin: Bounds | None = None) -> tuple[slice, slice]:
        """Row and column slices into an array whose first pixel is ``origin``'s corner, or (0, 0)."""
        dx, dy = (origin.x, origin.y) if origin else (0, 0)
        return slice(self.y - dy, self.bottom - dy), slice(self.x - dx, self.right - dx)
