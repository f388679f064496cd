"""EngineSetup: looks at the engine environment, installs and removes it, beside the window's thread."""

from __future__ import annotations

import logging
import threading
import traceback
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from editor.ui.background import Background
from inference.runtime.environments import Environment, EnvironmentStore
from inference.runtime.errors import SetupCancelled, SetupError
from inference.runtime.install import Installation, SetupProgress, remove
from inference.runtime.lists import RequirementList
from inference.runtime.offer import Offer, make_offer

log = logging.getLogger(__name__)

_TIDY_AFTER = 5000
"""Milliseconds that hosts get to leave an environment that is not in use any more, before it is deleted."""


class EngineSetup(QObject):
    """Nothing goes online but ``install`` without a folder.

    ``offered(Offer)``: what is there and what could be; ``no_offer(sentence)``: nothing can be. Of an installation:
    ``started()``, ``progressed(SetupProgress)``, then one of ``finished(Environment)``, ``stopped()`` (cancelled; what
    has arrived is kept) and ``failed(sentence, detail)``. ``removed()``: none is in use any more. ``changed()``: hosts
    that are started from now on run in another Python.
    """

    offered = Signal(object)
    no_offer = Signal(str)
    started = Signal()
    progressed = Signal(object)
    finished = Signal(object)
    stopped = Signal()
    failed = Signal(str, str)
    removed = Signal()
    changed = Signal()

    _reported = Signal(object)

    def __init__(self, store: EnvironmentStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.store = store
        self._looking, self._working = Background(self), Background(self)
        self._cancelled = threading.Event()
        self._is_running = False
        self._tidier = QTimer(self, singleShot=True, interval=_TIDY_AFTER)
        self._tidier.timeout.connect(self.look)
        self._reported.connect(self._report)

    @property
    def is_running(self) -> bool:
        """Whether something is being installed or removed."""
        return self._is_running

    @Slot()
    def look(self) -> None:
        """``offered`` or ``no_offer`` tells what is there. What is not in use any more is deleted first."""

        def work() -> Offer:
            self.store.tidy_if_free()
            return make_offer(self.store)

        def then(offer: Offer | None, error: Exception | None) -> None:
            if error is not None:
                self.no_offer.emit(_told("look at the engine", error)[0])
            else:
                self.offered.emit(offer)

        if self._is_running:
            self._looking.run(lambda: make_offer(self.store), then)
        else:
            self._working.run(work, then)

    def install(self, requirements: RequirementList, source: Path | None = None) -> None:
        """Goes online where ``source``, a folder of wheels, is None. Ignored while something is running."""
        if self._is_running:
            return
        self._is_running = True
        cancelled = self._cancelled = threading.Event()
        installation = Installation(requirements, self.store, source)

        def then(environment: Environment | None, error: Exception | None) -> None:
            self._is_running = False
            if isinstance(error, SetupCancelled):
                self.stopped.emit()
            elif error is not None:
                self.failed.emit(*_told("install the engine", error))
            else:
                self.changed.emit()
                self.finished.emit(environment)
                self._tidier.start()
            self.look()

        self._working.run(lambda: installation.run(self._reported.emit, cancelled.is_set), then)
        self.started.emit()

    def cancel(self) -> None:
        """What is in use stays so; what has arrived is kept."""
        self._cancelled.set()

    def remove(self) -> None:
        """Ignored while something is running."""
        if self._is_running:
            return
        self._is_running = True

        def then(_nothing: None, error: Exception | None) -> None:
            self._is_running = False
            if error is not None:
                self.failed.emit(*_told("remove the engine", error))
            else:
                self.changed.emit()
                self.removed.emit()
                self._tidier.start()
            self.look()

        self._working.run(lambda: remove(self.store), then)

    def stop(self) -> None:
        """For good, with the window: what is going on is cancelled and waited for."""
        self._tidier.stop()
        self.cancel()
        self._working.stop()
        self._looking.stop()

    @Slot(object)
    def _report(self, progress: SetupProgress) -> None:
        if self._is_running:
            self.progressed.emit(progress)


def _told(aim: str, error: Exception) -> tuple[str, str]:
    """A sentence, and the detail for the curious where the sentence is not all."""
    if isinstance(error, SetupError):
        return str(error), error.detail
    log.error("could not %s", aim, exc_info=error)
    sentence = f"It was not possible to {aim} ({type(error).__name__}: {error})."
    return sentence, "".join(traceback.format_exception(error))
