"""Child of the spot healing benchmark: the real window with the sample, dabbed by a pointer of xdotool's.

``python -m tests.benchmarks.spot_heal_child DIAMETER DABS``; prints JSON, a number for each dab, in milliseconds:
``shown`` from the X server's time of the release to the end of the paint that shows the result, ``host`` from the hand
over to the worker to the result, ``engine`` what of that the engine took. The first dab comes once the tool has been in
hand for a while, and is the first of its host.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

from PySide6.QtCore import QEvent, QObject, QPoint, QTimer, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from editor.app import qt_application
from editor.canvas.canvas import Canvas
from editor.raster import native
from editor.session import Session
from editor.settings import Settings
from editor.ui.main_window import MainWindow
from inference.client import host_command
from inference.request import FillCandidate
from inference.worker import InferenceWorker
from tests.benchmarks.surroundings import SAMPLE

REST = 600
"""Milliseconds between a result and the next dab."""
READY = 4000
"""Milliseconds that the tool is in hand before the first dab."""


class Watch(QObject):
    """Hears every event of the program, and sends the next dab when the last one is shown."""

    def __init__(self, window: MainWindow, canvas: Canvas, session: Session, dabs: int) -> None:
        super().__init__()
        self.times: dict[str, list[float]] = {"shown": [], "host": [], "engine": []}
        self._window, self._canvas, self._session, self._dabs = window, canvas, session, dabs
        self._released = 0
        self._started = 0.0
        self._healed = False
        self._driver: subprocess.Popen[bytes] | None = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._canvas and isinstance(event, QMouseEvent):
            if event.type() == QEvent.Type.MouseButtonRelease:
                self._released = event.timestamp()
        elif watched is self._window and event.type() == QEvent.Type.UpdateRequest and self._healed:
            # what follows, composites, paints and flushes; then this comes, before any other event of the X server
            QApplication.postEvent(self, QEvent(QEvent.Type.User), 1 << 30)
        return False

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.User and self._healed:
            self._healed = False
            self.times["shown"].append(time.monotonic() * 1000 - self._released)
            QTimer.singleShot(REST, self, self.dab)
            return True
        return super().event(event)

    @Slot()
    def dab(self) -> None:
        """The next one, each at another place; or the end."""
        if self._driver is not None:
            self._driver.wait()
        done = len(self.times["shown"])
        if done == self._dabs:
            self._window.hide()
            QApplication.quit()
            return
        across, down = 0.2 + 0.6 * (done * 0.618 % 1), 0.25 + 0.5 * (done * 0.414 % 1)
        place = self._canvas.mapToGlobal(
            QPoint(round(self._canvas.width() * across), round(self._canvas.height() * down))
        )
        self._driver = subprocess.Popen(
            ["xdotool", "mousemove", str(place.x()), str(place.y()), "sleep", "0.1", "click", "1"]
        )

    @Slot(str)
    def started(self, _request_id: str) -> None:
        self._started = time.monotonic()

    @Slot(object)
    def arrived(self, candidate: FillCandidate) -> None:
        self.times["host"].append((time.monotonic() - self._started) * 1000)
        self.times["engine"].append(1000 * float(candidate.facts["seconds"]))

    def stepped(self) -> None:
        """The history has one more; what else it tells of itself is no dab."""
        self._healed = len(self._session.history.labels) > len(self.times["shown"])


def main(diameter: int, dabs: int) -> None:
    native.load()
    app = qt_application()
    settings = Settings()
    settings["heal-size"] = diameter
    worker = InferenceWorker(host_command())
    worker.start()
    window = MainWindow(settings, worker)
    window.resize(1600, 1000)
    window.show()
    window.open_paths([SAMPLE])
    session, canvas = window.session, window.canvas
    assert session is not None and canvas is not None
    canvas.navigation.set_zoom(1.0)
    watch = Watch(window, canvas, session, dabs)
    session.history.changed.connect(watch.stepped)
    worker.job_started.connect(watch.started)
    worker.candidate_ready.connect(watch.arrived)
    app.installEventFilter(watch)
    window.actions_.tools["heal"].trigger()
    QTimer.singleShot(READY, watch, watch.dab)
    app.exec()
    session.mark_clean()
    window.close()
    worker.stop()
    print(json.dumps(watch.times))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
