"""From selection to request, from candidate to layer: what changes, and what must not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from editor.document.layers import FillLayer, PaintLayer
from editor.document.tiles import Array8, TileMap
from editor.fill import FillOptions, PreparedFill, check_options, insert_fill, make_fill_layer, prepare_fill
from editor.history.commands import InsertLayer
from editor.render.compositor import composite
from editor.session import Session
from inference.geometry import Bounds
from inference.mask import reach
from inference.request import FillCandidate, FillError

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
