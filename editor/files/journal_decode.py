"""JournalReader: documents, and the changes between their states, from the nodes and tiles of a journal.

All that has a hash is checked against it: what a disk has damaged is told, and never shown.
"""

from __future__ import annotations

import json
import math
import sqlite3
import struct
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import numpy as np

from editor.document.candidates import Candidate
from editor.document.change import Branch, CandidatesChange, DocumentChange
from editor.document.document import DeepPlanes, Document, Metadata, PlaneName
from editor.document.geometry import TILE, Extent, TileKey
from editor.document.guides import Guides
from editor.document.layers import FillLayer, Group, Layer
from editor.document.recipe import FillRecipe
from editor.document.tiles import DTYPES, Depth, Pixels, TileMap, TilePatch
from editor.files.journal_encode import (
    DEEP,
    ENTRY,
    KINDS,
    METADATA_BYTES,
    PLANE_HEAD,
    RGBA,
    UNIFORM,
    tile_hash,
)
from editor.files.journal_store import JournalDamaged, JournalError, JournalStore, node_hash
from editor.files.limits import MAX_DEPTH, MAX_LAYERS

PLANES: tuple[PlaneName, ...] = ("pixels", "mask")

_SIGNS_OF_DAMAGE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)

_T = TypeVar("_T")


@dataclass(frozen=True)
class Kept:
    """A document as a journal has it, and the layer that was active."""

    document: Document
    active: Layer | None


@dataclass(frozen=True)
class _State:
    """``hashes`` and ``values`` are those of the layers' nodes, by their ids."""

    facts: dict[str, Any]
    tree: Branch
    hashes: dict[str, bytes]
    values: dict[str, dict[str, Any]]

    @property
    def canvas(self) -> tuple[int, int, int, int]:
        """Where the corner of the first canvas lies on this one, which may not be told; its width and height."""
        (x, y), (width, height) = self.facts.get("origin", (0, 0)), self.facts["extent"]
        return int(x), int(y), int(width), int(height)

    @property
    def guides(self) -> Guides:
        """None in a journal that knew of none yet."""
        return Guides.of(*self.facts.get("guides", ((), ())))

    @property
    def depth(self) -> Depth:
        return 16 if self.facts["depth"] == 16 else 8


