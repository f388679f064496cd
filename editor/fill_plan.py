"""FillPlan: what a fill would change, what its engine would see, and at which size it would work, before it runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from editor.document.document import Document
from editor.document.geometry import Bounds, Extent
from editor.document.tiles import Array8
from editor.fill_options import FillOptions, check_options
from editor.raster.depth import to_8
from inference import mask
from inference.engines.info import EngineInfo
from inference.region import Part, Region, plan_refinement, plan_region
from inference.request import FillError

SIDE = 512
"""The longest side of the picture of what would change, in pixels."""


@dataclass(frozen=True)
class FillPlan:
    """``changes``, (h, w) uint8 and no larger than ``SIDE``, is how strongly what lies in ``changes_bounds`` would be
    covered. ``grown``: the box that was drawn did not hold all that the engine has to see. ``sourced``: it copies only
    from the source that was chosen. ``parts``: in how many pieces it would go over what it has painted at full size."""

    region: Region
    changes: Array8
    changes_bounds: Bounds
    grown: bool = False
    sourced: bool = False
    parts: int = 0


def feather_of(options: FillOptions, info: EngineInfo) -> int:
    """In pixels: what is asked for, or the engine's usual."""
    return info.feather if options.feather is None else max(0, options.feather)


def region_of(canvas: Extent, selected: Bounds, options: FillOptions, info: EngineInfo) -> Region:
    """Of a fill of what is ``selected``, which has to touch the canvas. Raises FillError for a context box that does
    not."""
    reach = mask.reach(info.grow, feather_of(options, info))
    box = options.context_box if options.context == "box" else None
    if options.context == "box" and (box is None or not box.intersected(Bounds.of(canvas))):
        raise FillError(
            "The box that the engine shall see lies outside the picture. Draw another one.", "input"
        )
    source = options.source.content_bounds() if options.source is not None else None
    return plan_region(
        canvas, selected, reach, info, options.strength, options.context, options.working_side, box, source
    )


def parts_of(region: Region, changing: Bounds, options: FillOptions, info: EngineInfo) -> tuple[Part, ...]:
    """What the engine would go over at full size, where what lies in ``changing`` becomes another."""
    near = changing.padded(info.grow).intersected(region.context)
    return plan_refinement(region.context, near, region.working, info, options.refine)


def plan_fill(document: Document, options: FillOptions) -> FillPlan | None:
    """None where nothing is selected. Raises FillError where the engine cannot do what is asked."""
    info = check_options(options)
    selected = document.selection.content_bounds().intersected(document.canvas)
    if not selected:
        return None
    feather = feather_of(options, info)
    region = region_of(document.extent, selected, options, info)
    near = selected.padded(mask.reach(info.grow, feather)).intersected(document.canvas)
    box = options.context_box
    return FillPlan(
        region,
        _changes(document, near, info.grow, feather),
        near,
        box is not None and region.context != box.intersected(document.canvas),
        options.source is not None,
        len(parts_of(region, near, options, info)),
    )


def _changes(document: Document, near: Bounds, grow: int, feather: int) -> Array8:
    """The mask that the fill would have, made from a smaller picture of the selection."""
    import cv2  # not at start-up

    selection = to_8(document.selection.read(near))
    scale = min(1.0, SIDE / near.extent.longest)
    if scale == 1:
        return mask.composite_mask(selection, grow, feather)
    size = max(1, round(near.width * scale)), max(1, round(near.height * scale))
    small = np.asarray(cv2.resize(selection, size, interpolation=cv2.INTER_AREA), np.uint8)
    return mask.composite_mask(small, round(grow * scale), round(feather * scale))
