"""Sampling: selections made from the colours of the picture, or of one layer."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from editor.document.document import Document
from editor.document.geometry import Bounds
from editor.document.layers import Group, Layer, PaintLayer
from editor.document.selection import filtered
from editor.document.tiles import Pixels, TileMap
from editor.raster.colour_range import colour_range
from editor.raster.flood import antialias, flood, like
from editor.render.compositor import composite

_SIDE = 1024
"""Pixels a side that are read at a time."""


class Source:
    """The colours of the whole picture, or of one layer by itself, without its mask and opacity."""

    def __init__(self, document: Document, layer: Layer | None = None) -> None:
        self._layer = layer if layer is not None else document.root
        self.canvas = document.canvas
        self.dtype = document.selection.dtype
        self.full = document.selection.full

    def read(self, bounds: Bounds) -> Pixels:
        """(h, w, 4) RGBA with straight alpha."""
        if isinstance(self._layer, PaintLayer):
            return self._layer.pixels.read(bounds)
        if isinstance(self._layer, Group):
            return composite(self._layer, bounds)
        return np.zeros((bounds.height, bounds.width, 4), self.dtype)

    def colour(self, x: float, y: float) -> Pixels | None:
        """(4) RGBA; None outside the canvas."""
        pixel = Bounds(math.floor(x), math.floor(y), 1, 1)
        return self.read(pixel)[0, 0] if self.canvas.contains(pixel) else None

    def small(self, side: int) -> Pixels:
        """(h, w, 4): every n-th pixel, the most that are at most ``side`` a side."""
        step = max(1, -(-self.canvas.extent.longest // side))
        out = np.zeros((-(-self.canvas.height // step), -(-self.canvas.width // step), 4), self.dtype)
        content = self._layer.bounds()
        rows = max(_SIDE // step, 1)  # at a time
        for row in range(0, len(out), rows):
            part = Bounds(0, row * step, self.canvas.width, rows * step).intersected(self.canvas)
            if part.intersected(content):
                out[row : row + rows] = self.read(part)[::step, ::step]
        return out

    def each(self, make: Callable[[Pixels], Pixels]) -> TileMap:
        """The plane of masks, (h, w), that are made of the pixels, part by part; where nothing lies, of one pixel."""
        plane: TileMap | None = None
        content = self._layer.bounds()
        for y in range(0, self.canvas.height, _SIDE):
            for x in range(0, self.canvas.width, _SIDE):
                part = Bounds(x, y, _SIDE, _SIDE).intersected(self.canvas)
                empty = not part.intersected(content)
                mask = make(np.zeros((1, 1, 4), self.dtype) if empty else self.read(part))
                if plane is None:
                    plane = TileMap(1, depth=16 if mask.dtype == np.uint16 else 8)
                if not empty or mask.any():
                    plane.exchange(plane.patch(part, np.broadcast_to(mask, (part.height, part.width))))
        return plane if plane is not None else TileMap(1)


def wand(source: Source, x: float, y: float, tolerance: int, contiguous: bool, soft_edges: bool) -> TileMap:
    """A plane of 8 bits that selects what is like the pixel at (x, y): all of it, or what is connected to that pixel.

    ``tolerance`` is on the scale of 8 bits. Empty where (x, y) lies outside the canvas.
    """
    colour = source.colour(x, y)
    if colour is None:
        return TileMap(1)
    limit = tolerance * (source.full // 255)
    if contiguous:
        plane = TileMap(1)
        reached = flood(
            lambda part: like(source.read(part), colour, limit), source.canvas, math.floor(x), math.floor(y)
        )
        for part, mask in reached:
            plane.exchange(plane.patch(part, mask))
    else:
        plane = source.each(lambda pixels: like(pixels, colour, limit).view(np.uint8) * np.uint8(255))
    if soft_edges:
        plane.exchange(filtered(plane, source.canvas, 1, antialias))
    return plane


def range_of_colours(source: Source, colour: tuple[int, int, int], fuzziness: int) -> TileMap:
    """A plane of the document's depth that selects softly what is near a colour; both on the scale of 8 bits."""
    scale = source.full // 255
    rgb = (np.array(colour, np.uint32) * scale).astype(source.dtype)
    return source.each(lambda pixels: colour_range(pixels, rgb, fuzziness * scale))
