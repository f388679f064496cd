"""What of a plane a file keeps: the rectangle around everything in it that is not zero."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import numpy.typing as npt

from editor.document.geometry import Bounds, tile_bounds
from editor.document.tiles import Pixels, TileMap
from editor.files.limits import MAX_PICTURE_SIDE, MAX_PIXELS

_log = logging.getLogger(__name__)


def used_bounds(plane: TileMap) -> Bounds:
    """The rectangle around everything that is not zero, hidden colour under alpha 0 as well; exactly."""
    bounds = Bounds(0, 0, 0, 0)
    outer = plane.tiles_bounds()
    for key in sorted(plane, key=lambda each: not _touches(tile_bounds(each), outer)):
        tile, place = plane.tile(key), tile_bounds(key)
        assert tile is not None
        if bounds.united(place) == bounds:  # what lies within is not looked at
            continue
        used = _as_words(tile)
        rows, columns = np.flatnonzero(used.any(axis=1)), np.flatnonzero(used.any(axis=0))
        if rows.size:
            edges = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
            bounds = bounds.united(Bounds.from_edges(*edges).translated(place.x, place.y))
    return bounds


def kept_bounds(bounds: Bounds, canvas: Bounds, max_side: int = MAX_PICTURE_SIDE) -> Bounds:
    """Bounds that can be opened again: content far off is given up where one picture could not hold it all."""
    if bounds.extent.longest <= max_side and bounds.extent.area <= MAX_PIXELS:
        return bounds
    _log.warning("content that lies too far from the canvas was left out: %s", bounds)
    return bounds.intersected(canvas)


def _touches(place: Bounds, outer: Bounds) -> bool:
    """Whether it lies at an edge of it, where something farther out than elsewhere is found."""
    return (
        place.x == outer.x or place.y == outer.y or place.right == outer.right or place.bottom == outer.bottom
    )


def _as_words(tile: Pixels) -> npt.NDArray[Any]:
    """(h, w): all channels of a pixel as one number."""
    if tile.ndim == 2:
        return tile
    word = np.uint32 if tile.dtype == np.uint8 else np.uint64
    return np.ascontiguousarray(tile).view(word)[..., 0]
