"""The document: what each change says by signals, the tree of layers, bad calls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from editor.document.candidates import Candidate
from editor.document.document import MAX_SIDE, Document
from editor.document.geometry import TILE, Bounds, Extent
from editor.document.layers import FillLayer, Group, Layer, PaintLayer
from editor.document.recipe import FillRecipe
from editor.document.signal import Signal
from editor.document.tiles import TileMap, frozen

# not of one value throughout: such a tile takes up one pixel
TILE_4 = frozen(np.arange(TILE * TILE * 4, dtype=np.uint8).reshape(TILE, TILE, 4))
TILE_1 = frozen(np.arange(TILE * TILE, dtype=np.uint8).reshape(TILE, TILE))
CORNER = Bounds(0, 0, TILE, TILE)


class Heard(list[tuple[Any, ...]]):
    """What a document's signals said, in order: (name, argument, …). Taken when it is called."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        for name in (
            "pixels_changed",
            "layers_changed",
            "layer_changed",
            "layer_painted",
            "selection_changed",
        ):
            getattr(document, name).connect(lambda *args, name=name: self.append((name, *args)))

    def __call__(self) -> list[tuple[Any, ...]]:
        heard = list(self)
        self.clear()
        return heard


@pytest.fixture
def document() -> Document:
    return Document(Extent(300, 200))


@pytest.fixture
def heard(document: Document) -> Heard:
    return Heard(document)


def painted(name: str = "paint") -> PaintLayer:
    return PaintLayer(name, pixels=TileMap(4, {(0, 0): TILE_4}))


def test_a_canvas_has_a_size() -> None:
    assert Document(Extent(MAX_SIDE, 1)).canvas == Bounds(0, 0, MAX_SIDE, 1)
    for extent in (Extent(0, 5), Extent(5, 0), Extent(MAX_SIDE + 1, 1)):
        with pytest.raises(ValueError, match="a canvas has"):
            Document(extent)


def test_inserting_and_removing(document: Document, heard: Heard) -> None:
    layer = painted()
    document.insert(layer, document.root, 0)
    assert heard() == [("layers_changed",), ("pixels_changed", Bounds(0, 0, 256, 200))]
    assert document.index(layer) == (document.root, 0)
    assert list(document.layers()) == [layer]
    assert document.nbytes == TILE_4.nbytes
    document.remove(layer)
    assert heard() == [("layers_changed",), ("pixels_changed", Bounds(0, 0, 256, 200))]
    assert layer.parent is None
    assert not list(document.layers())


def test_a_place_that_is_not_there(document: Document, heard: Heard) -> None:
    for index in (-1, 1):
        with pytest.raises(IndexError, match=f"no place {index}"):
            document.insert(painted(), document.root, index)
    assert heard() == []


def test_a_layer_that_is_not_there(document: Document) -> None:
    with pytest.raises(ValueError, match="not part of a document"):
        document.remove(painted())
    with pytest.raises(ValueError, match="not part of a document"):
        document.index(painted())


def test_setting_a_property(document: Document, heard: Heard) -> None:
    layer = painted()
    document.insert(layer, document.root, 0)
    heard()
    assert document.set_property(layer, "opacity", 0.5) == 1.0
    assert heard() == [("layer_changed", layer), ("pixels_changed", Bounds(0, 0, 256, 200))]
    assert document.set_property(layer, "name", "hat") == "paint"
    assert document.set_property(layer, "locked", True) is False
    assert heard() == [("layer_changed", layer)] * 2
    document.set_property(layer, "mask", TileMap(1))
    assert heard()[1] == (
        "pixels_changed",
        Bounds(0, 0, 256, 200),
    )  # where it was, though now it shows nothing
    assert document.set_property(layer, "mask", None) == TileMap(1)
    assert heard()[1] == ("pixels_changed", Bounds(0, 0, 256, 200))


def test_only_properties_that_a_layer_has(document: Document) -> None:
    layer = painted()
    for name in ("pixels", "id", "isolated", "recipe", "colour"):
        with pytest.raises(AttributeError, match=name):
            document.set_property(layer, name, None)
    document.set_property(FillLayer("fill"), "recipe", None)
    document.set_property(Group("group"), "isolated", False)


def test_exchanging_tiles(document: Document, heard: Heard) -> None:
    layer = painted()
    document.insert(layer, document.root, 0)
    heard()
    assert document.exchange(layer, "pixels", {(0, 0): None, (1, 0): TILE_4}) == {
        (0, 0): TILE_4,
        (1, 0): None,
    }
    assert heard() == [("layer_painted", layer), ("pixels_changed", Bounds(0, 0, 300, 200))]
    areas = [Bounds(10, 10, 5, 5), Bounds(250, 190, 30, 30)]
    document.exchange(layer, "pixels", {(0, 0): TILE_4}, areas)
    told = [("pixels_changed", areas[0]), ("pixels_changed", Bounds(250, 190, 30, 10))]
    assert heard() == [("layer_painted", layer), *told]
    document.exchange(layer, "pixels", {(0, 0): None})
    layer.mask = TileMap(1)
    assert document.exchange(layer, "mask", {(0, 0): TILE_1}) == {(0, 0): None}
    assert document.nbytes == TILE_4.nbytes + TILE_1.nbytes
    heard()
    with pytest.raises(ValueError, match="of 8 bits"):
        document.exchange(layer, "mask", {(0, 0): TILE_4})
    assert heard() == []


