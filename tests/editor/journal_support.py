"""Sessions with journals, and what two documents must have in common to be the same."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from editor.document.candidates import Candidate
from editor.document.document import Document
from editor.document.geometry import Bounds, Extent
from editor.document.layers import FillLayer, Group, Layer, PaintLayer
from editor.document.recipe import FillRecipe
from editor.document.tiles import Depth, TileMap
from editor.files.journal_folder import JournalFolder
from editor.files.journal_store import JournalStore
from editor.history.commands import ChangeTiles, InsertLayer
from editor.session import Session
from editor.session_journal import SessionJournal, bring_back


def digest(document: Document) -> str:
    """Of everything that a document holds."""
    metadata = document.metadata
    found = hashlib.sha256()

    def add(value: Any) -> None:
        if isinstance(value, TileMap):
            add((value.channels, value.depth))
            for key in sorted(value):
                tile = value.tile(key)
                assert tile is not None
                add(key)
                found.update(np.ascontiguousarray(tile).tobytes())
        elif isinstance(value, FillRecipe):
            add(value.to_json())
            add(value.selection)
        elif isinstance(value, Candidate):
            add((value.number, value.seed, sorted(value.facts.items())))
            add(value.pixels)
        elif isinstance(value, tuple):
            found.update(b"(")
            for each in value:
                add(each)
        else:
            found.update(repr(value).encode() + b";")

    def walk(layer: Layer) -> None:
        add(type(layer).__name__)
        for each in fields(layer):
            if each.name not in ("parent", "children"):
                add(getattr(layer, each.name))
        for child in layer.children if isinstance(layer, Group) else ():
            assert child.parent is layer
            walk(child)
        add("end")

    add((document.extent.width, document.extent.height, document.depth))
    add((metadata.resolution, metadata.icc_profile, metadata.exif, metadata.xmp))
    add(document.selection)
    add((document.guides.horizontal, document.guides.vertical))
    walk(document.root)
    return found.hexdigest()


def plane(seed: int, channels: int = 4, depth: Depth = 8, side: int = 300, x: int = 0) -> TileMap:
    """Noise, and a tile of one value."""
    rng = np.random.default_rng(seed)
    shape = (side, side, 4) if channels == 4 else (side, side)
    full = 255 if depth == 8 else 65535
    noise = rng.integers(0, full + 1, shape).astype(np.uint8 if depth == 8 else np.uint16)
    noise[:200, :] = seed % 200 + 1
    return TileMap.from_array(noise, x, x // 2)


def recipe(seed: int, side: int = 300) -> FillRecipe:
    selection = plane(seed + 50, 1, side=side)
    return FillRecipe(
        "content-aware", seed, Bounds(1, 2, 30, 40), (30, 40), 4, 6, facts={"time": 1.5}, selection=selection
    )


def fill_layer(seed: int, candidates: int = 2, side: int = 300) -> FillLayer:
    made = tuple(
        Candidate(n, seed + n, plane(seed + n, side=side), {"n": n}) for n in range(1, candidates + 1)
    )
    layer = FillLayer(f"Fill {seed}", mask=plane(seed, 1, side=side), pixels=plane(seed + 1, side=side))
    layer.recipe = recipe(seed, side)
    layer.candidates, layer.taken = made, 1
    return layer


def small_document(depth: Depth = 8, side: int = 300) -> Document:
    document = Document(Extent(500, 400), depth=depth)
    document.metadata.resolution = (72.0, 72.5)
    document.metadata.exif = b"exif"
    document.insert(PaintLayer("Background", pixels=plane(1, depth=depth, side=side)), document.root, 0)
    return document


def paint(session: Session, layer: PaintLayer, seed: int, label: str = "") -> None:
    """One step: other pixels in a square."""
    rng = np.random.default_rng(seed)
    x, y, side = int(rng.integers(0, 400)), int(rng.integers(0, 300)), int(rng.integers(5, 90))
    full = layer.pixels.full
    square = rng.integers(0, full + 1, (side, side, 4)).astype(layer.pixels.dtype)
    patch = layer.pixels.patch(Bounds(x, y, side, side), square)
    session.history.do(ChangeTiles(label or f"Paint {seed}", session.document, layer, "pixels", patch))


def insert(session: Session, layer: Layer, label: str = "Insert") -> None:
    root = session.document.root
    session.history.do(InsertLayer(label, session.document, layer, root, len(root.children)))


def no_problem(text: str) -> None:
    raise AssertionError(text)


def journalled(session: Session, folder: JournalFolder) -> SessionJournal:
    return SessionJournal(session, folder, no_problem)


def crash(journal: SessionJournal) -> None:
    """What the process's end leaves: all that was recorded is written, and nothing is tidied."""
    journal.journal.flush()
    journal.journal._put(_end(journal))
    journal.journal._queue.put(None)
    journal.wait()


def reopened(path: Path, as_saved: bool = False) -> tuple[Session, JournalStore]:
    store = JournalStore(path)
    return bring_back(store, as_saved).session(), store


def _end(journal: SessionJournal) -> Any:
    def close() -> None:
        store = journal.journal._store
        if store is not None:
            store.close()

    return close
