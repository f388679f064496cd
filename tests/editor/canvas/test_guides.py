"""Guides under the pointer: out of a ruler, along it, by the Hand, away; and how rulers and lines are seen."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QCursor, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from editor.canvas.canvas import Canvas
from editor.canvas.frame import CanvasFrame
from editor.canvas.guide_lines import COLOUR, HELD
from editor.canvas_operations import add_guide, clear_guides, extend_canvas
from editor.document.guides import MAX_GUIDES, Guides
from editor.document.tiles import Array8
from editor.render.qimage import to_array
from editor.session import Session
from editor.settings import Settings
from editor.tools.hand import HandTool
from tests.editor.canvas.canvas_support import LEFT, NONE, Recorder, grabbed, shown

SHIFT = Qt.KeyboardModifier.ShiftModifier
BLUE = COLOUR.getRgb()[:3]
WHITE = HELD.getRgb()[:3]


@pytest.fixture
def frame(qtbot: QtBot, settings: Settings, session: Session) -> Iterator[CanvasFrame]:
    """500 × 400 pixels around the picture of 400 × 300 at 100 %, with rulers."""
    settings["rulers-shown"] = True
    made = CanvasFrame(Canvas(session, settings), settings)
    QCursor.setPos(5000, 5000)
    made.resize(500 + made.left.sizeHint().width(), 400 + made.above.sizeHint().height())
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.release_session()
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def point(frame: CanvasFrame, widget: QWidget, x: float, y: float) -> QPoint:
    """A point of the picture, as one of a widget of the frame."""
    at = QPointF(*frame.canvas.viewport.to_screen(x, y)).toPoint()
    return widget.mapFrom(frame, frame.canvas.mapTo(frame, at))


def mark(frame: CanvasFrame, ruler: QWidget, at: float) -> QPoint:
    """Of a pixel of the picture, in the middle of a ruler."""
    place = point(frame, ruler, at, at)
    return QPoint(5, place.y()) if ruler is frame.left else QPoint(place.x(), 5)


def pull(
    frame: CanvasFrame,
    widget: QWidget,
    start: QPoint,
    *places: tuple[float, float],
    modifier: Qt.KeyboardModifier = NONE,
    release: bool = True,
) -> None:
    """Presses on a widget, and goes through places of the picture."""
    QTest.mousePress(widget, LEFT, NONE, start)
    for place in places:
        QTest.mouseMove(widget, point(frame, widget, *place))
        if modifier != NONE:
            _move_with(widget, point(frame, widget, *place), modifier)
    if release:
        QTest.mouseRelease(widget, LEFT, modifier, point(frame, widget, *places[-1]))


def _move_with(widget: QWidget, at: QPoint, modifier: Qt.KeyboardModifier) -> None:
    """What QTest's moves have no room for."""
    place = QPointF(at)
    event = QMouseEvent(
        QEvent.Type.MouseMove, place, widget.mapToGlobal(place), Qt.MouseButton.NoButton, LEFT, modifier
    )
    QApplication.sendEvent(widget, event)


def seen(widget: QWidget) -> Array8:
    return to_array(widget.grab().toImage())[..., :3]


# Out of a ruler


def test_a_guide_is_dragged_out_of_the_ruler_above(frame: CanvasFrame, session: Session) -> None:
    pull(frame, frame.above, QPoint(100, 5), (90, 20), (120, 77.4))
    assert session.document.guides == Guides((77,), ())
    assert session.history.labels == ["New guide"]
    session.history.undo()
    assert not session.document.guides


def test_a_guide_is_dragged_out_of_the_ruler_at_the_left(frame: CanvasFrame, session: Session) -> None:
    pull(frame, frame.left, QPoint(5, 100), (20, 90), (123, 60))
    assert session.document.guides == Guides((), (123,))


def test_with_shift_it_comes_to_lie_on_marks(frame: CanvasFrame, session: Session) -> None:
    pull(frame, frame.above, QPoint(100, 5), (120, 77), modifier=SHIFT)
    assert session.document.guides == Guides((80,), ())


def test_edges_and_middle_of_the_picture_attract(frame: CanvasFrame, session: Session) -> None:
    for y in (-3, 148, 302, 290):
        pull(frame, frame.above, QPoint(100, 5), (120, y))
    assert session.document.guides.horizontal == (0, 150, 290, 300)


