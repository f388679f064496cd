"""Child of the view benchmark: a canvas, drawn and painted on; prints JSON.

``python -m tests.benchmarks.view_child drawing``, ``… stroke`` or ``… memory``.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable

import numpy as np
import psutil
from PySide6.QtCore import QEvent, QEventLoop, QPointF, Qt, QTimer, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from editor.canvas.canvas import Canvas
from editor.canvas.frame import CanvasFrame
from editor.document.document import Document
from editor.document.geometry import Extent, tile_bounds
from editor.document.guides import Guides
from editor.document.layers import PaintLayer
from editor.document.tiles import TileMap
from editor.raster import native
from editor.session import Session
from editor.settings import Settings
from editor.tools.paint_brush import PaintBrushTool
from editor.ui.main_window import MainWindow
from inference.client import host_command
from inference.worker import InferenceWorker

SIDE, LAYERS = 8192, 20
SCREEN = 2560, 1440
FRAMES = 40
GUIDES = 30
"""Across and down, of which a screen shows a third and a sixth."""

BRUSH = 500
STROKES, MOVES, EVERY = 4, 120, 0.004
"""Moves of a stroke, and seconds from one to the next: a fast mouse."""

_BLOCKS = 4
"""Of so many tiles a side is what a layer of the painted document has."""


def drawing() -> dict[str, list[float]]:
    """Milliseconds of a frame of 2560×1440, from the moment it is asked for to the end of its painting."""
    session = Session(_photograph())
    settings = Settings()
    canvas = Canvas(session, settings)
    frame = CanvasFrame(canvas, settings)
    frame.resize(*SCREEN)
    frame.show()
    viewport, navigation = canvas.viewport, canvas.navigation
    times: dict[str, list[float]] = {}

    def frames(name: str, move: Callable[[int], None] = lambda _frame: None, moving: bool = False) -> None:
        session.projection.update(viewport.visible(), level=session.projection.level(viewport.zoom))
        taken = times[name] = []
        for frame in range(FRAMES + 3):
            move(frame)
            if moving:
                navigation._rest.start()  # as any move by hand does
            else:
                navigation._rest.stop()
            canvas.update()
            began = time.perf_counter()
            QApplication.processEvents()
            if frame >= 3:
                taken.append((time.perf_counter() - began) * 1000)

    copied = np.empty((SCREEN[1], SCREEN[0], 4), np.uint8)
    pixels = np.ones_like(copied)
    times["copy"] = []
    for _ in range(FRAMES):
        began = time.perf_counter()
        copied[:] = pixels
        times["copy"].append((time.perf_counter() - began) * 1000)
    navigation.set_zoom(1)
    viewport.pan(2000, 1500)
    session.projection.update(session.document.canvas)
    frames("pan", lambda _frame: viewport.pan(-31, -17), moving=True)
    for zoom in (0.1, 0.33, 1.5):
        navigation.set_zoom(zoom)
        frames(f"smooth {zoom}")
        frames(f"nearest {zoom}", moving=True)
    navigation.set_zoom(1)
    viewport.set_angle(15)
    frames("turned")
    frames("turned nearest", moving=True)
    navigation.set_zoom(0.33)
    frames("turned 0.33")
    settings["rulers-shown"] = True
    places = range(0, SIDE, SIDE // GUIDES)
    session.document.set_guides(Guides.of(places, places))
    navigation.reset_rotation()
    navigation.set_zoom(1)

    def pan(_frame: int) -> None:
        viewport.pan(-31, -17)
        navigation.changed.emit()

    frames("rulers", pan, moving=True)
    frame.release_session()
    return times


class PaintedWindow(MainWindow):
    """Knows when it has painted: its update request is handled, and the pixels are with the platform."""

    painted = 0.0

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.UpdateRequest:
            self.painted = time.perf_counter()
        return handled


class Hand:
    """Draws strokes over the canvas, a move every few milliseconds by the clock, however late the window is."""

    def __init__(self, window: PaintedWindow, canvas: Canvas) -> None:
        self._window, self._canvas = window, canvas
        self._waiting: list[float] = []
        """When the moves were due that are not on the screen yet."""
        self.latencies: list[float] = []
        self._loop = QEventLoop()
        self._timer = QTimer(interval=1, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._turn)
        self._began = 0.0
        self._sent = 0
        self._start = self._end = QPointF()

    def stroke(self, start: QPointF, end: QPointF) -> None:
        self._start, self._end = start, end
        self._send(QEvent.Type.MouseButtonPress, start)
        self._began, self._sent = time.perf_counter(), 0
        self._timer.start()
        self._loop.exec()
        self._timer.stop()
        self._send(QEvent.Type.MouseButtonRelease, end)
        QApplication.processEvents()

    @Slot()
    def _turn(self) -> None:
        if self._window.painted and self._waiting and self._window.painted > self._waiting[-1]:
            self.latencies += [(self._window.painted - due) * 1000 for due in self._waiting]
            self._waiting.clear()
        now = time.perf_counter()
        while self._sent < MOVES and self._began + self._sent * EVERY <= now:
            due = self._began + self._sent * EVERY
            self._sent += 1
            part = self._sent / MOVES
            self._send(QEvent.Type.MouseMove, self._start * (1 - part) + self._end * part)
            self._waiting.append(due)
            self._window.painted = 0.0
        if self._sent == MOVES and not self._waiting:
            self._loop.quit()

    def _send(self, kind: QEvent.Type, point: QPointF) -> None:
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        held = none if kind == QEvent.Type.MouseButtonRelease else left
        button = none if kind == QEvent.Type.MouseMove else left
        event = QMouseEvent(
            kind, point, self._canvas.mapToGlobal(point), button, held, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(self._canvas, event)


def stroke() -> dict[str, list[float]]:
    """Milliseconds from when each move was due until it was on the screen; the first stroke does not count."""
    settings = Settings()
    settings["paint-size"], settings["paint-hardness"] = BRUSH, 0
    worker = InferenceWorker(host_command())
    window = PaintedWindow(settings, worker)
    window.resize(1800, 1000)
    window.show()
    session = Session(_painted(LAYERS, 1.0))
    window.add_session(session)
    canvas = window.canvas
    assert canvas is not None
    window.actions_.tools[PaintBrushTool.info.id].trigger()
    times: dict[str, list[float]] = {}
    for name, zoom, angle in (("fit", 0.1, 0.0), ("turned", 1.0, 15.0)):
        canvas.navigation.set_zoom(zoom)
        canvas.viewport.set_angle(angle)
        session.projection.update(
            canvas.viewport.visible(), level=session.projection.level(canvas.viewport.zoom)
        )
        canvas.update()
        QApplication.processEvents()
        hand = Hand(window, canvas)
        width, height = canvas.width(), canvas.height()
        for number in range(STROKES + 1):
            y = height * (0.2 + 0.12 * number)
            hand.stroke(QPointF(width * 0.15, y), QPointF(width * 0.85, y + height * 0.1))
            if number == 0:
                hand.latencies.clear()
        times[name] = hand.latencies
    session.mark_clean()
    window.close()
    worker.stop()
    return times


def memory() -> dict[str, list[float]]:
    """Megabytes of this process beyond what the program holds with an empty picture of 16²: with 20 empty layers of
    8192², and with those painted on a tenth of each; and what the painted tiles are."""
    worker = InferenceWorker(host_command())
    window = MainWindow(Settings(), worker)
    window.resize(1360, 860)
    window.show()

    def held(document: Document | None) -> float:
        if document is not None:
            window.add_session(Session(document))
            canvas = window.canvas
            assert canvas is not None
            canvas.repaint()
            for zoom in (0.1, 1.0):  # all of it, then closely
                canvas.navigation.set_zoom(zoom)
                for _ in range(400):
                    QApplication.processEvents()
        gc.collect()
        return float(psutil.Process().memory_full_info().uss) / 1e6

    held(Document(Extent(16, 16)))
    empty = held(None)
    first = held(_painted(LAYERS, 0.0))
    painted = _painted(LAYERS, 0.1)
    tiles = painted.nbytes / 1e6
    before = held(None) - tiles
    second = held(painted)
    for session in window.sessions:
        session.mark_clean()
    window.close()
    worker.stop()
    return {"empty": [first - empty], "painted": [second - before], "tiles": [tiles]}


def _photograph() -> Document:
    """One opaque layer of noise."""
    document = Document(Extent(SIDE, SIDE))
    noise = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 4), np.uint8)
    noise[..., 3] = 255
    document.insert(PaintLayer("Photograph", pixels=TileMap.from_array(noise)), document.root, 0)
    return document


def _painted(layers: int, part: float) -> Document:
    """Layers that each show something in a part of their tiles, in blocks here and there; the lowest one, where all of
    them show something everywhere, opaque."""
    document = Document(Extent(SIDE, SIDE))
    rng = np.random.default_rng(2)
    across = SIDE // 256
    modes = ("normal", "multiply", "overlay", "soft-light")
    for number in range(layers):
        noise = rng.integers(0, 256, (256, 256, 4), np.uint8)
        if part == 1 and number == 0:
            noise[..., 3] = 255
        plane = TileMap(4)
        blocks = [(x, y) for x in range(across // _BLOCKS) for y in range(across // _BLOCKS)]
        chosen = rng.permutation(len(blocks))[: round(len(blocks) * part)]
        for index in chosen:
            x, y = (edge * _BLOCKS for edge in blocks[index])
            for key in ((x + i, y + j) for i in range(_BLOCKS) for j in range(_BLOCKS)):
                tile = np.roll(noise, key[0], axis=0) if part < 1 else noise
                plane.exchange(plane.patch(tile_bounds(key), tile) if part < 1 else {key: _shared(noise)})
        layer = PaintLayer(
            f"Layer {number}", blend_mode=modes[number % 4] if number else "normal", opacity=0.8, pixels=plane
        )
        if part == 1 and number == 0:
            layer.opacity = 1.0
        document.insert(layer, document.root, number)
    return document


def _shared(tile: np.ndarray) -> np.ndarray:
    """Many places hold the same tile: as slow to composite, and no burden on the machine."""
    tile.flags.writeable = False
    return tile


MEASURES = {"drawing": drawing, "stroke": stroke, "memory": memory}


def main(what: str) -> None:
    qt = QApplication([])
    native.load()
    print(json.dumps(MEASURES[what]()))
    qt.processEvents()


if __name__ == "__main__":
    main(sys.argv[1])
