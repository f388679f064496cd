"""Transmittance: how much of the picture still shows through a stroke, tile by tile, as dabs are added."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from editor.raster import native
from editor.raster.dab import FULL, Array16, Dabs, Placed, Tip, place
from inference.geometry import Bounds

Key = tuple[int, int]


class Changed(NamedTuple):
    """Transmittance of a tile, (tile, tile) uint16, and where it has changed, in the tile's own pixels."""

    transmittance: Array16
    area: Bounds


class Transmittance:
    """Of a stroke: 65535 at first, 0 where it covers wholly. Sparse, by tiles of ``tile`` pixels; nothing outside
    ``bounds``.

    With ``build_up`` each dab takes away its part of what is left, t ← t · (1 − flow · cover), down to 1 − opacity.
    Else the stroke covers what the dab does that covers most, t ← min(t, 1 − cover), so that a soft edge stays as soft
    as the tip's however close the dabs lie; flow and opacity then have no meaning.
    """

    def __init__(self, bounds: Bounds, tip: Tip, build_up: bool = True, tile: int = 256) -> None:
        self.bounds, self.tip, self.build_up, self.tile = bounds, tip, build_up, tile
        self.tiles: dict[Key, Array16] = {}
        """(column, row) of a tile → (tile, tile) uint16."""
        self._changed: dict[Key, Bounds] = {}

    def add(self, dabs: Dabs) -> None:
        if not len(dabs):
            return
        placed = place(self.tip, dabs)
        stamps = np.array(
            [(*stamp.addresses, stamp.reach, stamp.cover.shape[1]) for stamp in placed.stamps], np.int64
        )
        edges = np.array([self.bounds.x, self.bounds.y, self.bounds.right, self.bounds.bottom], np.int64)
        keys = self._touched(stamps, placed, edges)
        tiles = [self._tile(key) for key in keys]
        dirty = np.tile(np.array([[self.tile, self.tile, 0, 0]], np.int32), (len(keys), 1))
        kernels = native.kernels()
        if kernels is None:
            self._stamp(placed, keys, dirty)
        else:
            places = np.array(
                [
                    (t.ctypes.data, k[0] * self.tile, k[1] * self.tile)
                    for t, k in zip(tiles, keys, strict=True)
                ],
                np.int64,
            ).reshape(-1, 3)
            kernels.dabs.stamp(
                stamps, placed.table, placed.which, places, self.tile, edges, dirty, self.build_up
            )
        for key, (left, top, right, bottom) in zip(keys, dirty.tolist(), strict=True):
            area = Bounds.from_edges(left, top, right, bottom)
            if area:
                former = self._changed.get(key)
                self._changed[key] = area if former is None else former.united(area)

    def take_changed(self) -> dict[Key, Changed]:
        """What has changed since this was last asked for. The arrays are the stroke's own: read them before the next
        dabs, do not write or keep them."""
        changed, self._changed = self._changed, {}
        return {key: Changed(self.tiles[key], area) for key, area in changed.items()}

    def _touched(
        self, stamps: npt.NDArray[np.int64], placed: Placed, edges: npt.NDArray[np.int64]
    ) -> list[Key]:
        """The tiles that any of these dabs touches."""
        if not self.bounds:
            return []
        column, row = self.bounds.x // self.tile, self.bounds.y // self.tile
        columns = (self.bounds.right - 1) // self.tile - column + 1
        touched = np.zeros(((self.bounds.bottom - 1) // self.tile - row + 1, columns), np.bool_)
        kernels = native.kernels()
        if kernels is not None:
            kernels.dabs.touch(stamps, placed.table, placed.which, self.tile, edges, touched)
        else:
            for whole in self._squares(placed):
                part = whole.intersected(self.bounds)
                if part:
                    rows = slice(part.y // self.tile - row, (part.bottom - 1) // self.tile - row + 1)
                    touched[
                        rows, part.x // self.tile - column : (part.right - 1) // self.tile - column + 1
                    ] = True
        ys, xs = np.nonzero(touched)
        return list(zip((xs + column).tolist(), (ys + row).tolist(), strict=True))

    def _squares(self, placed: Placed) -> Iterator[Bounds]:
        """Where each dab's stamp lies."""
        for (x, y, _flow, _floor), which in zip(placed.table.tolist(), placed.which.tolist(), strict=True):
            stamp = placed.stamps[which]
            yield Bounds(x - stamp.reach, y - stamp.reach, stamp.side, stamp.side)

    def _tile(self, key: Key) -> Array16:
        tile = self.tiles.get(key)
        if tile is None:
            tile = self.tiles[key] = np.full((self.tile, self.tile), FULL, np.uint16)
        return tile

    def _stamp(self, placed: Placed, keys: list[Key], dirty: npt.NDArray[np.int32]) -> None:
        """The twin of ``kernels.dabs.stamp``."""
        flows, floors = placed.table[:, 2].tolist(), placed.table[:, 3].tolist()
        for whole, which, flow, floor in zip(
            self._squares(placed), placed.which.tolist(), flows, floors, strict=True
        ):
            part_of_all = whole.intersected(self.bounds)
            for number, key in enumerate(keys):
                tile = Bounds(key[0] * self.tile, key[1] * self.tile, self.tile, self.tile)
                part = part_of_all.intersected(tile)
                if not part:
                    continue
                area = self.tiles[key][part.slices(tile)]
                cover = placed.stamps[which].cover[part.slices(whole)]
                if self.build_up:
                    _lower(area, cover, flow, floor)
                else:
                    np.minimum(area, FULL - cover, out=area)
                own = part.translated(-tile.x, -tile.y)
                dirty[number, :2] = np.minimum(dirty[number, :2], (own.x, own.y))
                dirty[number, 2:] = np.maximum(dirty[number, 2:], (own.right, own.bottom))


def _lower(area: Array16, cover: Array16, flow: int, floor: int) -> None:
    """t ← t · (1 − flow · cover), not below ``floor``, and 0 exactly where that covers wholly."""
    share = cover.astype(np.uint32)
    if flow < 65536:
        share = share * np.uint32(flow) >> np.uint32(16)
    lowered = area - (area * share >> np.uint32(16)).astype(np.uint16)
    lowered[share == FULL] = 0
    np.maximum(lowered, np.uint16(floor), out=lowered)
    np.minimum(area, lowered, out=area)
