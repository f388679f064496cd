"""HistoryPanel: the steps, done and undone; a click goes there."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from editor.session import Session


class HistoryPanel(QWidget):
    """``step_chosen(position)``: how many steps shall be done."""

    step_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session: Session | None = None
        self._disconnect: Callable[[], None] | None = None
        self._list = _Steps()
        self._list.setAccessibleName("History")
        self._list.currentRowChanged.connect(self.step_chosen)
        layout = QVBoxLayout(self)
        layout.addWidget(self._list)

    def set_session(self, session: Session | None) -> None:
        if self._disconnect is not None:
            self._disconnect()
        self._session = session
        self._disconnect = session.history.changed.connect(self._refresh) if session else None
        self._refresh()

    def _refresh(self) -> None:
        with QSignalBlocker(self._list):
            self._list.clear()
            if self._session is None:
                return
            history = self._session.history
            self._list.addItem("Opened")
            dim = self.palette().color(QPalette.ColorRole.PlaceholderText)
            for step, label in enumerate(history.labels, start=1):
                item = QListWidgetItem(label)
                if step > history.position:
                    item.setForeground(dim)
                self._list.addItem(item)
            self._list.setCurrentRow(history.position)


class _Steps(QListWidget):
    def resizeEvent(self, event: QResizeEvent) -> None:
        """The current step stays in view where the panel gives way to one that says more."""
        super().resizeEvent(event)
        self.scrollToItem(self.currentItem())
