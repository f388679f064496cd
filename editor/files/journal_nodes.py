"""JournalNodes: what lies in a journal by its hash: states, nodes, planes and tiles, each checked against it.

What a disk has damaged is told, and never shown.
"""

from __future__ import annotations

import json
import math
import sqlite3
import struct
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import numpy as np

from editor.document.change import Branch
from editor.document.geometry import TILE, TileKey
from editor.document.guides import Guides
from editor.document.tiles import DTYPES, Depth, Pixels, TileMap, TilePatch
from editor.files.journal_encode import DEEP, ENTRY, METADATA_BYTES, PLANE_HEAD, RGBA, UNIFORM, tile_hash
from editor.files.journal_store import JournalDamaged, JournalStore, node_hash
from editor.files.limits import MAX_DEPTH, MAX_LAYERS

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
class State:
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


class JournalNodes:
    """A tile that several planes share is one array. Methods raise JournalDamaged, ``sqlite3.Error``, and whatever
    damaged values lead to: call them by way of ``checked``."""

    def __init__(self, store: JournalStore) -> None:
        self._store = store
        self._tiles: WeakValueDictionary[bytes, Pixels] = WeakValueDictionary()

    def state(self, number: int) -> State:
        hash_ = self._store.state(number)
        if hash_ is None:
            raise JournalDamaged("one of its steps is missing")
        facts = json.loads(self.node(hash_.hex()))
        state = State(facts, Branch(""), {}, {})
        return replace(state, tree=self._branch(facts["root"], state, MAX_DEPTH + 2))

    def node(self, hash_: str) -> bytes:
        data = self._store.node(bytes.fromhex(hash_))
        if data is None or node_hash(data) != bytes.fromhex(hash_):
            raise JournalDamaged("a part of it is missing or damaged")
        return data

    def chunks(self, hash_: str) -> tuple[tuple[int, Depth], dict[TileKey, bytes]]:
        """Channels and depth, and the hashes of chunks by their places."""
        data = self.node(hash_)
        channels, depth = PLANE_HEAD.unpack_from(data)
        if channels not in (1, 4) or depth not in DTYPES:
            raise JournalDamaged("it has a plane of a form that there is none of")
        return (channels, depth), _unpacked(data[PLANE_HEAD.size :])

    def entries(self, hash_: bytes | None) -> dict[TileKey, bytes]:
        return _unpacked(self.node(hash_.hex())) if hash_ is not None else {}

    def plane(self, hash_: str, channels: int, depth: Depth | None) -> TileMap:
        """Of that depth, or of any where it is None."""
        head, chunks = self.chunks(hash_)
        if head[0] != channels or depth not in (None, head[1]):
            raise JournalDamaged("a plane of it has another form than its layer")
        tiles: TilePatch = {}
        for chunk in chunks.values():
            tiles.update((key, self.tile(tile, head)) for key, tile in self.entries(chunk).items())
        plane = TileMap(channels, depth=head[1])
        plane.exchange(tiles)
        return plane

    def tile(self, hash_: bytes, head: tuple[int, Depth]) -> Pixels:
        known = self._tiles.get(hash_)
        if known is None:
            found = self._store.tile(hash_)
            if found is None:
                raise JournalDamaged("a tile of it is missing")
            known = self._tiles[hash_] = _decoded(hash_, *found)
        if (known.ndim == 3) != (head[0] == 4) or known.dtype != DTYPES[head[1]]:
            raise JournalDamaged("a tile of it has another form than its plane")
        return known

    def references(self, numbers: Collection[int]) -> tuple[set[bytes], set[bytes]]:
        nodes: set[bytes] = set()
        tiles: set[bytes] = set()
        for number in numbers:
            state_hash = self._store.state(number)
            if state_hash is None:
                continue
            state = self.state(number)
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
                    for chunk in self.chunks(plane)[1].values():
                        if chunk not in nodes:
                            nodes.add(chunk)
                            tiles.update(self.entries(chunk).values())
        return nodes, tiles

    def _branch(self, values: Any, state: State, levels: int) -> Branch:
        layer_hash, children = values
        layer = json.loads(self.node(layer_hash))
        layer_id = layer["id"]
        if not isinstance(layer_id, str) or layer_id in state.values:
            raise JournalDamaged("two of its layers are one")
        if not levels or len(state.values) > MAX_LAYERS:
            raise JournalDamaged("it has too many layers")
        state.hashes[layer_id] = bytes.fromhex(layer_hash)
        state.values[layer_id] = layer
        branches = tuple(self._branch(child, state, levels - 1) for child in children)
        return Branch(layer_id, branches)


def checked(work: Callable[[], _T]) -> _T:
    try:
        return work()
    except sqlite3.Error as error:
        raise JournalDamaged(f"it cannot be read ({error})") from error
    except _SIGNS_OF_DAMAGE as error:
        raise JournalDamaged(f"it is damaged ({error})") from error


def _planes_of(value: dict[str, Any]) -> Iterator[str]:
    if "plane" in value:
        yield value["plane"]
    elif "recipe" in value:
        yield from (value[name] for name in ("selection", "source") if name in value)
    else:
        yield from (each["pixels"] for each in value["candidates"])


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
