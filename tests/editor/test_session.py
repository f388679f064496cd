"""One open picture: selecting, the active layer, single steps, and what it holds."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from editor.document.document import Document
from editor.document.geometry import Bounds, Extent
from editor.document.layers import FillLayer, Group, Layer, PaintLayer
from editor.document.recipe import FillRecipe
from editor.document.selection import CombineMode, RefineKind
from editor.document.tiles import Array8, TileMap
from editor.history.commands import InsertLayer, MoveLayer
from editor.render.compositor import composite
from editor.render.qimage import premultiplied
from editor.render.veil import VEIL
from editor.session import Session


def box(session: Session, bounds: Bounds, mode: CombineMode = "replace", value: int = 255) -> None:
    session.select(bounds, np.full((bounds.height, bounds.width), value, np.uint8), mode, "Select")


def selected(session: Session) -> Array8:
    return session.document.selection.read(session.document.canvas)


def add(session: Session, layer: Layer, parent: Group | None = None) -> Layer:
    parent = parent or session.document.root
    session.history.do(
        InsertLayer(f"Add {layer.name}", session.document, layer, parent, len(parent.children))
    )
    return layer


def names(session: Session) -> list[str]:
    return [layer.name for layer in session.document.root.children]


@pytest.fixture
def stacked(session: Session) -> Session:
    """Background, One, Two, Three; Two is active."""
    for name in ("One", "Two", "Three"):
        add(session, PaintLayer(name, pixels=TileMap.from_array(np.full((20, 20, 4), 200, np.uint8))))
    session.active = session.document.root.children[2]
    return session


# Opening and saving


def test_the_topmost_layer_is_active_at_first() -> None:
    document = Document(Extent(10, 10))
    assert Session(document).active is None
    for name in ("A", "B"):
        document.insert(PaintLayer(name), document.root, len(document.root.children))
    assert Session(document).active is document.root.children[-1]
    assert Session(document, active=document.root.children[0]).active is document.root.children[0]


def test_its_title_is_that_of_its_file(session: Session) -> None:
    told: list[str] = []
    session.path_changed.connect(lambda: told.append(session.title))
    assert session.title == "Untitled"
    session.saved_as(Path("folder", "photo.ora"))
    assert told == ["photo.ora"]


def test_it_is_modified_from_the_first_step_until_it_is_saved(session: Session) -> None:
    assert not session.is_modified
    session.select_all()
    assert session.is_modified
    session.saved_as(Path("photo.ora"))
    assert not session.is_modified
    session.history.undo()
    assert session.is_modified
    session.history.redo()
    assert not session.is_modified


def test_the_history_may_be_given_a_budget(session: Session) -> None:
    assert Session(session.document, history_budget=12345).history.budget == 12345
    assert session.history.budget > 1 << 24  # a part of the machine's memory


# Selecting


@pytest.mark.parametrize("mode", ["replace", "add", "subtract", "intersect"])
def test_a_shape_is_combined_with_the_selection(session: Session, mode: CombineMode) -> None:
    first, second = Bounds(50, 50, 250, 100), Bounds(200, 100, 150, 150)
    box(session, first, value=180)
    box(session, second, mode)
    a, b = np.zeros((300, 400), int), np.zeros((300, 400), int)
    a[first.slices()], b[second.slices()] = 180, 255
    expected = {
        "replace": b,
        "add": np.maximum(a, b),
        "subtract": np.maximum(a - b, 0),
        "intersect": np.minimum(a, b),
    }[mode]
    assert np.array_equal(selected(session), expected)
    assert session.history.position == 2
    session.history.undo()
    assert np.array_equal(selected(session), a)


@pytest.mark.parametrize("mode", ["replace", "add", "subtract", "intersect"])
@pytest.mark.parametrize("place", [(-30, -20), (380, 290), (500, 10), (10, 500), (-500, 10), (10, -500)])
def test_of_a_shape_only_what_lies_on_the_canvas_counts(
    session: Session, mode: CombineMode, place: tuple[int, int]
) -> None:
    session.select_all()
    shape = np.random.default_rng(1).integers(1, 256, (50, 60), dtype=np.uint8)
    session.select(Bounds(*place, 60, 50), shape, mode, "Select")
    whole = TileMap.from_array(shape, *place).read(session.document.canvas).astype(int)
    expected = {"replace": whole, "add": whole * 0 + 255, "subtract": 255 - whole, "intersect": whole}[mode]
    assert np.array_equal(selected(session), expected)
    assert session.document.canvas.contains(session.document.selection.content_bounds())


def test_what_changes_nothing_is_no_step(session: Session) -> None:
    session.deselect()
    box(session, Bounds(0, 0, 10, 10), "subtract")
    box(session, Bounds(0, 0, 10, 10), "intersect")
    assert session.history.position == 0
    session.select_all()
    session.select_all()
    box(session, Bounds(0, 0, 10, 10), "add")
    assert session.history.labels == ["Select all"]


def test_select_all_deselect_and_invert(session: Session) -> None:
    session.select_all()
    assert (selected(session) == 255).all()
    assert session.document.selection.content_bounds() == session.document.canvas
    session.deselect()
    assert not session.document.selection
    session.invert_selection()
    assert (selected(session) == 255).all()
    box(session, Bounds(10, 10, 30, 30), value=100)
    before = selected(session)
    session.invert_selection()
    assert np.array_equal(selected(session), 255 - before)
    assert session.document.selection.content_bounds() == session.document.canvas
    session.invert_selection()
    assert np.array_equal(selected(session), before)
    assert session.history.labels[-2:] == ["Invert selection"] * 2


@pytest.mark.parametrize("kind", get_args(RefineKind))
def test_refining_is_one_step(session: Session, kind: RefineKind) -> None:
    session.refine_selection(kind, 5)
    assert session.history.position == 0  # nothing is selected
    box(session, Bounds(100, 90, 80, 60))
    before = selected(session)
    session.refine_selection(kind, 5)
    assert session.history.labels == ["Select", f"{kind.capitalize()} selection by 5 px"]
    after = selected(session)
    assert not np.array_equal(after, before)
    assert not after[:60].any() and not after[:, :70].any()  # far from the edge
    session.history.undo()
    assert np.array_equal(selected(session), before)


def test_a_deep_document_has_a_deep_selection() -> None:
    session = Session(Document(Extent(400, 300), depth=16))
    shape = np.random.default_rng(3).integers(0, 256, (100, 120), dtype=np.uint8)
    session.select(Bounds(30, 40, 120, 100), shape, "replace", "Select")
    assert np.array_equal(selected(session)[40:140, 30:150], shape.astype(np.uint16) * 257)
    session.invert_selection()
    assert selected(session)[0, 0] == 65535
    session.refine_selection("feather", 12)
    assert len(np.unique(selected(session))) > 300
    session.select_all()
    assert (selected(session) == 65535).all()


def test_selecting_a_layer_takes_what_it_shows(session: Session) -> None:
    rng = np.random.default_rng(2)
    pixels = rng.integers(0, 256, (60, 70, 4), dtype=np.uint8)
    mask = rng.integers(0, 256, (60, 70), dtype=np.uint8)
    chosen = rng.integers(0, 256, (60, 70), dtype=np.uint8)

    def plane(array: Array8) -> TileMap:
        return TileMap.from_array(array, 370, 20)  # in part beyond the canvas

    def on_canvas(array: Array8) -> Array8:
        return plane(array).read(session.document.canvas)

    recipe = FillRecipe("x", 1, Bounds(0, 0, 9, 9), (9, 9), 1, 1, selection=plane(chosen))
    for layer, expected in (
        (PaintLayer("Pixels", pixels=plane(pixels)), on_canvas(pixels)[..., 3]),
        (PaintLayer("Masked", pixels=plane(pixels), mask=plane(mask)), on_canvas(mask)),
        (FillLayer("Fill", pixels=plane(pixels), mask=plane(mask), recipe=recipe), on_canvas(chosen)),
        (FillLayer("Plain", pixels=plane(pixels), mask=plane(mask)), on_canvas(mask)),
        (Group("Group", mask=plane(mask)), on_canvas(mask)),
    ):
        session.active = add(session, layer)
        session.select_layer()
        assert np.array_equal(selected(session), expected), layer.name
        assert session.document.canvas.contains(session.document.selection.content_bounds())


def test_a_group_without_a_mask_cannot_be_selected(session: Session) -> None:
    session.select_all()
    session.active = add(session, Group("Group"))
    position = session.history.position
    session.select_layer()
    session.active = None
    session.select_layer()
    assert session.history.position == position


# Properties


def test_one_drag_is_one_step(stacked: Session) -> None:
    layer, steps = stacked.active, stacked.history.position
    gesture = object()
    for percent in (90, 70, 40):
        stacked.set_layer(layer, "opacity", percent / 100, gesture)
    assert stacked.history.position == steps + 1
    stacked.set_layer(layer, "opacity", 0.2, object())
    stacked.set_layer(layer, "opacity", 0.1)
    stacked.set_layer(layer, "opacity", 0.0)
    assert stacked.history.position == steps + 4
    for expected in (0.1, 0.2, 0.4, 1.0):
        stacked.history.undo()
        assert layer.opacity == expected
    stacked.history.redo()
    assert layer.opacity == 0.4


def test_a_drag_over_another_layer_or_property_is_another_step(stacked: Session) -> None:
    steps, gesture = stacked.history.position, object()
    one, two = stacked.document.root.children[1:3]
    stacked.set_layer(one, "opacity", 0.5, gesture)
    stacked.set_layer(two, "opacity", 0.5, gesture)
    stacked.set_layer(two, "visible", False, gesture)
    assert stacked.history.position == steps + 3


def test_a_drag_is_not_merged_across_a_save(stacked: Session) -> None:
    gesture = object()
    stacked.set_layer(stacked.active, "opacity", 0.5, gesture)
    stacked.saved_as(Path("photo.ora"))
    stacked.set_layer(stacked.active, "opacity", 0.4, gesture)
    assert stacked.is_modified
    stacked.history.undo()
    assert stacked.active.opacity == 0.5
    assert not stacked.is_modified


@pytest.mark.parametrize(
    ("name", "value", "label"),
    [
        ("name", "Sky", "Name of Two"),
        ("visible", False, "Visibility of Two"),
        ("opacity", 0.5, "Opacity of Two"),
        ("blend_mode", "multiply", "Blending of Two"),
        ("locked", True, "Lock of Two"),
    ],
)
def test_properties_are_steps_with_a_name(stacked: Session, name: str, value: object, label: str) -> None:
    before = getattr(stacked.active, name)
    stacked.set_layer(stacked.active, name, before)
    assert not stacked.history.labels[-1].endswith("of Two")
    stacked.set_layer(stacked.active, name, value)
    assert stacked.history.labels[-1] == label
    assert getattr(stacked.active, name) == value
    stacked.history.undo()
    assert getattr(stacked.active, name) == before


# The tree and the active layer


def test_deleting_the_active_layer_makes_the_topmost_active(stacked: Session) -> None:
    told: list[str] = []
    stacked.active_changed.connect(lambda: told.append(stacked.active.name if stacked.active else "none"))
    stacked.delete_active()
    assert names(stacked) == ["Background", "One", "Three"]
    assert stacked.history.labels[-1] == "Delete Two"
    for _ in range(4):
        stacked.delete_active()
    assert names(stacked) == []
    assert told == ["Three", "One", "Background", "none"]
    stacked.history.undo()
    assert stacked.active.name == "Background"
    stacked.history.go_to(0)
    assert names(stacked) == ["Background"]
    assert stacked.active.name == "Background"


def test_another_layers_end_does_not_touch_the_active_one(stacked: Session) -> None:
    two = stacked.active
    told: list[None] = []
    stacked.active_changed.connect(lambda: told.append(None))
    stacked.history.undo()  # the insertion of Three
    assert stacked.active is two
    assert told == []


def test_what_comes_back_is_active(stacked: Session) -> None:
    two = stacked.active
    stacked.delete_active()
    assert stacked.active is not two
    stacked.history.undo()
    assert stacked.active is two


def test_the_layers_of_a_deleted_group_cannot_be_active(session: Session) -> None:
    group = Group("Group")
    add(session, group)
    inner = add(session, PaintLayer("Inner"), group)
    session.active = inner
    session.history.undo()
    assert session.active is group
    session.history.redo()
    session.active = group
    session.delete_active()
    assert session.active.name == "Background"


@pytest.mark.parametrize(
    ("steps", "order"),
    [
        (1, ["Background", "One", "Three", "Two"]),
        (9, ["Background", "One", "Three", "Two"]),
        (-1, ["Background", "Two", "One", "Three"]),
        (-9, ["Two", "Background", "One", "Three"]),
    ],
)
def test_raising_and_lowering_keep_the_layer_active(stacked: Session, steps: int, order: list[str]) -> None:
    two, before = stacked.active, names(stacked)
    told: list[None] = []
    stacked.active_changed.connect(lambda: told.append(None))
    stacked.raise_active(steps)
    assert names(stacked) == order
    assert stacked.history.labels[-1] == ("Raise Two" if steps > 0 else "Lower Two")
    assert stacked.active is two
    stacked.history.undo()
    assert names(stacked) == before
    assert stacked.active is two
    stacked.history.redo()
    assert names(stacked) == order
    assert stacked.active is two
    assert told == []


def test_where_there_is_no_room_nothing_is_moved(stacked: Session) -> None:
    steps = stacked.history.position
    stacked.active = stacked.document.root.children[-1]
    stacked.raise_active(1)
    stacked.active = stacked.document.root.children[0]
    stacked.raise_active(-1)
    stacked.active = None
    stacked.raise_active(1)
    stacked.delete_active()
    assert stacked.history.position == steps


def test_moving_another_layer_leaves_the_active_one(stacked: Session) -> None:
    two = stacked.active
    group = add(stacked, Group("Group"))
    stacked.active = two
    one = stacked.document.root.children[1]
    stacked.move(one, group, 0, "Move One")
    assert one.parent is group
    assert stacked.active is two
    stacked.move(two, group, 1, "Move Two")
    assert [layer.name for layer in group.children] == ["One", "Two"]
    assert stacked.active is two
    stacked.history.undo()
    assert stacked.active is two and two.parent is stacked.document.root


def test_a_move_that_cannot_be_leaves_everything(stacked: Session) -> None:
    outer = add(stacked, Group("Outer"))
    inner = add(stacked, Group("Inner"), outer)
    two, steps = stacked.active, stacked.history.position
    with pytest.raises(ValueError, match="itself"):
        stacked.move(outer, inner, 0, "Move")
    with pytest.raises(IndexError):
        stacked.move(two, outer, 7, "Move")
    assert stacked.history.position == steps
    assert stacked.active is two


def test_several_steps_as_one_that_fail_leave_the_active_layer(stacked: Session) -> None:
    two = stacked.active

    def fail() -> None:
        with stacked.history.macro("Both"):
            stacked.history.do(
                MoveLayer("Move", stacked.document, two, stacked.document.root, 0),
            )
            stacked.delete_active()
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError):
        fail()
    assert names(stacked) == ["Background", "One", "Two", "Three"]
    assert stacked.active is two


# What it is and holds


def test_memory_is_counted_with_history_and_projections(session: Session) -> None:
    tiles = 4 * 256 * 256 * 4
    assert session.memory.total == tiles + session.projection.nbytes
    before = session.memory.total
    session.select_all()
    selection = session.document.selection.nbytes
    assert 0 < selection < 4 * 256 * 256  # tiles that are wholly selected take up next to nothing
    assert session.memory.total == before + selection
    session.deselect()
    assert session.memory.total == before + selection  # the history keeps them
    before = session.memory.total
    assert session.memory.total == before + session.veil.nbytes * 0
    assert session.memory.total == before + session.veil.nbytes
    before = session.memory.total
    session.delete_active()
    assert session.memory.total == before


# Projections


def test_the_projection_shows_the_composite(stacked: Session) -> None:
    def check() -> None:
        stacked.projection.update(stacked.document.canvas)
        expected = composite(stacked.document.root, stacked.document.canvas)
        assert np.array_equal(stacked.projection.read(stacked.document.canvas), premultiplied(expected))

    check()
    for name, value in (("opacity", 0.5), ("blend_mode", "multiply"), ("visible", False)):
        stacked.set_layer(stacked.document.root.children[0], name, value)
        check()
    stacked.delete_active()
    check()
    stacked.history.go_to(0)
    check()


def test_the_veil_shows_the_selection(session: Session) -> None:
    box(session, Bounds(10, 10, 300, 30), value=255)
    assert "veil" not in session.__dict__  # made when it is first looked at
    for value in (255, 100):
        box(session, Bounds(10, 10, 300, 30), value=value)
        session.veil.update(session.document.canvas)
        veil = session.veil.read(session.document.canvas)
        assert np.array_equal(veil[..., 3], selected(session))
        assert np.abs(veil[15, 100, 2::-1].astype(int) * 255 / value - VEIL).max() <= 2
    session.deselect()
    session.veil.update(session.document.canvas)
    assert session.veil.nbytes == 0
