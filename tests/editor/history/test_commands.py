"""Commands: doing, undoing, doing again; what they hold; raising leaves the document as it was."""

from __future__ import annotations

import numpy as np
import pytest

from editor.document.candidates import Candidate
from editor.document.document import Document
from editor.document.geometry import TILE, Bounds, Extent
from editor.document.layers import FillLayer, Group, Layer, PaintLayer
from editor.document.tiles import TileMap, frozen
from editor.history.commands import (
    ChangeSelection,
    ChangeTiles,
    Command,
    ConvertDepth,
    DiscardCandidates,
    InsertLayer,
    Macro,
    MoveLayer,
    RemoveLayer,
    ResizeCanvas,
    SetProperty,
)

# not of one value throughout: such a tile takes up one pixel
TILE_4 = frozen(np.arange(TILE * TILE * 4, dtype=np.uint8).reshape(TILE, TILE, 4))
TILE_1 = frozen(np.arange(TILE * TILE, dtype=np.uint8).reshape(TILE, TILE))


class Broken(Command):
    """Does nothing, and says so."""

    def do(self) -> None:
        raise RuntimeError("broken")

    def undo(self) -> None:
        raise AssertionError("a command that was not done is not undone")


@pytest.fixture
def document() -> Document:
    document = Document(Extent(300, 300))
    for index, name in enumerate("abc"):
        document.insert(PaintLayer(name), document.root, index)
    group = Group("group", children=[PaintLayer("inner")])
    document.insert(group, document.root, 3)
    return document


def tree(group: Group) -> list[object]:
    return [[c.name, tree(c)] if isinstance(c, Group) else c.name for c in group.children]


def find(document: Document, name: str) -> Layer:
    return next(layer for layer in document.layers() if layer.name == name)


def test_tiles_are_exchanged(document: Document) -> None:
    layer = find(document, "a")
    assert isinstance(layer, PaintLayer)
    command = ChangeTiles("Paint", document, layer, "pixels", {(0, 0): TILE_4})
    assert command.label == "Paint"
    assert command.nbytes == TILE_4.nbytes  # what it will put there
    command.do()
    assert command.nbytes == 0  # nothing was there before
    assert layer.pixels.tile((0, 0)) is TILE_4
    command.undo()
    assert len(layer.pixels) == 0
    command.do()
    assert layer.pixels.tile((0, 0)) is TILE_4


def test_the_selection_is_exchanged(document: Document) -> None:
    command = ChangeSelection("Lasso", document, {(0, 0): TILE_1})
    assert command.nbytes == TILE_1.nbytes
    command.do()
    assert command.nbytes == 0
    assert document.selection == TileMap(1, {(0, 0): TILE_1})
    command.undo()
    assert len(document.selection) == 0


def test_properties_merge_within_a_gesture(document: Document) -> None:
    a, b, drag = find(document, "a"), find(document, "b"), object()

    def opacity(layer: Layer, value: float, gesture: object) -> SetProperty:
        command = SetProperty("Opacity", document, layer, "opacity", value, gesture)
        command.do()
        return command

    first = opacity(a, 0.8, drag)
    assert first.merge(opacity(a, 0.6, drag))
    assert not first.merge(opacity(a, 0.5, object()))
    assert not opacity(a, 0.5, None).merge(opacity(a, 0.4, None))
    assert not first.merge(opacity(b, 0.5, drag))
    assert not first.merge(SetProperty("Name", document, a, "name", "x", drag))
    assert not first.merge(Macro("macro"))
    assert first.nbytes == 0
    first.undo()
    assert a.opacity == 1.0
    assert not Macro("macro").merge(first)


def test_a_mask_that_was_taken_away_is_held(document: Document) -> None:
    layer = find(document, "a")
    mask = TileMap(1, {(0, 0): TILE_1})
    command = SetProperty("Delete mask", document, layer, "mask", None)
    layer.mask = mask
    command.do()
    assert (layer.mask, command.nbytes) == (None, TILE_1.nbytes)
    command.undo()
    assert layer.mask is mask
    assert command.nbytes == 0


def test_inserting_and_removing_layers(document: Document) -> None:
    group = find(document, "group")
    assert isinstance(group, Group)
    new = PaintLayer("new", pixels=TileMap(4, {(0, 0): TILE_4}))
    insert = InsertLayer("New layer", document, new, group, 1)
    assert insert.nbytes == TILE_4.nbytes
    insert.do()
    assert insert.nbytes == 0  # now the document holds it
    assert tree(document.root) == ["a", "b", "c", ["group", ["inner", "new"]]]
    remove = RemoveLayer("Delete", document, new)
    assert remove.nbytes == 0
    remove.do()
    assert remove.nbytes == TILE_4.nbytes
    remove.undo()
    assert document.index(new) == (group, 1)
    insert.undo()
    assert new.parent is None
    with pytest.raises(ValueError, match="not part"):
        RemoveLayer("Delete", document, new)


@pytest.mark.parametrize(
    ("name", "parent", "index", "expected"),
    [
        ("a", "", 2, ["b", "c", "a", ["group", ["inner"]]]),
        ("c", "", 0, ["c", "a", "b", ["group", ["inner"]]]),
        ("b", "group", 0, ["a", "c", ["group", ["b", "inner"]]]),
        ("inner", "", 4, ["a", "b", "c", ["group", []], "inner"]),
        ("a", "", 3, ["b", "c", ["group", ["inner"]], "a"]),
    ],
)
def test_moving(document: Document, name: str, parent: str, index: int, expected: list[object]) -> None:
    before = tree(document.root)
    target = find(document, parent) if parent else document.root
    assert isinstance(target, Group)
    command = MoveLayer("Move", document, find(document, name), target, index)
    for _ in range(2):
        command.do()
        assert tree(document.root) == expected
        command.undo()
        assert tree(document.root) == before


