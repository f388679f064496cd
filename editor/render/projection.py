"""Projection: a picture kept ready for the screen, with mip levels, brought up to date where it is dirty."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
from PySide6.QtGui import QImage

from editor.document.geometry import Bounds, Extent, TileKey, keys_covering, tile_bounds
from editor.document.tiles import Array8
from editor.render.qimage import pixels_of

TileSource = Callable[[TileKey], "Array8 | None"]
"""Gives a tile as premultiplied BGRA (256, 256, 4), or None where it is empty."""

_LEAST_SIDE = 256


class Projection:
    """Levels of the picture, each half the size of the one before, as ``Format_ARGB32_Premultiplied``.

    Only what is asked for is brought up to date, so a full change costs no more than what is in view.
    """

    def __init__(self, extent: Extent, source: TileSource) -> None:
        self._source = source
        self._bounds = Bounds.of(extent)
        self._levels = [_blank(extent)]
        while max(self._levels[-1].width(), self._levels[-1].height()) > _LEAST_SIDE:
            last = self._levels[-1]
            self._levels.append(_blank(Extent((last.width() + 1) // 2, (last.height() + 1) // 2)))
        self._dirty: set[TileKey] = set(keys_covering(self._bounds))
        self._translucent: set[TileKey] = set()

    @property
    def nbytes(self) -> int:
        return sum(level.sizeInBytes() for level in self._levels)

    @property
    def opaque(self) -> bool:
        """True where no tile brought up to date so far lets anything shine through."""
        return not self._translucent

    def invalidate(self, bounds: Bounds) -> None:
        """What lies in ``bounds``, in pixels, is out of date."""
        self._dirty.update(keys_covering(bounds.intersected(self._bounds)))

    def update(self, bounds: Bounds, seconds: float = math.inf) -> bool:
        """Brings up to date what lies in ``bounds``, at all levels; False where the time was up before the end."""
        end = time.monotonic() + seconds
        for key in [key for key in keys_covering(bounds.intersected(self._bounds)) if key in self._dirty]:
            self._dirty.discard(key)
            self._update_tile(key)
            if time.monotonic() > end:
                return not self._dirty.intersection(keys_covering(bounds.intersected(self._bounds)))
        return True

    def level(self, scale: float) -> tuple[QImage, float]:
        """The level to draw at ``scale`` screen pixels per picture pixel, and that level's own scale, a power of ½.

        It is the smallest one that need not be enlarged. The image must not be kept.
        """
        index = 0
        while index + 1 < len(self._levels) and scale <= 0.5 ** (index + 1):
            index += 1
        return self._levels[index], 0.5**index

    def _update_tile(self, key: TileKey) -> None:
        place = tile_bounds(key)
        part = place.intersected(self._bounds)
        tile = self._source(key)
        if tile is None or tile[..., 3].min() < 255:
            self._translucent.add(key)
        else:
            self._translucent.discard(key)
        target = pixels_of(self._levels[0])
        target[part.slices()] = 0 if tile is None else tile[part.slices(place)]
        for finer, coarser in zip(self._levels, self._levels[1:], strict=False):
            part = Bounds.from_edges(
                part.x // 2, part.y // 2, (part.right + 1) // 2, (part.bottom + 1) // 2
            ).intersected(Bounds(0, 0, coarser.width(), coarser.height()))
            pixels_of(coarser)[part.slices()] = _halved(pixels_of(finer), part)


def _halved(finer: Array8, part: Bounds) -> Array8:
    """The mean of each 2×2 block of the finer level under ``part``; a last odd row or column stands for two."""
    block = finer[part.y * 2 : part.bottom * 2, part.x * 2 : part.right * 2]
    rows, columns = part.height * 2 - block.shape[0], part.width * 2 - block.shape[1]
    if rows or columns:
        block = np.pad(block, ((0, rows), (0, columns), (0, 0)), mode="edge")
    wide = block.astype(np.uint16)
    total = wide[0::2, 0::2] + wide[1::2, 0::2] + wide[0::2, 1::2] + wide[1::2, 1::2]
    return ((total + 2) >> 2).astype(np.uint8)


def _blank(extent: Extent) -> QImage:
    image = QImage(extent.width, extent.height, QImage.Format.Format_ARGB32_Premultiplied)
    if image.isNull():
        raise MemoryError(f"no memory for a picture of {extent.width}×{extent.height}")
    image.fill(0)
    return image
