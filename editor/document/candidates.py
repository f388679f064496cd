"""Candidates: the results that an engine gave for one fill, and what a layer's pixels become when one is taken."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from editor.document.tiles import Depth, Pixels, TileMap, TilePatch, frozen
from editor.raster.mix import mix


@dataclass(frozen=True)
class Candidate:
    """``number`` counts from 1 and stays the same whatever becomes of the others; ``pixels``, RGBA with straight
    alpha, are those of the whole context, placed in the document; ``facts`` as the engine told them."""

    number: int
    seed: int
    pixels: TileMap
    facts: dict[str, Any] = field(default_factory=dict)

    def converted(self, depth: Depth, known: dict[int, Pixels] | None = None) -> Candidate:
        """With pixels of another depth; see ``TileMap.converted``."""
        return replace(self, pixels=self.pixels.converted(depth, known))

    def moved(self, dx: int, dy: int, known: dict[tuple[int, ...], Pixels] | None = None) -> Candidate:
        """With pixels that lie elsewhere; see ``TileMap.moved``."""
        return replace(self, pixels=self.pixels.moved(dx, dy, known))


def sharing(plane: TileMap, base: TileMap) -> TileMap:
    """The same plane, made of the tiles of ``base`` wherever the two are equal, so that memory holds those once."""
    shared = TileMap(plane.channels, depth=plane.depth)
    shared.exchange({key: _either(plane.tile(key), base.tile(key)) for key in plane})
    return shared


def painted(pixels: TileMap, candidate: TileMap, selection: TileMap) -> TilePatch:
    """The tiles that change when a candidate is painted into a layer's pixels where something is selected."""
    patch: TilePatch = {}
    for key in selection:
        old = pixels.tile(key)
        new = mixed_tile(old, candidate.tile(key), selection.tile(key))
        if new is not old and not (old is not None and new is not None and np.array_equal(old, new)):
            patch[key] = new
    return patch


def mixed_tile(old: Pixels | None, new: Pixels | None, weight: Pixels | None) -> Pixels | None:
    """One tile of the mix of two planes, each None where the plane has no tile; frozen."""
    if weight is None or old is new:
        return old
    if weight.min() == np.iinfo(weight.dtype).max:
        return new
    clear = np.zeros((*weight.shape, 4), weight.dtype)
    tile = mix(clear if old is None else old, clear if new is None else new, weight)
    return frozen(tile) if tile.any() else None


def is_selected(shape: TileMap, selection: TileMap) -> bool:
    """Whether any pixel of a one-channel plane is covered and selected as well."""
    for key in selection:
        cover, chosen = shape.tile(key), selection.tile(key)
        if cover is not None and chosen is not None and np.logical_and(cover, chosen).any():
            return True
    return False


def _either(tile: Pixels | None, base: Pixels | None) -> Pixels | None:
    same = tile is not None and base is not None and np.array_equal(tile, base)
    return base if same else tile