def test_planes_that_a_layer_does_not_have(document: Document) -> None:
    with pytest.raises(ValueError, match="no mask"):
        document.exchange(painted(), "mask", {})
    with pytest.raises(ValueError, match="no pixels"):
        document.exchange(Group("group"), "pixels", {})
    group = Group("group", mask=TileMap(1))
    assert document.exchange(group, "mask", {(0, 0): TILE_1}) == {(0, 0): None}


def test_exchanging_the_selection(document: Document, heard: Heard) -> None:
    assert document.exchange_selection({(1, 0): TILE_1}) == {(1, 0): None}
    assert heard() == [("selection_changed", Bounds(256, 0, 44, 200))]
    assert document.nbytes == TILE_1.nbytes


def test_bounds_and_sizes_of_layers() -> None:
    with pytest.raises(NotImplementedError):
        Layer("plain").bounds()
    one, two = painted(), PaintLayer("two", pixels=TileMap(4, {(2, 1): TILE_4}))
    group = Group("group", children=[one, two], mask=TileMap(1, {(0, 0): TILE_1}))
    assert one.bounds() == CORNER
    assert group.bounds() == Bounds(0, 0, 3 * TILE, 2 * TILE)
    assert group.nbytes == TILE_4.nbytes + TILE_1.nbytes  # a tile that both layers share is held once
    one.mask = TileMap(1, {(5, 5): TILE_1})
    assert not one.bounds()
    assert not Group("empty").bounds()


def test_walking_the_tree() -> None:
    a, b, c = painted("a"), painted("b"), painted("c")
    inner = Group("inner", children=[b])
    root = Group("", children=[a, inner, c])
    assert [layer.name for layer in root.walk()] == ["a", "inner", "b", "c"]
    assert b.parent is inner
    assert inner.parent is root
    assert len({layer.id for layer in root.walk()}) == 4


def test_signals_call_in_order_and_let_go() -> None:
    signal, calls = Signal(), []
    stop_a = signal.connect(lambda x: calls.append(("a", x)))
    signal.connect(lambda x: calls.append(("b", x)))
    signal.emit(1)
    stop_a()
    stop_a()
    signal.emit(2)
    assert calls == [("a", 1), ("b", 1), ("b", 2)]


def test_a_listener_may_disconnect_while_it_is_called() -> None:
    signal, calls = Signal(), []

    def once() -> None:
        calls.append("once")
        stop()

    stop = signal.connect(once)
    signal.connect(lambda: calls.append("always"))
    signal.emit()
    signal.emit()
    assert calls == ["once", "always", "always"]


# Depth


def test_a_layer_from_elsewhere_gets_the_depth_of_the_document() -> None:
    document = Document(Extent(300, 200), depth=16)
    group = Group("group", children=[painted()], mask=TileMap(1, {(0, 0): TILE_1}))
    document.insert(group, document.root, 0)
    (inner,) = group.children
    assert isinstance(inner, PaintLayer) and group.mask is not None
    assert inner.pixels == TileMap(4, {(0, 0): TILE_4}).converted(16)
    assert group.mask == TileMap(1, {(0, 0): TILE_1}).converted(16)
    document.set_property(inner, "mask", TileMap(1, {(0, 0): TILE_1}))
    assert inner.mask == group.mask


def test_another_depth_for_all_planes(document: Document, heard: Heard) -> None:
    fill = FillLayer(
        "fill",
        pixels=TileMap(4, {(0, 0): TILE_4}),
        mask=TileMap(1, {(0, 0): TILE_1}),
        candidates=(Candidate(1, 1, TileMap(4, {(0, 0): TILE_4})),),
        taken=1,
        recipe=FillRecipe("engine", 1, CORNER, (8, 8), 0, 0, selection=TileMap(1, {(0, 0): TILE_1})),
    )
    group = Group("group", children=[fill, painted()])
    document.insert(group, document.root, 0)
    document.exchange_selection({(0, 0): TILE_1})
    before, bytes_before = document.snapshot(), document.nbytes
    heard()
    planes = document.planes(16)
    assert planes.nbytes == 2 * bytes_before  # tiles that were shared still are
    back = document.exchange_planes(planes)
    assert document.depth == 16
    assert {name for name, *_ in heard()} == {"layer_changed", "pixels_changed", "selection_changed"}
    assert document.selection == before.selection.converted(16)
    assert all(plane.depth == 16 for layer in document.layers() for plane in layer.planes())
    assert fill.pixels.tile((0, 0)) is fill.candidates[0].pixels.tile((0, 0))
    document.add_candidate(
        fill, Candidate(2, 2, TileMap(4, {(0, 0): TILE_4}))
    )  # made by an engine, of 8 bits
    assert [each.pixels.depth for each in fill.candidates] == [16, 16]
    again = document.exchange_planes(back)
    assert document.depth == 8
    assert document.selection.tile((0, 0)) is TILE_1
    assert fill.pixels.tile((0, 0)) is TILE_4
    assert [(each.number, each.pixels.depth) for each in fill.candidates] == [(1, 8), (2, 8)]
    document.exchange_planes(again)
    assert [(each.number, each.pixels.depth) for each in fill.candidates] == [(1, 16), (2, 16)]