class JournalReader:
    """Implements ``editor.history.kept_step.States``. A tile that several planes share is one array."""

    def __init__(self, store: JournalStore) -> None:
        self._store = store
        self._tiles: WeakValueDictionary[bytes, Pixels] = WeakValueDictionary()

    def document(self, number: int, candidates: Mapping[str, Collection[int]] | None = None) -> Kept:
        """With ``candidates``, only those: numbers by the layers' ids. Raises JournalError."""
        return _checked(lambda: self._document(self._state(number), candidates))

    def change(self, start: int, end: int, held: Collection[str]) -> DocumentChange:
        try:
            return _checked(lambda: self._change(self._state(start), self._state(end), held, end > start))
        except JournalError as error:
            raise RuntimeError(f"the journal cannot give this step back: {error}") from error

    def candidates(self, number: int) -> dict[str, list[int]]:
        """The numbers of each fill layer's candidates, by the layers' ids. Raises JournalError."""

        def found() -> dict[str, list[int]]:
            values = self._state(number).values
            each = {
                layer_id: value["candidates"] for layer_id, value in values.items() if "candidates" in value
            }
            return {
                layer_id: [one["number"] for one in value["candidates"]] for layer_id, value in each.items()
            }

        return _checked(found)

    def references(self, numbers: Collection[int]) -> tuple[set[bytes], set[bytes]]:
        """The nodes and the tiles that these steps are made of. Raises JournalError."""
        return _checked(lambda: self._references(numbers))

    # A whole document

    def _document(self, state: _State, candidates: Mapping[str, Collection[int]] | None) -> Kept:
        facts = state.facts
        resolution = tuple(map(float, facts["resolution"])) if facts["resolution"] else None
        metadata = Metadata(resolution)  # type: ignore[arg-type]
        for name in METADATA_BYTES:
            setattr(metadata, name, self._node(facts[name]) if facts[name] is not None else None)
        document = Document(Extent(*state.canvas[2:]), metadata, state.depth)
        document.origin = state.canvas[:2]
        document.selection = self._plane(facts["selection"], 1, state.depth)
        document.guides = state.guides
        document.root.id = state.tree.id
        self._fill(document, document.root, state.tree, state)
        for layer in document.layers():
            if isinstance(layer, FillLayer) and candidates is not None:
                numbers = candidates.get(layer.id, ())
                layer.candidates = tuple(each for each in layer.candidates if each.number in numbers)
        return Kept(document, document.layer(str(facts["active"])))

    def _fill(self, document: Document, group: Group, branch: Branch, state: _State) -> None:
        for index, child in enumerate(branch.children):
            layer = self._layer(state, child.id)
            document.insert(layer, group, index)
            if isinstance(layer, Group):
                self._fill(document, layer, child, state)

    def _layer(self, state: _State, layer_id: str) -> Layer:
        """A group is empty."""
        values = dict(state.values[layer_id])
        kind = KINDS[values.pop("kind")]
        return kind(**{name: self._value(name, value, state.depth) for name, value in values.items()})

    def _value(self, name: str, value: Any, depth: Depth) -> Any:
        if not isinstance(value, dict):
            return value
        if "plane" in value:
            return self._plane(value["plane"], 4 if name in ("pixels", "raw") else 1, depth)
        if "recipe" in value:
            selection = self._plane(value["selection"], 1, None)
            source = self._plane(value["source"], 1, None) if "source" in value else None
            return FillRecipe.from_json(self._node(value["recipe"]).decode(), selection, source)
        return tuple(self._candidate(each, depth) for each in value["candidates"])

    def _candidate(self, values: dict[str, Any], depth: Depth) -> Candidate:
        return Candidate(
            int(values["number"]), values["seed"], self._plane(values["pixels"], 4, depth), values["facts"]
        )

    # From one state to another

    def _change(self, start: _State, end: _State, held: Collection[str], forward: bool) -> DocumentChange:
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
        start: _State,
        end: _State,
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

    def _planes(self, start: _State, state: _State, layer_ids: Collection[str]) -> DeepPlanes:
        layers: dict[str, dict[str, Any]] = {}
        for layer_id in layer_ids:
            layers[layer_id] = {
                name: self._value(name, value, state.depth)
                for name, value in state.values[layer_id].items()
                if isinstance(value, dict)
            }
        selection = self._plane(state.facts["selection"], 1, state.depth)
        shift = state.canvas[0] - start.canvas[0], state.canvas[1] - start.canvas[1]
        return DeepPlanes(state.depth, selection, layers, Extent(*state.canvas[2:]), shift)

    def _patch(self, before: str, after: str) -> TilePatch:
        """The tiles that differ between two planes of one depth; chunks that are the same are not looked at."""
        (_head, old), (head, new) = self._chunks(before), self._chunks(after)
        patch: TilePatch = {}
        for place in old.keys() | new.keys():
            if old.get(place) != new.get(place):
                were, are = self._entries(old.get(place)), self._entries(new.get(place))
                for key in were.keys() | are.keys():
                    if were.get(key) != are.get(key):
                        patch[key] = self._tile(are[key], head) if key in are else None
        return patch

    # Nodes and tiles

    def _state(self, number: int) -> _State:
        hash_ = self._store.state(number)
        if hash_ is None:
            raise JournalDamaged("one of its steps is missing")
        facts = json.loads(self._node(hash_.hex()))
        state = _State(facts, Branch(""), {}, {})
        return replace(state, tree=self._branch(facts["root"], state, MAX_DEPTH + 2))

    def _branch(self, values: Any, state: _State, levels: int) -> Branch:
        layer_hash, children = values
        layer = json.loads(self._node(layer_hash))
        layer_id = layer["id"]
        if not isinstance(layer_id, str) or layer_id in state.values:
            raise JournalDamaged("two of its layers are one")
        if not levels or len(state.values) > MAX_LAYERS:
            raise JournalDamaged("it has too many layers")
        state.hashes[layer_id] = bytes.fromhex(layer_hash)
        state.values[layer_id] = layer
        branches = tuple(self._branch(child, state, levels - 1) for child in children)
        return Branch(layer_id, branches)

    def _node(self, hash_: str) -> bytes:
        data = self._store.node(bytes.fromhex(hash_))
        if data is None or node_hash(data) != bytes.fromhex(hash_):
            raise JournalDamaged("a part of it is missing or damaged")
        return data

    def _chunks(self, hash_: str) -> tuple[tuple[int, Depth], dict[TileKey, bytes]]:
        """Channels and depth, and the hashes of chunks by their places."""
        data = self._node(hash_)
        channels, depth = PLANE_HEAD.unpack_from(data)
        if channels not in (1, 4) or depth not in DTYPES:
            raise JournalDamaged("it has a plane of a form that there is none of")
        return (channels, depth), _unpacked(data[PLANE_HEAD.size :])

    def _entries(self, hash_: bytes | None) -> dict[TileKey, bytes]:
        return _unpacked(self._node(hash_.hex())) if hash_ is not None else {}

    def _plane(self, hash_: str, channels: int, depth: Depth | None) -> TileMap:
        """Of that depth, or of any where it is None."""
        head, chunks = self._chunks(hash_)
        if head[0] != channels or depth not in (None, head[1]):
            raise JournalDamaged("a plane of it has another form than its layer")
        tiles: TilePatch = {}
        for chunk in chunks.values():
            tiles.update((key, self._tile(tile, head)) for key, tile in self._entries(chunk).items())
        plane = TileMap(channels, depth=head[1])
        plane.exchange(tiles)
        return plane

    def _tile(self, hash_: bytes, head: tuple[int, Depth]) -> Pixels:
        known = self._tiles.get(hash_)
        if known is None:
            found = self._store.tile(hash_)
            if found is None:
                raise JournalDamaged("a tile of it is missing")
            known = self._tiles[hash_] = _decoded(hash_, *found)
        if (known.ndim == 3) != (head[0] == 4) or known.dtype != DTYPES[head[1]]:
            raise JournalDamaged("a tile of it has another form than its plane")
        return known

    def _references(self, numbers: Collection[int]) -> tuple[set[bytes], set[bytes]]:
        nodes: set[bytes] = set()
        tiles: set[bytes] = set()
        for number in numbers:
            state_hash = self._store.state(number)
            if state_hash is None:
                continue
            state = self._state(number)
            nodes.add(state_hash)
            nodes.update(state.hashes.values())
            planes = [state.facts["selection"]]
            bytes_ = [state.facts[name] for name in METADATA_BYTES]
            for values in state.values.values():
                for value in values.values():
                    if isinstance(value, dict):
                        planes += _planes_of(value)
                        bytes_.append(value.get("recipe"))
            nodes.update(bytes.fromhex(each) for each in bytes_ if each is not None)
            for plane in planes:
                if bytes.fromhex(plane) not in nodes:
                    nodes.add(bytes.fromhex(plane))
                    for chunk in self._chunks(plane)[1].values():
                        if chunk not in nodes:
                            nodes.add(chunk)
                            tiles.update(self._entries(chunk).values())
        return nodes, tiles


