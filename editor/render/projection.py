"""Projection: a picture kept ready for the screen as tiles, with mip levels, brought up to date where it is dirty."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from editor.document.geometry import TILE, Bounds, Extent, TileKey, keys_covering, tile_bounds
from editor.document.signal import Signal
from editor.document.tiles import Array8, is_uniform, tile_bytes
from editor.render.mip_levels import MipLevels, unite

BUDGET = 48 << 20
"""Bytes of finest tiles beyond which those out of view are let go of: three screens of 2560×1440."""

_BATCH = 0.004
"""Seconds of work that the source is given at a time: enough for its threads, and soon over."""

_MOST = 16
"""Tiles that are rendered in a batch at most: the next may take much longer than the last did."""

_LOOKED_AT = 256
"""Tiles of a batch at most, the empty ones counted."""


class TileJob(NamedTuple):
    """Rows ``top`` ≤ row < ``bottom`` of a tile are wanted in ``out``, (256, 256, 4) uint8, premultiplied BGRA."""

    key: TileKey
    top: int
    bottom: int
    out: Array8


class TileSource(Protocol):
    """Where the finest tiles come from."""

    def is_empty(self, key: TileKey) -> bool:
        """Whether nothing can be there: then there is nothing to render."""

    def render(self, jobs: Sequence[TileJob]) -> list[bool]:
        """Does the jobs, on threads of its own where it likes; for each whether those rows are wholly opaque."""


class Projection:
    """Levels of the picture, each half the size of the one before; of each only tiles that show something.

    Only what is asked for is brought up to date, so a full change costs no more than what is in view, and the coarser
    levels follow a finer one when they are looked at next. Finest tiles beyond the ``budget`` in bytes are let go of,
    those out of view the longest first; the coarser levels keep what they have of them.

    Signal: ``redone(level, bounds)`` says what has changed of a level, in its own pixels.
    """

    def __init__(self, extent: Extent, source: TileSource, budget: int = BUDGET) -> None:
        self.redone = Signal()
        self._source = source
        self._budget = budget
        self._bounds = Bounds.of(extent)
        self._levels = MipLevels(extent)
        self._finest = self._levels.tiles[0]
        """In the order in which they were last looked at."""
        self._stale: dict[TileKey, Bounds] = {}
        """Of the finest level: what is out of date, in pixels of the picture."""
        self._dropped: set[TileKey] = set()
        """Finest tiles that were let go of; the coarser levels have them."""
        self._translucent = dict.fromkeys(keys_covering(self._bounds), (0, TILE))
        """Rows of the finest tiles outside which they are opaque."""
        self._held = 0
        self._pace = _BATCH / 8
        """Seconds that a whole tile took lately."""
        self.invalidate(self._bounds)

    @property
    def nbytes(self) -> int:
        return sum(tile_bytes(tile) for level in self._levels.tiles for tile in level.values())

    def level(self, zoom: float) -> int:
        """The level to draw at ``zoom`` screen pixels per picture pixel: the smallest that need not be enlarged."""
        level = 0
        while level + 1 < len(self._levels) and zoom <= 0.5 ** (level + 1):
            level += 1
        return level

    def bounds(self, level: int) -> Bounds:
        """All of a level, in its own pixels; one of level n stands for 2ⁿ a side."""
        return self._levels.bounds(level)

    def tile(self, key: TileKey, level: int = 0) -> Array8 | None:
        """(256, 256, 4) uint8, premultiplied BGRA, as far as it has been brought up to date; None where nothing shows.
        What lies beyond the picture's edge is arbitrary. The projection's own: read it before the next ``update``.

        For a finest tile that was let go of, the coarser level stands in, enlarged.
        """
        tile = self._levels.tiles[level].get(key)
        if tile is None and level == 0 and key in self._dropped:
            parent = self._levels.tiles[1].get((key[0] // 2, key[1] // 2))
            if parent is not None:
                half = TILE // 2
                x, y = key[0] % 2 * half, key[1] % 2 * half
                return parent[y : y + half, x : x + half].repeat(2, axis=0).repeat(2, axis=1)
        return tile

    def read(self, bounds: Bounds, level: int = 0) -> Array8:
        """A dense copy of a part of a level, in its own pixels: (h, w, 4) uint8, premultiplied BGRA."""
        out = np.zeros((bounds.height, bounds.width, 4), np.uint8)
        for key in keys_covering(bounds.intersected(self.bounds(level))):
            tile = self.tile(key, level)
            if tile is not None:
                part = tile_bounds(key).intersected(bounds).intersected(self.bounds(level))
                out[part.slices(bounds)] = tile[part.slices(tile_bounds(key))]
        return out

    def is_opaque(self, bounds: Bounds) -> bool:
        """Whether nothing shines through in a rectangle of the picture, all tiles that it touches counted whole."""
        part = bounds.intersected(self._bounds)
        if not self._translucent:
            return True
        return not any(key in self._translucent for key in keys_covering(part))

    def invalidate(self, bounds: Bounds) -> None:
        """What lies in ``bounds``, in pixels of the picture, is out of date."""
        part = bounds.intersected(self._bounds)
        for key in keys_covering(part):
            unite(self._stale, key, tile_bounds(key).intersected(part))

    def update(
        self,
        bounds: Bounds,
        seconds: float = math.inf,
        level: int = 0,
        near: tuple[float, float] | None = None,
    ) -> bool:
        """Brings up to date what lies in ``bounds``, in pixels of the picture, for looking at that level; first what is
        nearest to a point, or to the middle. False where the time was up before the end: the first batch is always
        done."""
        end = time.monotonic() + seconds
        self._follow(level)
        part = bounds.intersected(self._bounds)
        todo = self._out_of_date(part, level)
        if level == 0:
            self._touch(part)
        if not todo:
            return True
        x, y = near or part.centre
        x, y = x / TILE - 0.5, y / TILE - 0.5
        todo.sort(key=lambda key: (key[0] - x) ** 2 + (key[1] - y) ** 2, reverse=True)
        while todo:
            self._redo(self._batch(todo))
            self._follow(level)
            self._let_go(part if level == 0 else Bounds(0, 0, 0, 0))
            if time.monotonic() + _BATCH / 2 > end:
                break
        return not todo

    def _out_of_date(self, part: Bounds, level: int) -> list[TileKey]:
        wanted: list[set[TileKey] | dict[TileKey, Bounds]] = [self._stale]
        if level == 0:
            wanted.append(self._dropped)
        columns, rows = _spans(part)
        if len(columns) * len(rows) < sum(map(len, wanted)):
            return [key for key in keys_covering(part) if any(key in each for each in wanted)]
        inside = {key for each in wanted for key in each if key[0] in columns and key[1] in rows}
        return list(inside)

    def _touch(self, part: Bounds) -> None:
        """They are looked at: the last to be let go of."""
        if self._held > self._budget // 2:
            finest = self._finest
            for key in keys_covering(part):
                tile = finest.pop(key, None)
                if tile is not None:
                    finest[key] = tile

    def _batch(self, todo: list[TileKey]) -> list[TileKey]:
        """Takes from the end of the list as much as can be done in a while."""
        batch: list[TileKey] = []
        jobs, seconds = 0, 0.0
        while todo and jobs < _MOST and len(batch) < _LOOKED_AT and (not batch or seconds < _BATCH):
            key = todo.pop()
            batch.append(key)
            if not self._source.is_empty(key):
                jobs += 1
                piece = self._stale.get(key)
                seconds += self._pace * (1.0 if piece is None else piece.height / TILE)
        return batch

    def _redo(self, batch: Iterable[TileKey]) -> None:
        finest = self._finest
        jobs: list[TileJob] = []
        shown: dict[TileKey, Bounds] = {}
        for key in batch:
            whole = tile_bounds(key).intersected(self._bounds)
            dropped, piece = key in self._dropped, self._stale.pop(key, None)
            held, is_empty = finest.get(key), self._source.is_empty(key)
            if is_empty and held is None and not dropped:
                continue
            self._dropped.discard(key)
            if piece is not None:
                self._levels.note(key, piece)
            shown[key] = whole if dropped or piece is None else piece
            if is_empty:
                self._put(key, None)
                self._translucent[key] = (0, TILE)
                continue
            y = key[1] * TILE
            if held is None or is_uniform(held):
                jobs.append(TileJob(key, 0, TILE, np.empty((TILE, TILE, 4), np.uint8)))
            else:
                assert piece is not None
                jobs.append(TileJob(key, piece.y - y, piece.bottom - y, held))
        if jobs:
            began = time.monotonic()
            opaque = self._source.render(jobs)
            tiles = sum(job.bottom - job.top for job in jobs) / TILE
            pace = (time.monotonic() - began) / tiles
            self._pace = max(pace, (3 * self._pace + pace) / 4)
            for job, is_opaque in zip(jobs, opaque, strict=True):
                self._note_opacity(job, is_opaque)
                self._put(job.key, self._levels.completed(job.out, job.key))
        for piece in shown.values():
            self.redone.emit(0, piece)

    def _follow(self, level: int) -> None:
        for coarser, part in self._levels.follow(level, self._dropped):
            self.redone.emit(coarser, part)

    def _note_opacity(self, job: TileJob, opaque: bool) -> None:
        whole = tile_bounds(job.key)
        part = whole.intersected(self._bounds)
        if not opaque and part != whole:  # what lies beyond the edge does not count
            rows = slice(job.top, min(job.bottom, part.height))
            opaque = bool(job.out[rows, : part.width, 3].min(initial=255) == 255)
        top, bottom = self._translucent.get(job.key, (TILE, 0))
        if not opaque:
            self._translucent[job.key] = min(top, job.top), max(bottom, job.bottom)
        elif job.top <= top and min(bottom, part.height) <= job.bottom:
            self._translucent.pop(job.key, None)

    def _put(self, key: TileKey, tile: Array8 | None) -> None:
        finest = self._finest
        before = finest.pop(key, None)
        if before is not None:
            self._held -= tile_bytes(before)
        if tile is not None:
            finest[key] = tile
            self._held += tile_bytes(tile)

    def _let_go(self, keep: Bounds) -> None:
        if self._held <= self._budget or len(self._levels) == 1:
            return
        self._follow(1)  # what is let go of must be there
        columns, rows = _spans(keep)
        for key in list(self._finest):
            if self._held <= self._budget:
                break
            if not (key[0] in columns and key[1] in rows):
                self._put(key, None)
                self._dropped.add(key)


def _spans(part: Bounds) -> tuple[range, range]:
    """Columns and rows of the tiles that a rectangle touches."""
    if not part:
        return range(0), range(0)
    return (
        range(part.x // TILE, (part.right - 1) // TILE + 1),
        range(part.y // TILE, (part.bottom - 1) // TILE + 1),
    )
