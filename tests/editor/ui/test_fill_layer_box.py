"""The sliders of a fill layer, driven with the mouse in the real window; running again; a fill that is out of date."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from editor.document.layers import FillLayer, PaintLayer
from editor.document.tiles import Array8
from editor.fill_layer import look, tuned
from editor.history.commands import ChangeTiles
from editor.render.compositor import composite
from editor.ui.fill_layer_box import FillLayerBox
from editor.ui.layers_model import DETAIL_ROLE, OUTDATED
from editor.ui.layers_view import LayersView
from editor.ui.main_window import MainWindow
from inference.geometry import Bounds

PART = Bounds(150, 110, 90, 70)
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def filled(opened: MainWindow, qtbot: QtBot) -> MainWindow:
    """With a fill layer, which is active."""
    session = opened.session
    assert session is not None
    session.select(PART, np.full((PART.height, PART.width), 255, np.uint8), "replace", "Select")
    with qtbot.waitSignal(opened.fills.ended, timeout=20_000):
        opened.start_fill()
    assert session.fill_layer is not None
    return opened


@pytest.fixture
def box(filled: MainWindow) -> FillLayerBox:
    found = filled.findChild(FillLayerBox)
    assert found.isVisible()
    return found


def layer_of(window: MainWindow) -> FillLayer:
    assert window.session is not None and window.session.fill_layer is not None
    return window.session.fill_layer


def settle(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.desk.tuner.is_busy, timeout=20_000)


def drag(box: FillLayerBox, name: str, to: float, qtbot: QtBot) -> None:
    """In steps from the left end to a part of the bar's length."""
    bar = box.bars[name]
    qtbot.mousePress(bar, LEFT, pos=QPoint(1, 10))
    for share in (0.2, 0.5, 0.8, 1.0):
        qtbot.mouseMove(bar, QPoint(round(1 + (bar.width() - 2) * to * share), 10))
    qtbot.mouseRelease(bar, LEFT, pos=QPoint(round(1 + (bar.width() - 2) * to), 10))


def shown(window: MainWindow) -> Array8:
    assert window.session is not None
    return composite(window.session.document.root, window.session.document.canvas)


def test_it_is_there_for_fill_layers_alone(filled: MainWindow, box: FillLayerBox) -> None:
    session = filled.session
    assert session is not None
    recipe = layer_of(filled).recipe
    assert recipe is not None
    assert {name: bar.value() for name, bar in box.bars.items()} == {
        name: getattr(recipe, name) for name in box.bars
    }
    session.active = session.document.root.children[0]
    assert box.isHidden()
    session.active = session.document.root.children[1]
    assert box.isVisible()


def test_a_drag_acts_and_is_one_step(filled: MainWindow, box: FillLayerBox, qtbot: QtBot) -> None:
    session, layer = filled.session, layer_of(filled)
    assert session is not None and layer.recipe is not None
    before, steps = shown(filled), len(session.history.labels)
    drag(box, "blend", 0.6, qtbot)
    settle(filled, qtbot)
    value = box.bars["blend"].value()
    assert 50 < value < 70 and layer.recipe.blend == value
    assert len(session.history.labels) == steps + 1
    assert session.history.labels[-1] == f"Blend of {layer.name}"
    made = look(session.document.root, layer, layer.recipe)
    assert (layer.pixels, layer.mask) == (made.pixels, made.mask)
    assert not np.array_equal(shown(filled), before)
    session.history.undo()
    assert np.array_equal(shown(filled), before)
    assert box.bars["blend"].value() == layer.recipe.blend == 0
    drag(box, "colour_match", 1.0, qtbot)
    drag(box, "grain", 1.0, qtbot)
    settle(filled, qtbot)
    assert (layer.recipe.colour_match, layer.recipe.grain) == (100, 100)
    assert len(session.history.labels) == steps + 2


def test_a_mask_reaches_no_farther_than_was_painted(
    filled: MainWindow, box: FillLayerBox, qtbot: QtBot
) -> None:
    layer = layer_of(filled)
    drag(box, "feather", 1.0, qtbot)
    settle(filled, qtbot)
    assert layer.recipe is not None
    assert layer.recipe.grow + layer.recipe.feather == sum(layer.recipe.repainted)
    assert box.bars["feather"].value() == layer.recipe.feather


