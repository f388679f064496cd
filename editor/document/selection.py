"""Selection: the document's one soft mask, how a new shape is combined with it, and how it is refined.

All of it goes tile by tile, and a tile of one value counts as one pixel: a large canvas costs what is drawn on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import numpy as np

from editor.document.geometry import TILE, Bounds, keys_covering, tile_bounds
from editor.document.tiles import Array8, Depth, Pixels, TileMap, TilePatch, frozen, is_uniform
from editor.raster.feather import feather, feather_reach, feather_step, smooth
from editor.raster.morphology import border, grow, shrink

CombineMode = Literal["replace", "add", "subtract", "intersect"]
RefineKind = Literal["grow", "shrink", "feather", "border", "smooth"]

MaskFilter = Callable[[Pixels], Pixels]
"""A new mask from a mask, both (h, w) and of one type. Beyond the array the mask is taken to go on as at its edge."""

_BLOCKS = (1024, 2048, 4096)
"""Sides of the blocks in which a plane is filtered: the smallest that is four times what the filter sees."""


def combine(plane: TileMap, bounds: Bounds, shape: Array8, mode: CombineMode) -> TilePatch:
    """The tiles that change when ``shape``, (h, w) uint8 lying at ``bounds``, is combined with a selection."""
    return merge(plane, TileMap.from_array(shape, bounds.x, bounds.y), mode)


def merge(plane: TileMap, shape: TileMap, mode: CombineMode) -> TilePatch:
    """The tiles that change when ``shape``, of one channel and of 8 bits or the plane's, is combined with a selection.

    Soft throughout: add takes the larger, intersect the smaller, subtract takes the shape away, so that a shape
    subtracted from itself leaves nothing, antialiased edge and all. Raises ValueError for a shape that is deeper.
    """
    if shape.depth > plane.depth:
        raise ValueError(f"a shape of {shape.depth} bits does not fit a selection of {plane.depth}")
    keys = {"replace": {*plane, *shape}, "add": {*shape}, "subtract": {*shape}, "intersect": {*plane}}[mode]
    patch: TilePatch = {}
    for key in keys:
        old, added = plane.tile(key), shape.tile(key)
        if added is not None and shape.depth != plane.depth:
            added = _of_value(added, lambda tile: tile.astype(np.uint16) * np.uint16(257))
        new = _combined(old, added, mode)
        if not _same(old, new):
            patch[key] = new
    return patch


def rectangle(bounds: Bounds, depth: Depth = 8) -> TileMap:
    """A plane in which just ``bounds`` is wholly selected. Tiles that are alike are one array."""
    plane = TileMap(1, depth=depth)
    made: dict[Bounds, Pixels] = {}
    tiles: TilePatch = {}
    for key in keys_covering(bounds):
        place = tile_bounds(key)
        part = place.intersected(bounds).translated(-place.x, -place.y)
        if part not in made:
            tile = np.zeros(plane.shape, plane.dtype)
            tile[part.slices()] = plane.full
            made[part] = frozen(tile)
        tiles[key] = made[part]
    plane.exchange(tiles)
    return plane


def cut(plane: TileMap, bounds: Bounds, channel: int | None = None) -> TileMap:
    """What of a plane lies inside ``bounds``; of a plane of four channels, one of them."""
    part = TileMap(1, depth=plane.depth)
    for key in plane:
        tile, place = plane.tile(key), tile_bounds(key)
        inside = place.intersected(bounds)
        if tile is None or not inside:
            continue
        if channel is not None:
            tile = _of_value(tile, lambda each: np.ascontiguousarray(each[..., channel]))
        if inside == place:
            if tile.any():
                part.exchange({key: tile})
        else:
            part.exchange(part.patch(inside, tile[inside.slices(place)]))
    return part


def inverted(plane: TileMap, canvas: Bounds) -> TilePatch:
    """The tiles that change when everything on the canvas that was not selected is, and the reverse."""
    everything = rectangle(canvas, plane.depth)
    patch: TilePatch = {key: None for key in plane if everything.tile(key) is None}
    for key in everything:
        old = plane.tile(key)
        new = _combined(everything.tile(key), old, "subtract")
        if not _same(old, new):
            patch[key] = new
    return patch


def refined(plane: TileMap, canvas: Bounds, kind: RefineKind, pixels: int) -> TilePatch:
    """The tiles that change when a selection is grown, shrunk, feathered, … by ``pixels``.

    At the canvas's edge the selection is taken to go on: what touches it stays touching it. To feather by so many
    pixels is to let the edge fall from full to nothing over about as many on either side (two sigmas of a Gaussian).
    """
    return filtered(plane, canvas, *_refinement(kind, pixels))


def filtered(plane: TileMap, canvas: Bounds, reach: int, mask_filter: MaskFilter, step: int = 1) -> TilePatch:
    """The tiles that change when the plane is filtered, with a filter that sees no further than ``reach`` pixels and
    treats a part as it does the whole where the part begins at a multiple of ``step``, a power of 2 up to 256.

    The same as filtering all of the canvas at once, but goes only where there is something, block by block; where
    everything within reach has one value, one pixel is filtered.
    """
    area = _outward(plane.tiles_bounds().padded(reach), TILE).intersected(canvas)
    side = next((side for side in _BLOCKS if side >= 4 * reach), _BLOCKS[-1])
    patch: TilePatch = {}
    of_even: dict[int, int] = {}
    for block in _blocks(area, side):
        around = _outward(block.padded(reach), step).intersected(canvas)
        value = _even(plane, around)
        if value is None:
            new = mask_filter(plane.read(around))[block.slices(around)]
        else:
            if value not in of_even:
                of_even[value] = int(mask_filter(np.full((1, 1), value, plane.dtype))[0, 0])
            if of_even[value] == value:
                continue
            new = np.broadcast_to(plane.dtype(of_even[value]), (block.height, block.width))
        patch |= plane.patch(block, new)
    return patch


def _refinement(kind: RefineKind, pixels: int) -> tuple[int, MaskFilter, int]:
    """How far it sees, what it does, and where its parts may begin."""
    if kind == "grow":
        return pixels, lambda mask: grow(mask, pixels), 1
    if kind == "shrink":
        return pixels, lambda mask: shrink(mask, pixels), 1
    if kind == "border":
        return pixels - pixels // 2, lambda mask: border(mask, pixels), 1
    sigma = pixels / 2
    if kind == "feather":
        return feather_reach(sigma), lambda mask: feather(mask, sigma), feather_step(sigma)
    return feather_reach(sigma), lambda mask: smooth(mask, pixels), feather_step(sigma)


def _combined(old: Pixels | None, new: Pixels | None, mode: CombineMode) -> Pixels | None:
    """One tile; None is an empty one."""
    if mode == "replace" or old is None:
        return new if mode in ("replace", "add") else None
    if new is None:
        return old if mode in ("add", "subtract") else None
    if is_uniform(old) and is_uniform(new):
        pixel = _combined_pixels(old[:1, :1], new[:1, :1], mode)
        return np.broadcast_to(pixel, old.shape) if pixel.any() else None
    tile = _combined_pixels(old, new, mode)
    return frozen(tile) if tile.any() else None


def _combined_pixels(old: Pixels, new: Pixels, mode: CombineMode) -> Pixels:
    if mode == "add":
        return np.maximum(old, new)
    lesser = np.minimum(old, new)
    return lesser if mode == "intersect" else old - lesser


def _of_value(tile: Pixels, change: Callable[[Pixels], Pixels]) -> Pixels:
    """The changed tile; one of a single value is changed as one pixel."""
    if is_uniform(tile):
        pixel = change(tile[:1, :1])
        return np.broadcast_to(pixel, (*tile.shape[:2], *pixel.shape[2:]))
    return frozen(change(tile))


def _same(a: Pixels | None, b: Pixels | None) -> bool:
    if a is b or a is None or b is None:
        return a is b
    if is_uniform(a) and is_uniform(b):
        return bool(a[0, 0] == b[0, 0])
    return np.array_equal(a, b)


def _even(plane: TileMap, bounds: Bounds) -> int | None:
    """The value of every pixel of these tiles, where that is one."""
    values: set[int] = set()
    for key in keys_covering(bounds):
        tile = plane.tile(key)
        if tile is not None and not is_uniform(tile):
            return None
        values.add(0 if tile is None else int(tile[0, 0]))
        if len(values) > 1:
            return None
    return values.pop()


def _blocks(area: Bounds, side: int) -> Iterator[Bounds]:
    """The squares of a grid that cover ``area``, cut by it."""
    for y in range(area.y // side, -(-area.bottom // side)):
        for x in range(area.x // side, -(-area.right // side)):
            block = Bounds(x * side, y * side, side, side).intersected(area)
            if block:
                yield block


def _outward(bounds: Bounds, step: int) -> Bounds:
    """The smallest rectangle around it with its edges at multiples of ``step``."""
    return Bounds.from_edges(
        bounds.x // step * step,
        bounds.y // step * step,
        -(-bounds.right // step) * step,
        -(-bounds.bottom // step) * step,
    )
