"""The main job: from a document and its selection to a request, and from a candidate to a new fill layer."""

from __future__ import annotations

import random
from dataclasses import dataclass
from uuid import uuid4

import numpy as np

from editor.document.candidates import Candidate, sharing
from editor.document.document import Document
from editor.document.geometry import Bounds
from editor.document.layers import FillLayer, Layer
from editor.document.recipe import FillRecipe
from editor.document.tiles import Array8, Pixels, TileMap
from editor.fill_layer import fitted
from editor.fill_options import SEEDS, FillOptions, check_options
from editor.fill_plan import feather_of, region_of
from editor.history.commands import ChangeSelection, InsertLayer
from editor.history.history import History
from editor.raster.depth import to_8, to_dtype
from editor.render.compositor import composite
from inference import mask
from inference.engines.engine import EngineInfo
from inference.region import Region, plan_working_size
from inference.request import FillCandidate, FillError, FillRequest


@dataclass(frozen=True, slots=True)
class PreparedFill:
    """A request, in the document's depth, and what is needed to make a layer of its candidates. ``below``
    is the id of the topmost layer it saw, ``selection`` the document's as it was then, ``shown`` the layer mask, 8 bits
    (None where all of the picture is to be seen), with its place; ``beneath``, the context's pixels in the document's
    depth; ``fit``, colour match, blend and grain in percent; ``beyond``, how much more than is shown is repainted."""

    title: str
    request: FillRequest
    region: Region
    selection: TileMap
    shown: Array8 | None
    shown_bounds: Bounds
    grow: int
    feather: int
    below: str | None
    beneath: Pixels
    fit: tuple[int, int, int]
    beyond: int
    first: int = 1
    """The number of the first candidate."""
    source: TileMap | None = None
    """Where the engine may copy from; None: everywhere."""


def prepare_fill(document: Document, active: Layer | None, options: FillOptions) -> PreparedFill:
    """A request for what is selected, seen as everything up to and including the active layer shows it.

    Raises FillError of kind "input" where nothing is selected or the engine cannot do what was asked.
    """
    info = check_options(options)
    selected = document.selection.content_bounds().intersected(document.canvas)
    if not selected:
        raise FillError(
            "Nothing is selected. Paint a mask or draw a lasso around what is to be filled.", "input"
        )
    feather = feather_of(options, info)
    reach = mask.reach(info.grow, feather)
    region = region_of(document.extent, selected, options, info)
    # Both masks are 0 farther away, and they cost time by the pixel.
    near = selected.padded(reach + info.grow).intersected(region.context)
    shown = mask.composite_mask(to_8(document.selection.read(near)), info.grow, feather)
    repainted = np.zeros((region.context.height, region.context.width), np.uint8)
    model_mask = mask.soft_model_mask if info.soft_mask else mask.model_mask
    repainted[near.slices(region.context)] = model_mask(shown, info.grow)
    beneath = composite(document.root, region.context, stop=next_above(document, active))
    title = f"Fill: {options.prompt}" if options.prompt else f"{info.title} fill"
    source = options.source.snapshot() if options.source is not None else None
    request = request_for(
        info, options, beneath, repainted, region, source=source_mask(source, region.context)
    )
    below = active.id if active is not None else None
    selection = document.selection.snapshot()
    return PreparedFill(
        title,
        request,
        region,
        selection,
        shown,
        near,
        info.grow,
        feather,
        below,
        beneath,
        _fit(options, info),
        info.grow,
        source=source,
    )


def prepare_generation(document: Document, active: Layer | None, options: FillOptions) -> PreparedFill:
    """A request for a picture made of the prompt alone, as large as the selection (and its softness) or the canvas.

    Raises FillError of kind "input" where the engine cannot do what was asked, or there is no prompt.
    """
    info = check_options(options)
    if not info.generate:
        raise FillError(f"The engine {info.title} does not make pictures from a prompt alone.", "input")
    if not options.prompt and not options.references:
        raise FillError("Say in a few words what the picture shall show.", "input")
    if options.strength != 1 or options.start != "auto":
        raise FillError(
            "A picture from a prompt alone has no strength, and nothing to start from. Leave that out.",
            "input",
        )
    selection = document.selection.snapshot()
    selected = selection.content_bounds().intersected(document.canvas)
    feather = feather_of(options, info)
    bounds = document.canvas
    if selected:
        bounds = selected.padded(mask.reach(info.grow, feather)).intersected(bounds)
    shown = mask.composite_mask(to_8(selection.read(bounds)), info.grow, feather) if selected else None
    region = Region(bounds, bounds, plan_working_size(bounds.extent, info, options.working_side))
    image = np.zeros((bounds.height, bounds.width, 4), np.uint8)
    everything = np.full((bounds.height, bounds.width), 255, np.uint8)
    request = request_for(info, options, image, everything, region, generate=True)
    below = active.id if active is not None else None
    title = f"Generated: {options.prompt}" if options.prompt else "Generated"
    return PreparedFill(
        title,
        request,
        region,
        selection,
        shown,
        bounds,
        info.grow,
        feather,
        below,
        image,
        (0, 0, 0),
        0,
    )


