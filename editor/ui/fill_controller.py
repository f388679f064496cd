"""FillController: between the window and the worker; knows which request belongs to which session."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from editor.document.layers import FillLayer
from editor.fill import FillOptions, PreparedFill, insert_fill, make_fill_layer, prepare_fill
from editor.session import Session
from editor.ui.background import Background
from inference.request import FillCandidate, FillError, Progress
from inference.worker import InferenceWorker

log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Running:
    """``prepared`` is None until the request has been made."""

    session: Session
    prepared: PreparedFill | None = None


class FillController(QObject):
    """One fill at a time. ``started()``, ``progressed(Progress)``, ``arriving(Session)`` before a candidate changes the
    document, ``filled(Session, FillLayer)`` after it, ``failed(FillError)``, ``ended()`` however it ended."""

    started = Signal()
    arriving = Signal(object)
    progressed = Signal(object)
    filled = Signal(object, object)
    failed = Signal(object)
    ended = Signal()

    def __init__(self, worker: InferenceWorker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._background = Background(self)
        self._running: _Running | None = None
        worker.job_progressed.connect(self._on_progress)
        worker.candidate_ready.connect(self._on_candidate)
        worker.job_ended.connect(self._on_ended)

    @property
    def is_running(self) -> bool:
        return self._running is not None

    @property
    def title(self) -> str:
        """Of the picture that is being filled; empty where none is."""
        return self._running.session.title if self._running is not None else ""

    def is_filling(self, session: Session) -> bool:
        return self._running is not None and self._running.session is session

    def start(self, session: Session, options: FillOptions) -> None:
        """Fills what is selected in the session. What stands in the way is told by ``failed``."""
        if self._running is not None:
            return
        document = session.document.snapshot()
        active = document.layer(session.active.id) if session.active is not None else None
        running = self._running = _Running(session)
        self._background.run(
            partial(prepare_fill, document, active, options), partial(self._on_prepared, running)
        )
        self.started.emit()

    def cancel(self) -> None:
        """Ends the running fill at once; candidates that have arrived stay."""
        running, self._running = self._running, None
        if running is not None:
            if running.prepared is not None:
                self._worker.cancel(running.prepared.request.id)
            self.ended.emit()

    def stop(self) -> None:
        """For good: call before the worker is stopped."""
        self.cancel()
        self._background.stop()

    def session_closed(self, session: Session) -> None:
        if self._running is not None and self._running.session is session:
            self.cancel()

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        if self._is_current(progress.request_id):
            self.progressed.emit(progress)

    @Slot(object)
    def _on_candidate(self, candidate: FillCandidate) -> None:
        running = self._running
        if running is not None and running.prepared is not None and self._is_current(candidate.request_id):
            self._background.run(
                partial(make_fill_layer, running.prepared, candidate), partial(self._on_layer, running)
            )

    @Slot(str, str, object)
    def _on_ended(self, request_id: str, _state: str, error: FillError | None) -> None:
        if self._is_current(request_id):
            # Behind the layers that are still being made.
            self._background.run(lambda: error, partial(self._on_done, self._running))

    def _on_prepared(self, running: _Running, prepared: PreparedFill | None, error: Exception | None) -> None:
        if running is not self._running:
            return
        if prepared is None:
            self._fail(error)
        else:
            running.prepared = prepared
            self._worker.submit(prepared.request)

    def _on_layer(self, running: _Running, layer: FillLayer | None, error: Exception | None) -> None:
        if running is not self._running or running.prepared is None:
            return
        session = running.session
        if layer is not None:
            self.arriving.emit(session)
            try:
                insert_fill(session.document, session.history, running.prepared, layer)
            except Exception as stumbled:
                layer, error = None, stumbled
        if layer is None:
            self._fail(error)
        else:
            self.filled.emit(session, layer)

    def _on_done(self, running: _Running | None, failed: FillError | None, _error: Exception | None) -> None:
        if running is self._running:
            if failed is not None:
                self._fail(failed)
            else:
                self._running = None
                self.ended.emit()

    def _fail(self, error: Exception | None) -> None:
        """The running fill ends, and why is told."""
        self.cancel()
        self.failed.emit(error if isinstance(error, FillError) else _told(error))

    def _is_current(self, request_id: str) -> bool:
        prepared = self._running.prepared if self._running is not None else None
        return prepared is not None and prepared.request.id == request_id


def _told(error: Exception | None) -> FillError:
    """What went wrong on this side of the border, as a sentence."""
    if isinstance(error, MemoryError):
        return FillError("There is not enough memory for this fill. Select a smaller part.", "memory")
    log.error("a fill failed in the window", exc_info=error)
    text = f"The fill could not be finished ({type(error).__name__}: {error}). Your picture is unchanged."
    return FillError(text, "engine", "".join(traceback.format_exception(error) if error else ""))
