"""The Fill panel's rows for the drawn box and for where to copy from, in the real window."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from editor.document.document import Document
from editor.document.layers import FillLayer
from editor.document.selection import rectangle
from editor.document.tiles import Array8
from editor.render.qimage import to_array
from editor.session import Session
from editor.ui.main_window import MainWindow
from inference.geometry import Bounds, Extent

LEFT = Qt.MouseButton.LeftButton
HOLE, SOURCE = Bounds(60, 60, 50, 40), Bounds(250, 150, 100, 90)


def session_of(window: MainWindow) -> Session:
    assert window.session is not None
    return window.session


def select(window: MainWindow, bounds: Bounds) -> None:
    session_of(window).select_plane(rectangle(bounds), "replace", "Select")


def button(window: MainWindow, name: str) -> QPushButton | QToolButton:
    found = window.findChild(QPushButton, name) or window.findChild(QToolButton, name)
    assert isinstance(found, QPushButton | QToolButton)
    return found


def click(window: MainWindow, name: str) -> None:
    QTest.mouseClick(button(window, name), LEFT)


def seen(window: MainWindow) -> Array8:
    assert window.canvas is not None
    return to_array(window.canvas.grab().toImage())


@pytest.fixture
def at_one(opened: MainWindow) -> MainWindow:
    assert opened.canvas is not None
    opened.actions_.tools["hand"].trigger()
    opened.canvas.navigation.set_zoom(1)
    return opened


def test_what_is_selected_becomes_the_source_and_the_fill_heeds_it(at_one: MainWindow, qtbot: QtBot) -> None:
    assert not button(at_one, "use-selection-as-source").isEnabled()
    assert not at_one.actions_["fill-source"].isEnabled()
    plain = seen(at_one)
    select(at_one, SOURCE)
    click(at_one, "use-selection-as-source")
    assert not session_of(at_one).document.selection and not button(at_one, "no-source").isHidden()
    outlined = seen(at_one)
    assert (np.abs(outlined.astype(int) - plain) > 40).any(-1).sum() > 200, "its outline is seen"
    select(at_one, HOLE)
    with qtbot.waitSignal(at_one.fills.filled, timeout=20_000):
        at_one.start_fill()
    layer = session_of(at_one).active
    assert isinstance(layer, FillLayer) and layer.recipe is not None
    assert layer.recipe.source.content_bounds() == SOURCE
    qtbot.waitUntil(lambda: not at_one.fills.is_running, timeout=20_000)
    session_of(at_one).history.undo()
    click(at_one, "no-source")
    assert session_of(at_one).limits.source is None and not at_one.actions_["fill-everywhere"].isEnabled()
    assert at_one.fill_panel.options().source is None


def test_the_menu_does_the_same(at_one: MainWindow) -> None:
    select(at_one, SOURCE)
    at_one.actions_["fill-source"].trigger()
    assert at_one.fill_panel.options().source == rectangle(SOURCE)
    at_one.actions_["fill-everywhere"].trigger()
    assert at_one.fill_panel.options().source is None


def test_a_box_is_asked_for_drawn_and_taken_away(at_one: MainWindow) -> None:
    canvas, panel = at_one.canvas, at_one.fill_panel
    assert canvas is not None
    row = button(at_one, "draw-context-box").parentWidget()
    assert isinstance(row, QWidget) and row.isHidden()
    at_one.settings["fill-context"] = "box"
    assert not row.isHidden()
    assert panel.options().context == "auto", "until there is one"
    click(at_one, "draw-context-box")
    assert canvas.tool is not None and canvas.tool.info.id == "context-box"
    start, end = (QPoint(*(round(v) for v in canvas.viewport.to_screen(*p))) for p in ((20, 10), (320, 290)))
    QTest.mousePress(canvas, LEFT, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(canvas, (start + end) / 2)
    QTest.mouseRelease(canvas, LEFT, Qt.KeyboardModifier.NoModifier, end)
    options = panel.options()
    assert options.context == "box" and options.context_box is not None
    assert abs(options.context_box.width - 300) <= 2
    select(at_one, HOLE)
    before = seen(at_one)
    QApplication.sendEvent(button(at_one, "fill-button"), QEvent(QEvent.Type.Enter))
    assert (seen(at_one) != before).any(), "the plan shows it"
    click(at_one, "no-context-box")
    assert panel.options().context == "auto" and session_of(at_one).limits.box is None


def test_each_picture_has_its_own(at_one: MainWindow) -> None:
    first = session_of(at_one)
    first.limits.set_source(rectangle(SOURCE))
    at_one.add_session(Session(Document(Extent(300, 200))))
    assert at_one.fill_panel.options().source is None
    assert button(at_one, "no-source").isHidden()
    at_one.tabs.setCurrentIndex(0)
    assert at_one.session is first and at_one.fill_panel.options().source == rectangle(SOURCE)


def test_a_picture_from_a_prompt_has_none(at_one: MainWindow) -> None:
    session_of(at_one).limits.set_source(rectangle(SOURCE))
    session_of(at_one).limits.set_box(SOURCE)
    at_one.settings["fill-context"] = "box"
    asked = at_one.fill_panel.generation_options()
    assert asked.source is None and asked.context == "auto" and asked.context_box is None
