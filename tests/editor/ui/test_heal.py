"""The spot healing brush in the real window, with pointer events and a real worker."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from editor.canvas_operations import extend_canvas
from editor.document.geometry import Bounds
from editor.document.selection import rectangle
from editor.document.tiles import Array8
from editor.files.formats import open_document
from editor.layer_operations import new_layer
from editor.render.compositor import composite
from editor.render.qimage import to_array
from editor.session import Session
from editor.ui.main_window import MainWindow
from inference.engines.engine import ENGINES
from inference.request import FillError

LEFT = Qt.MouseButton.LeftButton
SPOT, OTHER = (100, 80), (200, 80)


@pytest.fixture
def healing(opened: MainWindow) -> MainWindow:
    assert opened.canvas is not None
    opened.actions_.tools["heal"].trigger()
    opened.canvas.navigation.set_zoom(1)
    return opened


def session_of(window: MainWindow) -> Session:
    assert window.session is not None
    return window.session


def paint(window: MainWindow, x: int, y: int) -> None:
    """A click, which returns before anything of it can have come back."""
    assert window.canvas is not None
    place = QPoint(*(round(each) for each in window.canvas.viewport.to_screen(x, y)))
    QTest.mousePress(window.canvas, LEFT, Qt.KeyboardModifier.NoModifier, place)
    QTest.mouseRelease(window.canvas, LEFT, Qt.KeyboardModifier.NoModifier, place)


def until_healed(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.desk.heals.is_healing(window.session), timeout=20_000)


def picture_of(window: MainWindow) -> Array8:
    document = session_of(window).document
    return composite(document.root, document.canvas)


def is_healed(window: MainWindow, place: tuple[int, int]) -> bool:
    """The stand-in paints in colours that the picture has nowhere."""
    return bool(picture_of(window)[place[1], place[0], 1:3].tolist() == [90, 160])


def test_a_click_is_healed_as_one_step(healing: MainWindow, qtbot: QtBot) -> None:
    paint(healing, *SPOT)
    assert healing.desk.heals.is_healing(healing.session) and not session_of(healing).history.labels
    until_healed(healing, qtbot)
    assert session_of(healing).history.labels == ["Heal"] and is_healed(healing, SPOT)
    assert healing.actions_["undo"].isEnabled()
    healing.actions_["undo"].trigger()
    assert not is_healed(healing, SPOT)


def test_it_needs_nothing_of_the_fill_panel(healing: MainWindow, qtbot: QtBot) -> None:
    healing.settings["fill-engine"] = "kandinsky-2-2"
    paint(healing, *SPOT)
    until_healed(healing, qtbot)
    assert is_healed(healing, SPOT)


def test_quick_strokes_wait_and_come_in_order(healing: MainWindow, qtbot: QtBot) -> None:
    for x in (60, 120, 180, 240):
        paint(healing, x, 80)
    assert len(healing.desk.heals.strokes(session_of(healing))) == 4
    until_healed(healing, qtbot)
    assert session_of(healing).history.labels == ["Heal"] * 4
    assert [layer.name for layer in session_of(healing).document.layers()] == ["Background", "Healing"]
    healing.actions_["undo"].trigger()
    assert not is_healed(healing, (240, 80)) and is_healed(healing, (180, 80))


def test_what_waits_is_seen(healing: MainWindow, qtbot: QtBot) -> None:
    canvas = healing.canvas
    assert canvas is not None

    def at_spot() -> list[int]:
        x, y = canvas.viewport.to_screen(*SPOT)
        colours: list[int] = to_array(canvas.grab().toImage())[round(y), round(x), :3].tolist()
        return colours

    plain = at_spot()
    paint(healing, *SPOT)
    waiting = at_spot()
    assert np.abs(np.subtract(waiting, plain)).max() > 20
    until_healed(healing, qtbot)
    assert at_spot()[1:] == [90, 160]


def test_undo_takes_back_what_waits_first(healing: MainWindow, qtbot: QtBot) -> None:
    paint(healing, *SPOT)
    until_healed(healing, qtbot)
    paint(healing, *OTHER)
    paint(healing, 300, 80)
    for left in (1, 0):
        healing.actions_["undo"].trigger()
        assert len(healing.desk.heals.strokes(session_of(healing))) == left
    assert session_of(healing).history.labels == ["Heal"] and is_healed(healing, SPOT)
    paint(healing, *OTHER)
    until_healed(healing, qtbot)
    assert session_of(healing).history.labels == ["Heal"] * 2 and is_healed(healing, OTHER)


def test_escape_drops_all_that_waits(healing: MainWindow, qtbot: QtBot) -> None:
    for place in (SPOT, OTHER):
        paint(healing, *place)
    QTest.keyClick(healing.canvas, Qt.Key.Key_Escape)
    assert not healing.desk.heals.is_healing(healing.session)
    paint(healing, 300, 80)
    until_healed(healing, qtbot)
    assert session_of(healing).history.labels == ["Heal"]
    assert not is_healed(healing, SPOT) and is_healed(healing, (300, 80))


def test_another_tool_does_not_stop_it(healing: MainWindow, qtbot: QtBot) -> None:
    canvas = healing.canvas
    assert canvas is not None
    place = QPoint(*(round(each) for each in canvas.viewport.to_screen(*SPOT)))
    QTest.mousePress(canvas, LEFT, Qt.KeyboardModifier.NoModifier, place)
    healing.actions_.tools["hand"].trigger()  # the stroke is finished by that
    until_healed(healing, qtbot)
    assert is_healed(healing, SPOT)


def test_saved_is_what_is_there_and_the_rest_counts_as_unsaved(
    healing: MainWindow, qtbot: QtBot, tmp_path: Path, answer: Callable[..., list[str]]
) -> None:
    path = tmp_path / "healed.ora"
    answer(path=path)
    paint(healing, *SPOT)
    until_healed(healing, qtbot)
    assert healing.save_as() and not session_of(healing).is_modified
    kept = open_document(path)
    assert [getattr(layer, "heals", None) for layer in kept.layers()] == [False, True]
    paint(healing, *OTHER)
    assert healing.save()
    until_healed(healing, qtbot)
    assert session_of(healing).is_modified and is_healed(healing, OTHER)


def test_closing_asks_and_drops_what_waits(
    healing: MainWindow, qtbot: QtBot, answer: Callable[..., list[str]]
) -> None:
    asked = answer(QMessageBox.StandardButton.Cancel)
    paint(healing, *SPOT)
    assert not healing.close_tab() and len(asked) == 1
    answer(QMessageBox.StandardButton.Discard)
    paint(healing, *OTHER)
    assert healing.close_tab() and healing.session is None
    assert not healing.desk.heals.is_healing(None)


def test_it_is_told_what_a_first_stroke_waits_for(healing: MainWindow, qtbot: QtBot) -> None:
    paint(healing, *SPOT)
    healing.desk.heals._slow.timeout.emit()
    assert healing.statusBar().currentMessage() == "Healing, once the engine has started…"
    until_healed(healing, qtbot)
    assert not healing.statusBar().currentMessage()
    paint(healing, *OTHER)
    healing.desk.heals._slow.timeout.emit()
    assert healing.statusBar().currentMessage() == "Healing…"
    until_healed(healing, qtbot)
    assert not healing.statusBar().currentMessage()


def test_what_is_selected_after_a_stroke_does_not_count(healing: MainWindow, qtbot: QtBot) -> None:
    paint(healing, *SPOT)
    session_of(healing).select(Bounds(300, 200, 10, 10), np.full((10, 10), 255, np.uint8), "replace", "Far")
    until_healed(healing, qtbot)
    assert is_healed(healing, SPOT)


def test_a_canvas_that_has_become_another_is_told(healing: MainWindow, qtbot: QtBot) -> None:
    paint(healing, *SPOT)
    with qtbot.waitSignal(healing.desk.heals.failed, timeout=20_000) as failed:
        extend_canvas(session_of(healing), 10, 0, 0, 0)
    (error,) = failed.args or [None]
    assert isinstance(error, FillError) and "canvas" in error.message
    assert "canvas" in healing.messages.text
    assert session_of(healing).history.labels == ["Extend the canvas"]


def test_what_cannot_be_healed_is_told_and_the_next_goes_on(healing: MainWindow, qtbot: QtBot) -> None:
    session = session_of(healing)
    assert session.active is not None
    healing.settings["heal-sample"] = "layer"
    session.set_layer(session.active, "locked", True)
    with qtbot.waitSignal(healing.desk.heals.failed, timeout=20_000):
        paint(healing, *SPOT)
    assert "locked" in healing.messages.text
    new_layer(session)
    healing.settings["heal-sample"] = "below"
    paint(healing, *OTHER)
    until_healed(healing, qtbot)
    assert is_healed(healing, OTHER)


def test_a_host_that_dies_costs_one_stroke(healing: MainWindow, qtbot: QtBot) -> None:
    worker = healing.desk.heals._worker
    with qtbot.waitSignal(worker.job_ended, timeout=20_000):  # which comes after the result
        paint(healing, *SPOT)
    pid = worker.host_pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)  # it cannot answer before it dies
    paint(healing, *OTHER)
    with qtbot.waitSignal(healing.desk.heals.failed, timeout=20_000):
        qtbot.waitUntil(lambda: healing.desk.heals._waiting[0].prepared is not None, timeout=20_000)
        os.kill(pid, signal.SIGKILL)
    paint(healing, *OTHER)
    until_healed(healing, qtbot)
    assert is_healed(healing, OTHER)


def test_while_a_fill_runs_strokes_wait_for_it(
    healing: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = session_of(healing)
    monkeypatch.setitem(ENGINES, "content-aware", replace(ENGINES["content-aware"], prompt=True))
    session.select_plane(rectangle(Bounds(300, 200, 40, 40)), "replace", "Select")
    with qtbot.waitSignal(healing.fills.progressed, timeout=20_000):
        healing.fills.start(session, replace(healing.fill_panel.options(), prompt="forever"))
    session.deselect()
    paint(healing, *SPOT)
    qtbot.waitUntil(lambda: healing.desk.heals._waiting[0].prepared is not None, timeout=20_000)
    assert healing.is_filling and healing.desk.heals.is_healing(session)
    healing.cancel_fill()
    until_healed(healing, qtbot)
    assert is_healed(healing, SPOT) and session.history.labels == ["Select", "Deselect", "Heal"]
