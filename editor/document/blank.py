"""Planes and documents of one colour, which take up next to nothing however large they are."""

from __future__ import annotations

import numpy as np

from editor.document.document import Document
from editor.document.geometry import Bounds, Extent, keys_covering, tile_bounds
from editor.document.layers import PaintLayer
from editor.document.tiles import Depth, Pixels, TileMap, TilePatch, frozen

Colour = tuple[int, int, int]
"""RGB of 0–255 each, whatever the depth."""


def blank_document(extent: Extent, depth: Depth = 8, colour: Colour | None = None) -> Document:
    """One layer, filled with a colour, or transparent."""
    document = Document(extent, depth=depth)
    layer = PaintLayer("Layer" if colour is None else "Background", pixels=document.plane(4))
    if colour is not None:
        layer.pixels.exchange(flat_patch(layer.pixels, document.canvas, colour))
    document.insert(layer, document.root, 0)
    return document


def flat_patch(plane: TileMap, bounds: Bounds, colour: Colour) -> TilePatch:
    """The tiles that change where all of a rectangle becomes one opaque colour, RGB of 0–255 each."""
    pixel = np.array([*_scaled(colour, plane), plane.full], plane.dtype)
    whole = frozen(np.broadcast_to(pixel, plane.shape))
    patch: TilePatch = {}
    parts: dict[Bounds, Pixels] = {}  # along the edges, many empty tiles get the same
    for key in keys_covering(bounds):
        place = tile_bounds(key)
        part = place.intersected(bounds)
        if part == place:
            patch[key] = whole
            continue
        old = plane.tile(key)
        within = Bounds(part.x - place.x, part.y - place.y, part.width, part.height)
        if old is not None or within not in parts:
            new = np.zeros(plane.shape, plane.dtype) if old is None else old.copy()
            new[part.slices(place)] = pixel
            new = frozen(new)
            if old is None:
                parts[within] = new
        patch[key] = new if old is not None else parts[within]
    return patch


def _scaled(colour: Colour, plane: TileMap) -> Pixels:
    """(3,) in a plane's depth."""
    return np.array([value * plane.full // 255 for value in colour], plane.dtype)
