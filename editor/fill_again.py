"""A fill once more: a request for further candidates of a fill layer, by its recipe."""

from __future__ import annotations

import numpy as np

from editor.document.document import Document
from editor.document.geometry import Extent
from editor.document.layers import FillLayer
from editor.document.tiles import Pixels
from editor.fill import PreparedFill, request_for, source_mask
from editor.fill_options import FillOptions, check_options
from editor.raster.depth import to_8
from editor.render.compositor import composite
from inference import mask
from inference.region import Region
from inference.request import FillError


def prepare_again(
    document: Document, layer: FillLayer, count: int = 1, seed: int | None = None
) -> PreparedFill:
    """A request for further candidates of a fill, by its recipe, of what lies below the layer now: never of what an
    earlier candidate made of it. ``seed`` None takes a random one.

    Raises FillError of kind "input" where the layer has no recipe, or the engine cannot do what it says any more.
    """
    recipe = layer.recipe
    if recipe is None:
        raise FillError("This layer does not know how it was made.", "input")
    options = FillOptions(
        engine=recipe.engine,
        prompt=recipe.prompt,
        negative_prompt=recipe.negative_prompt,
        seed=seed,
        steps=recipe.steps,
        guidance=recipe.guidance,
        count=count,
        model=recipe.model,
        strength=recipe.strength,
        scheduler=recipe.scheduler,
        prior_steps=recipe.prior_steps,
        prior_guidance=recipe.prior_guidance,
        references=recipe.references,
        source=recipe.source or None,
        colour_adaptation=recipe.colour_adaptation,
        start=recipe.start,
        refine=recipe.refine,
    )
    info = check_options(options)
    grow, feather, beyond = recipe.repainted or (recipe.grow, recipe.feather, info.grow)
    region = Region(recipe.context, recipe.context, Extent(*recipe.working_size))
    near = recipe.selection.content_bounds().padded(grow + feather + beyond).intersected(region.context)
    selection = to_8(recipe.selection.read(near))
    if recipe.generate:
        beneath: Pixels = np.zeros((region.context.height, region.context.width, 4), np.uint8)
        repainted = np.full(beneath.shape[:2], 255, np.uint8)
    else:
        beneath = composite(document.root, region.context, stop=layer)
        repainted = np.zeros(beneath.shape[:2], np.uint8)
        model_mask = mask.soft_model_mask if info.soft_mask else mask.model_mask
        repainted[near.slices(region.context)] = model_mask(
            mask.composite_mask(selection, grow, feather), beyond
        )
    return PreparedFill(
        layer.name,
        request_for(
            info,
            options,
            beneath,
            repainted,
            region,
            recipe.generate,
            source_mask(options.source, region.context),
        ),
        region,
        recipe.selection,
        mask.composite_mask(selection, recipe.grow, recipe.feather) if layer.mask is not None else None,
        near if layer.mask is not None else region.context,
        recipe.grow,
        recipe.feather,
        layer.id,
        beneath,
        (recipe.colour_match, recipe.blend, recipe.grain),
        beyond,
        1 + max((candidate.number for candidate in layer.candidates), default=0),
        options.source,
    )
