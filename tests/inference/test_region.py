"""The region of a fill: the peers' measured example, and what must hold for any selection."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.choices import RefineChoice
from inference.engines.engine import ENGINES, EngineInfo
from inference.engines.families import FAMILIES
from inference.geometry import Bounds, Extent
from inference.region import (
    CONTEXT_CHOICES,
    MOST_PARTS,
    RAMP,
    ContextChoice,
    plan_refinement,
    plan_region,
    plan_working_size,
)

DIFFUSION = EngineInfo(
    "d",
    "",
    "",
    "",
    multiple=64,
    native=768,
    smallest=512,
    largest=1024,
    least_context=512,
    grow=4,
    feather=12,
)
SDXL = dataclasses.replace(DIFFUSION, multiple=8, native=1024, smallest=800, largest=1536)
REFINING = dataclasses.replace(DIFFUSION, strength=True)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Extent, Bounds, int, EngineInfo]:
    canvas = Extent(draw(st.integers(1, 6000)), draw(st.integers(1, 6000)))
    x, y = draw(st.integers(0, canvas.width - 1)), draw(st.integers(0, canvas.height - 1))
    selection = Bounds(x, y, draw(st.integers(1, canvas.width - x)), draw(st.integers(1, canvas.height - y)))
    engine = draw(st.sampled_from([DIFFUSION, SDXL, *ENGINES.values()]))
    return canvas, selection, draw(st.integers(0, 200)), engine


def test_the_known_example() -> None:
    region = plan_region(Extent(2000, 1500), Bounds(900, 650, 200, 200), 16, DIFFUSION)
    assert region.mask_bounds == Bounds(847, 597, 306, 306)
    assert region.context == Bounds(694, 444, 612, 612)
    assert region.working == Extent(768, 768)


def test_a_small_selection_gets_the_least_sizes() -> None:
    region = plan_region(Extent(4000, 3000), Bounds(2000, 1500, 8, 8), 16, DIFFUSION)
    assert region.mask_bounds.extent == Extent(256, 256)
    assert region.context.extent == Extent(756, 756)
    assert region.context.centre == (2004, 1504)


def test_the_context_moves_inward_at_the_border_rather_than_shrinking() -> None:
    region = plan_region(Extent(2000, 1500), Bounds(0, 0, 50, 50), 8, DIFFUSION)
    assert (region.context.x, region.context.y) == (0, 0)
    assert region.context.extent.shortest >= 512


def test_an_engine_without_native_size_works_at_the_pictures_own() -> None:
    region = plan_region(Extent(3000, 2000), Bounds(500, 500, 700, 300), 8, ENGINES["content-aware"])
    assert region.working == region.context.extent


def test_outside_the_canvas() -> None:
    with pytest.raises(ValueError, match="outside"):
        plan_region(Extent(100, 100), Bounds(200, 0, 10, 10), 8, DIFFUSION)


@given(cases())
def test_always(case: tuple[Extent, Bounds, int, EngineInfo]) -> None:
    canvas, selection, reach, engine = case
    region = plan_region(canvas, selection, reach, engine)
    whole = Bounds.of(canvas)
    assert whole.contains(region.mask_bounds)
    assert whole.contains(region.context)
    assert region.context.contains(region.mask_bounds)
    assert region.mask_bounds.contains(selection.padded(reach).intersected(whole))
    assert all(side % engine.multiple == 0 and side > 0 for side in region.working)
    assert region.working.longest <= engine.largest


@given(cases(), st.integers(-500, 500), st.integers(-500, 500))
def test_it_moves_with_the_selection_where_there_is_room(
    case: tuple[Extent, Bounds, int, EngineInfo], dx: int, dy: int
) -> None:
    _canvas, selection, reach, engine = case
    canvas = Extent(32_000, 32_000)
    one = plan_region(canvas, selection.translated(13_000, 13_000), reach, engine)
    other = plan_region(canvas, selection.translated(13_000 + dx, 13_000 + dy), reach, engine)
    assert other.context == one.context.translated(dx, dy)
    assert other.working == one.working


def test_a_small_picture_is_seen_whole() -> None:
    canvas = Extent(768, 768)
    region = plan_region(canvas, Bounds(250, 0, 268, 250), 16, DIFFUSION)
    assert region.context == Bounds.of(canvas)
    assert region.working == canvas  # nothing is resampled
    assert plan_region(canvas, Bounds(250, 0, 268, 250), 16, DIFFUSION, 0.5).context == Bounds.of(canvas)
    larger = plan_region(Extent(800, 768), Bounds(250, 0, 20, 20), 16, DIFFUSION)
    assert larger.context.extent.area < 768**2


def test_below_full_strength_the_context_is_the_mask_bounds() -> None:
    canvas, selection = Extent(4000, 3000), Bounds(1000, 1000, 800, 800)
    region = plan_region(canvas, selection, 16, DIFFUSION, 0.6)
    assert region.context == region.mask_bounds
    assert plan_region(canvas, selection, 16, DIFFUSION).context.extent.area > region.context.extent.area
    small = plan_region(canvas, Bounds(2000, 1500, 8, 8), 16, DIFFUSION, 0.6)
    assert small.context.extent == Extent(512, 512)


def within(canvas: Extent) -> st.SearchStrategy[Bounds]:
    """Boxes that touch the canvas, and may reach beyond it."""
    x, y = st.integers(-50, canvas.width - 1), st.integers(-50, canvas.height - 1)
    return st.builds(Bounds, x, y, st.integers(51, 9000), st.integers(51, 9000))


@given(cases(), st.sampled_from(CONTEXT_CHOICES), st.one_of(st.none(), st.integers(1, 5000)), st.data())
def test_whatever_context_is_chosen_it_holds_all_that_may_change(
    case: tuple[Extent, Bounds, int, EngineInfo], choice: ContextChoice, side: int | None, data: st.DataObject
) -> None:
    canvas, selection, reach, engine = case
    box, source = data.draw(within(canvas)), data.draw(st.one_of(st.none(), within(canvas)))
    region = plan_region(canvas, selection, reach, engine, 1.0, choice, side, box, source)
    for part in (region.mask_bounds, source, box if choice == "box" else None):
        assert part is None or region.context.contains(part.intersected(Bounds.of(canvas)))
    changing = selection.padded(reach).intersected(Bounds.of(canvas))
    assert region.context.contains(changing) and Bounds.of(canvas).contains(region.context)
    assert region.working.width % engine.multiple == region.working.height % engine.multiple == 0
    assert region.working.longest <= engine.largest
    sizes = [
        plan_region(canvas, selection, reach, engine, 1.0, each).context.extent.area
        for each in CONTEXT_CHOICES
        if each != "box"
    ]
    auto, tight, wide, whole = sizes
    assert tight <= auto <= whole == canvas.area and tight <= wide <= whole


def test_a_drawn_box_is_what_is_seen_where_it_holds_the_mask_bounds() -> None:
    canvas, selection = Extent(4000, 3000), Bounds(1000, 1000, 300, 300)
    box = Bounds(700, 800, 1500, 900)
    region = plan_region(canvas, selection, 16, ENGINES["content-aware"], context="box", box=box)
    assert region.context == box
    small = Bounds(1100, 1100, 40, 40)
    region = plan_region(canvas, selection, 16, ENGINES["content-aware"], context="box", box=small)
    assert region.context == region.mask_bounds
    for nothing in (None, Bounds(5000, 0, 10, 10)):
        with pytest.raises(ValueError, match="box"):
            plan_region(canvas, selection, 16, DIFFUSION, context="box", box=nothing)


def test_the_working_size_that_is_asked_for() -> None:
    canvas, selection = Extent(4000, 3000), Bounds(1000, 1000, 800, 800)
    usual = plan_region(canvas, selection, 16, DIFFUSION)
    asked = plan_region(canvas, selection, 16, DIFFUSION, working_side=640)
    assert asked.context == usual.context and asked.working.longest == 640 != usual.working.longest
    own = plan_region(canvas, selection, 16, ENGINES["content-aware"], working_side=640)
    assert own.working == own.context.extent  # it works at the picture's own


def test_what_is_little_larger_than_it_is_worked_at_is_refined_on_request_alone() -> None:
    context, changing = Bounds(100, 50, 1000, 1000), Bounds(400, 300, 300, 300)
    for choice, refined in (("auto", False), ("on", True), ("off", False)):
        parts = plan_refinement(context, changing, Extent(768, 768), REFINING, choice)  # type: ignore[arg-type]
        assert bool(parts) is refined
    assert not plan_refinement(context, changing, Extent(1024, 1024), REFINING, "on")  # nothing is enlarged
    own = ENGINES["content-aware"]
    assert not plan_refinement(Bounds(0, 0, 9000, 9000), changing, Extent(9000, 9000), own, "on")


def test_a_part_is_worked_at_as_it_is() -> None:
    context, changing = Bounds(0, 0, 3000, 2400), Bounds(1000, 700, 1100, 500)
    parts = plan_refinement(context, changing, Extent(768, 640), REFINING)
    assert not plan_refinement(context, changing, Extent(768, 640), DIFFUSION)
    assert len(parts) == 2
    assert all(part.bounds.extent == part.working == Extent(768, 768) for part in parts)


@st.composite
def refinements(draw: st.DrawFn) -> tuple[Bounds, Bounds, EngineInfo]:
    x, y = draw(st.integers(-50, 5000)), draw(st.integers(-50, 5000))
    context = Bounds(x, y, draw(st.integers(1, 9000)), draw(st.integers(1, 9000)))
    left = draw(st.integers(x, context.right - 1))
    top = draw(st.integers(y, context.bottom - 1))
    changing = Bounds(
        left, top, draw(st.integers(1, context.right - left)), draw(st.integers(1, context.bottom - top))
    )
    return context, changing, draw(st.sampled_from([REFINING, *FAMILIES]))


@given(refinements(), st.sampled_from(["auto", "on"]))
def test_parts_cover_what_changes_and_each_pixel_counts_fully_in_one(
    case: tuple[Bounds, Bounds, EngineInfo], choice: RefineChoice
) -> None:
    context, changing, engine = case
    working = plan_working_size(context.extent, engine)
    parts = plan_refinement(context, changing, working, engine, choice)
    assert len(parts) <= MOST_PARTS
    if not parts:
        return
    for part in parts:
        assert context.contains(part.bounds)
        assert all(side % engine.multiple == 0 and side <= engine.largest for side in part.working)
        finer = part.working.longest / part.bounds.extent.longest
        assert finer > working.longest / context.extent.longest
    # Along each axis by itself: the parts are a grid.
    for first, last, edges, whole in (
        (
            changing.x,
            changing.right,
            [(p.bounds.x, p.bounds.right) for p in parts],
            (context.x, context.right),
        ),
        (
            changing.y,
            changing.bottom,
            [(p.bounds.y, p.bounds.bottom) for p in parts],
            (context.y, context.bottom),
        ),
    ):
        firm = []
        for begin, end in edges:
            soft = max(1, (end - begin) // RAMP)
            firm.append((begin + soft * (begin > whole[0]), end - soft * (end < whole[1])))
        for at in {first, last - 1, *(edge for pair in firm for edge in pair)}:
            if first <= at < last:
                assert any(begin <= at < end for begin, end in firm), (at, firm)
