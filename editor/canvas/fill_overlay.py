"""FillOverlay: drawn over the picture before a fill runs: what will change, what the engine sees, and how large."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from editor.canvas.overlays import TINT, draw_note, draw_patch
from editor.canvas.viewport import Viewport
from editor.document.geometry import Bounds
from editor.fill_plan import FillPlan
from editor.render.qimage import to_qimage

_STRENGTH = 0.5
_SHADE = QColor(0, 0, 0, 70)
"""Over what the engine does not see."""


class FillOverlay:
    """The plan as pictures and words, made once."""

    def __init__(self, plan: FillPlan) -> None:
        rgba = np.empty((*plan.changes.shape, 4), np.uint8)
        rgba[..., :3] = TINT
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
        if plan.grown:
            self.text += ": the box, and what the fill needs beyond it"
        if plan.sourced:
            self.text += "; copies only from the green outline"

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
        part = seen.boundingRect().intersected(QRectF(0, 0, viewport.width, viewport.height))
        draw_note(painter, self.text, part.left(), part.top(), viewport)
        painter.restore()


def _outline(bounds: Bounds, viewport: Viewport) -> QPolygonF:
    corners = (
        (bounds.x, bounds.y),
        (bounds.right, bounds.y),
        (bounds.right, bounds.bottom),
        (bounds.x, bounds.bottom),
    )
    return QPolygonF([QPointF(*viewport.to_screen(x, y)) for x, y in corners])
