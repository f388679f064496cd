"""FillController: between the window and the worker; knows which request belongs to which session."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass, replace
from functools import partial
from uuid import uuid4

from PySide6.QtCore import QObject, Signal, Slot

from editor.candidate_fit import Key
from editor.document.candidates import Candidate
from editor.document.geometry import Extent
from editor.document.layers import FillLayer
from editor.document.tiles import TileMap
from editor.fill import (
    PreparedFill,
    insert_fill,
    prepare_fill,
    prepare_generation,
)
from editor.fill_again import prepare_again
from editor.fill_options import FillOptions
from editor.fill_preview import running_picture
from editor.session import Session
from editor.ui.background import Background
from editor.ui.candidate_maker import CandidateMaker, Made
from inference.request import FillCandidate, FillError, Progress
from inference.worker import InferenceWorker

log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Running:
    """``prepared`` is None until the request has been made, ``layer`` until its first candidate is in the document;
    ``closed`` once its picture is."""

    session: Session
    count: int
    canvas: tuple[Extent, tuple[int, int]]
    """Extent and origin of the one that the fill is made for."""
    prepared: PreparedFill | None = None
    maker: CandidateMaker | None = None
    layer: FillLayer | None = None
    arrived: int = 0
    closed: bool = False
    joins: FillLayer | None = None
    """A snapshot of ``layer``, where further candidates of it are made."""


class FillController(QObject):
    """One fill at a time. ``started()``, ``progressed(Progress)``, ``arriving(Session)`` before the first candidate
    changes the document, ``filled(Session, FillLayer)`` after each, ``failed(FillError)``, ``ended()`` however it
    ended.
    ``candidate_made(FillRequest, FillCandidate)`` as soon as it is there.
    ``previewed(Session, picture, Bounds)``: what the engine shows of its work, straight RGBA for those bounds."""

    started = Signal()
    arriving = Signal(object)
    progressed = Signal(object)
    filled = Signal(object, object)
    failed = Signal(object)
    ended = Signal()
    candidate_made = Signal(object, object)
    previewed = Signal(object, object, object)

    def __init__(self, worker: InferenceWorker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._background = Background(self)
        self._running: _Running | None = None
        self._failed: _Running | None = None
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

    def start(self, session: Session, options: FillOptions, generate: bool = False) -> None:
        """Fills what is selected in the session, or generates a layer. What stands in the way is told by ``failed``."""
        if self._running is not None:
            return
        prepare = prepare_generation if generate else prepare_fill
        session.preview(None)
        document = session.document.snapshot()
        active = document.layer(session.active.id) if session.active is not None else None
        running = self._running = _Running(session, options.count, _canvas_of(session))
        self._failed = None
        self._background.run(partial(prepare, document, active, options), partial(self._on_prepared, running))
        self.started.emit()

    def start_again(self, session: Session, layer: FillLayer, count: int = 1) -> None:
        """Asks for further candidates of a fill layer, of what lies below it now; the first one is taken."""
        if self._running is not None:
            return
        session.preview(None)
        document = session.document.snapshot()
        twin = document.layer(layer.id)
        if not isinstance(twin, FillLayer):
            return
        running = self._running = _Running(session, count, _canvas_of(session), layer=layer, joins=twin)
        self._failed = None
        prepare = partial(prepare_again, document, twin, count)
        self._background.run(prepare, partial(self._on_prepared, running))
        self.started.emit()

    def retry_on_cpu(self) -> None:
        """Asks once more for what has failed last, which may now run on the processor."""
        failed, self._failed = self._failed, None
        if failed is None or failed.prepared is None or self._running is not None:
            return
        request = replace(failed.prepared.request, id=uuid4().hex, allow_cpu=True)
        prepared = replace(failed.prepared, request=request)
        layer = failed.layer if failed.joins is not None else None
        self._running = _Running(
            failed.session, request.count, failed.canvas, prepared, layer=layer, joins=failed.joins
        )
        self._worker.submit(request)
        self.started.emit()

    def cancel(self) -> None:
        """Ends the running fill at once; candidates that have arrived stay."""
        running, self._running = self._running, None
        if running is not None:
            self.previewed.emit(running.session, None, None)
            if running.prepared is not None:
                self._worker.cancel(running.prepared.request.id)
            self.ended.emit()

    def waiting(self, session: Session) -> tuple[FillLayer | None, int]:
        """The layer that further candidates of the running fill join, None before the first; and how many will come."""
        running = self._running
        if running is None or running.session is not session:
            return None, 0
        return running.layer, running.count - running.arrived

    def stop(self) -> None:
        """For good: call before the worker is stopped."""
        self.cancel()
        self._background.stop()

    def session_closed(self, session: Session) -> None:
        if self._failed is not None and self._failed.session is session:
            self._failed = None
        if self._running is not None and self._running.session is session:
            self._running.closed = True
            self.cancel()

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        running = self._running
        if running is not None and running.prepared is not None and self._is_current(progress.request_id):
            self.progressed.emit(progress)
            if progress.preview is not None:
                picture = running_picture(running.prepared, progress.preview)
                self.previewed.emit(running.session, picture, running.prepared.shown_bounds)

    @Slot(object)
    def _on_candidate(self, candidate: FillCandidate) -> None:
        running = self._running
        if running is not None and running.prepared is not None and self._is_current(candidate.request_id):
            self.candidate_made.emit(running.prepared.request, candidate)
            if running.maker is None:
                running.maker = CandidateMaker(running.prepared, running.joins)
            self._background.run(partial(running.maker.make, candidate), partial(self._on_made, running))

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

    def _on_made(self, running: _Running, made: Made | None, error: Exception | None) -> None:
        session = running.session
        if _canvas_of(session) != running.canvas:
            if running is self._running:
                self._fail(FillError("The canvas has become another meanwhile. Fill once more.", "input"))
            return
        if (
            made is not None and running.layer is not None
        ):  # it has been made, also where the fill has been cancelled
            session.document.add_candidate(running.layer, made.candidate)
            if running.joins is not None and running.arrived == 0:
                self._take(session, running.layer, made.candidate)
        elif running.prepared is None or running.closed:
            return
        elif running is not self._running and (made is None or running.count == 1):
            return  # of several, what was done before the cancel is kept; a single one is not wanted any more
        elif made is not None and made.layer is not None:
            self.arriving.emit(session)
            try:
                insert_fill(session.document, session.history, running.prepared, made.layer)
                running.layer = made.layer
            except Exception as stumbled:
                error = stumbled
        if running.layer is None or made is None:
            if running is self._running:  # else another fill would end for it
                self._fail(error)
            return
        running.arrived += 1
        if running is self._running:
            self.previewed.emit(session, None, None)
        self.filled.emit(session, running.layer)

    def _take(self, session: Session, layer: FillLayer, candidate: Candidate) -> None:
        """The first of those that were asked for once more is what the user wants to see."""
        if session.document.layer(layer.id) is not layer:
            return
        self.arriving.emit(session)
        session.active = layer
        fitting = session.fitting(candidate)
        if fitting is None:
            session.take_candidate(candidate)
        else:
            key, work = fitting
            self._background.run(work, partial(self._on_fitted, session, candidate, key))

    def _on_fitted(
        self,
        session: Session,
        candidate: Candidate,
        key: Key,
        pixels: TileMap | None,
        _error: Exception | None,
    ) -> None:
        """Taken, unless the user is at something else by now: then it is one of the candidates, and nothing worse."""
        if pixels is not None and session.fitted(key, pixels):
            self.arriving.emit(session)
            session.take_candidate(candidate)

    def _on_done(self, running: _Running | None, failed: FillError | None, _error: Exception | None) -> None:
        if running is self._running:
            if failed is not None:
                self._fail(failed)
            else:
                if running is not None:
                    self.previewed.emit(running.session, None, None)
                self._running = None
                self.ended.emit()

    def _fail(self, error: Exception | None) -> None:
        """The running fill ends, and why is told."""
        self._failed = self._running
        self.cancel()
        self.failed.emit(error if isinstance(error, FillError) else _told(error))

    def _is_current(self, request_id: str) -> bool:
        prepared = self._running.prepared if self._running is not None else None
        return prepared is not None and prepared.request.id == request_id


def _canvas_of(session: Session) -> tuple[Extent, tuple[int, int]]:
    return session.document.extent, session.document.origin


def _told(error: Exception | None) -> FillError:
    """What went wrong on this side of the border, as a sentence."""
    if isinstance(error, MemoryError):
        return FillError("There is not enough memory for this fill. Select a smaller part.", "memory")
    log.error("a fill failed in the window", exc_info=error)
    text = f"The fill could not be finished ({type(error).__name__}: {error}). Your picture is unchanged."
    return FillError(text, "engine", "".join(traceback.format_exception(error) if error else ""))
