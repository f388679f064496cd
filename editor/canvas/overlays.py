"""What is drawn above the picture for a tool: its lines and handles, the brush outline. Screen space only."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QPolygonF,
    QRegion,
    QTransform,
)

from editor.canvas.viewport import Viewport
from editor.document.geometry import Bounds
from editor.tools.tool import Disc, Overlay

TINT = (64, 170, 255)
"""Of what an engine will change: neither the veil's red nor a colour that photographs are full of."""

_DISCS = QColor(*TINT, 120)
_LIGHT, _DARK = QColor(255, 255, 255), QColor(0, 0, 0)
_PADDING = 6


def draw_tool(painter: QPainter, overlay: Overlay, viewport: Viewport) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    draw_discs(painter, overlay.discs, viewport)
    for line in overlay.lines:
        draw_contrasting(painter, [_points(line, viewport)])
    for x, y in overlay.handles:
        sx, sy = viewport.to_screen(x, y)
        painter.setPen(QPen(_DARK, 1))
        painter.setBrush(_LIGHT)
        painter.drawRect(QRectF(round(sx) - 3.5, round(sy) - 3.5, 7, 7))


def draw_discs(painter: QPainter, discs: Sequence[Disc], viewport: Viewport) -> None:
    """All of them one tinted shape, however they overlap."""
    if not discs:
        return
    shape = QPainterPath()
    shape.setFillRule(Qt.FillRule.WindingFill)
    for x, y, diameter in discs:
        radius = max(diameter * viewport.scale / 2, 1.0)
        shape.addEllipse(QPointF(*viewport.to_screen(x, y)), radius, radius)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.fillPath(shape, _DISCS)


def overlay_rect(overlay: Overlay, viewport: Viewport) -> QRect:
    """What ``draw_tool`` paints on; empty where there is nothing."""
    lines = [np.asarray(line) for line in (*overlay.lines, overlay.handles) if line]
    if overlay.discs:
        discs = np.asarray(overlay.discs)
        lines += [discs[:, :2] - discs[:, 2:] / 2, discs[:, :2] + discs[:, 2:] / 2]
    if not lines:
        return QRect()
    points = np.concatenate(lines)
    left, top, right, bottom = viewport.screen_box(*points.min(axis=0), *points.max(axis=0))
    # a far corner may be off by more than a widget can be large
    reach = QRectF(left - 5, top - 5, right - left + 10, bottom - top + 10)
    return reach.intersected(QRectF(0, 0, viewport.width, viewport.height)).toAlignedRect()


def draw_brush_outline(painter: QPainter, x: float, y: float, diameter: float, viewport: Viewport) -> None:
    """A circle at screen point (x, y); ``diameter`` in picture pixels."""
    radius = _outline_radius(diameter, viewport)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, r in ((_DARK, radius + 0.5), (_LIGHT, radius - 0.5)):
        colour = QColor(colour)
        colour.setAlpha(190)
        painter.setPen(QPen(colour, 1))
        painter.drawEllipse(QPointF(x, y), r, r)


def draw_note(painter: QPainter, text: str, x: float, y: float, viewport: Viewport) -> None:
    """A few words, legible on any picture, to the right of and below screen point (x, y), within the screen."""
    place = note_rect(text, painter.fontMetrics(), x, y, viewport)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 170))
    painter.drawRoundedRect(place, 3, 3)
    painter.setPen(_LIGHT)
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)


def note_rect(text: str, metrics: QFontMetrics, x: float, y: float, viewport: Viewport) -> QRectF:
    """What ``draw_note`` paints on."""
    width, height = metrics.horizontalAdvance(text) + 2 * _PADDING, metrics.height() + _PADDING
    left = max(min(x + _PADDING, viewport.width - width - _PADDING), _PADDING)
    top = max(min(y + _PADDING, viewport.height - height - _PADDING), _PADDING)
    return QRectF(left, top, width, height)


def draw_patch(painter: QPainter, patch: QImage, bounds: Bounds, viewport: Viewport) -> None:
    """A picture of any size, laid over ``bounds`` of the document."""
    painter.save()
    painter.setTransform(QTransform(*viewport.matrix), True)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
    painter.drawImage(QRectF(bounds.x, bounds.y, bounds.width, bounds.height), patch, QRectF(patch.rect()))
    painter.restore()


def brush_outline_region(x: float, y: float, diameter: float, viewport: Viewport) -> QRegion:
    """What ``draw_brush_outline`` paints on: a ring, so that what lies inside need not be drawn again."""
    radius = _outline_radius(diameter, viewport)
    outer = QRectF(x - radius - 2, y - radius - 2, 2 * radius + 4, 2 * radius + 4).toAlignedRect()
    half = int(radius / math.sqrt(2)) - 3  # of the largest square that lies inside
    if half <= 0:
        return QRegion(outer)
    return QRegion(outer).subtracted(QRegion(QRect(round(x) - half, round(y) - half, 2 * half, 2 * half)))


def draw_contrasting(painter: QPainter, lines: Iterable[QPolygonF]) -> None:
    """Visible on any picture: a light line with a dark edge."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for line in lines:
        painter.setPen(QPen(QColor(0, 0, 0, 150), 3))
        painter.drawPolyline(line)
        painter.setPen(QPen(_LIGHT, 1.2))
        painter.drawPolyline(line)


def _outline_radius(diameter: float, viewport: Viewport) -> float:
    """In screen pixels."""
    return max(diameter * viewport.scale / 2, 1.5)


def _points(line: Sequence[tuple[float, float]], viewport: Viewport) -> QPolygonF:
    return QPolygonF([QPointF(*viewport.to_screen(x, y)) for x, y in line])
