"""Projection: a picture kept ready for the screen as tiles, with mip levels, brought up to date where it is dirty."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from editor.document.geometry import TILE, Bounds, Extent, TileKey, keys_covering, tile_bounds
from editor.document.signal import Signal
from editor.document.tiles import Array8, is_uniform, tile_bytes
from editor.raster.mips import halve

BUDGET = 48 << 20
"""Bytes of finest tiles beyond which those out of view are let go of: three screens of 2560×1440."""

_BATCH = 0.004
"""Seconds of work that the source is given at a time: enough for its threads, and soon over."""

_MOST = 64
"""Tiles in a batch at most."""


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
        self._extents = [extent]
        while self._extents[-1].longest > TILE:
            last = self._extents[-1]
            self._extents.append(Extent((last.width + 1) // 2, (last.height + 1) // 2))
        self._levels: list[dict[TileKey, Array8]] = [{} for _ in self._extents]
        """The finest in the order in which they were last looked at."""
        self._stale: dict[TileKey, Bounds] = {}
        """Of the finest level: what is out of date, in pixels of the picture."""
        self._ahead: list[dict[TileKey, Bounds]] = [{} for _ in self._extents]
        """What has changed of each level that the next coarser one does not have yet, in its own pixels."""
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
        return sum(tile_bytes(tile) for level in self._levels for tile in level.values())

    def level(self, zoom: float) -> int:
        """The level to draw at ``zoom`` screen pixels per picture pixel: the smallest that need not be enlarged. One
        pixel of level n stands for 2ⁿ a side."""
        level = 0
        while level + 1 < len(self._levels) and zoom <= 0.5 ** (level + 1):
            level += 1
        return level

    def bounds(self, level: int) -> Bounds:
        """All of a level, in its own pixels."""
        return Bounds.of(self._extents[level])

    def tile(self, key: TileKey, level: int = 0) -> Array8 | None:
        """(256, 256, 4) uint8, premultiplied BGRA, as far as it has been brought up to date; None where nothing shows.
        What lies beyond the picture's edge is arbitrary. The projection's own: read it before the next ``update``.

        For a finest tile that was let go of, the coarser level stands in, enlarged.
        """
        tile = self._levels[level].get(key)
        if tile is None and level == 0 and key in self._dropped:
            parent = self._levels[1].get((key[0] // 2, key[1] // 2))
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
            _unite(self._stale, key, tile_bounds(key).intersected(part))

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
            if time.monotonic() > end:
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
            finest = self._levels[0]
            for key in keys_covering(part):
                tile = finest.pop(key, None)
                if tile is not None:
                    finest[key] = tile

    def _batch(self, todo: list[TileKey]) -> list[TileKey]:
        """Takes from the end of the list as much as can be done in a while."""
        batch: list[TileKey] = []
        seconds = 0.0
        while todo and len(batch) < _MOST and (not batch or seconds < _BATCH):
            key = todo.pop()
            batch.append(key)
            if not self._source.is_empty(key):
                piece = self._stale.get(key)
                seconds += self._pace * (1.0 if piece is None else piece.height / TILE)
        return batch

    def _redo(self, batch: Iterable[TileKey]) -> None:
        finest = self._levels[0]
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
                _unite(self._ahead[0], key, piece)
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
            self._pace += ((time.monotonic() - began) / tiles - self._pace) / 2
            for job, is_opaque in zip(jobs, opaque, strict=True):
                self._note_opacity(job, is_opaque)
                self._put(job.key, _completed(job.out, job.key, self._extents[0]))
        for piece in shown.values():
            self.redone.emit(0, piece)

    def _follow(self, level: int) -> None:
        """Brings the coarser levels up to this one to the state of the finest."""
        for coarser in range(1, level + 1):
            changed, self._ahead[coarser - 1] = self._ahead[coarser - 1], {}
            for key, piece in self._redo_level(coarser, changed).items():
                _unite(self._ahead[coarser], key, piece)
                self.redone.emit(coarser, piece)

    def _redo_level(self, level: int, changed: dict[TileKey, Bounds]) -> dict[TileKey, Bounds]:
        """From what has changed of the finer level, tile by tile, what has changed of this one."""
        finer, coarser = self._levels[level - 1], self._levels[level]
        whole = self.bounds(level)
        parents: dict[TileKey, Bounds] = {}
        redone: list[tuple[TileKey, TileKey, Bounds]] = []
        for key, piece in changed.items():
            parent = key[0] // 2, key[1] // 2
            part = Bounds.from_edges(
                piece.x // 2, piece.y // 2, (piece.right + 1) // 2, (piece.bottom + 1) // 2
            ).intersected(whole)
            _unite(parents, parent, part)
            redone.append((parent, key, part))
        same: set[TileKey] = set()
        for parent in parents:
            children = [
                key for key in _children(parent) if tile_bounds(key).intersected(self.bounds(level - 1))
            ]
            if level == 1 and not self._dropped.isdisjoint(children):
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
                _completed(coarser[parent], parent, self._extents[level])
        return parents

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
        finest = self._levels[0]
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
        for key in list(self._levels[0]):
            if self._held <= self._budget:
                break
            if not (key[0] in columns and key[1] in rows):
                self._put(key, None)
                self._dropped.add(key)


def _unite(parts: dict[TileKey, Bounds], key: TileKey, part: Bounds) -> None:
    before = parts.get(key)
    parts[key] = part if before is None else before.united(part)


def _spans(part: Bounds) -> tuple[range, range]:
    """Columns and rows of the tiles that a rectangle touches."""
    if not part:
        return range(0), range(0)
    return (
        range(part.x // TILE, (part.right - 1) // TILE + 1),
        range(part.y // TILE, (part.bottom - 1) // TILE + 1),
    )


def _completed(tile: Array8, key: TileKey, extent: Extent) -> Array8 | None:
    """The tile with a last odd column or row once more beyond the edge, where the coarser level takes it for two; one
    that is the same throughout is held as one pixel, and one that shows nothing not at all."""
    place = tile_bounds(key)
    width, height = extent.width - place.x, extent.height - place.y
    if width < TILE and width % 2:
        tile[:, width] = tile[:, width - 1]
    if height < TILE and height % 2:
        tile[height] = tile[height - 1]
    packed = tile.view(np.uint32)[..., 0]
    first = packed[0, 0]
    if (packed[TILE // 2] == first).all() and (packed == first).all():
        return np.broadcast_to(tile[0, 0].copy(), tile.shape) if first else None
    return tile


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