def test_moves_that_cannot_be(document: Document) -> None:
    group = find(document, "group")
    assert isinstance(group, Group)
    nested = Group("nested")
    document.insert(nested, group, 0)
    for target in (group, nested):
        with pytest.raises(ValueError, match="into itself"):
            MoveLayer("Move", document, group, target, 0)
    for index in (-1, 4):
        with pytest.raises(IndexError, match="no place"):
            MoveLayer("Move", document, find(document, "a"), document.root, index)


def test_a_place_that_is_gone_when_the_move_is_done(document: Document) -> None:
    command = MoveLayer("Move", document, find(document, "a"), document.root, 3)
    document.remove(find(document, "c"))
    before = tree(document.root)
    with pytest.raises(IndexError, match="no place"):
        command.do()
    assert tree(document.root) == before


def test_commands_made_before_others_were_done_know_the_place_all_the_same(document: Document) -> None:
    before = tree(document.root)
    a, b, c = (find(document, name) for name in "abc")
    macro = Macro(
        "Together",
        [
            RemoveLayer("Delete", document, a),
            RemoveLayer("Delete", document, b),
            MoveLayer("Move", document, c, document.root, 1),
        ],
    )
    for _ in range(2):
        macro.do()
        assert tree(document.root) == [["group", ["inner"]], "c"]
        macro.undo()
        assert tree(document.root) == before


def test_a_macro_is_all_or_nothing(document: Document) -> None:
    layer = find(document, "a")
    steps: list[Command] = [
        ChangeTiles("Paint", document, layer, "pixels", {(0, 0): TILE_4}),
        SetProperty("Opacity", document, layer, "opacity", 0.5),
    ]
    macro = Macro("Both", steps)
    assert macro.nbytes == TILE_4.nbytes
    assert [*macro.held] == [held for command in macro.commands for held in command.held] != []
    macro.do()
    macro.undo()
    assert layer.opacity == 1.0
    assert isinstance(layer, PaintLayer)
    assert len(layer.pixels) == 0
    with pytest.raises(RuntimeError, match="broken"):
        Macro("Broken", [*steps, Broken("broken")]).do()
    assert layer.opacity == 1.0
    assert len(layer.pixels) == 0


def test_candidates_are_discarded_and_come_back_to_their_places(document: Document) -> None:
    planes = [TileMap(4, {(0, 0): TILE_4}) for _ in range(4)]
    one, two, three, four = (Candidate(n, n, plane) for n, plane in enumerate(planes, 1))
    layer = FillLayer("fill", candidates=(one, two, three), taken=2)
    command = DiscardCandidates("Discard", document, layer, [one, three])
    assert command.nbytes == 0
    for _ in range(2):
        command.do()
        assert layer.candidates == (two,)
        assert command.nbytes == TILE_4.nbytes  # one tile, shared
        command.undo()
        assert layer.candidates == (one, two, three)
        assert command.nbytes == 0
    command.do()
    document.add_candidate(layer, four)
    command.undo()
    assert layer.candidates == (one, two, three, four)
    command.do()
    assert layer.candidates == (two, four)


def test_another_depth_is_one_step_that_undo_takes_back_exactly() -> None:
    document = Document(Extent(300, 300), depth=16)
    tile = frozen(np.arange(TILE * TILE * 4, dtype=np.uint16).reshape(TILE, TILE, 4))
    layer = PaintLayer("a", pixels=TileMap(4, {(0, 0): tile}, 16))
    document.insert(layer, document.root, 0)
    command = ConvertDepth("8 bits", document, 8)
    assert command.nbytes == 0
    for _ in range(2):
        command.do()
        assert (document.depth, layer.pixels.depth, document.selection.depth) == (8, 8, 8)
        assert command.nbytes == tile.nbytes
        command.undo()
        assert document.depth == 16 and layer.pixels.tile((0, 0)) is tile
        assert command.nbytes == tile.nbytes // 2


def test_another_canvas_is_one_step_that_undo_takes_back_exactly(document: Document) -> None:
    layer = PaintLayer("a", pixels=TileMap(4, {(0, 0): TILE_4}))
    document.insert(layer, document.root, 0)
    extent, told = document.extent, []
    document.extent_changed.connect(lambda dx, dy: told.append((dx, dy, document.extent)))
    larger = Extent(extent.width + 10, extent.height + 20)
    command = ResizeCanvas("Extend", document, Bounds(-10, -20, larger.width, larger.height))
    for _ in range(2):
        command.do()
        assert document.extent == larger
        assert np.array_equal(layer.pixels.read(Bounds(10, 20, TILE, TILE)), TILE_4)
        assert command.nbytes == TILE_4.nbytes
        command.undo()
        assert document.extent == extent and layer.pixels.tile((0, 0)) is TILE_4
    assert told == [(10, 20, larger), (-10, -20, extent)] * 2
    with pytest.raises(ValueError):
        ResizeCanvas("Extend", document, Bounds(0, 0, 0, 5)).do()
