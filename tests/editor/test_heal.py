"""Spot healing: what is asked of the engine, and what becomes of the document."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editor.document.document import Document
from editor.document.geometry import Bounds, Extent
from editor.document.layers import FillLayer, Group, PaintLayer
from editor.document.tiles import Array8, Depth, TileMap
from editor.fill import next_above
from editor.heal import HealStroke, PreparedHeal, Sample, heal_command, prepare_heal
from editor.history.history import History
from editor.raster.depth import to_dtype
from editor.render.compositor import composite
from editor.session import Session
from inference.request import FillCandidate, FillError

RED = (250, 20, 30, 255)


def dab(
    x: float, y: float, size: float = 20, active: str | None = None, sample: Sample = "below"
) -> HealStroke:
    return HealStroke(np.array([[x, y, size, 1, 1, 0]], np.float64), size, active, sample)


def on(session: Session, x: float, y: float, size: float = 20, sample: Sample = "below") -> HealStroke:
    assert session.active is not None
    selection = session.document.selection
    return replace(
        dab(x, y, size, session.active.id, sample), selection=selection.snapshot() if selection else None
    )


def answered(prepared: PreparedHeal, colour: tuple[int, ...] = RED) -> FillCandidate:
    """As an engine would: all that it may repaint is of one colour."""
    image = prepared.request.image.copy()
    image[prepared.request.mask > 0] = to_dtype(np.array(colour, np.uint8), image.dtype)
    return FillCandidate(prepared.request.id, 0, 1, image)


def heal(session: Session, stroke: HealStroke, colour: tuple[int, ...] = RED) -> PreparedHeal:
    prepared = prepare_heal(session.document.snapshot(), stroke)
    session.history.do(heal_command(session.document, prepared, answered(prepared, colour)))
    return prepared


def shown(document: Document) -> Array8:
    return composite(document.root, document.canvas)


def test_what_was_painted_is_replaced_and_nothing_else(session: Session, picture: Array8) -> None:
    heal(session, on(session, 100, 80))
    after = shown(session.document)
    ys, xs = np.mgrid[:300, :400]
    distance = np.hypot(xs + 0.5 - 100, ys + 0.5 - 80)
    assert (after[distance <= 9] == RED).all()
    assert np.array_equal(after[distance > 14], picture[distance > 14])
    assert session.history.labels == ["Heal"]


def test_what_was_opened_stays_as_it_is(session: Session, picture: Array8) -> None:
    background = session.active
    heal(session, on(session, 100, 80))
    assert isinstance(background, PaintLayer)
    assert np.array_equal(background.pixels.read(session.document.canvas), picture)
    session.history.undo()
    assert list(session.document.layers()) == [background]
    session.history.redo()
    assert [layer.name for layer in session.document.layers()] == ["Background", "Healing"]


def test_all_of_it_comes_onto_one_layer(session: Session) -> None:
    background = session.active
    heal(session, on(session, 100, 80))
    healing = session.active
    assert healing is not background and isinstance(healing, PaintLayer) and healing.heals
    heal(session, on(session, 200, 80))  # it is active
    session.active = background
    heal(session, on(session, 300, 80))  # it lies directly above
    assert [layer.name for layer in session.document.layers()] == ["Background", "Healing"]
    assert session.history.labels == ["Heal"] * 3
    session.history.undo()
    assert (shown(session.document)[80, 200] == RED).all() and not (
        shown(session.document)[80, 300] == RED
    ).all()


def test_it_is_known_by_what_it_is_and_not_by_its_name(session: Session) -> None:
    assert session.active is not None
    session.set_layer(session.active, "name", "Healing")
    heal(session, on(session, 100, 80))
    assert session.active is not None
    session.set_layer(session.active, "name", "Spots")
    heal(session, on(session, 200, 80))
    assert [layer.name for layer in session.document.layers()] == ["Healing", "Spots"]


def test_each_sees_what_came_before(session: Session) -> None:
    heal(session, on(session, 100, 80))
    seen = prepare_heal(session.document.snapshot(), on(session, 130, 80))
    assert (seen.request.image[80 - seen.context.y, 100 - seen.context.x] == RED).all()


def test_layers_above_are_not_seen_and_stay_above(session: Session, picture: Array8) -> None:
    background = session.active
    assert background is not None
    cover = np.full_like(picture, 77)
    cover[..., 3] = 255
    top = PaintLayer("Top", pixels=TileMap.from_array(cover), clipped=True)
    session.document.insert(top, session.document.root, 1)
    session.active = background
    prepared = heal(session, on(session, 100, 80))
    assert np.array_equal(prepared.request.image, picture[prepared.context.slices()])
    healing = session.document.root.children[1]
    assert healing.clipped, "else the layer above would be clipped to it"
    assert next_above(session.document, healing) is top
    assert (shown(session.document)[..., :3] == 77).all()


@pytest.mark.parametrize("kind", [PaintLayer, FillLayer])
def test_the_layer_alone(session: Session, picture: Array8, kind: type[PaintLayer]) -> None:
    own = np.zeros_like(picture)
    own[50:150, 50:200] = (10, 200, 90, 255)
    own[90:, :, 3] //= 2
    layer = kind("Own", pixels=TileMap.from_array(own))
    session.document.insert(layer, session.document.root, 1)
    session.active = layer
    prepared = heal(session, on(session, 100, 80, sample="layer"))
    assert np.array_equal(prepared.request.image, own[prepared.context.slices()])
    after = layer.pixels.read(session.document.canvas)
    assert np.array_equal(after[..., 3], own[..., 3]), "it stays as opaque as it was"
    assert (after[80, 100] == RED).all() and (after[84, 100, :3] == RED[:3]).all()
    assert len(list(session.document.layers())) == 2
    session.history.undo()
    assert np.array_equal(layer.pixels.read(session.document.canvas), own)


def test_only_inside_the_selection(session: Session, picture: Array8) -> None:
    session.select(Bounds(100, 0, 50, 300), np.full((300, 50), 128, np.uint8), "replace", "Half")
    prepared = heal(session, on(session, 100, 80))
    after = shown(session.document)
    assert np.array_equal(after[:, :100], picture[:, :100])
    assert prepared.shown.max() == 128
    half = (picture[80, 103, 0].astype(int) + RED[0]) / 2
    assert abs(int(after[80, 103, 0]) - half) <= 1
    with pytest.raises(FillError, match="Only what is selected"):
        prepare_heal(session.document, on(session, 300, 80))


def test_at_the_edges_of_the_canvas(session: Session, picture: Array8) -> None:
    for x, y in ((0, 0), (400, 300), (399.5, -3)):
        heal(session, on(session, x, y))
    after = shown(session.document)
    assert (after[0, 0] == RED).all() and (after[299, 399] == RED).all()
    with pytest.raises(FillError, match="beside the picture"):
        prepare_heal(session.document, on(session, 460, 80))


def test_what_cannot_be_healed_is_said(session: Session) -> None:
    document, background = session.document, session.active
    assert isinstance(background, PaintLayer)
    with pytest.raises(FillError, match="no layer"):
        prepare_heal(document, dab(100, 80))
    document.set_property(background, "locked", True)
    with pytest.raises(FillError, match="locked"):
        prepare_heal(document, on(session, 100, 80, sample="layer"))
    heal(session, on(session, 100, 80))  # a layer above a locked one is nothing that the lock is for
    assert session.active is not None and session.active is not background
    document.set_property(session.active, "visible", False)
    with pytest.raises(FillError, match="hidden"):
        prepare_heal(document, on(session, 100, 80))


def test_a_locked_group_stays_as_it_is(session: Session) -> None:
    document, background = session.document, session.active
    assert background is not None
    document.remove(background)
    group = Group("Together", children=[background], locked=True)
    document.insert(group, document.root, 0)
    session.active = background
    with pytest.raises(FillError, match="“Together” is locked"):
        prepare_heal(document, on(session, 100, 80))
    session.active = group
    heal(session, on(session, 100, 80))
    assert [layer.name for layer in document.root.children] == ["Together", "Healing"]
    session.active = group
    with pytest.raises(FillError, match="group has no pixels"):
        prepare_heal(document, on(session, 100, 80, sample="layer"))


def test_transparent_places_stay_transparent(session: Session, picture: Array8) -> None:
    clear = np.zeros((300, 400, 4), np.uint8)
    clear[:, 200:] = picture[:, 200:]
    document = Document(Extent(400, 300))
    document.insert(PaintLayer("Half", pixels=TileMap.from_array(clear)), document.root, 0)
    half = Session(document)
    heal(half, on(half, 200, 80))
    after = shown(document)
    assert (after[:, :200, 3] == 0).all() and (after[80, 203] == RED).all()
    with pytest.raises(FillError, match="transparent"):
        prepare_heal(document, on(half, 60, 80))


def test_a_layer_that_is_gone_is_told(session: Session) -> None:
    prepared = prepare_heal(session.document.snapshot(), on(session, 100, 80))
    answer = answered(prepared)
    assert session.active is not None
    session.document.remove(session.active)
    with pytest.raises(FillError, match="gone"):
        heal_command(session.document, prepared, answer)


def test_a_layer_that_is_locked_meanwhile_is_left_alone(session: Session) -> None:
    heal(session, on(session, 100, 80))
    prepared = prepare_heal(session.document.snapshot(), on(session, 200, 80))
    assert session.active is not None
    session.document.set_property(session.active, "locked", True)
    with pytest.raises(FillError, match="locked"):
        heal_command(session.document, prepared, answered(prepared))


def test_a_group_that_is_locked_meanwhile_gets_no_layer(session: Session) -> None:
    document = session.document
    layer, group = document.root.children[0], Group("Group")
    document.remove(layer)
    document.insert(group, document.root, 0)
    document.insert(layer, group, 0)
    prepared = prepare_heal(document.snapshot(), on(session, 100, 80))
    session.set_layer(group, "locked", True)
    with pytest.raises(FillError, match="locked"):
        heal_command(document, prepared, answered(prepared))


def test_seeds_differ_unless_they_are_given(session: Session) -> None:
    stroke = on(session, 100, 80)
    assert len({prepare_heal(session.document, stroke).request.seed for _ in range(8)}) > 1
    assert prepare_heal(session.document, stroke, seed=5).request.seed == 5


@settings(max_examples=30, deadline=None)
@given(
    x=st.floats(-20, 420),
    y=st.floats(-20, 320),
    size=st.floats(2, 120),
    depth=st.sampled_from((8, 16)),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_pixel_beyond_the_softness_stays_and_undo_gives_all_back(
    x: float, y: float, size: float, depth: Depth, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 1 << depth, (300, 400, 4)).astype(np.uint8 if depth == 8 else np.uint16)
    pixels[..., 3] = np.iinfo(pixels.dtype).max
    document = Document(Extent(400, 300), depth=depth)
    layer = PaintLayer("Layer", pixels=TileMap.from_array(pixels))
    document.insert(layer, document.root, 0)
    history = History(1 << 30)
    stroke = dab(x, y, size, layer.id)
    try:
        prepared = prepare_heal(document.snapshot(), stroke)
    except FillError:
        return
    history.do(heal_command(document, prepared, answered(prepared)))
    after = shown(document)
    ys, xs = np.mgrid[:300, :400]
    distance = np.hypot(xs + 0.5 - x, ys + 0.5 - y)
    beyond = distance > size / 2 + 11
    assert np.array_equal(after[beyond], pixels[beyond])
    inside = distance < size / 2 - 1
    assert (after[inside] == to_dtype(np.array(RED, np.uint8), pixels.dtype)).all()
    assert prepared.context.contains(prepared.bounds)
    history.undo()
    assert np.array_equal(shown(document), pixels) and not history.can_undo
    history.close()
