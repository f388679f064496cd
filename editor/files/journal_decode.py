"""JournalReader: documents, and the changes between their states, from the nodes of a journal."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from editor.document.candidates import Candidate
from editor.document.change import Branch, CandidatesChange, DocumentChange
from editor.document.document import DeepPlanes, Document, Metadata, PlaneName
from editor.document.geometry import Extent
from editor.document.layers import FillLayer, Group, Layer
from editor.document.recipe import FillRecipe
from editor.document.tiles import Depth, TilePatch
from editor.files.journal_encode import KINDS, METADATA_BYTES
from editor.files.journal_nodes import JournalNodes, State, checked
from editor.files.journal_store import JournalDamaged, JournalError, JournalStore

PLANES: tuple[PlaneName, ...] = ("pixels", "mask")


@dataclass(frozen=True)
class Kept:
    """A document as a journal has it, and the layer that was active."""

    document: Document
    active: Layer | None


class JournalReader:
    """Implements ``editor.history.kept_step.States``. A tile that several planes share is one array."""

    def __init__(self, store: JournalStore) -> None:
        self._nodes = JournalNodes(store)

    def document(self, number: int, candidates: Mapping[str, Collection[int]] | None = None) -> Kept:
        """With ``candidates``, only those: numbers by the layers' ids. Raises JournalError."""
        return checked(lambda: self._document(self._nodes.state(number), candidates))

    def change(self, start: int, end: int, held: Collection[str]) -> DocumentChange:
        try:
            return checked(
                lambda: self._change(self._nodes.state(start), self._nodes.state(end), held, end > start)
            )
        except JournalError as error:
            raise RuntimeError(f"the journal cannot give this step back: {error}") from error

    def candidates(self, number: int) -> dict[str, list[int]]:
        """The numbers of each fill layer's candidates, by the layers' ids. Raises JournalError."""

        def found() -> dict[str, list[int]]:
            values = self._nodes.state(number).values
            each = {
                layer_id: value["candidates"] for layer_id, value in values.items() if "candidates" in value
            }
            return {
                layer_id: [one["number"] for one in value["candidates"]] for layer_id, value in each.items()
            }

        return checked(found)

    def references(self, numbers: Collection[int]) -> tuple[set[bytes], set[bytes]]:
        """The nodes and the tiles that these steps are made of. Raises JournalError."""
        return checked(lambda: self._nodes.references(numbers))

    # A whole document

    def _document(self, state: State, candidates: Mapping[str, Collection[int]] | None) -> Kept:
        facts = state.facts
        resolution = tuple(map(float, facts["resolution"])) if facts["resolution"] else None
        metadata = Metadata(resolution)  # type: ignore[arg-type]
        for name in METADATA_BYTES:
            setattr(metadata, name, self._nodes.node(facts[name]) if facts[name] is not None else None)
        document = Document(Extent(*state.canvas[2:]), metadata, state.depth)
        document.origin = state.canvas[:2]
        document.selection = self._nodes.plane(facts["selection"], 1, state.depth)
        document.guides = state.guides
        document.root.id = state.tree.id
        self._fill(document, document.root, state.tree, state)
        for layer in document.layers():
            if isinstance(layer, FillLayer) and candidates is not None:
                numbers = candidates.get(layer.id, ())
                layer.candidates = tuple(each for each in layer.candidates if each.number in numbers)
        return Kept(document, document.layer(str(facts["active"])))

    def _fill(self, document: Document, group: Group, branch: Branch, state: State) -> None:
        for index, child in enumerate(branch.children):
            layer = self._layer(state, child.id)
            document.insert(layer, group, index)
            if isinstance(layer, Group):
                self._fill(document, layer, child, state)

    def _layer(self, state: State, layer_id: str) -> Layer:
        """A group is empty."""
        values = dict(state.values[layer_id])
        kind = KINDS[values.pop("kind")]
        return kind(**{name: self._value(name, value, state.depth) for name, value in values.items()})

    def _value(self, name: str, value: Any, depth: Depth) -> Any:
        if not isinstance(value, dict):
            return value
        if "plane" in value:
            return self._nodes.plane(value["plane"], 4 if name in ("pixels", "raw") else 1, depth)
        if "recipe" in value:
            selection = self._nodes.plane(value["selection"], 1, None)
            source = self._nodes.plane(value["source"], 1, None) if "source" in value else None
            return FillRecipe.from_json(self._nodes.node(value["recipe"]).decode(), selection, source)
        return tuple(self._candidate(each, depth) for each in value["candidates"])

    def _candidate(self, values: dict[str, Any], depth: Depth) -> Candidate:
        return Candidate(
            int(values["number"]),
            values["seed"],
            self._nodes.plane(values["pixels"], 4, depth),
            values["facts"],
        )

    # From one state to another

    def _change(self, start: State, end: State, held: Collection[str], forward: bool) -> DocumentChange:
        change = DocumentChange(end.tree, guides=end.guides)
        both = start.values.keys() & end.values.keys()
        converts = (start.depth, start.canvas) != (end.depth, end.canvas)
        for layer_id in end.values.keys() - both - set(held):
            change.made[layer_id] = self._layer(end, layer_id)
        for layer_id in both:
            if start.hashes[layer_id] != end.hashes[layer_id]:
                self._change_layer(change, layer_id, start, end, forward, converts)
        if converts:
            change.planes = self._planes(start, end, both)
        else:
            change.selection = self._patch(start.facts["selection"], end.facts["selection"])
        return change

    def _change_layer(
        self,
        change: DocumentChange,
        layer_id: str,
        start: State,
        end: State,
        forward: bool,
        converts: bool,
    ) -> None:
        before, after = start.values[layer_id], end.values[layer_id]
        for name, value in after.items():
            if value == before[name]:
                continue
            if name == "kind":
                raise JournalDamaged("a layer has become one of another kind")
            if name == "candidates":
                if not converts:
                    change.candidates[layer_id] = self._candidates(before[name], value, end.depth, forward)
            elif name in PLANES and before[name] is not None and value is not None:
                if not converts:
                    patch = self._patch(before[name]["plane"], value["plane"])
                    change.patches[layer_id, name] = patch
            elif not (converts and isinstance(value, dict)):
                change.values.setdefault(layer_id, {})[name] = self._value(name, value, end.depth)

    def _candidates(self, before: Any, after: Any, depth: Depth, forward: bool) -> CandidatesChange:
        """None is taken away by going back: where an older state has fewer, the others have arrived since."""
        old = {each["number"] for each in before["candidates"]}
        new = {each["number"]: each for each in after["candidates"]}
        added = tuple(self._candidate(new[number], depth) for number in sorted(new.keys() - old))
        return CandidatesChange(added, frozenset(old - new.keys()) if forward else frozenset())

    def _planes(self, start: State, state: State, layer_ids: Collection[str]) -> DeepPlanes:
        layers: dict[str, dict[str, Any]] = {}
        for layer_id in layer_ids:
            layers[layer_id] = {
                name: self._value(name, value, state.depth)
                for name, value in state.values[layer_id].items()
                if isinstance(value, dict)
            }
        selection = self._nodes.plane(state.facts["selection"], 1, state.depth)
        shift = state.canvas[0] - start.canvas[0], state.canvas[1] - start.canvas[1]
        return DeepPlanes(state.depth, selection, layers, Extent(*state.canvas[2:]), shift)

    def _patch(self, before: str, after: str) -> TilePatch:
        """The tiles that differ between two planes of one depth; chunks that are the same are not looked at."""
        (_head, old), (head, new) = self._nodes.chunks(before), self._nodes.chunks(after)
        patch: TilePatch = {}
        for place in old.keys() | new.keys():
            if old.get(place) != new.get(place):
                were, are = self._nodes.entries(old.get(place)), self._nodes.entries(new.get(place))
                for key in were.keys() | are.keys():
                    if were.get(key) != are.get(key):
                        patch[key] = self._nodes.tile(are[key], head) if key in are else None
        return patch
