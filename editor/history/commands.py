"""Commands: one undoable step each. Most exchange what they hold with what the document holds, so undo is redo.

To add a command, give ``do`` and ``undo`` that leave the document unchanged when they raise, and say in ``nbytes`` what
it keeps alive beyond the document.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from editor.document.candidates import Candidate
from editor.document.document import DeepPlanes, Document, PlaneName
from editor.document.geometry import Bounds
from editor.document.layers import FillLayer, Group, Layer, PaintLayer
from editor.document.tiles import Depth, TileMap, TilePatch, planes_bytes
from editor.history.packing import Held


class Command(ABC):
    """``label`` is what the history panel shows."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.state = object()
        """Stands for the document after this step."""

    @abstractmethod
    def do(self) -> None: ...

    @abstractmethod
    def undo(self) -> None: ...

    @property
    def nbytes(self) -> int:
        return 0

    @property
    def held(self) -> Iterable[Held]:
        """Tiles that may be packed where memory is short."""
        return ()

    def merge(self, later: Command) -> bool:
        """Takes a later, already done command into this one; False where they do not belong together."""
        return False


class ExchangeTiles(Command):
    """Exchanges tiles of one plane for those that it holds. A change that is there already (a finished stroke) is
    recorded with the tiles from before it."""

    def __init__(self, label: str, patch: TilePatch) -> None:
        super().__init__(label)
        plane = self._plane_now()
        in_place = {key: plane.tile(key) for key in patch} if plane is not None else {}
        self._held = Held(patch, in_place)

    def do(self) -> None:
        patch = self._held.patch(self._plane_now())
        self._held = Held(self._exchange(patch), patch)

    undo = do

    @property
    def nbytes(self) -> int:
        return self._held.nbytes

    @property
    def held(self) -> Iterable[Held]:
        return (self._held,)

    @abstractmethod
    def _plane_now(self) -> TileMap | None:
        """None where the layer has no such plane."""

    @abstractmethod
    def _exchange(self, patch: TilePatch) -> TilePatch: ...


class ChangeTiles(ExchangeTiles):
    """Replaces tiles of a layer's pixels or mask."""

    def __init__(
        self, label: str, document: Document, layer: Layer, plane: PlaneName, patch: TilePatch
    ) -> None:
        self._document, self._layer, self._plane = document, layer, plane
        super().__init__(label, patch)

    def _plane_now(self) -> TileMap | None:
        plane: TileMap | None = getattr(self._layer, self._plane, None)
        return plane

    def _exchange(self, patch: TilePatch) -> TilePatch:
        return self._document.exchange(self._layer, self._plane, patch)


class ChangeSelection(ExchangeTiles):
    """Replaces tiles of the selection."""

    def __init__(self, label: str, document: Document, patch: TilePatch) -> None:
        self._document = document
        super().__init__(label, patch)

    def _plane_now(self) -> TileMap:
        return self._document.selection

    def _exchange(self, patch: TilePatch) -> TilePatch:
        return self._document.exchange_selection(patch)


class SetProperty(Command):
    """Sets one property of a layer. Commands with the same ``gesture`` (one drag of a slider) merge into one step."""

    def __init__(
        self, label: str, document: Document, layer: Layer, name: str, value: Any, gesture: object = None
    ) -> None:
        super().__init__(label)
        self._document, self._layer, self._name, self._value = document, layer, name, value
        self._gesture = gesture

    def do(self) -> None:
        self._value = self._document.set_property(self._layer, self._name, self._value)

    undo = do

    @property
    def nbytes(self) -> int:
        return self._value.nbytes if isinstance(self._value, TileMap) else 0

    def merge(self, later: Command) -> bool:
        return (
            isinstance(later, SetProperty)
            and self._gesture is not None
            and later._gesture is self._gesture
            and later._layer is self._layer
            and later._name == self._name
        )


class DiscardCandidates(Command):
    """Lets go of candidates of a fill layer. Others may arrive before it is undone: they stay."""

    def __init__(
        self, label: str, document: Document, layer: FillLayer, candidates: Iterable[Candidate]
    ) -> None:
        super().__init__(label)
        self._document, self._layer, self._candidates = document, layer, tuple(candidates)
        self._numbers = {candidate.number for candidate in self._candidates}
        self._done = False

    def do(self) -> None:
        kept = tuple(each for each in self._layer.candidates if each.number not in self._numbers)
        self._document.set_property(self._layer, "candidates", kept)
        self._done = True

    def undo(self) -> None:
        for candidate in self._candidates:
            self._document.add_candidate(self._layer, candidate)
        self._done = False

    @property
    def nbytes(self) -> int:
        return planes_bytes(*(each.pixels for each in self._candidates)) if self._done else 0


