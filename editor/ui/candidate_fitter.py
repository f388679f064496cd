"""CandidateFitter: fits a candidate into its surroundings beside the window's thread before it is shown or taken."""

from __future__ import annotations

import logging
from functools import partial

from PySide6.QtCore import QObject, Signal

from editor.candidate_fit import Key
from editor.document.candidates import Candidate
from editor.document.tiles import TileMap
from editor.session import Session
from editor.ui.background import Background

log = logging.getLogger(__name__)


class CandidateFitter(QObject):
    """The last wish counts: what was wished before, and is not fitted yet, is not shown any more. What needs no fitting
    happens at once. ``changed()``: another candidate waits, or none; ``arriving(Session)`` before one that is taken
    changes the document; ``taken()``: one was taken."""

    changed = Signal()
    arriving = Signal(object)
    taken = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._waiting: tuple[Session, Candidate] | None = None
        self._takes = False

    def waiting(self, session: Session | None) -> Candidate | None:
        """What will be shown of the session, and is being fitted."""
        return self._waiting[1] if self._waiting is not None and self._waiting[0] is session else None

    def show(self, session: Session, candidate: Candidate | None) -> None:
        """None: the picture as it is."""
        self._takes = False
        self._fit(session, candidate)

    def take(self, session: Session) -> None:
        """What is shown, or will be."""
        if self.waiting(session) is not None:
            self._takes = True
        elif (candidate := session.previewed) is not None:
            self.arriving.emit(session)
            session.take_candidate(candidate)
            self.taken.emit()

    def give_up(self) -> None:
        """Nothing waits any more."""
        if self._waiting is not None:
            self._waiting, self._takes = None, False
            self.changed.emit()

    def stop(self) -> None:
        """For good."""
        self.give_up()
        self._background.stop()

    def _fit(self, session: Session, candidate: Candidate | None) -> None:
        fitting = session.fitting(candidate) if candidate is not None else None
        if candidate is None or fitting is None:
            takes, self._takes = self._takes, False
            self._waiting = None
            session.preview(candidate)
            if takes and candidate is not None:
                session.take_candidate(candidate)
                self.taken.emit()
            self.changed.emit()
            return
        wish = self._waiting = session, candidate
        key, work = fitting
        self._background.run(work, partial(self._fitted, wish, key))
        self.changed.emit()

    def _fitted(
        self,
        wish: tuple[Session, Candidate],
        key: Key,
        pixels: TileMap | None,
        error: Exception | None,
    ) -> None:
        if wish is not self._waiting:
            return
        session, candidate = wish
        self._waiting, takes = None, self._takes
        self._takes = False
        if takes:
            self.arriving.emit(session)  # first: it may make the picture another
        if pixels is None:
            log.error("a candidate could not be fitted", exc_info=error)
        elif session.fitted(key, pixels):
            session.preview(candidate)
            if takes:
                session.take_candidate(candidate)
                self.taken.emit()
        elif session.fill_layer is not None and candidate in session.fill_layer.candidates:
            self._takes = takes  # the picture has changed meanwhile: once more, of what it is now
            self._fit(session, candidate)
            return
        self.changed.emit()
