"""From selection to request, from candidate to layer: what changes, and what must not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from editor.document.layers import FillLayer, PaintLayer
from editor.document.recipe import FillRecipe
from editor.document.tiles import Array8, TileMap
from editor.fill import (
    PreparedFill,
    insert_fill,
    make_candidate,
    make_fill_layer,
    prepare_fill,
    prepare_generation,
)
from editor.fill_again import prepare_again
from editor.fill_options import FillOptions, check_options
from editor.fill_preview import PREVIEW_SIDE, running_picture
from editor.history.commands import InsertLayer
from editor.render.compositor import composite
from editor.session import Session
from inference.engines.engine import ENGINES
from inference.geometry import Bounds
from inference.mask import reach
from inference.request import FillCandidate, FillError, Reference

NEW = (200, 30, 90, 255)


def select(session: Session, bounds: Bounds, value: int = 255) -> None:
    session.select(bounds, np.full((bounds.height, bounds.width), value, np.uint8), "replace", "Select")


def candidate_for(prepared: PreparedFill, colour: tuple[int, ...] = NEW) -> FillCandidate:
    """As an engine would: everything that it may repaint is."""
    image = prepared.request.image.copy()
    image[prepared.request.mask > 0] = colour
    return FillCandidate(prepared.request.id, 0, prepared.request.seed, image, {"seconds": 0.5})


def arrive(session: Session, prepared: PreparedFill) -> FillLayer:
    layer = make_fill_layer(prepared, candidate_for(prepared))
    insert_fill(session.document, session.history, prepared, layer)
    return layer


def fill(session: Session, options: FillOptions = FillOptions()) -> FillLayer:
    prepared = prepare_fill(session.document, session.active, options)
    layer = arrive(session, prepared)
    session.active = layer
    return layer


def shown(session: Session) -> Array8:
    return composite(session.document.root, session.document.canvas)


def test_a_request_holds_the_context_and_covers_the_selection(session: Session, picture: Array8) -> None:
    select(session, Bounds(100, 100, 40, 30))
    prepared = prepare_fill(session.document, session.active, FillOptions(seed=5))
    context = prepared.region.context
    assert np.array_equal(prepared.request.image, picture[context.slices()])
    mask = prepared.request.mask[Bounds(100, 100, 40, 30).slices(context)]
    assert (mask == 255).all()
    assert prepared.request.seed == 5


def test_opaque_inside_soft_outside_identical_beyond(session: Session, picture: Array8) -> None:
    select(session, Bounds(100, 100, 40, 30))
    layer = fill(session)
    after = shown(session)
    assert (after[100:130, 100:140] == NEW).all()
    soft = reach(layer.recipe.grow, layer.recipe.feather)
    changed = (after != picture).any(-1)
    outside = np.ones(changed.shape, bool)
    outside[100 - soft : 130 + soft, 100 - soft : 140 + soft] = False
    assert changed[~outside].sum() > 40 * 30
    assert not changed[outside].any()


@given(
    st.integers(0, 380),
    st.integers(0, 280),
    st.integers(1, 200),
    st.integers(1, 150),
    st.sampled_from([40, 128, 255]),
    st.one_of(st.none(), st.integers(0, 40)),
)
@run_with(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_selection(
    make_session: Callable[[Array8], Session],
    picture: Array8,
    x: int,
    y: int,
    width: int,
    height: int,
    value: int,
    feather: int | None,
) -> None:
    session = make_session(picture)
    part = Bounds(x, y, width, height).intersected(session.document.canvas)
    select(session, part, value)
    layer = fill(session, FillOptions(feather=feather))
    after = shown(session)
    soft = reach(layer.recipe.grow, layer.recipe.feather) if value == 255 else 0
    beyond = np.ones(picture.shape[:2], bool)
    beyond[part.padded(soft).intersected(session.document.canvas).slices()] = False
    assert np.array_equal(after[beyond], picture[beyond])
    inside = after[part.slices()].astype(int)
    if value == 255:
        assert (inside == NEW).all()
    else:
        share = value / 255
        expected = picture[part.slices()] * (1 - share) + np.array(NEW) * share
        assert np.abs(inside - expected).max() <= 1
    session.set_layer(layer, "visible", False)
    assert np.array_equal(shown(session), picture)


def test_one_step_that_takes_the_selection_and_undo_gives_it_back(session: Session, picture: Array8) -> None:
    select(session, Bounds(100, 100, 40, 30))
    fill(session)
    assert not session.document.selection
    assert session.history.labels == ["Select", "Content-aware fill"]
    session.history.undo()
    assert np.array_equal(shown(session), picture)
    assert session.document.selection.content_bounds() == Bounds(100, 100, 40, 30)
    session.history.redo()
    assert (shown(session)[110, 110] == NEW).all()


def test_a_selection_made_meanwhile_stays(session: Session) -> None:
    select(session, Bounds(100, 100, 40, 30))
    prepared = prepare_fill(session.document, session.active, FillOptions())
    select(session, Bounds(10, 10, 20, 20))
    arrive(session, prepared)
    assert session.document.selection.content_bounds() == Bounds(10, 10, 20, 20)


def test_on_top_of_a_fill_and_below_one(session: Session, picture: Array8) -> None:
    background = session.active
    select(session, Bounds(100, 100, 40, 30))
    first = fill(session)
    select(session, Bounds(120, 110, 40, 30))
    on_top = prepare_fill(session.document, session.active, FillOptions())
    at = Bounds(110, 105, 1, 1).slices(on_top.region.context)
    assert tuple(on_top.request.image[at][0, 0]) == NEW
    below = prepare_fill(session.document, background, FillOptions())
    assert np.array_equal(below.request.image, picture[below.region.context.slices()])
    layer = arrive(session, below)
    assert session.document.root.children == [background, layer, first]


def test_the_layer_knows_how_it_was_made(session: Session) -> None:
    select(session, Bounds(100, 100, 40, 30))
    layer = fill(session, FillOptions(seed=77, feather=9))
    assert layer.name == "Content-aware fill"
    recipe = layer.recipe
    assert (recipe.engine, recipe.seed, recipe.feather, recipe.prompt) == ("content-aware", 77, 9, "")
    assert recipe.selection.content_bounds() == Bounds(100, 100, 40, 30)
    assert recipe.facts == {"seconds": 0.5}


def test_the_layer_below_may_be_gone(session: Session) -> None:
    extra = PaintLayer("Extra", pixels=TileMap(4))
    session.history.do(InsertLayer("Insert", session.document, extra, session.document.root, 1))
    session.active = extra
    select(session, Bounds(100, 100, 40, 30))
    prepared = prepare_fill(session.document, session.active, FillOptions())
    session.delete_active()
    layer = arrive(session, prepared)
    assert session.document.root.children[-1] is layer


def test_nothing_selected(session: Session) -> None:
    with pytest.raises(FillError, match="Nothing is selected") as caught:
        prepare_fill(session.document, session.active, FillOptions())
    assert caught.value.kind == "input"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (FillOptions(engine="magic"), "no engine “magic”"),
        (FillOptions(prompt="a hat"), "does not use a prompt"),
        (FillOptions(negative_prompt="a cat"), "a negative prompt"),
        (FillOptions(steps=20, guidance=4.0), "steps or guidance"),
        (FillOptions(model="kandinsky"), "a model"),
        (FillOptions(device="cuda"), "does not run on cuda"),
    ],
)
def test_what_the_engine_would_ignore_is_refused(options: FillOptions, says: str) -> None:
    with pytest.raises(FillError, match=says) as caught:
        check_options(options)
    assert caught.value.kind == "input"


KANDINSKY = FillOptions(engine="kandinsky-2-2", model="m", prompt="a hat", seed=3)


def test_a_picture_is_generated_over_the_whole_canvas(session: Session) -> None:
    prepared = prepare_generation(session.document, session.active, KANDINSKY)
    assert prepared.request.generate
    assert prepared.region.context == session.document.canvas
    assert (prepared.request.mask == 255).all() and not prepared.request.image.any()
    layer = arrive(session, prepared)
    assert layer.mask is None
    assert (shown(session) == NEW).all()
    assert layer.name == "Generated: a hat" and layer.recipe is not None and layer.recipe.generate


def test_a_picture_is_generated_into_the_selection(session: Session, picture: Array8) -> None:
    selected = Bounds(100, 60, 80, 50)
    select(session, selected)
    prepared = prepare_generation(session.document, session.active, KANDINSKY)
    away = reach(prepared.grow, prepared.feather)
    assert prepared.region.context == selected.padded(away)
    layer = arrive(session, prepared)
    seen = shown(session)
    assert (seen[selected.slices()] == NEW).all()
    beyond = np.ones(seen.shape[:2], np.bool_)
    beyond[selected.padded(away).slices()] = False
    assert np.array_equal(seen[beyond], picture[beyond])
    assert layer.recipe is not None and layer.recipe.selection.content_bounds() == selected


@pytest.mark.parametrize(
    "options",
    [
        FillOptions(),
        FillOptions(engine="kandinsky-2-2", model="m"),
        FillOptions(engine="kandinsky-2-2", model="m", prompt="a hat", strength=0.5),
    ],
)
def test_what_cannot_be_generated(session: Session, options: FillOptions) -> None:
    with pytest.raises(FillError) as told:
        prepare_generation(session.document, session.active, options)
    assert told.value.kind == "input"


def test_an_engine_that_blends_is_given_a_soft_mask(session: Session) -> None:
    select(session, Bounds(100, 100, 40, 30))
    hard = prepare_fill(session.document, session.active, FillOptions()).request.mask
    soft = prepare_fill(session.document, session.active, KANDINSKY).request.mask
    assert set(np.unique(hard)) == {0, 255}
    assert len(np.unique(soft)) > 4


def test_what_was_asked_is_in_the_recipe(session: Session) -> None:
    select(session, Bounds(100, 100, 40, 30))
    picture = Reference(np.full((2, 3, 3), 7, np.uint8), 0.5)
    options = replace(
        KANDINSKY, strength=0.5, scheduler="ddim", prior_steps=4, prior_guidance=2.0, references=(picture,)
    )
    layer = arrive(session, prepare_fill(session.document, session.active, options))
    assert layer.recipe is not None
    recipe = FillRecipe.from_json(layer.recipe.to_json(), layer.recipe.selection)
    for name in ("strength", "scheduler", "prior_steps", "prior_guidance", "references"):
        assert getattr(recipe, name) == getattr(options, name)


@pytest.mark.parametrize("small", [1, 8])
def test_the_running_picture_lies_where_the_context_does(session: Session, small: int) -> None:
    """A preview that is the context itself, made smaller, must come out as what the context shows there."""
    select(session, Bounds(100, 100, 64, 48))
    prepared = prepare_fill(session.document, session.active, FillOptions(feather=0))
    context, part = prepared.region.context, prepared.shown_bounds
    height, width = context.height // small, context.width // small
    ys, xs = np.mgrid[:height, :width]
    across, down = context.width / width, context.height / height
    centres = np.stack([(xs + 0.5) * across, (ys + 0.5) * down, 0 * xs], -1) * 255 / 420
    running = running_picture(prepared, np.rint(centres).astype(np.uint8))
    assert running.shape == (part.height, part.width, 4)
    assert np.array_equal(running[..., 3], prepared.shown)
    ys, xs = np.mgrid[part.y : part.bottom, part.x : part.right]
    expected = np.stack([xs - context.x + 0.5, ys - context.y + 0.5], -1) * 255 / 420
    assert np.abs(running[..., :2] - expected).max() <= 1.5


def test_the_running_picture_is_a_sketch(make_session: Callable[[Array8], Session]) -> None:
    session = make_session(np.full((2000, 3000, 4), 255, np.uint8))
    select(session, Bounds(0, 0, 3000, 2000))
    prepared = prepare_fill(session.document, session.active, FillOptions())
    running = running_picture(prepared, np.zeros((64, 96, 3), np.uint8))
    assert max(running.shape[:2]) == PREVIEW_SIDE


def test_further_candidates_stay_with_the_layer_and_share_what_is_the_same(session: Session) -> None:
    select(session, Bounds(100, 100, 40, 30))
    prepared = prepare_fill(session.document, session.active, FillOptions(seed=5, count=3))
    arrived = [
        FillCandidate(prepared.request.id, index, 5 + index, image.image, {"seconds": float(index)})
        for index, image in enumerate(candidate_for(prepared, (value, 0, 0, 255)) for value in (10, 20, 30))
    ]
    layer = make_fill_layer(prepared, *arrived)
    assert [each.number for each in layer.candidates] == [1, 2, 3]
    assert [each.seed for each in layer.candidates] == [5, 6, 7]
    assert layer.taken == 1 and layer.recipe.seed == 5
    assert layer.pixels == layer.candidates[0].pixels
    single = make_candidate(prepared, arrived[2], layer.pixels)
    assert single == layer.candidates[2]
    context = prepared.region.context
    assert np.array_equal(single.pixels.read(context), arrived[2].image)
    tile = 256 * 256 * 4  # of the four that hold the context, one holds all that was repainted
    own = layer.pixels.nbytes + layer.mask.nbytes + prepared.selection.nbytes
    assert layer.nbytes == own + 2 * tile


def test_again_is_the_same_request_of_what_lies_below(session: Session, picture: Array8) -> None:
    select(session, Bounds(100, 100, 40, 30))
    prepared = prepare_fill(session.document, session.active, FillOptions(seed=5, feather=9))
    layer = arrive(session, prepared)
    session.active = layer
    again = prepare_again(session.document, layer, 2, 77)
    assert np.array_equal(again.request.image, prepared.request.image)  # nothing of the first candidate
    assert np.array_equal(again.request.mask, prepared.request.mask)
    assert (again.request.seed, again.request.count) == (77, 2)
    assert again.region.context == prepared.region.context
    assert again.request.working_size == prepared.request.working_size
    assert make_candidate(again, candidate_for(again)).number == 2
    with pytest.raises(FillError):
        prepare_again(session.document, replace(layer, recipe=None))


@pytest.mark.parametrize(
    ("engine", "asked"),
    [
        ("content-aware", {"colour_adaptation": False}),
        ("kandinsky-2-2", {"start": "noise", "refine": "off", "strength": 0.5}),
        ("flux-fill", {"start": "border", "refine": "on", "strength": 0.7}),
    ],
)
def test_again_asks_for_all_that_was_asked_for(session: Session, engine: str, asked: dict[str, Any]) -> None:
    select(session, Bounds(100, 100, 40, 30))
    model = "m" if ENGINES[engine].needs_model else None
    prepared = prepare_fill(session.document, session.active, FillOptions(engine, model=model, **asked))
    layer = arrive(session, prepared)
    again = prepare_again(session.document, layer)
    for name, value in asked.items():
        assert getattr(prepared.request, name) == getattr(layer.recipe, name) == value
        assert getattr(again.request, name) == value


def test_a_recipe_from_a_file_may_ask_for_anything(session: Session) -> None:
    select(session, Bounds(100, 100, 40, 30))
    layer = arrive(session, prepare_fill(session.document, session.active, FillOptions()))
    assert layer.recipe is not None
    for nonsense in ({"start": "anywhere"}, {"refine": "perhaps"}):
        with pytest.raises(FillError):
            prepare_again(session.document, replace(layer, recipe=replace(layer.recipe, **nonsense)))


def test_again_after_the_mask_was_changed_asks_for_what_was_asked_for(session: Session) -> None:
    select(session, Bounds(100, 100, 40, 30))
    prepared = prepare_fill(session.document, session.active, FillOptions(seed=5, feather=9))
    layer = arrive(session, prepared)
    assert layer.recipe is not None
    layer.recipe = replace(layer.recipe, grow=0, feather=0)
    again = prepare_again(session.document, layer)
    assert np.array_equal(again.request.mask, prepared.request.mask)
    assert again.shown is not None and again.shown.max() == 255
    assert np.count_nonzero(again.shown) == 40 * 30