def make_candidate(
    prepared: PreparedFill, candidate: FillCandidate, like: TileMap | None = None
) -> Candidate:
    """What joins a fill layer (``Document.add_candidate``). ``like``: the pixels of another candidate of the same fill,
    with which it shares what is the same in both."""
    context = prepared.region.context
    pixels = _plane(prepared, candidate.image, context)
    shared = pixels if like is None else sharing(pixels, like)
    return Candidate(prepared.first + candidate.index, candidate.seed, shared, candidate.facts)


def make_fill_layer(prepared: PreparedFill, candidate: FillCandidate, *others: FillCandidate) -> FillLayer:
    """The candidate's pixels behind a layer mask: opaque in the selection, soft around it, nothing beyond.

    The first candidate is the one that is taken; the layer keeps all of them.
    """
    taken = make_candidate(prepared, candidate)
    rest = (make_candidate(prepared, other, taken.pixels) for other in others)
    request, context = prepared.request, prepared.region.context
    colour_match, blend, grain = prepared.fit
    recipe = FillRecipe(
        engine=request.engine,
        seed=candidate.seed,
        context=context,
        working_size=request.working_size,
        grow=prepared.grow,
        feather=prepared.feather,
        model=request.model,
        model_hash=candidate.facts.get("model_hash"),
        prompt=request.prompt,
        negative_prompt=request.negative_prompt,
        steps=request.steps,
        guidance=request.guidance,
        generate=request.generate,
        strength=request.strength,
        scheduler=request.scheduler,
        prior_steps=request.prior_steps,
        prior_guidance=request.prior_guidance,
        references=request.references,
        colour_adaptation=request.colour_adaptation,
        start=request.start,
        refine=request.refine,
        colour_match=colour_match,
        blend=blend,
        grain=grain,
        repainted=(prepared.grow, prepared.feather, prepared.beyond),
        facts=candidate.facts,
        selection=prepared.selection,
        source=prepared.source if prepared.source is not None else TileMap(1, depth=prepared.selection.depth),
    )
    pixels = fitted(taken.pixels, prepared.beneath, context, recipe)
    return FillLayer(
        prepared.title,
        pixels=pixels,
        raw=None if pixels == taken.pixels else taken.pixels,
        mask=None if prepared.shown is None else _plane(prepared, prepared.shown, prepared.shown_bounds),
        recipe=recipe,
        candidates=(taken, *rest),
        taken=taken.number,
    )


def insert_fill(document: Document, history: History, prepared: PreparedFill, layer: FillLayer) -> None:
    """One undoable step: the fill layer directly above what the engine saw, or on top where that is gone.

    The selection has become the layer's mask, so it is let go, unless it has changed since.
    """
    layer.name = document.root.free_name(layer.name)
    parent, index = document.root, len(document.root.children)
    below = document.layer(prepared.below) if prepared.below is not None else None
    if below is not None:
        parent, index = document.index(below)
        index += 1
    with history.macro(prepared.title):
        history.do(InsertLayer(prepared.title, document, layer, parent, index))
        if document.selection == prepared.selection:
            history.do(ChangeSelection("Deselect", document, dict.fromkeys(document.selection)))


def _plane(prepared: PreparedFill, array: Pixels, bounds: Bounds) -> TileMap:
    """Of the depth that the document had."""
    return TileMap.from_array(to_dtype(array, prepared.selection.dtype), bounds.x, bounds.y)


def next_above(document: Document, layer: Layer | None) -> Layer | None:
    """The layer that is painted next after ``layer``; None where it is the topmost, or where there is none."""
    while layer is not None and layer.parent is not None:
        parent, index = document.index(layer)
        if index + 1 < len(parent.children):
            return parent.children[index + 1]
        layer = parent
    return None


def source_mask(source: TileMap | None, context: Bounds) -> Array8 | None:
    """What of a context the engine may copy, 0 or 255; None where that is all."""
    if source is None:
        return None
    return np.where(source.read(context) > source.full // 2, np.uint8(255), np.uint8(0))


def request_for(
    info: EngineInfo,
    options: FillOptions,
    image: Pixels,
    repainted: Array8,
    region: Region,
    generate: bool = False,
    source: Array8 | None = None,
) -> FillRequest:
    return FillRequest(
        id=uuid4().hex,
        engine=info.id,
        image=image,
        mask=repainted,
        working_size=(region.working.width, region.working.height),
        seed=random.randrange(SEEDS) if options.seed is None else options.seed,
        count=options.count,
        prompt=options.prompt,
        negative_prompt=options.negative_prompt,
        steps=options.steps,
        guidance=options.guidance,
        model=options.model,
        device=options.device,
        generate=generate,
        strength=options.strength,
        scheduler=options.scheduler,
        prior_steps=options.prior_steps,
        prior_guidance=options.prior_guidance,
        references=options.references,
        allow_cpu=options.allow_cpu,
        source=source,
        colour_adaptation=options.colour_adaptation,
        start=options.start,
        refine=options.refine,
    )


def _fit(options: FillOptions, info: EngineInfo) -> tuple[int, int, int]:
    """Colour match, blend and grain in percent."""
    return (
        info.colour_match if options.colour_match is None else options.colour_match,
        info.blend if options.blend is None else options.blend,
        info.grain if options.grain is None else options.grain,
    )
