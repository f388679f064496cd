"""PictureView: how a projection is drawn on the widget: its level, place, smoothing, and what shines through."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QColorTransform,
    QImage,
    QPainter,
    QPalette,
    QPen,
    QPolygonF,
    QTransform,
)

from editor.canvas.viewport import Viewport
from editor.document.geometry import Bounds
from editor.render.projection import Projection
from editor.render.view_buffer import ViewBuffer

FRAME_BUDGET = 0.008
"""Seconds of compositing before one picture of the canvas; the rest follows before the next."""

_SQUARE = 8
_EDGE = QColor(0, 0, 0, 110)


class PictureView:
    """One projection on one canvas; ``transform`` as ``ViewBuffer`` has it."""

    def __init__(self, projection: Projection, transform: QColorTransform | None = None) -> None:
        self._projection = projection
        self._buffer = ViewBuffer(projection, transform)

    def release(self) -> None:
        self._buffer.release()

    def advance(self, viewport: Viewport, near: tuple[float, float] | None = None) -> bool:
        """Brings up to date what is in view for as long as a frame may take; first what is nearest to a point of the
        picture. False where some is still out of date."""
        level = self._projection.level(viewport.zoom)
        return self._projection.update(viewport.visible(), FRAME_BUDGET, level, near)

    def changed(self, viewport: Viewport) -> list[QRect]:
        """What of the widget would look otherwise than when it was last drawn, the view being the same."""
        size = 2 ** self._projection.level(viewport.zoom)
        return [screen_rect(viewport, part, size) for part in scaled(self._buffer.changed, size)]

    def draw(
        self,
        painter: QPainter,
        viewport: Viewport,
        rects: Iterable[QRect],
        smooth: bool,
        backing: QBrush | None = None,
        within: Bounds | None = None,
    ) -> None:
        """Draws what is in view within rectangles of the widget, or only what lies ``within`` a part of the picture.
        With ``backing``, what shines through it and a thin edge around the picture."""
        visible = viewport.visible() if within is None else viewport.visible().intersected(within)
        if not visible:
            return
        level = self._projection.level(viewport.zoom)
        size = 2**level
        part = Bounds.from_edges(
            visible.x // size, visible.y // size, -(-visible.right // size), -(-visible.bottom // size)
        )
        image, place = self._buffer.image(part, level)
        width, height = float(part.width), float(part.height)
        if not viewport.is_square:  # of the last pixels no more than the picture has; else they are clipped
            width = min(width, viewport.picture.width / size - part.x)
            height = min(height, viewport.picture.height / size - part.y)
        source = QRectF(part.x - place.x, part.y - place.y, width, height)
        exact = abs(viewport.zoom * size - 1) < 1e-6 and viewport.is_square
        opaque = backing is not None and self._projection.is_opaque(visible)
        for rect in rects:
            painter.save()
            painter.setClipRect(rect)
            if backing is not None:
                _draw_backing(painter, viewport, None if opaque else backing)
            if opaque:
                painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
            if viewport.is_square:
                # a coarse level's last pixels may reach beyond the picture
                painter.setClipRect(_picture_rect(viewport), Qt.ClipOperation.IntersectClip)
            careful = smooth or not viewport.is_square  # aslant, Qt takes as long either way
            painter.setRenderHint(
                QPainter.RenderHint.SmoothPixmapTransform, careful and not exact and viewport.zoom < 2
            )
            x, y = viewport.to_screen(part.x * size, part.y * size)
            if viewport.is_upright:
                scale = viewport.scale * size
                painter.drawImage(QRectF(x, y, width * scale, height * scale), image, source)
            else:
                a, b, c, d, _x, _y = viewport.matrix
                if exact:  # pixel on pixel
                    ratio = viewport.pixel_ratio
                    x, y = math.floor(x * ratio + 0.5) / ratio, math.floor(y * ratio + 0.5) / ratio
                painter.setTransform(QTransform(a * size, b * size, c * size, d * size, x, y), True)
                painter.drawImage(QRectF(0, 0, width, height), image, source)
            painter.restore()
        if backing is not None and not viewport.is_square:
            _draw_slanting_edge(painter, viewport)


def scaled(parts: Iterable[Bounds], size: int) -> list[Bounds]:
    return [Bounds(part.x * size, part.y * size, part.width * size, part.height * size) for part in parts]


def screen_rect(viewport: Viewport, part: Bounds, reach: float = 1) -> QRect:
    """The pixels of the widget that a part of the picture has an influence on, ``reach`` pixels of it around it."""
    left, top, right, bottom = viewport.screen_box(
        part.x - reach, part.y - reach, part.right + reach, part.bottom + reach
    )
    # a far corner may be off by more than a widget can be large
    left, top = max(left, -1.0), max(top, -1.0)
    right, bottom = min(right, viewport.width + 1.0), min(bottom, viewport.height + 1.0)
    if right <= left or bottom <= top:
        return QRect()
    return QRectF(left - 1, top - 1, right - left + 2, bottom - top + 2).toAlignedRect()


def _draw_backing(painter: QPainter, viewport: Viewport, backing: QBrush | None) -> None:
    """With straight edges, first those, and on whole pixels: between pixels they would cover a row or column of the
    picture."""
    if viewport.is_square:
        picture = _picture_rect(viewport)
        painter.setPen(QPen(_EDGE, 1))
        painter.drawRect(picture.toRect().adjusted(-1, -1, 0, 0))
        if backing is not None:
            painter.fillRect(picture, backing)
    elif backing is not None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(backing)
        painter.drawPolygon(_outline(viewport))


def _draw_slanting_edge(painter: QPainter, viewport: Viewport) -> None:
    """Last, over the steps of the picture's slanting edges."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(_EDGE, 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolygon(_outline(viewport))
    painter.restore()


def _picture_rect(viewport: Viewport) -> QRectF:
    """Of a picture with straight edges."""
    left, top, right, bottom = viewport.screen_box(0, 0, *viewport.picture)
    return QRectF(left, top, right - left, bottom - top)


def _outline(viewport: Viewport) -> QPolygonF:
    width, height = viewport.picture
    corners = ((0, 0), (width, 0), (width, height), (0, height))
    return QPolygonF([QPointF(*viewport.to_screen(*corner)) for corner in corners])


def is_dark(palette: QPalette) -> bool:
    return palette.color(QPalette.ColorRole.Window).value() < 128


def surround(palette: QPalette) -> QColor:
    """Around the picture: neutral, and a step darker than the panels."""
    return palette.color(QPalette.ColorRole.Window).darker(135 if is_dark(palette) else 118)


@cache
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
