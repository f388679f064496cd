"""FillController: between the window and the worker; knows which request belongs to which session."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from editor.fill import FillOptions, PreparedFill, insert_fill, prepare_fill
from editor.session import Session
from inference.request import FillCandidate, FillError, Progress
from inference.worker import InferenceWorker

log = logging.getLogger(__name__)


@dataclass
class _Running:
    session: Session
    prepared: PreparedFill


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
        try:
            prepared = prepare_fill(session.document, session.active, options)
        except FillError as error:
            self.failed.emit(error)
            return
        except Exception as error:
            self.failed.emit(_told(error))
            return
        self._running = _Running(session, prepared)
        self._worker.submit(prepared.request)
        self.started.emit()

    def cancel(self) -> None:
        """Ends the running fill at once; candidates that have arrived stay."""
        if self._running is not None:
            request_id = self._running.prepared.request.id
            self._running = None
            self._worker.cancel(request_id)
            self.ended.emit()

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
        if running is None or running.prepared.request.id != candidate.request_id:
            return
        session = running.session
        self.arriving.emit(session)
        try:
            layer = insert_fill(session.document, session.history, running.prepared, candidate)
        except Exception as error:
            self.cancel()
            self.failed.emit(_told(error))
            return
        session.active = layer
        self.filled.emit(session, layer)

    @Slot(str, str, object)
    def _on_ended(self, request_id: str, _state: str, error: FillError | None) -> None:
        if self._is_current(request_id):
            self._running = None
            self.ended.emit()
            if error is not None:
                self.failed.emit(error)

    def _is_current(self, request_id: str) -> bool:
        return self._running is not None and self._running.prepared.request.id == request_id


def _told(error: Exception) -> FillError:
    """What went wrong on this side of the border, as a sentence."""
    if isinstance(error, MemoryError):
        return FillError("There is not enough memory for this fill. Select a smaller part.", "memory")
    log.error("a fill failed in the window", exc_info=error)
    text = f"The fill could not be finished ({type(error).__name__}: {error}). Your picture is unchanged."
    return FillError(text, "engine", "".join(traceback.format_exception(error)))
