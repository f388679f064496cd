"""Makes the pictures of the manual: the program does its job offscreen and is photographed.

Run from the checkout: ``QT_QPA_PLATFORM=offscreen .venv/bin/python -m docs.pictures``
"""

from __future__ import annotations

import math
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QEventLoop, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from editor.app import Application
from editor.resources import resource
from editor.session import Session
from editor.tools.paint_options import all_brushes, choose_brush
from editor.ui.main_window import MainWindow
from editor.ui.new_dialog import NewDialog
from inference.folders import HOME_VARIABLE, cache_folder

NEAR_ROCK = ((1541, 1365), (1600, 1345), (1675, 1370), (1670, 1440), (1610, 1490), (1545, 1470))
FAR_ROCK = ((985, 985), (1030, 975), (1060, 1000), (1058, 1055), (1000, 1060))


def on_canvas(window: MainWindow, x: float, y: float) -> QPoint:
    assert window.canvas is not None
    return QPointF(*window.canvas.viewport.to_screen(x, y)).toPoint()


def lasso(window: MainWindow, points: tuple[tuple[int, int], ...]) -> None:
    window.actions_.tools["lasso"].trigger()
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(window.canvas, left, none, on_canvas(window, *points[0]))
    for point in points[1:]:
        QTest.mouseMove(window.canvas, on_canvas(window, *point))
    QTest.mouseRelease(window.canvas, left, none, on_canvas(window, *points[-1]))


def fill(window: MainWindow) -> None:
    loop = QEventLoop()
    window.fills.ended.connect(loop.quit)
    window.start_fill()
    loop.exec()


def stroke(
    window: MainWindow, brush: str, size: int, color: str, points: Sequence[tuple[float, float]]
) -> None:
    """With the mouse, over points of the picture."""
    settings = window.settings
    choose_brush(settings, all_brushes()[brush])
    settings["paint-size"], settings["paint-color"] = size, color
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(window.canvas, left, none, on_canvas(window, *points[0]))
    for point in points[1:]:
        QTest.mouseMove(window.canvas, on_canvas(window, *point))
    QTest.mouseRelease(window.canvas, left, none, on_canvas(window, *points[-1]))


def wave(left: float, right: float, y: float, height: float, turns: float) -> list[tuple[float, float]]:
    """A line that goes up and down about ``y``."""
    steps = [step / 120 for step in range(121)]
    return [(left + (right - left) * s, y - height * math.sin(2 * math.pi * turns * s)) for s in steps]


def paint(window: MainWindow) -> None:
    """A small landscape: sky, hills, a clipped shadow on the nearest of them, grass."""
    window.settings["new-width"], window.settings["new-height"] = 1800, 1200
    window.add_session(Session(NewDialog(window.settings, window).document()))
    window.actions_.tools["paint-brush"].trigger()
    for number, color in enumerate(("#5f86b3", "#8fb0c9", "#d8c9b0")):
        stroke(window, "airbrush", 480, color, wave(-50, 1850, 120 + 240 * number, 40, 1))
    for number, color in enumerate(("#7488a0", "#5d7a78", "#48683f")):
        window.actions_["layer-new"].trigger()
        top = 640 + 150 * number
        for down in range(0, 1200 - top + 160, 110):
            stroke(
                window, "hard-round", 200, color, wave(-50, 1850, top + down, 70 - 20 * number, 1.2 + number)
            )
    window.actions_["layer-new"].trigger()
    window.actions_["layer-clip"].trigger()
    stroke(window, "soft-round", 420, "#1d3324", wave(100, 1200, 1150, 60, 0.8))
    window.actions_["layer-new"].trigger()
    for x in range(150, 1750, 55):
        height = 90 + 70 * math.sin(x * 0.7)
        blade = [(x + 26 * (s / 20) ** 2, 1180 - height * s / 20) for s in range(21)]
        stroke(window, "ink-pen", 16, "#a8b86a", blade)
    stroke(window, "chalk", 90, "#e9dfc6", wave(500, 1300, 260, 45, 1))


def photograph(window: MainWindow, name: str) -> None:
    QTest.qWait(500)  # until the estimate beside the button is there
    path = Path(__file__).with_name(name)
    window.grab().save(str(path))
    print(path)


def main() -> None:
    kernels = cache_folder() / "kernels"
    with tempfile.TemporaryDirectory() as home:
        os.environ[HOME_VARIABLE] = home
        (Path(home) / "cache").mkdir()
        (Path(home) / "cache" / "kernels").symlink_to(kernels)
        application = Application(QApplication(sys.argv[:1]))
        window = application.window
        try:
            application.settings["theme"] = "dark"
            window.show()
            window.open_paths([resource("samples", "picos-de-europa.jpg")])
            QTest.qWait(100)
            lasso(window, FAR_ROCK)
            fill(window)
            lasso(window, NEAR_ROCK)
            photograph(window, "window.png")
            button = window.fill_panel.findChild(QPushButton, "fill-button")
            QApplication.sendEvent(button, QEvent(QEvent.Type.Enter))
            photograph(window, "fills.png")
            QApplication.sendEvent(button, QEvent(QEvent.Type.Leave))
            paint(window)
            photograph(window, "painting.png")
        finally:
            for session in window.sessions:
                session.mark_clean()
            window.close()
            application.close()


if __name__ == "__main__":
    main()
