"""Compositing: stacks of layers against QPainter and against copying memory; single modes; 16 bits; a dirty tile."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage, QPainter

from editor.document.document import Document
from editor.document.geometry import TILE, Bounds, Extent, keys_covering
from editor.document.layers import Group, PaintLayer
from editor.document.tiles import DTYPES, Depth, TileMap, frozen
from editor.raster import native
from editor.raster.blend_modes import MODES
from editor.raster.program import Output
from editor.raster.stack import run
from editor.render.compositor import composite, tile_job
from editor.render.layer_program import LayerProgram
from editor.render.projection import TileJob
from editor.render.qimage import premultiplied
from editor.render.screen import ScreenCompositor
from tests.benchmarks.report import Figure, Goal

SIDE = 4096
LAYERS = 20
OPACITY = 0.8
MIXED = ("normal", "multiply", "overlay", "soft-light")
RUNS = 5
_QT_MODES = {
    "normal": QPainter.CompositionMode.CompositionMode_SourceOver,
    "multiply": QPainter.CompositionMode.CompositionMode_Multiply,
    "overlay": QPainter.CompositionMode.CompositionMode_Overlay,
    "soft-light": QPainter.CompositionMode.CompositionMode_SoftLight,
}


def measure(tell: Callable[[str], None]) -> list[Figure]:
    if not native.load(compile_here=True):
        return [Figure("20 layers of 4096²", (), "s", note=native.problem())]
    tell("making 20 layers")
    layers = [picture(index, SIDE) for index in range(LAYERS)]
    figures = whole(tell, layers)
    figures += dirty_tile(tell, layers)
    del layers
    figures += single_modes(tell)
    return figures + deep(tell)


def picture(seed: int, side: int, depth: Depth = 8) -> npt.NDArray[np.generic]:
    """(side, side, 4): every alpha there is; the lowest is opaque."""
    full = (1 << depth) - 1
    pixels = np.random.default_rng(seed).integers(0, full + 1, (side, side, 4), dtype=DTYPES[depth])
    if seed == 0:
        pixels[..., 3] = full
    return pixels


def group_of(layers: Sequence[npt.NDArray[np.generic]], modes: Sequence[str] = MIXED) -> Group:
    children = [
        PaintLayer(
            str(index),
            pixels=TileMap.from_array(pixels),
            blend_mode=modes[index % len(modes)] if index else "normal",
            opacity=OPACITY if index else 1.0,
        )
        for index, pixels in enumerate(layers)
    ]
    return Group("", children=list(children))


def whole(tell: Callable[[str], None], layers: Sequence[npt.NDArray[np.uint8]]) -> list[Figure]:
    """All of it, for the screen: processor time against QPainter, wall time on all cores against copying."""
    plan = LayerProgram.of(group_of(layers))
    out = np.zeros((SIDE // TILE) ** 2 * TILE * TILE * 4, np.uint8).reshape(-1, TILE, TILE, 4)
    keys = list(keys_covering(Bounds(0, 0, SIDE, SIDE)))
    jobs = [tile_job(plan.inputs(key), tile, key) for key, tile in zip(keys, out, strict=True)]
    images = [_image(pixels) for pixels in layers]
    target = QImage(SIDE, SIDE, QImage.Format.Format_ARGB32_Premultiplied)
    source, copy = np.ones(SIDE * SIDE * 4, np.uint8), np.zeros(SIDE * SIDE * 4, np.uint8)
    ours_cpu, ours_wall, qt_cpu, copying = [], [], [], []
    for turn in range(RUNS):
        tell(f"20 layers of 4096², {turn + 1} of {RUNS}")
        began = time.perf_counter(), time.process_time()
        run(plan.program, jobs, Output.BGRA8)
        ours_wall.append(time.perf_counter() - began[0])
        ours_cpu.append(time.process_time() - began[1])
        began_cpu = time.process_time()
        _paint(target, images)
        qt_cpu.append(time.process_time() - began_cpu)
        began_wall = time.perf_counter()
        for _ in range(LAYERS):
            np.copyto(copy, source)
        copying.append(time.perf_counter() - began_wall)
    qt = Figure("20 mixed layers of 4096², QPainter, processor time", qt_cpu, "s")
    copied = Figure("copying 20 layers of 4096²", copying, "s")
    return [
        qt,
        Figure("20 mixed layers of 4096², processor time", ours_cpu, "s", qt, Goal(ratio_below=1 / 4.5)),
        copied,
        Figure("20 mixed layers of 4096², all cores", ours_wall, "s", copied, Goal(ratio_below=1 / 0.45)),
    ]


def _image(pixels: npt.NDArray[np.uint8]) -> QImage:
    data = premultiplied(pixels)
    height, width = data.shape[:2]
    return QImage(data.data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied).copy()


def _paint(target: QImage, images: Sequence[QImage], part: Bounds | None = None) -> None:
    painter = QPainter(target)
    for index, image in enumerate(images):
        mode = (
            _QT_MODES[MIXED[index % len(MIXED)]] if index else QPainter.CompositionMode.CompositionMode_Source
        )
        painter.setCompositionMode(mode)
        painter.setOpacity(OPACITY if index else 1.0)
        if part is None:
            painter.drawImage(0, 0, image)
        else:
            painter.drawImage(part.x, part.y, image, part.x, part.y, part.width, part.height)
    painter.end()


def dirty_tile(tell: Callable[[str], None], layers: Sequence[npt.NDArray[np.uint8]]) -> list[Figure]:
    """One tile anew, with nothing kept, and while the topmost layer is painted on."""
    tell("a dirty tile")
    side = 4 * TILE
    parts = [np.ascontiguousarray(pixels[:side, :side]) for pixels in layers]
    document = Document(Extent(side, side))
    document.root = group_of(parts)
    compositor = ScreenCompositor(document)
    images = [_image(pixels) for pixels in parts]
    target = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    out = np.zeros((TILE, TILE, 4), np.uint8)
    key = (1, 1)
    top = document.root.children[-1]
    assert isinstance(top, PaintLayer)
    uncached, cached, qt = [], [], []
    rng = np.random.default_rng(1)
    job = TileJob(key, 0, TILE, out)
    for focus, samples in ((None, uncached), (top, cached)):
        compositor.focus = focus
        for _ in range(60):
            top.pixels.exchange({key: frozen(rng.integers(0, 256, (TILE, TILE, 4), dtype=np.uint8))})
            began = time.perf_counter()
            compositor.render([job])
            samples.append((time.perf_counter() - began) * 1000)
    for _ in range(15):
        began = time.perf_counter()
        _paint(target, images, Bounds(TILE, TILE, TILE, TILE))
        qt.append((time.perf_counter() - began) * 1000)
    peer = Figure("a dirty tile under 20 layers, QPainter", qt, "ms")
    return [
        peer,
        Figure("a dirty tile under 20 layers", uncached[5:], "ms", peer, Goal(2.0, ratio_below=1 / 5)),
        Figure("the same, layers below kept", cached[5:], "ms", peer, Goal(0.2, ratio_below=1 / 5)),
    ]


def single_modes(tell: Callable[[str], None]) -> list[Figure]:
    """The slowest mode over a backdrop that is not opaque, and the largest error of all over an opaque one."""
    side = 1024
    layers = [picture(seed, side) for seed in (1, 2)]
    slowest: tuple[float, str, list[float]] = (0.0, "", [])
    for mode in MODES:
        tell(f"mode {mode}")
        plan = LayerProgram.of(group_of(layers, (mode,)))
        keys = list(keys_covering(Bounds(0, 0, side, side)))
        out = np.zeros((len(keys), TILE, TILE, 4), np.uint8)
        jobs = [tile_job(plan.inputs(key), tile, key) for key, tile in zip(keys, out, strict=True)]
        samples = []
        for _ in range(RUNS):
            began = time.process_time()
            run(plan.program, jobs, Output.BGRA8)
            samples.append((time.process_time() - began) * 1000 / (side * side / 1e6))
        slowest = max(slowest, (float(np.median(samples)), mode, samples))
    return [Figure(f"the slowest mode ({slowest[1]}), of one core", slowest[2], "ms/Mpixel", goal=Goal(4.0))]


def deep(tell: Callable[[str], None]) -> list[Figure]:
    """The same layers in 8 and in 16 bits."""
    side = 2048
    depths: tuple[Depth, ...] = (8, 16)
    groups = [group_of([picture(seed, side, depth) for seed in range(LAYERS)]) for depth in depths]
    samples: list[list[float]] = [[], []]
    for turn in range(RUNS):
        tell(f"8 and 16 bits, {turn + 1} of {RUNS}")
        for group, times in zip(groups, samples, strict=True):
            began = time.process_time()
            composite(group, Bounds(0, 0, side, side))
            times.append(time.process_time() - began)
    eight = Figure("20 mixed layers of 2048², 8 bits, processor time", samples[0], "s")
    return [
        eight,
        Figure("20 mixed layers of 2048², 16 bits", samples[1], "s", eight, Goal(ratio_below=2)),
    ]
