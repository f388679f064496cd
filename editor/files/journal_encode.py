"""JournalEncoder: a document's state as nodes and tiles of a journal, of which only those that are new are written.

A plane is a node that lists chunks of 8 × 8 tiles, each a node that lists the hashes of its tiles: a stroke writes the
tiles that it has changed, and the few chunks that they lie in.
"""

from __future__ import annotations

import hashlib
import json
import logging
import operator
import struct
import weakref
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from editor.document.candidates import Candidate
from editor.document.document import Document
from editor.document.geometry import TileKey
from editor.document.layers import FillLayer, Group, Layer, PaintLayer
from editor.document.recipe import FillRecipe
from editor.document.tiles import Pixels, TileMap, is_uniform
from editor.files.journal_store import HASH_BYTES, JournalStore

CHUNK_BITS = 3
"""A chunk has so many bits of a tile's column and row."""
ENTRY = struct.Struct(f"<ii{HASH_BYTES}s")
"""Column and row (of a tile or a chunk), and a hash."""
PLANE_HEAD = struct.Struct("<BB")
"""Channels and bits per channel."""

KINDS: dict[str, type[Layer]] = {"paint": PaintLayer, "fill": FillLayer, "group": Group}
PLACE_FIELDS = ("parent", "children")
"""Of a layer, what the tree says and not the layer's own node."""
METADATA_BYTES = ("icc_profile", "exif", "xmp")

UNIFORM, RGBA, DEEP = 1, 2, 4
"""Bits of a tile's form: one pixel stands for all; four channels; 16 bits per channel."""

_KIND_OF = {kind: name for name, kind in KINDS.items()}

_log = logging.getLogger(__name__)


@dataclass
class _Slot:
    """A plane as it was last written. The tiles are held, so that one that is the same object is the same tile."""

    head: bytes
    keys: list[TileKey]
    tiles: list[Pixels]
    chunks: dict[TileKey, bytes]
    hash: bytes


