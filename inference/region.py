"""From a selection to what the engine sees: mask bounds, context, working size, and parts to refine. Pure geometry."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from inference.choices import RefineChoice
from inference.engines.info import EngineInfo
from inference.geometry import Bounds, Extent

LEAST_PADDING = 32
LEAST_MASK_SIDE = 256

ContextChoice = Literal["auto", "tight", "wide", "whole", "box"]
"""How much of the picture the engine sees: what suits the selection, little more than it, twice as much around it, all
of the canvas, or a box that is given."""

CONTEXT_CHOICES: tuple[ContextChoice, ...] = ("auto", "tight", "wide", "whole", "box")

WORTH_REFINING = 1.5
"""How many times larger than what the engine works at a context is, from which on it is refined unasked."""

REFINING_STRENGTH = 0.4
"""Of the second pass: finer detail, and the same picture."""

MOST_PARTS = 16
"""Of one refinement; larger pictures are refined in larger parts, at less than full size."""

OVERLAP = 4
RAMP = 8
"""Parts overlap by a quarter of their side, and pass into each other over an eighth of it at either end: every pixel
counts fully in one of them."""


@dataclass(frozen=True, slots=True)
class Region:
    """``mask_bounds``: the selection and all that softness and context padding need; ``context``: what the engine sees;
    both in document pixels. ``working``: the size at which the engine works on the context."""

    mask_bounds: Bounds
    context: Bounds
    working: Extent


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a context, in document pixels, and the size at which the engine works on it."""

    bounds: Bounds
    working: Extent


def plan_region(
    canvas: Extent,
    selection: Bounds,
    reach: int,
    engine: EngineInfo,
    strength: float = 1.0,
    context: ContextChoice = "auto",
    working_side: int | None = None,
    box: Bounds | None = None,
    source: Bounds | None = None,
) -> Region:
    """``selection`` is the rectangle around the selected pixels, ``reach`` how far beyond them anything may change.

    A picture that is no larger than what the engine works at is seen whole. Below full strength what is there already
    tells enough: the context is the mask bounds alone. All that is so with the ``context`` "auto"; ``working_side`` is
    the longest side of the working size, in place of what suits the engine. ``box`` is the context that "box" means,
    grown where it does not hold the mask bounds; ``source``, from where the engine is to copy, is part of any context.
    Raises ValueError where the selection does not touch the canvas, and for "box" without one that does.
    """
    selected = selection.intersected(Bounds.of(canvas))
    if not selected:
        raise ValueError("the selection lies outside the canvas")
    mask_bounds = plan_mask_bounds(canvas, selected, reach)
    if context == "box":
        given = box.intersected(Bounds.of(canvas)) if box is not None else None
        if not given:
            raise ValueError("the context's box lies outside the canvas")
        seen = given.united(mask_bounds)
    else:
        seen = _context(canvas, mask_bounds, engine, strength, context)
    if source is not None:
        seen = seen.united(source.intersected(Bounds.of(canvas)))
    return Region(mask_bounds, seen, plan_working_size(seen.extent, engine, working_side))


def plan_mask_bounds(canvas: Extent, selection: Bounds, reach: int) -> Bounds:
    """The selection padded by a tenth of its diagonal (at least 32 px) and 6 % of it, at least 256 px a side."""
    diagonal = selection.extent.diagonal
    padding = math.ceil(max(0.10 * diagonal, LEAST_PADDING) + 4 + 0.06 * diagonal)
    padded = selection.padded(max(padding, reach))
    return (
        _at_least(padded, LEAST_MASK_SIDE, LEAST_MASK_SIDE)
        .clamped_into(Bounds.of(canvas))
        .united(padded.intersected(Bounds.of(canvas)))
    )


