"""Selection: the document's one soft mask, and how a new shape is combined with it."""

from __future__ import annotations

from typing import Literal

import numpy as np

from editor.document.geometry import Bounds, tile_bounds
from editor.document.tiles import Array8, TileMap, TilePatch

CombineMode = Literal["replace", "add", "subtract", "intersect"]


def combine(plane: TileMap, bounds: Bounds, shape: Array8, mode: CombineMode) -> TilePatch:
    """The tiles that change when ``shape``, (h, w) uint8 lying at ``bounds``, is combined with a selection.

    Soft throughout: add takes the larger, intersect the smaller, subtract takes the shape away, so that a shape
    subtracted from itself leaves nothing, antialiased edge and all.
    """
    if mode in ("replace", "intersect"):
        outside: TilePatch = {key: None for key in plane if not tile_bounds(key).intersected(bounds)}
        old = plane.read(bounds)
        new = TileMap(1)
        new.exchange(new.patch(bounds, shape if mode == "replace" else np.minimum(old, shape)))
        patch = {key: new.tile(key) for key in {*plane, *new} if key not in outside}
        changed = {k: t for k, t in patch.items() if not _same(plane.tile(k), t)}
        return outside | changed
    old = plane.read(bounds)
    return plane.patch(bounds, np.maximum(old, shape) if mode == "add" else old - np.minimum(old, shape))


def inverted(plane: TileMap, canvas: Bounds) -> TilePatch:
    """The tiles that change when everything on the canvas that was not selected is, and the reverse."""
    return combine(plane, canvas, np.uint8(255) - plane.read(canvas), "replace")


def _same(a: Array8 | None, b: Array8 | None) -> bool:
    return a is b or (a is not None and b is not None and np.array_equal(a, b))
