"""Operations on whole layers: what they do, that each is one step, and that undo brings back what was."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from editor import layer_operations as operations
from editor.document.blank import blank_document, flat_patch
from editor.document.document import Document
from editor.document.geometry import Bounds, Extent
from editor.document.layers import FillLayer, Group, Layer, PaintLayer
from editor.document.tiles import Array8, Depth, Pixels, TileMap
from editor.raster.paint import Paint, Work, apply
from editor.render.compositor import composite
from editor.session import Session


def fill_with_colour(session: Session) -> None:
    operations.fill_selected(session, (1, 2, 3))


@pytest.fixture
def session(make_session: Callable[[Array8], Session], picture: Array8) -> Session:
    """Background and, above it, Top, which is active: half transparent, smaller."""
    document = make_session(picture).document
    top = picture[40:200, 30:330].copy()
    top[..., 3] = 128
    top[..., :3] = 255 - top[..., :3]
    document.insert(PaintLayer("Top", pixels=TileMap.from_array(top, 30, 40)), document.root, 1)
    return Session(document)


def shown(session: Session) -> Array8:
    return composite(session.document.root, session.document.canvas)


def names(group: Group) -> list[str]:
    return [layer.name for layer in group.children]


def layer(session: Session, name: str) -> Layer:
    return next(each for each in session.document.layers() if each.name == name)


def select(session: Session, bounds: Bounds, value: int = 255) -> None:
    shape = np.full((bounds.height, bounds.width), value, np.uint8)
    session.select(bounds, shape, "replace", "Select")


def once(session: Session, act: Callable[[Session], object], label: str) -> None:
    """Exactly one step, whose undo and redo give the same picture and the same tree again."""
    before, tree, steps = shown(session), names(session.document.root), session.history.position
    act(session)
    assert session.history.position == steps + 1
    assert session.history.labels[-1] == label
    after, tree_after = shown(session), names(session.document.root)
    session.history.undo()
    assert (shown(session) == before).all() and names(session.document.root) == tree
    session.history.redo()
    assert (shown(session) == after).all() and names(session.document.root) == tree_after


def test_a_new_layer_comes_above_the_active_one_and_is_active(session: Session) -> None:
    session.active = layer(session, "Background")
    once(session, operations.new_layer, "New layer")
    assert names(session.document.root) == ["Background", "Layer", "Top"]
    assert session.active is layer(session, "Layer")
    operations.new_layer(session)
    assert names(session.document.root) == ["Background", "Layer", "Layer 2", "Top"]


def test_a_new_layer_has_the_documents_depth() -> None:
    session = Session(Document(Extent(40, 30), depth=16))
    operations.new_layer(session)
    assert isinstance(session.active, PaintLayer)
    assert session.active.pixels.depth == 16


def test_in_a_group_a_new_layer_comes_on_top_within(session: Session) -> None:
    operations.new_group(session)
    group = session.active
    assert isinstance(group, Group) and not group.children
    operations.new_layer(session)
    session.active = group
    operations.new_layer(session)
    assert names(group) == ["Layer", "Layer 2"]


def test_a_new_layer_does_not_part_clipped_layers_from_their_base(session: Session) -> None:
    operations.toggle_clipped(session)
    session.active = layer(session, "Background")
    operations.new_layer(session)
    assert session.active is not None and session.active.clipped


def test_the_active_layer_is_grouped_at_its_place(session: Session) -> None:
    before = shown(session)
    session.active = layer(session, "Background")
    once(session, operations.group_active, "Group Background")
    assert names(session.document.root) == ["Group", "Top"]
    group = session.active
    assert isinstance(group, Group) and names(group) == ["Background"]
    assert (shown(session) == before).all()


def test_a_group_takes_over_the_clipping_of_what_it_holds(session: Session) -> None:
    operations.toggle_clipped(session)
    operations.group_active(session)
    assert session.active is not None and session.active.clipped
    assert not layer(session, "Top").clipped


def test_a_duplicate_is_the_same_with_an_id_of_its_own(session: Session) -> None:
    once(session, operations.duplicate_active, "Duplicate Top")
    assert names(session.document.root) == ["Background", "Top", "Top copy"]
    twin, original = layer(session, "Top copy"), layer(session, "Top")
    assert isinstance(twin, PaintLayer) and isinstance(original, PaintLayer)
    assert twin.pixels == original.pixels and twin.id != original.id
    session.active = twin
    operations.clear_selected(session)
    assert original.pixels and not twin.pixels


def test_a_group_is_duplicated_with_all_that_is_in_it(session: Session) -> None:
    operations.group_active(session)
    operations.duplicate_active(session)
    assert session.active is layer(session, "Group copy")
    ids = [each.id for each in session.document.layers()]
    assert len(ids) == len(set(ids)) == 5


@pytest.mark.parametrize("mode", ["normal", "multiply"])
def test_merging_down_keeps_the_picture(session: Session, mode: str) -> None:
    top = layer(session, "Top")
    session.set_layer(top, "opacity", 0.6)
    session.set_layer(top, "blend_mode", mode)
    session.document.set_property(top, "mask", TileMap.from_array(np.full((150, 150), 90, np.uint8)))
    before = shown(session).astype(int)
    once(session, operations.merge_down, "Merge Top down")
    assert names(session.document.root) == ["Background"]
    assert np.abs(shown(session).astype(int) - before).max() <= 1
    session.history.undo()
    assert names(session.document.root) == ["Background", "Top"]


def test_a_merged_layer_keeps_the_lower_ones_mode_and_bakes_its_opacity(session: Session) -> None:
    background = layer(session, "Background")
    session.set_layer(background, "blend_mode", "multiply")
    session.set_layer(background, "opacity", 0.5)
    operations.merge_down(session)
    merged = session.active
    assert merged is not None
    assert (merged.name, merged.blend_mode, merged.opacity) == ("Background", "multiply", 1)


def test_a_group_is_merged_into_what_is_beneath_it(session: Session) -> None:
    operations.group_active(session)
    before = shown(session).astype(int)
    operations.merge_down(session)
    assert names(session.document.root) == ["Background"]
    assert np.abs(shown(session).astype(int) - before).max() <= 1


def test_nothing_is_merged_with_what_is_hidden_locked_or_not_there(session: Session) -> None:
    background, top = layer(session, "Background"), layer(session, "Top")
    for which, name, value in (
        (background, "visible", False),
        (background, "locked", True),
        (top, "visible", False),
    ):
        before = getattr(which, name)
        session.document.set_property(which, name, value)
        assert not operations.can_merge_down(session)
        operations.merge_down(session)
        session.document.set_property(which, name, before)
    assert operations.can_merge_down(session)
    session.active = background
    assert not operations.can_merge_down(session)
    assert session.history.position == 0


def test_clipping_is_switched_where_there_is_something_beneath(session: Session) -> None:
    operations.toggle_clipped(session)
    assert layer(session, "Top").clipped
    operations.toggle_clipped(session)
    assert not layer(session, "Top").clipped
    session.active = layer(session, "Background")
    assert not operations.can_clip(session)
    operations.toggle_clipped(session)
    assert session.history.labels == ["Clipping of Top"] * 2


def test_a_groups_blending_may_be_pass_through(session: Session) -> None:
    operations.group_active(session)
    group = session.active
    assert isinstance(group, Group) and operations.blending(group) == "normal"
    once(session, lambda s: operations.set_blending(s, group, operations.PASS_THROUGH), "Blending of Group")
    assert not group.isolated and operations.blending(group) == operations.PASS_THROUGH
    operations.set_blending(session, group, "screen")
    assert group.isolated and operations.blending(group) == "screen"
    steps = session.history.position
    operations.set_blending(session, group, "screen")
    assert session.history.position == steps


def test_a_mask_is_made_of_the_selection(session: Session) -> None:
    select(session, Bounds(50, 60, 100, 80), 200)
    once(session, operations.add_mask, "Mask of Top")
    mask = layer(session, "Top").mask
    assert mask is not None and mask == session.document.selection
    session.deselect()
    assert mask.read(Bounds(60, 70, 1, 1))[0, 0] == 200  # a plane of its own
    once(session, operations.delete_mask, "Delete the mask of Top")
    assert layer(session, "Top").mask is None


def test_without_a_selection_a_mask_shows_everything(session: Session) -> None:
    before = shown(session)
    operations.add_mask(session)
    mask = layer(session, "Top").mask
    assert mask is not None and (mask.read(session.document.canvas) == 255).all()
    assert (shown(session) == before).all()
    assert mask.nbytes <= 4  # one pixel, not one for each


def test_an_applied_mask_shows_the_same(session: Session) -> None:
    select(session, Bounds(50, 60, 100, 80), 200)
    operations.add_mask(session)
    before = shown(session).astype(int)
    once(session, operations.apply_mask, "Apply the mask of Top")
    assert layer(session, "Top").mask is None
    assert np.abs(shown(session).astype(int) - before).max() <= 1


def test_clearing_takes_away_what_is_selected(session: Session) -> None:
    top = layer(session, "Top")
    assert isinstance(top, PaintLayer)
    before = top.pixels.read(session.document.canvas)
    select(session, Bounds(50, 60, 100, 80), 128)
    once(session, operations.clear_selected, "Clear Top")
    after = top.pixels.read(session.document.canvas)
    assert (after[60:140, 50:150, 3] == 64).all()
    outside = np.ones(after.shape[:2], bool)
    outside[60:140, 50:150] = False
    assert (after[outside] == before[outside]).all()


def test_with_nothing_selected_the_whole_layer_is_cleared(session: Session) -> None:
    once(session, operations.clear_selected, "Clear Top")
    top = layer(session, "Top")
    assert isinstance(top, PaintLayer) and not top.pixels
    steps = session.history.position
    operations.clear_selected(session)  # nothing is left to clear
    assert session.history.position == steps


@pytest.mark.parametrize("depth", [8, 16])
def test_a_colour_fills_what_is_selected(depth: Depth) -> None:
    document = Document(Extent(300, 280), depth=depth)
    session = Session(document)
    operations.new_layer(session)
    shape = np.zeros((100, 120), np.uint8 if depth == 8 else np.uint16)
    shape[:, :60] = document.selection.full
    document.exchange_selection(
        document.selection.patch(Bounds(200, 150, 120, 100).intersected(document.canvas), shape[:, :100])
    )
    operations.fill_selected(session, (255, 128, 0))
    top = session.active
    assert isinstance(top, PaintLayer)
    out = top.pixels.read(document.canvas)
    full = document.selection.full
    assert (out[150:250, 200:260] == [full, 128 * full // 255, 0, full]).all()
    out[150:250, 200:260] = 0
    assert not out.any()


def test_with_nothing_selected_a_colour_fills_the_canvas(session: Session) -> None:
    once(session, lambda s: operations.fill_selected(s, (10, 20, 30)), "Fill Top with colour")
    top = layer(session, "Top")
    assert isinstance(top, PaintLayer)
    canvas = session.document.canvas
    assert (top.pixels.read(canvas) == [10, 20, 30, 255]).all()
    assert top.pixels.content_bounds() == canvas


def test_a_filled_canvas_costs_next_to_nothing() -> None:
    session = Session(Document(Extent(4000, 4000)))
    operations.new_layer(session)
    operations.fill_selected(session, (200, 0, 0))
    top = session.active
    assert isinstance(top, PaintLayer)
    assert len({id(tile) for tile in top.pixels.tiles()}) == 4  # within, right edge, lower edge, corner
    assert top.pixels.content_bounds() == session.document.canvas


@pytest.mark.parametrize("depth", [8, 16])
def test_what_is_of_one_colour_is_filled_as_one_pixel(
    monkeypatch: pytest.MonkeyPatch, either_path: str, depth: Depth
) -> None:
    session = Session(Document(Extent(4000, 4000), depth=depth))
    operations.new_layer(session)
    session.select_all()
    painted: list[int] = []

    def counted(works: Sequence[Work], paint: Paint) -> list[Pixels]:
        painted.extend(len(work.now) for work in works)
        assert len(works) <= 64  # each new tile takes up memory until it is stored
        return apply(works, paint)

    monkeypatch.setattr(operations, "apply", counted)
    operations.fill_selected(session, (200, 0, 0))
    top = session.active
    assert isinstance(top, PaintLayer)
    assert sorted(painted) == [1, *([256] * 31)]  # those along two edges are not wholly selected
    plain = TileMap(4, depth=depth)
    plain.exchange(flat_patch(plain, session.document.canvas, (200, 0, 0)))
    assert top.pixels == plain
    operations.clear_selected(session)
    assert not top.pixels


@pytest.mark.parametrize("act", [operations.clear_selected, operations.apply_mask, fill_with_colour])
def test_a_fill_whose_pixels_are_changed_is_a_mix(session: Session, act: Callable[[Session], object]) -> None:
    document = session.document
    shape = np.full((100, 100), 128, np.uint8)
    pixels = TileMap.from_array(np.full((100, 100, 4), 255, np.uint8))
    fill = FillLayer("Fill", pixels=pixels, mask=TileMap.from_array(shape), taken=2)
    document.insert(fill, document.root, 2)
    session.active = fill
    act(session)
    assert fill.taken is None and session.history.position == 1
    session.history.undo()
    assert fill.taken == 2
    assert (fill.pixels.read(Bounds(0, 0, 100, 100)) == 255).all()


def test_what_is_in_a_locked_group_takes_no_colour(session: Session) -> None:
    operations.group_active(session)
    group, steps = session.active, session.history.position
    assert isinstance(group, Group)
    session.document.set_property(group, "locked", True)
    session.active = group.children[0]
    assert not operations.can_paint(session)
    operations.fill_selected(session, (1, 2, 3))
    operations.clear_selected(session)
    assert session.history.position == steps


def test_locked_layers_and_groups_take_no_colour(session: Session) -> None:
    session.document.set_property(layer(session, "Top"), "locked", True)
    assert not operations.can_paint(session)
    operations.fill_selected(session, (1, 2, 3))
    operations.clear_selected(session)
    assert session.history.position == 0
    operations.new_group(session)
    assert not operations.can_paint(session)
    operations.clear_selected(session)
    assert session.history.labels == ["New group"]


def test_sixteen_bits_are_merged_and_masked_as_such() -> None:
    document = blank_document(Extent(300, 280), 16, (255, 255, 255))
    session = Session(document)
    operations.new_layer(session)
    rng = np.random.default_rng(5)
    pixels = rng.integers(0, 1 << 16, (280, 300, 4)).astype(np.uint16)
    top = session.active
    assert isinstance(top, PaintLayer)
    document.exchange(top, "pixels", top.pixels.patch(document.canvas, pixels))
    half = np.full((280, 150), 40_000, np.uint16)
    document.exchange_selection(document.selection.patch(Bounds(0, 0, 150, 280), half))
    operations.add_mask(session)
    before = shown(session).astype(int)
    operations.apply_mask(session)
    assert np.abs(shown(session).astype(int) - before).max() <= 2
    operations.merge_down(session)
    merged = session.active
    assert isinstance(merged, PaintLayer) and merged.pixels.depth == 16
    assert np.abs(merged.pixels.read(document.canvas).astype(int) - before).max() <= 2
    assert (merged.pixels.read(Bounds(150, 0, 150, 280)) == 65_535).all()


def test_clipped_layers_are_merged_as_they_show(session: Session) -> None:
    operations.new_layer(session)
    operations.fill_selected(session, (200, 30, 60))
    operations.toggle_clipped(session)
    before = shown(session).astype(int)
    once(session, operations.merge_down, "Merge Layer down")
    assert np.abs(shown(session).astype(int) - before).max() <= 1
    assert names(session.document.root) == ["Background", "Top"]
