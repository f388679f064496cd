"""A fill layer's look: made of what the engine gave and of what lies below, and of nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from editor.document.layers import FillLayer, PaintLayer
from editor.document.tiles import Array8, TileMap
from editor.files.formats import open_file, save_document
from editor.fill import insert_fill, make_candidate, make_fill_layer, prepare_fill
from editor.fill_layer import below_has_changed, beneath, can_tune, change_fill, look, room, tuned
from editor.fill_options import FillOptions
from editor.history.commands import ChangeTiles
from editor.layer_operations import fill_selected
from editor.render.compositor import composite
from editor.session import Session
from editor.settings import Settings
from editor.tools.paint_brush import PaintBrushTool
from editor.tools.tool import PointerEvent
from inference.geometry import Bounds
from inference.request import FillCandidate

PART = Bounds(150, 110, 90, 70)
FITTED = FillOptions(seed=4, count=2, feather=8, colour_match=100, blend=100, grain=100)


def shown(session: Session) -> Array8:
    return composite(session.document.root, session.document.canvas)


def cast(request_image: Array8, mask: Array8, by: int) -> Array8:
    """What is there, in another colour: as an engine would give it."""
    image = request_image.copy()
    image[mask > 0, :3] = np.clip(image[mask > 0, :3].astype(int) + by, 0, 255)
    return image


def fill(session: Session, options: FillOptions = FITTED, part: Bounds = PART) -> FillLayer:
    """With two candidates."""
    session.select(part, np.full((part.height, part.width), 255, np.uint8), "replace", "Select")
    prepared = prepare_fill(session.document, session.active, options)
    request = prepared.request
    arrived = [
        FillCandidate(request.id, n, request.seed + n, cast(request.image, request.mask, by))
        for n, by in enumerate((12, -20))
    ]
    layer = make_fill_layer(prepared, *arrived)
    insert_fill(session.document, session.history, prepared, layer)
    return layer


def change(session: Session, layer: FillLayer, gesture: object = None, **values: int) -> None:
    assert layer.recipe is not None
    made = look(session.document.root, layer, tuned(layer.recipe, **values))
    session.history.do(change_fill("Tune", session.document, layer, made, gesture))


def test_a_fill_is_fitted_in_and_what_the_engine_gave_is_kept(session: Session, picture: Array8) -> None:
    layer = fill(session)
    off = shown(session).astype(int) - picture
    assert abs(off[..., :3][PART.slices()].mean()) < 1
    assert layer.raw is not None and layer.raw == layer.candidates[0].pixels
    change(session, layer, colour_match=0, blend=0, grain=0)
    assert np.array_equal(layer.pixels.read(PART), layer.raw.read(PART))
    off = shown(session).astype(int) - picture
    assert off[..., :3][PART.slices()].mean() > 10


values = st.fixed_dictionaries(
    {},
    optional={
        "grow": st.integers(0, 20),
        "feather": st.integers(0, 20),
        "colour_match": st.sampled_from([0, 50, 100]),
        "blend": st.sampled_from([0, 50, 100]),
        "grain": st.sampled_from([0, 100]),
    },
)


@given(st.lists(values, min_size=1, max_size=4), values)
@run_with(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_was_before_the_same_values_give_the_same_picture(
    make_session: Callable[[Array8], Session],
    picture: Array8,
    before: list[dict[str, int]],
    last: dict[str, int],
) -> None:
    usual = {"grow": 2, "feather": 6, "colour_match": 100, "blend": 0, "grain": 0}
    pictures = []
    for steps in (before, []):
        session = make_session(picture)
        layer = fill(session)
        for each in steps:
            change(session, layer, **each)
        change(session, layer, **(usual | last))
        after = shown(session)
        pictures.append(after)
        assert layer.recipe is not None and layer.mask is not None
        reach = layer.recipe.grow + layer.recipe.feather
        assert reach <= room(layer.recipe)
        beyond = np.ones(picture.shape[:2], bool)
        beyond[PART.padded(reach).slices()] = False
        assert np.array_equal(after[beyond], picture[beyond])
        assert (layer.mask.read(PART) == 255).all() and (after[..., 3] == 255).all()
        session.set_layer(layer, "visible", False)
        assert np.array_equal(shown(session), picture)
    assert np.array_equal(*pictures)


def test_where_it_lies_on_the_canvas_makes_no_difference(
    make_session: Callable[[Array8], Session], picture: Array8
) -> None:
    """Nor do the borders of tiles."""
    small = fill(make_session(picture))
    wide = np.zeros((700, 900, 4), np.uint8)
    wide[230:530, 190:590] = picture
    moved = fill(make_session(wide), FITTED, PART.translated(190, 230))
    assert small.recipe is not None and moved.recipe is not None
    seen = PART.padded(10)
    assert np.array_equal(small.pixels.read(seen), moved.pixels.read(seen.translated(190, 230)))
    assert np.array_equal(small.mask.read(seen), moved.mask.read(seen.translated(190, 230)))  # type: ignore[union-attr]


def test_one_drag_is_one_step_and_undo_brings_back_every_bit(session: Session) -> None:
    layer = fill(session)
    before = (layer.pixels.snapshot(), layer.mask.snapshot(), layer.recipe, layer.raw)  # type: ignore[union-attr]
    steps, gesture = len(session.history.labels), object()
    for feather in (0, 3, 1):
        change(session, layer, gesture, feather=feather)
    change(session, layer, gesture, grain=0)
    after = (layer.pixels.snapshot(), layer.mask.snapshot(), layer.recipe, layer.raw)  # type: ignore[union-attr]
    assert len(session.history.labels) == steps + 1
    session.history.undo()
    assert (layer.pixels, layer.mask, layer.recipe, layer.raw) == before
    session.history.redo()
    assert (layer.pixels, layer.mask, layer.recipe, layer.raw) == after
    change(session, layer, object(), feather=5)
    assert len(session.history.labels) == steps + 2


def test_a_change_counts_what_it_keeps(session: Session) -> None:
    layer = fill(session)
    held = session.history.nbytes
    change(session, layer, grain=0)
    assert held < session.history.nbytes < held + 4 * 256 * 256 * 4
    now = session.history.nbytes
    change(session, layer, grain=0)
    assert session.history.nbytes == now


def test_other_candidates_are_fitted_in_when_shown_and_when_taken(session: Session, picture: Array8) -> None:
    layer = fill(session)
    session.active = layer
    other = layer.candidates[1]
    session.preview(other)
    session.projection.update(session.document.canvas)
    previewed = session.projection.read(session.document.canvas)
    session.take_candidate(other)
    assert layer.raw == other.pixels and layer.taken == 2
    off = shown(session).astype(int) - picture
    assert abs(off[..., :3][PART.slices()].mean()) < 1
    assert np.array_equal(previewed[..., [2, 1, 0, 3]], shown(session))
    session.history.undo()
    assert layer.raw == layer.candidates[0].pixels


def test_a_mix_is_tuned_from_what_the_engine_gave(session: Session) -> None:
    layer = fill(session)
    session.active = layer
    half = Bounds(PART.x, PART.y, 40, PART.height)
    session.select(half, np.full((half.height, half.width), 255, np.uint8), "replace", "Select")
    session.take_candidate(layer.candidates[1])
    change(session, layer, colour_match=0, blend=0, grain=0)
    one, two = (each.pixels for each in layer.candidates)
    rest = Bounds(PART.x + 40, PART.y, 50, PART.height)
    assert np.array_equal(layer.pixels.read(half), two.read(half))
    assert np.array_equal(layer.pixels.read(rest), one.read(rest))


@pytest.mark.parametrize("mixed", [False, True])
def test_saved_and_opened_it_can_still_be_tuned(session: Session, tmp_path: Path, mixed: bool) -> None:
    layer = fill(session)
    session.active = layer
    if mixed:
        session.select(PART, np.full((PART.height, PART.width), 100, np.uint8), "replace", "Select")
        session.take_candidate(layer.candidates[1])
    save_document(session.document, tmp_path / "a.ora", active=layer)
    opened = Session(open_file(tmp_path / "a.ora").document)
    again = next(each for each in opened.document.layers() if isinstance(each, FillLayer))
    assert (again.raw, again.recipe) == (layer.raw, layer.recipe)
    assert not below_has_changed(opened.document.root, again)
    for each, owner in ((layer, session), (again, opened)):
        change(owner, each, feather=2, grain=50, blend=20)
    assert (again.pixels, again.mask) == (layer.pixels, layer.mask)


def test_it_knows_when_what_lies_below_has_changed(session: Session) -> None:
    background = session.active
    layer = fill(session)
    root = session.document.root
    assert not below_has_changed(root, layer)
    assert isinstance(background, PaintLayer)
    first = beneath(root, layer)

    def paint(place: Bounds) -> None:
        colour = np.full((place.height, place.width, 4), 255, np.uint8)
        patch = background.pixels.patch(place, colour)
        session.history.do(ChangeTiles("Paint", session.document, background, "pixels", patch))

    paint(Bounds(170, 130, 5, 5))  # beneath what is filled: that was not looked at
    assert not below_has_changed(root, layer)
    session.history.undo()
    paint(Bounds(110, 130, 5, 5))
    assert below_has_changed(root, layer) and beneath(root, layer) != first
    session.history.undo()
    assert not below_has_changed(root, layer) and beneath(root, layer) == first
    session.set_layer(background, "opacity", 0.5)
    assert below_has_changed(root, layer) and beneath(root, layer) != first
    session.history.undo()
    top = PaintLayer("Above", pixels=TileMap.from_array(np.full((300, 400, 4), 9, np.uint8)))
    session.document.insert(top, root, 2)
    assert not below_has_changed(root, layer) and beneath(root, layer) == first
    twin = session.document.snapshot()
    copied = twin.layer(layer.id)
    assert isinstance(copied, FillLayer) and beneath(twin.root, copied) == first


def test_what_cannot_be_tuned(session: Session) -> None:
    layer = fill(session)
    assert can_tune(layer)
    assert not can_tune(replace(layer, mask=None))
    assert not can_tune(replace(layer, recipe=None))
    assert not below_has_changed(session.document.root, replace(layer, recipe=None))


def test_sixteen_bits(session: Session) -> None:
    session.set_depth(16)
    layer = fill(session)
    assert layer.raw is not None and layer.raw.depth == 16
    change(session, layer, feather=3, grain=0)
    assert layer.pixels.depth == 16
    assert (layer.pixels.read(PART) % 257).any()  # finer than 8 bits
    session.set_depth(8)
    assert layer.raw.depth == 8
    session.history.undo()
    assert layer.raw.depth == 16


def test_a_candidate_that_joins_later_is_kept_as_the_engine_gave_it(session: Session) -> None:
    session.select(PART, np.full((PART.height, PART.width), 255, np.uint8), "replace", "Select")
    prepared = prepare_fill(session.document, session.active, FITTED)
    request = prepared.request
    first = FillCandidate(request.id, 0, 4, cast(request.image, request.mask, 12))
    second = FillCandidate(request.id, 1, 5, cast(request.image, request.mask, -12))
    layer = make_fill_layer(prepared, first)
    joined = make_candidate(prepared, second, layer.candidates[0].pixels)
    assert np.array_equal(joined.pixels.read(prepared.region.context), second.image)


@given(st.integers(0, 10_000), st.sampled_from([0, 3, 9]), st.booleans())
@run_with(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_selection_soft_ones_too_whatever_the_engine_gives(
    make_session: Callable[[Array8], Session], picture: Array8, seed: int, feather: int, soft: bool
) -> None:
    """Opaque inside, nothing beyond the softness, the same for the same seed; hidden, the picture is as it was."""
    random = np.random.default_rng(seed)
    shape = np.zeros((300, 400), np.uint8)
    for _ in range(random.integers(1, 4)):
        x, y, side = random.integers(0, 390), random.integers(0, 290), random.integers(1, 60)
        cv2.circle(shape, (int(x), int(y)), int(side), int(random.integers(1, 256)) if soft else 255, -1)
    options = FillOptions(seed=seed, feather=feather, colour_match=100, blend=100, grain=100)
    pictures = []
    for _ in range(2):
        session = make_session(picture)
        session.select(Bounds(0, 0, 400, 300), shape, "replace", "Select")
        prepared = prepare_fill(session.document, session.active, options)
        image = prepared.request.image.copy()
        where = prepared.request.mask > 0
        noise = np.random.default_rng(seed).integers(0, 256, (np.count_nonzero(where), 3))
        image[where, :3], image[where, 3] = noise, 255
        layer = make_fill_layer(prepared, FillCandidate(prepared.request.id, 0, seed, image))
        insert_fill(session.document, session.history, prepared, layer)
        pictures.append(shown(session))
        assert layer.mask is not None and layer.recipe is not None
        cover = layer.mask.read(session.document.canvas)
        assert (cover[shape == 255] == 255).all() and (cover >= shape).all()
        reach = layer.recipe.grow + layer.recipe.feather
        away = cv2.distanceTransform((shape != 255).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        beyond = (shape == 0) & ((away > reach) | (not (shape == 255).any()))
        assert np.array_equal(pictures[-1][beyond], picture[beyond])
        inside = shape == 255
        assert np.array_equal(pictures[-1][inside], layer.pixels.read(session.document.canvas)[inside])
        session.set_layer(layer, "visible", False)
        assert np.array_equal(shown(session), picture)
    assert np.array_equal(*pictures)


@pytest.mark.parametrize("way", ["brush", "menu"])
def test_what_is_painted_on_a_fill_outlives_the_sliders(
    session: Session, settings: Settings, way: str
) -> None:
    layer = fill(session)
    session.active = layer
    before, fit = layer.pixels.snapshot(), layer.recipe
    if way == "brush":
        settings["paint-color"] = "#ff0000"
        tool = PaintBrushTool(session, settings)
        for act, x in ((tool.press, 170), (tool.move, 200), (tool.release, 200)):
            act(PointerEvent(x, 140))
    else:
        select = Bounds(170, 130, 20, 20)
        session.select(select, np.full((20, 20), 255, np.uint8), "replace", "Select")
        fill_selected(session, (255, 0, 0))
    painted = layer.pixels.snapshot()
    assert painted != before and (layer.raw, layer.taken) == (None, None)
    change(session, layer, feather=2)
    change(session, layer, grow=1)
    assert layer.pixels == painted
    change(session, layer, blend=100)
    change(session, layer, blend=0)
    assert layer.pixels == painted
    while layer.taken is None:
        session.history.undo()
    assert (layer.pixels, layer.recipe) == (before, fit)
