"""Selections on 4096²: lasso, wand, feather and outline; the wand against OpenCV's flood fill of the same picture."""

from __future__ import annotations

import time
from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image

from editor.document.geometry import Bounds, Extent
from editor.document.selection import RefineKind, merge, rectangle, refined
from editor.document.tiles import Array8, TileMap
from editor.raster import native
from editor.raster.feather import feather
from editor.raster.flood import antialias, flood, like
from editor.raster.outline import outline
from editor.raster.polygon import polygon
from tests.benchmarks.report import Figure, Goal
from tests.benchmarks.surroundings import SAMPLE

SIDE = 4096
POINTS = 5000
SIGMAS = (1, 5, 20, 100, 500)
LIMIT = 100_000
"""Segments from which on an outline counts as noise."""
CLICKS = ((2048, 341, 40), (900, 1000, 40), (3000, 3400, 60))
"""x, y and tolerance: into the sky, a cloud and the meadow of the sample photo."""
RUNS = 9

CANVAS = Bounds.of(Extent(SIDE, SIDE))

_LASSO = Goal(below=45)
_WAND = Goal(ratio_below=1.3)
_FEATHER = Goal(below=75)
_OUTLINE = Goal(below=15)


def measure(tell: Callable[[str], None]) -> list[Figure]:
    if not native.load():
        raise RuntimeError(native.problem())
    tell("lasso")
    points = shape()
    figures = [Figure(f"lasso of {POINTS} points", timed(lambda: polygon(points, CANVAS)), "ms", goal=_LASSO)]
    mask = polygon(points, CANVAS)
    tell("outline")
    figures.append(Figure("outline of it", timed(lambda: outline(mask)), "ms", goal=_OUTLINE))
    noise = np.random.default_rng(5).integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
    figures.append(Figure("outline of noise, given up", timed(lambda: outline(noise, limit=LIMIT)), "ms"))
    for sigma in SIGMAS:
        tell(f"feather, sigma {sigma}")
        samples = timed(lambda sigma=sigma: feather(mask, sigma))  # type: ignore[misc]
        figures.append(Figure(f"feather, sigma {sigma}", samples, "ms", goal=_FEATHER))
    tell("wand")
    figures += wand_figures()
    tell("through the document")
    return figures + plane_figures(mask)


def wand_figures() -> list[Figure]:
    """By turns, so that both meet the same machine."""
    rgba = photo()
    bgr = cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGR)

    def theirs(x: int, y: int, tolerance: int) -> int:
        filled = np.zeros((SIDE + 2, SIDE + 2), np.uint8)
        flags = 4 | cv2.FLOODFILL_FIXED_RANGE | cv2.FLOODFILL_MASK_ONLY | (255 << 8)
        spread = (tolerance,) * 3
        return int(cv2.floodFill(bgr, filled, (x, y), (0,), spread, spread, flags)[0])

    def ours(x: int, y: int, tolerance: int) -> list[tuple[Bounds, Array8]]:
        colour = rgba[y, x]
        return flood(lambda part: like(rgba[part.slices()], colour, tolerance), CANVAS, x, y)

    selected = []
    mask = np.zeros((SIDE, SIDE), np.uint8)
    for click in CLICKS:
        parts = ours(*click)
        selected.append(sum(np.count_nonzero(part) for _place, part in parts))
        assert selected[-1] == theirs(*click), f"a click at {click} selects different areas"
        for place, part in parts:
            mask[place.slices()] |= part
    theirs_ms, ours_ms = [], []
    for _run in range(RUNS):
        theirs_ms += timed(lambda: [theirs(*click) for click in CLICKS], 1)
        ours_ms += timed(lambda: [ours(*click) for click in CLICKS], 1)
    note = "of the picture they select " + ", ".join(f"{area / SIDE**2:.0%}" for area in selected)
    peer = Figure("three flood fills, OpenCV's", theirs_ms, "ms", note=note)
    return [
        peer,
        Figure("three clicks of the wand", ours_ms, "ms", peer, _WAND),
        Figure("their edges smoothed", timed(lambda: antialias(mask)), "ms"),
    ]


def plane_figures(mask: Array8) -> list[Figure]:
    """What the menu does: of the same shape on tiles, and of all of the largest canvas."""
    plane = TileMap.from_array(mask)
    kinds: tuple[tuple[RefineKind, int], ...] = (
        ("grow", 5), ("grow", 50), ("shrink", 5), ("feather", 40), ("border", 4), ("smooth", 12),
    )  # fmt: skip
    figures = [
        Figure(
            f"{kind} by {pixels} px, on tiles",
            timed(lambda k=kind, p=pixels: refined(plane, CANVAS, k, p)),
            "ms",
        )  # type: ignore[misc]
        for kind, pixels in kinds
    ]
    largest = Bounds(0, 0, 1 << 15, 1 << 15)
    return [
        *figures,
        Figure("select all of 32768²", timed(lambda: merge(TileMap(1), rectangle(largest), "replace")), "ms"),
    ]


def shape() -> np.ndarray:
    """A line as a hand draws it round something large: lobes, and a tremor of two pixels."""
    angle = np.linspace(0, 2 * np.pi, POINTS, endpoint=False)
    radius = 1800 + 100 * np.sin(40 * angle) + np.random.default_rng(1).normal(0, 2, POINTS)
    middle = SIDE / 2
    return np.stack([middle + radius * np.cos(angle), middle + radius * np.sin(angle)], axis=1)


def photo() -> Array8:
    """The sample photo with its own noise, enlarged: (4096, 4096, 4), opaque."""
    with Image.open(SAMPLE) as image:
        rgb = np.asarray(image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC)).astype(np.int16)
    rgb = rgb + np.random.default_rng(2).integers(-3, 4, rgb.shape, dtype=np.int16)
    return np.dstack([np.clip(rgb, 0, 255), np.full((SIDE, SIDE), 255)]).astype(np.uint8)


def timed(act: Callable[[], object], runs: int = RUNS) -> list[float]:
    """Milliseconds of each run, after one that does not count (where there are several)."""
    if runs > 1:
        act()
    samples = []
    for _run in range(runs):
        began = time.perf_counter()
        act()
        samples.append((time.perf_counter() - began) * 1000)
    return samples
