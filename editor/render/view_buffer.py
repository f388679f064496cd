"""ViewBuffer: the part of a projection that is in view, as one QImage, kept from one frame to the next."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColorTransform, QImage

from editor.document.geometry import TILE, Bounds, TileKey, keys_covering, tile_bounds
from editor.document.tiles import Array8
from editor.render.projection import Projection
from editor.render.qimage import colours_mapped, pixels_of

_MARGIN = TILE
"""Pixels around the part in view: within them a pan copies nothing but the tiles that come into view."""


class ViewBuffer:
    """Whole tiles of one level, in ``Format_ARGB32_Premultiplied``; of what has changed only that is copied again.
    ``transform`` makes the screen's colours of the projection's, which else are the same."""

    def __init__(self, projection: Projection, transform: QColorTransform | None = None) -> None:
        self._projection, self._transform = projection, transform
        self._level = -1
        self._image = QImage()
        self._place = Bounds(0, 0, 0, 0)
        """Of the image, in pixels of the level."""
        self._copied: set[TileKey] = set()
        self._changed: dict[TileKey, Bounds] = {}
        """Parts of copied tiles that are out of date."""
        self._disconnect = projection.redone.connect(self._redone)

    def release(self) -> None:
        """Lets go of the projection and of the memory."""
        self._disconnect()
        self._image, self._place = QImage(), Bounds(0, 0, 0, 0)
        self._copied.clear()
        self._changed.clear()

    @property
    def changed(self) -> list[Bounds]:
        """What ``image`` would show otherwise than when it was last called, in pixels of its level."""
        return list(self._changed.values())

    def image(self, part: Bounds, level: int) -> tuple[QImage, Bounds]:
        """A picture that holds ``part`` of a level, as current as the projection is, and where it lies in the level.
        It must not be kept."""
        if level != self._level or not self._contains(part):
            self._move_to(part, level)
        todo = [key for key in keys_covering(part) if key not in self._copied or key in self._changed]
        if todo:
            pixels = pixels_of(self._image)
            for key in todo:
                self._copy(key, pixels)
        return self._image, self._place

    def _contains(self, part: Bounds) -> bool:
        return self._place.united(part) == self._place

    def _redone(self, level: int, bounds: Bounds) -> None:
        if level != self._level:
            return
        for key in keys_covering(bounds):
            if key in self._copied:
                piece, before = bounds.intersected(tile_bounds(key)), self._changed.get(key)
                self._changed[key] = piece if before is None else before.united(piece)

    def _move_to(self, part: Bounds, level: int) -> None:
        """The image begins elsewhere; what it goes on showing is moved within it."""
        left, top = ((edge - _MARGIN) // TILE * TILE for edge in (part.x, part.y))
        right, bottom = (-(-(edge + _MARGIN) // TILE) * TILE for edge in (part.right, part.bottom))
        whole = self._projection.bounds(level)
        left, top = max(left, 0), max(top, 0)
        right, bottom = min(right, _rounded_up(whole.right)), min(bottom, _rounded_up(whole.bottom))
        width, height = right - left, bottom - top
        fits = width <= self._image.width() and height <= self._image.height()
        if not fits or self._image.width() * self._image.height() > 2 * width * height:
            self._image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
            if self._image.isNull():
                raise MemoryError(f"no memory for a view of {width}×{height}")
            self._copied.clear()
        place = Bounds(left, top, self._image.width(), self._image.height())
        if level != self._level:
            self._copied.clear()
        self._copied = {key for key in self._copied if place.contains(tile_bounds(key))}
        self._changed = {key: piece for key, piece in self._changed.items() if key in self._copied}
        if self._copied:
            _shift(pixels_of(self._image), self._place.x - place.x, self._place.y - place.y)
        self._level, self._place = level, place

    def _copy(self, key: TileKey, pixels: Array8) -> None:
        whole = tile_bounds(key)
        piece = self._changed.pop(key, whole) if key in self._copied else whole
        self._changed.pop(key, None)
        self._copied.add(key)
        tile = self._projection.tile(key, self._level)
        target = pixels[piece.slices(self._place)]
        if tile is None:
            target[:] = 0
        elif self._transform is not None:
            target[:] = colours_mapped(tile[piece.slices(whole)], self._transform)
        else:
            target[:] = tile[piece.slices(whole)]


def _rounded_up(pixels: int) -> int:
    return -(-pixels // TILE) * TILE


def _shift(pixels: Array8, dx: int, dy: int) -> None:
    """Moves the content of an image with contiguous rows; what it leaves behind is arbitrary."""
    flat = pixels.reshape(-1).view(np.uint32)
    offset = dy * pixels.shape[1] + dx
    if offset > 0:
        flat[offset:] = flat[:-offset]
    elif offset < 0:
        flat[:offset] = flat[-offset:]
