"""The canvas as it is seen and touched: its pixels, grabbed, and the events that it turns into calls of a tool."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QColor,
    QInputDevice,
    QMouseEvent,
    QNativeGestureEvent,
    QPalette,
    QPointingDevice,
    QTabletEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from editor.canvas import picture as drawing
from editor.canvas.ants import PERIOD
from editor.canvas.canvas import Canvas
from editor.document.geometry import Bounds
from editor.document.tiles import Array8
from editor.render import projection
from editor.render.compositor import composite
from editor.render.qimage import to_array
from editor.render.veil import VEIL
from editor.session import Session
from editor.settings import Settings
from editor.tools.hand import HandTool
from editor.tools.lasso import LassoTool
from editor.tools.mask_brush import MaskBrushTool
from editor.tools.tool import Overlay, PointerEvent, Tool, ToolInfo

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NONE = Qt.KeyboardModifier.NoModifier

Make = Callable[..., Canvas]


class Recorder(Tool):
    """Notes what it is told, and draws what it is given."""

    info = ToolInfo("recorder", "Recorder", "", "", "")

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__(session, settings)
        self.calls: list[tuple[str, PointerEvent]] = []
        self.others: list[str] = []
        self.drawn = Overlay()
        self.diameter: float | None = None
        self.is_busy = False

    @property
    def busy(self) -> bool:
        return self.is_busy

    @property
    def names(self) -> list[str]:
        return [name for name, _event in self.calls]

    def press(self, event: PointerEvent) -> None:
        self.calls.append(("press", event))

    def move(self, event: PointerEvent) -> None:
        self.calls.append(("move", event))

    def release(self, event: PointerEvent) -> None:
        self.calls.append(("release", event))

    def hover(self, event: PointerEvent) -> None:
        self.calls.append(("hover", event))

    def double_press(self, event: PointerEvent) -> None:
        self.calls.append(("double_press", event))

    def commit(self) -> None:
        self.others.append("commit")

    def cancel(self) -> None:
        self.others.append("cancel")

    def step_back(self) -> bool:
        self.others.append("step_back")
        return True

    def overlay(self) -> Overlay:
        return self.drawn

    def cursor_diameter(self) -> float | None:
        return self.diameter


@pytest.fixture
def make(qtbot: QtBot, settings: Settings) -> Iterator[Make]:
    canvases: list[Canvas] = []

    def new(session: Session, width: int = 500, height: int = 400, show: bool = True) -> Canvas:
        canvas = Canvas(session, settings)
        canvases.append(canvas)
        canvas.resize(width, height)
        if show:
            canvas.show()
            qtbot.waitExposed(canvas)
            QApplication.sendEvent(
                canvas, QEvent(QEvent.Type.Leave)
            )  # wherever the last test left the pointer
        return canvas

    yield new
    for canvas in canvases:
        canvas.release_session()
        canvas.close()
        canvas.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def canvas(make: Make, session: Session) -> Canvas:
    """500 × 400 pixels around a picture of 400 × 300 at 100 %."""
    return make(session)


@pytest.fixture
def recorder(canvas: Canvas, settings: Settings) -> Recorder:
    tool = Recorder(canvas.session, settings)
    canvas.set_tool(tool)
    return tool


def grabbed(canvas: Canvas) -> Array8:
    """(h, w, 3)"""
    return to_array(canvas.grab().toImage())[..., :3]


def shown(canvas: Canvas) -> Array8:
    """What is grabbed of the picture itself, where that lies on whole pixels."""
    image, viewport = grabbed(canvas), canvas.viewport
    x, y = round(viewport.x), round(viewport.y)
    right, bottom = (round(edge) for edge in viewport.to_screen(*viewport.picture))
    return image[max(y, 0) : bottom, max(x, 0) : right]


def complete(canvas: Canvas) -> None:
    """However slow the machine, the next paint event finds everything ready."""
    canvas.session.projection.update(canvas.session.document.canvas)


def select(session: Session, box: Bounds) -> None:
    session.select(box, np.full((box.height, box.width), 255, np.uint8), "replace", "Select")


def hover(canvas: Canvas, x: int, y: int) -> None:
    """The pointer moves to a point of the widget; unlike QTest's, at once and only once."""
    point, none = QPointF(x, y), Qt.MouseButton.NoButton
    QApplication.sendEvent(
        canvas, QMouseEvent(QEvent.Type.MouseMove, point, canvas.mapToGlobal(point), none, none, NONE)
    )


