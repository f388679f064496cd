"""What the window shows of a fill before it runs: with the pointer on the button, in the real window."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from editor.document.tiles import Array8
from editor.render.qimage import to_array
from editor.settings import Settings
from editor.ui.main_window import MainWindow
from inference.geometry import Bounds

PART = Bounds(150, 110, 90, 70)


def seen(window: MainWindow) -> Array8:
    assert window.canvas is not None
    return to_array(window.canvas.grab().toImage())


def share_changed(a: Array8, b: Array8) -> float:
    return float((np.abs(a.astype(int) - b) > 12).any(-1).mean())


def test_the_plan_is_there_while_the_pointer_is_on_the_button(
    opened: MainWindow, qtbot: QtBot, settings: Settings
) -> None:
    session = opened.session
    assert session is not None and opened.canvas is not None
    opened.actions_.tools["hand"].trigger()
    opened.canvas.navigation.set_zoom(1)
    button = opened.findChild(QPushButton, "fill-button")
    plain = seen(opened)
    QApplication.sendEvent(button, QEvent(QEvent.Type.Enter))
    assert np.array_equal(seen(opened), plain)  # nothing is selected
    session.select(PART, np.full((PART.height, PART.width), 255, np.uint8), "replace", "Select")
    QApplication.sendEvent(button, QEvent(QEvent.Type.Leave))
    plain = seen(opened)
    QApplication.sendEvent(button, QEvent(QEvent.Type.Enter))
    planned = seen(opened)
    assert share_changed(planned, plain) > 0.01
    settings["fill-context"] = "tight"
    assert share_changed(seen(opened), planned) > 0.01  # less is seen
    with qtbot.waitSignal(opened.fills.ended, timeout=20_000):
        opened.start_fill()
        running = seen(opened)
    assert share_changed(running, plain) < 0.01
    QApplication.sendEvent(button, QEvent(QEvent.Type.Leave))
