"""CandidatesStrip: the candidates of the active fill layer below the canvas, to be looked at and taken."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from editor.document.candidates import Candidate
from editor.document.layers import FillLayer
from editor.session import Session
from editor.ui.candidate_delegate import FRAME, CandidateDelegate
from editor.ui.candidate_fitter import CandidateFitter
from editor.ui.candidates_model import THUMBNAIL, CandidatesModel

_TEXT_WIDTH = 250

Waiting = Callable[[Session], tuple[FillLayer | None, int]]
"""The layer that further candidates will join, None while there is none yet, and how many are to come."""


class CandidatesStrip(QFrame):
    """Shown while there is more than one. Implements ``editor.actions.action.CandidateChooser``.

    ``changed()``: what can be done is another; ``arriving(Session)`` before what is taken changes the document;
    ``done()``: the keys are for the canvas again.
    """

    changed = Signal()
    arriving = Signal(object)
    done = Signal()

    def __init__(self, waiting: Waiting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("candidates")
        self._waiting = waiting
        self._session: Session | None = None
        self._disconnect: list[Callable[[], None]] = []
        self._to_come = 0
        self._fitter = CandidateFitter(self)
        self._fitter.changed.connect(self._show_chosen)
        self._fitter.arriving.connect(self.arriving)
        self._fitter.taken.connect(self.done)
        self._joined: FillLayer | None = None
        self._model = CandidatesModel(self)
        self.view = QListView(flow=QListView.Flow.LeftToRight, uniformItemSizes=True)
        self.view.setObjectName("candidates-view")
        self.view.setAccessibleName("Candidates")
        self.view.setModel(self._model)
        self.view.setItemDelegate(CandidateDelegate(self.view))
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        bar = self.view.horizontalScrollBar().sizeHint().height()
        self.view.setFixedHeight(THUMBNAIL + 2 * FRAME + bar + 4)
        self.view.installEventFilter(self)
        self.view.selectionModel().currentChanged.connect(self._row_chosen)
        self.view.doubleClicked.connect(self.take)
        self._text = QLabel(wordWrap=True)
        self._hint = QLabel(wordWrap=True)
        self._hint.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._take = QPushButton("Take")
        self._take.setObjectName("take-candidate")
        self._take.setToolTip("Take the candidate that is shown (Enter)")
        self._take.clicked.connect(self.take)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._text)
        words.addWidget(self._hint)
        words.addStretch(1)
        words.addWidget(self._take, 0, Qt.AlignmentFlag.AlignLeft)
        side = QWidget()
        side.setLayout(words)
        side.setFixedWidth(_TEXT_WIDTH)
        words.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 6, 10, 6)
        row.setSpacing(12)
        row.addWidget(self.view, 1)
        row.addWidget(side)
        self.hide()

    def set_session(self, session: Session | None) -> None:
        for disconnect in self._disconnect:
            disconnect()
        self._fitter.give_up()
        self._session, self._disconnect, self._to_come = session, [], 0
        if session is not None:
            self._disconnect = [
                session.preview_changed.connect(self._show_chosen),
                session.document.selection_changed.connect(lambda _bounds: self._show_text()),
            ]
        self.refresh()

    def refresh(self) -> None:
        """After anything that may have changed the active layer, its candidates, or the running fill."""
        layer = self._session.fill_layer if self._session is not None else None
        target, to_come = self._waiting(self._session) if self._session is not None else (None, 0)
        finished = self._to_come > 0 and to_come == 0 and self._joined is layer
        candidates = layer.candidates if layer is not None else ()
        if target is None and to_come > 1:  # they will make a layer of their own
            layer, candidates = None, ()
        elif target is not layer:
            to_come = 0
        self._to_come, self._joined = to_come, target
        wanted = len(candidates) + to_come > 1
        had_focus = self.has_focus
        if wanted and self._session is not None:
            self._model.show(layer, candidates, to_come, self._session.document.metadata.icc_profile)
        else:
            self._model.show(None, (), 0)
        self.setVisible(wanted)
        self._show_chosen()
        if wanted and finished and not _is_renaming():
            self.view.setFocus()
        elif had_focus and not wanted:
            self.done.emit()

    def stop(self) -> None:
        """For good."""
        self._fitter.stop()

    @property
    def has_focus(self) -> bool:
        widget = QApplication.focusWidget()
        return widget is not None and self.isAncestorOf(widget)

    # CandidateChooser

    @property
    def can_step(self) -> bool:
        return not self.isHidden() and self._model.index(0, 0).flags() != Qt.ItemFlag.NoItemFlags

    @property
    def can_take(self) -> bool:
        shown = self._session.previewed if self._session is not None else None
        return shown is not None or self._fitter.waiting(self._session) is not None

    def step(self, steps: int) -> None:
        """Previews the next candidate, or the one before; at the ends it stays."""
        if not self.can_step:
            return
        last = self._model.rowCount() - self._to_come - 1
        row = self.view.currentIndex().row()
        if row < 0:
            row = 0 if steps > 0 else last
        else:
            row = min(max(row + steps, 0), last)
        self.view.setCurrentIndex(self._model.index(row, 0))

    def take(self) -> None:
        if self._session is not None:
            self._fitter.take(self._session)

    def give_up(self) -> None:
        """Back to what is in the picture."""
        if self._session is not None:
            self._fitter.show(self._session, None)

    # What happens

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The keys of the view; Escape is left to the window."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._show_text()
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Up:
                self.step(-1)
            case Qt.Key.Key_Right | Qt.Key.Key_Down:
                self.step(1)
            case Qt.Key.Key_Home:
                self.step(-self._model.rowCount())
            case Qt.Key.Key_End:
                self.step(self._model.rowCount())
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.take()
            case Qt.Key.Key_Escape:
                event.ignore()
            case _:
                return super().eventFilter(watched, event)
        return True

    def _row_chosen(self, current: QModelIndex, _previous: QModelIndex) -> None:
        candidate = self._model.candidate_at(current)
        if self._session is None or self._session.fill_layer is None or candidate is None:
            return
        taken = candidate.number == self._session.fill_layer.taken
        self._fitter.show(self._session, None if taken else candidate)

    def _show_chosen(self) -> None:
        """The current row is the candidate that is seen."""
        seen = self._seen()
        index = self._model.index_of(seen.number if seen is not None else None)
        with QSignalBlocker(self.view.selectionModel()):
            self.view.selectionModel().setCurrentIndex(
                index, QItemSelectionModel.SelectionFlag.ClearAndSelect
            )
        if index.isValid():
            self.view.scrollTo(index)
        self.view.viewport().update()
        self._show_text()
        self.changed.emit()

    def _seen(self) -> Candidate | None:
        """The candidate that the canvas shows, or is about to; None for a mix of them."""
        layer = self._session.fill_layer if self._session is not None else None
        if self._session is None or layer is None:
            return None
        taken = (candidate for candidate in layer.candidates if candidate.number == layer.taken)
        return self._fitter.waiting(self._session) or self._session.previewed or next(taken, None)

    def _show_text(self) -> None:
        """What is seen, and which keys do what."""
        seen, previewed = self._seen(), self.can_take
        count, keys = self._model.rowCount(), "← and →" if self.view.hasFocus() else "Alt+← and Alt+→"
        inside = previewed and self._session is not None and self._session.paints_candidates
        self._take.setEnabled(previewed)
        self._take.setText("Paint In" if inside else "Take")
        if self._to_come == count:
            text, hint = f"{count} candidates are being made", ""
        elif previewed and inside and seen is not None:
            text = f"Enter takes candidate {seen.number} inside the selection"
            hint = "Esc goes back. Without a selection, Enter takes all of it."
        elif previewed and seen is not None:
            text = f"Enter takes candidate {seen.number}"
            hint = "Esc goes back. To take a part of it, paint over that part with the mask brush."
        elif seen is not None:
            text, hint = f"Candidate {seen.number} is in the picture", f"{keys} show the others."
        else:
            text, hint = "A mix of candidates is in the picture", f"{keys} show each of them."
        self._text.setText(text)
        self._hint.setText(hint)


def _is_renaming() -> bool:
    """A name is being typed in a list: that must not be cut off."""
    widget: QWidget | None = QApplication.focusWidget()
    if not isinstance(widget, QLineEdit):
        return False
    while widget is not None and not isinstance(widget, QAbstractItemView):
        widget = widget.parentWidget()
    return widget is not None
