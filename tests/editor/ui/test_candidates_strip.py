"""The candidates of a fill as their user meets them: arriving one by one, looked at with keys, taken, painted in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from editor.document.layers import FillLayer
from editor.render.compositor import composite
from editor.settings import Settings
from editor.ui.main_window import MainWindow
from inference.geometry import Bounds
from tests.editor.render.test_colour import P3, in_srgb

Answer = Callable[..., list[str]]
NONE, ALT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.AltModifier
Key = Qt.Key
INSIDE = (110, 110)
"""A place within what is filled."""


def begin(window: MainWindow, count: int = 3, seed: int = 10) -> None:
    box = Bounds(100, 100, 60, 50)
    shape = np.full((box.height, box.width), 255, np.uint8)
    window.session.select(box, shape, "replace", "Select")
    options = replace(window.fill_panel.options(), count=count, seed=seed)
    window.fills.start(window.session, options)


def fill(qtbot: QtBot, window: MainWindow, count: int = 3, seed: int = 10) -> FillLayer:
    with qtbot.waitSignal(window.fills.ended, timeout=60_000):
        begin(window, count, seed)
    layer = window.session.fill_layer
    assert layer is not None
    return layer


def press(window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(QApplication.focusWidget() or window, key, modifier)


def seen(window: MainWindow) -> int:
    """The red of a pixel inside the fill on the screen: the stand-in engine paints the seed's colour."""
    projection = window.session.projection
    projection.update(window.session.document.canvas)
    return int(projection.read(window.session.document.canvas)[INSIDE][2])


def inside(window: MainWindow) -> int:
    """The same in the document."""
    return int(composite(window.session.document.root, window.session.document.canvas)[INSIDE][0])


@pytest.fixture
def filled(qtbot: QtBot, opened: MainWindow) -> MainWindow:
    """With a fill of three candidates, of seeds 10, 11 and 12."""
    opened.activateWindow()
    fill(qtbot, opened)
    return opened


def test_they_become_one_layer_and_one_step(filled: MainWindow) -> None:
    assert [type(layer).__name__ for layer in filled.session.document.root.children] == [
        "PaintLayer",
        "FillLayer",
    ]
    layer = filled.session.fill_layer
    assert [candidate.seed for candidate in layer.candidates] == [10, 11, 12]
    assert layer.taken == 1 and inside(filled) == seen(filled) == 10
    assert filled.session.history.labels == ["Select", "Content-aware fill"]
    assert filled.session.is_modified and filled.isWindowModified()


def test_the_strip_has_the_keys_after_the_fill(filled: MainWindow) -> None:
    strip = filled.candidates
    assert not strip.isHidden() and strip.has_focus
    assert "Candidate 1 is in the picture" in strip._text.text()
    assert strip.view.currentIndex().row() == 0
    tips = [strip._model.index(row, 0).data(Qt.ItemDataRole.ToolTipRole) for row in range(3)]
    assert "Candidate 1 (taken)" in tips[0] and "Seed 12" in tips[2]


def test_arrows_preview_enter_takes_undo_takes_back(filled: MainWindow) -> None:
    press(filled, Key.Key_Right)
    assert (seen(filled), inside(filled)) == (11, 10)
    press(filled, Key.Key_Right)
    press(filled, Key.Key_Right)  # there is no fourth
    assert (seen(filled), inside(filled)) == (12, 10)
    assert "Enter takes candidate 3" in filled.candidates._text.text()
    assert filled.session.history.labels == ["Select", "Content-aware fill"]
    press(filled, Key.Key_Return)
    assert (seen(filled), inside(filled)) == (12, 12)
    assert filled.session.history.labels[-1] == "Take candidate 3"
    assert filled.session.fill_layer.recipe.seed == 12
    assert filled.canvas.hasFocus()
    filled.actions_["undo"].trigger()
    assert (seen(filled), inside(filled)) == (10, 10)
    assert filled.candidates.view.currentIndex().row() == 0
    filled.actions_["redo"].trigger()
    assert inside(filled) == 12
    assert filled.candidates.view.currentIndex().row() == 2


