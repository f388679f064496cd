"""What a fill layer shows: its mask and pixels, made of its recipe, of what the engine gave, and of what lies below."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from editor.document.document import Document
from editor.document.geometry import Bounds, keys_covering
from editor.document.layers import FillLayer, Group, PaintLayer
from editor.document.recipe import FillRecipe
from editor.document.tiles import Pixels, TileMap, TilePatch, difference
from editor.history.fill_commands import ChangeFill
from editor.raster.depth import to_8, to_dtype
from editor.render.compositor import composite
from inference import mask
from inference.harmonise import Harmony, harmonise

MAX_REACH = 500
"""How far beyond the selection a fill may be shown, in pixels."""

_SURROUND = 48
"""How far around what may be shown its surroundings are looked at, in pixels."""

_SAME = 2
"""Levels of 255 by which two ways of compositing may differ."""


@dataclass(frozen=True)
class FillLook:
    """What a recipe makes of a layer: planes to be put in the place of its own."""

    recipe: FillRecipe
    raw: TileMap
    pixels: TileMap
    mask: TileMap | None


def room(recipe: FillRecipe) -> int:
    """How far beyond the selection grow and feather may reach together: farther out the engine painted nothing."""
    return min(sum(recipe.repainted) or recipe.grow + recipe.feather, MAX_REACH)


def can_tune(layer: FillLayer) -> bool:
    """Whether grow, feather and the rest can be changed: not where the mask is gone, or there never was one."""
    return layer.recipe is not None and layer.mask is not None and bool(layer.recipe.selection)


def is_fitted(recipe: FillRecipe) -> bool:
    """Whether what the engine gave is changed at all to fit in: that takes its time."""
    return bool(_harmony(recipe))


def look(root: Group, layer: FillLayer, recipe: FillRecipe, raw: TileMap | None = None) -> FillLook:
    """What ``layer``, which lies in ``root``, becomes with another recipe, or with ``raw`` in place of its own.

    It is always made of what the engine gave and of what lies below now, never of an earlier result. Reads only: give
    it a snapshot to work on another thread.
    """
    origin = raw or layer.raw or layer.pixels.snapshot()
    shown = shown_mask(recipe, layer.mask) if layer.mask is not None else None
    return FillLook(recipe, origin, fitted_over(root, layer, recipe, origin), shown)


def fitted_over(root: Group, layer: FillLayer, recipe: FillRecipe, raw: TileMap) -> TileMap:
    """What the engine gave, fitted into what lies below the layer now."""
    bounds = _surroundings(recipe)
    if not _harmony(recipe) or not bounds or layer.mask is None:
        return raw.snapshot()
    return fitted(raw, composite(root, bounds, stop=layer), bounds, recipe)


def shown_mask(recipe: FillRecipe, like: TileMap) -> TileMap:
    """The layer mask, a plane of the depth that ``like`` has, sharing its tiles where they are the same."""
    near = recipe.selection.content_bounds().padded(recipe.grow + recipe.feather).intersected(recipe.context)
    values = mask.composite_mask(to_8(recipe.selection.read(near)), recipe.grow, recipe.feather)
    shown = like.snapshot()
    former = like.tiles_bounds().intersected(recipe.context)
    shown.exchange(shown.patch(former, np.zeros((former.height, former.width), like.dtype)))
    shown.exchange(shown.patch(near, to_dtype(values, like.dtype)))
    return _sharing(shown, like)


def fitted(raw: TileMap, below: Pixels, bounds: Bounds, recipe: FillRecipe) -> TileMap:
    """What the engine gave, fitted into ``below``, what lies at ``bounds`` beneath the layer: (h, w, 4), straight RGBA
    of the depth that ``raw`` has."""
    pixels = raw.snapshot()
    harmony = _harmony(recipe)
    part = bounds.intersected(_surroundings(recipe))
    if not harmony or not part:
        return pixels
    selection = to_8(recipe.selection.read(part))
    values = harmonise(
        raw.read(part),
        below[part.slices(bounds)],
        mask.repainted(selection, *_repainted(recipe)),
        selection,
        mask.composite_mask(selection, recipe.grow, recipe.feather),
        harmony,
        recipe.seed,
    )
    pixels.exchange(pixels.patch(part, values))
    return pixels


def change_fill(
    label: str, document: Document, layer: FillLayer, made: FillLook, gesture: object = None, **values: object
) -> ChangeFill:
    """The command that makes a layer look so; ``values``: what else of the layer becomes another."""
    shown: TilePatch = {}
    if made.mask is not None and layer.mask is not None:
        shown = difference(layer.mask, made.mask)
    pixels = difference(layer.pixels, made.pixels)
    known = {"recipe": made.recipe, "raw": made.raw, **values}
    return ChangeFill(label, document, layer, known, pixels, shown, gesture)


@dataclass(frozen=True)
class Beneath:
    """What lies beneath a fill layer in its context, as it can be compared quickly: equal where nothing has changed.
    ``tiles`` are kept so that no other can have the id of one of them."""

    marks: tuple[object, ...]
    tiles: tuple[Pixels, ...] = field(compare=False)


def beneath(root: Group, layer: FillLayer) -> Beneath:
    """Of all layers that come before it in the tree, and of the layer itself what it was made from."""
    marks: list[object] = [layer.recipe.context if layer.recipe is not None else None]
    tiles: list[Pixels] = []
    bounds = (
        layer.recipe.context.intersected(layer.pixels.tiles_bounds()) if layer.recipe is not None else None
    )
    keys = list(keys_covering(bounds)) if bounds else []
    for each in root.walk():
        if each is layer:
            break
        marks.append((each.id, each.visible, each.opacity, each.blend_mode, each.clipped, each.mask is None))
        if isinstance(each, Group):
            marks.append((each.isolated, len(each.children)))
        for plane in (each.mask, each.pixels if isinstance(each, PaintLayer) else None):
            for key in keys if plane is not None else ():
                tile = plane.tile(key) if plane is not None else None
                marks.append(id(tile))
                if tile is not None:
                    tiles.append(tile)
    raw = layer.raw or layer.pixels
    own = [tile for tile in map(raw.tile, keys) if tile is not None]
    return Beneath((*marks, *map(id, own)), (*tiles, *own))


def below_has_changed(root: Group, layer: FillLayer) -> bool:
    """Whether what lies beneath the layer is no longer what the engine saw: it gave back unchanged all that it did not
    repaint. Reads only, like ``look``."""
    recipe = layer.recipe
    if recipe is None or recipe.generate or not recipe.repainted or not recipe.selection:
        return False
    seen = layer.raw or layer.pixels
    context = recipe.context.intersected(seen.tiles_bounds())  # a file may say anything
    now, then = to_8(composite(root, context, stop=layer)), to_8(seen.read(context))
    near = _surroundings(recipe).intersected(context)
    if not near:
        return False
    kept = np.ones(now.shape[:2], np.bool_)
    kept[near.slices(context)] = mask.repainted(to_8(recipe.selection.read(near)), *_repainted(recipe)) == 0
    now, then = now[kept].astype(np.int16), then[kept].astype(np.int16)
    if (np.abs(now[:, 3] - then[:, 3]) > _SAME).any():
        return True
    visible = now[:, 3] > 0
    return bool((np.abs(now[visible, :3] - then[visible, :3]) > _SAME).any())


def tuned(recipe: FillRecipe, **values: int) -> FillRecipe:
    """With other values of grow, feather, colour match, blend or grain; a mask that reaches too far is cut short."""
    recipe = replace(recipe, **values)  # type: ignore[arg-type]
    grow = min(recipe.grow, room(recipe))
    return replace(recipe, grow=grow, feather=min(recipe.feather, room(recipe) - grow))


def _surroundings(recipe: FillRecipe) -> Bounds:
    """All that may ever be shown or looked at; it does not depend on what can be changed afterwards."""
    reach = min(max(room(recipe), recipe.grow + recipe.feather), MAX_REACH) + _SURROUND
    return recipe.selection.content_bounds().padded(reach).intersected(recipe.context)


def _harmony(recipe: FillRecipe) -> Harmony:
    return Harmony(
        *(min(max(each, 0), 100) / 100 for each in (recipe.colour_match, recipe.blend, recipe.grain))
    )


def _repainted(recipe: FillRecipe) -> tuple[int, int, int]:
    grow, feather, beyond = recipe.repainted or (recipe.grow, recipe.feather, 0)
    return grow, feather, beyond


def _sharing(plane: TileMap, base: TileMap) -> TileMap:
    shared = base.snapshot()
    shared.exchange(difference(base, plane))
    return shared
