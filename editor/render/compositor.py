"""Compositor: the picture that a tree of layers shows, tile by tile."""

from __future__ import annotations

import numpy as np

from editor.document.geometry import Bounds, TileKey, keys_covering, tile_bounds
from editor.document.layers import Group, Layer, PaintLayer
from editor.document.tiles import Array8, TileMap
from editor.raster.blend import blend

_CLEAR: Array8 = TileMap(4).read(tile_bounds((0, 0)))
_CLEAR.flags.writeable = False


def composite_tile(root: Group, key: TileKey, stop: Layer | None = None) -> Array8 | None:
    """One tile of what ``root`` shows: (256, 256, 4) uint8, straight alpha; None where nothing is.

    Treat it as frozen: it may be a layer's own tile. ``root``'s own opacity, mode, mask and visibility do not
    count. ``stop`` as in ``composite``.
    """
    return _children_over(root, None, key, stop, _path(root, stop))


def composite(root: Group, bounds: Bounds, stop: Layer | None = None) -> Array8:
    """A dense copy of a rectangle of what ``root`` shows: (h, w, 4) uint8, zero where nothing is.

    With ``stop``, only what lies beneath that layer, be it shown or hidden: the layers under it in its group,
    and all that is under that group. A group that holds ``stop`` counts as if it ended just below; isolated,
    its lower layers are composited alone, then blended with the group's opacity, mode and mask; hidden, it
    shows nothing. Raises ValueError where ``stop`` is not in ``root``.
    """
    path = _path(root, stop)
    out = np.zeros((bounds.height, bounds.width, 4), np.uint8)
    for key in keys_covering(bounds):
        tile = _children_over(root, None, key, stop, path)
        if tile is not None:
            place = tile_bounds(key)
            part = place.intersected(bounds)
            out[part.slices(bounds)] = tile[part.slices(place)]
    return out


def _path(root: Group, stop: Layer | None) -> list[Layer]:
    """``stop`` and the groups that hold it, up to but without ``root``."""
    path: list[Layer] = []
    layer = stop
    while layer is not None and layer is not root:
        path.append(layer)
        layer = layer.parent
    if stop is not None and (layer is None or stop is root):
        raise ValueError(f"layer {stop.name!r} is not in this group")
    return path


def _children_over(
    group: Group, backdrop: Array8 | None, key: TileKey, stop: Layer | None, path: list[Layer]
) -> Array8 | None:
    """A group's children, bottom first, put over a backdrop."""
    for child in group.children:
        if child is stop:
            break
        if child.visible:
            backdrop = _layer_over(child, backdrop, key, stop, path)
        if any(child is holder for holder in path):
            break
    return backdrop


def _layer_over(
    layer: Layer, backdrop: Array8 | None, key: TileKey, stop: Layer | None, path: list[Layer]
) -> Array8 | None:
    mask: Array8 | None = None
    if layer.mask is not None:
        mask = layer.mask.tile(key)
        if mask is None:  # a missing tile of a mask is 0
            return backdrop
    source: Array8 | None = None
    if isinstance(layer, Group):
        plain = layer.opacity >= 1.0 and layer.blend_mode == "normal" and mask is None
        if plain and not layer.isolated:
            return _children_over(layer, backdrop, key, stop, path)
        source = _children_over(layer, None, key, stop, path)
    elif isinstance(layer, PaintLayer):
        source = layer.pixels.tile(key)
    if source is None:
        return backdrop
    if backdrop is None:
        if layer.opacity >= 1.0 and mask is None:
            return source  # over nothing every mode shows the source as it is
        shown = blend(_CLEAR, source, layer.blend_mode, layer.opacity, mask)
        return None if shown is _CLEAR else shown
    return blend(backdrop, source, layer.blend_mode, layer.opacity, mask)
