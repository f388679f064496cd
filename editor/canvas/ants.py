"""MarchingAnts: the selection's outline, marching; knows what to draw and when to draw it again."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen, QTransform

from editor.canvas.viewport import Viewport
from editor.document.document import Document
from editor.raster.outline import outline

INTERVAL = 125
"""Milliseconds between two steps."""

PERIOD = 8
"""Screen pixels of one light and one dark stripe together."""

_LIGHT, _DARK = QColor(255, 255, 255), QColor(0, 0, 0)


class MarchingAnts(QObject):
    """``stepped()``: draw again. The outline is made when it is first drawn after a change."""

    stepped = Signal()

    def __init__(self, document: Document, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._path: QPainterPath | None = None
        self._phase = 0
        self._clock = QTimer(self, interval=INTERVAL)
        self._clock.timeout.connect(self.step)

    @property
    def are_marching(self) -> bool:
        return self._clock.isActive()

    def step(self) -> None:
        self._phase = (self._phase + 1) % PERIOD
        self.stepped.emit()

    def selection_changed(self) -> None:
        self._path = None

    def march(self, wanted: bool) -> None:
        """They march where that is wanted and something is selected."""
        wanted = wanted and bool(self._document.selection)
        if wanted != self._clock.isActive():
            if wanted:
                self._clock.start()
            else:
                self._clock.stop()

    def screen_rect(self, viewport: Viewport) -> QRect:
        """What must be drawn again at a step."""
        shape = self._outline().boundingRect()
        x, y = viewport.to_screen(shape.x(), shape.y())
        scale = viewport.scale
        return QRectF(x - 2, y - 2, shape.width() * scale + 5, shape.height() * scale + 5).toAlignedRect()

    def draw(self, painter: QPainter, viewport: Viewport) -> None:
        """Stripes that run with the phase: a pen of stripes needs no connected outline."""
        path = self._outline()
        if path.isEmpty():
            return
        brush = QBrush(_chevrons())
        brush.setTransform(QTransform.fromTranslate(self._phase, 0))
        pen = QPen(brush, 1)
        pen.setCapStyle(Qt.PenCapStyle.SquareCap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        to_screen = QTransform(viewport.scale, 0, 0, viewport.scale, viewport.x, viewport.y)
        painter.drawPath(to_screen.map(path))

    def _outline(self) -> QPainterPath:
        """Of what is at least half selected, in picture pixels."""
        if self._path is None:
            self._path = QPainterPath()
            selection = self._document.selection
            bounds = selection.tiles_bounds().intersected(self._document.canvas)
            if bounds:
                for x0, y0, x1, y1 in outline(selection.read(bounds), x=bounds.x, y=bounds.y).tolist():
                    self._path.moveTo(x0, y0)
                    self._path.lineTo(x1, y1)
        return self._path


def _chevrons() -> QImage:
    """Stripes that turn every few pixels: an edge in any direction crosses them, none runs along with them."""
    image = QImage(PERIOD, 2 * PERIOD, QImage.Format.Format_RGB32)
    for y in range(image.height()):
        shift = min(y, image.height() - y)
        for x in range(image.width()):
            dark = (x + shift) % PERIOD < PERIOD // 2
            image.setPixelColor(x, y, _DARK if dark else _LIGHT)
    return image
