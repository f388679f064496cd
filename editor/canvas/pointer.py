"""From Qt's pointer events to the tools' own."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent, QPointingDevice, QTabletEvent

from editor.canvas.viewport import Viewport
from editor.tools.tool import PointerEvent

_MODIFIERS = (
    (Qt.KeyboardModifier.ShiftModifier, "shift"),
    (Qt.KeyboardModifier.ControlModifier, "ctrl"),
    (Qt.KeyboardModifier.AltModifier, "alt"),
)


def pointer_event(event: QMouseEvent | QTabletEvent, viewport: Viewport) -> PointerEvent:
    """In picture pixels; a mouse presses fully, a pen as it does."""
    time = float(event.timestamp())
    x, y = viewport.to_picture(event.position().x(), event.position().y())
    held = event.modifiers()
    names = frozenset(name for flag, name in _MODIFIERS if held & flag)
    if isinstance(event, QTabletEvent):
        eraser = event.pointerType() == QPointingDevice.PointerType.Eraser
        tilt = event.xTilt(), event.yTilt()
        return PointerEvent(x, y, event.pressure(), names, viewport.scale, eraser, *tilt, time)
    return PointerEvent(x, y, modifiers=names, scale=viewport.scale, time=time)
