"""From the pointer to the picture: how often the tool, the compositor and the widget are asked for something."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRect
from PySide6.QtGui import QPaintEvent, QRegion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from editor.canvas import navigation
from editor.canvas.canvas import Canvas
from editor.document.tiles import Array8
from editor.render.projection import TileJob
from editor.session import Session
from editor.settings import Settings
from editor.tools.lasso import LassoTool
from editor.tools.mask_brush import MaskBrushTool
from editor.tools.tool import Overlay, PointerEvent
from tests.editor.canvas.canvas_support import (
    LEFT,
    NONE,
    Make,
    Recorder,
    at,
    complete,
    grabbed,
    hover,
    select,
    shown,
)


class Paints(QObject):
    """The regions that a canvas is asked to paint."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self.regions: list[QRegion] = []
        canvas.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.regions.append(QRegion(event.region()))
        return False

    @property
    def whole(self) -> QRegion:
        whole = QRegion()
        for region in self.regions:
            whole = whole.united(region)
        return whole


@pytest.fixture
def composited(session: Session, monkeypatch: pytest.MonkeyPatch) -> list[TileJob]:
    """What has been rendered for the picture."""
    jobs: list[TileJob] = []
    source = session.projection._source
    render = source.render

    def counted(some: Sequence[TileJob]) -> list[bool]:
        jobs.extend(some)
        return render(some)

    monkeypatch.setattr(source, "render", counted)
    return jobs


@pytest.fixture
def settled(canvas: Canvas, composited: list[TileJob]) -> Canvas:
    """Everything is composited and painted."""
    complete(canvas)
    QApplication.processEvents()
    composited.clear()
    return canvas


def area(region: QRegion) -> int:
    return sum(rect.width() * rect.height() for rect in region)  # type: ignore[attr-defined]


# What is composited


def test_moving_the_view_composites_nothing(
    settled: Canvas, composited: list[TileJob], picture: Array8
) -> None:
    view = settled.navigation
    for act in (
        lambda: settled.viewport.pan(-30, 20),
        lambda: view.set_zoom(0.4),
        lambda: view.rotate(15),
        view.mirror,
        view.fit,
        view.reset_rotation,
        view.mirror,
        lambda: view.set_zoom(1),
    ):
        act()
        settled.update()
        QApplication.processEvents()
    assert composited == []
    assert np.array_equal(shown(settled, whole=False), picture[..., :3])


def test_the_brush_outline_composites_nothing_and_paints_no_more_than_itself(
    settled: Canvas, recorder: Recorder, composited: list[TileJob]
) -> None:
    recorder.diameter = 100
    hover(settled, 200, 200)
    QApplication.processEvents()
    paints = Paints(settled)
    hover(settled, 210, 205)
    QApplication.processEvents()
    assert composited == []
    assert len(paints.regions) == 1
    box = QRect(QPoint(147, 147), QPoint(263, 258))
    assert box.contains(paints.whole.boundingRect())
    assert not paints.whole.contains(QPoint(205, 202))  # a ring
    assert area(paints.whole) < 0.85 * box.width() * box.height()


def test_the_outline_leaves_nothing_behind(settled: Canvas, recorder: Recorder) -> None:
    """What is painted piece by piece is what would be painted at once."""
    recorder.diameter = 70
    for x, y in ((200, 200), (210, 205), (300, 120), (301, 121), (90, 340)):
        hover(settled, x, y)
        QApplication.processEvents()
        seen = settled.screen().grabWindow(settled.winId()).toImage()
        assert seen == settled.grab().toImage().convertToFormat(seen.format())


def test_ants_composite_nothing(
    settled: Canvas, session: Session, settings: Settings, composited: list[TileJob]
) -> None:
    settled.set_tool(LassoTool(session, settings))
    select(session, session.document.canvas)
    QApplication.processEvents()
    for _ in range(3):
        settled._ants.step()
        QApplication.processEvents()
    assert composited == []


@pytest.mark.parametrize("zoom", [1.0, 2.0, 0.3])
def test_a_change_paints_no_more_than_its_place(
    settled: Canvas, session: Session, composited: list[TileJob], zoom: float
) -> None:
    settled.navigation.set_zoom(zoom)
    QApplication.processEvents()
    paints = Paints(settled)
    layer = session.document.root.children[0]
    plane = layer.pixels  # type: ignore[attr-defined]
    tile = plane.tile((0, 0)).copy()
    tile[:] = 0, 200, 100, 255
    tile.flags.writeable = False
    session.document.exchange(layer, "pixels", {(0, 0): tile})
    QApplication.processEvents()
    assert [job.key for job in composited] == [(0, 0)]
    box = settled.viewport.screen_box(0, 0, 256, 256)
    reach = 3 + 4 * zoom
    right, bottom = (round(edge + reach) for edge in box[2:])
    assert QRect(-10, -10, right + 10, bottom + 10).contains(paints.whole.boundingRect())
    seen = settled.screen().grabWindow(settled.winId()).toImage()
    assert seen == settled.grab().toImage().convertToFormat(seen.format())


def test_a_stroke_of_the_mask_does_not_composite_the_picture(
    settled: Canvas, session: Session, settings: Settings, composited: list[TileJob]
) -> None:
    settled.set_tool(MaskBrushTool(session, settings))
    QTest.mousePress(settled, LEFT, NONE, at(settled, 100, 100))
    QTest.mouseMove(settled, at(settled, 200, 150))
    QApplication.processEvents()
    QTest.mouseRelease(settled, LEFT, NONE, at(settled, 200, 150))
    assert session.document.selection
    assert composited == []


