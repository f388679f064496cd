"""What is drawn above the picture for a tool: its lines and handles, the brush outline. Screen space only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from editor.canvas.viewport import Viewport
from editor.document.geometry import Bounds
from editor.tools.tool import Overlay

_LIGHT, _DARK = QColor(255, 255, 255), QColor(0, 0, 0)


def draw_tool(painter: QPainter, overlay: Overlay, viewport: Viewport) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    for line in overlay.lines:
        draw_contrasting(painter, [_points(line, viewport)])
    for x, y in overlay.handles:
        sx, sy = viewport.to_screen(x, y)
        painter.setPen(QPen(_DARK, 1))
        painter.setBrush(_LIGHT)
        painter.drawRect(QRectF(round(sx) - 3.5, round(sy) - 3.5, 7, 7))


def draw_brush_outline(painter: QPainter, x: float, y: float, diameter: float, viewport: Viewport) -> None:
    """A circle at screen point (x, y); ``diameter`` in picture pixels."""
    radius = max(diameter * viewport.scale / 2, 1.5)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, r in ((_DARK, radius + 0.5), (_LIGHT, radius - 0.5)):
        colour = QColor(colour)
        colour.setAlpha(190)
        painter.setPen(QPen(colour, 1))
        painter.drawEllipse(QPointF(x, y), r, r)


def draw_patch(painter: QPainter, patch: QImage, bounds: Bounds, viewport: Viewport) -> None:
    """A picture of any size, laid over ``bounds`` of the document."""
    x, y = viewport.to_screen(bounds.x, bounds.y)
    place = QRectF(x, y, bounds.width * viewport.scale, bounds.height * viewport.scale)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
    painter.drawImage(place, patch, QRectF(patch.rect()))


def draw_contrasting(painter: QPainter, lines: Iterable[QPolygonF]) -> None:
    """Visible on any picture: a light line with a dark edge."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for line in lines:
        painter.setPen(QPen(QColor(0, 0, 0, 150), 3))
        painter.drawPolyline(line)
        painter.setPen(QPen(_LIGHT, 1.2))
        painter.drawPolyline(line)


def _points(line: Sequence[tuple[float, float]], viewport: Viewport) -> QPolygonF:
    return QPolygonF([QPointF(*viewport.to_screen(x, y)) for x, y in line])
