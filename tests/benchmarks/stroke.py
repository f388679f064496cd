"""Strokes: what a dab takes, applied to the layer and all, against libmypaint; and a frame while painting.

The same stroke, spaced by 10 % of the diameter, opaque and half hard, on a transparent layer. Both engines turn samples
into dabs, and both are given the whole stroke at once and bring the tiles up to date at its end. Ours runs on one
thread; libmypaint takes as many as it likes. What a canvas pays beside the dabs, since it is given a stroke in frames,
is in the figures of a frame.
"""

from __future__ import annotations

import math
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from editor.document.document import Document
from editor.document.geometry import TILE, Bounds, Extent
from editor.document.layers import PaintLayer
from editor.raster import native
from editor.raster.brush import Brush
from editor.raster.paint import Paint, Pixels, Work, apply
from editor.raster.stabiliser import Sample
from editor.raster.stroke import StrokePath
from editor.raster.transmittance import Transmittance
from editor.session import Session
from editor.settings import Settings
from editor.tools.paint_brush import PaintBrushTool
from editor.tools.tool import PointerEvent
from tests.benchmarks.report import Figure, Goal

RUNS, STROKES_A_RUN = 7, 5
"""Of a run the quickest stroke counts, for both: the machine may have other things to do."""
CANVAS = Bounds(0, 0, 3072, 2048)
HARDNESS, SPACING = 0.5, 0.1
STEP = 12.0
"""Pixels between two samples, 8 ms apart: 1500 pixels a second."""

# Diameter: dabs of the stroke, and how many times faster than libmypaint it is to be
STROKES = {10: (12_000, 6.0), 50: (4_000, 9.0), 200: (400, 6.0), 500: (120, 4.0), 1000: (40, 3.5)}

FRAME_SPEED = 6250.0
"""Pixels a second of the stroke in which a frame is measured: a wide screen in less than half a second, and at a
diameter of 1000 a dab in each frame."""
FRAME, EVENTS = 0.016, 8
FRAMES = 40

_SOURCE = Path(__file__).with_name("libmypaint_stroke.c")


def measure(tell: Callable[[str], None]) -> list[Figure]:
    if not native.load():
        raise RuntimeError(f"no compiled kernels: {native.problem()}")
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="pentimento-bench-") as folder:
        driver, missing = _driver(Path(folder))
        for diameter, (dabs, times) in STROKES.items():
            tell(f"{diameter} pixels")
            samples = _way(dabs * diameter * SPACING, diameter)
            ours, theirs = [], []
            for _ in range(RUNS):
                ours.append(_ours(diameter, samples))
                if driver is not None:
                    theirs.append(_theirs(driver, diameter, samples))
            title = f"dab of {diameter} pixels, painted"
            peer = Figure(f"dab of {diameter} pixels, libmypaint", theirs, "µs", note=missing)
            goal = Goal(ratio_below=1 / times) if theirs else None
            figures += [peer, Figure(title, ours, "µs", peer if theirs else None, goal)]
    for diameter, goal in ((10, None), (1000, Goal(below=5.0))):
        tell(f"frames at {diameter} pixels")
        figures.append(
            Figure(f"frame while painting {diameter} pixels wide", _frames(diameter), "ms", goal=goal)
        )
    return figures


def _way(length: float, diameter: float) -> list[Sample]:
    """A hatching, its lines half a diameter apart, as far from the canvas's edge as the brush is wide."""
    margin = diameter / 2 + 20
    width, height = (min(side - 2 * margin, max(1024.0, 4 * diameter)) for side in CANVAS.extent)
    samples = []
    for k in range(math.ceil(length / STEP) + 1):
        x, y = k * STEP, k * STEP * diameter / 2 / width
        x, y = (abs((at + span) % (2 * span) - span) for at, span in ((x, width), (y, height)))
        samples.append(Sample(margin + x, margin + y, time=k * 8.0))
    return samples


def _ours(diameter: float, samples: list[Sample]) -> float:
    """Microseconds a dab; the layer already has its tiles, and the stamps have been made, after a first stroke."""
    brush = Brush(size=diameter, hardness=HARDNESS, spacing=SPACING)
    clear = np.zeros((TILE, TILE, 4), np.uint8)
    tiles: dict[tuple[int, int], Pixels] = {}
    taken = []
    for _ in range(1 + STROKES_A_RUN):
        began = time.perf_counter()
        stroke = Transmittance(CANVAS, brush.form(), tile=TILE)
        path = StrokePath(brush)
        dabs = path.add(samples)
        stroke.add(dabs)
        changed = stroke.take_changed()
        works = []
        for key, (transmittance, area) in changed.items():
            tile = tiles.get(key, clear)
            works.append(Work(tile, tile, transmittance, None, area))
        tiles.update(zip(changed, apply(works, Paint((0.8, 0.4, 0.2))), strict=True))
        taken.append((time.perf_counter() - began) / len(dabs) * 1e6)
    return min(taken[1:])


def _theirs(driver: Path, diameter: float, samples: list[Sample]) -> float:
    facts = [CANVAS.width, CANVAS.height, diameter, HARDNESS, 0.5 / SPACING, STROKES_A_RUN]
    lines = "".join(f"{sample.x:.3f} {sample.y:.3f}\n" for sample in samples)
    done = subprocess.run(
        [driver, *map(str, facts)], input=lines, capture_output=True, text=True, check=True, timeout=120
    )
    strokes = [line.split() for line in done.stdout.splitlines()]
    asked = len(samples) * STEP / (diameter * SPACING)
    if not all(0.8 < int(dabs) / asked < 1.2 for dabs, _ in strokes):
        raise RuntimeError(f"libmypaint has not put down {asked:.0f} dabs of {diameter} pixels: {strokes}")
    return min(float(seconds) / int(dabs) for dabs, seconds in strokes) * 1e6


def _driver(folder: Path) -> tuple[Path | None, str]:
    """The compiled driver; or None, and why there is none."""
    if shutil.which("cc") is None or shutil.which("pkg-config") is None:
        return None, "a C compiler and pkg-config are missing"
    asked = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "libmypaint"], capture_output=True, text=True, check=False
    )
    if asked.returncode:
        return None, "libmypaint is missing (on Debian: apt-get install libmypaint-dev)"
    program = folder / "libmypaint_stroke"
    subprocess.run(["cc", "-O2", "-o", program, _SOURCE, *asked.stdout.split(), "-lm"], check=True)
    return program, ""


def _frames(diameter: int) -> list[float]:
    """Milliseconds of the brush tool's frames on a layer that is painted on, without what the canvas then shows."""
    document = Document(Extent(8192, 8192))
    document.insert(PaintLayer("Paint"), document.root, 0)
    settings = Settings()
    settings["paint-brush"] = "none"
    settings["paint-size"], settings["paint-hardness"] = diameter, round(HARDNESS * 100)
    settings["paint-spacing"], settings["paint-color"] = round(SPACING * 100), "#cc6633"
    taken: list[float] = []
    for stroke in range(2):
        tool = PaintBrushTool(Session(document), settings)
        tool.press(PointerEvent(600.0, 1000.0 + stroke))
        for frame in range(FRAMES):
            for event in range(EVENTS):
                x = 600 + FRAME_SPEED * FRAME * (frame + (event + 1) / EVENTS)
                tool.move(PointerEvent(x, 1000.0 + stroke))
            began = time.perf_counter()
            tool.frame()
            if stroke:
                taken.append((time.perf_counter() - began) * 1e3)
        tool.commit()
    return taken