def test_let_go_on_the_ruler_there_is_none(frame: CanvasFrame, session: Session) -> None:
    pull(frame, frame.above, QPoint(100, 5), (90, 20), (90, -20 - frame.canvas.viewport.y))
    QTest.mouseClick(frame.left, LEFT, NONE, QPoint(5, 90))
    assert not session.history.labels and not frame.canvas.busy


def test_escape_and_other_ends_make_none(frame: CanvasFrame, session: Session) -> None:
    canvas = frame.canvas
    pull(frame, frame.above, QPoint(100, 5), (90, 20), release=False)
    assert canvas.busy
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert not canvas.busy
    QTest.mouseRelease(frame.above, LEFT, NONE, QPoint(90, 90))
    pull(frame, frame.above, QPoint(100, 5), (90, 20), release=False)
    assert canvas.take_back() and not canvas.take_back()
    pull(frame, frame.above, QPoint(100, 5), (90, 20), release=False)
    canvas.finish(keep=False)
    pull(frame, frame.above, QPoint(100, 5), (90, 20), release=False)
    frame.hide()
    assert not session.history.labels and not canvas.busy
    frame.show()
    pull(frame, frame.above, QPoint(100, 5), (90, 20), release=False)
    canvas.finish(keep=True)
    assert session.document.guides == Guides((20,), ())


def test_guides_that_are_hidden_are_shown_when_there_is_another(
    frame: CanvasFrame, session: Session, settings: Settings
) -> None:
    settings["guides-shown"] = False
    pull(frame, frame.above, QPoint(100, 5), (120, 77))
    assert settings["guides-shown"] and session.document.guides


def test_too_many_are_refused_with_a_sentence(frame: CanvasFrame, session: Session, qtbot: QtBot) -> None:
    session.document.set_guides(Guides.of(range(1000, 1000 + MAX_GUIDES), ()))
    with qtbot.waitSignal(frame.canvas.problem) as told:
        pull(frame, frame.above, QPoint(100, 5), (120, 77))
    assert told.args == ["No guide was made: there are 1000 horizontal guides already."]
    assert not session.history.labels


# By its mark, and by the Hand


def test_a_guide_is_moved_by_its_mark(frame: CanvasFrame, session: Session) -> None:
    add_guide(session, "vertical", 120)
    add_guide(session, "horizontal", 50)
    pull(frame, frame.above, mark(frame, frame.above, 122), (200, -25), (222, 10))
    assert session.document.guides == Guides((50,), (222,))
    pull(frame, frame.left, mark(frame, frame.left, 49), (-25, 90))
    assert session.document.guides == Guides((90,), (222,))
    assert session.history.labels[2:] == ["Move guide", "Move guide"]
    QTest.mouseClick(frame.left, LEFT, NONE, mark(frame, frame.left, 90))
    assert len(session.history.labels) == 4


def test_out_of_the_canvas_it_is_removed(frame: CanvasFrame, session: Session) -> None:
    add_guide(session, "vertical", 120)
    pull(frame, frame.above, mark(frame, frame.above, 120), (200, -25), (-300, -25))
    assert not session.document.guides
    assert session.history.labels == ["New guide", "Remove guide"]


def test_the_hand_moves_guides_and_else_the_view(
    frame: CanvasFrame, session: Session, settings: Settings
) -> None:
    canvas = frame.canvas
    canvas.set_tool(HandTool(session, settings))
    add_guide(session, "vertical", 120)
    x = canvas.viewport.x
    pull(frame, canvas, point(frame, canvas, 122, 70), (180, 60), (211, 60))
    assert session.document.guides == Guides((), (211,)) and canvas.viewport.x == x
    pull(frame, canvas, point(frame, canvas, 100, 70), (110, 70))
    assert session.document.guides == Guides((), (211,)) and canvas.viewport.x == x + 10
    pull(frame, canvas, point(frame, canvas, 211, 70), (150, 60), (-300, 60))
    assert not session.document.guides


