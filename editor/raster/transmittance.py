"""Transmittance: how much of the picture still shows through a stroke, tile by tile, as dabs are added."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from editor.raster import native
from editor.raster.dab import FULL, Array16, Stamp, Tip, place
from inference.geometry import Bounds

Key = tuple[int, int]

DAB_COLUMNS = 5
"""x, y, diameter, flow, opacity"""

Dabs = npt.NDArray[np.float64]
"""(n, 5), in the order in which they are put down: x and y of the centre and the diameter in pixels of the picture;
flow 0–1, what part of what still shows through a dab takes away where its tip is full; opacity 0–1, more than which it
does not cover, however many there are."""


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
        at = place(self.tip, dabs[:, 2], dabs[:, 0], dabs[:, 1])
        facts = np.array(
            [(s.cover.ctypes.data, s.spans.ctypes.data, s.reach, s.cover.shape[1]) for s in at.stamps],
            np.int64,
        )[at.which]
        table = np.empty((len(dabs), 9), np.int64)
        table[:, 0:2] = facts[:, 0:2]
        table[:, 2], table[:, 3] = at.x - facts[:, 2], at.y - facts[:, 2]
        table[:, 4] = table[:, 5] = 2 * facts[:, 2] + 1
        table[:, 6] = facts[:, 3]
        table[:, 7] = np.rint(dabs[:, 3] * 65536)
        table[:, 8] = np.rint((1 - dabs[:, 4]) * FULL)
        keys = self._touched(table[:, 2], table[:, 3], table[:, 4])
        if not keys:
            return
        tiles = [self._tile(key) for key in keys]
        dirty = np.tile(np.array([[self.tile, self.tile, 0, 0]], np.int32), (len(keys), 1))
        kernels = native.kernels()
        if kernels is None:
            self._stamp(table, [at.stamps[i] for i in at.which.tolist()], keys, dirty)
        else:
            places = np.array(
                [
                    (t.ctypes.data, k[0] * self.tile, k[1] * self.tile)
                    for t, k in zip(tiles, keys, strict=True)
                ],
                np.int64,
            )
            edges = np.array([self.bounds.x, self.bounds.y, self.bounds.right, self.bounds.bottom], np.int64)
            kernels.dabs.stamp(table, places, self.tile, edges, dirty, self.build_up)
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
        self, x: npt.NDArray[np.int64], y: npt.NDArray[np.int64], side: npt.NDArray[np.int64]
    ) -> list[Key]:
        """The tiles that any of these squares touches."""
        bounds, tile = self.bounds, self.tile
        if not bounds:
            return []
        left, top = np.maximum(x, bounds.x), np.maximum(y, bounds.y)
        right, bottom = np.minimum(x + side, bounds.right) - 1, np.minimum(y + side, bounds.bottom) - 1
        seen = (left <= right) & (top <= bottom)
        spans = np.stack([left, top, right, bottom], axis=1)[seen] // tile
        keys: dict[Key, None] = {}
        for first, upper, last, lower in set(map(tuple, spans.tolist())):
            for row in range(upper, lower + 1):
                for column in range(first, last + 1):
                    keys[column, row] = None
        return list(keys)

    def _tile(self, key: Key) -> Array16:
        tile = self.tiles.get(key)
        if tile is None:
            tile = self.tiles[key] = np.full((self.tile, self.tile), FULL, np.uint16)
        return tile

    def _stamp(
        self, table: npt.NDArray[np.int64], stamps: list[Stamp], keys: list[Key], dirty: npt.NDArray[np.int32]
    ) -> None:
        """The twin of ``kernels.dabs.stamp``."""
        for number, key in enumerate(keys):
            tile = Bounds(key[0] * self.tile, key[1] * self.tile, self.tile, self.tile)
            seen = tile.intersected(self.bounds)
            for (_cover, _spans, x, y, side, _height, _stride, flow, floor), stamp in zip(
                table.tolist(), stamps, strict=True
            ):
                whole = Bounds(x, y, side, side)
                part = whole.intersected(seen)
                if not part:
                    continue
                area = self.tiles[key][part.slices(tile)]
                cover = stamp.cover[part.slices(whole)]
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