class LayerCommand(Command):
    """Of a layer that it keeps alive while that is not in the document."""

    def __init__(self, label: str, document: Document, layer: Layer) -> None:
        super().__init__(label)
        self._document, self._layer = document, layer
        self._layer_bytes: int | None = None

    @property
    def nbytes(self) -> int:
        """Counted once, for it is a look at every tile, and asked for after every step."""
        if self._layer.parent is not None:
            self._layer_bytes = None
            return 0
        if self._layer_bytes is None:
            self._layer_bytes = self._layer.nbytes
        return self._layer_bytes


class InsertLayer(LayerCommand):
    """Puts a layer at a place of a group, counted from the bottom."""

    def __init__(self, label: str, document: Document, layer: Layer, parent: Group, index: int) -> None:
        super().__init__(label, document, layer)
        self._parent, self._index = parent, index

    def do(self) -> None:
        self._document.insert(self._layer, self._parent, self._index)

    def undo(self) -> None:
        self._document.remove(self._layer)


class RemoveLayer(LayerCommand):
    """Takes a layer out of its group."""

    def __init__(self, label: str, document: Document, layer: Layer) -> None:
        super().__init__(label, document, layer)
        self._parent, self._index = document.index(layer)

    def do(self) -> None:
        # where it is now: commands before this one in a macro may have moved it
        self._parent, self._index = self._document.index(self._layer)
        self._document.remove(self._layer)

    def undo(self) -> None:
        self._document.insert(self._layer, self._parent, self._index)


class MoveLayer(Command):
    """Moves a layer to a place of a group, counted from the bottom once the layer has been taken out."""

    def __init__(self, label: str, document: Document, layer: Layer, parent: Group, index: int) -> None:
        super().__init__(label)
        if layer is parent or (isinstance(layer, Group) and any(parent is child for child in layer.walk())):
            raise ValueError("a group cannot be moved into itself")
        self._document, self._layer = document, layer
        self._from = document.index(layer)
        self._to = parent, index
        same = self._from[0] is parent
        if not 0 <= index <= len(parent.children) - same:
            raise IndexError(f"no place {index} in the group")

    def do(self) -> None:
        self._from = self._document.index(self._layer)
        self._document.remove(self._layer)
        try:
            self._document.insert(self._layer, *self._to)
        except IndexError:
            self._document.insert(self._layer, *self._from)
            raise

    def undo(self) -> None:
        self._document.remove(self._layer)
        self._document.insert(self._layer, *self._from)


class ExchangePlanes(Command):
    """Gives the document all planes anew. Undo brings back every value as it was."""

    def __init__(self, label: str, document: Document) -> None:
        super().__init__(label)
        self._document = document
        self._planes: DeepPlanes | None = None
        self._bytes = 0

    def do(self) -> None:
        self._planes = self._document.exchange_planes(self._planes or self._made())
        self._bytes = self._planes.nbytes

    undo = do

    @property
    def nbytes(self) -> int:
        return self._bytes

    @abstractmethod
    def _made(self) -> DeepPlanes:
        """The planes, when it is first done."""


class ConvertDepth(ExchangePlanes):
    """Gives the document another number of bits per channel."""

    def __init__(self, label: str, document: Document, depth: Depth) -> None:
        super().__init__(label, document)
        self._depth = depth

    def _made(self) -> DeepPlanes:
        return self._document.planes(self._depth)


class ResizeCanvas(ExchangePlanes):
    """Gives the document the canvas that ``bounds`` are, in pixels of the one it has. Nothing is lost: what comes to
    lie beyond it is still there."""

    def __init__(self, label: str, document: Document, bounds: Bounds) -> None:
        super().__init__(label, document)
        self._bounds = bounds

    def _made(self) -> DeepPlanes:
        return self._document.planes_within(self._bounds)


class Macro(Command):
    """Several commands as one."""

    def __init__(self, label: str, commands: list[Command] | None = None) -> None:
        super().__init__(label)
        self.commands = commands or []

    def do(self) -> None:
        done: list[Command] = []
        try:
            for command in self.commands:
                command.do()
                done.append(command)
        except BaseException:
            for command in reversed(done):
                command.undo()
            raise

    def undo(self) -> None:
        for command in reversed(self.commands):
            command.undo()

    @property
    def nbytes(self) -> int:
        return sum(command.nbytes for command in self.commands)

    @property
    def held(self) -> Iterable[Held]:
        return [held for command in self.commands for held in command.held]


def changes_of_pixels(label: str, document: Document, layer: PaintLayer, change: Command) -> list[Command]:
    """The steps, not done yet, that a change of a layer's pixels by hand consists of: those of a fill layer are then no
    candidate that was taken, and are themselves what the fill is made of from now on."""
    steps = [change]
    if isinstance(layer, FillLayer):
        if layer.taken is not None:
            steps.append(SetProperty(label, document, layer, "taken", None))
        if layer.raw is not None:
            steps.append(SetProperty(label, document, layer, "raw", None))
        recipe = layer.recipe
        if recipe is not None and (recipe.colour_match or recipe.blend or recipe.grain):
            recipe = replace(recipe, colour_match=0, blend=0, grain=0)
            steps.append(SetProperty(label, document, layer, "recipe", recipe))
    return steps
