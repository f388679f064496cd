"""The canvas turned and mirrored: pixels, overlays, and strokes that do not know of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QNativeGestureEvent, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from editor.canvas import picture as drawing
from editor.canvas.canvas import Canvas
from editor.document.geometry import Bounds
from editor.document.tiles import Array8
from editor.session import Session
from editor.settings import Settings
from editor.tools.lasso import LassoTool
from editor.tools.mask_brush import MaskBrushTool
from editor.tools.tool import Overlay
from tests.editor.canvas.canvas_support import LEFT, MIDDLE, NONE, Recorder, grabbed, hover, select


def place(canvas: Canvas) -> tuple[int, int, int, int]:
    """Where the picture lies on the screen, on whole pixels: left, top, right and bottom."""
    box = canvas.viewport.screen_box(0, 0, *canvas.viewport.picture)
    left, top, right, bottom = (math.floor(edge + 0.5) for edge in box)
    return left, top, right, bottom


@pytest.mark.parametrize("pan", [(0, 0), (0.3, -0.4), (-17.5, 9.5)])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_at_100_percent_in_quarter_turns_every_pixel_is_the_composites(
    canvas: Canvas, picture: Array8, turns: int, mirrored: bool, pan: tuple[float, float]
) -> None:
    if mirrored:
        canvas.navigation.mirror()
    canvas.navigation.rotate(90 * turns)
    canvas.viewport.pan(*pan)
    expected = picture[..., :3]
    if mirrored:
        expected = expected[:, ::-1]
    expected = np.rot90(expected, -turns)
    left, top, right, bottom = place(canvas)
    assert (bottom - top, right - left) == expected.shape[:2]
    seen = grabbed(canvas)[max(top, 0) : bottom, max(left, 0) : right]
    assert np.array_equal(seen, expected[max(-top, 0) :, max(-left, 0) :][: len(seen), : len(seen[0])])


@pytest.mark.parametrize("zoom", [0.5, 1.0, 1.5, 3.0])
@pytest.mark.parametrize("mirrored", [False, True])
def test_aslant_each_point_shows_the_picture_there(
    canvas: Canvas, session: Session, zoom: float, mirrored: bool
) -> None:
    """A smooth picture, so that being off by a pixel would show, and the filter would not."""
    if mirrored:
        canvas.navigation.mirror()
    canvas.navigation.set_zoom(zoom)
    canvas.navigation.rotate(27)
    image = grabbed(canvas).astype(float)
    expected = session.projection.read(session.document.canvas)[..., 2::-1].astype(float)
    ys, xs = np.mgrid[5:395:7, 5:495:7]
    errors = []
    for x, y in zip(xs.ravel().tolist(), ys.ravel().tolist(), strict=True):
        px, py = canvas.viewport.to_picture(x + 0.5, y + 0.5)
        if 4 < px < 396 and 4 < py < 296:
            around = expected[int(py) - 2 : int(py) + 3, int(px) - 2 : int(px) + 3].mean(axis=(0, 1))
            errors.append(np.abs(image[y, x] - around).max())
    assert len(errors) > 200
    assert np.mean(errors) < 6 and max(errors) < 24


def test_aslant_what_lies_around_the_picture_is_the_surround(canvas: Canvas) -> None:
    canvas.navigation.rotate(27)
    image = grabbed(canvas)
    around = drawing.surround(canvas.palette()).getRgb()[:3]
    for y in range(2, 400, 9):
        for x in range(2, 500, 9):
            px, py = canvas.viewport.to_picture(x + 0.5, y + 0.5)
            if not (-3 < px < 403 and -3 < py < 303):
                assert tuple(image[y, x]) == around


def test_the_veil_lies_on_what_is_selected(
    canvas: Canvas, session: Session, settings: Settings, picture: Array8
) -> None:
    canvas.navigation.mirror()
    canvas.navigation.rotate(90)
    plain = grabbed(canvas)
    canvas.set_tool(MaskBrushTool(session, settings))
    select(session, Bounds(100, 80, 120, 90))
    changed = (grabbed(canvas) != plain).any(axis=-1)
    ys, xs = np.nonzero(changed)
    box = canvas.viewport.screen_box(100, 80, 220, 170)
    assert (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1) == pytest.approx(box, abs=1)


def test_ants_and_tool_lines_lie_where_the_picture_is(
    canvas: Canvas, session: Session, settings: Settings, recorder: Recorder
) -> None:
    canvas.navigation.mirror()
    canvas.navigation.rotate(40)
    plain = grabbed(canvas)

    def distances(x: float, y: float, right: float, bottom: float) -> list[float]:
        """In picture pixels, of each changed pixel of the screen from the edge of a rectangle of the picture."""
        found = []
        for sy, sx in zip(*np.nonzero((grabbed(canvas) != plain).any(axis=-1)), strict=True):
            px, py = canvas.viewport.to_picture(sx + 0.5, sy + 0.5)
            across, down = max(x - px, px - right), max(y - py, py - bottom)
            found.append(
                max(across, down) if max(across, down) <= 0 else math.hypot(max(across, 0), max(down, 0))
            )
        return found

    corners = [(100, 80), (220, 80), (220, 170), (100, 170), (100, 80)]
    recorder.drawn = Overlay(lines=[corners])
    line = distances(100, 80, 220, 170)
    assert len(line) > 400 and max(map(abs, line)) < 3.5
    recorder.drawn = Overlay()
    select(session, Bounds(100, 80, 120, 90))
    ants = distances(100, 80, 220, 170)
    assert len(ants) > 300 and max(map(abs, ants)) < 2.5


def test_what_an_engine_shows_lies_on_its_place(canvas: Canvas) -> None:
    canvas.navigation.rotate(-90)
    patch = np.zeros((5, 5, 4), np.uint8)
    patch[..., 3] = 255
    plain = grabbed(canvas)
    canvas.show_running(patch, Bounds(50, 60, 100, 40))
    ys, xs = np.nonzero((grabbed(canvas) != plain).any(axis=-1))
    box = canvas.viewport.screen_box(50, 60, 150, 100)
    assert (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1) == pytest.approx(box, abs=1)


@pytest.mark.parametrize("view", ["zoomed", "turned", "mirrored", "all"])
def test_a_stroke_does_not_know_of_the_view(
    canvas: Canvas, session: Session, settings: Settings, view: str
) -> None:
    """The same points of the picture give the same pixels."""
    points = [(100.0, 100.0), (150.0, 160.0), (230.0, 120.0), (260.0, 200.0)]
    settings["brush-size"] = 30
    canvas.set_tool(MaskBrushTool(session, settings))

    def stroke() -> Array8:
        for number, (x, y) in enumerate([*points, points[-1]]):
            kinds = {0: QEvent.Type.MouseButtonPress, len(points): QEvent.Type.MouseButtonRelease}
            kind = kinds.get(number, QEvent.Type.MouseMove)
            point = QPointF(*canvas.viewport.to_screen(x, y))
            button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else LEFT
            held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else LEFT
            QApplication.sendEvent(
                canvas, QMouseEvent(kind, point, canvas.mapToGlobal(point), button, held, NONE)
            )
        selected = session.document.selection.read(session.document.canvas)
        session.history.undo()
        return selected

    expected = stroke()
    assert expected.any()
    if view in ("zoomed", "all"):
        canvas.navigation.set_zoom(3.3)
    if view in ("turned", "all"):
        canvas.navigation.rotate(33)
    if view in ("mirrored", "all"):
        canvas.navigation.mirror()
    assert np.abs(stroke().astype(int) - expected).max() <= 1


# How it is turned


def drag(canvas: Canvas, button: Qt.MouseButton, held: Qt.KeyboardModifier) -> None:
    """A quarter turn about the middle of 500 × 400 pixels."""
    for kind, x, y in (
        (QEvent.Type.MouseButtonPress, 350, 200),
        (QEvent.Type.MouseMove, 320, 270),
        (QEvent.Type.MouseMove, 250, 300),
        (QEvent.Type.MouseButtonRelease, 250, 300),
    ):
        point = QPointF(x, y)
        event = QMouseEvent(kind, point, canvas.mapToGlobal(point), button, button, held)
        QApplication.sendEvent(canvas, event)


def test_shift_and_the_middle_button_turn_it_about_the_middle(canvas: Canvas, recorder: Recorder) -> None:
    middle = canvas.viewport.to_picture(250, 200)
    drag(canvas, MIDDLE, Qt.KeyboardModifier.ShiftModifier)
    assert canvas.viewport.angle == pytest.approx(90)
    assert canvas.viewport.to_picture(250, 200) == pytest.approx(middle)
    drag(canvas, MIDDLE, NONE)
    assert canvas.viewport.angle == pytest.approx(90)
    assert canvas.viewport.to_picture(250, 200) != pytest.approx(middle)
    assert not {"press", "move", "release"} & set(recorder.names)


def test_shift_and_space_turn_it(canvas: Canvas, recorder: Recorder) -> None:
    shift = Qt.KeyboardModifier.ShiftModifier
    QTest.keyPress(canvas, Qt.Key.Key_Space, shift)
    drag(canvas, LEFT, shift)
    QTest.keyRelease(canvas, Qt.Key.Key_Space, shift)
    assert canvas.viewport.angle == pytest.approx(90)
    assert not {"press", "move", "release"} & set(recorder.names)


def test_fingers_turn_it_about_themselves(canvas: Canvas) -> None:
    angles: list[float] = []
    canvas.angle_changed.connect(lambda angle, _mirrored: angles.append(angle))
    point = QPointF(150, 120)
    before = canvas.viewport.to_picture(point.x(), point.y())
    event = QNativeGestureEvent(
        Qt.NativeGestureType.RotateNativeGesture,
        QPointingDevice.primaryPointingDevice(),
        2,
        point,
        point,
        point,
        12.5,
        QPointF(),
    )
    QApplication.sendEvent(canvas, event)
    assert canvas.viewport.angle == 12.5 and angles == [12.5]
    assert canvas.viewport.to_picture(point.x(), point.y()) == pytest.approx(before)
    canvas.navigation.reset_rotation()
    assert canvas.viewport.angle == 0 and angles == [12.5, 0]


def test_where_the_pointer_is_in_the_picture(canvas: Canvas) -> None:
    canvas.navigation.mirror()
    seen: list[tuple[int, int]] = []
    canvas.pointer_moved.connect(lambda x, y: seen.append((x, y)))
    hover(canvas, 51, 51)
    hover(canvas, 448, 51)
    assert seen == [(399, 1), (2, 1)]


def test_the_lasso_selects_what_was_drawn_around(
    canvas: Canvas, session: Session, settings: Settings
) -> None:
    canvas.navigation.rotate(90)
    canvas.set_tool(LassoTool(session, settings))
    corners = [(100, 80), (220, 80), (220, 170), (100, 170)]
    points = [QPointF(*canvas.viewport.to_screen(*corner)).toPoint() for corner in corners]
    QTest.mousePress(canvas, LEFT, NONE, points[0])
    for point in points[1:]:
        QTest.mouseMove(canvas, point)
    QTest.mouseRelease(canvas, LEFT, NONE, points[-1])
    found = session.document.selection.content_bounds()
    assert (found.x, found.y, found.right, found.bottom) == pytest.approx((100, 80, 220, 170), abs=1)
