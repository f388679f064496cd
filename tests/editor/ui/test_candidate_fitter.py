"""Candidates that must be fitted in are shown once that has been done, beside the window's thread."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from editor import candidate_fit, fill_layer
from editor.document.geometry import Bounds
from editor.document.layers import FillLayer, Group
from editor.document.recipe import FillRecipe
from editor.document.selection import rectangle
from editor.document.tiles import TileMap
from editor.session import Session
from editor.ui.main_window import MainWindow


class Fitting:
    """``fitted_over`` with a gate: it waits until it is opened, and notes on which threads it ran."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.gate = threading.Event()

    def __call__(self, root: Group, layer: FillLayer, recipe: FillRecipe, raw: TileMap) -> TileMap:
        self.threads.append(threading.current_thread())
        if threading.current_thread() is not threading.main_thread():
            assert self.gate.wait(20)
        return fill_layer.fitted_over(root, layer, recipe, raw)


@pytest.fixture
def fitting(monkeypatch: pytest.MonkeyPatch) -> Fitting:
    made = Fitting()
    monkeypatch.setattr(candidate_fit, "fitted_over", made)
    return made


@pytest.fixture
def filled(qtbot: QtBot, opened: MainWindow, fitting: Fitting) -> MainWindow:
    """Three candidates, blended in."""
    opened.activateWindow()
    front = session_of(opened)
    front.select_plane(rectangle(Bounds(100, 100, 60, 50)), "replace", "Select")
    with qtbot.waitSignal(opened.fills.ended, timeout=60_000):
        opened.fills.start(front, replace(opened.fill_panel.options(), count=3, seed=10, blend=100))
    assert not fitting.threads  # the first was fitted where it was made
    return opened


def session_of(window: MainWindow) -> Session:
    assert window.session is not None
    return window.session


def press(window: MainWindow, key: Qt.Key) -> None:
    QTest.keyClick(QApplication.focusWidget() or window, key)


def test_it_is_shown_when_it_is_ready(filled: MainWindow, fitting: Fitting, qtbot: QtBot) -> None:
    press(filled, Qt.Key.Key_Right)
    assert session_of(filled).previewed is None
    assert "Enter takes candidate 2" in filled.candidates._text.text()
    assert filled.candidates.view.currentIndex().row() == 1
    fitting.gate.set()
    qtbot.waitUntil(lambda: session_of(filled).previewed is not None, timeout=20_000)
    previewed = session_of(filled).previewed
    assert previewed is not None and previewed.number == 2
    assert all(thread is not threading.main_thread() for thread in fitting.threads)


def test_the_last_wish_counts(filled: MainWindow, fitting: Fitting, qtbot: QtBot) -> None:
    seen: list[int | None] = []
    front = session_of(filled)
    front.preview_changed.connect(lambda: seen.append(front.previewed.number if front.previewed else None))
    press(filled, Qt.Key.Key_Right)
    press(filled, Qt.Key.Key_Right)
    assert filled.candidates.view.currentIndex().row() == 2
    fitting.gate.set()
    qtbot.waitUntil(lambda: bool(seen), timeout=20_000)
    assert seen == [3]


def test_enter_takes_it_as_soon_as_it_is_ready(filled: MainWindow, fitting: Fitting, qtbot: QtBot) -> None:
    press(filled, Qt.Key.Key_Right)
    press(filled, Qt.Key.Key_Return)
    front = session_of(filled)
    assert front.history.labels[-1] != "Take candidate 2"
    fitting.gate.set()
    qtbot.waitUntil(lambda: front.history.labels[-1] == "Take candidate 2", timeout=20_000)
    layer = front.fill_layer
    assert layer is not None and layer.taken == 2 and layer.raw == layer.candidates[1].pixels
    assert all(thread is not threading.main_thread() for thread in fitting.threads)


def test_escape_drops_the_wish(filled: MainWindow, fitting: Fitting, qtbot: QtBot) -> None:
    press(filled, Qt.Key.Key_Right)
    press(filled, Qt.Key.Key_Return)
    press(filled, Qt.Key.Key_Escape)
    assert filled.candidates.view.currentIndex().row() == 0
    fitting.gate.set()
    with qtbot.waitSignal(filled.candidates._fitter.changed, timeout=20_000):
        press(filled, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: session_of(filled).previewed is not None, timeout=20_000)
    assert session_of(filled).history.labels[-1] != "Take candidate 2"


def test_what_has_changed_meanwhile_is_looked_at_again(
    filled: MainWindow, fitting: Fitting, qtbot: QtBot
) -> None:
    front = session_of(filled)
    press(filled, Qt.Key.Key_Right)
    below = front.document.root.children[0]
    front.set_layer(below, "opacity", 0.5)
    fitting.gate.set()
    qtbot.waitUntil(lambda: front.previewed is not None, timeout=20_000)
    layer, candidate = front.fill_layer, front.previewed
    assert layer is not None and layer.recipe is not None and candidate is not None
    expected = fill_layer.fitted_over(
        front.document.root, layer, layer.recipe.of(candidate), candidate.pixels
    )
    front.take_candidate(candidate)
    assert layer.pixels == expected


def test_run_again_is_fitted_beside_the_window_too(
    filled: MainWindow, fitting: Fitting, qtbot: QtBot
) -> None:
    front = session_of(filled)
    layer = front.fill_layer
    assert layer is not None
    fitting.gate.set()
    with qtbot.waitSignal(filled.fills.ended, timeout=60_000):
        filled.fills.start_again(front, layer)
    qtbot.waitUntil(lambda: layer.taken == 4, timeout=20_000)
    assert len(fitting.threads) == 1 and fitting.threads[0] is not threading.main_thread()
    assert not np.array_equal(
        layer.pixels.read(Bounds(100, 100, 60, 50)), layer.candidates[3].pixels.read(Bounds(100, 100, 60, 50))
    )


def test_closing_drops_what_waits(filled: MainWindow, fitting: Fitting) -> None:
    press(filled, Qt.Key.Key_Right)
    fitting.gate.set()
    session_of(filled).mark_clean()
    assert filled.close_tab() and filled.session is None


def test_a_stroke_that_is_begun_is_a_step_before_it(
    filled: MainWindow, fitting: Fitting, qtbot: QtBot
) -> None:
    front, canvas = session_of(filled), filled.canvas
    layer = front.fill_layer
    assert layer is not None and canvas is not None
    before, steps = layer.pixels.snapshot(), len(front.history.labels)
    press(filled, Qt.Key.Key_Right)
    press(filled, Qt.Key.Key_Return)
    filled.actions_.tools["paint-brush"].trigger()
    canvas.navigation.set_zoom(1)
    at = QPoint(*(round(each) for each in canvas.viewport.to_screen(125, 125)))
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    QTest.mouseMove(canvas, at + QPoint(10, 0))
    qtbot.waitUntil(lambda: layer.pixels != before, timeout=20_000)
    fitting.gate.set()
    qtbot.waitUntil(lambda: front.history.labels[-1] == "Take candidate 2", timeout=20_000)
    taken = layer.pixels.snapshot()
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at + QPoint(10, 0))
    assert front.history.labels[steps:] == ["Paint", "Take candidate 2"] and layer.pixels == taken
    front.history.go_to(steps)
    assert layer.pixels == before and layer.taken == 1
