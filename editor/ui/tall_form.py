"""TallForm: a form that scrolls where the screen is too low for it, and is as high as it needs to be elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import QFrame, QLayout, QScrollArea, QSizePolicy, QWidget

_LEAST = 120
_REST = 480
"""Height of all else in the window: the buttons below, the layers, the bars."""


class TallForm(QScrollArea):
    def __init__(self, form: QLayout, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self._content = QWidget()
        form.setContentsMargins(0, 0, 0, 0)
        self._content.setLayout(form)
        self._content.installEventFilter(self)
        self.setWidget(self._content)

    def sizeHint(self) -> QSize:
        width = max(self.viewport().width(), self._content.minimumSizeHint().width())
        height = self._content.heightForWidth(width)
        return QSize(width, height if height > 0 else self._content.sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """As much of the form as the window has room for."""
        bar = self.verticalScrollBar().sizeHint().width()
        height = min(self.sizeHint().height(), max(_LEAST, self.window().height() - _REST))
        return QSize(self._content.minimumSizeHint().width() + bar, height)

    def showEvent(self, event: QShowEvent) -> None:
        self.window().installEventFilter(self)
        super().showEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        asked = watched is self._content and event.type() == QEvent.Type.LayoutRequest
        if asked or (watched is not self._content and event.type() == QEvent.Type.Resize):
            self.updateGeometry()
        return super().eventFilter(watched, event)
