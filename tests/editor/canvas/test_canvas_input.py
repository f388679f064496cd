"""The canvas as it is touched: the events that it turns into calls of a tool, or moves the view by."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QInputDevice,
    QNativeGestureEvent,
    QPointingDevice,
    QTabletEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from editor.canvas.canvas import Canvas
from editor.document.geometry import Bounds
from editor.session import Session
from editor.settings import Settings
from editor.tools.hand import HandTool
from editor.tools.lasso import LassoTool
from editor.tools.mask_brush import MaskBrushTool
from editor.tools.tool import PointerEvent
from tests.editor.canvas.canvas_support import (
    LEFT,
    MIDDLE,
    NONE,
    Recorder,
    at,
    hover,
)

# Mouse and keys


def test_a_drag_is_press_move_release_in_picture_pixels(canvas: Canvas, recorder: Recorder) -> None:
    canvas.navigation.set_zoom(2)
    shift = Qt.KeyboardModifier.ShiftModifier
    QTest.mouseMove(canvas, at(canvas, 190, 140))
    QTest.mousePress(canvas, LEFT, shift, at(canvas, 200, 150))
    QTest.mouseMove(canvas, at(canvas, 210, 155))
    QTest.mouseRelease(canvas, LEFT, NONE, at(canvas, 220, 160))
    QTest.mouseMove(canvas, at(canvas, 230, 160))
    assert recorder.names == ["hover", "press", "move", "release", "hover"]
    press = recorder.calls[1][1]
    assert replace(press, time=0.0) == PointerEvent(200, 150, 1.0, frozenset({"shift"}), 2.0, False)
    assert recorder.calls[3][1].point == (220, 160)


def test_a_double_click_is_told(canvas: Canvas, recorder: Recorder) -> None:
    QTest.mouseDClick(canvas, LEFT, NONE, at(canvas, 100, 100))
    QTest.mouseRelease(canvas, LEFT, NONE, at(canvas, 100, 100))
    assert "double_press" in recorder.names
    assert recorder.names[-1] == "release"


def test_the_other_buttons_are_not_the_tools(canvas: Canvas, recorder: Recorder) -> None:
    QTest.mousePress(canvas, Qt.MouseButton.RightButton, NONE, at(canvas, 100, 100))
    QTest.mouseRelease(canvas, Qt.MouseButton.RightButton, NONE, at(canvas, 100, 100))
    assert recorder.calls == []


def test_a_stroke_that_ends_while_the_view_is_panned_has_ended(canvas: Canvas, recorder: Recorder) -> None:
    canvas.navigation.set_zoom(4)
    x = canvas.viewport.x
    QTest.mousePress(canvas, LEFT, NONE, QPoint(200, 200))
    QTest.mousePress(canvas, MIDDLE, NONE, QPoint(200, 200))
    QTest.mouseMove(canvas, QPoint(220, 200))
    assert canvas.viewport.x == x + 20
    QTest.mouseRelease(canvas, LEFT, NONE, QPoint(220, 200))
    QTest.mouseMove(canvas, QPoint(240, 200))
    assert canvas.viewport.x == x + 40  # the middle button is still held
    QTest.mouseRelease(canvas, MIDDLE, NONE, QPoint(240, 200))
    QTest.mouseMove(canvas, QPoint(250, 200))
    assert recorder.names == ["press", "release", "hover"]
    assert canvas.viewport.x == x + 40


def test_the_hand_drags_the_picture(canvas: Canvas, session: Session, settings: Settings) -> None:
    canvas.set_tool(HandTool(session, settings))
    assert canvas.cursor().shape() == Qt.CursorShape.OpenHandCursor
    canvas.navigation.set_zoom(4)
    x, y = canvas.viewport.x, canvas.viewport.y
    QTest.mousePress(canvas, LEFT, NONE, QPoint(200, 200))
    assert canvas.cursor().shape() == Qt.CursorShape.ClosedHandCursor
    QTest.mouseMove(canvas, QPoint(150, 230))
    QTest.mouseRelease(canvas, LEFT, NONE, QPoint(150, 230))
    assert (canvas.viewport.x - x, canvas.viewport.y - y) == (-50, 30)
    assert canvas.cursor().shape() == Qt.CursorShape.OpenHandCursor


def test_keys_end_step_back_and_give_up(canvas: Canvas, recorder: Recorder) -> None:
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert recorder.others == []
    recorder.is_busy = True
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape, Qt.Key.Key_Backspace):
        QTest.keyClick(canvas, key)
    assert recorder.others == ["commit", "commit", "cancel", "step_back"]


def test_another_tool_commits_what_the_former_had_begun(
    canvas: Canvas, recorder: Recorder, session: Session, settings: Settings
) -> None:
    canvas.set_tool(LassoTool(session, settings))
    assert recorder.others == ["commit"]


def test_where_the_pointer_is_in_the_picture(qtbot: QtBot, canvas: Canvas) -> None:
    seen: list[tuple[int, int]] = []
    canvas.pointer_moved.connect(lambda x, y: seen.append((x, y)))
    for point in ((50, 50), (449, 349), (49, 50), (450, 100)):
        hover(canvas, *point)
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    assert seen == [(0, 0), (399, 299), (-1, -1), (-1, -1), (-1, -1)]


def test_it_stays_fitted_until_it_is_zoomed(canvas: Canvas) -> None:
    zooms: list[float] = []
    canvas.zoom_changed.connect(zooms.append)
    canvas.resize(248, 400)
    assert canvas.viewport.zoom == 0.5
    canvas.navigation.step_zoom(1)
    assert canvas.viewport.zoom == 0.67
    canvas.resize(500, 400)
    assert canvas.viewport.zoom == 0.67
    canvas.navigation.fit()
    assert canvas.viewport.zoom == pytest.approx(452 / 400)
    assert zooms[-1] == canvas.viewport.zoom and 0.5 in zooms


def test_a_pinch_zooms_to_the_fingers(canvas: Canvas) -> None:
    point = QPointF(150, 120)
    before = canvas.viewport.to_picture(point.x(), point.y())
    device = QPointingDevice.primaryPointingDevice()
    event = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture, device, 2, point, point, point, 0.5, QPointF()
    )
    QApplication.sendEvent(canvas, event)
    assert canvas.viewport.zoom == pytest.approx(1.5)
    assert canvas.viewport.to_picture(point.x(), point.y()) == pytest.approx(before)


# Pens


def pen(
    canvas: Canvas,
    kind: QEvent.Type,
    x: float,
    y: float,
    pressure: float,
    *,
    eraser: bool = False,
    button: Qt.MouseButton = LEFT,
) -> bool:
    """Sends what a pen does at a point of the picture; True where the canvas took it."""
    tip = QPointingDevice.PointerType.Eraser if eraser else QPointingDevice.PointerType.Pen
    device = QPointingDevice(
        "pen",
        7 if eraser else 6,
        QInputDevice.DeviceType.Stylus,
        tip,
        QInputDevice.Capability.Position | QInputDevice.Capability.Pressure,
        1,
        1,
        parent=canvas,
    )
    point = QPointF(*canvas.viewport.to_screen(x, y))
    held = LEFT if kind != QEvent.Type.TabletRelease and pressure > 0 else Qt.MouseButton.NoButton
    pressed = Qt.MouseButton.NoButton if kind == QEvent.Type.TabletMove else button
    event = QTabletEvent(
        kind, device, point, canvas.mapToGlobal(point), pressure, 0, 0, 0, 0, 0, NONE, pressed, held
    )
    event.setAccepted(False)
    QApplication.sendEvent(canvas, event)
    return event.isAccepted()


PRESS, MOVE, RELEASE = QEvent.Type.TabletPress, QEvent.Type.TabletMove, QEvent.Type.TabletRelease


@pytest.mark.parametrize("eraser", [False, True])
def test_a_pen_draws_with_pressure_and_its_other_end_erases(
    canvas: Canvas, recorder: Recorder, eraser: bool
) -> None:
    canvas.navigation.set_zoom(2)
    for kind, x, pressure in (
        (MOVE, 190.25, 0.0),
        (PRESS, 200.5, 0.25),
        (MOVE, 210.125, 0.75),
        (RELEASE, 220, 0.0),
        (MOVE, 230, 0.0),
    ):
        assert pen(canvas, kind, x, 150, pressure, eraser=eraser)
    assert recorder.names == ["hover", "press", "move", "release", "hover"]
    assert [event.x for _name, event in recorder.calls] == [190.25, 200.5, 210.125, 220, 230]
    assert [event.pressure for _name, event in recorder.calls] == [0, 0.25, 0.75, 0, 0]
    assert all(event.eraser is eraser and event.scale == 2 for _name, event in recorder.calls)


def test_a_pen_paints_the_mask_and_its_eraser_takes_it_away(
    canvas: Canvas, session: Session, settings: Settings
) -> None:
    canvas.set_tool(MaskBrushTool(session, settings))
    settings["brush-size"] = 60
    widths = []
    for pressure in (0.3, 1.0):
        for kind, x in ((PRESS, 100), (MOVE, 200), (RELEASE, 200)):
            pen(canvas, kind, x, 150, pressure)
        widths.append(session.document.selection.content_bounds().height)
    assert widths[0] < widths[1] <= 62
    settings["brush-size"] = 200
    for kind, x in ((PRESS, 100), (MOVE, 200), (RELEASE, 200)):
        pen(canvas, kind, x, 150, 1.0, eraser=True)
    assert not session.document.selection.read(Bounds(100, 140, 100, 20)).any()
    assert session.history.labels == ["Paint mask", "Paint mask", "Erase mask"]


def test_a_pens_side_button_draws_nothing(canvas: Canvas, recorder: Recorder) -> None:
    pen(canvas, PRESS, 100, 100, 0.5, button=Qt.MouseButton.RightButton)
    pen(canvas, RELEASE, 100, 100, 0, button=Qt.MouseButton.RightButton)
    assert recorder.names == []


def test_while_panning_a_pen_is_left_to_the_mouse_events_made_from_it(
    canvas: Canvas, session: Session, settings: Settings
) -> None:
    canvas.set_tool(HandTool(session, settings))
    assert not pen(canvas, PRESS, 100, 100, 0.5)
    canvas.set_tool(None)
    assert not pen(canvas, PRESS, 100, 100, 0.5)
