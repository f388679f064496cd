"""Small pictures of layers, sampled from their tiles: quick at any size."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from editor.document.geometry import TILE, Bounds
from editor.document.layers import Layer, PaintLayer
from editor.document.tiles import Array8, TileMap
from editor.raster.depth import to_8
from editor.render.colour import for_screen
from editor.render.qimage import to_qimage

_FINER = 4
"""How much finer a plane is sampled than its thumbnail is, along a side, before it is made smaller smoothly."""


def layer_thumbnail(
    layer: Layer, canvas: Bounds, side: int, icc_profile: bytes | None = None
) -> QImage | None:
    """The layer on the canvas, at most ``side`` pixels a side; of a masked layer what its mask shows, closely cut.
    In the screen's colours, where its numbers are those of this profile.

    None for a group, and where there is nothing to show.
    """
    if not isinstance(layer, PaintLayer):
        return None
    part = canvas if layer.mask is None else layer.mask.content_bounds().intersected(canvas)
    if not part:
        return None
    step = max(1, -(-part.extent.longest // side))
    pixels = sampled(layer.pixels, part, step)
    if layer.mask is not None:
        cover = sampled(layer.mask, part, step)
        pixels[..., 3] = (pixels[..., 3].astype(np.uint16) * cover // 255).astype(np.uint8)
    return for_screen(to_qimage(pixels), icc_profile)


def plane_thumbnail(pixels: TileMap, part: Bounds, side: int, icc_profile: bytes | None = None) -> QImage:
    """The same of a rectangle of a plane, not empty; smoother than that of a layer."""
    step = max(1, part.extent.longest // (_FINER * side))
    image = for_screen(to_qimage(sampled(pixels, part, step)), icc_profile)
    if part.extent.longest <= side:
        return image
    return image.scaled(
        side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


def sampled(plane: TileMap, part: Bounds, step: int) -> Array8:
    """Every ``step``-th pixel of a part of the canvas, in 8 bits, without reading the others."""
    columns, rows = _samples(part.x, part.right, step), _samples(part.y, part.bottom, step)
    shape = (-(-part.height // step), -(-part.width // step), *plane.shape[2:])
    out = np.zeros(shape, plane.dtype)
    for ty, down, in_rows in rows:
        for tx, across, in_columns in columns:
            tile = plane.tile((tx, ty))
            if tile is not None:
                out[down, across] = tile[in_rows, in_columns]
    return to_8(out)


def _samples(first: int, end: int, step: int) -> list[tuple[int, slice, slice]]:
    """Along one axis: for each column (or row) of tiles that is met, which samples it gives, and from where in it."""
    found = []
    for tile in range(first // TILE, -(-end // TILE)):
        start = max(0, -((first - tile * TILE) // step))
        stop = -((first - min(end, (tile + 1) * TILE)) // step)
        if stop > start:
            offset = first + start * step - tile * TILE
            found.append(
                (tile, slice(start, stop), slice(offset, offset + (stop - start - 1) * step + 1, step))
            )
    return found
