"""Flood fill: which pixels are like a colour, and which of them are connected to a point; the magic wand's region."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from inference.geometry import Bounds

Array8 = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]
Pixels = npt.NDArray[Any]
Key = tuple[int, int]

BLOCK = (1024, 256)
"""Width and height of the blocks that are looked at one by one: they stay in the cache, and long rows are read faster
than short ones."""

_LIKE, _REACHED = 1, 2
"""Values of a block's pixels; 0 is unlike."""
_NEIGHBOURS: tuple[tuple[int, int, int], ...] = ((0, -1, 1), (0, 1, 0), (-1, 0, 3), (1, 0, 2))
"""Beyond the upper, lower, left and right edge: which way, and which edge of that block touches."""


def like(pixels: Pixels, colour: Pixels, tolerance: int) -> Bools:
    """Which of (h, w, 4) RGBA differ from ``colour`` (4) by at most ``tolerance`` in every channel, alpha included.

    Both uint8 or both uint16, and the tolerance on their scale. To a transparent colour only alpha counts: the colour
    behind it is not seen.
    """
    limit = pixels.dtype.type(min(tolerance, np.iinfo(pixels.dtype).max))
    if colour[3] == 0:
        return np.asarray(pixels[..., 3] <= limit)
    import cv2

    apart = np.asarray(cv2.absdiff(pixels, tuple(map(float, colour))))  # type: ignore[call-overload]
    within = apart.reshape(len(pixels), -1) <= limit
    return np.asarray(within.view(np.uint32) == 0x01010101)  # four bytes of truth are one number


def flood(read: Callable[[Bounds], Bools], canvas: Bounds, x: int, y: int) -> list[tuple[Bounds, Array8]]:
    """The pixels of the canvas that are connected to (x, y), side by side, by pixels that ``read`` says are like it.

    ``read(part)`` gives (h, w) bool, and is asked only for the blocks that are reached, once each: a small region of a
    large canvas costs little. Returns those blocks, cut by the canvas, as uint8, 255 where connected, 0 elsewhere;
    none where (x, y) lies outside the canvas or is not like itself.
    """
    if not (canvas.x <= x < canvas.right and canvas.y <= y < canvas.bottom):
        return []
    blocks: dict[Key, _Block] = {}
    start = (x // BLOCK[0], y // BLOCK[1])
    blocks[start] = first = _Block(read, start, canvas)
    waiting: dict[Key, list[tuple[int, Bools]]] = {start: []}
    first.fill(x - first.place.x, y - first.place.y)
    while waiting:
        key = next(iter(waiting))
        arrivals = waiting.pop(key)
        block = blocks.get(key)
        if block is None:
            block = blocks[key] = _Block(read, key, canvas)
        for edge, reached in arrivals:
            block.enter(edge, reached)
        for edge, (dx, dy, opposite) in enumerate(_NEIGHBOURS):
            news = block.news(edge)
            neighbour = key[0] + dx, key[1] + dy
            if news is not None and _place(neighbour, canvas):
                waiting.setdefault(neighbour, []).append((opposite, news))
    masks = ((block.place, block.mask()) for block in blocks.values())
    return [(place, mask) for place, mask in masks if mask.any()]


def antialias(mask: Array8) -> Array8:
    """A mask of 0 and 255, (h, w) uint8, with the steps of its slanting edges softened.

    The mean of 3 × 3 pixels, weighted 1 2 1, with twice the contrast: what an edge that runs straight, or at 45°,
    covers exactly. What was inside stays at least half selected and what was outside less than half, so nothing
    vanishes and the outline is the same. Beyond the array the mask goes on as it is at its edge.
    """
    import cv2

    weights = np.array([1, 2, 1], np.float32) / 4
    sixteenths = mask & np.uint8(240)  # so that each weight is a whole number, 15
    soft = cv2.sepFilter2D(sixteenths, cv2.CV_8U, weights, weights, borderType=cv2.BORDER_REPLICATE)
    table = np.clip((np.arange(256) / 15 - 4) * 255 / 8, 0, 255).round().astype(np.uint8)
    soft = cv2.LUT(soft, table)
    least, most = mask & np.uint8(128), mask | np.uint8(127)
    return np.asarray(np.minimum(np.maximum(soft, least), most), np.uint8)


class _Block:
    """Pixels of one block, fewer where the canvas ends, and what of their edges has been passed on."""

    def __init__(self, read: Callable[[Bounds], Bools], key: Key, canvas: Bounds) -> None:
        self.place = _place(key, canvas)
        self.cells: Array8 = np.ascontiguousarray(read(self.place)).view(np.uint8)
        self._is_whole = bool(self.cells.all())
        self._passed: list[Bools | None] = [None] * 4

    def enter(self, edge: int, reached: Bools) -> None:
        """From the block beyond that edge, whose pixels along it are ``reached``."""
        line = self._line(edge)
        open_ = reached & (line == _LIKE)
        begins = open_.copy()
        begins[1:] &= ~open_[:-1]  # those beside one another are connected anyway
        for at in np.flatnonzero(begins).tolist():
            if line[at] == _LIKE:
                height, width = self.cells.shape
                self.fill(*((at, 0), (at, height - 1), (0, at), (width - 1, at))[edge])

    def fill(self, x: int, y: int) -> None:
        import cv2

        if self.cells[y, x] != _LIKE:
            return
        if self._is_whole:
            self.cells.fill(_REACHED)
        else:
            cv2.floodFill(self.cells, None, (x, y), _REACHED)

    def mask(self) -> Array8:
        import cv2

        return np.asarray(cv2.threshold(self.cells, _LIKE, 255, cv2.THRESH_BINARY)[1], np.uint8)

    def news(self, edge: int) -> Bools | None:
        """Which pixels along that edge have been reached, where that is more than at the last time."""
        reached: Bools = self._line(edge) == _REACHED
        before = self._passed[edge]
        if np.array_equal(reached, before) if before is not None else not reached.any():
            return None
        self._passed[edge] = reached
        return reached

    def _line(self, edge: int) -> Array8:
        return (self.cells[0], self.cells[-1], self.cells[:, 0], self.cells[:, -1])[edge]


def _place(key: Key, canvas: Bounds) -> Bounds:
    return Bounds(key[0] * BLOCK[0], key[1] * BLOCK[1], *BLOCK).intersected(canvas)