def test_the_pointer_says_what_can_be_dragged(
    frame: CanvasFrame, session: Session, settings: Settings
) -> None:
    canvas = frame.canvas
    canvas.set_tool(HandTool(session, settings))
    add_guide(session, "vertical", 120)
    add_guide(session, "horizontal", 70)
    shapes = []
    for place in ((122, 30), (200, 71), (200, 30)):
        QTest.mouseMove(canvas, point(frame, canvas, *place))
        shapes.append(canvas.cursor().shape())
    shape = Qt.CursorShape
    assert shapes == [shape.SplitHCursor, shape.SplitVCursor, shape.OpenHandCursor]
    for ruler, at, expected in (
        (frame.above, 120, shape.SplitHCursor),
        (frame.above, 200, shape.SplitVCursor),
        (frame.left, 70, shape.SplitVCursor),
        (frame.left, 200, shape.SplitHCursor),
    ):
        QTest.mouseMove(ruler, mark(frame, ruler, at))
        assert ruler.cursor().shape() == expected


def test_guides_that_are_locked_or_hidden_stay(
    frame: CanvasFrame, session: Session, settings: Settings
) -> None:
    canvas = frame.canvas
    canvas.set_tool(HandTool(session, settings))
    add_guide(session, "vertical", 120)
    for setting_id, value in (("guides-locked", True), ("guides-shown", False)):
        settings[setting_id] = value
        pull(frame, canvas, point(frame, canvas, 120, 70), (140, 60))
        assert session.document.guides == Guides((), (120,))
        canvas.navigation.fit()
    settings["guides-shown"] = True
    pull(frame, frame.above, mark(frame, frame.above, 120), (200, 99))  # a new one
    assert session.document.guides == Guides((99,), (120,))


def test_other_tools_paint_across_guides(frame: CanvasFrame, session: Session, settings: Settings) -> None:
    tool = Recorder(session, settings)
    frame.canvas.set_tool(tool)
    add_guide(session, "vertical", 120)
    pull(frame, frame.canvas, point(frame, frame.canvas, 120, 70), (150, 70))
    assert tool.names == ["press", "move", "release"]
    assert session.document.guides == Guides((), (120,))


def test_what_else_changes_guides_ends_the_drag(frame: CanvasFrame, session: Session) -> None:
    add_guide(session, "vertical", 120)
    pull(frame, frame.above, mark(frame, frame.above, 120), (200, -25), release=False)
    session.history.undo()
    assert not frame.canvas.busy
    QTest.mouseRelease(frame.above, LEFT, NONE, QPoint(90, 5))
    assert not session.document.guides and session.history.can_redo


def test_guides_follow_the_turned_picture(frame: CanvasFrame, session: Session, settings: Settings) -> None:
    canvas = frame.canvas
    canvas.navigation.rotate(90)
    canvas.navigation.set_zoom(1)
    QTest.mousePress(frame.above, LEFT, NONE, QPoint(100, 5))
    QTest.mouseMove(frame.above, QPoint(100, 140))
    QTest.mouseRelease(frame.above, LEFT, NONE, QPoint(100, 140))
    y = frame.canvas.mapFrom(frame, frame.above.mapTo(frame, QPoint(100, 140))).y()
    assert session.document.guides == Guides((), (round(canvas.viewport.to_picture(0, y)[0]),))
    clear_guides(session)
    canvas.navigation.rotate(15)
    for ruler in (frame.above, frame.left):
        assert "askew" in ruler.toolTip()
        pull(frame, ruler, QPoint(8, 8), (100, 100))
    assert not session.document.guides
    canvas.set_tool(HandTool(session, settings))
    add_guide(session, "horizontal", 70)
    pull(frame, canvas, point(frame, canvas, 200, 70), (200, 90))
    assert session.document.guides == Guides((90,), ())


# What is seen


def test_lines_lie_before_their_pixels(frame: CanvasFrame, session: Session, picture: Array8) -> None:
    canvas = frame.canvas
    add_guide(session, "vertical", 120)
    add_guide(session, "horizontal", 50)
    image = shown(canvas)
    assert (image[:, 120] == BLUE).all() and (image[50] == BLUE).all()
    rest = np.ones(image.shape[:2], bool)
    rest[50], rest[:, 120] = False, False
    assert np.array_equal(image[rest], picture[..., :3][rest])
    whole = grabbed(canvas)
    y = round(canvas.viewport.y) + 50
    assert (whole[y] == BLUE).all()  # beyond the picture as well