def at(canvas: Canvas, x: float, y: float) -> QPoint:
    return QPointF(*canvas.viewport.to_screen(x, y)).toPoint()


def stripes(width: int, height: int) -> Array8:
    """A chessboard of single pixels: what a careless reduction turns into patterns, and an average into grey."""
    ys, xs = np.mgrid[:height, :width]
    picture = np.full((height, width, 4), 255, np.uint8)
    picture[..., :3] = (((xs + ys) % 2) * 255)[..., None]
    return picture


# Pixels


def test_at_100_percent_every_pixel_is_the_composites(canvas: Canvas, picture: Array8) -> None:
    assert canvas.viewport.zoom == 1
    assert np.array_equal(shown(canvas), picture[..., :3])


def test_layers_are_shown_composited(canvas: Canvas, session: Session) -> None:
    layer = session.document.root.children[0]
    session.set_layer(layer, "opacity", 0.5)
    session.set_layer(layer, "visible", False)
    session.set_layer(layer, "visible", True)
    session.set_layer(layer, "opacity", 1.0)
    expected = composite(session.document.root, session.document.canvas)
    assert np.array_equal(shown(canvas), expected[..., :3])


@pytest.mark.parametrize(
    ("dx", "dy"), [(0.5, 0.5), (-0.5, 0), (0.25, 0.75), (-0.3, 0.4), (13.499, -7.501), (0.01, 0.99)]
)
def test_at_100_percent_between_pixels_nothing_is_blurred_or_covered(
    canvas: Canvas, picture: Array8, dx: float, dy: float
) -> None:
    canvas.viewport.pan(dx, dy)
    x, y = (int(np.floor(corner + 0.5)) for corner in (canvas.viewport.x, canvas.viewport.y))
    image = grabbed(canvas)
    assert np.array_equal(image[y : y + 300, x : x + 400], picture[..., :3])
    around = drawing.surround(canvas.palette()).getRgb()[:3]
    for edge in (image[y - 1, x:400], image[y + 300, x:400], image[y:300, x - 1], image[y:300, x + 400]):
        assert (edge < around).all()
    for beyond in (image[y - 2], image[y + 301], image[:, x - 2], image[:, x + 401]):
        assert (beyond == around).all()


def test_around_the_picture_is_the_surround_and_an_edge(canvas: Canvas) -> None:
    image = grabbed(canvas)
    around = drawing.surround(canvas.palette()).getRgb()[:3]
    assert (image[:48] == around).all() and (image[:, :48] == around).all()
    assert (image[49, 60:440].astype(int) < around).all()  # the thin dark edge
    assert (image[350, 60:440].astype(int) < around).all()


@pytest.mark.parametrize("zoom", [0.5, 0.4, 0.25, 0.15, 0.1])
def test_a_reduced_picture_is_averaged(
    make: Make, make_session: Callable[[Array8], Session], zoom: float
) -> None:
    canvas = make(make_session(stripes(1200, 900)))
    complete(canvas)
    canvas.navigation.set_zoom(zoom)
    inner = shown(canvas)[2:-2, 2:-2]
    assert np.abs(inner.astype(int) - 128).max() <= 2


def test_a_long_panorama_is_averaged_too(make: Make, make_session: Callable[[Array8], Session]) -> None:
    canvas = make(make_session(stripes(4000, 200)))
    complete(canvas)
    canvas.navigation.set_zoom(0.1)
    inner = shown(canvas)[2:-2, 2:-2]
    assert inner.size and np.abs(inner.astype(int) - 128).max() <= 2