def plan_context(canvas: Extent, mask_bounds: Bounds, least: int, times: int = 1) -> Bounds:
    """The mask bounds padded by a sixteenth of the canvas or half their own side, so many ``times``; as square as the
    canvas allows."""
    average_side = (mask_bounds.width + mask_bounds.height) / 2
    padded = mask_bounds.padded(times * math.ceil(max(canvas.longest / 16, average_side / 2)))
    side = max(padded.extent.longest, least)
    return _at_least(padded, side, side).clamped_into(Bounds.of(canvas))


def plan_working_size(context: Extent, engine: EngineInfo, longest: int | None = None) -> Extent:
    """The context scaled to the engine's native area, or to a ``longest`` side, within its range, each side rounded up
    to its multiple.

    An engine without a native size works at the picture's own resolution.
    """
    scale = 1.0
    if engine.native is not None:
        scale = longest / context.longest if longest else engine.native / math.sqrt(context.area)
    scale = max(scale, engine.smallest / context.shortest)
    scale = min(scale, engine.largest / context.longest)
    return Extent(*(_working_side(side * scale, engine) for side in context))


def plan_refinement(
    context: Bounds, changing: Bounds, working: Extent, engine: EngineInfo, choice: RefineChoice = "auto"
) -> tuple[Part, ...]:
    """The parts of ``context`` in which the engine goes over what it has painted at the size ``working``, row by row;
    none where it does not, or where that would show nothing new.

    Together they cover what is ``changing``. Each is as large as the engine's native size, so that nothing is enlarged
    any more, and has as much around what is changing as an eighth of it, where the context has.
    """
    coarse = context.extent.longest / working.longest
    if choice == "off" or not engine.refines or engine.native is None or not changing:
        return ()
    if coarse <= (WORTH_REFINING if choice == "auto" else 1):
        return ()
    side = engine.native
    while side < engine.native * coarse:
        margin = side // RAMP
        needed = changing.padded(margin).intersected(context)
        columns = _starts(needed.x, needed.width, context.x, context.width, side)
        rows = _starts(needed.y, needed.height, context.y, context.height, side)
        if len(columns) * len(rows) <= MOST_PARTS:
            width, height = min(side, context.width), min(side, context.height)
            parts = (Bounds(x, y, width, height) for y in rows for x in columns)
            return tuple(Part(part, plan_working_size(part.extent, engine)) for part in parts)
        side += max(1, side // RAMP)
    return ()


def _starts(needed: int, length: int, first: int, room: int, side: int) -> list[int]:
    """Where along one axis parts begin that cover ``length`` pixels from ``needed`` on, and lie in ``room`` pixels
    from ``first`` on."""
    last = max(first, first + room - side)
    if length <= side:
        return [min(max(needed + (length - side) // 2, first), last)]
    overlap = -(-side // OVERLAP)
    more = -(-(length - side) // (side - overlap))
    return [min(needed + (length - side) * k // more, last) for k in range(more + 1)]


def _context(
    canvas: Extent, mask_bounds: Bounds, engine: EngineInfo, strength: float, choice: ContextChoice
) -> Bounds:
    whole, least = Bounds.of(canvas), engine.least_context
    if choice == "whole":
        return whole
    if choice == "tight":
        return mask_bounds
    if choice == "wide":
        return plan_context(canvas, mask_bounds, 2 * least, 2)
    if engine.native is not None and canvas.area <= engine.native**2 and canvas.longest <= engine.largest:
        return whole
    if strength < 1:
        return _at_least(mask_bounds, least, least).clamped_into(whole)
    return plan_context(canvas, mask_bounds, least)


def _working_side(side: float, engine: EngineInfo) -> int:
    multiple = engine.multiple
    rounded = max(1, math.ceil(side / multiple - 1e-6)) * multiple
    return max(min(rounded, engine.largest // multiple * multiple), multiple)


def _at_least(bounds: Bounds, width: int, height: int) -> Bounds:
    """Grown about its centre until it is at least that large."""
    more_x, more_y = max(0, width - bounds.width), max(0, height - bounds.height)
    return Bounds(
        bounds.x - more_x // 2, bounds.y - more_y // 2, bounds.width + more_x, bounds.height + more_y
    )
