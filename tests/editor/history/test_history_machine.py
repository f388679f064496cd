"""History as a state machine: any sequence of edits against a model that keeps every state whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from editor.document.document import Document
from editor.document.geometry import TILE, Bounds, Extent
from editor.document.guides import Direction
from editor.document.layers import Group, Layer, PaintLayer
from editor.document.tiles import Array8, TileMap, frozen
from editor.history.commands import (
    ChangeSelection,
    ChangeTiles,
    Command,
    InsertLayer,
    MoveLayer,
    RemoveLayer,
    ResizeCanvas,
    SetProperty,
)
from editor.history.guide_commands import ChangeGuides
from editor.history.history import MIN_STEPS, History

State = list[Any]


def tiles(channels: int) -> list[Array8]:
    """Two of one value, noise, the same noise touched in a corner, and what packs well."""
    shape = TileMap(channels).shape
    noise = np.random.default_rng(channels).integers(0, 256, shape, dtype=np.uint8)
    touched, half = noise.copy(), np.full(shape, 60, np.uint8)
    touched[:64, :99] //= 2
    half[:128] = 9
    flat = [np.full(shape, value, np.uint8) for value in (60, 200)]
    return [frozen(tile) for tile in (*flat, noise, touched, half)]


TILES = {channels: tiles(channels) for channels in (1, 4)}
KEYS = [(0, 0), (1, 0), (0, 1)]
keys = st.sampled_from(KEYS)
values = st.sampled_from([None, 0, 1, 2, 3, 4])
indices = st.integers(0, 20)
opacities = st.sampled_from([0.0, 0.3, 0.7, 1.0])
places = st.integers(-2 * TILE, 4 * TILE)
directions: st.SearchStrategy[Direction] = st.sampled_from(["horizontal", "vertical"])


class Fault(Exception):
    """What a test's own command raises."""


class Broken(Command):
    """Raises and does nothing."""

    def do(self) -> None:
        raise Fault

    def undo(self) -> None:
        raise AssertionError("never done")


def state_of(document: Document) -> State:
    """Everything that a document holds, as values that do not change with it."""

    def of(layer: Layer) -> State:
        return [
            layer.id,
            layer.opacity,
            layer.visible,
            layer.mask.snapshot() if layer.mask is not None else None,
            layer.pixels.snapshot() if isinstance(layer, PaintLayer) else None,
            [of(child) for child in layer.children] if isinstance(layer, Group) else None,
        ]

    return [of(document.root), document.selection.snapshot(), document.extent, document.guides]


@dataclass
class Model:
    """``states[i]`` is the document after i steps; ``merges[i]`` what a later command must equal to become part of
    step i, or None."""

    states: list[State]
    labels: list[str] = field(default_factory=list)
    merges: list[object] = field(default_factory=list)
    position: int = 0
    clean: int | None = 0


