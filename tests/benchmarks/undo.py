"""Undo: what a change costs while it is made, a snapshot of all layers, undoing a stroke until it is shown, packing."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from editor.document.document import Document
from editor.document.geometry import TILE, Bounds, Extent, TileKey, keys_covering
from editor.document.layers import PaintLayer
from editor.document.tiles import Array8, TilePatch, frozen
from editor.history.commands import ChangeTiles
from editor.history.packing import PackedTile
from editor.raster import native
from editor.session import Session
from tests.benchmarks.report import Figure, Goal

SIDE = 8192
LAYERS = 20
MODES = ("normal", "multiply", "overlay", "soft-light")
CAPTURED = 1000
RUNS = 15
STROKE = Bounds(2048, 2048, 10 * TILE, 10 * TILE)
"""100 tiles."""
VIEW = Bounds(2048, 2560, 2560, 1440)
"""What a large screen shows of it at full size: 60 tiles, all of them changed."""
_ROOMY = 1 << 40


def measure(tell: Callable[[str], None]) -> list[Figure]:
    if not native.load(compile_here=True):
        return [Figure("undo of a 100-tile stroke", (), "ms", note=native.problem())]
    tell("making the layers")
    photo = [photograph(seed) for seed in range(4)]
    figures = [*capture(photo), snapshot(photo)]
    for count in (1, LAYERS):
        for packed in (False, True):
            tell(f"undo among {count} layers{', packed' if packed else ''}")
            figures.append(undo(photo, count, packed))
    tell("packing")
    return figures + packing(photo[0])


def photograph(seed: int) -> Array8:
    """A tile as of a photo: smooth colour, with the noise of a sensor that no packer makes smaller."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:TILE, :TILE]
    smooth = np.stack([60 + x * 0.5, 40 + y * 0.6, 120 + 60 * np.sin((x + 40 * seed) / 30)], -1)
    tile = np.full((TILE, TILE, 4), 255, np.uint8)
    tile[..., :3] = np.clip(smooth + rng.normal(0, 7, smooth.shape), 0, 255)
    return frozen(tile)


def stroke_on(tile: Array8) -> Array8:
    """A soft stroke, 120 pixels wide, straight across."""
    distance = np.abs(np.mgrid[:TILE, :TILE][0] - TILE / 2) / 60
    alpha = np.clip(1.5 - 1.5 * distance, 0, 1)[..., None]
    new = tile.copy()
    new[..., :3] = np.rint(tile[..., :3] * (1 - alpha) + np.array((20, 90, 200)) * alpha)
    return frozen(new)


def document_of(photo: list[Array8], layers: int) -> Document:
    """Every layer fully covered; the layers share their tiles, so that they fit into any memory."""
    document = Document(Extent(SIDE, SIDE))
    keys = list(keys_covering(document.canvas))
    for index in range(layers):
        layer = PaintLayer(
            str(index),
            blend_mode=MODES[index % len(MODES)] if index else "normal",
            opacity=0.8 if index else 1,
        )
        layer.pixels.exchange({key: photo[(index + key[0] + key[1]) % len(photo)] for key in keys})
        document.insert(layer, document.root, index)
    return document


def capture(photo: list[Array8]) -> list[Figure]:
    """A tile is copied to be written, frozen, and exchanged by a command that keeps the one that was there; against
    the copying alone, most of which is the system's handing out of new memory."""
    document = document_of(photo, 1)
    layer = document.root.children[0]
    assert isinstance(layer, PaintLayer)
    copying, taken, commands = [], [], []
    for key in list(layer.pixels)[:CAPTURED]:
        began = time.perf_counter()
        old = layer.pixels.tile(key)
        assert old is not None
        copy = old.copy()
        copying.append((time.perf_counter() - began) * 1e6)
        new = frozen(copy)
        command = ChangeTiles("Stroke", document, layer, "pixels", {key: new})
        command.do()
        taken.append((time.perf_counter() - began) * 1e6)
        commands.append(command)
    alone = Figure("copying a tile into new memory", copying, "µs")
    return [alone, Figure("undo, capture of a tile", taken, "µs", alone, Goal(below=60))]


def snapshot(photo: list[Array8]) -> Figure:
    document = document_of(photo, LAYERS)
    taken = []
    for _ in range(RUNS * 3):
        began = time.perf_counter()
        document.snapshot()
        taken.append((time.perf_counter() - began) * 1e3)
    return Figure(f"snapshot of {LAYERS} full layers of {SIDE}²", taken, "ms", goal=Goal(below=1))


def undo(photo: list[Array8], layers: int, packed: bool) -> Figure:
    """Of a stroke over 100 tiles of the topmost layer, until all that is in view is ready for the screen again."""
    session = Session(document_of(photo, layers), history_budget=_ROOMY)
    layer = session.document.root.children[-1]
    assert isinstance(layer, PaintLayer)
    session.active = layer
    touched: dict[int, Array8] = {id(tile): stroke_on(tile) for tile in photo}
    patch: TilePatch = {}
    key: TileKey
    for key in keys_covering(STROKE):
        tile = layer.pixels.tile(key)
        assert tile is not None
        patch[key] = touched[id(tile)].copy()
        patch[key].flags.writeable = False  # type: ignore[union-attr]
    session.projection.update(VIEW)
    session.history.do(ChangeTiles("Stroke", session.document, layer, "pixels", patch))
    session.projection.update(VIEW)
    taken = []
    for run in range(RUNS + 2):
        if packed:
            session.history.budget = 0
            session.history.trim()
            session.history.wait()
            session.history.budget = _ROOMY
        began = time.perf_counter()
        session.history.undo()
        session.projection.update(VIEW)
        if run >= 2:  # what lies below and above the layer is kept from the second look on
            taken.append((time.perf_counter() - began) * 1e3)
        session.history.redo()
        session.projection.update(VIEW)
    session.close()
    name = (
        f"undo of 100 tiles, shown, {layers} layer{'s' if layers > 1 else ''}{', packed' if packed else ''}"
    )
    return Figure(name, taken, "ms", goal=Goal(below=16))


def packing(tile: Array8) -> list[Figure]:
    """A stroke across a photograph: what is left of a tile on its own, and against what the stroke has left there."""
    new = stroke_on(tile)
    alone = Figure("lz4 of a tile, of its size", [PackedTile(tile, None).nbytes / tile.nbytes], "")
    against = PackedTile(tile, new).nbytes / tile.nbytes
    times = []
    for _ in range(RUNS * 10):
        began = time.perf_counter()
        PackedTile(tile, new)
        times.append((time.perf_counter() - began) * 1e6)
    return [
        alone,
        Figure("lz4 of old XOR new, of its size", [against], "", alone, Goal(ratio_below=0.5)),
        Figure("packing of a tile", times, "µs"),
    ]
