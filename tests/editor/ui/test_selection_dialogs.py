"""What the Select menu asks: one number, or a colour and how far others may be from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QPushButton
from pytestqt.qtbot import QtBot

from editor.document.selection import RefineKind
from editor.document.tiles import Array8
from editor.raster.colour_range import colour_range
from editor.render.sampling import Source
from editor.session import Session
from editor.setting_table import SETTINGS
from editor.settings import Settings
from editor.ui.colour_range_dialog import ColourRangeDialog, PreviewBox
from editor.ui.main_window import MainWindow
from editor.ui.number_dialog import NumberDialog
from inference.geometry import Bounds

LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key


@pytest.fixture
def dialog(qtbot: QtBot, settings: Settings) -> NumberDialog:
    settings["grow-pixels"] = 17
    made = NumberDialog("grow-pixels", settings, "Grow the Selection", "Grow", None)
    qtbot.addWidget(made)
    made.show()
    return made


def test_it_begins_with_the_last_number_and_remembers_the_new_one(
    qtbot: QtBot, dialog: NumberDialog, settings: Settings
) -> None:
    assert dialog.value == 17
    qtbot.keyClicks(dialog.number.spin, "42")  # in place of what was there: all of it is chosen
    assert settings["grow-pixels"] == 17
    qtbot.keyClick(dialog.number.spin, Key.Key_Return)
    assert dialog.result() == QDialog.DialogCode.Accepted
    assert (dialog.value, settings["grow-pixels"]) == (42, 42)


@pytest.mark.parametrize("way", ["escape", "button"])
def test_given_up_nothing_is_remembered(
    qtbot: QtBot, dialog: NumberDialog, settings: Settings, way: str
) -> None:
    dialog.number.spin.setValue(99)
    if way == "escape":
        qtbot.keyClick(dialog.number.spin, Key.Key_Escape)
    else:
        qtbot.mouseClick(dialog.buttons.button(QDialogButtonBox.StandardButton.Cancel), LEFT)
    assert dialog.result() == QDialog.DialogCode.Rejected
    assert not dialog.isVisible()
    assert settings["grow-pixels"] == 17


def test_the_button_says_what_it_does(qtbot: QtBot, dialog: NumberDialog) -> None:
    accept = next(b for b in dialog.buttons.buttons() if b.text() == "Grow")
    assert isinstance(accept, QPushButton) and accept.isDefault()
    qtbot.mouseClick(accept, LEFT)
    assert dialog.result() == QDialog.DialogCode.Accepted


def accept_with(value: int) -> Callable[[NumberDialog], int]:
    """In place of ``exec``: the number is typed, and the dialog accepted."""

    def run(dialog: NumberDialog) -> int:
        dialog.number.spin.setValue(value)
        dialog.accept()
        return dialog.result()

    return run


@pytest.fixture
def selected(opened: MainWindow) -> Session:
    box = Bounds(100, 80, 90, 70)
    assert opened.session is not None
    opened.session.select(box, np.full((70, 90), 255, np.uint8), "replace", "Select")
    return opened.session


def mask_of(session: Session) -> Array8:
    return session.document.selection.read(session.document.canvas)


@pytest.mark.parametrize("kind", get_args(RefineKind))
def test_every_refinement_from_its_menu(
    opened: MainWindow, selected: Session, kind: RefineKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = mask_of(selected)
    expected = Session(selected.document.snapshot())
    expected.refine_selection(kind, 9)
    monkeypatch.setattr(NumberDialog, "exec", accept_with(9))
    opened.actions_[kind].trigger()
    assert np.array_equal(mask_of(selected), mask_of(expected))
    assert not np.array_equal(mask_of(selected), before)
    assert selected.history.labels[-1] == f"{kind.capitalize()} selection by 9 px"
    selected.history.undo()
    assert np.array_equal(mask_of(selected), before)


def test_without_a_selection_there_is_nothing_to_refine(opened: MainWindow) -> None:
    assert not any(opened.actions_[kind].isEnabled() for kind in get_args(RefineKind))
    assert opened.actions_["colour-range"].isEnabled()


def test_a_refinement_given_up_changes_nothing(
    opened: MainWindow, selected: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NumberDialog, "exec", lambda _dialog: QDialog.DialogCode.Rejected)
    opened.actions_["feather"].trigger()
    assert selected.history.labels == ["Select"]


# The colour range


@pytest.fixture
def sky(make_session: Callable[[Array8], Session]) -> Session:
    """Blue above, darker to the right, over brown."""
    pixels = np.full((900, 1200, 4), 255, np.uint8)
    pixels[:450, :, :3] = (90, 140, 220)
    pixels[:450, :, 1] -= (np.arange(1200) // 30).astype(np.uint8)
    pixels[450:, :, :3] = (120, 90, 60)
    return make_session(pixels)


@pytest.fixture
def ranges(qtbot: QtBot, sky: Session, settings: Settings) -> ColourRangeDialog:
    settings["paint-color"] = "#785a3c"
    settings["range-fuzziness"] = 30
    made = ColourRangeDialog(Source(sky.document), settings)
    qtbot.addWidget(made)
    made.show()
    return made


def shown(box: PreviewBox) -> QImage:
    return box.grab().toImage()


def test_it_begins_with_the_colour_that_is_painted_with(ranges: ColourRangeDialog) -> None:
    assert ranges.colour == (120, 90, 60)
    assert ranges.share.text() == "#785a3c, selects 50 % of the picture"


def test_a_click_takes_a_colour_and_the_preview_shows_what_it_selects(
    qtbot: QtBot, ranges: ColourRangeDialog
) -> None:
    side = ranges.picture.size()
    qtbot.mouseClick(ranges.picture, LEFT, pos=QPoint(2, side.height() // 4))
    assert ranges.colour == (90, 140, 220)
    image = shown(ranges.selected)
    assert image.pixelColor(4, side.height() // 4).red() == 255
    assert image.pixelColor(side.width() - 4, side.height() // 4).red() == 0
    assert image.pixelColor(side.width() * 3 // 5, side.height() // 4).red() in range(20, 235)
    assert image.pixelColor(4, side.height() * 3 // 4).red() == 0
    ranges.number.spin.setValue(120)
    assert shown(ranges.selected).pixelColor(side.width() - 4, side.height() // 4).red() == 255


def test_dragging_takes_the_colours_on_the_way(qtbot: QtBot, ranges: ColourRangeDialog) -> None:
    qtbot.mousePress(ranges.picture, LEFT, pos=QPoint(2, 2))
    qtbot.mouseMove(ranges.picture, QPoint(-5, 500))  # outside: nothing is there
    assert ranges.colour == (90, 140, 220)
    qtbot.mouseRelease(ranges.picture, LEFT, pos=QPoint(2, 2))


def test_the_shape_is_of_the_whole_picture(qtbot: QtBot, ranges: ColourRangeDialog, sky: Session) -> None:
    qtbot.mouseClick(ranges.picture, LEFT, pos=QPoint(2, 2))
    pixels = Source(sky.document).read(sky.document.canvas)
    expected = colour_range(pixels, np.array([90, 140, 220], np.uint8), 30)
    assert np.array_equal(ranges.shape().read(sky.document.canvas), expected)


def test_the_previews_keep_the_pictures_proportions(
    qtbot: QtBot, make_session: Callable[[Array8], Session], settings: Settings
) -> None:
    for height, width in ((3, 3000), (40, 30), (900, 1200)):
        session = make_session(np.full((height, width, 4), 255, np.uint8))
        dialog = ColourRangeDialog(Source(session.document), settings)
        qtbot.addWidget(dialog)
        size = dialog.picture.size()
        assert size.width() <= 320 and size.height() <= 240
        assert size == dialog.selected.size()
        expected = QSize(width, height).scaled(QSize(320, 240), Qt.AspectRatioMode.KeepAspectRatio)
        assert abs(size.width() - expected.width()) <= 2 and abs(size.height() - expected.height()) <= 2


def test_what_is_transparent_has_no_colour(
    qtbot: QtBot, make_session: Callable[[Array8], Session], settings: Settings
) -> None:
    dialog = ColourRangeDialog(Source(make_session(np.zeros((30, 40, 4), np.uint8)).document), settings)
    qtbot.addWidget(dialog)
    before = dialog.colour
    qtbot.mouseClick(dialog.picture, LEFT, pos=QPoint(5, 5))
    assert dialog.colour == before
    assert "0 %" in dialog.share.text()


def test_from_its_menu_to_the_selection(
    opened: MainWindow, settings: Settings, picture: Array8, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings["paint-color"] = "#647878"
    session = opened.session
    assert session is not None
    monkeypatch.setattr(ColourRangeDialog, "exec", accept_with(80))
    opened.actions_["colour-range"].trigger()
    expected = colour_range(picture, np.array([0x64, 0x78, 0x78], np.uint8), 80)
    assert np.array_equal(mask_of(session), expected)
    assert expected.any()
    assert session.history.labels == ["Colour range"]
    assert settings["range-fuzziness"] == 80
    settings["selection-mode"] = "subtract"
    opened.actions_["colour-range"].trigger()
    assert not session.document.selection
    assert QApplication.activeModalWidget() is None


def test_all_settings_of_the_menu_have_a_title_and_an_explanation() -> None:
    for kind in get_args(RefineKind):
        setting = SETTINGS[f"{kind}-pixels"]
        assert setting.title and setting.help and setting.unit == " px" and setting.minimum == 1
