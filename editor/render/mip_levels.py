"""MipLevels: the tiles of a picture and of each half of it, where the coarser ones follow the finer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

import numpy as np

from editor.document.geometry import TILE, Bounds, Extent, TileKey, tile_bounds
from editor.document.tiles import Array8, is_uniform
from editor.raster.mips import halve


class MipLevels:
    """``tiles``: for each level (256, 256, 4) uint8, premultiplied, of what shows something; the picture itself first,
    down to a level of one tile. One pixel of level n stands for 2ⁿ a side."""

    def __init__(self, extent: Extent) -> None:
        self._extents = [extent]
        while self._extents[-1].longest > TILE:
            last = self._extents[-1]
            self._extents.append(Extent((last.width + 1) // 2, (last.height + 1) // 2))
        self.tiles: list[dict[TileKey, Array8]] = [{} for _ in self._extents]
        self._ahead: list[dict[TileKey, Bounds]] = [{} for _ in self._extents]
        """What has changed of each level that the next coarser one does not have yet, in its own pixels."""

    def __len__(self) -> int:
        return len(self.tiles)

    def bounds(self, level: int) -> Bounds:
        """All of a level, in its own pixels."""
        return Bounds.of(self._extents[level])

    def note(self, key: TileKey, part: Bounds) -> None:
        """A part of a finest tile, in pixels of the picture, changes."""
        unite(self._ahead[0], key, part)

    def follow(self, level: int, missing: Set[TileKey]) -> Iterator[tuple[int, Bounds]]:
        """Brings the coarser levels up to this one to the state of the finest; gives what has changed of which.

        ``missing``: finest tiles that have something to show, are not here and have not changed.
        """
        for coarser in range(1, level + 1):
            changed, self._ahead[coarser - 1] = self._ahead[coarser - 1], {}
            for key, piece in self._redo(coarser, changed, missing).items():
                unite(self._ahead[coarser], key, piece)
                yield coarser, piece

    def completed(self, tile: Array8, key: TileKey, level: int = 0) -> Array8 | None:
        """The tile with a last odd column or row once more beyond the edge, where the coarser level takes it for two;
        one that is the same throughout is held as one pixel, and one that shows nothing not at all."""
        place, whole = tile_bounds(key), self.bounds(level)
        width, height = whole.right - place.x, whole.bottom - place.y
        if width < TILE and width % 2:
            tile[:, width] = tile[:, width - 1]
        if height < TILE and height % 2:
            tile[height] = tile[height - 1]
        packed = tile.view(np.uint32)[..., 0]
        first = packed[0, 0]
        if (packed[TILE // 2] == first).all() and (packed == first).all():
            return np.broadcast_to(tile[0, 0].copy(), tile.shape) if first else None
        return tile

    def _redo(
        self, level: int, changed: dict[TileKey, Bounds], missing: Set[TileKey]
    ) -> dict[TileKey, Bounds]:
        """From what has changed of the finer level, tile by tile, what has changed of this one."""
        finer, coarser = self.tiles[level - 1], self.tiles[level]
        whole = self.bounds(level)
        parents: dict[TileKey, Bounds] = {}
        redone: list[tuple[TileKey, TileKey, Bounds]] = []
        for key, piece in changed.items():
            parent = key[0] // 2, key[1] // 2
            part = Bounds.from_edges(
                piece.x // 2, piece.y // 2, (piece.right + 1) // 2, (piece.bottom + 1) // 2
            ).intersected(whole)
            unite(parents, parent, part)
            redone.append((parent, key, part))
        same: set[TileKey] = set()
        for parent in parents:
            children = [
                key for key in _children(parent) if tile_bounds(key).intersected(self.bounds(level - 1))
            ]
            if level == 1 and not missing.isdisjoint(children):
                continue
            found, uniform = _common(finer.get(key) for key in children)
            if uniform:
                same.add(parent)
                if found is None:
                    coarser.pop(parent, None)
                else:
                    coarser[parent] = found
        for parent, key, part in redone:
            if parent not in same:
                tile = coarser.get(parent)
                if tile is None or is_uniform(tile):
                    fresh = np.zeros((TILE, TILE, 4), np.uint8)
                    if tile is not None:
                        fresh[:] = tile
                    tile = coarser[parent] = fresh
                _halve_into(tile, finer.get(key), part, key)
        for parent in parents:
            if parent not in same:
                self.completed(coarser[parent], parent, level)
        return parents


def unite(parts: dict[TileKey, Bounds], key: TileKey, part: Bounds) -> None:
    """Adds a part of a tile to what is known of it."""
    before = parts.get(key)
    parts[key] = part if before is None else before.united(part)


def _children(parent: TileKey) -> Iterator[TileKey]:
    """The four tiles under a coarser one."""
    x, y = 2 * parent[0], 2 * parent[1]
    yield from ((x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1))


def _common(tiles: Iterable[Array8 | None]) -> tuple[Array8 | None, bool]:
    """Where all of them are the same throughout, nothing included: that, and True."""
    found = list(tiles)
    first = found[0]
    for tile in found:
        if tile is None or first is None:
            if tile is not first:
                return None, False
        elif not is_uniform(tile) or not np.array_equal(tile[0, 0], first[0, 0]):
            return None, False
    return first, True


def _halve_into(coarser: Array8, finer: Array8 | None, part: Bounds, key: TileKey) -> None:
    """Writes the half of a finer tile into its quarter of the coarser one; ``part`` is in the coarser's level."""
    half = TILE // 2
    x, y = part.x - key[0] * half, part.y - key[1] * half  # within the quarter
    left, top = x + (key[0] % 2) * half, y + (key[1] % 2) * half
    if finer is None or is_uniform(finer):
        value = 0 if finer is None else finer[0, 0]
        coarser[top : top + part.height, left : left + part.width] = value
    else:
        halve(finer, Bounds(x, y, part.width, part.height), coarser, left, top)
