"""The canvas becomes larger: everything keeps its place in the picture, undo takes it back, and a fill goes on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from editor.canvas_operations import add_guide, clear_guides, extend_canvas, move_guide, remove_guide
from editor.document.document import MAX_SIDE
from editor.document.guides import MAX_GUIDES, Guides
from editor.document.layers import FillLayer
from editor.document.tiles import Array8
from editor.fill import insert_fill, make_candidate, make_fill_layer, prepare_fill
from editor.fill_layer import below_has_changed, look, tuned
from editor.fill_options import FillOptions
from editor.render.compositor import composite
from editor.session import Session
from inference.geometry import Bounds, Extent
from inference.request import FillCandidate

PART = Bounds(150, 110, 90, 70)


def shown(session: Session) -> Array8:
    return composite(session.document.root, session.document.canvas)


def on_screen(session: Session) -> Array8:
    session.projection.update(session.document.canvas)
    return session.projection.read(session.document.canvas)


def select(session: Session, part: Bounds) -> None:
    session.select(part, np.full((part.height, part.width), 255, np.uint8), "replace", "Select")


def fill(session: Session) -> tuple[FillLayer, FillCandidate, object]:
    select(session, PART)
    prepared = prepare_fill(session.document, session.active, FillOptions(seed=4, blend=100))
    image = prepared.request.image.copy()
    image[prepared.request.mask > 0] = (200, 30, 90, 255)
    arrived = FillCandidate(prepared.request.id, 0, 4, image)
    layer = make_fill_layer(prepared, arrived)
    insert_fill(session.document, session.history, prepared, layer)
    return layer, arrived, prepared


sides = st.one_of(st.sampled_from([0, 256, 512]), st.integers(0, 300))


@given(sides, sides, sides, sides)
@run_with(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_everything_keeps_its_place_and_the_border_is_selected(
    make_session: Callable[[Array8], Session], picture: Array8, left: int, top: int, right: int, bottom: int
) -> None:
    if not any((left, top, right, bottom)):
        left = 1
    session = make_session(picture)
    fill(session)
    select(session, Bounds(10, 20, 30, 40))
    before, screen, selected = shown(session), on_screen(session), session.document.selection.snapshot()
    steps = len(session.history.labels)
    extend_canvas(session, left, top, right, bottom)
    assert len(session.history.labels) == steps + 1
    assert session.document.extent == Extent(400 + left + right, 300 + top + bottom)
    old = Bounds(left, top, 400, 300)
    after = shown(session)
    assert np.array_equal(after[old.slices()], before)
    outside = np.ones(after.shape[:2], bool)
    outside[old.slices()] = False
    assert not after[outside].any()
    assert np.array_equal(session.document.selection.read(session.document.canvas) == 255, outside)
    assert np.array_equal(on_screen(session)[old.slices()], screen)
    session.history.undo()
    assert session.document.extent == Extent(400, 300)
    assert np.array_equal(shown(session), before)
    assert np.array_equal(on_screen(session), screen)
    assert session.document.selection == selected
    session.history.redo()
    assert np.array_equal(shown(session), after)


def test_a_fill_layer_can_be_tuned_and_has_all_its_candidates(session: Session) -> None:
    layer, arrived, prepared = fill(session)
    extend_canvas(session, 37, 11, 0, 0)
    assert layer.recipe is not None
    assert not below_has_changed(session.document.root, layer)
    made = look(session.document.root, layer, tuned(layer.recipe, grain=0))
    assert (made.pixels, made.mask) == (layer.pixels, layer.mask)
    late = FillCandidate(arrived.request_id, 1, 5, arrived.image)
    joins = make_candidate(prepared, late).moved(37, 11)  # type: ignore[arg-type]
    session.document.add_candidate(layer, joins)
    session.history.undo()
    one, two = layer.candidates
    assert one.pixels == two.pixels  # also the one that came meanwhile


def test_what_is_seen_of_the_selection_follows(session: Session) -> None:
    select(session, Bounds(0, 0, 40, 40))
    session.veil.update(session.document.canvas)
    extend_canvas(session, 100, 0, 0, 0)
    session.veil.update(session.document.canvas)
    veil = session.veil.read(session.document.canvas)[..., 3]
    assert (veil[:, :100] > 0).all() and not veil[:, 100:].any()


def test_a_canvas_that_cannot_be(session: Session) -> None:
    before = shown(session)
    for wrong in ((0, 0, 0, 0), (-1, 0, 5, 0), (MAX_SIDE, 0, 0, 0)):
        with pytest.raises(ValueError):
            extend_canvas(session, *wrong)
    assert not session.history.labels
    assert np.array_equal(shown(session), before)


def test_the_new_border_is_filled_from_the_picture(session: Session, picture: Array8) -> None:
    extend_canvas(session, 0, 0, 60, 0)
    prepared = prepare_fill(session.document, session.active, FillOptions(seed=1))
    right = Bounds(400, 0, 60, 300)
    assert (prepared.request.mask[right.slices(prepared.region.context)] == 255).all()
    assert not prepared.request.image[right.slices(prepared.region.context)].any()


def test_each_change_of_guides_is_a_step(session: Session) -> None:
    add_guide(session, "horizontal", 40)
    add_guide(session, "vertical", 70)
    add_guide(session, "vertical", 70)
    add_guide(session, "vertical", 90)
    move_guide(session, "vertical", 70, -5)
    move_guide(session, "horizontal", 40, 40)
    remove_guide(session, "horizontal", 40)
    remove_guide(session, "horizontal", 41)
    assert session.document.guides == Guides((), (-5, 90))
    clear_guides(session)
    clear_guides(session)
    moves = ["New guide"] * 3 + ["Move guide", "Remove guide", "Clear guides"]
    assert session.history.labels == moves
    states = [Guides((40,), (70, 90)), Guides((40,), (-5, 90)), Guides((), (-5, 90)), Guides()]
    for guides in reversed(states):
        assert session.document.guides == guides
        session.history.undo()
    assert session.is_modified


def test_a_guide_that_meets_another_is_one_with_it(session: Session) -> None:
    for x in (10, 20):
        add_guide(session, "vertical", x)
    move_guide(session, "vertical", 10, 20)
    assert session.document.guides == Guides((), (20,))
    session.history.undo()
    assert session.document.guides == Guides((), (10, 20))


def test_guides_keep_their_place_in_the_picture(session: Session) -> None:
    add_guide(session, "horizontal", 0)
    add_guide(session, "vertical", 70)
    extend_canvas(session, 30, 20, 5, 0)
    assert session.document.guides == Guides((20,), (100,))
    add_guide(session, "vertical", 3)
    session.history.undo()
    session.history.undo()
    assert session.document.guides == Guides((0,), (70,))
    session.history.redo()
    assert session.document.guides == Guides((20,), (100,))


def test_too_many_guides_are_refused_and_nothing_is_changed(session: Session) -> None:
    session.document.set_guides(Guides.of(range(MAX_GUIDES), ()))
    with pytest.raises(ValueError, match="guides already"):
        add_guide(session, "horizontal", -1)
    assert len(session.document.guides) == MAX_GUIDES and not session.history.labels
