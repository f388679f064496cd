"""Steps whose states lie elsewhere, in a history of an earlier time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import pytest

from editor.document.change import Branch, DocumentChange
from editor.document.document import Document
from editor.document.geometry import Extent
from editor.document.layers import Layer, PaintLayer
from editor.document.tiles import TileMap
from editor.history.commands import ChangeTiles, SetProperty
from editor.history.history import History
from editor.history.kept_step import KeptStep

SOLID = TileMap.from_array(np.full((256, 256, 4), 7, np.uint8))


class Shelf:
    """States are trees of layers of one tile; a lost one cannot be had."""

    def __init__(self, *states: tuple[str, ...]) -> None:
        self.states = states
        self.lost: set[int] = set()
        self.made: list[str] = []

    def change(self, start: int, end: int, held: Collection[str]) -> DocumentChange:
        if self.lost & {start, end}:
            raise RuntimeError("lost")
        tree = Branch("", tuple(Branch(name) for name in self.states[end]))
        new = [name for name in self.states[end] if name not in self.states[start] and name not in held]
        self.made += new
        layers: dict[str, Layer] = {name: PaintLayer(name, id=name, pixels=SOLID.snapshot()) for name in new}
        return DocumentChange(tree, layers)


def restored(shelf: Shelf, position: int, clean: int | None) -> tuple[Document, History]:
    document = Document(Extent(300, 300))
    for index, name in enumerate(shelf.states[position]):
        document.insert(PaintLayer(name, id=name, pixels=SOLID.snapshot()), document.root, index)
    history = History(1 << 30)
    steps = [KeptStep(f"Step {n}", document, shelf, n - 1, n) for n in range(1, len(shelf.states))]
    history.restore(steps, position, clean)
    return document, history


def names(document: Document) -> tuple[str, ...]:
    return tuple(layer.id for layer in document.layers())


def test_a_restored_history_is_walked_like_any_other() -> None:
    shelf = Shelf((), ("a",), ("a", "b"), ("b",))
    document, history = restored(shelf, 2, 1)
    assert history.labels == ["Step 1", "Step 2", "Step 3"]
    assert (history.position, history.clean, history.is_clean) == (2, 1, False)
    for position in (3, 0, 2, 1, 3):
        history.go_to(position)
        assert names(document) == shelf.states[position]
        assert history.is_clean == (position == 1)
    history.mark_clean()
    assert history.clean == 3


def test_later_steps_find_the_layers_that_they_are_about() -> None:
    shelf = Shelf((), ("a",))
    document, history = restored(shelf, 1, None)
    layer = document.root.children[0]
    assert isinstance(layer, PaintLayer)
    history.do(SetProperty("Opacity", document, layer, "opacity", 0.5))
    history.do(ChangeTiles("Clear", document, layer, "pixels", {(0, 0): None}))
    history.go_to(0)
    assert names(document) == ()
    assert history.nbytes >= SOLID.nbytes  # the layer is held
    history.go_to(3)
    assert document.root.children == [layer] and layer.opacity == 0.5 and not layer.pixels
    assert shelf.made == []


@dataclass
class Drawer:
    """A shelf for the steps between these states, until it is full; ``kept`` are the labels."""

    document: Document
    shelf: Shelf
    room: int
    is_behind: bool = False
    kept: list[str] = field(default_factory=list)

    def keep(self, before: object, after: object, label: str) -> KeptStep | None:
        if len(self.kept) >= self.room:
            return None
        self.kept.append(label)
        return KeptStep(label, self.document, self.shelf, 0, 0)


@pytest.mark.parametrize(
    ("room", "is_behind", "left"), [(99, False, 9), (2, False, 5), (2, True, 9), (0, False, 5)]
)
def test_over_the_budget_the_oldest_steps_go_onto_the_shelf(room: int, is_behind: bool, left: int) -> None:
    document = Document(Extent(300, 300))
    layer = PaintLayer("a", id="a")
    document.insert(layer, document.root, 0)
    history = History(1 << 30)
    shelf = Shelf(("a",))
    drawer = Drawer(document, shelf, room, is_behind)
    rng = np.random.default_rng(0)
    for number in range(9):  # noise, which is not worth packing
        noise = TileMap.from_array(rng.integers(0, 256, (256, 256, 4), np.uint8))
        history.do(ChangeTiles(f"Step {number}", document, layer, "pixels", {(0, 0): noise.tile((0, 0))}))
    states, one = history.states, SOLID.shape[0] ** 2 * 4
    history.budget = 5 * one
    history.shelf = drawer
    history.trim()
    history.wait()
    history.trim()
    assert drawer.kept == [f"Step {number}" for number in range(min(room, 4))]
    assert len(history.labels) == left
    assert history.states[1:] == states[-left:]
    history.close()


def test_a_step_that_is_lost_leaves_everything_as_it_is() -> None:
    shelf = Shelf((), ("a",), ("a", "b"))
    document, history = restored(shelf, 2, 0)
    shelf.lost = {0}
    history.undo()
    with pytest.raises(RuntimeError):
        history.undo()
    assert names(document) == ("a",) and history.position == 1
    history.redo()
    assert names(document) == ("a", "b")