def test_escape_goes_back_and_changes_nothing(filled: MainWindow) -> None:
    press(filled, Key.Key_End)
    assert seen(filled) == 12
    press(filled, Key.Key_Escape)
    assert (seen(filled), inside(filled)) == (10, 10)
    assert filled.candidates.view.currentIndex().row() == 0
    assert not filled.actions_["candidate-take"].isEnabled()
    press(filled, Key.Key_Return)  # nothing is previewed
    assert len(filled.session.history.labels) == 2


def test_from_the_canvas_with_alt_and_with_enter(filled: MainWindow) -> None:
    filled.canvas.setFocus()
    press(filled, Key.Key_Right, ALT)
    assert seen(filled) == 11 and filled.canvas.hasFocus()
    press(filled, Key.Key_Left, ALT)
    assert seen(filled) == 10
    press(filled, Key.Key_Right, ALT)
    press(filled, Key.Key_Return)
    assert inside(filled) == 11
    press(filled, Key.Key_Right, ALT)
    press(filled, Key.Key_Escape)
    assert (seen(filled), inside(filled)) == (11, 11)
    press(filled, Key.Key_Right, ALT)
    press(filled, Key.Key_Return, ALT)
    assert inside(filled) == 12


def test_with_the_mouse(qtbot: QtBot, filled: MainWindow) -> None:
    view = filled.candidates.view
    place = view.visualRect(view.model().index(1, 0)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert (seen(filled), inside(filled)) == (11, 10)
    qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert inside(filled) == 11
    place = view.visualRect(view.model().index(2, 0)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseClick(filled.findChild(QPushButton, "take-candidate"), Qt.MouseButton.LeftButton)
    assert inside(filled) == 12
    assert filled.canvas.hasFocus()


def test_one_is_painted_into_another_with_the_mask_brush(filled: MainWindow, settings: Settings) -> None:
    press(filled, Key.Key_Right)
    filled.actions_.tools["mask-brush"].trigger()
    settings["brush-size"] = 20
    canvas = filled.canvas
    points = [QPointF(*canvas.viewport.to_screen(x, 110)).toPoint() for x in (108, 112)]
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, NONE, points[0])
    QTest.mouseMove(canvas, points[1])
    assert "inside the selection" in filled.candidates._text.text()  # already while it is painted
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, NONE, points[1])
    before = composite(filled.session.document.root, filled.session.document.canvas)
    assert (seen(filled), inside(filled)) == (11, 10)
    press(filled, Key.Key_Return)
    after = composite(filled.session.document.root, filled.session.document.canvas)
    selection = filled.session.document.selection.read(filled.session.document.canvas)
    assert selection[INSIDE] == 255 and inside(filled) == 11
    assert np.array_equal(after[selection == 0], before[selection == 0])
    assert filled.session.history.labels[-1] == "Paint candidate 2 into the fill"
    assert "A mix of candidates" in filled.candidates._text.text()
    assert not filled.candidates.view.currentIndex().isValid()
    press(filled, Key.Key_Left, ALT)  # from a mix to the last
    assert filled.candidates.view.currentIndex().row() == 2
    filled.actions_["undo"].trigger()
    press(filled, Key.Key_Escape)
    assert np.array_equal(composite(filled.session.document.root, filled.session.document.canvas), before)
    assert "Candidate 1 is in the picture" in filled.candidates._text.text()


def test_the_others_can_be_discarded(filled: MainWindow) -> None:
    press(filled, Key.Key_Right)
    press(filled, Key.Key_Return)
    discard = filled.actions_["candidates-discard"]
    assert discard.isEnabled()
    discard.trigger()
    assert [each.number for each in filled.session.fill_layer.candidates] == [2]
    assert filled.candidates.isHidden() and not discard.isEnabled()
    assert not filled.actions_["candidate-next"].isEnabled()
    filled.actions_["undo"].trigger()
    assert not filled.candidates.isHidden() and len(filled.session.fill_layer.candidates) == 3