def _planes_of(value: dict[str, Any]) -> Iterator[str]:
    if "plane" in value:
        yield value["plane"]
    elif "recipe" in value:
        yield from (value[name] for name in ("selection", "source") if name in value)
    else:
        yield from (each["pixels"] for each in value["candidates"])


def _checked(work: Callable[[], _T]) -> _T:
    try:
        return work()
    except sqlite3.Error as error:
        raise JournalDamaged(f"it cannot be read ({error})") from error
    except _SIGNS_OF_DAMAGE as error:
        raise JournalDamaged(f"it is damaged ({error})") from error


def _unpacked(data: bytes) -> dict[TileKey, bytes]:
    return {(x, y): hash_ for x, y, hash_ in ENTRY.iter_unpack(data)}


def _decoded(hash_: bytes, form: int, data: bytes) -> Pixels:
    import lz4.block  # not at start-up

    dtype = np.dtype(np.uint16 if form & DEEP else np.uint8)
    pixel = (4,) if form & RGBA else ()
    shape = (1, 1, *pixel) if form & UNIFORM else (TILE, TILE, *pixel)
    size = math.prod(shape) * dtype.itemsize
    if not form & UNIFORM:
        try:
            data = lz4.block.decompress(data, uncompressed_size=size, return_bytearray=True)
        except lz4.block.LZ4BlockError as error:
            raise JournalDamaged("a tile of it is damaged") from error
    if len(data) != size:
        raise JournalDamaged("a tile of it is damaged")
    tile: Pixels = np.frombuffer(data, dtype).reshape(shape)
    if tile_hash(form, tile) != hash_:
        raise JournalDamaged("a tile of it is damaged")
    if form & UNIFORM:
        return np.broadcast_to(tile, (TILE, TILE, *pixel))
    tile.flags.writeable = False
    return tile
