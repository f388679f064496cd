"""Makes the pictures of the manual: the program does its job offscreen and is photographed.

Run from the checkout: ``QT_QPA_PLATFORM=offscreen .venv/bin/python -m docs.pictures``
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QEventLoop, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from editor.app import Application
from editor.resources import resource
from editor.ui.main_window import MainWindow
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
        finally:
            for session in window.sessions:
                session.mark_clean()
            window.close()
            application.close()


if __name__ == "__main__":
    main()
