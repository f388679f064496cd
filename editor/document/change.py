"""DocumentChange: how a document gets from one state to another that was kept, whatever commands lay between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from editor.document.candidates import Candidate
from editor.document.document import DeepPlanes, Document, PlaneName
from editor.document.guides import Guides
from editor.document.layers import FillLayer, Group, Layer
from editor.document.tiles import TilePatch


@dataclass(frozen=True)
class Branch:
    """A layer's place in the tree: its id, and what is in it, bottom first."""

    id: str
    children: tuple[Branch, ...] = ()

    def walk(self) -> Iterator[Branch]:
        for child in self.children:
            yield child
            yield from child.walk()


@dataclass(frozen=True)
class CandidatesChange:
    """Candidates that a layer gets, and the numbers of those that it loses. All others stay: they may have arrived
    since the states were kept."""

    added: tuple[Candidate, ...] = ()
    dropped: frozenset[int] = frozenset()


@dataclass
class DocumentChange:
    """``made`` are layers that the document lacks, by id, the groups among them empty or filled as they were when they
    were taken out; ``planes`` are given where the depth or the canvas changes, and hold every plane then; ``guides``
    are all that there are then, None where they stay."""

    tree: Branch
    made: dict[str, Layer] = field(default_factory=dict)
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    patches: dict[tuple[str, PlaneName], TilePatch] = field(default_factory=dict)
    candidates: dict[str, CandidatesChange] = field(default_factory=dict)
    selection: TilePatch = field(default_factory=dict)
    planes: DeepPlanes | None = None
    guides: Guides | None = None

    def apply(self, document: Document) -> dict[str, Layer]:
        """Returns the layers that are in the document no more, by id, those in groups included.

        Raises RuntimeError, with the document unchanged, where that is another one than the change is meant for.
        """
        layers = {layer.id: layer for layer in document.layers()}
        known = {**self.made, **layers}
        touched = {*self.values, *self.candidates, *(layer_id for layer_id, _plane in self.patches)}
        if not {*touched, *(branch.id for branch in self.tree.walk())} <= known.keys():
            raise RuntimeError("the document is not what it was when this state was kept")
        if self.planes is not None:
            _convert(document, self.planes)
        if self.selection:  # while all layers are there: who hears of it may ask about the active one
            document.exchange_selection(self.selection)
        _arrange(document, document.root, self.tree, known)
        for layer_id, values in self.values.items():
            for name, value in values.items():
                document.set_property(known[layer_id], name, value)
        for (layer_id, plane), patch in self.patches.items():
            document.exchange(known[layer_id], plane, patch)
        for layer_id, change in self.candidates.items():
            _change_candidates(document, known[layer_id], change)
        if self.guides is not None:
            document.set_guides(self.guides)
        kept = {layer.id for layer in document.layers()}
        return {layer_id: layer for layer_id, layer in layers.items() if layer_id not in kept}


def _convert(document: Document, planes: DeepPlanes) -> None:
    known: dict[int, Any] = {}
    others = {layer.id: layer for layer in document.layers() if layer.id not in planes.layers}
    converted = {layer_id: layer.converted(planes.depth, known) for layer_id, layer in others.items()}
    document.exchange_planes(replace(planes, layers=planes.layers | converted))


def _arrange(document: Document, root: Group, tree: Branch, known: dict[str, Layer]) -> None:
    """Puts every layer of the tree into its place, and takes out the others."""
    wanted = {branch.id for branch in tree.walk()}
    for layer in list(document.layers()):
        # what is still wanted of a group that goes is moved out of it first, below
        if layer.id not in wanted and not _holds(layer, wanted):
            document.remove(layer)
    _fill(document, root, tree, known)
    for layer in list(document.layers()):
        if layer.id not in wanted and layer.parent is not None:
            document.remove(layer)


def _fill(document: Document, group: Group, branch: Branch, known: dict[str, Layer]) -> None:
    for index, child in enumerate(branch.children):
        layer = known[child.id]
        if index >= len(group.children) or group.children[index] is not layer:
            if layer.parent is not None:
                document.remove(layer)
            document.insert(layer, group, index)
        if isinstance(layer, Group):
            _fill(document, layer, child, known)


def _holds(layer: Layer, wanted: set[str]) -> bool:
    return isinstance(layer, Group) and any(each.id in wanted for each in layer.walk())


def _change_candidates(document: Document, layer: Layer, change: CandidatesChange) -> None:
    assert isinstance(layer, FillLayer)
    if change.dropped:
        kept = tuple(each for each in layer.candidates if each.number not in change.dropped)
        document.set_property(layer, "candidates", kept)
    for candidate in change.added:
        document.add_candidate(layer, candidate)
