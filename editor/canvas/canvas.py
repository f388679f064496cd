"""Canvas: shows one session, pans and zooms, and turns pointer events into calls of the tool."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from editor.canvas.ants import MarchingAnts
from editor.canvas.overlays import draw_brush_outline, draw_patch, draw_tool
from editor.canvas.picture import checkerboard, draw_projection, is_dark, surround
from editor.canvas.pointer import pointer_event
from editor.canvas.viewport import MAXIMUM, Viewport
from editor.document.geometry import Bounds
from editor.document.tiles import Array8
from editor.render.qimage import to_qimage
from editor.session import Session
from editor.settings import Settings
from editor.tools.tool import Tool


class Canvas(QWidget):
    """Signals: ``pointer_moved(x, y)`` in picture pixels (negative outside), ``zoom_changed(zoom)``."""

    pointer_moved = Signal(int, int)
    zoom_changed = Signal(float)

    def __init__(self, session: Session, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.viewport = Viewport(session.document.extent)
        self._settings = settings
        self._tool: Tool | None = None
        self._fitted, self._largest = True, 1.0
        self._space = False
        self._pan_from: QPointF | None = None
        self._pan_button = Qt.MouseButton.NoButton
        self._pressed = False
        self._running: tuple[QImage, Bounds] | None = None
        self._pointer: QPointF | None = None
        self._ants = MarchingAnts(session.document, self)
        self._ants.stepped.connect(self._march)
        self.setMouseTracking(True)
        self.setTabletTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(160, 120)
        self.setAccessibleName("Canvas")
        document = session.document
        self._disconnect = [
            document.pixels_changed.connect(self._on_pixels_changed),
            document.selection_changed.connect(self._on_selection_changed),
            session.preview_changed.connect(self.update),
        ]

    def release_session(self) -> None:
        """Stops listening to the session; call before the canvas is thrown away."""
        self.set_tool(None)
        self._ants.march(False)
        for disconnect in self._disconnect:
            disconnect()

    def show_running(self, picture: Array8 | None, bounds: Bounds | None) -> None:
        """What an engine shows of its work: straight RGBA of any size, laid over ``bounds``; None takes it away."""
        self._running = None if picture is None or bounds is None else (to_qimage(picture), bounds)
        self.update()

    # Tools

    @property
    def tool(self) -> Tool | None:
        return self._tool

    def set_tool(self, tool: Tool | None) -> None:
        """What the former tool had begun is committed."""
        if self._tool is not None:
            self._tool.commit()
        self._tool = tool
        self._pressed = False
        if tool is not None:
            tool.overlay_changed.connect(self.update)
        self._update_cursor()
        self._update_ants()
        self.update()

    # View

    def fit(self) -> None:
        """The whole picture, as large as it can be; at first a small one is shown at 100 %."""
        self._fitted, self._largest = True, MAXIMUM
        self.viewport.fit(self._largest)
        self._view_changed()

    def set_zoom(self, zoom: float) -> None:
        self._fitted = False
        self.viewport.set_zoom(zoom)
        self._view_changed()

    def step_zoom(self, direction: int) -> None:
        self._fitted = False
        self.viewport.step_zoom(direction)
        self._view_changed()

    def _view_changed(self) -> None:
        self.zoom_changed.emit(self.viewport.zoom)
        self.update()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), surround(self.palette()))
        backing = checkerboard(is_dark(self.palette()))
        complete = draw_projection(painter, self.session.projection, self.viewport, backing)
        if self._running is not None:
            draw_patch(painter, *self._running, self.viewport)  # in place of the veil, which would hide it
        elif self._shows_veil() and self.session.document.selection:
            painter.setOpacity(self._settings["veil-opacity"] / 100)
            complete &= draw_projection(painter, self.session.veil, self.viewport)
            painter.setOpacity(1)
        else:
            self._ants.draw(painter, self.viewport)
        if self._tool is not None:
            draw_tool(painter, self._tool.overlay(), self.viewport)
            diameter = self._tool.cursor_diameter()
            if diameter is not None and self._pointer is not None and not self._panning():
                draw_brush_outline(painter, self._pointer.x(), self._pointer.y(), diameter, self.viewport)
        painter.end()
        if not complete:
            QTimer.singleShot(0, self, self.update)

    # Selection

    def _shows_veil(self) -> bool:
        return self._tool is not None and self._tool.info.shows_veil

    def _on_selection_changed(self, _bounds: Bounds) -> None:
        self._ants.selection_changed()
        self._update_ants()
        self.update()

    def _on_pixels_changed(self, _bounds: Bounds) -> None:
        self.update()

    def _update_ants(self) -> None:
        self._ants.march(self.isVisible() and not self._shows_veil())

    def _march(self) -> None:
        self.update(self._ants.screen_rect(self.viewport))

    # Pointer

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.MiddleButton or (
            event.button() == Qt.MouseButton.LeftButton and self._panning()
        ):
            self._pan_from, self._pan_button = event.position(), event.button()
            self._update_cursor()
        elif event.button() == Qt.MouseButton.LeftButton and self._tool is not None:
            self._pressed = True
            self._tool.press(pointer_event(event, self.viewport))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._tool is not None and not self._panning():
            self._pressed = True
            self._tool.double_press(pointer_event(event, self.viewport))
        else:
            self.mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer_at(event.position())
        if self._pan_from is not None:
            moved = event.position() - self._pan_from
            self._pan_from = event.position()
            self._fitted = False
            self.viewport.pan(moved.x(), moved.y())
            self._view_changed()
        elif self._tool is not None:
            sample = pointer_event(event, self.viewport)
            if self._pressed:
                self._tool.move(sample)
            else:
                self._tool.hover(sample)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is not None and event.button() == self._pan_button:
            self._pan_from = None
            self._update_cursor()
        elif self._pressed and event.button() == Qt.MouseButton.LeftButton and self._tool is not None:
            self._pressed = False
            self._tool.release(pointer_event(event, self.viewport))

    def tabletEvent(self, event: QTabletEvent) -> None:
        """A pen does what the left button does, with pressure; panning is left to the mouse events made from it."""
        if self._tool is None or self._panning():
            event.ignore()
            return
        self._pointer_at(event.position())
        sample = pointer_event(event, self.viewport)
        if event.type() == QEvent.Type.TabletPress and event.button() == Qt.MouseButton.LeftButton:
            self._pressed = True
            self._tool.press(sample)
        elif event.type() == QEvent.Type.TabletMove:
            if self._pressed:
                self._tool.move(sample)
            else:
                self._tool.hover(sample)
        elif event.type() == QEvent.Type.TabletRelease and self._pressed:
            self._pressed = False
            self._tool.release(sample)
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        pixels, angle = event.pixelDelta(), event.angleDelta()
        self._fitted = False
        by_touch = event.phase() != Qt.ScrollPhase.NoScrollPhase  # some systems give a wheel pixels as well
        if by_touch and not pixels.isNull() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.viewport.pan(pixels.x(), pixels.y())  # a touchpad scrolls; its pinch zooms
        elif angle.y():
            position = event.position()
            self.viewport.zoom_by(1.2 ** (angle.y() / 120), position.x(), position.y())
        self._view_changed()
        event.accept()

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.DevicePixelRatioChange
        ):  # on to another screen: the zoom stays, or the fit
            zoom, self.viewport.pixel_ratio = self.viewport.zoom, self.devicePixelRatioF()
            if self._fitted:
                self.viewport.fit(self._largest)
            else:
                self.viewport.set_zoom(zoom)
            self._view_changed()
        if (
            isinstance(event, QNativeGestureEvent)
            and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture
        ):
            position = event.position()
            self._fitted = False
            self.viewport.zoom_by(1 + event.value(), position.x(), position.y())
            self._view_changed()
            return True
        return super().event(event)

    def _pointer_at(self, position: QPointF | None) -> None:
        self._pointer = position
        if position is None:
            self.pointer_moved.emit(-1, -1)
        else:
            x, y = self.viewport.to_picture(position.x(), position.y())
            inside = 0 <= x < self.viewport.picture.width and 0 <= y < self.viewport.picture.height
            self.pointer_moved.emit(int(x) if inside else -1, int(y) if inside else -1)
        if self._tool is not None and self._tool.cursor_diameter() is not None:
            self.update()

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self._space = True
            self._update_cursor()
        elif self._tool is not None and event.key() == Qt.Key.Key_Escape and self._tool.busy:
            self._pressed = False
            self._tool.cancel()
        elif (
            self._tool is not None
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and self._tool.busy
        ):
            self._tool.commit()
        elif self._tool is None or event.key() != Qt.Key.Key_Backspace or not self._tool.step_back():
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self._update_cursor()
        else:
            super().keyReleaseEvent(event)

    def _panning(self) -> bool:
        return self._space or self._pan_from is not None or (self._tool is not None and self._tool.info.pans)

    def _update_cursor(self) -> None:
        if self._pan_from is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._panning():
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.setCursor(Qt.CursorShape.CrossCursor)

    # Widget

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.viewport.pixel_ratio = self.devicePixelRatioF()
        self.viewport.resize(self.width(), self.height())
        if self._fitted:
            self.viewport.fit(self._largest)
        self._view_changed()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._pointer_at(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer_at(None)

    def showEvent(self, event: QEvent) -> None:
        self._update_ants()

    def hideEvent(self, event: QEvent) -> None:
        self._update_ants()

    def focusOutEvent(self, event: QEvent) -> None:
        self._space = False
        self._update_cursor()