def test_the_strip_is_there_for_a_layer_that_has_some(filled: MainWindow) -> None:
    session = filled.session
    fill_layer = session.fill_layer
    press(filled, Key.Key_Right)
    session.active = session.document.root.children[0]
    assert filled.candidates.isHidden() and seen(filled) == 10
    assert not filled.candidates.has_focus
    session.active = fill_layer
    assert not filled.candidates.isHidden()
    filled.actions_["undo"].trigger()
    assert filled.candidates.isHidden()


def test_one_candidate_needs_no_strip(qtbot: QtBot, opened: MainWindow) -> None:
    layer = fill(qtbot, opened, count=1)
    assert len(layer.candidates) == 1 and layer.taken == 1
    assert opened.candidates.isHidden()
    assert not opened.actions_["candidates-discard"].isEnabled()


def test_places_stand_for_those_that_are_still_made(qtbot: QtBot, opened: MainWindow) -> None:
    counts: list[tuple[int, int]] = []

    def look() -> None:
        model = opened.candidates._model
        done = sum(model.candidate_at(model.index(row, 0)) is not None for row in range(model.rowCount()))
        counts.append((done, model.rowCount()))
        opened.candidates.grab()

    opened.fills.started.connect(look)
    opened.fills.filled.connect(look)
    with qtbot.waitSignal(opened.fills.ended, timeout=60_000):
        begin(opened, count=3)
        assert not opened.candidates.isHidden()
        assert opened.candidates._text.text() == "3 candidates are being made"
        press(opened, Key.Key_Right, ALT)  # there is none to be looked at yet
        assert opened.session.previewed is None
    assert counts == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_it_is_looked_at_while_further_ones_are_made(qtbot: QtBot, opened: MainWindow) -> None:
    chosen: list[int] = []

    def look() -> None:
        if len(opened.session.fill_layer.candidates) == 2:
            opened.candidates.step(1)
            chosen.append(seen(opened))

    opened.fills.filled.connect(look)
    fill(qtbot, opened, count=4)
    assert chosen == [11]
    assert seen(opened) == 11 and opened.candidates.view.currentIndex().row() == 1


def test_what_can_be_redone_stays_when_one_arrives(qtbot: QtBot, opened: MainWindow) -> None:
    tails: list[bool] = []

    def back_and_look() -> None:
        history = opened.session.history
        if len(opened.session.fill_layer.candidates if opened.session.fill_layer else ()) == 1:
            history.undo()
        tails.append(history.can_redo)

    opened.fills.filled.connect(back_and_look)
    with qtbot.waitSignal(opened.fills.ended, timeout=60_000):
        begin(opened, count=3)
    assert tails == [True, True, True]
    opened.actions_["redo"].trigger()
    assert len(opened.session.fill_layer.candidates) == 3


def test_cancel_keeps_those_that_are_there(qtbot: QtBot, opened: MainWindow) -> None:
    opened.activateWindow()
    opened.fills.filled.connect(opened.cancel_fill)
    layer = fill(qtbot, opened, count=60)
    assert not opened.is_filling
    qtbot.waitUntil(lambda: opened.candidates._model.rowCount() in (0, len(layer.candidates)))
    assert 1 <= len(layer.candidates) < 60
    assert inside(opened) == 10


def test_a_name_that_is_being_typed_is_not_cut_off(qtbot: QtBot, opened: MainWindow) -> None:
    opened.activateWindow()
    view = opened.layers_panel._view

    def rename() -> None:
        if len(opened.session.fill_layer.candidates) == 1:
            view.setFocus()
            view.edit(view.currentIndex())
            view.findChild(QLineEdit).setFocus()

    opened.fills.filled.connect(rename)
    fill(qtbot, opened)
    assert isinstance(QApplication.focusWidget(), QLineEdit)
    assert not opened.candidates.has_focus


