"""The main job: from a document and its selection to a request, and from a candidate to a new fill layer."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from uuid import uuid4

import numpy as np

from editor.document.document import Document
from editor.document.geometry import Bounds
from editor.document.layers import FillLayer, Layer
from editor.document.recipe import FillRecipe
from editor.document.selection import combine
from editor.document.tiles import Array8, TileMap
from editor.history.commands import ChangeSelection, InsertLayer
from editor.history.history import History
from editor.render.compositor import composite
from inference import mask
from inference.engines.engine import DEFAULT_ENGINE, ENGINES, EngineInfo
from inference.region import Region, plan_region
from inference.request import FillCandidate, FillError, FillRequest

SEEDS = 1 << 31
"""How many seeds there are, from 0 on."""

MAX_FEATHER = 500
"""In pixels."""


@dataclass(frozen=True, slots=True)
class FillOptions:
    """What the user chose. ``seed`` None takes a random one; ``feather`` None the engine's usual; sizes in pixels."""

    engine: str = DEFAULT_ENGINE
    prompt: str = ""
    negative_prompt: str = ""
    seed: int | None = None
    steps: int | None = None
    guidance: float | None = None
    feather: int | None = None
    count: int = 1
    model: str | None = None
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class PreparedFill:
    """A request, and what is needed to make a layer of its candidates. ``below`` is the id of the topmost layer it
    saw, ``selection`` the document's as it was then, ``shown`` the layer mask, with its place."""

    title: str
    request: FillRequest
    region: Region
    selection: TileMap
    shown: Array8
    shown_bounds: Bounds
    grow: int
    feather: int
    below: str | None


def check_options(options: FillOptions) -> EngineInfo:
    """The chosen engine. Raises FillError of kind "input" for what it does not know: nothing is silently ignored."""
    info = ENGINES.get(options.engine)
    if info is None:
        raise FillError(
            f"There is no engine “{options.engine}”. Choose one of: {', '.join(ENGINES)}.", "input"
        )
    ignored = [
        name
        for name, given, known in (
            ("a prompt", options.prompt, info.prompt),
            ("a negative prompt", options.negative_prompt, info.negative_prompt),
            ("steps", options.steps is not None, info.steps),
            ("guidance", options.guidance is not None, info.guidance),
            ("a model", options.model, info.needs_model),
        )
        if given and not known
    ]
    if ignored:
        raise FillError(
            f"The engine {info.title} does not use {' or '.join(ignored)}. Leave that out.", "input"
        )
    if options.device not in ("auto", *info.devices):
        usable = ", ".join(info.devices)
        raise FillError(
            f"The engine {info.title} does not run on {options.device}. It runs on: {usable}.", "input"
        )
    return info


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
    feather = info.feather if options.feather is None else max(0, options.feather)
    reach = mask.reach(info.grow, feather)
    region = plan_region(document.extent, selected, reach, info)
    # Both masks are 0 farther away, and they cost time by the pixel.
    near = selected.padded(reach + info.grow).intersected(region.context)
    shown = mask.composite_mask(document.selection.read(near), info.grow, feather)
    repainted = np.zeros((region.context.height, region.context.width), np.uint8)
    repainted[near.slices(region.context)] = mask.model_mask(shown, info.grow)
    request = FillRequest(
        id=uuid4().hex,
        engine=info.id,
        image=composite(document.root, region.context, stop=_next_above(document, active)),
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
    )
    title = f"Fill: {options.prompt}" if options.prompt else f"{info.title} fill"
    return PreparedFill(
        title,
        request,
        region,
        document.selection.snapshot(),
        shown,
        near,
        info.grow,
        feather,
        active.id if active is not None else None,
    )


def make_fill_layer(prepared: PreparedFill, candidate: FillCandidate) -> FillLayer:
    """The candidate's pixels behind a layer mask: opaque in the selection, soft around it, nothing beyond."""
    request, context = prepared.request, prepared.region.context
    recipe = FillRecipe(
        engine=request.engine,
        seed=candidate.seed,
        context=context,
        working_size=request.working_size,
        grow=prepared.grow,
        feather=prepared.feather,
        model=request.model,
        prompt=request.prompt,
        negative_prompt=request.negative_prompt,
        steps=request.steps,
        guidance=request.guidance,
        facts=candidate.facts,
        selection=prepared.selection,
    )
    return FillLayer(
        prepared.title,
        pixels=TileMap.from_array(candidate.image, context.x, context.y),
        mask=TileMap.from_array(prepared.shown, prepared.shown_bounds.x, prepared.shown_bounds.y),
        recipe=recipe,
    )


def insert_fill(document: Document, history: History, prepared: PreparedFill, layer: FillLayer) -> None:
    """One undoable step: the fill layer directly above what the engine saw, or on top where that is gone.

    The selection has become the layer's mask, so it is let go, unless it has changed since.
    """
    layer.name = _free_name(document, layer.name)
    parent, index = document.root, len(document.root.children)
    below = document.layer(prepared.below) if prepared.below is not None else None
    if below is not None:
        parent, index = document.index(below)
        index += 1
    with history.macro(prepared.title):
        history.do(InsertLayer(prepared.title, document, layer, parent, index))
        if document.selection == prepared.selection:
            nothing = combine(document.selection, Bounds(0, 0, 0, 0), np.zeros((0, 0), np.uint8), "replace")
            history.do(ChangeSelection("Deselect", document, nothing))


def _free_name(document: Document, title: str) -> str:
    """The title, with a number where a layer has it already."""
    taken = {layer.name for layer in document.layers()}
    return next(
        name for n in itertools.count(1) if (name := title if n == 1 else f"{title} {n}") not in taken
    )


def _next_above(document: Document, layer: Layer | None) -> Layer | None:
    """The layer that is painted next after ``layer``; None where it is the topmost, or where there is none."""
    while layer is not None and layer.parent is not None:
        parent, index = document.index(layer)
        if index + 1 < len(parent.children):
            return parent.children[index + 1]
        layer = parent
    return None
