"""Navigation: how the view is moved: by dragging, wheel, touchpad and keys, and by the View menu."""

from __future__ import annotations

import math
from typing import Literal

from PySide6.QtCore import QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QNativeGestureEvent, QWheelEvent

from editor.canvas.viewport import MAXIMUM, Viewport
from editor.document.geometry import Extent

REST = 150
"""Milliseconds without a move after which the view is at rest, and may be drawn with more care."""

Drag = Literal["pan", "rotate"]


class Navigation(QObject):
    """Dragging with the middle button, or with the left one while Space is held or the tool ``pans``, moves the
    picture; with Shift as well it turns it.

    Signals: ``changed()`` the viewport has; ``rested()`` it has not for a while, after moves by hand.
    """

    changed = Signal()
    rested = Signal()

    def __init__(self, viewport: Viewport, parent: QObject) -> None:
        super().__init__(parent)
        self.pans = False
        """The tool leaves the left button to the view."""
        self._viewport = viewport
        self._fitted, self._largest = True, 1.0
        self._space = False
        self._drag: Drag | None = None
        self._button = Qt.MouseButton.NoButton
        self._from = QPointF()
        self._rest = QTimer(self, interval=REST, singleShot=True)
        self._rest.timeout.connect(self.rested)

    @property
    def is_moving(self) -> bool:
        """By hand, now or a moment ago: the next move is near, and quickly drawn is better than well."""
        return self._rest.isActive()

    @property
    def takes_left(self) -> bool:
        """The left button moves the view."""
        return self.pans or self._space or self._drag is not None

    @property
    def cursor(self) -> Qt.CursorShape | None:
        """None where the view would not be moved."""
        if self._drag == "pan":
            return Qt.CursorShape.ClosedHandCursor
        if self._drag == "rotate":
            return Qt.CursorShape.SizeAllCursor
        return Qt.CursorShape.OpenHandCursor if self.takes_left else None

    # The View menu

    def fit(self) -> None:
        """The whole picture, as large as it can be; at first a small one is shown at 100 %."""
        self._fitted, self._largest = True, MAXIMUM
        self._viewport.fit(self._largest)
        self.changed.emit()

    def set_zoom(self, zoom: float) -> None:
        self._fitted = False
        self._viewport.set_zoom(zoom)
        self.changed.emit()

    def step_zoom(self, direction: int) -> None:
        self._fitted = False
        self._viewport.step_zoom(direction)
        self.changed.emit()

    def rotate(self, degrees: float) -> None:
        """Clockwise, about the middle."""
        self._fitted = False
        self._viewport.rotate_by(degrees)
        self.changed.emit()

    def reset_rotation(self) -> None:
        self._fitted = False
        self._viewport.set_angle(0)
        self.changed.emit()

    def mirror(self) -> None:
        self._fitted = False
        self._viewport.mirror()
        self.changed.emit()

    # The widget

    def resize(self, width: int, height: int, pixel_ratio: float) -> None:
        self._viewport.pixel_ratio = pixel_ratio
        self._viewport.resize(width, height)
        if self._fitted:
            self._viewport.fit(self._largest)
        self.changed.emit()

    def set_picture(self, picture: Extent, dx: int, dy: int) -> None:
        """The picture has another size; see ``Viewport.set_picture``."""
        self._viewport.set_picture(picture, dx, dy)
        if self._fitted:
            self._viewport.fit(self._largest)
        self.changed.emit()

    def set_pixel_ratio(self, pixel_ratio: float) -> None:
        """On to another screen: the zoom stays, or the fit."""
        zoom, self._viewport.pixel_ratio = self._viewport.zoom, pixel_ratio
        if self._fitted:
            self._viewport.fit(self._largest)
        else:
            self._viewport.set_zoom(zoom)
        self.changed.emit()

    # Pointer and keys

    def press(self, event: QMouseEvent) -> bool:
        """True where this begins to move the view."""
        middle = event.button() == Qt.MouseButton.MiddleButton
        if not middle and not (event.button() == Qt.MouseButton.LeftButton and self.takes_left):
            return False
        turns = event.modifiers() & Qt.KeyboardModifier.ShiftModifier and (middle or self._space)
        self._drag = "rotate" if turns else "pan"
        self._button, self._from = event.button(), event.position()
        return True

    def move(self, event: QMouseEvent) -> bool:
        """True where the view is being moved."""
        if self._drag is None:
            return False
        before, self._from = self._from, event.position()
        if self._drag == "pan":
            self._viewport.pan(self._from.x() - before.x(), self._from.y() - before.y())
        else:
            self._viewport.rotate_by(self._bearing(self._from) - self._bearing(before))
        self._moved()
        return True

    def release(self, event: QMouseEvent) -> bool:
        """True where this ends what the press began."""
        if self._drag is None or event.button() != self._button:
            return False
        self._drag = None
        return True

    def wheel(self, event: QWheelEvent) -> None:
        pixels, angle = event.pixelDelta(), event.angleDelta()
        by_touch = event.phase() != Qt.ScrollPhase.NoScrollPhase  # some systems give a wheel pixels as well
        if by_touch and not pixels.isNull() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._viewport.pan(pixels.x(), pixels.y())  # a touchpad scrolls; its pinch zooms
        elif angle.y():
            position = event.position()
            self._viewport.zoom_by(1.2 ** (angle.y() / 120), position.x(), position.y())
        self._moved()

    def gesture(self, event: QNativeGestureEvent) -> bool:
        """Of a touchpad; True where it moves the view."""
        position = event.position()
        if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self._viewport.zoom_by(1 + event.value(), position.x(), position.y())
        elif event.gestureType() == Qt.NativeGestureType.RotateNativeGesture:
            self._viewport.rotate_by(event.value(), position.x(), position.y())
        else:
            return False
        self._moved()
        return True

    def hold_space(self, held: bool) -> None:
        self._space = held

    def _moved(self) -> None:
        self._fitted = False
        self._rest.start()
        self.changed.emit()

    def _bearing(self, point: QPointF) -> float:
        """Degrees, clockwise, of a point of the screen as seen from its middle."""
        return math.degrees(
            math.atan2(point.y() - self._viewport.height / 2, point.x() - self._viewport.width / 2)
        )
