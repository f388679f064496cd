"""Child of the first-start benchmark: the program with a photo until its kernels are there; prints JSON.

``painted`` and ``ready`` by the monotonic clock: when the picture was first painted, and when the kernels were loaded.
``stall``: the longest turn of the event loop between the two, in milliseconds; ``rest``: that of a second afterwards.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from PySide6.QtCore import QTimer

from editor.app import Application, qt_application
from editor.raster import native
from tests.benchmarks.window_child import Turns

_REST = 1000
"""Milliseconds."""


def main(photo: str) -> None:
    qt = qt_application()
    application = Application(qt)
    window = application.window
    window.show()
    times: dict[str, float] = {}
    turns = Turns()

    def opened() -> None:
        window.open_paths([Path(photo)])
        window.repaint()
        times["painted"] = time.monotonic()
        turns.start()
        look.start()
        application.load_kernels()

    def looked() -> None:
        if native.kernels() is not None or native.problem():
            look.stop()
            times["ready"] = time.monotonic()
            times["stall"] = turns.stop()
            turns.start()
            QTimer.singleShot(_REST, window, ended)

    def ended() -> None:
        times["rest"] = turns.stop()
        window.close()

    look = QTimer(interval=20)
    look.timeout.connect(looked)
    QTimer.singleShot(0, window, opened)
    qt.exec()
    application.close()
    print(json.dumps(times))


if __name__ == "__main__":
    main(sys.argv[1])
