"""Pointer events: what of a mouse and of a pen reaches the tools."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QInputDevice, QMouseEvent, QPointingDevice, QTabletEvent
from PySide6.QtWidgets import QApplication

from editor.canvas.pointer import pointer_event
from editor.canvas.viewport import Viewport
from inference.geometry import Extent

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def viewport(qapp: QApplication) -> Viewport:
    viewport = Viewport(Extent(400, 300))
    viewport.resize(500, 400)
    viewport.set_zoom(2)
    return viewport


def test_a_mouse_presses_fully_and_upright(viewport: Viewport) -> None:
    shift = Qt.KeyboardModifier.ShiftModifier
    mouse = QMouseEvent(QEvent.Type.MouseMove, QPointF(80, 60), QPointF(80, 60), LEFT, LEFT, shift)
    mouse.setTimestamp(1234)
    event = pointer_event(mouse, viewport)
    assert event.point == pytest.approx(viewport.to_picture(80, 60))
    assert (event.pressure, event.tilt_x, event.tilt_y, event.eraser) == (1, 0, 0, False)
    assert (event.modifiers, event.scale, event.time) == ({"shift"}, 2, 1234)


@pytest.mark.parametrize("eraser", [False, True])
def test_a_pen_tells_its_pressure_tilt_and_end(viewport: Viewport, eraser: bool) -> None:
    kind = QPointingDevice.PointerType.Eraser if eraser else QPointingDevice.PointerType.Pen
    capability = (
        QInputDevice.Capability.Pressure | QInputDevice.Capability.XTilt | QInputDevice.Capability.YTilt
    )
    device = QPointingDevice("pen", 8, QInputDevice.DeviceType.Stylus, kind, capability, 1, 1)
    point, none = QPointF(80.5, 60.25), Qt.KeyboardModifier.NoModifier
    tablet = QTabletEvent(
        QEvent.Type.TabletMove, device, point, point, 0.25, 30, -15, 0, 0, 0, none, Qt.MouseButton.NoButton, LEFT
    )  # fmt: skip
    tablet.setTimestamp(77)
    event = pointer_event(tablet, viewport)
    assert event.point == pytest.approx(viewport.to_picture(80.5, 60.25))
    assert (event.pressure, event.tilt_x, event.tilt_y) == (0.25, 30, -15)
    assert (event.eraser, event.time, event.modifiers) == (eraser, 77, set())
