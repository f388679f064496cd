"""ColorButton: a square of one colour to press."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractButton, QWidget


class ColorButton(QAbstractButton):
    """A square of one colour, “#rrggbb”."""

    def __init__(self, color: str, title: str = "", side: int = 24, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._side, self._color = title, side, ""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the canvas
        self.setFixedSize(side, side)
        self.show_color(color)

    @property
    def color(self) -> str:
        return self._color

    def show_color(self, color: str) -> None:
        self._color = color
        name = f"{self._title}: {color}" if self._title else color
        self.setToolTip(name)
        self.setAccessibleName(name)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._side, self._side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Between two lines, one of which is seen against any colour."""
        painter = QPainter(self)
        rect = self.rect().adjusted(0, 0, -1, -1)
        painter.setPen(self.palette().color(QPalette.ColorRole.Shadow))
        painter.setBrush(self.palette().color(QPalette.ColorRole.Light))
        painter.drawRect(rect)
        painter.fillRect(rect.adjusted(2, 2, -1, -1), QColor(self._color))
        if self.hasFocus():
            painter.setPen(self.palette().color(QPalette.ColorRole.Accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(rect)
            painter.drawRect(rect.adjusted(1, 1, -1, -1))
        painter.end()
