"""Child of the paint latency benchmark: the real window with a large picture, painted on by a pointer of xdotool's.

``python -m tests.benchmarks.paint_latency_child SIDE LAYERS DIAMETER SECONDS``; prints JSON: ``latencies`` in
milliseconds from the X server's time of each pointer event to the end of the paint that shows it, and ``frames``, how
long the window worked for each of them.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from editor.app import qt_application
from editor.canvas.canvas import Canvas
from editor.document.document import Document
from editor.document.geometry import TILE, Extent, keys_covering
from editor.document.layers import PaintLayer
from editor.document.tiles import frozen
from editor.raster import native
from editor.session import Session
from editor.settings import Settings
from editor.ui.main_window import MainWindow
from inference.client import host_command
from inference.worker import InferenceWorker
from tests.benchmarks.compositing import MIXED

RATE = 125
"""Pointer events a second, as of a common mouse."""
SPEED = 1200
"""Screen pixels a second."""
_DISTINCT = 24
"""Tiles of noise that the layers are made of."""


class Watch(QObject):
    """Hears every event of the program: when the pointer moved, and when a paint has ended."""

    def __init__(self, canvas: Canvas, window: MainWindow) -> None:
        super().__init__()
        self.latencies: list[float] = []
        self.frames: list[float] = []
        self._canvas, self._window = canvas, window
        self._waiting: list[int] = []
        self._began = 0.0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._canvas and isinstance(event, QMouseEvent):
            if event.type() == QEvent.Type.MouseMove and event.buttons():
                self._waiting.append(event.timestamp())
        elif watched is self._window and event.type() == QEvent.Type.UpdateRequest and self._waiting:
            # what follows, composites, paints and flushes; then this comes, before any other event of the X server
            self._began = time.monotonic()
            QApplication.postEvent(self, QEvent(QEvent.Type.User), 1 << 30)
        return False

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.User and self._waiting:
            now = time.monotonic()
            self.frames.append((now - self._began) * 1000)
            self.latencies += [now * 1000 - stamp for stamp in self._waiting]
            self._waiting.clear()
        return True


def picture(side: int, layers: int) -> Document:
    """Every layer has pixels everywhere; of the topmost, which is painted on, every other tile."""
    document = Document(Extent(side, side))
    rng = np.random.default_rng(1)
    tiles = [frozen(rng.integers(0, 256, (TILE, TILE, 4), dtype=np.uint8)) for _ in range(_DISTINCT)]
    opaque = []
    for tile in tiles:
        solid = tile.copy()
        solid[..., 3] = 255
        opaque.append(frozen(solid))
    for index in range(layers):
        layer = PaintLayer(f"layer {index}", blend_mode=MIXED[index % len(MIXED)], opacity=0.8)
        if index == 0:
            layer.blend_mode, layer.opacity = "normal", 1.0
        kind = tiles if index else opaque
        keys = [key for key in keys_covering(document.canvas) if index + 1 < layers or sum(key) % 2]
        layer.pixels.exchange({key: kind[(7 * key[0] + 13 * key[1] + index) % _DISTINCT] for key in keys})
        document.insert(layer, document.root, index)
    return document


def stroke(canvas: Canvas, seconds: float) -> list[str]:
    """xdotool's words: round and round, within the canvas."""
    middle = canvas.mapToGlobal(QPoint(canvas.width() // 2, canvas.height() // 2))
    radius_x, radius_y = canvas.width() * 0.4, canvas.height() * 0.4
    words = ["xdotool", "mousemove", str(round(middle.x() + radius_x)), str(middle.y()), "mousedown", "1"]
    angle = 0.0
    for _ in range(round(seconds * RATE)):
        angle += SPEED / RATE / math.hypot(radius_x * math.sin(angle), radius_y * math.cos(angle))
        x, y = middle.x() + radius_x * math.cos(angle), middle.y() + radius_y * math.sin(angle)
        words += ["sleep", f"{1 / RATE:.4f}", "mousemove", str(round(x)), str(round(y))]
    return [*words, "mouseup", "1"]


def main(side: int, layers: int, diameter: int, seconds: float) -> None:
    native.load()
    app = qt_application()
    settings = Settings()
    settings["paint-size"], settings["paint-hardness"], settings["paint-opacity"] = diameter, 0, 80
    worker = InferenceWorker(host_command())
    window = MainWindow(settings, worker)
    window.resize(1880, 1020)
    window.show()
    session = Session(picture(side, layers))
    window.add_session(session)
    window._set_tool("paint-brush")
    canvas = window.canvas
    assert canvas is not None
    canvas.navigation.set_zoom(1.0)
    watch = Watch(canvas, window)
    driver: list[subprocess.Popen[bytes]] = []

    def begin() -> None:
        app.installEventFilter(watch)
        driver.append(subprocess.Popen(stroke(canvas, seconds)))
        poll.start()

    def look() -> None:
        if driver[0].poll() is not None and not watch._waiting:
            window.hide()
            app.quit()

    poll = QTimer(interval=100)
    poll.timeout.connect(look)
    QTimer.singleShot(3000, window, begin)
    app.exec()
    session.mark_clean()
    print(json.dumps({"latencies": watch.latencies, "frames": watch.frames}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
