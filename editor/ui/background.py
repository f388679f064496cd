"""Background: work that the window must not wait for, done one after another on a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from PySide6.QtCore import QEventLoop, QObject, Qt, Signal, Slot

Then = Callable[[Any, Exception | None], None]


class Background(QObject):
    """Give it plain functions of snapshots: what they read must not change under them."""

    _finished = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stopped = False
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="background")
        self._finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)  # never before a loop runs

    def run(self, work: Callable[[], Any], then: Then) -> None:
        """Calls ``then(result, None)`` or ``then(None, error)`` on this object's thread, in the order of the calls.
        Nothing is done once it has been stopped."""
        if not self._stopped:
            self._pool.submit(self._work, work, then)

    def wait_for(self, work: Callable[[], Any]) -> Any:
        """What ``work`` returns or raises. Meanwhile the window is drawn and hears the worker, but not the user."""
        outcome, loop = self._pool.submit(work), QEventLoop()
        outcome.add_done_callback(lambda _done: self._finished.emit(lambda *_: loop.quit(), None, None))
        loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
        try:
            return outcome.result()
        finally:
            del (
                outcome
            )  # it holds the error, whose traceback holds this frame, and all that the work had read

    def stop(self) -> None:
        """Waits for what is being done; what still waits is dropped, and no result is delivered any more."""
        self._stopped = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(self, work: Callable[[], Any], then: Then) -> None:
        try:
            self._finished.emit(then, work(), None)
        except Exception as error:
            self._finished.emit(then, None, error)

    @Slot(object, object, object)
    def _deliver(self, then: Then, result: Any, error: Exception | None) -> None:
        if not self._stopped:
            then(result, error)
