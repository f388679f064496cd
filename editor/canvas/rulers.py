"""Ruler: pixels of the picture along a side of the canvas; guides are dragged out of it, and moved by their marks."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLineF, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPalette, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from editor.canvas.canvas import Canvas
from editor.canvas.guide_drag import GRIP
from editor.canvas.guide_lines import COLOUR
from editor.canvas.ruler_scale import RulerScale, Tick
from editor.document.guides import Direction

_SMALLER = 0.8
"""Size of the numbers, as a part of the program's font."""
_MARK = 5
"""Half the width of a guide's mark, and the height of the pointer's."""
_LENGTHS = (1.0, 0.45, 0.28)
"""Of the marks by their rank, as parts of the ruler."""
_HELP = "Drag a guide out of the ruler. Drag its mark to move it, or out of the canvas to remove it."
_ASKEW = "The picture is turned askew: turn it upright (5) to measure it and to make guides."
_OTHER: dict[Direction, Direction] = {"horizontal": "vertical", "vertical": "horizontal"}


class Ruler(QWidget):
    """Above the canvas, or ``down`` at its left. Its marks are drawn once for each view; only those of the pointer and
    of guides are drawn anew."""

    def __init__(self, canvas: Canvas, down: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * _SMALLER)
        self.setFont(font)
        self.setAccessibleName("Ruler at the left" if down else "Ruler above")
        fixed, wide = QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Ignored
        self.setSizePolicy(fixed if down else wide, wide if down else fixed)
        self._canvas, self._down = canvas, down
        self._pointer: float | None = None
        self._marks: tuple[object, QPixmap] = (None, QPixmap())
        canvas.navigation.changed.connect(self._view_changed)
        canvas.pointer_on_screen.connect(self._pointer_at)
        canvas.guides.changed.connect(self.update)
        canvas.guides.dragged.connect(self.update)
        self._view_changed()

    @property
    def scale(self) -> RulerScale | None:
        """None where the picture is turned askew: then there is nothing to be read off."""
        return RulerScale.of(self._canvas.viewport, self._down)

    def sizeHint(self) -> QSize:
        thickness = self.fontMetrics().height() + 4
        return QSize(thickness, 0) if self._down else QSize(0, thickness)

    # What is seen

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        scale = self.scale
        key = scale, self.size(), self.devicePixelRatioF(), self.palette().cacheKey(), self.font().key()
        if self._marks[0] != key:
            self._marks = key, self._drawn(scale)
        painter.drawPixmap(0, 0, self._marks[1])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        if scale is not None:
            self._draw_guides(painter, scale, event.rect())
        if self._pointer is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.palette().color(QPalette.ColorRole.WindowText))
            painter.drawPolygon(self._triangle(self._pointer, _MARK - 1))
        painter.end()

    def _drawn(self, scale: RulerScale | None) -> QPixmap:
        """All but what moves."""
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(self.size() * ratio)
        pixmap.setDevicePixelRatio(ratio)
        palette = self.palette()
        pixmap.fill(palette.color(QPalette.ColorRole.Window))
        painter = QPainter(pixmap)
        painter.setFont(self.font())
        if scale is not None:
            extent = self._canvas.viewport.picture
            length = extent.height if scale.direction == "horizontal" else extent.width
            begin, end = sorted((scale.to_screen(0), scale.to_screen(length)))
            painter.fillRect(self._rect(begin, end), palette.color(QPalette.ColorRole.Base))
            ticks = scale.ticks(self._length)
            painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
            painter.drawLines(self._lines(ticks))
            painter.setPen(palette.color(QPalette.ColorRole.WindowText))
            for tick in ticks:
                if tick.rank == 0:
                    self._draw_number(painter, tick)
        painter.setPen(palette.color(QPalette.ColorRole.Mid))
        inner = self._thickness - 1
        edge = QLineF(inner, 0, inner, self._length) if self._down else QLineF(0, inner, self._length, inner)
        painter.drawLine(edge)
        painter.end()
        return pixmap

    def _lines(self, ticks: list[Tick]) -> list[QLineF]:
        inner = self._thickness
        outer = [inner * (1 - length) for length in _LENGTHS]
        if self._down:
            return [QLineF(outer[tick.rank], round(tick.at), inner, round(tick.at)) for tick in ticks]
        return [QLineF(round(tick.at), outer[tick.rank], round(tick.at), inner) for tick in ticks]

    def _draw_number(self, painter: QPainter, tick: Tick) -> None:
        text = str(tick.value).replace("-", "\N{MINUS SIGN}")
        at, ascent = round(tick.at), self.fontMetrics().ascent() + 1
        if self._down:  # read from below, so that a long number fits
            painter.save()
            painter.translate(ascent, at - 3)
            painter.rotate(-90)
            painter.drawText(0, 0, text)
            painter.restore()
        else:
            painter.drawText(at + 3, ascent, text)

    def _draw_guides(self, painter: QPainter, scale: RulerScale, part: QRect) -> None:
        low, high = (part.top(), part.bottom()) if self._down else (part.left(), part.right())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(COLOUR)
        for position in self._canvas.guides.shown(scale.direction):
            at = scale.to_screen(position)
            if low - _MARK <= at <= high + _MARK:
                painter.drawPolygon(self._triangle(at, _MARK))

    # Pointer

    def mousePressEvent(self, event: QMouseEvent) -> None:
        scale = self.scale
        if event.button() != Qt.MouseButton.LeftButton or scale is None:
            return
        self._canvas.setFocus()  # which hears Escape
        mark = self._mark_at(event.position(), scale)
        direction = _OTHER[scale.direction] if mark is None else scale.direction
        self._canvas.guides.begin(direction, mark, self._on_canvas(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self._on_canvas(event.position())
        self._canvas.guides.drag(event, at)
        self._canvas.pointer_on_screen.emit(at)
        self._update_cursor(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._canvas.guides.release(event):
            self._update_cursor(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        self._canvas.pointer_on_screen.emit(None)

    def _update_cursor(self, position: QPointF) -> None:
        scale, held = self.scale, self._canvas.guides.held
        if scale is None:
            self.unsetCursor()
            return
        mark = self._mark_at(position, scale)
        along = mark is not None if held is None else held.direction == scale.direction
        upright = along == self._down
        self.setCursor(Qt.CursorShape.SplitVCursor if upright else Qt.CursorShape.SplitHCursor)

    def _mark_at(self, position: QPointF, scale: RulerScale) -> int | None:
        """Of a guide that can be moved."""
        if not self._canvas.guides.can_move:
            return None
        place = scale.to_picture(position.y() if self._down else position.x())
        guides = self._canvas.session.document.guides
        return guides.nearest(scale.direction, place, GRIP / abs(scale.per_pixel))

    def _on_canvas(self, position: QPointF) -> QPointF:
        return QPointF(self._canvas.mapFrom(self.window(), self.mapTo(self.window(), position)))

    # What happens

    def _view_changed(self) -> None:
        self.setToolTip(_HELP if self._canvas.viewport.is_square else _ASKEW)
        self.update()

    def _pointer_at(self, position: QPointF | None) -> None:
        before, self._pointer = self._pointer, None
        if position is not None:
            self._pointer = position.y() if self._down else position.x()
        for at in (before, self._pointer):
            if at is not None:
                self.update(self._rect(at - _MARK, at + _MARK))

    # Geometry: along the ruler, and across it from its outer side

    @property
    def _length(self) -> int:
        return self.height() if self._down else self.width()

    @property
    def _thickness(self) -> int:
        return self.width() if self._down else self.height()

    def _rect(self, begin: float, end: float) -> QRect:
        low, high = max(int(begin), -1), min(round(end) + 1, self._length + 1)
        size = max(high - low, 0)
        return QRect(0, low, self._thickness, size) if self._down else QRect(low, 0, size, self._thickness)

    def _triangle(self, at: float, size: float) -> QPolygonF:
        """Pointing at the canvas."""
        inner = self._thickness
        points = (at - size, inner - size), (at + size, inner - size), (at, inner)
        return QPolygonF([QPointF(y, x) if self._down else QPointF(x, y) for x, y in points])
