"""MarchingAnts: the selection's outline, marching; knows what to draw and when to draw it again.

An outline of few enough segments is drawn as lines, whatever the view. One that is noise, or as large as a canvas may
be, is drawn pixel by pixel from what of the selection is in view, at a cost that no outline changes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen, QTransform

from editor.canvas.viewport import Viewport
from editor.document.document import Document
from editor.document.geometry import TILE, Bounds, keys_covering, tile_bounds
from editor.document.tiles import Array8, TileMap
from editor.raster.ants import PERIOD, chevrons, raster_ants
from editor.raster.outline import outline
from editor.render.qimage import indices_to_qimage

INTERVAL = 125
"""Milliseconds between two steps."""

MOST_SEGMENTS = 20_000
"""Of an outline that is drawn as lines."""

LARGEST = 4096 * 4096
"""Pixels of a selection of which the outline is looked for."""

_LIGHT, _DARK = QColor(255, 255, 255), QColor(0, 0, 0)


class MarchingAnts(QObject):
    """``stepped()``: draw again. The outline is made when it is first drawn after a change. ``plane`` gives what is
    outlined where that is not the selection, and ``light`` the lighter of the two colours."""

    stepped = Signal()

    def __init__(
        self,
        document: Document,
        parent: QObject,
        plane: Callable[[], TileMap] | None = None,
        light: QColor = _LIGHT,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._plane = plane or (lambda: document.selection)
        self._light = light
        self._outline: QPainterPath | None = None
        """In picture pixels; without a value where it is drawn pixel by pixel."""
        self._outline_known = False
        self._lines: tuple[object, QPainterPath] = (None, QPainterPath())
        """As the outline lies on the screen, but for where its corner is; with the zoom and the angle."""
        self._raster: tuple[tuple[object, ...], QTransform, QImage] | None = None
        """The view that it was made for, the transform from picture to screen pixels, and indices of the pattern."""
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
        """Or whatever else is outlined."""
        self._outline_known, self._outline = False, None
        self._lines, self._raster = (None, QPainterPath()), None

    def march(self, wanted: bool) -> None:
        """They march where that is wanted and something is selected."""
        wanted = wanted and bool(self._plane())
        if wanted != self._clock.isActive():
            if wanted:
                self._clock.start()
            else:
                self._clock.stop()

    def screen_rect(self, viewport: Viewport) -> QRect:
        """What must be drawn again at a step."""
        path, bounds = self._path(), self._bounds
        shape = QRectF(bounds.x, bounds.y, bounds.width, bounds.height)
        if path is not None:
            shape = path.boundingRect()
        left, top, right, bottom = viewport.screen_box(
            shape.left(), shape.top(), shape.right(), shape.bottom()
        )
        reach = QRectF(left - 2, top - 2, right - left + 5, bottom - top + 5)
        return reach.intersected(QRectF(0, 0, viewport.width, viewport.height)).toAlignedRect()

    def draw(self, painter: QPainter, viewport: Viewport, moving: bool = False) -> None:
        """While the view is ``moving``, ants that were drawn pixel by pixel move along as they are."""
        if not self._plane():
            return
        path = self._path()
        if path is None:
            self._draw_raster(painter, viewport, moving)
        elif not path.isEmpty():
            self._draw_lines(painter, viewport, path)

    def _draw_lines(self, painter: QPainter, viewport: Viewport, path: QPainterPath) -> None:
        """Stripes that run with the phase: a pen of stripes needs no connected outline."""
        turn = viewport.matrix[:4]
        if self._lines[0] != turn:
            self._lines = turn, QTransform(*turn, 0, 0).map(path)
        brush = QBrush(_stripes(self._light))
        brush.setTransform(QTransform.fromTranslate(self._phase, 0))
        pen = QPen(brush, 1)
        pen.setCapStyle(Qt.PenCapStyle.SquareCap)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.translate(viewport.x, viewport.y)
        painter.drawPath(self._lines[1])
        painter.restore()

    def _draw_raster(self, painter: QPainter, viewport: Viewport, moving: bool) -> None:
        key = (*viewport.matrix, viewport.width, viewport.height, viewport.pixel_ratio)
        if self._raster is None or (self._raster[0] != key and not moving):
            image = indices_to_qimage(self._screen_ants(viewport))
            image.setDevicePixelRatio(viewport.pixel_ratio)
            self._raster = key, QTransform(*viewport.matrix), image
        made_for, transform, image = self._raster
        stripes = [_DARK if (i - self._phase) % PERIOD < PERIOD // 2 else self._light for i in range(PERIOD)]
        image.setColorTable([0, *(colour.rgba() for colour in stripes)])
        painter.save()
        if made_for != key:
            painter.setTransform(transform.inverted()[0] * QTransform(*viewport.matrix), True)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(0, 0, image)
        painter.restore()

    @property
    def _bounds(self) -> Bounds:
        return self._plane().tiles_bounds().intersected(self._document.canvas)

    @property
    def _threshold(self) -> int:
        """From here on a pixel is inside: at least half selected."""
        return (self._plane().full + 1) // 2

    def _path(self) -> QPainterPath | None:
        if not self._outline_known:
            self._outline_known = True
            bounds = self._bounds
            if bounds.extent.area <= LARGEST:
                self._outline = self._traced(bounds)
        return self._outline

    def _traced(self, bounds: Bounds) -> QPainterPath | None:
        path = QPainterPath()
        if not bounds:
            return path
        mask = self._plane().read(bounds)
        segments = outline(mask, self._threshold, bounds.x, bounds.y, MOST_SEGMENTS)
        if segments is None:
            return None
        for x0, y0, x1, y1 in segments.tolist():
            path.moveTo(x0, y0)
            path.lineTo(x1, y1)
        return path

    def _screen_ants(self, viewport: Viewport) -> Array8:
        """(h, w) indices of the pattern, a device pixel each, from every so many pixels of what is in view."""
        ratio = viewport.pixel_ratio
        size = round(viewport.width * ratio), round(viewport.height * ratio)
        step = 1
        while step < TILE and step * viewport.zoom <= 0.5:
            step *= 2
        part = viewport.visible().padded(step).intersected(self._bounds)
        mask, x, y = self._sampled(part, step)
        to_picture, _invertible = QTransform(*viewport.matrix).inverted()
        to_mask = (
            QTransform.fromScale(1 / ratio, 1 / ratio)
            * to_picture
            * QTransform.fromTranslate(-x, -y)
            * QTransform.fromScale(1 / step, 1 / step)
        )
        numbers = to_mask.m11(), to_mask.m12(), to_mask.m21(), to_mask.m22(), to_mask.dx(), to_mask.dy()
        return raster_ants(mask, numbers, *size)

    def _sampled(self, part: Bounds, step: int) -> tuple[Array8, int, int]:
        """(h, w), 1 inside and 0 outside, of the tiles that a part touches; and the picture's pixel where it begins."""
        selection = self._plane()
        keys = list(keys_covering(part))
        if not keys:
            return np.zeros((1, 1), np.uint8), 0, 0
        whole = tile_bounds(keys[0]).united(tile_bounds(keys[-1]))
        mask = np.zeros((whole.height // step, whole.width // step), np.uint8)
        for key in keys:
            tile = selection.tile(key)
            if tile is not None:
                place = tile_bounds(key).translated(-whole.x, -whole.y)
                rows = slice(place.y // step, place.bottom // step)
                columns = slice(place.x // step, place.right // step)
                mask[rows, columns] = tile[step // 2 :: step, step // 2 :: step] >= self._threshold
        return mask, whole.x, whole.y


def _stripes(light: QColor) -> QImage:
    """The pattern of the ants, one period across and one turn of its stripes down."""
    image = indices_to_qimage(chevrons(2 * PERIOD, PERIOD))
    image.setColorTable([(_DARK if i < PERIOD // 2 else light).rgba() for i in range(PERIOD)])
    return image.convertToFormat(QImage.Format.Format_RGB32)
