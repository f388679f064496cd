"""Child of the event-loop and cancel benchmarks: the real window, worker and engine, with the sample and its mask.

``python -m tests.benchmarks.window_child event-loop FILLS`` or ``… cancel FRACTION …``; prints JSON.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QElapsedTimer, QEvent, QEventLoop, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication, QPushButton

from editor.document.geometry import Bounds
from editor.headless import read_mask
from editor.settings import Settings
from editor.ui.main_window import MainWindow
from inference.client import host_command
from inference.request import Progress
from inference.worker import InferenceWorker
from tests.benchmarks.surroundings import SAMPLE, SAMPLE_MASK

SETTLED = 0.3
"""Seconds without news after which the window is taken to be at rest: what follows a fill is painted by then."""

HOST_READY = 2.0
"""Seconds that a host is given to load the engine; there is no message that it has."""

_PATIENCE = 120.0


class Turns(QObject):
    """The longest time between two turns of the event loop, seen by a timer of one millisecond."""

    def __init__(self) -> None:
        super().__init__()
        self.longest = 0.0
        self._clock = QElapsedTimer()
        self._timer = QTimer(self, interval=1, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._turn)

    def start(self) -> None:
        self.longest = 0.0
        self._clock.start()
        self._timer.start()

    def stop(self) -> float:
        """Milliseconds; the turn under way counts."""
        self._turn()
        self._timer.stop()
        return self.longest

    @Slot()
    def _turn(self) -> None:
        self.longest = max(self.longest, self._clock.nsecsElapsed() / 1e6)
        self._clock.restart()


class Bench(QObject):
    """The window with the sample open; its methods run the event loop until something is so."""

    def __init__(self) -> None:
        super().__init__()
        self.settings = Settings()
        self.worker = InferenceWorker(host_command())
        self.worker.start()
        self.window = MainWindow(self.settings, self.worker)
        self.window.show()
        self.window.open_paths([SAMPLE])
        session = self.window.session
        assert session is not None
        self.session = session
        mask = read_mask(SAMPLE_MASK, session.document)
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        self._box = Bounds.from_edges(  # as a lasso gives it: not the whole canvas
            int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
        )
        self._shape = np.ascontiguousarray(mask[self._box.slices()])
        self.ended = self.started = self.painted = 0.0
        self.fraction = 0.0
        self.cancel_at = math.inf
        self.cancelled = 0.0
        self.window.fills.ended.connect(self._on_ended)
        self.window.fills.progressed.connect(self._on_progress)
        self.worker.job_started.connect(self._on_started)
        button = self.window.findChild(QPushButton, "fill-button")
        assert button is not None
        button.installEventFilter(self)
        self.rest()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The Fill button is painted: the panel shows that no fill runs."""
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self, self._on_painted)
        return False

    def select(self) -> None:
        """The sample's mask; returns when the window is at rest and the engine, started by this, is ready."""

        def act() -> None:
            self.session.select(self._box, self._shape, "replace", "Mask")

        QTimer.singleShot(0, self.window, act)
        self.until(lambda: self.worker.host_pid is not None)
        self.rest(HOST_READY)

    def until(self, so: Callable[[], bool]) -> None:
        """Looked at once per turn of the loop."""
        end = time.monotonic() + _PATIENCE
        loop = QEventLoop()
        looks = QTimer(interval=2)
        looks.timeout.connect(lambda: loop.quit() if so() or time.monotonic() > end else None)
        looks.start()
        loop.exec()
        if not so():
            raise TimeoutError("the window did not get there")

    def rest(self, seconds: float = SETTLED) -> None:
        loop = QEventLoop()
        QTimer.singleShot(round(seconds * 1000), loop.quit)
        loop.exec()

    def end_host(self) -> None:
        """The next fill starts a host anew."""
        self.worker.set_command(host_command())
        self.until(lambda: self.worker.host_pid is None)

    def fill(self) -> None:
        """As the button does it, but on a turn of the loop; returns when it has ended and all is painted."""
        self.ended = 0.0
        QTimer.singleShot(0, self.window, self.window.start_fill)
        self.until(lambda: self.ended > 0)
        self.rest()
        assert len(self.session.document.root.children) == 2, "the fill made no layer"

    def undo(self) -> None:
        """The fill is gone, and what was selected is selected again."""
        self.session.history.undo()
        assert self.session.document.selection
        self.rest()

    def close(self) -> None:
        self.session.mark_clean()
        self.window.close()
        self.worker.stop()

    @Slot()
    def _on_ended(self) -> None:
        self.ended = time.monotonic()

    @Slot()
    def _on_painted(self) -> None:
        self.painted = time.monotonic()

    @Slot(str)
    def _on_started(self, _request_id: str) -> None:
        self.started = time.monotonic()

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        self.fraction = progress.fraction
        if self.fraction >= self.cancel_at:
            self.cancel_at = math.inf
            self.cancelled = time.monotonic()
            self.window.cancel_fill()


def event_loop(fills: int) -> dict[str, list[float]]:
    """Milliseconds: the longest stall at rest, while the first selection starts the host, in the process's first fill
    with the start of another host, and in each of ``fills`` later ones."""
    bench, turns = Bench(), Turns()
    stalls: dict[str, list[float]] = {"rest": [], "select": [], "first": [], "warm": []}
    turns.start()
    bench.rest(2.0)
    stalls["rest"].append(turns.stop())
    turns.start()
    bench.select()
    stalls["select"].append(turns.stop())
    bench.end_host()
    for fill in range(fills + 1):
        turns.start()
        bench.fill()
        stalls["warm" if fill else "first"].append(turns.stop())
        bench.undo()
    bench.close()
    return stalls


def cancel(fractions: Sequence[float]) -> dict[str, list[float]]:
    """Milliseconds from cancelling at these fractions of a fill: until the window shows it, and until the host has
    stopped and starts on the next fill, which is asked for as soon as the window lets one."""
    bench = Bench()
    bench.select()
    times: dict[str, list[float]] = {"shown": [], "free": []}
    bench.window.start_fill()
    for fraction in fractions:
        bench.cancelled = 0.0
        pid = bench.worker.host_pid
        bench.cancel_at = fraction
        bench.until(lambda: 0 < bench.cancelled < min(bench.ended, bench.painted))
        times["shown"].append((bench.painted - bench.cancelled) * 1000)
        bench.window.start_fill()
        bench.until(lambda: bench.started > bench.cancelled)
        times["free"].append((bench.started - bench.cancelled) * 1000)
        assert bench.worker.host_pid == pid, "the host had to be ended"
    bench.window.cancel_fill()
    bench.rest()
    bench.close()
    return times


def main(arguments: Sequence[str]) -> None:
    qt = QApplication([])
    what, *numbers = arguments
    if what == "event-loop":
        print(json.dumps(event_loop(int(numbers[0]))))
    else:
        print(json.dumps(cancel([float(number) for number in numbers])))
    qt.processEvents()


if __name__ == "__main__":
    main(sys.argv[1:])
