"""How a projection is drawn on the widget: level, placing, smoothing, what shines through, and the surround."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPalette, QPen

from editor.canvas.viewport import Viewport
from editor.document.geometry import Bounds
from editor.render.projection import Projection

PAINT_BUDGET = 0.02
"""Seconds of compositing in one paint event; the rest follows in the next."""

_SQUARE = 8
_EDGE = QColor(0, 0, 0, 110)


def draw_projection(
    painter: QPainter, projection: Projection, viewport: Viewport, backing: QBrush | None = None
) -> bool:
    """Draws what is in view; with ``backing``, what shines through it and a thin edge around the picture.

    False where some of what is in view is still out of date: draw again soon.
    """
    visible = viewport.visible()
    if not visible:
        return True
    complete = projection.update(visible, PAINT_BUDGET)
    level, level_scale = projection.level(viewport.zoom)
    part = Bounds.from_edges(
        int(visible.x * level_scale),
        int(visible.y * level_scale),
        min(int(visible.right * level_scale) + 1, level.width()),
        min(int(visible.bottom * level_scale) + 1, level.height()),
    )
    scale = viewport.scale / level_scale
    x, y = viewport.to_screen(part.x / level_scale, part.y / level_scale)
    picture = QRectF(
        viewport.x,
        viewport.y,
        viewport.picture.width * viewport.scale,
        viewport.picture.height * viewport.scale,
    )
    if backing is not None:
        # First, and on whole pixels: between pixels it would cover a row or column of the picture.
        painter.setPen(QPen(_EDGE, 1))
        painter.drawRect(picture.toRect().adjusted(-1, -1, 0, 0))
    painter.save()
    painter.setClipRect(picture.intersected(QRectF(0, 0, viewport.width, viewport.height)))
    if backing is not None:
        if complete and projection.opaque:  # what is still to come lets the backing shine through
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        else:
            painter.fillRect(picture, backing)
    exact = abs(scale * viewport.pixel_ratio - 1) < 1e-6
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not exact and viewport.zoom < 2)
    painter.drawImage(
        QRectF(x, y, part.width * scale, part.height * scale),
        level,
        QRectF(part.x, part.y, part.width, part.height),
    )
    painter.restore()
    return complete


def is_dark(palette: QPalette) -> bool:
    return palette.color(QPalette.ColorRole.Window).value() < 128


def surround(palette: QPalette) -> QColor:
    """Around the picture: neutral, and a step darker than the panels."""
    return palette.color(QPalette.ColorRole.Window).darker(135 if is_dark(palette) else 118)


def checkerboard(dark: bool) -> QBrush:
    """The pattern behind transparent pixels; its squares keep their size on the screen."""
    light, shade = (
        (QColor(96, 96, 96), QColor(72, 72, 72)) if dark else (QColor(255, 255, 255), QColor(215, 215, 215))
    )
    image = QImage(2 * _SQUARE, 2 * _SQUARE, QImage.Format.Format_RGB32)
    image.fill(light)
    painter = QPainter(image)
    painter.fillRect(0, 0, _SQUARE, _SQUARE, shade)
    painter.fillRect(_SQUARE, _SQUARE, _SQUARE, _SQUARE, shade)
    painter.end()
    return QBrush(image)
