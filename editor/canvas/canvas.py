"""Canvas: shows one session, and turns pointer events into calls of the tool.

How a picture comes about: what has changed is only noted, and a frame is asked for, which is what Qt's own update
request to the window is. When that arrives, after all input that was waiting, the tool applies what it has gathered
since the last frame (``Tool.frame``), the projection composites what has changed, for as long as a frame may take, and
the rectangles that look otherwise are marked; then Qt handles the request and paints them. So any number of moves cost
one frame, none is lost, and between the last of them and the picture there is no further turn of the event loop, as
there would be with a timer.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from editor.canvas.ants import MarchingAnts
from editor.canvas.fill_overlay import FillOverlay
from editor.canvas.guide_drag import GuideDrag
from editor.canvas.navigation import Navigation
from editor.canvas.overlays import overlay_rect
from editor.canvas.scene import Scene
from editor.canvas.tool_input import ToolInput
from editor.canvas.viewport import Viewport
from editor.document.geometry import Bounds
from editor.document.tiles import Array8, TileMap
from editor.fill_plan import FillPlan
from editor.render.colour import for_screen
from editor.render.qimage import to_qimage
from editor.session import Session
from editor.settings import Settings
from editor.tools.tool import Disc, Overlay, Tool

SOURCE_COLOR = QColor(80, 230, 120)
"""Of the outline of where fills copy from."""


class Canvas(QWidget):
    """``navigation`` moves the view, ``guides`` those of the picture.

    Signals: ``pointer_moved(x, y)`` in picture pixels (negative outside), ``pointer_on_screen(QPointF)`` on the widget
    (None where it has left), ``zoom_changed(zoom)``, ``angle_changed(angle, mirrored)`` in degrees, and
    ``problem(text)``.
    """

    pointer_moved = Signal(int, int)
    pointer_on_screen = Signal(object)
    zoom_changed = Signal(float)
    angle_changed = Signal(float, bool)
    problem = Signal(str)

    def __init__(self, session: Session, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.viewport = Viewport(session.document.extent)
        self.navigation = Navigation(self.viewport, self)
        self._input = ToolInput(self.viewport, self._request_frame)
        self._unfinished = False
        """The last frame's time was up before all was composited: the next one has been asked for."""
        self._ants = MarchingAnts(session.document, self)
        self.guides = GuideDrag(session, settings, self.viewport)
        self.guides.changed.connect(self.update)
        self.guides.dragged.connect(self._update_held)
        self.guides.problem.connect(self.problem.emit)
        self._source = MarchingAnts(
            session.document, self, lambda: session.limits.source or TileMap(1), SOURCE_COLOR
        )
        self._scene = Scene(session, settings, self.viewport, self._ants, self._source, self.guides)
        self._ants.stepped.connect(self._march)
        self.navigation.changed.connect(self._view_changed)
        self.navigation.rested.connect(self.update)
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
            session.preview_changed.connect(self._request_frame),
            session.extent_changed.connect(self._on_extent_changed),
            session.limits.changed.connect(self._on_limits_changed),
        ]

    def release_session(self) -> None:
        """Stops listening to the session; call before the canvas is thrown away."""
        self.set_tool(None)
        self.guides.release_session()
        self._ants.march(False)
        self._scene.release()
        for disconnect in self._disconnect:
            disconnect()

    def show_running(self, picture: Array8 | None, bounds: Bounds | None) -> None:
        """What an engine shows of its work: straight RGBA of any size, laid over ``bounds``; None takes it away."""
        self._scene.running = None
        if picture is not None and bounds is not None:
            profile = self.session.document.metadata.icc_profile
            self._scene.running = for_screen(to_qimage(picture), profile), bounds
        self.update()

    def show_healing(self, discs: Sequence[Disc]) -> None:
        """What has been painted over and is not healed yet."""
        for changed in (self._scene.healing, discs):
            self.update(overlay_rect(Overlay(discs=changed), self.viewport))
        self._scene.healing = discs

    def show_plan(self, plan: FillPlan | None) -> None:
        """What a fill would change and see, until something else is selected; None takes it away."""
        if plan is not None or self._scene.plan is not None:
            self._scene.plan = None if plan is None else FillOverlay(plan)
            self.update()

    # Tools

    @property
    def tool(self) -> Tool | None:
        return self._scene.tool

    def set_tool(self, tool: Tool | None) -> None:
        """What the former tool had begun is committed."""
        self.guides.cancel()
        if self.tool is not None:
            self.tool.commit()
        self._scene.tool = self._input.tool = tool
        self.navigation.pans = tool is not None and tool.info.pans
        if tool is not None:
            tool.overlay_changed.connect(self._update_overlay)
        self._update_cursor()
        self._update_ants()
        self.update()

    @property
    def busy(self) -> bool:
        """The tool has begun something, or a guide is being dragged."""
        return self.guides.busy or (self.tool is not None and self.tool.busy)

    def finish(self, keep: bool) -> None:
        """Commits or cancels that."""
        if keep:
            self.guides.commit()
        else:
            self.guides.cancel()
        if self.tool is not None:
            self.tool.finish(keep)

    def take_back(self) -> bool:
        """Undo within that; False where nothing has been begun."""
        if self.guides.busy:
            self.guides.cancel()
            return True
        return self.tool is not None and self.tool.take_back()

    # Frames

    def _request_frame(self) -> None:
        """Requests that wait already are one with this."""
        if self.isVisible():
            request = QEvent(QEvent.Type.UpdateRequest)
            QCoreApplication.postEvent(self.window(), request, Qt.EventPriority.LowEventPriority.value)

    def _frame(self, painted: QRegion | None = None) -> None:
        """What the next picture needs, and which parts of the widget must be painted for it; but for those that are
        being ``painted``."""
        self._input.frame()
        complete, rects = self._scene.advance()
        self._unfinished = not complete
        for rect in rects:
            if painted is None or not QRegion(rect).subtracted(painted).isEmpty():
                self.update(rect)
        if not complete:
            self._request_frame()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Of the window: what it is about to paint."""
        if event.type() == QEvent.Type.UpdateRequest:
            self._frame()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        if (
            not self._unfinished
        ):  # for where the window paints unasked; else there is hardly anything left to do
            self._frame(event.region())
        painter = QPainter(self)
        navigation = self.navigation
        self._scene.draw(
            painter, event.region(), self.palette(), navigation.is_moving, not navigation.takes_left
        )
        painter.end()

    def _update_overlay(self) -> None:
        self.update(self._scene.overlay_region())

    def _view_changed(self) -> None:
        self.zoom_changed.emit(self.viewport.zoom)
        self.angle_changed.emit(self.viewport.angle, self.viewport.mirrored)
        self.update()

    def _update_held(self) -> None:
        self.update(self._scene.held_region(self.fontMetrics()))

    # Selection

    def _on_selection_changed(self, _bounds: Bounds) -> None:
        self.show_plan(None)
        self._ants.selection_changed()
        self._update_ants()
        if self._scene.shows_veil:
            self._request_frame()
        else:
            self.update()

    def _on_extent_changed(self, dx: int, dy: int) -> None:
        self.show_plan(None)
        self._scene.renew()
        self.navigation.set_picture(self.session.document.extent, dx, dy)

    def _on_limits_changed(self) -> None:
        self._source.selection_changed()
        self.update()

    def _on_pixels_changed(self, _bounds: Bounds) -> None:
        self._request_frame()

    def _update_ants(self) -> None:
        self._ants.march(self.isVisible() and not self._scene.shows_veil)

    def _march(self) -> None:
        self.update(self._ants.screen_rect(self.viewport))

    # Pointer

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._takes_guides and self.guides.press(event):
            return
        if self.navigation.press(event):
            self._update_cursor()
        else:
            self._input.press(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self.navigation.takes_left:
            self._input.press(event, double=True)
        else:
            self.mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self.guides.drag(event, event.position()) and not self.navigation.move(event):
            self._input.move(event)
        self._pointer_at(event.position())
        if self.navigation.pans:
            self._update_cursor()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.guides.release(event) or self.navigation.release(event):
            self._update_cursor()
        else:
            self._input.release(event)

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Panning, and guides, are left to the mouse events that are made of a pen's."""
        if self.tool is None or self.navigation.takes_left:
            event.ignore()
            return
        self._input.tablet(event)
        self._pointer_at(event.position())
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.navigation.wheel(event)
        event.accept()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.navigation.set_pixel_ratio(self.devicePixelRatioF())
        if isinstance(event, QNativeGestureEvent) and self.navigation.gesture(event):
            return True
        return super().event(event)

    def _pointer_at(self, position: QPointF | None) -> None:
        self._scene.pointer = position
        self.pointer_on_screen.emit(position)
        if position is None:
            self.pointer_moved.emit(-1, -1)
        else:
            x, y = self.viewport.to_picture(position.x(), position.y())
            inside = 0 <= x < self.viewport.picture.width and 0 <= y < self.viewport.picture.height
            self.pointer_moved.emit(int(x) if inside else -1, int(y) if inside else -1)
        self._update_outline()

    def _update_outline(self) -> None:
        region = self._scene.outline_region()
        if not region.isEmpty():
            self.update(region)

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.navigation.hold_space(True)
            self._update_cursor()
        elif event.key() == Qt.Key.Key_Escape and self.guides.busy:
            self.guides.cancel()
        elif not self._input.key(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.navigation.hold_space(False)
            self._update_cursor()
        else:
            super().keyReleaseEvent(event)

    @property
    def _takes_guides(self) -> bool:
        """Where dragging would move the view otherwise."""
        return self.navigation.pans and self.navigation.cursor == Qt.CursorShape.OpenHandCursor

    def _update_cursor(self) -> None:
        shape = self.guides.cursor(self._scene.pointer) if self._takes_guides else None
        self.setCursor(shape or self.navigation.cursor or Qt.CursorShape.CrossCursor)
        self._update_outline()

    # Widget

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.navigation.resize(self.width(), self.height(), self.devicePixelRatioF())

    def enterEvent(self, event: QEnterEvent) -> None:
        self._pointer_at(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer_at(None)

    def showEvent(self, event: QEvent) -> None:
        self.window().installEventFilter(self)
        self._update_ants()

    def hideEvent(self, event: QEvent) -> None:
        self.window().removeEventFilter(self)
        self._update_ants()
        self.guides.cancel()

    def focusOutEvent(self, event: QEvent) -> None:
        self.navigation.hold_space(False)
        self._update_cursor()
