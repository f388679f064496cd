"""FillOverlay: drawn over the picture before a fill runs: what will change, what the engine sees, and how large."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from editor.canvas.overlays import draw_patch
from editor.canvas.viewport import Viewport
from editor.document.geometry import Bounds
from editor.fill_plan import FillPlan
from editor.render.qimage import to_qimage

_TINT = (64, 170, 255)
"""Neither the veil's red nor a colour that photographs are full of."""
_STRENGTH = 0.5
_SHADE = QColor(0, 0, 0, 70)
"""Over what the engine does not see."""
_PADDING = 6


class FillOverlay:
    """The plan as pictures and words, made once."""

    def __init__(self, plan: FillPlan) -> None:
        rgba = np.empty((*plan.changes.shape, 4), np.uint8)
        rgba[..., :3] = _TINT
        rgba[..., 3] = (plan.changes * _STRENGTH).astype(np.uint8)
        self._changes: QImage = to_qimage(rgba)
        self._changes_bounds = plan.changes_bounds
        self._context = plan.region.context
        working = plan.region.working
        self.text = f"Sees {self._context.width} × {self._context.height} px"
        if tuple(working) != tuple(self._context.extent):
            self.text += f", works at {working.width} × {working.height}"
        if plan.parts:
            self.text += (
                f", then at full size in {plan.parts} parts" if plan.parts > 1 else ", then at full size"
            )

    def draw(self, painter: QPainter, viewport: Viewport, canvas: Bounds) -> None:
        """``canvas``: all of the picture."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        seen, whole = _outline(self._context, viewport), _outline(canvas, viewport)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_SHADE)
        painter.drawPolygon(whole.subtracted(seen))
        draw_patch(painter, self._changes, self._changes_bounds, viewport)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(0, 0, 0, 170), 1.5))
        painter.drawPolygon(seen)
        painter.setPen(QPen(QColor(255, 255, 255), 1.5, Qt.PenStyle.DashLine))
        painter.drawPolygon(seen)
        self._draw_text(painter, seen.boundingRect(), QRectF(0, 0, viewport.width, viewport.height))
        painter.restore()

    def _draw_text(self, painter: QPainter, seen: QRectF, view: QRectF) -> None:
        """At the upper left corner of what is seen, or of as much of that as is in view."""
        metrics = painter.fontMetrics()
        place = QRectF(0, 0, metrics.horizontalAdvance(self.text) + 2 * _PADDING, metrics.height() + _PADDING)
        part = seen.intersected(view)
        place.moveTopLeft(part.topLeft() + QPointF(_PADDING, _PADDING))
        place.moveRight(min(place.right(), view.right() - _PADDING))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 170))
        painter.drawRoundedRect(place, 3, 3)
        painter.setPen(QColor(255, 255, 255))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self.text)


def _outline(bounds: Bounds, viewport: Viewport) -> QPolygonF:
    corners = (
        (bounds.x, bounds.y),
        (bounds.right, bounds.y),
        (bounds.right, bounds.bottom),
        (bounds.x, bounds.bottom),
    )
    return QPolygonF([QPointF(*viewport.to_screen(x, y)) for x, y in corners])
