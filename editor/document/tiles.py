"""TileMap: a sparse plane of read-only tiles, changed only by replacing whole tiles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from editor.document.geometry import TILE, Bounds, TileKey, keys_covering, tile_bounds
from editor.raster.depth import to_dtype

Array8 = npt.NDArray[np.uint8]
Pixels = npt.NDArray[Any]
"""uint8 or uint16, as a document's depth has it: channel values from 0 to the largest that the type holds."""
Depth = Literal[8, 16]

TilePatch = dict[TileKey, Pixels | None]
"""Tiles to put in place; None takes the tile away."""

DTYPES: dict[Depth, type[np.uint8] | type[np.uint16]] = {8: np.uint8, 16: np.uint16}


def frozen(tile: Pixels) -> Pixels:
    """The same tile, read-only: a stray write raises. Of one value throughout, it takes up one pixel: every row and
    column is that pixel (strides of 0)."""
    if is_uniform(tile):
        return tile
    first = tile[:1, :1]
    # nearly every tile differs from its first pixel within the row in its middle
    if (
        np.array_equal(tile[len(tile) // 2], np.broadcast_to(first[0], tile.shape[1:]))
        and (tile == first).all()
    ):
        return np.broadcast_to(first.copy(), tile.shape)
    tile = np.ascontiguousarray(tile)
    tile.flags.writeable = False
    return tile


def is_uniform(tile: Pixels) -> bool:
    """Whether ``frozen`` found every pixel to be the same."""
    return tile.strides[0] == 0


def tile_bytes(tile: Pixels) -> int:
    """What the tile takes up."""
    return tile[0, 0].nbytes if is_uniform(tile) else tile.nbytes


class TileMap:
    """``dict[(tx, ty)] → (256, 256[, 4])`` of uint8 or uint16; a missing tile is all zero (transparent, unselected).

    ``channels`` is 4 (RGBA with straight alpha, so that what was opened is what is saved) or 1 (a mask); ``depth`` is
    bits per channel.
    """

    def __init__(
        self, channels: int, tiles: Mapping[TileKey, Pixels] | None = None, depth: Depth = 8
    ) -> None:
        if channels not in (1, 4):
            raise ValueError(f"a plane has 1 or 4 channels, not {channels}")
        if depth not in DTYPES:
            raise ValueError(f"a channel has 8 or 16 bits, not {depth}")
        self.channels = channels
        self.depth: Depth = depth
        self._tiles: dict[TileKey, Pixels] = dict(tiles or {})

    @classmethod
    def from_array(cls, array: Pixels, x: int = 0, y: int = 0) -> TileMap:
        """From (h, w, 4) or (h, w), uint8 or uint16, its first pixel at (x, y)."""
        plane = cls(4 if array.ndim == 3 else 1, depth=16 if array.dtype == np.uint16 else 8)
        bounds = Bounds(x, y, array.shape[1], array.shape[0])
        plane.exchange(plane.patch(bounds, array))
        return plane

    def __len__(self) -> int:
        return len(self._tiles)

    def __contains__(self, key: object) -> bool:
        return key in self._tiles

    def __iter__(self) -> Iterator[TileKey]:
        return iter(self._tiles)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TileMap):
            return NotImplemented
        return (
            (self.channels, self.depth) == (other.channels, other.depth)
            and (self._tiles.keys() == other._tiles.keys())
            and all(
                tile is other._tiles[key] or np.array_equal(tile, other._tiles[key])
                for key, tile in self._tiles.items()
            )
        )

    __hash__ = None  # type: ignore[assignment]

    @property
    def nbytes(self) -> int:
        return sum(map(tile_bytes, self._tiles.values()))

    @property
    def dtype(self) -> type[np.uint8] | type[np.uint16]:
        return DTYPES[self.depth]

    @property
    def full(self) -> int:
        """The largest value of a channel: opaque, wholly selected."""
        return (1 << self.depth) - 1

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one tile."""
        return (TILE, TILE, 4) if self.channels == 4 else (TILE, TILE)

    def tile(self, key: TileKey) -> Pixels | None:
        return self._tiles.get(key)

    def tiles(self) -> Iterator[Pixels]:
        return iter(self._tiles.values())

    def snapshot(self) -> TileMap:
        """The plane as it is now; tiles are shared, so this costs one copy of a dict."""
        return TileMap(self.channels, self._tiles, self.depth)

    def converted(self, depth: Depth, known: dict[int, Pixels] | None = None) -> TileMap:
        """The plane with another depth, itself where it has that already. Planes that share tiles share them still
        where they are converted with the same dict of ``known`` ones."""
        if depth == self.depth:
            return self
        known, twin = {} if known is None else known, TileMap(self.channels, depth=depth)
        for key, tile in self._tiles.items():
            if id(tile) not in known:
                part = tile[:1, :1] if is_uniform(tile) else tile
                known[id(tile)] = frozen(np.broadcast_to(to_dtype(part, twin.dtype), tile.shape))
            new = known[id(tile)]
            if (new[:1, :1] if is_uniform(new) else new).any():  # not rounded to nothing
                twin._tiles[key] = new
        return twin

    def moved(self, dx: int, dy: int, known: dict[tuple[int, ...], Pixels] | None = None) -> TileMap:
        """The plane with everything so many pixels farther to the right and down. Planes that share tiles share them
        still where they are moved with the same dict of ``known`` ones, which is for one move."""
        twin = TileMap(self.channels, depth=self.depth)
        if dx % TILE == dy % TILE == 0:
            twin._tiles = {(x + dx // TILE, y + dy // TILE): tile for (x, y), tile in self._tiles.items()}
            return twin
        known = {} if known is None else known
        places = (tile_bounds(key).translated(dx, dy) for key in self._tiles)
        for key in {key for place in places for key in keys_covering(place)}:
            part = tile_bounds(key).translated(-dx, -dy)
            sources = tuple(id(self._tiles.get(source)) for source in keys_covering(part))
            if sources not in known:
                known[sources] = frozen(self.read(part))
            if known[sources].any():
                twin._tiles[key] = known[sources]
        return twin

    def tiles_bounds(self) -> Bounds:
        """The rectangle around all tiles, in pixels: never smaller than the content, quickly known."""
        if not self._tiles:
            return Bounds(0, 0, 0, 0)
        columns = [key[0] for key in self._tiles]
        rows = [key[1] for key in self._tiles]
        return tile_bounds((min(columns), min(rows))).united(tile_bounds((max(columns), max(rows))))

    def content_bounds(self) -> Bounds:
        """The rectangle around every pixel with coverage (alpha or mask above 0), exactly."""
        bounds = Bounds(0, 0, 0, 0)
        for key, tile in self._tiles.items():
            cover = tile[..., 3] if self.channels == 4 else tile
            rows = np.flatnonzero(cover.any(axis=1))
            if rows.size:
                columns = np.flatnonzero(cover.any(axis=0))
                x, y = key[0] * TILE, key[1] * TILE
                bounds = bounds.united(
                    Bounds.from_edges(
                        x + int(columns[0]), y + int(rows[0]), x + int(columns[-1]) + 1, y + int(rows[-1]) + 1
                    )
                )
        return bounds

    def read(self, bounds: Bounds) -> Pixels:
        """A dense copy of a rectangle, zero where there is no tile: (h, w, 4) or (h, w)."""
        out = np.zeros((bounds.height, bounds.width, *self.shape[2:]), self.dtype)
        for key in keys_covering(bounds):
            tile = self._tiles.get(key)
            if tile is not None:
                place = tile_bounds(key)
                part = place.intersected(bounds)
                out[part.slices(bounds)] = tile[part.slices(place)]
        return out

    def patch(self, bounds: Bounds, array: Pixels) -> TilePatch:
        """The tiles that writing ``array`` into ``bounds`` would replace; those that stay the same are left out."""
        if array.shape != (bounds.height, bounds.width, *self.shape[2:]) or array.dtype != self.dtype:
            raise ValueError(f"{array.dtype} array of {array.shape} does not fit {bounds} of this plane")
        patch: TilePatch = {}
        for key in keys_covering(bounds):
            old = self._tiles.get(key)
            place = tile_bounds(key)
            part = place.intersected(bounds)
            piece = array[part.slices(bounds)]
            if part == place:
                new = piece.copy()
            else:
                new = np.zeros(self.shape, self.dtype) if old is None else old.copy()
                new[part.slices(place)] = piece
            if not new.any():
                if old is not None:
                    patch[key] = None
            elif old is None or not np.array_equal(old, new):
                patch[key] = frozen(new)
        return patch

    def exchange(self, patch: TilePatch) -> TilePatch:
        """Puts the tiles in place and returns those that were there: exchanging again undoes it."""
        before: TilePatch = {}
        for key, tile in patch.items():
            if tile is None:
                continue
            if tile.shape != self.shape or tile.dtype != self.dtype or tile.flags.writeable:
                raise ValueError(f"tile {key} is writable, or not {self.shape} of {self.depth} bits")
        for key, tile in patch.items():
            before[key] = self._tiles.get(key)
            if tile is None:
                self._tiles.pop(key, None)
            else:
                self._tiles[key] = tile
        return before


def difference(before: TileMap, after: TileMap) -> TilePatch:
    """The tiles that change where one plane takes the place of another."""
    patch: TilePatch = {}
    for key in {*before, *after}:
        old, new = before.tile(key), after.tile(key)
        if old is not new and (old is None or new is None or not np.array_equal(old, new)):
            patch[key] = new
    return patch


def patch_bounds(patch: TilePatch) -> Bounds:
    """The rectangle around the tiles of a patch."""
    bounds = Bounds(0, 0, 0, 0)
    for key in patch:
        bounds = bounds.united(tile_bounds(key))
    return bounds


def patch_bytes(*patches: TilePatch) -> int:
    return sum(tile_bytes(tile) for patch in patches for tile in patch.values() if tile is not None)


def planes_bytes(*planes: TileMap) -> int:
    """What several planes hold together: a tile that they share is held once."""
    tiles = {id(tile): tile_bytes(tile) for plane in planes for tile in plane.tiles()}
    return sum(tiles.values())
