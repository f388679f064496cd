"""Files: 20 layers of 4096², opened and saved as OpenRaster and PSD, and beside Krita, where that is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from editor.document.document import Document
from editor.document.geometry import Extent
from editor.document.layers import PaintLayer
from editor.document.tiles import Array8, TileMap
from editor.files.formats import open_document, save_document
from editor.raster import native
from tests.benchmarks.report import Figure, Goal
from tests.benchmarks.surroundings import OFFSCREEN, ROOT, SAMPLE

SIDE = 4096
LAYERS, FULL = 20, 4
"""All layers, and those that cover the canvas; the others cover a quarter of it each."""
RUNS = 3
_LIMIT = 600
"""Seconds for another program."""


def measure(tell: Callable[[str], None]) -> list[Figure]:
    native.load(compile_here=True)
    tell("making the layers")
    document = layered()
    with tempfile.TemporaryDirectory(prefix="pentimento-files-") as name:
        folder = Path(name)
        figures = []
        for suffix in (".ora", ".psd"):
            saved, opened = [], []
            for turn in range(RUNS):
                tell(f"{suffix}: {turn + 1} of {RUNS}")
                saved.append(_seconds(partial(save_document, document, folder / f"a{suffix}")))
                opened.append(_seconds(partial(open_document, folder / f"a{suffix}")))
            size = (folder / f"a{suffix}").stat().st_size / 1e6
            note = f"{size:.0f} MB"
            figures += [
                Figure(f"save {LAYERS} layers of {SIDE}² as {suffix}", saved, "s", note=note),
                Figure(f"open {LAYERS} layers of {SIDE}² from {suffix}", opened, "s"),
            ]
        del document
        return figures + _beside_krita(folder, tell)


def layered() -> Document:
    """Parts of a photo with a sensor's noise, most of them behind soft edges."""
    photo = cv2.cvtColor(cv2.imread(str(SAMPLE)), cv2.COLOR_BGR2RGBA)
    photo = np.asarray(cv2.resize(photo, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), np.uint8)
    rng = np.random.default_rng(0)
    document = Document(Extent(SIDE, SIDE))
    modes = ("normal", "multiply", "overlay", "screen")
    for index in range(LAYERS):
        side = SIDE if index < FULL else SIDE // 2
        x, y = (0, 0) if index < FULL else (int(v) for v in rng.integers(0, SIDE // 2, 2))
        pixels = _noisy(photo[y : y + side, x : x + side], rng)
        if index:
            pixels[..., 3] = _soft(side)
        layer = PaintLayer(f"Layer {index}", opacity=0.7, blend_mode=modes[index % len(modes)])
        layer.pixels = TileMap.from_array(pixels, x, y)
        document.insert(layer, document.root, index)
    return document


def _noisy(photo: Array8, rng: np.random.Generator) -> Array8:
    out = photo.copy()
    noise = rng.integers(-3, 4, photo.shape[:2], np.int16)[..., None]
    out[..., :3] = np.clip(out[..., :3].astype(np.int16) + noise, 0, 255)
    return out


def _soft(side: int) -> Array8:
    across = np.minimum(np.arange(side), np.arange(side)[::-1]) / (side / 8)
    return (255 * np.clip(np.minimum.outer(across, across), 0, 1)).astype(np.uint8)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _beside_krita(folder: Path, tell: Callable[[str], None]) -> list[Figure]:
    """Either program as a command that opens the file and saves it again, its start included."""
    source = folder / "a.ora"
    krita = shutil.which("krita")
    ours, theirs = [], []
    for turn in range(RUNS if krita else 1):
        tell(f"opened and saved as a command, {turn + 1}")
        command = [sys.executable, "main.py", "export", str(source), str(folder / "ours.ora")]
        ours.append(_seconds(partial(_run, command)))
        if krita:
            command = [krita, str(source), "--export", "--export-filename", str(folder / "theirs.ora")]
            theirs.append(_seconds(partial(_run, command)))
    name = f"open and save {LAYERS} layers of {SIDE}² as .ora, as a command"
    peer = Figure(f"{name}: Krita", theirs, "s", note="" if krita else "krita is not installed")
    return [peer, Figure(name, ours, "s", peer, Goal(ratio_below=1.0) if krita else None)]


def _run(command: list[str]) -> None:
    environment = os.environ | OFFSCREEN
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=_LIMIT)