@dataclass
class JournalEncoder:
    """Within a transaction of the store; after one that failed, and after nodes were deleted, call ``forget``."""

    store: JournalStore
    _slots: dict[str, _Slot] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)
    _hashes: dict[int, tuple[weakref.ref[Pixels], bytes]] = field(default_factory=dict)

    def forget(self) -> None:
        """What is known to be in the store."""
        self._slots.clear()

    def state(self, document: Document, active: str | None) -> bytes:
        """Writes what is new of a document that nobody changes meanwhile; returns the hash of its node.

        Raises TypeError where a layer has what no journal can keep.
        """
        self._used = set()
        metadata = document.metadata
        values = {
            "extent": [document.extent.width, document.extent.height],
            "origin": list(document.origin),
            "depth": document.depth,
            "resolution": metadata.resolution,
            **{name: self._bytes(getattr(metadata, name)) for name in METADATA_BYTES},
            "selection": self._plane("selection", document.selection),
            "guides": [document.guides.horizontal, document.guides.vertical],
            "root": self._branch(document.root),
            "active": active,
        }
        for name in self._slots.keys() - self._used:
            del self._slots[name]
        return self.store.put_node(_json(values))

    def _branch(self, layer: Layer) -> list[Any]:
        children = layer.children if isinstance(layer, Group) else ()
        return [self._layer(layer), [self._branch(child) for child in children]]

    def _layer(self, layer: Layer) -> str:
        values = {"kind": _KIND_OF[type(layer)]}
        for each in fields(layer):
            if each.name not in PLACE_FIELDS:
                values[each.name] = self._value(layer, each.name, getattr(layer, each.name))
        return self.store.put_node(_json(values)).hex()

    def _value(self, layer: Layer, name: str, value: Any) -> Any:
        place = f"{layer.id}/{name}"
        if isinstance(value, TileMap):
            return {"plane": self._plane(place, value)}
        if isinstance(value, FillRecipe):
            try:
                text = value.to_json()
            except (TypeError, ValueError):
                _log.warning("the recipe of layer %r cannot be kept", layer.name, exc_info=True)
                return None
            planes = {"selection": self._plane(place, value.selection)}
            if value.source:
                planes["source"] = self._plane(f"{place}/source", value.source)
            return {"recipe": self._bytes(text.encode()), **planes}
        if isinstance(value, tuple) and all(isinstance(each, Candidate) for each in value):
            return {"candidates": [self._candidate(place, each) for each in value]}
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        raise TypeError(f"a layer's {name} of type {type(value).__name__}")

    def _candidate(self, place: str, candidate: Candidate) -> dict[str, Any]:
        pixels = self._plane(f"{place}/{candidate.number}", candidate.pixels)
        facts = {"number": candidate.number, "seed": candidate.seed, "facts": candidate.facts}
        return {**facts, "pixels": pixels}

    def _bytes(self, data: bytes | None) -> str | None:
        return self.store.put_node(data).hex() if data is not None else None

    def _plane(self, name: str, plane: TileMap) -> str:
        self._used.add(name)
        slot = self._slots.get(name)
        keys, tiles = list(plane), list(plane.tiles())
        head = PLANE_HEAD.pack(plane.channels, plane.depth)
        if slot is not None and (head, keys) == (slot.head, slot.keys):
            if all(map(operator.is_, tiles, slot.tiles)):
                return slot.hash.hex()
        chunks = {} if slot is None else slot.chunks
        before = {} if slot is None else dict(zip(slot.keys, slot.tiles, strict=True))
        changed = {key for key, tile in zip(keys, tiles, strict=True) if before.get(key) is not tile}
        changed |= before.keys() - set(keys)
        chunks = self._written_chunks(plane, chunks, {_chunk(key) for key in changed})
        hash_ = self.store.put_node(head + _packed(chunks.items()))
        self._slots[name] = _Slot(head, keys, tiles, chunks, hash_)
        return hash_.hex()

    def _written_chunks(
        self, plane: TileMap, known: dict[TileKey, bytes], changed: set[TileKey]
    ) -> dict[TileKey, bytes]:
        chunks = {place: hash_ for place, hash_ in known.items() if place not in changed}
        side = 1 << CHUNK_BITS
        for column, row in changed:
            entries = []
            for y in range(row * side, (row + 1) * side):
                for x in range(column * side, (column + 1) * side):
                    tile = plane.tile((x, y))
                    if tile is not None:
                        entries.append(((x, y), self._tile(tile)))
            if entries:
                chunks[column, row] = self.store.put_node(_packed(entries))
        return chunks

    def _tile(self, tile: Pixels) -> bytes:
        known = self._hashes.get(id(tile))
        if known is not None and known[0]() is tile:
            hash_ = known[1]
            if self.store.has_tile(hash_):
                return hash_
        form = (UNIFORM * is_uniform(tile)) | (RGBA * (tile.ndim == 3)) | (DEEP * (tile.dtype == np.uint16))
        pixels = np.ascontiguousarray(tile[:1, :1] if form & UNIFORM else tile)
        hash_ = tile_hash(form, pixels)
        number, hashes = id(tile), self._hashes

        def gone(reference: weakref.ref[Pixels]) -> None:
            held = hashes.get(number)
            if held is not None and held[0] is reference:
                del hashes[number]

        hashes[number] = weakref.ref(tile, gone), hash_
        if not self.store.has_tile(hash_):
            self.store.put_tile(hash_, form, _data(form, pixels))
        return hash_


def tile_hash(form: int, pixels: Pixels) -> bytes:
    """Of a tile's pixels, contiguous; of a uniform one's single pixel."""
    digest = hashlib.blake2b(bytes([form]), digest_size=HASH_BYTES)
    digest.update(pixels.data)
    return digest.digest()


def _data(form: int, pixels: Pixels) -> bytes:
    if form & UNIFORM:
        return pixels.tobytes()
    import lz4.block  # not at start-up

    data: bytes = lz4.block.compress(pixels.data, store_size=False)
    return data


def _chunk(key: TileKey) -> TileKey:
    return key[0] >> CHUNK_BITS, key[1] >> CHUNK_BITS


def _packed(entries: Iterable[tuple[TileKey, bytes]]) -> bytes:
    """In a fixed order: what is the same has the same hash."""
    return b"".join(ENTRY.pack(*key, hash_) for key, hash_ in sorted(entries))


def _json(values: Any) -> bytes:
    return json.dumps(values, ensure_ascii=False, sort_keys=True, default=repr).encode("utf-8", "replace")