def test_two_fills_each_have_their_own(qtbot: QtBot, filled: MainWindow) -> None:
    first = filled.session.fill_layer
    second = fill(qtbot, filled, count=2, seed=30)
    assert second is not first and [each.seed for each in second.candidates] == [30, 31]
    assert filled.candidates._model.rowCount() == 2
    filled.session.active = first
    assert filled.candidates._model.rowCount() == 3


def test_a_fill_given_up_before_the_first_leaves_the_keys_where_they_are(filled: MainWindow) -> None:
    filled.canvas.setFocus()
    begin(filled, count=3)
    assert filled.candidates._model.candidate_at(filled.candidates._model.index(0, 0)) is None
    filled.cancel_fill()
    assert filled.candidates._model.rowCount() == 3  # those of the active layer again
    assert filled.canvas.hasFocus()


def test_a_preview_is_neither_saved_nor_filled_upon(
    qtbot: QtBot, filled: MainWindow, tmp_path: Path, answer: Answer
) -> None:
    press(filled, Key.Key_Right)
    assert seen(filled) == 11
    answer(path=tmp_path / "copy.png")
    filled.actions_["export"].trigger()
    assert filled.session.previewed is None and seen(filled) == 10
    with Image.open(tmp_path / "copy.png") as image:
        assert np.asarray(image)[INSIDE][0] == 10
    press(filled, Key.Key_Right, ALT)
    second = fill(qtbot, filled, count=1, seed=30)
    assert second.candidates[0].number == 1 and seen(filled) == 30


def test_they_are_in_the_screens_colours(qtbot: QtBot, opened: MainWindow) -> None:
    opened.session.document.metadata.icc_profile = P3
    fill(qtbot, opened, count=2, seed=200)
    model = opened.candidates._model
    image = model.index(0, 0).data(Qt.ItemDataRole.DecorationRole).toImage()
    seen = image.pixelColor(image.width() // 2, image.height() // 2).getRgb()[:3]
    assert np.abs(np.array(seen) - in_srgb((200, 90, 160))).max() <= 2


def test_they_are_saved_and_come_back(filled: MainWindow, tmp_path: Path, answer: Answer) -> None:
    press(filled, Key.Key_Right)
    press(filled, Key.Key_Return)
    answer(path=tmp_path / "photo.ora")
    filled.actions_["save-as"].trigger()
    assert not filled.session.is_modified
    candidates = filled.session.fill_layer.candidates
    assert filled.close_tab()
    filled.open_paths([tmp_path / "photo.ora"])
    assert filled.session.fill_layer.candidates == candidates and filled.session.fill_layer.taken == 2
    assert not filled.candidates.isHidden()
    filled.candidates.step(1)
    assert seen(filled) == 12


# What a crash must not take


def test_where_nothing_can_be_written_that_is_told_and_all_are_shown(
    qtbot: QtBot, opened: MainWindow, own_folders: Path
) -> None:
    (own_folders / "state").write_bytes(b"not a folder")
    told: list[str] = []
    opened.journals.told.connect(told.append)
    layer = fill(qtbot, opened)
    qtbot.waitUntil(lambda: bool(told))
    assert len(layer.candidates) == 3 and inside(opened) == 10
    assert len(told) == 1 and "A crash would lose" in told[0]


def test_the_menu_names_the_keys(opened: MainWindow) -> None:
    entries: list[QAction] = opened.actions_.menus["&Layer"].actions()
    keys = {action.objectName(): action.shortcut().toString() for action in entries}
    assert keys["candidate-previous"] == "Alt+Left"
    assert keys["candidate-next"] == "Alt+Right"
    assert keys["candidate-take"] == "Alt+Return"
