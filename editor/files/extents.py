"""What of a plane a file keeps: the rectangle around everything in it that is not zero."""

from __future__ import annotations

import logging

import numpy as np
import numpy.typing as npt

from editor.document.geometry import TILE, Bounds
from editor.document.tiles import TileMap
from editor.files.limits import MAX_PICTURE_SIDE, MAX_PIXELS

_log = logging.getLogger(__name__)


def used_bounds(plane: TileMap) -> Bounds:
    """The rectangle around everything that is not zero, hidden colour under alpha 0 as well; exactly."""
    bounds = Bounds(0, 0, 0, 0)
    for key in plane:
        tile = plane.tile(key)
        assert tile is not None
        used: npt.NDArray[np.bool_] = (tile.reshape(TILE, TILE, -1) != 0).any(axis=2)
        rows, columns = np.flatnonzero(used.any(axis=1)), np.flatnonzero(used.any(axis=0))
        if rows.size:
            edges = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
            bounds = bounds.united(Bounds.from_edges(*edges).translated(key[0] * TILE, key[1] * TILE))
    return bounds


def kept_bounds(bounds: Bounds, canvas: Bounds, max_side: int = MAX_PICTURE_SIDE) -> Bounds:
    """Bounds that can be opened again: content far off is given up where one picture could not hold it all."""
    if bounds.extent.longest <= max_side and bounds.extent.area <= MAX_PIXELS:
        return bounds
    _log.warning("content that lies too far from the canvas was left out: %s", bounds)
    return bounds.intersected(canvas)
