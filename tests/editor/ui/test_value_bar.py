"""A number as a bar: dragged, walked and typed, over a short range and a long one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot

from editor.ui.value_bar import ValueBar

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier

Make = Callable[[int, int], ValueBar]


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QMainWindow]:
    made = QMainWindow()
    made.resize(400, 80)
    made.show()
    made.activateWindow()
    qtbot.waitActive(made)
    yield made
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def make(window: QMainWindow) -> Make:
    def bar(minimum: int, maximum: int) -> ValueBar:
        made = ValueBar("Size", minimum, maximum, " px", window)
        made.resize(202, made.height())
        made.show()
        return made

    return bar


def at(bar: ValueBar, fraction: float) -> QPoint:
    return QPoint(1 + round(fraction * (bar.width() - 2)), 10)


@pytest.mark.parametrize(("minimum", "maximum"), [(1, 100), (-180, 180), (1, 2000)])
def test_every_value_lies_where_it_is_read(make: Make, minimum: int, maximum: int) -> None:
    bar = make(minimum, maximum)
    for value in range(minimum, maximum + 1):
        assert bar.value_at(bar.fraction_of(value)) == value
    assert bar.value_at(-3) == minimum and bar.value_at(3) == maximum


def test_small_values_of_a_long_range_have_the_most_room(make: Make) -> None:
    bar = make(1, 2000)
    assert bar.value_at(0.5) == 501
    assert bar.fraction_of(20) == pytest.approx(0.0975, abs=0.001)


def test_a_press_sets_and_a_drag_goes_to_the_ends(make: Make) -> None:
    bar = make(0, 100)
    QTest.mousePress(bar, LEFT, NONE, at(bar, 0.3))
    assert bar.value() == 30 and bar.isSliderDown()
    QTest.mouseMove(bar, at(bar, 0.75))
    assert bar.value() == 75
    QTest.mouseMove(bar, QPoint(900, 10))
    assert bar.value() == 100
    QTest.mouseMove(bar, QPoint(-900, 10))
    QTest.mouseRelease(bar, LEFT, NONE, QPoint(-900, 10))
    assert bar.value() == 0 and not bar.isSliderDown()
    QTest.mouseMove(bar, at(bar, 0.5))
    assert bar.value() == 0


def test_keys_step(make: Make) -> None:
    bar, long = make(0, 100), make(1, 2000)
    bar.setValue(50)
    for key, value in (
        ("Right", 51),
        ("Up", 52),
        ("Left", 51),
        ("Down", 50),
        ("PageUp", 60),
        ("PageDown", 50),
    ):
        QTest.keyClick(bar, Qt.Key[f"Key_{key}"])
        assert bar.value() == value
    QTest.keyClick(bar, Qt.Key.Key_End)
    assert bar.value() == 100
    long.setValue(400)
    QTest.keyClick(long, Qt.Key.Key_Right)
    assert long.value() == 420  # by a twentieth
    long.setValue(3)
    QTest.keyClick(long, Qt.Key.Key_Left)
    assert long.value() == 2


def test_the_wheel_steps(make: Make) -> None:
    bar = make(0, 100)
    bar.setValue(50)
    for delta, value in ((120, 51), (-120, 50), (-120, 49)):
        event = QWheelEvent(
            QPointF(9, 9), bar.mapToGlobal(QPointF(9, 9)), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton,
            NONE, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(bar, event)
        assert bar.value() == value


@pytest.mark.parametrize(("key", "value"), [(Qt.Key.Key_Return, 33), (Qt.Key.Key_Escape, 50)])
def test_a_double_click_begins_to_type(make: Make, key: Qt.Key, value: int) -> None:
    bar = make(0, 100)
    bar.setValue(50)
    QTest.mouseClick(bar, LEFT, NONE, at(bar, 0.9))
    assert bar.value() == 90
    QTest.mouseDClick(bar, LEFT, NONE, at(bar, 0.9))
    assert bar.value() == 50 and bar.editor is not None  # what the first press did is taken back
    editor = bar.editor
    assert editor.hasFocus() and editor.value() == 50
    QTest.keyClicks(editor, "33")
    QTest.keyClick(editor, key)
    assert bar.value() == value and bar.editor is None
    assert not editor.isVisible()


def test_a_digit_begins_to_type_though_it_means_something_else_elsewhere(
    make: Make, window: QMainWindow
) -> None:
    pressed: list[str] = []
    action = QAction("Four", window)
    action.setShortcut("4")
    action.triggered.connect(lambda: pressed.append("4"))
    window.addAction(action)
    bar = make(0, 100)
    bar.setFocus()
    QTest.keyClick(bar, Qt.Key.Key_4)
    assert bar.editor is not None
    QTest.keyClicks(bar.editor, "2")
    QTest.keyClick(bar.editor, Qt.Key.Key_Return)
    assert bar.value() == 42 and not pressed
    window.setFocus()
    QTest.keyClick(window, Qt.Key.Key_4)
    assert pressed


def test_typing_ends_where_the_focus_goes(make: Make, window: QMainWindow) -> None:
    bar, other = make(0, 100), make(0, 100)
    bar.begin_typing()
    assert bar.editor is not None
    QTest.keyClicks(bar.editor, "77")
    other.setFocus()
    assert bar.value() == 77 and bar.editor is None
