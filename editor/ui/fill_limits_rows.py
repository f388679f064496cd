"""FillLimitsRows: two rows of the Fill panel: the box that the engine is to see, and where it may copy from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QPushButton, QToolButton, QWidget

from editor.document.geometry import Bounds
from editor.fill_options import FillOptions
from editor.session import Session
from editor.settings import Settings
from editor.ui.elided_label import ElidedLabel
from editor.ui.icons import set_icon
from inference.engines.engine import EngineInfo

NO_BOX = "Not drawn yet"
_UNTIL_THEN = "Until a box is drawn, the engine sees what suits the selection"


class FillLimitsRows(QObject):
    """Adds its rows to the end of ``form``, shows the limits of the picture in front in them, and adds these to what is
    asked.

    ``changed()``: they are others; ``draw_asked()``: a box is to be drawn; ``source_asked()``: what is selected is
    where to copy from.
    """

    changed = Signal()
    draw_asked = Signal()
    source_asked = Signal()

    def __init__(self, settings: Settings, form: QFormLayout, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings, self._form = settings, form
        self._session: Session | None = None
        self._disconnect: list[Callable[[], None]] = []
        self.rows = self._box_row, self._source_row = QWidget(), QWidget()
        self._box, self._source = ElidedLabel(), ElidedLabel()
        self._draw, self._take = QPushButton("Draw"), QPushButton("Use Selection")
        self._no_box, self._no_source = QToolButton(autoRaise=True), QToolButton(autoRaise=True)
        self._draw.setObjectName("draw-context-box")
        self._draw.setToolTip("Drag a box on the picture around what the engine shall see (K)")
        self._draw.clicked.connect(self.draw_asked)
        self._take.setObjectName("use-selection-as-source")
        self._take.setToolTip("Copy only from what is selected now; then select what is to be filled")
        self._take.clicked.connect(self.source_asked)
        self._no_box.setObjectName("no-context-box")
        self._no_box.setToolTip("Take the box away")
        self._no_box.clicked.connect(self._forget_box)
        self._no_source.setObjectName("no-source")
        self._no_source.setToolTip("Copy from everywhere again")
        self._no_source.clicked.connect(self._forget_source)
        for row, label, button, cross in (
            (self._box_row, self._box, self._draw, self._no_box),
            (self._source_row, self._source, self._take, self._no_source),
        ):
            set_icon(cross, "cancel")
            cross.setFixedHeight(button.sizeHint().height())  # the row does not jump when it comes
            cross.setAccessibleName(cross.toolTip())
            layout = QHBoxLayout(row)
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(6)
            layout.addWidget(label, 1)
            layout.addWidget(button)
            layout.addWidget(cross)
        form.addRow("Box", self._box_row)
        form.addRow("Copy from", self._source_row)
        self.set_session(None)

    def set_session(self, session: Session | None) -> None:
        for disconnect in self._disconnect:
            disconnect()
        self._session, self._disconnect = session, []
        if session is not None:
            self._disconnect = [
                session.limits.changed.connect(self._limits_changed),
                session.document.selection_changed.connect(lambda _bounds: self._show()),
            ]
        self._limits_changed()

    def show_engine(self, info: EngineInfo) -> None:
        """Also after another context has been chosen."""
        self._form.setRowVisible(self._box_row, self._settings["fill-context"] == "box")
        self._form.setRowVisible(self._source_row, info.source)

    def added_to(self, asked: FillOptions, info: EngineInfo) -> FillOptions:
        """What is asked, within the limits; what the engine would ignore is left out."""
        limits = self._session.limits if self._session is not None else None
        box = limits.box if limits is not None and asked.context == "box" else None
        if asked.context == "box" and (box is None or not box.intersected(self._canvas())):
            asked, box = replace(asked, context="auto"), None
        return replace(asked, context_box=box, source=limits.source if info.source and limits else None)

    def _canvas(self) -> Bounds:
        return self._session.document.canvas if self._session is not None else Bounds(0, 0, 0, 0)

    def _limits_changed(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        session = self._session
        box = session.limits.box if session is not None else None
        source = session.limits.source if session is not None else None
        self._box.set_whole(f"{box.width} × {box.height} px" if box is not None else NO_BOX)
        self._box.setToolTip("" if box is not None else _UNTIL_THEN)
        self._no_box.setVisible(box is not None)
        self._draw.setEnabled(session is not None)
        self._source.set_whole("Chosen area" if source is not None else "Everywhere")
        self._no_source.setVisible(source is not None)
        self._take.setEnabled(session is not None and bool(session.document.selection))

    @Slot()
    def _forget_box(self) -> None:
        if self._session is not None:
            self._session.limits.set_box(None)

    @Slot()
    def _forget_source(self) -> None:
        if self._session is not None:
            self._session.limits.set_source(None)
