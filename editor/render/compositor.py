"""Compositor: the picture that a tree of layers shows, tile by tile."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from editor.document.geometry import TILE, Bounds, TileKey, keys_covering, tile_bounds
from editor.document.layers import Group, Layer
from editor.document.tiles import DTYPES, Pixels
from editor.raster.program import Input, Output
from editor.raster.stack import Job, run
from editor.render.layer_program import LayerProgram

_AT_ONCE = 64
"""Tiles that ``composite`` has in memory besides its result."""


def composite(root: Group, bounds: Bounds, stop: Layer | None = None) -> Pixels:
    """A dense copy of a rectangle of what ``root`` shows: (h, w, 4) of the layers' type, zero where nothing is.

    With ``stop``, only of what lies beneath that layer, as ``LayerProgram.of`` says, which may raise ValueError.
    """
    plan = LayerProgram.of(root, stop)
    out = np.zeros((bounds.height, bounds.width, 4), DTYPES[plan.depth])
    keys = [key for key in keys_covering(bounds) if not plan.is_empty(key)]
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        tiles = np.empty((len(some), TILE, TILE, 4), out.dtype)
        jobs = [tile_job(plan.inputs(key), tile, key) for key, tile in zip(some, tiles, strict=True)]
        run(plan.program, jobs, Output.RGBA16 if plan.depth == 16 else Output.RGBA8)
        for key, tile in zip(some, tiles, strict=True):
            place = tile_bounds(key)
            part = place.intersected(bounds)
            out[part.slices(bounds)] = tile[part.slices(place)]
    return out


def tile_job(inputs: Sequence[Input], out: Pixels, key: TileKey, top: int = 0, bottom: int = TILE) -> Job:
    """To be done for rows ``top`` to ``bottom`` of a tile."""
    return Job(inputs, out, top, bottom, key[0] * TILE, key[1] * TILE)
