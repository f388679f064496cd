"""The candidates of a fill layer in an OpenRaster file: each one by what it differs in from the layer's own pixels."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from typing import Any

import numpy as np

from editor.document.candidates import Candidate
from editor.document.geometry import TILE, Bounds, tile_bounds
from editor.document.layers import FillLayer
from editor.document.tiles import Pixels, TileMap

_log = logging.getLogger(__name__)


def candidate_entries(
    layer: FillLayer,
    folder: str,
    x: int,
    y: int,
    encode: Callable[[Pixels], bytes],
    put: Callable[[str, bytes], None],
    kept: Callable[[Bounds], Bounds],
) -> list[dict[str, Any]]:
    """Puts the pictures into the archive; what the extension says of them, placed relative to (x, y). The one that is
    taken differs in nothing and has no picture, and what is the same picture twice is written once."""
    entries, written = [], dict[str, str]()
    for candidate in layer.candidates:
        entry: dict[str, Any] = {"number": candidate.number, "seed": candidate.seed, "facts": candidate.facts}
        try:
            json.dumps(candidate.facts)
        except (TypeError, ValueError):
            _log.warning("the facts of a candidate of layer %r cannot be written", layer.name, exc_info=True)
            entry["facts"] = {}
        bounds = kept(_difference(layer.pixels, candidate.pixels))
        if bounds:
            data = encode(candidate.pixels.read(bounds))
            src = f"{folder}/candidate{candidate.number:03}.png"
            known = written.setdefault(hashlib.sha256(data).hexdigest(), src)
            if known == src:
                put(src, data)
            entry |= {"src": known, "x": bounds.x - x, "y": bounds.y - y}
        entries.append(entry)
    return entries


def read_candidate(
    entry: dict[str, Any],
    pixels: TileMap,
    picture: Callable[[dict[str, Any]], tuple[Bounds, Pixels]],
) -> Candidate:
    """``pixels`` are the layer's own; ``picture`` gives what an entry with a ``src`` names, and where it lies in the
    document. Raises anything where the entry is broken."""
    number, seed, facts = entry["number"], entry["seed"], entry["facts"]
    if type(number) is not int or number < 1 or type(seed) is not int or not isinstance(facts, dict):
        raise ValueError("an entry of a candidate has values of the wrong kind")
    if "src" in entry:
        bounds, rgba = picture(entry)
        pixels = pixels.snapshot()
        pixels.exchange(pixels.patch(bounds, rgba))
    return Candidate(number, seed, pixels, facts)


def raw_entry(
    layer: FillLayer,
    folder: str,
    x: int,
    y: int,
    encode: Callable[[Pixels], bytes],
    put: Callable[[str, bytes], None],
    kept: Callable[[Bounds], Bounds],
) -> dict[str, Any] | None:
    """What the engine gave: the number of a candidate, or a picture as for these; None where it is the layer's own
    pixels."""
    if layer.raw is None:
        return None
    for candidate in layer.candidates:
        if candidate.number == layer.taken and candidate.pixels == layer.raw:
            return {"candidate": candidate.number}
    bounds = kept(_difference(layer.pixels, layer.raw))
    if not bounds:
        return None
    src = f"{folder}/raw.png"
    put(src, encode(layer.raw.read(bounds)))
    return {"src": src, "x": bounds.x - x, "y": bounds.y - y}


def read_raw(
    entry: dict[str, Any] | None,
    layer: FillLayer,
    picture: Callable[[dict[str, Any]], tuple[Bounds, Pixels]],
) -> TileMap | None:
    """Of a layer whose candidates have been read; ``picture`` as for these. Raises anything where it is broken."""
    if entry is None:
        return None
    if "candidate" in entry:
        return next(each.pixels for each in layer.candidates if each.number == entry["candidate"])
    raw = layer.pixels.snapshot()
    bounds, rgba = picture(entry)
    raw.exchange(raw.patch(bounds, rgba))
    return raw


def _difference(a: TileMap, b: TileMap) -> Bounds:
    """The rectangle around every pixel in which two planes differ."""
    bounds = Bounds(0, 0, 0, 0)
    for key in {*a, *b}:
        one, other = a.tile(key), b.tile(key)
        if one is other:
            continue
        differs = np.zeros((TILE, TILE), np.bool_)
        for channel in range(4):
            differs |= (0 if one is None else one[..., channel]) != (
                0 if other is None else other[..., channel]
            )
        rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
        if rows.size:
            place = tile_bounds(key)
            edges = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
            bounds = bounds.united(Bounds.from_edges(*edges).translated(place.x, place.y))
    return bounds
