"""The tile grid: which tiles cover a rectangle of pixels, and where a tile lies."""

from __future__ import annotations

from collections.abc import Iterator

from inference.geometry import Bounds, Extent

__all__ = ["TILE", "Bounds", "Extent", "TileKey", "keys_covering", "tile_bounds"]

TILE = 256
"""Side of a tile in pixels."""

TileKey = tuple[int, int]
"""Column and row of a tile; negative left of and above the canvas."""


def tile_bounds(key: TileKey) -> Bounds:
    return Bounds(key[0] * TILE, key[1] * TILE, TILE, TILE)


def keys_covering(bounds: Bounds) -> Iterator[TileKey]:
    """The tiles that ``bounds`` touches, row by row; none for an empty rectangle."""
    if not bounds:
        return
    for ty in range(bounds.y // TILE, (bounds.bottom - 1) // TILE + 1):
        for tx in range(bounds.x // TILE, (bounds.right - 1) // TILE + 1):
            yield tx, ty