class HistoryMachine(RuleBasedStateMachine):
    @initialize(budget=st.sampled_from([0, 3 * TILE * TILE * 4, 1 << 40]), groups=st.integers(0, 1))
    def start(self, budget: int, groups: int) -> None:
        self.document = Document(Extent(2 * TILE, 2 * TILE))
        self.document.insert(PaintLayer("paint", mask=TileMap(1)), self.document.root, 0)
        for _ in range(groups):
            self.document.insert(Group("group", children=[PaintLayer("inner")]), self.document.root, 1)
        self.history = History(budget)
        self.model = Model([state_of(self.document)])
        self.gesture: object = object()
        self.count = 0

    # How the model keeps up.

    def done(self, label: str, merge: object = None) -> None:
        """A command has been done: what the history should make of it."""
        model = self.model
        if model.clean is not None and model.clean > model.position:
            model.clean = None
        tail = model.position < len(model.labels)
        del model.labels[model.position :], model.merges[model.position :], model.states[model.position + 1 :]
        last = model.merges[-1] if model.merges else None
        if merge is not None and merge == last and not tail and model.clean != model.position:
            model.states[-1] = state_of(self.document)
        else:
            model.labels.append(label)
            model.merges.append(merge)
            model.states.append(state_of(self.document))
            model.position += 1
        self.trimmed()

    def trimmed(self) -> None:
        """The history may have dropped its oldest steps, where the budget asks for it."""
        model, kept = self.model, len(self.history.labels)
        drop = len(model.labels) - kept
        assert drop >= 0
        if drop:
            assert kept >= MIN_STEPS
            assert self.history.budget < 1 << 40
        del model.labels[:drop], model.merges[:drop], model.states[:drop]
        model.position -= drop
        if model.clean is not None:
            model.clean = model.clean - drop if model.clean >= drop else None

    def layer(self, index: int) -> Layer | None:
        layers = list(self.document.layers())
        return layers[index % len(layers)] if layers else None

    def group(self, index: int) -> Group:
        groups = [self.document.root, *(x for x in self.document.layers() if isinstance(x, Group))]
        return groups[index % len(groups)]

    def label(self) -> str:
        self.count += 1
        return f"step {self.count}"

    # Single commands, made but not done.

    def make_paint(self, label: str, index: int, key: tuple[int, int], value: int | None) -> Command | None:
        layer = self.layer(index)
        if layer is None or (layer.mask is None and not isinstance(layer, PaintLayer)):
            return None
        plane, channels = ("mask", 1) if layer.mask is not None and index % 2 else ("pixels", 4)
        tile: Array8 | None = None if value is None else TILES[channels][value]
        return ChangeTiles(label, self.document, layer, plane, {key: tile})  # type: ignore[arg-type]

    def do(self, label: str, command: Command | None, merge: object = None) -> None:
        if command is not None:
            self.history.do(command)
            self.done(label, merge)

    # Rules.

    @rule(index=indices, key=keys, value=values)
    def paint(self, index: int, key: tuple[int, int], value: int | None) -> None:
        label = self.label()
        self.do(label, self.make_paint(label, index, key, value))

    @rule(key=keys, value=values, live=st.booleans())
    def select(self, key: tuple[int, int], value: int | None, live: bool) -> None:
        label = self.label()
        tile = None if value is None else TILES[1][value]
        if live:  # a stroke that changed the selection while it was painted
            before = self.document.exchange_selection({key: tile})
            self.history.record(ChangeSelection(label, self.document, before))
            self.done(label)
        else:
            self.do(label, ChangeSelection(label, self.document, {key: tile}))

    @rule(direction=directions, place=places)
    def add_guide(self, direction: Direction, place: int) -> None:
        label = self.label()
        self.do(label, ChangeGuides(label, self.document, self.document.guides.added(direction, place)))

    @rule(direction=directions, index=indices, place=places)
    def move_or_remove_a_guide(self, direction: Direction, index: int, place: int) -> None:
        guides, label = self.document.guides, self.label()
        positions = guides.at(direction)
        if positions:
            guides = guides.removed(direction, positions[index % len(positions)])
            guides = guides.added(direction, place) if place > 0 else guides
            self.do(label, ChangeGuides(label, self.document, guides))

    @rule(x=st.integers(-60, 60), y=st.integers(-60, 60))
    def resize_the_canvas(self, x: int, y: int) -> None:
        """Guides move along with everything else."""
        label, canvas, before = self.label(), self.document.canvas, self.document.guides
        bounds = Bounds.from_edges(x, y, canvas.right, canvas.bottom)
        if min(bounds.extent) > 200 and bounds.extent.longest < 1000:
            self.do(label, ResizeCanvas(label, self.document, bounds))
            assert self.document.guides == before.moved(-x, -y)

    @rule(index=indices, value=opacities, gesture=st.sampled_from(["same", "new", "none"]))
    def set_opacity(self, index: int, value: float, gesture: str) -> None:
        layer = self.layer(index)
        if layer is None:
            return
        if gesture == "new":
            self.gesture = object()
        held = None if gesture == "none" else self.gesture
        label = self.label()
        command = SetProperty(label, self.document, layer, "opacity", value, held)
        self.do(label, command, None if held is None else (held, layer.id))

    @rule(index=indices, place=indices, is_group=st.booleans())
    def add(self, index: int, place: int, is_group: bool) -> None:
        parent, label = self.group(index), self.label()
        layer: Layer = Group("g") if is_group else PaintLayer("p", pixels=TileMap(4, {(0, 0): TILES[4][0]}))
        place %= len(parent.children) + 1
        self.do(label, InsertLayer(label, self.document, layer, parent, place))

    @rule(index=indices)
    def delete(self, index: int) -> None:
        layer, label = self.layer(index), self.label()
        self.do(label, RemoveLayer(label, self.document, layer) if layer is not None else None)

    @rule(index=indices, parent=indices, place=indices)
    def move(self, index: int, parent: int, place: int) -> None:
        layer, target, label = self.layer(index), self.group(parent), self.label()
        if layer is None or target is layer:
            return
        if isinstance(layer, Group) and any(target is child for child in layer.walk()):
            return
        place %= len(target.children) + (layer.parent is not target)
        self.do(label, MoveLayer(label, self.document, layer, target, place))

    @rule()
    def undo(self) -> None:
        self.history.undo()
        self.model.position = max(self.model.position - 1, 0)

    @rule()
    def redo(self) -> None:
        self.history.redo()
        self.model.position = min(self.model.position + 1, len(self.model.labels))

    @rule(position=st.integers(-2, 12))
    def go_to(self, position: int) -> None:
        self.history.go_to(position)
        self.model.position = min(max(position, 0), len(self.model.labels))

    @rule()
    def pack(self) -> None:
        """Whatever the budget asks for, until there is nothing left to do for it."""
        for _ in range(2):
            self.history.trim()
            self.history.wait()
        self.history.trim()
        self.trimmed()
        within = self.history.nbytes <= self.history.budget
        assert within or len(self.history.labels) <= MIN_STEPS or not self.history.can_undo

    @rule()
    def save(self) -> None:
        self.history.mark_clean()
        self.model.clean = self.model.position

    def edits(self, index: int, key: tuple[int, int], value: float) -> list[Callable[[], Command | None]]:
        """Commands for a macro, each made when those before it are done."""
        layer = self.layer(index)
        return [
            lambda: self.make_paint("part", index, key, 1),
            lambda: ChangeSelection("part", self.document, {key: TILES[1][0]}),
            lambda: SetProperty("part", self.document, layer, "opacity", value) if layer else None,
            lambda: InsertLayer("part", self.document, PaintLayer("m"), self.document.root, 0),
            lambda: RemoveLayer("part", self.document, layer) if layer and layer.parent else None,
        ]

    @rule(index=indices, key=keys, value=opacities, order=st.lists(st.integers(0, 4)), nested=st.booleans())
    def macro(self, index: int, key: tuple[int, int], value: float, order: list[int], nested: bool) -> None:
        label, edits, count = self.label(), self.edits(index, key, value), 0
        with self.history.macro(label):
            for number in order:
                command = edits[number]()
                if command is None:
                    continue
                count += 1
                if nested:
                    with self.history.macro("inner"):
                        self.history.do(command)
                else:
                    self.history.do(command)
                assert not self.history.can_undo
                assert not self.history.can_redo
        if count:
            self.done(label)

    @rule(index=indices, key=keys, value=opacities, order=st.lists(st.integers(0, 4)), how=st.integers(0, 2))
    def macro_that_raises(
        self, index: int, key: tuple[int, int], value: float, order: list[int], how: int
    ) -> None:
        edits = self.edits(index, key, value)
        try:
            with self.history.macro(self.label()):
                for number in order:
                    command = edits[number]()
                    if command is not None:
                        self.history.do(command)
                if how == 0:
                    raise Fault
                if how == 1:
                    with self.history.macro("inner"):
                        self.history.do(ChangeSelection("part", self.document, {key: None}))
                        self.history.do(Broken("broken"))
                self.history.do(Broken("broken"))
        except Fault:
            return
        raise AssertionError("the error went missing")

    @rule()
    def command_that_raises(self) -> None:
        try:
            self.history.do(Broken("broken"))
        except Fault:
            return
        raise AssertionError("the error went missing")

    # The known corners, each as one rule: single rules seldom meet in this order.

    @rule(index=indices, first=opacities, second=opacities, saved=st.booleans())
    def undo_then_a_merging_edit(self, index: int, first: float, second: float, saved: bool) -> None:
        self.set_opacity(index, first, "new")
        if saved:
            self.save()
        self.select((0, 0), 1, False)
        self.undo()
        self.set_opacity(index, second, "same")

    @rule(index=indices, first=opacities, second=opacities)
    def a_merging_edit_after_saving(self, index: int, first: float, second: float) -> None:
        self.set_opacity(index, first, "new")
        self.save()
        self.set_opacity(index, second, "same")
        self.agrees()
        self.undo()

    @rule(index=indices, value=opacities)
    def a_merging_edit_after_undo_and_redo(self, index: int, value: float) -> None:
        self.set_opacity(index, value, "new")
        self.undo()
        self.redo()
        self.set_opacity(index, 1 - value, "same")

    @rule(key=keys, value=values)
    def save_undo_edit_undo_redo(self, key: tuple[int, int], value: int | None) -> None:
        self.select((1, 0), 0, False)
        self.save()
        self.undo()
        self.agrees()
        self.select(key, value, True)
        self.agrees()
        self.undo()
        self.agrees()
        self.redo()

    @precondition(lambda self: self.history.budget < 1 << 40)
    @rule(steps=st.integers(MIN_STEPS, MIN_STEPS + 3))
    def trim_past_the_clean_mark(self, steps: int) -> None:
        self.save()
        for step in range(steps):
            self.paint(0, KEYS[step % 3], step % 2)
            self.select((0, 0), step % 2, False)
        self.go_to(0)
        self.agrees()
        self.go_to(len(self.model.labels))

    @precondition(lambda self: self.history.budget < 1 << 40)
    @rule(index=indices, key=keys, order=st.lists(values, min_size=2, max_size=6), back=st.integers(1, 6))
    def paint_pack_undo_edit_pack(
        self, index: int, key: tuple[int, int], order: list[int | None], back: int
    ) -> None:
        for value in order:
            self.paint(index, key, value)
        self.pack()
        self.agrees()
        for _ in range(back):
            self.undo()
            self.agrees()
        self.pack()
        self.agrees()
        self.redo()
        self.agrees()
        self.paint(index, key, 3)

    @rule(key=keys)
    def raise_with_a_redo_tail_then_redo(self, key: tuple[int, int]) -> None:
        self.select(key, 1, False)
        self.undo()
        self.macro_that_raises(0, key, 0.5, [0, 1, 2, 3, 4], 2)
        self.agrees()
        self.redo()

    @invariant()
    def agrees(self) -> None:
        model, history = self.model, self.history
        assert history.labels == model.labels
        assert history.position == model.position
        assert history.can_undo == (model.position > 0)
        assert history.can_redo == (model.position < len(model.labels))
        assert history.is_clean == (model.clean == model.position)
        assert state_of(self.document) == model.states[model.position]

    def teardown(self) -> None:
        """All the way back and forth, every state once more."""
        if hasattr(self, "model"):
            for position in (*range(len(self.model.labels), -1, -1), *range(len(self.model.labels) + 1)):
                self.go_to(position)
                self.agrees()
            self.history.close()


TestHistory = HistoryMachine.TestCase
TestHistory.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