def test_at_half_size_it_is_the_box_filter_exactly(canvas: Canvas, picture: Array8) -> None:
    canvas.navigation.set_zoom(0.5)
    blocks = picture[..., :3].astype(int).reshape(150, 2, 200, 2, 3).sum(axis=(1, 3))
    assert np.array_equal(shown(canvas), (blocks + 2) // 4)


@pytest.mark.parametrize("zoom", [0.4, 0.3, 0.2])
def test_below_100_percent_it_is_close_to_the_mean_of_the_area(
    canvas: Canvas, picture: Array8, zoom: float
) -> None:
    import cv2

    canvas.navigation.set_zoom(zoom)
    image = shown(canvas).astype(int)
    area = cv2.resize(picture[..., :3], (image.shape[1], image.shape[0]), interpolation=cv2.INTER_AREA)
    difference = np.abs(image - area)[1:-1, 1:-1]
    assert difference.mean() < 2.5
    assert difference.max() < 16


@pytest.mark.parametrize("zoom", [2, 4, 7])
def test_an_enlarged_picture_has_hard_pixels(canvas: Canvas, picture: Array8, zoom: int) -> None:
    canvas.navigation.set_zoom(zoom)
    viewport = canvas.viewport
    viewport.x, viewport.y = 20, 30
    columns, rows = -(-(500 - 20) // zoom), -(-(400 - 30) // zoom)
    expected = picture[:rows, :columns, :3].repeat(zoom, axis=0).repeat(zoom, axis=1)
    assert np.array_equal(grabbed(canvas)[30:, 20:], expected[: 400 - 30, : 500 - 20])


@pytest.mark.parametrize("dark", [False, True])
def test_a_checkerboard_shines_through_what_is_transparent(
    make: Make, make_session: Callable[[Array8], Session], picture: Array8, dark: bool
) -> None:
    picture[100:200, 100:200, 3] = 0
    picture[200:, 200:, 3] = 128
    canvas = make(make_session(picture))
    palette = canvas.palette()
    palette.setColor(QPalette.ColorRole.Window, QColor(40, 40, 40) if dark else QColor(240, 240, 240))
    canvas.setPalette(palette)
    complete(canvas)
    image = shown(canvas)
    squares = np.unique(image[100:200, 100:200].reshape(-1, 3), axis=0)
    assert squares.tolist() == ([[72] * 3, [96] * 3] if dark else [[215] * 3, [255] * 3])
    assert np.array_equal(image[:100, :], picture[:100, :, :3])
    # The squares alternate every 8 screen pixels.
    xs, ys = np.meshgrid(np.arange(150, 250) // 8, np.arange(150, 250) // 8)
    light = image[100:200, 100:200, 0] == squares[1, 0]
    assert np.array_equal(light, (xs + ys) % 2 == 1)
    half = image[210:, 210:].astype(int)
    exact = picture[210:, 210:, :3] * (128 / 255)
    shade, bright = (float(level) * 127 / 255 for level in squares[:, 0])
    assert (half - exact).min() >= shade - 2 and (half - exact).max() <= bright + 2


def test_the_picture_is_clipped_to_its_own_place(
    make: Make, make_session: Callable[[Array8], Session]
) -> None:
    """A tile reaches beyond the canvas; what lies there is not shown."""
    canvas = make(make_session(np.full((30, 30, 4), 255, np.uint8)), 300, 200)
    canvas.navigation.set_zoom(3)
    around = drawing.surround(canvas.palette()).getRgb()[:3]
    image = grabbed(canvas)
    x, y = round(canvas.viewport.x), round(canvas.viewport.y)
    assert (image[y : y + 90, x : x + 90] == 255).all()
    assert (image[y : y + 90, x + 92 :] == around).all()
    assert (image[y + 92 :] == around).all()


# Progressive painting


def test_without_time_a_tile_is_painted_at_a_time(
    make: Make, make_session: Callable[[Array8], Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "FRAME_BUDGET", -1)
    monkeypatch.setattr(projection, "_BATCH", 0)
    picture = np.full((600, 600, 4), 255, np.uint8)
    picture[..., :3] = 30, 60, 200
    canvas = make(make_session(picture), 700, 700, show=False)
    for tiles in range(1, 10):
        image = shown(canvas)
        done = (image == (30, 60, 200)).all(axis=-1)
        assert done[256:512, 256:512].all()  # what is in the middle comes first
        assert (~done).any() == (tiles < 9)
        # What is still to come shows the checkerboard, not black.
        assert (image[~done] >= 200).all()


def test_painting_goes_on_by_itself_until_all_is_there(
    qtbot: QtBot,
    make: Make,
    make_session: Callable[[Array8], Session],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drawing, "FRAME_BUDGET", -1)
    monkeypatch.setattr(projection, "_BATCH", 0)
    picture = np.random.default_rng(3).integers(0, 256, (600, 600, 4), np.uint8)
    picture[..., 3] = 255
    session = make_session(picture)
    canvas = make(session, 700, 700)
    qtbot.waitUntil(lambda: not session.projection._stale)
    assert np.array_equal(shown(canvas), picture[..., :3])
    select(session, Bounds(10, 10, 550, 550))
    canvas.set_tool(MaskBrushTool(session, canvas._settings))
    qtbot.waitUntil(lambda: not session.veil._stale)


# Selection: veil and ants


def test_the_veil_shows_while_the_mask_brush_is_active(
    canvas: Canvas, session: Session, settings: Settings, picture: Array8
) -> None:
    canvas.set_tool(MaskBrushTool(session, settings))
    box = Bounds(100, 80, 120, 90)
    select(session, box)
    for percent in (50, 90):
        settings["veil-opacity"] = percent
        image, share = shown(canvas).astype(int), percent / 100
        expected = picture[..., :3] * (1 - share) + np.array(VEIL) * share
        assert np.abs(image - expected)[box.slices()].max() <= 2
        outside = np.ones(picture.shape[:2], bool)
        outside[box.slices()] = False
        assert np.array_equal(image[outside], picture[..., :3][outside])
    assert not canvas._ants.are_marching


def test_the_veil_follows_the_selection(canvas: Canvas, session: Session, settings: Settings) -> None:
    canvas.set_tool(MaskBrushTool(session, settings))
    before = shown(canvas)
    select(session, Bounds(100, 80, 120, 90))
    assert not np.array_equal(shown(canvas), before)
    session.history.undo()
    assert np.array_equal(shown(canvas), before)


def test_ants_march_around_the_selection_otherwise(
    canvas: Canvas, session: Session, settings: Settings, picture: Array8
) -> None:
    canvas.set_tool(LassoTool(session, settings))
    assert not canvas._ants.are_marching
    box = Bounds(100, 80, 120, 90)
    select(session, box)
    assert canvas._ants.are_marching
    image = shown(canvas)
    line = image[80, 102:218]
    assert set(map(tuple, line.tolist())) == {(0, 0, 0), (255, 255, 255)}
    changed = (image != picture[..., :3]).any(axis=-1)
    near = np.zeros_like(changed)
    near[box.padded(1).slices()] = True
    near[box.padded(-1).slices()] = False
    assert changed.any() and not changed[~near].any()
    session.deselect()
    assert not canvas._ants.are_marching
    assert np.array_equal(shown(canvas), picture[..., :3])


def test_each_tick_moves_the_ants(canvas: Canvas, session: Session, settings: Settings) -> None:
    canvas.set_tool(LassoTool(session, settings))
    select(session, Bounds(100, 80, 120, 90))
    canvas._ants.march(False)  # only the ticks of this test
    seen = [shown(canvas)]
    for _ in range(PERIOD):
        canvas._ants.step()
        seen.append(shown(canvas))
    for before, after in pairwise(seen):
        assert not np.array_equal(before, after)
    assert np.array_equal(seen[0], seen[-1])
    canvas._update_ants()


def test_a_tick_repaints_no_more_than_the_outline(
    canvas: Canvas, session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas.set_tool(LassoTool(session, settings))
    select(session, Bounds(100, 80, 120, 90))
    asked: list[tuple[int, int, int, int]] = []
    monkeypatch.setattr(canvas, "update", lambda *rects: asked.extend(rect.getRect() for rect in rects))
    canvas._march()
    assert asked == [(148, 128, 125, 95)]


def test_ants_rest_while_nobody_sees_them(canvas: Canvas, session: Session, settings: Settings) -> None:
    canvas.set_tool(LassoTool(session, settings))
    select(session, Bounds(100, 80, 120, 90))
    canvas.hide()
    assert not canvas._ants.are_marching
    canvas.show()
    assert canvas._ants.are_marching
    canvas.set_tool(MaskBrushTool(session, settings))
    assert not canvas._ants.are_marching


# Overlays


def test_a_tools_lines_and_handles_are_drawn_above_the_picture(
    canvas: Canvas, recorder: Recorder, picture: Array8
) -> None:
    recorder.drawn = Overlay(lines=[[(50, 200), (150, 200)]], handles=[(300, 100)])
    recorder.overlay_changed.emit()
    image = shown(canvas)
    assert (image[97:103, 297:303] >= 250).all()  # the handle's inside, light
    assert (image[[96, 103]][:, 298:302] < 80).all()  # and its dark border
    changed = (image != picture[..., :3]).any(axis=-1)
    assert changed[198:202, 52:148].any(axis=0).all()
    changed[194:207, 44:157] = changed[94:107, 294:307] = False
    assert not changed.any()


def test_handles_keep_their_size_and_lines_follow_the_zoom(canvas: Canvas, recorder: Recorder) -> None:
    canvas.navigation.set_zoom(4)
    plain = grabbed(canvas)
    recorder.drawn = Overlay(handles=[(200, 150)])
    changed = (grabbed(canvas) != plain).any(axis=-1)
    ys, xs = np.nonzero(changed)
    assert (xs.max() - xs.min(), ys.max() - ys.min()) == (7, 7)


def test_the_brush_is_outlined_where_the_pointer_is(canvas: Canvas, recorder: Recorder) -> None:
    leave = QEvent(QEvent.Type.Leave)
    QApplication.sendEvent(canvas, leave)  # wherever the last test left the pointer
    plain = grabbed(canvas)
    recorder.diameter = 60
    assert np.array_equal(grabbed(canvas), plain)  # the pointer is not here yet
    for zoom in (1, 2):
        canvas.navigation.set_zoom(zoom)
        recorder.diameter = None
        plain = grabbed(canvas)
        recorder.diameter = 60
        hover(canvas, 250, 200)
        ys, xs = np.nonzero((grabbed(canvas) != plain).any(axis=-1))
        distance = np.hypot(xs + 0.5 - 250, ys + 0.5 - 200)
        assert np.abs(distance - 30 * zoom).max() < 2.5
        assert len(distance) > 2 * np.pi * 30 * zoom
    QApplication.sendEvent(canvas, leave)
    assert np.array_equal(grabbed(canvas), plain)


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


# The end


def test_a_released_canvas_listens_no_more(
    canvas: Canvas, session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = Recorder(session, settings)
    canvas.set_tool(tool)
    select(session, Bounds(100, 80, 120, 90))
    assert canvas._ants.are_marching
    canvas.release_session()
    assert tool.others == ["commit"]
    assert canvas.tool is None
    updates: list[object] = []
    monkeypatch.setattr(canvas, "update", lambda *args: updates.append(args))
    session.deselect()
    session.set_layer(session.document.root.children[0], "opacity", 0.5)
    assert updates == []
    assert not canvas._ants.are_marching
    canvas.release_session()  # once more does no harm


def test_a_session_outlives_its_canvas(make: Make, session: Session, settings: Settings) -> None:
    for _ in range(2):
        canvas = Canvas(session, settings)
        canvas.resize(300, 200)
        canvas.grab()
        canvas.release_session()
        canvas.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        select(session, Bounds(10, 10, 50, 50))
        session.history.undo()
