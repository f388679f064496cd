"""Spot healing: from a painted stroke to a request of its surroundings, and from the result to one step."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal
from uuid import uuid4

import numpy as np

from editor.document.document import Document
from editor.document.geometry import TILE, Bounds, keys_covering, tile_bounds
from editor.document.layers import Layer, PaintLayer
from editor.document.tiles import Array8, Pixels, TileMap, TilePatch, frozen
from editor.fill import next_above
from editor.fill_options import SEEDS
from editor.history.commands import ChangeTiles, Command, InsertLayer, Macro, changes_of_pixels
from editor.layer_operations import why_barred, why_not_painted
from editor.raster.brush import Brush
from editor.raster.dab import FULL, Dabs
from editor.raster.depth import to_8, to_dtype
from editor.raster.mix import mix
from editor.raster.transmittance import Transmittance
from editor.render.compositor import composite
from inference import mask
from inference.engines.engine import DEFAULT_ENGINE, ENGINES
from inference.request import FillCandidate, FillError, FillRequest

Sample = Literal["below", "layer"]
"""Everything up to the healing layer counts, and that is painted on; or the active layer alone, which itself is."""

LAYER_NAME = "Healing"

LEAST_SURROUNDINGS = 96
"""In pixels on each side; a large brush sees as much as it is wide."""

_SOFTEST = 8
_SOFT = 16
"""A stroke fades out over this part of its diameter, outside what was painted."""


@dataclass(frozen=True, eq=False)
class HealStroke:
    """What was painted: ``dabs`` of a round, hard brush of ``size`` pixels; ``active``, the id of the layer that was
    active then, and ``selection``, what was selected (None: nothing)."""

    dabs: Dabs
    size: float
    active: str | None
    sample: Sample = "below"
    selection: TileMap | None = None


@dataclass(frozen=True, eq=False)
class PreparedHeal:
    """``layer`` is the id of the layer to be painted on; None where it is to be made above ``below``. ``shown``, 8 bits
    at ``bounds``, says how far the result covers what was there, and ``alpha``, at the same place and in the document's
    depth, how opaque that is."""

    request: FillRequest
    layer: str | None
    below: str
    context: Bounds
    bounds: Bounds
    shown: Array8
    alpha: Pixels


def warm() -> None:
    """Loads what the first stroke would have to wait for; on any thread."""
    mask.composite_mask(np.full((1, 1), 255, np.uint8), 0, 1)


def prepare_heal(document: Document, stroke: HealStroke, seed: int | None = None) -> PreparedHeal:
    """A request for what was painted, inside what was selected then. Reads only: give it a snapshot to work
    on another thread. ``seed`` None takes a random one.

    Raises FillError of kind "input" where nothing can be healed there.
    """
    target, below = _target(document, stroke)
    info = ENGINES[DEFAULT_ENGINE]
    feather = min(max(round(stroke.size / _SOFT), 2), _SOFTEST)
    near = _painted_bounds(stroke).padded(feather).intersected(document.canvas)
    if not near:
        raise FillError("That stroke lies beside the picture.", "input")
    shown = mask.composite_mask(_painted(stroke, near), 0, feather)
    if stroke.selection is not None:
        shown = np.minimum(shown, to_8(stroke.selection.read(near)))
    if not shown.any():
        raise FillError("Only what is selected is healed. Paint inside the selection, or deselect.", "input")
    surroundings = max(LEAST_SURROUNDINGS, round(stroke.size))
    context = near.padded(surroundings).intersected(document.canvas)
    if stroke.sample == "layer" and target is not None:
        seen = target.pixels.read(context)
    else:
        seen = composite(document.root, context, stop=next_above(document, target or below))
    repainted = np.zeros(seen.shape[:2], np.uint8)
    # No more than is shown, though models like it: a dab is to be there at once.
    repainted[near.slices(context)] = mask.model_mask(shown, 0)
    request = FillRequest(
        id=uuid4().hex,
        engine=info.id,
        image=seen,
        mask=repainted,
        working_size=(context.width, context.height),
        seed=random.randrange(SEEDS) if seed is None else seed,
    )
    alpha = np.ascontiguousarray(seen[near.slices(context)][..., 3])
    if not alpha[shown > 0].any():
        raise FillError("There is nothing to heal: the picture is transparent there.", "input")
    return PreparedHeal(
        request, target.id if target is not None else None, below.id, context, near, shown, alpha
    )


def heal_command(document: Document, prepared: PreparedHeal, candidate: FillCandidate) -> Command:
    """The one step that shows the result. Raises FillError of kind "input" where its layer is gone meanwhile, or may
    not be painted on any more."""
    label = "Heal"
    layer = document.layer(prepared.layer or prepared.below)
    if layer is None:
        raise FillError("The layer that was healed is gone. The stroke was dropped.", "input")
    if prepared.layer is None:
        if problem := why_barred(layer.parent):
            raise FillError(f"{problem} The stroke was dropped.", "input")
        pixels = document.plane(4)
        pixels.exchange(_patch(pixels, prepared, candidate.image))
        parent, index = document.index(layer)
        # Between a layer and those that are clipped to it nothing may come that is not clipped as well.
        above = parent.children[index + 1] if index + 1 < len(parent.children) else None
        made = PaintLayer(document.root.free_name(LAYER_NAME), pixels=pixels, heals=True)
        made.clipped = above is not None and above.clipped
        return InsertLayer(label, document, made, parent, index + 1)
    problem = why_not_painted(layer)
    if problem or not isinstance(layer, PaintLayer):
        raise FillError(f"{problem} The stroke was dropped.", "input")
    change = ChangeTiles(label, document, layer, "pixels", _patch(layer.pixels, prepared, candidate.image))
    steps = changes_of_pixels(label, document, layer, change)
    return Macro(label, steps) if len(steps) > 1 else change


def _target(document: Document, stroke: HealStroke) -> tuple[PaintLayer | None, Layer]:
    """The layer to paint on, None where it is to be made; and the one above which it is made."""
    active = document.layer(stroke.active) if stroke.active is not None else None
    if active is None:
        raise FillError("There is no layer to heal. Choose one in the list of layers.", "input")
    target: Layer | None = active
    if stroke.sample == "below" and not (isinstance(active, PaintLayer) and active.heals):
        parent, index = document.index(active)
        above = parent.children[index + 1] if index + 1 < len(parent.children) else None
        target = above if isinstance(above, PaintLayer) and above.heals else None
    problem = why_not_painted(target) if target is not None else why_barred(active.parent)
    if problem:
        raise FillError(problem, "input")
    return (target if isinstance(target, PaintLayer) else None), active


def _painted_bounds(stroke: HealStroke) -> Bounds:
    x, y, reach = stroke.dabs[:, 0], stroke.dabs[:, 1], stroke.dabs[:, 2] / 2 + 1
    return Bounds.from_edges(
        int(np.floor((x - reach).min())),
        int(np.floor((y - reach).min())),
        int(np.ceil((x + reach).max())),
        int(np.ceil((y + reach).max())),
    )


def _painted(stroke: HealStroke, bounds: Bounds) -> Array8:
    """(h, w): 255 where a dab covers."""
    cover = Transmittance(bounds, Brush(size=stroke.size, hardness=1).form(), build_up=False, tile=TILE)
    cover.add(stroke.dabs)
    out = np.zeros((bounds.height, bounds.width), np.uint8)
    for key, tile in cover.tiles.items():
        place = tile_bounds(key)
        part = place.intersected(bounds)
        out[part.slices(bounds)] = (FULL - tile[part.slices(place)]) >> 8
    return out


def _patch(plane: TileMap, prepared: PreparedHeal, image: Pixels) -> TilePatch:
    """The tiles of a plane that the result changes, as far as each shows it."""
    new = to_dtype(image[prepared.bounds.slices(prepared.context)], plane.dtype).copy()
    new[..., 3] = to_dtype(prepared.alpha, plane.dtype)
    weight = to_dtype(prepared.shown, plane.dtype)
    patch: TilePatch = {}
    for key in keys_covering(prepared.bounds):
        place = tile_bounds(key)
        part = place.intersected(prepared.bounds)
        here = part.slices(prepared.bounds)
        if not weight[here].any():
            continue
        old = plane.tile(key)
        tile = np.zeros(plane.shape, plane.dtype) if old is None else np.array(old)
        inside = part.slices(place)
        tile[inside] = mix(tile[inside], new[here], weight[here])
        if tile.any():
            patch[key] = frozen(tile)
    return patch