def test_what_is_undone_while_it_is_made_stays_undone(
    filled: MainWindow, box: FillLayerBox, qtbot: QtBot
) -> None:
    session, layer = filled.session, layer_of(filled)
    assert session is not None and layer.recipe is not None
    box.bars["grain"].setValue(80)
    session.document.set_property(layer, "recipe", tuned(layer.recipe, blend=10))  # as an undo does
    settle(filled, qtbot)
    assert (layer.recipe.grain, layer.recipe.blend) == (0, 10)


def test_without_a_mask_nothing_can_be_tuned(filled: MainWindow, box: FillLayerBox) -> None:
    session = filled.session
    assert session is not None
    filled.actions_["mask-delete"].trigger()
    assert not any(bar.isEnabled() for bar in box.bars.values())
    session.history.undo()
    assert all(bar.isEnabled() for bar in box.bars.values())


def test_running_again_makes_and_takes_a_further_candidate_of_what_lies_below(
    filled: MainWindow, box: FillLayerBox, qtbot: QtBot
) -> None:
    session, layer = filled.session, layer_of(filled)
    assert session is not None
    first, count = layer.candidates[0], len(session.document.root.children)
    button = box.findChild(QPushButton, "run-again")
    with qtbot.waitSignal(filled.fills.ended, timeout=20_000):
        qtbot.mouseClick(button, LEFT)
        assert not button.isEnabled()
    assert button.isEnabled()
    assert [each.number for each in layer.candidates] == [1, 2]
    assert layer.taken == 2 and layer.recipe is not None
    assert layer.recipe.seed == layer.candidates[1].seed != first.seed
    assert len(session.document.root.children) == count
    session.history.undo()
    assert layer.taken == 1


def test_it_says_when_what_lies_below_has_changed(
    filled: MainWindow, box: FillLayerBox, qtbot: QtBot
) -> None:
    session, layer = filled.session, layer_of(filled)
    assert session is not None
    background = session.document.root.children[0]
    assert isinstance(background, PaintLayer)
    patch = background.pixels.patch(Bounds(120, 90, 8, 8), np.full((8, 8, 4), 255, np.uint8))
    session.history.do(ChangeTiles("Paint", session.document, background, "pixels", patch))
    with qtbot.waitSignal(filled.desk.tuner.looked, timeout=20_000):
        pass
    assert session.outdated == {layer.id}
    view, note = filled.findChild(LayersView), box.findChild(QLabel, "fill-layer-note")
    assert view.model().index(0, 0).data(DETAIL_ROLE).startswith(OUTDATED)
    assert OUTDATED in note.text()
    session.history.undo()
    with qtbot.waitSignal(filled.desk.tuner.looked, timeout=20_000):
        pass
    assert not session.outdated
    assert not note.text()


@pytest.mark.parametrize("finished", [False, True])
def test_what_is_painted_meanwhile_stays(
    filled: MainWindow, box: FillLayerBox, qtbot: QtBot, finished: bool
) -> None:
    session, canvas, layer = filled.session, filled.canvas, layer_of(filled)
    assert session is not None and canvas is not None
    filled.actions_.tools["paint-brush"].trigger()
    canvas.navigation.set_zoom(1)
    steps, before = len(session.history.labels), layer.pixels.snapshot()
    at = QPoint(*(round(each) for each in canvas.viewport.to_screen(190, 140)))
    box.edited.emit("grow", 5)
    assert filled.desk.tuner.is_busy
    QTest.mousePress(canvas, LEFT, Qt.KeyboardModifier.NoModifier, at)
    if finished:
        QTest.mouseRelease(canvas, LEFT, Qt.KeyboardModifier.NoModifier, at)
    painted = layer.pixels.snapshot()
    assert painted != before
    settle(filled, qtbot)
    QTest.mouseRelease(canvas, LEFT, Qt.KeyboardModifier.NoModifier, at)
    assert layer.pixels.read(PART).tobytes() == painted.read(PART).tobytes()
    assert session.history.labels[steps] == "Paint"
    session.history.go_to(steps)
    assert layer.pixels == before