def test_the_veil_is_painted_as_soon_as_it_reaches_new_tiles(
    settled: Canvas, session: Session, settings: Settings
) -> None:
    """Nothing of it has been drawn there before."""
    settled.set_tool(MaskBrushTool(session, settings))
    QApplication.processEvents()
    for x, y in ((100, 100), (330, 100)):
        hover(settled, x, y)
        QApplication.processEvents()
        QTest.mousePress(settled, LEFT, NONE, at(settled, x, y))
        QApplication.processEvents()
        QTest.mouseRelease(settled, LEFT, NONE, at(settled, x, y))
        QApplication.processEvents()
        seen = settled.screen().grabWindow(settled.winId()).toImage()
        assert seen == settled.grab().toImage().convertToFormat(seen.format())


# Frames


def drag(canvas: Canvas, moves: int) -> None:
    QTest.mousePress(canvas, LEFT, NONE, at(canvas, 100, 100))
    for move in range(moves):
        QTest.mouseMove(canvas, at(canvas, 101 + move, 100))


def test_moves_between_two_pictures_are_one_frame_of_the_tool_and_none_is_lost(
    qtbot: QtBot, settled: Canvas, settings: Settings
) -> None:
    class Gathering(Recorder):
        """As a brush does: it changes the picture only once a frame."""

        def __init__(self, session: Session, settings: Settings) -> None:
            super().__init__(session, settings)
            self.gathered = 0

        def move(self, event: PointerEvent) -> None:
            super().move(event)
            self.gathered += 1

        def frame(self) -> None:
            super().frame()
            if self.gathered:
                self.session.set_layer(self.session.document.root.children[0], "opacity", 0.5)

    tool = Gathering(settled.session, settings)
    settled.set_tool(tool)
    QApplication.processEvents()
    paints = Paints(settled)
    before = grabbed(settled)
    paints.regions.clear()
    tool.is_busy = True
    QApplication.sendPostedEvents(settled.window(), QEvent.Type.UpdateRequest)
    hover(settled, 150, 150)
    settled._input._pressed = True
    for move in range(20):
        hover(settled, 151 + move, 150)
    assert tool.names.count("move") == 20 and tool.frames == 0
    QApplication.sendPostedEvents(settled.window(), QEvent.Type.UpdateRequest)
    assert tool.frames == 1
    # the same update request has painted what the frame has changed
    assert len(paints.regions) == 1
    seen = settled.screen().grabWindow(settled.winId()).toImage()
    assert seen == settled.grab().toImage().convertToFormat(seen.format())
    assert not np.array_equal(grabbed(settled), before)


def test_a_frame_comes_after_each_move_though_nothing_has_changed(
    qtbot: QtBot, settled: Canvas, recorder: Recorder
) -> None:
    QApplication.processEvents()
    recorder.others.clear()
    drag(settled, 1)
    qtbot.waitUntil(lambda: recorder.frames > 0)
    frames = recorder.frames
    QApplication.processEvents()
    settled.update()
    QApplication.processEvents()
    assert recorder.frames == frames  # none without a move
    QTest.mouseMove(settled, at(settled, 150, 120))
    qtbot.waitUntil(lambda: recorder.frames > frames)


def test_a_hidden_canvas_leaves_the_window_alone(make: Make, session: Session, settings: Settings) -> None:
    canvas = make(session)
    tool = Recorder(session, settings)
    canvas.set_tool(tool)
    canvas.hide()
    canvas._input._pressed = True
    hover(canvas, 100, 100)
    QApplication.processEvents()
    assert tool.names == ["move"] and tool.frames == 0


def test_a_tools_overlay_is_painted_where_it_was_and_where_it_is(settled: Canvas, recorder: Recorder) -> None:
    recorder.drawn = Overlay(lines=[[(20, 20), (60, 60)]])
    recorder.overlay_changed.emit()
    QApplication.processEvents()
    paints = Paints(settled)
    recorder.drawn = Overlay(lines=[[(200, 100), (210, 130)]])
    recorder.overlay_changed.emit()
    QApplication.processEvents()
    assert area(paints.whole) < 60 * 60 + 25 * 45
    seen = settled.screen().grabWindow(settled.winId()).toImage()
    assert seen == settled.grab().toImage().convertToFormat(seen.format())


# Careful or quick


def test_it_is_smooth_once_the_view_is_at_rest(
    qtbot: QtBot, make: Make, make_session: Callable[[Array8], Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(navigation, "REST", 10_000)
    noise = np.random.default_rng(5).integers(0, 256, (300, 400, 4), np.uint8)
    noise[..., 3] = 255
    canvas = make(make_session(noise))
    canvas.navigation.set_zoom(0.8)
    still = shown(canvas)
    assert not canvas.navigation.is_moving
    canvas.navigation._moved()
    assert canvas.navigation.is_moving
    quick = shown(canvas)
    assert not np.array_equal(quick, still)
    # nearest: every pixel is one of the picture's
    colours = {tuple(colour) for colour in noise[..., :3].reshape(-1, 3).tolist()}
    assert all(tuple(colour) in colours for colour in quick[5:-5:7, 5:-5:7].reshape(-1, 3).tolist())
    with qtbot.waitSignal(canvas.navigation.rested):
        canvas.navigation._rest.start(1)
    assert np.array_equal(shown(canvas), still)
