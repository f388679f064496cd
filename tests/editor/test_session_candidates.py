"""Candidates in an open picture: arriving, previewing, taking, painting in and discarding, back and forth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from editor.document.candidates import Candidate, sharing
from editor.document.geometry import Bounds
from editor.document.layers import FillLayer
from editor.document.recipe import FillRecipe
from editor.document.tiles import Array8, TileMap
from editor.history.commands import InsertLayer
from editor.raster.mix import mix
from editor.render.compositor import composite
from editor.render.qimage import premultiplied
from editor.session import Session

CONTEXT, SHOWN = Bounds(40, 60, 300, 200), Bounds(100, 100, 120, 90)


def candidate(number: int, base: TileMap | None = None) -> Candidate:
    pixels = np.random.default_rng(number).integers(0, 256, (200, 300, 4), np.uint8)
    pixels[..., 3] = 255
    plane = TileMap.from_array(pixels, CONTEXT.x, CONTEXT.y)
    shared = plane if base is None else sharing(plane, base)
    return Candidate(number, 100 + number, shared, {"seconds": number})


def make_layer(count: int) -> FillLayer:
    first = candidate(1)
    recipe = FillRecipe("content-aware", 101, CONTEXT, (64, 64), 2, 4, facts={"seconds": 1})
    mask = np.full((SHOWN.height, SHOWN.width), 255, np.uint8)
    mask[:, :20] = np.arange(20) * 12
    rest = (candidate(number, first.pixels) for number in range(2, count + 1))
    return FillLayer(
        "Fill",
        mask=TileMap.from_array(mask, SHOWN.x, SHOWN.y),
        opacity=0.8,
        pixels=first.pixels.snapshot(),
        recipe=recipe,
        candidates=(first, *rest),
        taken=1,
    )


def insert(session: Session, layer: FillLayer) -> FillLayer:
    session.history.do(InsertLayer("Fill", session.document, layer, session.document.root, 1))
    return layer


@pytest.fixture
def layer(session: Session) -> FillLayer:
    """Active, with three candidates, of which the first is taken."""
    return insert(session, make_layer(3))


def select(session: Session, bounds: Bounds, value: int = 255) -> None:
    session.select(bounds, np.full((bounds.height, bounds.width), value, np.uint8), "replace", "Select")


def on_screen(session: Session) -> Array8:
    session.projection.update(session.document.canvas)
    return session.projection.read(session.document.canvas)


def as_it_is(session: Session) -> Array8:
    return premultiplied(composite(session.document.root, session.document.canvas))


def state(layer: FillLayer) -> tuple[object, ...]:
    return layer.pixels.snapshot(), layer.recipe, layer.taken, layer.candidates


# Arriving


def test_one_that_arrives_is_unsaved_work_and_no_step(session: Session, layer: FillLayer) -> None:
    session.mark_clean()
    before = as_it_is(session)
    session.document.add_candidate(layer, candidate(4))
    assert session.is_modified
    assert session.history.labels == ["Fill"]
    assert np.array_equal(as_it_is(session), before)
    session.saved_as(Path("a.ora"))
    assert not session.is_modified


def test_one_that_arrives_keeps_what_can_be_redone(session: Session, layer: FillLayer) -> None:
    session.mark_clean()
    select(session, SHOWN)
    session.history.undo()
    session.document.add_candidate(layer, candidate(4))
    assert session.history.can_redo
    session.history.redo()
    assert session.document.selection


def test_one_that_joins_a_layer_that_was_undone_is_there_when_that_is_redone(session: Session) -> None:
    layer = make_layer(1)
    insert(session, layer)
    session.history.undo()
    session.document.add_candidate(layer, candidate(2))
    assert not session.is_modified  # the picture that is open has not changed
    session.history.redo()
    assert session.fill_layer is layer and len(layer.candidates) == 2
    assert session.is_modified


def test_one_that_arrives_while_a_file_is_written_is_not_in_it(session: Session, layer: FillLayer) -> None:
    writing = session.state
    session.document.add_candidate(layer, candidate(4))
    session.saved_as(Path("a.ora"), writing)
    assert session.is_modified


def test_memory_counts_them_once(session: Session, layer: FillLayer) -> None:
    before = session.memory.total
    joined = candidate(4, layer.candidates[0].pixels)
    session.document.add_candidate(layer, joined)
    assert session.memory.total == before + joined.pixels.nbytes


# Taking


def test_taking_is_one_step_that_undo_takes_back_exactly(session: Session, layer: FillLayer) -> None:
    before, picture = state(layer), as_it_is(session)
    session.take_candidate(layer.candidates[1])
    after = state(layer)
    assert layer.pixels == layer.candidates[1].pixels and layer.taken == 2
    assert layer.recipe is not None
    assert (layer.recipe.seed, layer.recipe.facts, layer.recipe.mixed) == (102, {"seconds": 2}, ())
    taken = as_it_is(session)
    assert not np.array_equal(taken, picture)
    assert session.history.labels == ["Fill", "Take candidate 2"]
    session.history.undo()
    assert state(layer) == before and np.array_equal(as_it_is(session), picture)
    session.history.redo()
    assert state(layer) == after and np.array_equal(as_it_is(session), taken)


def test_taking_the_one_that_is_taken_is_no_step(session: Session, layer: FillLayer) -> None:
    session.take_candidate(layer.candidates[0])
    assert session.history.labels == ["Fill"]


def test_a_selection_beside_the_layer_changes_nothing_about_taking(
    session: Session, layer: FillLayer
) -> None:
    select(session, Bounds(0, 0, 50, 50))
    assert not session.paints_candidates
    session.take_candidate(layer.candidates[1])
    assert layer.taken == 2 and layer.pixels == layer.candidates[1].pixels


@given(
    st.integers(0, 380), st.integers(0, 280), st.integers(30, 250), st.integers(30, 200), st.integers(1, 255)
)
@run_with(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_painting_in_mixes_inside_the_selection_alone(
    make_session: Callable[[Array8], Session],
    picture: Array8,
    x: int,
    y: int,
    width: int,
    height: int,
    value: int,
) -> None:
    session = make_session(picture)
    layer = insert(session, make_layer(3))
    select(session, Bounds(x, y, width, height).intersected(session.document.canvas), value)
    before, shown = state(layer), as_it_is(session)
    if not session.paints_candidates:
        return
    session.take_candidate(layer.candidates[2])
    canvas = session.document.canvas
    weight = session.document.selection.read(canvas)
    old, new = (each.pixels.read(canvas) for each in (layer.candidates[0], layer.candidates[2]))
    assert np.array_equal(layer.pixels.read(canvas), mix(old, new, weight))
    assert np.array_equal(as_it_is(session)[weight == 0], shown[weight == 0])
    after = state(layer)
    assert layer.taken is None and layer.recipe is not None and layer.recipe.mixed == (101, 103)
    assert session.history.labels[-1] == "Paint candidate 3 into the fill"
    session.history.undo()
    assert state(layer) == before and np.array_equal(as_it_is(session), shown)
    session.history.redo()
    assert state(layer) == after


def test_the_selection_stays_and_further_ones_can_be_painted_in(session: Session, layer: FillLayer) -> None:
    select(session, Bounds(120, 120, 30, 30))
    selection = session.document.selection.snapshot()
    session.take_candidate(layer.candidates[1])
    assert session.document.selection == selection
    session.take_candidate(layer.candidates[2])
    assert layer.recipe is not None and layer.recipe.mixed == (101, 102, 103)
    session.deselect()
    session.take_candidate(layer.candidates[0])
    assert layer.recipe.mixed == () and layer.taken == 1 and layer.recipe.seed == 101


def test_a_layer_without_a_mask_is_painted_in_where_it_has_pixels(session: Session) -> None:
    layer = make_layer(2)
    layer.mask = None
    insert(session, layer)
    assert not session.paints_candidates
    select(session, Bounds(50, 70, 10, 10))
    assert session.paints_candidates


# Previewing


def test_a_preview_shows_what_taking_gives_and_changes_nothing(session: Session, layer: FillLayer) -> None:
    on_screen(session)
    before = as_it_is(session)
    told: list[Candidate | None] = []
    session.preview_changed.connect(lambda: told.append(session.previewed))
    session.preview(layer.candidates[1])
    seen = on_screen(session)
    assert np.array_equal(as_it_is(session), before)
    assert session.history.labels == ["Fill"]
    session.preview(None)
    assert np.array_equal(on_screen(session), before)
    session.preview(layer.candidates[1])
    session.take_candidate(layer.candidates[1])
    assert np.array_equal(on_screen(session), seen)
    assert np.array_equal(as_it_is(session), seen)
    assert told == [layer.candidates[1], None, layer.candidates[1], None]


def test_a_preview_follows_the_selection_and_the_document(session: Session, layer: FillLayer) -> None:
    session.preview(layer.candidates[1])
    on_screen(session)
    for bounds in (Bounds(120, 120, 30, 30), Bounds(130, 110, 60, 50), Bounds(0, 0, 20, 20)):
        select(session, bounds, 200)
        seen = on_screen(session)
        session.take_candidate(layer.candidates[1])
        assert np.array_equal(on_screen(session), seen)
        session.history.undo()
        session.preview(layer.candidates[1])
        on_screen(session)
    session.set_layer(layer, "opacity", 0.4)
    seen = on_screen(session)
    session.take_candidate(layer.candidates[1])
    assert np.array_equal(as_it_is(session), seen)


def test_a_preview_only_composites_the_layers_own_tiles(session: Session, layer: FillLayer) -> None:
    on_screen(session)
    session.preview(layer.candidates[1])
    assert set(session.projection._stale) == {(0, 0)}  # of four; the layer's mask lies in the first


def test_another_active_layer_ends_the_preview(session: Session, layer: FillLayer) -> None:
    before = on_screen(session)
    session.preview(layer.candidates[1])
    session.active = session.document.root.children[0]
    assert session.previewed is None
    assert np.array_equal(on_screen(session), before)
    session.preview(layer.candidates[1])  # of a layer that is not active
    assert session.previewed is None


def test_undoing_the_fill_itself_ends_the_preview(session: Session, layer: FillLayer) -> None:
    session.preview(layer.candidates[1])
    session.history.undo()
    assert session.previewed is None
    assert np.array_equal(on_screen(session), as_it_is(session))


# Discarding


def test_discarding_the_others_can_be_undone(session: Session, layer: FillLayer) -> None:
    session.take_candidate(layer.candidates[1])
    everything, bytes_before = layer.candidates, session.document.nbytes
    session.discard_candidates()
    assert [each.number for each in layer.candidates] == [2]
    assert session.other_candidates == ()
    assert session.document.nbytes < bytes_before
    assert session.history.labels[-1] == "Discard the other candidates"
    session.document.add_candidate(layer, candidate(4))  # of a fill that still runs
    session.history.undo()
    assert layer.candidates[:3] == everything and layer.candidates[3].number == 4
    session.history.redo()
    assert [each.number for each in layer.candidates] == [2, 4]


def test_discarding_counts_as_a_change_and_as_memory_of_the_history(
    session: Session, layer: FillLayer
) -> None:
    session.mark_clean()
    before = session.history.nbytes
    session.discard_candidates()
    assert session.is_modified
    assert session.history.nbytes > before
    session.history.undo()
    assert not session.is_modified
    assert session.history.nbytes == before


def test_a_layer_that_is_no_fill_has_none(session: Session, picture: Array8) -> None:
    assert session.fill_layer is None and session.other_candidates == () and not session.paints_candidates
    session.discard_candidates()
    session.take_candidate(candidate(1))
    assert session.history.labels == []
    assert np.array_equal(as_it_is(session), premultiplied(picture))
