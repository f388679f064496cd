"""What is drawn above the picture: marching ants, a tool's lines and handles, the brush outline. Screen space only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from editor.canvas.viewport import Viewport
from editor.document.geometry import Bounds
from editor.document.tiles import TileMap
from editor.raster.outline import outline
from editor.tools.tool import Overlay

ANTS_PERIOD = 8
"""Screen pixels of one light and one dark stripe together."""

_LIGHT, _DARK = QColor(255, 255, 255), QColor(0, 0, 0)


def selection_path(selection: TileMap, canvas: Bounds) -> QPainterPath:
    """The outline of what is at least half selected, in picture pixels."""
    path = QPainterPath()
    bounds = selection.tiles_bounds().intersected(canvas)
    if bounds:
        for x0, y0, x1, y1 in outline(selection.read(bounds), x=bounds.x, y=bounds.y).tolist():
            path.moveTo(x0, y0)
            path.lineTo(x1, y1)
    return path


def draw_ants(painter: QPainter, path: QPainterPath, viewport: Viewport, phase: int) -> None:
    """Stripes that run with ``phase``: a pen of stripes needs no connected outline."""
    brush = QBrush(_chevrons())
    brush.setTransform(QTransform.fromTranslate(phase, 0))
    pen = QPen(brush, 1)
    pen.setCapStyle(Qt.PenCapStyle.SquareCap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(_transform(viewport).map(path))


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


def _transform(viewport: Viewport) -> QTransform:
    return QTransform(viewport.scale, 0, 0, viewport.scale, viewport.x, viewport.y)


def _chevrons() -> QImage:
    """Stripes that turn every few pixels: an edge in any direction crosses them, none runs along with them."""
    image = QImage(ANTS_PERIOD, 2 * ANTS_PERIOD, QImage.Format.Format_RGB32)
    for y in range(image.height()):
        shift = min(y, image.height() - y)
        for x in range(image.width()):
            dark = (x + shift) % ANTS_PERIOD < ANTS_PERIOD // 2
            image.setPixelColor(x, y, _DARK if dark else _LIGHT)
    return image