def test_lines_come_and_go(frame: CanvasFrame, session: Session, settings: Settings) -> None:
    canvas = frame.canvas
    plain = grabbed(canvas)
    add_guide(session, "vertical", 120)
    with_one = grabbed(canvas)
    assert not np.array_equal(with_one, plain)
    settings["guides-shown"] = False
    assert np.array_equal(grabbed(canvas), plain)
    settings["guides-shown"] = True
    assert np.array_equal(grabbed(canvas), with_one)
    extend_canvas(session, 10, 0, 0, 0)
    session.deselect()
    assert session.document.guides == Guides((), (130,))
    session.history.go_to(0)
    assert np.array_equal(grabbed(canvas), plain)


def test_the_one_that_is_dragged_is_seen_where_it_is(
    frame: CanvasFrame, session: Session, qtbot: QtBot
) -> None:
    canvas = frame.canvas
    add_guide(session, "vertical", 120)
    plain = grabbed(canvas)
    pull(frame, frame.above, mark(frame, frame.above, 120), (220, -25), release=False)
    assert canvas.guides.held is not None and canvas.guides.held.text == "x: 220 px"
    image = shown(canvas)
    assert (image[150:, 220] == WHITE).all() and not (image[150:, 120] == BLUE).all(axis=-1).any()
    canvas.guides.cancel()
    assert np.array_equal(grabbed(canvas), plain)


def test_painting_a_guides_way_composites_nothing(
    frame: CanvasFrame, session: Session, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    grabbed(frame.canvas)
    composited: list[object] = []
    monkeypatch.setattr(session._compositor, "render", lambda jobs: composited.append(jobs))
    pull(frame, frame.above, QPoint(100, 5), (90, 20), (120, 77))
    frame.canvas.grab()
    assert not composited


def test_rulers_are_shown_and_hidden(frame: CanvasFrame, settings: Settings) -> None:
    assert frame.above.isVisible() and frame.left.isVisible()
    assert frame.above.width() == frame.canvas.width() and frame.left.height() == frame.canvas.height()
    settings["rulers-shown"] = False
    assert not frame.above.isVisible() and not frame.left.isVisible()


def test_marks_of_pointer_and_guides_follow(frame: CanvasFrame, session: Session) -> None:
    plain = seen(frame.above)
    add_guide(session, "vertical", 120)
    x = point(frame, frame.above, 120, 0).x()
    column = seen(frame.above)[:, x]
    assert (column == BLUE).all(axis=-1).any()
    session.history.undo()
    assert np.array_equal(seen(frame.above), plain)
    QTest.mouseMove(frame.canvas, point(frame, frame.canvas, 300, 40))
    changed = (seen(frame.above) != plain).any(axis=(0, 2)).nonzero()[0]
    x = point(frame, frame.above, 300, 0).x()
    assert changed.size and abs(changed - x).max() <= 6
    QCoreApplication.sendEvent(frame.canvas, QEvent(QEvent.Type.Leave))
    assert np.array_equal(seen(frame.above), plain)


def test_marks_are_drawn_once_for_a_view(frame: CanvasFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    seen(frame.above)
    drawn = frame.above._drawn
    calls: list[object] = []
    monkeypatch.setattr(frame.above, "_drawn", lambda scale: calls.append(scale) or drawn(scale))
    for x in range(50, 150, 10):
        QTest.mouseMove(frame.canvas, point(frame, frame.canvas, x, 40))
        seen(frame.above)
    assert not calls
    frame.canvas.navigation.set_zoom(2)
    seen(frame.above)
    assert len(calls) == 1


def test_a_ruler_tells_where_the_picture_is(frame: CanvasFrame) -> None:
    """Its ground is another beside the picture, and there is a mark at each end."""
    image = seen(frame.above)
    left, right = (point(frame, frame.above, x, 0).x() for x in (0, 400))
    first = image[0]
    assert (first[left - 3] != first[left + 30]).any() or (first[left - 8] != first[right - 8]).any()
    assert (first[right + 8] == first[left - 8]).all()
