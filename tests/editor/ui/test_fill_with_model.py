"""A fill with a model, at the window: what is shown before, while and after; the stand-in paints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from editor.document.layers import FillLayer
from editor.session import Session
from editor.settings import Settings
from editor.ui.main_window import MainWindow
from inference.geometry import Bounds
from inference.models.model import Model
from inference.models.store import ModelStore

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def served() -> str:
    return "kandinsky-2-2"


@pytest.fixture
def ready(qtbot: QtBot, opened: MainWindow, tmp_path: Path) -> MainWindow:
    """With a model chosen and a part of the picture selected."""
    parts = {}
    for part in ("prior", "inpaint", "generate"):
        folder = tmp_path / part
        folder.mkdir()
        parts[part] = str(folder)
    ModelStore().write(Model("kandinsky", "Kandinsky 2.2", "kandinsky-2-2", parts, {"inpaint/unet": 1 << 20}))
    opened.fill_panel.reload_models()
    qtbot.waitUntil(lambda: opened.fill_panel.choice_of("kandinsky") is not None)
    opened.fill_panel.choose_model("kandinsky")
    session = opened.session
    assert session is not None
    select(session, Bounds(100, 100, 60, 40))
    return opened


def select(session: Session, bounds: Bounds) -> None:
    session.select(bounds, np.full((bounds.height, bounds.width), 255, np.uint8), "replace", "Select")


def prompt(window: MainWindow, words: str) -> None:
    window.fill_panel._prompt.setText(words)


def button(window: MainWindow, name: str) -> QPushButton:
    return window.findChild(QPushButton, f"{name}-button")


def fill_layers(window: MainWindow) -> list[FillLayer]:
    session = window.session
    return [] if session is None else [x for x in session.document.layers() if isinstance(x, FillLayer)]


def test_the_running_picture_is_seen_on_the_canvas_and_goes(qtbot: QtBot, ready: MainWindow) -> None:
    canvas = ready.canvas
    assert canvas is not None
    prompt(ready, "preview")
    with qtbot.waitSignal(ready.fills.previewed, timeout=60_000):
        qtbot.mouseClick(button(ready, "fill"), LEFT)
    x, y = canvas.viewport.to_screen(130, 120)
    seen = canvas.grab().toImage().pixelColor(round(x), round(y))
    assert (seen.red(), seen.green(), seen.blue()) == (10, 200, 30)
    x, y = canvas.viewport.to_screen(20, 20)
    beyond = canvas.grab().toImage().pixelColor(round(x), round(y))
    assert (beyond.red(), beyond.green(), beyond.blue()) != (10, 200, 30)
    with qtbot.waitSignal(ready.fills.ended):
        qtbot.mouseClick(button(ready, "cancel"), LEFT)
    assert canvas._scene.running is None
    assert not fill_layers(ready)


def test_what_the_card_cannot_hold_may_run_on_the_processor(qtbot: QtBot, ready: MainWindow) -> None:
    prompt(ready, "too large")
    with qtbot.waitSignal(ready.fills.failed, timeout=60_000):
        qtbot.mouseClick(button(ready, "fill"), LEFT)
    assert "too little memory" in ready.messages.text
    offer = ready.messages.findChild(QPushButton, "offer-button")
    assert offer.text() == "Use the Processor"
    with qtbot.waitSignal(ready.fills.ended, timeout=60_000):
        qtbot.mouseClick(offer, LEFT)
    assert len(fill_layers(ready)) == 1
    assert ready.messages.text == ""


def test_a_layer_is_generated(qtbot: QtBot, ready: MainWindow) -> None:
    session = ready.session
    assert session is not None
    session.deselect()
    generate = button(ready, "generate")
    assert generate.isVisible() and not generate.isEnabled()
    assert not button(ready, "fill").isEnabled()
    prompt(ready, "a hat")
    assert generate.isEnabled()
    with qtbot.waitSignal(ready.fills.ended, timeout=60_000):
        qtbot.mouseClick(generate, LEFT)
    (layer,) = fill_layers(ready)
    assert layer.name == "Generated: a hat" and layer.mask is None
    assert layer.bounds().intersected(session.document.canvas) == session.document.canvas
    session.history.undo()
    assert not fill_layers(ready)


def test_what_earlier_fills_took_is_told_beside_the_button(qtbot: QtBot, ready: MainWindow) -> None:
    """The processor's share is known once the host has told its devices; the time after the first run."""
    told = ready.fill_panel._buttons._estimate
    qtbot.waitUntil(lambda: "the first run will tell" in told.text(), timeout=60_000)
    assert "processor" in told.text()
    prompt(ready, "a hat")
    with qtbot.waitSignal(ready.fills.ended, timeout=60_000):
        qtbot.mouseClick(button(ready, "fill"), LEFT)


def test_the_content_aware_engine_generates_nothing(ready: MainWindow) -> None:
    ready.fill_panel.choose_model("content-aware")
    assert not button(ready, "generate").isVisible()
    assert not ready.actions_["generate"].isEnabled()


@pytest.mark.parametrize(("count", "kept"), [(3, 1), (1, 0)])
def test_cancel_keeps_those_of_several_that_are_done(
    qtbot: QtBot, ready: MainWindow, settings: Settings, count: int, kept: int
) -> None:
    """Also one that has come, and is still being written when the user cancels."""
    settings["fill-count"] = count
    prompt(ready, "a hat")
    ready.fills.candidate_made.connect(ready.cancel_fill)
    with qtbot.waitSignal(ready.fills.ended, timeout=60_000):
        qtbot.mouseClick(button(ready, "fill"), LEFT)
    done: list[None] = []
    ready.fills._background.run(lambda: None, lambda *_: done.append(None))  # behind what is being written
    qtbot.waitUntil(lambda: bool(done))
    assert len(fill_layers(ready)) == kept
