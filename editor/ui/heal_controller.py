"""HealController: has strokes of the spot healing brush healed, one after another, while the next are painted."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from editor.document.geometry import Extent
from editor.heal import HealStroke, PreparedHeal, heal_command, prepare_heal, warm
from editor.session import Session
from editor.ui.background import Background
from inference.engines.engine import DEFAULT_ENGINE
from inference.request import FillCandidate, FillError
from inference.worker import InferenceWorker

log = logging.getLogger(__name__)

SLOW = 1000
"""Milliseconds after which it is told that strokes wait."""


@dataclass(eq=False)
class _Waiting:
    """``extent`` and ``origin`` of the canvas that was painted on."""

    session: Session
    stroke: HealStroke
    extent: Extent
    origin: tuple[int, int]
    prepared: PreparedHeal | None = None


class HealController(QObject):
    """Each stroke is prepared once the one before it is in the picture, so that it sees that, and is one step.

    ``changed()``: other strokes wait; ``arriving(Session)`` before a result changes the document;
    ``failed(FillError)``: a stroke was dropped. ``status(str)``: why it takes long, or nothing any more.
    """

    changed = Signal()
    status = Signal(str)
    arriving = Signal(object)
    failed = Signal(object)

    def __init__(self, worker: InferenceWorker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._background = Background(self)
        self._waiting: list[_Waiting] = []
        """The first one runs."""
        self._has_healed = False
        self._slow = QTimer(self, singleShot=True, interval=SLOW)
        self._slow.timeout.connect(self._tell)
        self.changed.connect(self._watch)
        worker.candidate_ready.connect(self._on_candidate)
        worker.job_ended.connect(self._on_ended)

    def prepare(self) -> None:
        """Starts the engine, and all that is needed here, before the first stroke is there."""
        self._worker.prepare(DEFAULT_ENGINE)
        self._background.run(warm, self._on_warm)

    def heal(self, session: Session, stroke: HealStroke) -> None:
        session.preview(None)
        document = session.document
        self._waiting.append(_Waiting(session, stroke, document.extent, document.origin))
        self.changed.emit()
        if len(self._waiting) == 1:
            self._run()

    def strokes(self, session: Session) -> list[HealStroke]:
        """Those that wait, or are being healed."""
        return [each.stroke for each in self._waiting if each.session is session]

    def is_healing(self, session: Session | None) -> bool:
        return any(each.session is session for each in self._waiting)

    def take_back(self, session: Session | None) -> bool:
        """Drops the last stroke that is not in the picture yet; False where there is none."""
        last = next((each for each in reversed(self._waiting) if each.session is session), None)
        if last is not None:
            self._drop(last)
        return last is not None

    def cancel(self, session: Session) -> None:
        """Drops all that wait; what is in the picture stays. Also before a session is closed."""
        while self.take_back(session):
            pass

    def stop(self) -> None:
        """For good: call before the worker is stopped."""
        for each in tuple(self._waiting):
            self._drop(each)
        self._background.stop()

    def _on_warm(self, _result: None, error: Exception | None) -> None:
        """What went wrong is told when something is healed."""
        if error is not None:
            log.info("not all could be loaded that healing needs", exc_info=error)

    @Slot()
    def _watch(self) -> None:
        """Patience begins with the first stroke, and ends with the last."""
        if not self._waiting:
            self._slow.stop()
            self.status.emit("")
        elif not self._slow.isActive():
            self._slow.start()

    @Slot()
    def _tell(self) -> None:
        self.status.emit("Healing…" if self._has_healed else "Healing, once the engine has started…")

    def _run(self) -> None:
        """The first one that waits."""
        if self._waiting:
            first = self._waiting[0]
            work = partial(prepare_heal, first.session.document.snapshot(), first.stroke)
            self._background.run(work, partial(self._on_prepared, first))

    def _drop(self, waiting: _Waiting) -> None:
        runs = waiting is self._waiting[0]
        self._waiting.remove(waiting)
        if runs and waiting.prepared is not None:
            self._worker.cancel(waiting.prepared.request.id)
        self.changed.emit()
        if runs:
            self._run()

    def _on_prepared(self, waiting: _Waiting, prepared: PreparedHeal | None, error: Exception | None) -> None:
        if not self._waiting or waiting is not self._waiting[0]:
            return  # dropped meanwhile
        if prepared is None:
            self._fail(waiting, error)
        else:
            waiting.prepared = prepared
            self._worker.submit(prepared.request)

    @Slot(object)
    def _on_candidate(self, candidate: FillCandidate) -> None:
        waiting = self._current(candidate.request_id)
        if waiting is None or waiting.prepared is None:
            return
        session, document, prepared = waiting.session, waiting.session.document, waiting.prepared
        waiting.prepared = None  # its end is not waited for
        try:
            if (document.extent, document.origin) != (waiting.extent, waiting.origin):
                raise FillError(
                    "The canvas has become another meanwhile. Paint the stroke once more.", "input"
                )
            self.arriving.emit(session)
            command = heal_command(document, prepared, candidate)
            self._waiting.remove(waiting)
            self._has_healed = True
            session.history.do(command)
        except Exception as error:
            self._fail(waiting, error)
        else:
            self.changed.emit()
            self._run()

    @Slot(str, str, object)
    def _on_ended(self, request_id: str, _state: str, error: FillError | None) -> None:
        waiting = self._current(request_id)
        if waiting is not None:  # without a result, or it would have been dropped by now
            waiting.prepared = None
            self._fail(waiting, error or FillError("The engine gave no picture. Paint the stroke once more."))

    def _current(self, request_id: str) -> _Waiting | None:
        first = self._waiting[0] if self._waiting else None
        known = first is not None and first.prepared is not None and first.prepared.request.id == request_id
        return first if known else None

    def _fail(self, waiting: _Waiting, error: Exception | None) -> None:
        if waiting in self._waiting:
            self._drop(waiting)
        else:
            self.changed.emit()
            self._run()
        if not isinstance(error, FillError):
            log.error("a stroke could not be healed", exc_info=error)
            error = FillError(f"The stroke could not be healed ({type(error).__name__}: {error}).", "engine")
        self.failed.emit(error)
