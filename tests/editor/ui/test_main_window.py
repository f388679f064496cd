"""The window as its user meets it, with real mouse and key events on Qt's offscreen platform."""

from __future__ import annotations

import gc
import os
import signal
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from editor.document.layers import FillLayer
from editor.document.tiles import Array8
from editor.render.compositor import composite
from editor.ui import document_files, fill_controller
from editor.ui.main_window import MainWindow
from inference.geometry import Bounds

Answer = Callable[..., list[str]]
LEFT = Qt.MouseButton.LeftButton


def shown(window: MainWindow) -> Array8:
    return composite(window.session.document.root, window.session.document.canvas)


def at(window: MainWindow, x: float, y: float) -> QPoint:
    return QPointF(*window.canvas.viewport.to_screen(x, y)).toPoint()


def drag(
    window: MainWindow, *points: tuple[float, float], modifier: Qt.KeyboardModifier = Qt.KeyboardModifier(0)
) -> None:
    canvas = window.canvas
    QTest.mousePress(canvas, LEFT, modifier, at(window, *points[0]))
    for point in points[1:]:
        QTest.mouseMove(canvas, at(window, *point))
    QTest.mouseRelease(canvas, LEFT, modifier, at(window, *points[-1]))


def lasso(window: MainWindow, box: Bounds) -> None:
    window.actions_.tools["lasso"].trigger()
    corners = [(box.x, box.y), (box.right, box.y), (box.right, box.bottom), (box.x, box.bottom)]
    drag(window, *corners)


def fill(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.fills.ended, timeout=60_000):
        qtbot.mouseClick(window.findChild(QPushButton, "fill-button"), LEFT)


def test_an_empty_window_invites(window: MainWindow) -> None:
    assert window.session is None
    assert window.windowTitle() == "Pentimento"
    assert not window.actions_["save"].isEnabled()
    assert not window.findChild(QPushButton, "fill-button").isEnabled()


def test_open_lasso_fill_undo_redo(qtbot: QtBot, opened: MainWindow, picture: Array8) -> None:
    assert opened.windowTitle().startswith("photo.png")
    lasso(opened, Bounds(100, 100, 60, 50))
    bounds = opened.session.document.selection.content_bounds()
    assert abs(bounds.x - 100) <= 1 and abs(bounds.width - 60) <= 2
    fill(qtbot, opened)
    layer = opened.session.active
    assert isinstance(layer, FillLayer)
    after = shown(opened)
    assert tuple(after[125, 130]) == (layer.recipe.seed % 256, 90, 160, 255)
    soft = layer.recipe.grow + layer.recipe.feather
    outside = np.ones(picture.shape[:2], bool)
    outside[bounds.padded(soft).slices()] = False
    assert np.array_equal(after[outside], picture[outside])
    assert not opened.session.document.selection

    opened.actions_["undo"].trigger()
    assert np.array_equal(shown(opened), picture)
    assert opened.session.document.selection
    opened.actions_["redo"].trigger()
    assert np.array_equal(shown(opened), after)


def test_fill_again_elsewhere_and_on_top(qtbot: QtBot, opened: MainWindow) -> None:
    for box in (Bounds(40, 40, 50, 50), Bounds(200, 150, 60, 60), Bounds(60, 60, 60, 60)):
        lasso(opened, box)
        fill(qtbot, opened)
    layers = opened.session.document.root.children
    assert [type(layer).__name__ for layer in layers] == ["PaintLayer"] + ["FillLayer"] * 3
    assert opened.session.active is layers[-1]


def test_layers_can_be_hidden_moved_faded_and_deleted(
    qtbot: QtBot, opened: MainWindow, picture: Array8
) -> None:
    for box in (Bounds(40, 40, 50, 50), Bounds(60, 60, 60, 60)):
        lasso(opened, box)
        fill(qtbot, opened)
    background, first, second = opened.session.document.root.children
    opened.actions_["layer-lower"].trigger()
    assert opened.session.document.root.children == [background, second, first]
    opened.actions_["layer-visible"].trigger()
    assert not second.visible
    opened.session.active = first
    opened.layers_panel._spin.setValue(0)
    assert first.opacity == 0
    assert np.array_equal(shown(opened), picture)
    opened.actions_["layer-delete"].trigger()
    opened.actions_["layer-delete"].trigger()
    assert opened.session.document.root.children == [background]
    while opened.session.history.can_undo:
        opened.actions_["undo"].trigger()
    assert np.array_equal(shown(opened), picture)


def test_the_mask_brush_paints_and_ctrl_erases(opened: MainWindow) -> None:
    drag(opened, (100, 100), (200, 100))
    selection = opened.session.document.selection
    assert selection.read(Bounds(150, 100, 1, 1))[0, 0] == 255
    drag(opened, (140, 100), (160, 100), modifier=Qt.KeyboardModifier.ControlModifier)
    assert selection.read(Bounds(150, 100, 1, 1))[0, 0] == 0
    assert opened.session.history.labels == ["Paint mask", "Erase mask"]


def test_undo_in_mid_stroke_takes_the_stroke_alone(opened: MainWindow) -> None:
    drag(opened, (100, 100), (120, 100))
    QTest.mousePress(opened.canvas, LEFT, Qt.KeyboardModifier(0), at(opened, 200, 200))
    opened.actions_["undo"].trigger()
    QTest.mouseMove(opened.canvas, at(opened, 250, 200))
    QTest.mouseRelease(opened.canvas, LEFT, Qt.KeyboardModifier(0), at(opened, 250, 200))
    selection = opened.session.document.selection
    assert selection.read(Bounds(110, 100, 1, 1))[0, 0] == 255
    assert selection.read(Bounds(200, 200, 1, 1))[0, 0] == 0
    assert opened.session.history.labels == ["Paint mask"]


def test_undo_takes_back_the_points_of_a_polygon(opened: MainWindow) -> None:
    opened.actions_.tools["lasso"].trigger()
    assert not opened.actions_["undo"].isEnabled()
    for x in (100, 200):
        QTest.mouseClick(opened.canvas, LEFT, Qt.KeyboardModifier(0), at(opened, x, 100))
    assert opened.actions_["undo"].isEnabled()
    opened.actions_["undo"].trigger()
    assert opened.canvas.tool.busy
    opened.actions_["undo"].trigger()
    assert not opened.canvas.tool.busy
    assert not opened.actions_["undo"].isEnabled()


def test_a_candidate_that_arrives_in_mid_stroke_is_a_step_of_its_own(
    qtbot: QtBot, opened: MainWindow
) -> None:
    lasso(opened, Bounds(100, 100, 60, 50))
    opened.actions_.tools["mask-brush"].trigger()
    opened.start_fill()
    QTest.mousePress(opened.canvas, LEFT, Qt.KeyboardModifier(0), at(opened, 300, 200))
    qtbot.waitSignal(opened.fills.ended, timeout=60_000).wait()
    QTest.mouseMove(opened.canvas, at(opened, 330, 200))
    QTest.mouseRelease(opened.canvas, LEFT, Qt.KeyboardModifier(0), at(opened, 330, 200))
    assert opened.session.history.labels == ["Lasso", "Paint mask", "Content-aware fill"]
    selection = opened.session.document.selection
    assert selection.read(Bounds(300, 200, 1, 1))[0, 0] == 255
    assert selection.read(Bounds(125, 125, 1, 1))[0, 0] == 255  # it has changed since: it is not let go


def test_an_opacity_drag_stays_with_its_layer_when_a_fill_arrives(qtbot: QtBot, opened: MainWindow) -> None:
    background = opened.session.active
    lasso(opened, Bounds(100, 100, 60, 50))
    opened.start_fill()
    slider = opened.layers_panel._slider
    slider.setSliderDown(True)
    slider.setValue(80)
    qtbot.waitSignal(opened.fills.ended, timeout=60_000).wait()
    slider.setValue(60)
    slider.setSliderDown(False)
    assert background.opacity == 0.6
    assert opened.session.active is not background
    assert opened.session.active.opacity == 1
    assert slider.value() == 100


def test_a_half_typed_name_is_kept_when_a_fill_arrives(qtbot: QtBot, opened: MainWindow) -> None:
    background = opened.session.active
    lasso(opened, Bounds(100, 100, 60, 50))
    opened.start_fill()
    view = opened.layers_panel._view
    view.edit(view.currentIndex())
    view.findChild(QLineEdit).setText("Meadow")
    qtbot.waitSignal(opened.fills.ended, timeout=60_000).wait()
    assert background.name == "Meadow"


def test_a_failure_in_the_window_is_told(
    qtbot: QtBot, opened: MainWindow, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lasso(opened, Bounds(100, 100, 60, 50))
    monkeypatch.setattr(fill_controller, "insert_fill", lambda *_args: 1 / 0)
    with qtbot.waitSignal(opened.fills.failed, timeout=60_000):
        opened.start_fill()
    assert "ZeroDivisionError" in opened.messages.text
    assert not opened.is_filling
    caplog.clear()


def test_numbers_give_the_keyboard_back(opened: MainWindow) -> None:
    opened.activateWindow()
    drag(opened, (100, 100), (200, 100))
    spin = opened.layers_panel._spin
    spin.setFocus()
    spin.selectAll()
    QTest.keyClicks(spin, "40")
    QTest.keyClick(spin, Qt.Key.Key_L)  # a tool's key is no digit
    assert opened.canvas.tool.info.id == "lasso"
    spin.setFocus()
    QTest.keyClick(spin, Qt.Key.Key_Return)
    assert opened.session.active.opacity == 0.4
    assert not spin.hasFocus()
    QTest.keyClick(opened, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert opened.session.active.opacity == 1


def test_escape_ends_a_fill(qtbot: QtBot, opened: MainWindow) -> None:
    lasso(opened, Bounds(100, 100, 60, 50))
    opened.start_fill()
    QTest.keyClick(opened.canvas, Qt.Key.Key_Escape)
    assert not opened.is_filling


def test_del_is_about_pixels_on_the_canvas_and_about_the_layer_in_the_list(opened: MainWindow) -> None:
    opened.activateWindow()
    opened.canvas.setFocus()
    (layer,) = opened.session.document.root.children
    QTest.keyClick(opened.canvas, Qt.Key.Key_Delete)
    assert opened.session.document.root.children == [layer]
    assert not layer.pixels
    opened.layers_panel._view.setFocus()
    QTest.keyClick(opened.layers_panel._view, Qt.Key.Key_Delete)
    assert not opened.session.document.root.children
    assert len(opened.session.history.labels) == 2


def test_quitting_asks_for_all_before_it_closes_any(
    opened: MainWindow, photo: Path, picture: Array8, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = photo.with_name("other.png")
    Image.fromarray(picture[:200, :200, :3].copy()).save(other)
    drag(opened, (100, 100), (200, 100))
    opened.open_paths([other])
    drag(opened, (50, 50), (100, 50))
    answers = iter([QMessageBox.StandardButton.Discard, QMessageBox.StandardButton.Cancel])
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: next(answers))
    assert not opened.close()
    assert len(opened.sessions) == 2


def test_a_running_fill_is_unsaved_work(opened: MainWindow, answer: Answer) -> None:
    lasso(opened, Bounds(100, 100, 60, 50))
    opened.session.mark_clean()
    opened.start_fill()
    asked = answer(QMessageBox.StandardButton.Cancel)
    assert not opened.close_tab()
    assert len(asked) == 1
    opened.cancel_fill()


def test_a_file_belongs_to_one_tab(opened: MainWindow, photo: Path, picture: Array8, answer: Answer) -> None:
    other = photo.with_name("other.png")
    Image.fromarray(picture[:200, :200, :3].copy()).save(other)
    opened.open_paths([other])
    answer(path=photo)
    before = photo.read_bytes()
    assert not opened.save_as()
    assert "another tab" in opened.messages.text
    assert photo.read_bytes() == before


def test_the_wheel_zooms_to_the_pointer(opened: MainWindow) -> None:
    viewport = opened.canvas.viewport
    before, point = viewport.zoom, QPointF(at(opened, 100, 80))
    picture = viewport.to_picture(point.x(), point.y())
    event = QWheelEvent(
        point,
        opened.canvas.mapToGlobal(point),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(opened.canvas, event)
    assert viewport.zoom > before
    assert viewport.to_picture(point.x(), point.y()) == pytest.approx(picture)
    opened.actions_["zoom-100"].trigger()
    assert viewport.zoom == 1
    opened.actions_["zoom-fit"].trigger()
    assert viewport.visible() == opened.session.document.canvas


@pytest.mark.parametrize("button", [Qt.MouseButton.MiddleButton, LEFT])
def test_panning_by_middle_button_or_space(opened: MainWindow, button: Qt.MouseButton) -> None:
    canvas = opened.canvas
    canvas.navigation.set_zoom(3)
    x, y = canvas.viewport.x, canvas.viewport.y
    if button == LEFT:
        QTest.keyPress(canvas, Qt.Key.Key_Space)
    QTest.mousePress(canvas, button, Qt.KeyboardModifier(0), QPoint(200, 200))
    QTest.mouseMove(canvas, QPoint(240, 170))
    QTest.mouseRelease(canvas, button, Qt.KeyboardModifier(0), QPoint(240, 170))
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert (canvas.viewport.x - x, canvas.viewport.y - y) == pytest.approx((40, -30))
    assert not opened.session.document.selection


def test_the_view_is_turned_and_mirrored_by_its_menu_and_the_status_says_so(opened: MainWindow) -> None:
    viewport, label = opened.canvas.viewport, opened.status._angle
    for action, key, angle, text in (
        ("rotate-left", "4", -15, "−15°"),
        ("rotate-right", "6", 0, ""),
        ("rotate-right", "6", 15, "15°"),
        ("mirror-view", "M", -15, "Mirrored · −15°"),
        ("rotate-reset", "5", 0, "Mirrored"),
    ):
        assert opened.actions_[action].shortcut().toString() == key
        opened.actions_[action].trigger()
        assert (viewport.angle, label.text()) == (angle, text)
    assert viewport.mirrored
    opened.actions_["mirror-view"].trigger()
    assert viewport.is_upright
    assert opened.session.history.position == 0


def test_cancel_keeps_the_picture(qtbot: QtBot, opened: MainWindow, picture: Array8) -> None:
    lasso(opened, Bounds(100, 100, 60, 50))
    opened.fills.started.connect(opened.cancel_fill)
    fill(qtbot, opened)
    assert not opened.is_filling
    assert np.array_equal(shown(opened), picture)
    assert opened.session.document.selection
    assert opened.messages.text == ""
    opened.fills.started.disconnect(opened.cancel_fill)
    fill(qtbot, opened)
    assert isinstance(opened.session.active, FillLayer)


def test_a_killed_host_is_told_and_the_next_fill_works(
    qtbot: QtBot, opened: MainWindow, picture: Array8
) -> None:
    lasso(opened, Bounds(100, 100, 60, 50))
    worker = opened._worker
    qtbot.waitUntil(lambda: worker.host_pid is not None, timeout=60_000)  # a selection starts the host
    os.kill(worker.host_pid, signal.SIGSTOP)  # so that it cannot be done before it is killed
    with qtbot.waitSignal(worker.job_started, timeout=60_000):
        opened.start_fill()
    with qtbot.waitSignal(opened.fills.failed, timeout=60_000):
        os.kill(worker.host_pid, signal.SIGKILL)
    assert "SIGKILL" in opened.messages.text
    assert not opened.is_filling
    assert np.array_equal(shown(opened), picture)
    fill(qtbot, opened)
    assert isinstance(opened.session.active, FillLayer)
    assert opened.messages.text == ""


def test_save_and_reopen(qtbot: QtBot, opened: MainWindow, photo: Path, answer: Answer) -> None:
    original = photo.read_bytes()
    lasso(opened, Bounds(100, 100, 60, 50))
    fill(qtbot, opened)
    target = photo.with_name("work.ora")
    asked = answer(path=target)
    opened.actions_["save"].trigger()
    assert asked == [str(photo.with_suffix(".ora"))]  # a photo is never overwritten by its flattened layers
    assert photo.read_bytes() == original
    assert not opened.isWindowModified()
    before, recipe = shown(opened), opened.session.active.recipe
    assert opened.close_tab()
    opened.open_paths([target])
    assert np.array_equal(shown(opened), before)
    assert isinstance(opened.session.active, FillLayer)
    assert opened.session.active.recipe == recipe


@pytest.mark.parametrize("frozen", [False, True])
def test_a_closed_picture_is_let_go_of(qtbot: QtBot, opened: MainWindow, frozen: bool) -> None:
    document = weakref.ref(opened.session.document)
    gc.unfreeze()  # what other tests have left
    if frozen:  # as it is where kernels are loaded while it is open
        gc.freeze()
    try:
        assert opened.close_tab()
        qtbot.waitUntil(lambda: document() is None)
        assert (gc.get_freeze_count() > 0) == frozen
    finally:
        gc.unfreeze()


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tiff"])
def test_a_copy_is_flattened(
    qtbot: QtBot, opened: MainWindow, photo: Path, answer: Answer, suffix: str
) -> None:
    lasso(opened, Bounds(100, 100, 60, 50))
    fill(qtbot, opened)
    target = photo.with_name(f"copy{suffix}")
    answer(path=target)
    opened.actions_["export"].trigger()
    with Image.open(target) as image:
        saved = np.asarray(image.convert("RGB")).astype(int)
    assert np.abs(saved - shown(opened)[..., :3]).mean() < (4 if suffix == ".jpg" else 1e-9)
    assert opened.isWindowModified()


def test_a_flat_save_of_layers_does_not_count_as_saved(
    qtbot: QtBot, opened: MainWindow, photo: Path, answer: Answer
) -> None:
    lasso(opened, Bounds(100, 100, 60, 50))
    fill(qtbot, opened)
    answer(path=photo.with_name("flat.png"))
    opened.actions_["save-as"].trigger()
    assert "flattened" in opened.messages.text
    assert opened.isWindowModified()


@pytest.mark.parametrize(
    ("button", "closes"),
    [
        (QMessageBox.StandardButton.Cancel, False),
        (QMessageBox.StandardButton.Discard, True),
        (QMessageBox.StandardButton.Save, True),
    ],
)
def test_closing_with_unsaved_work_asks(
    opened: MainWindow, photo: Path, answer: Answer, button: QMessageBox.StandardButton, closes: bool
) -> None:
    drag(opened, (100, 100), (200, 100))
    asked = answer(button, photo.with_name("work.ora"))
    assert opened.close() is closes
    assert "photo.png" in asked[0]
    assert (len(opened.sessions) == 0) is closes
    assert photo.with_name("work.ora").exists() is (button == QMessageBox.StandardButton.Save)


def test_a_save_that_fails_keeps_the_window_open(opened: MainWindow, photo: Path, answer: Answer) -> None:
    drag(opened, (100, 100), (200, 100))
    answer(QMessageBox.StandardButton.Save, photo.parent / "nowhere" / "work.ora")
    assert not opened.close()
    assert "nowhere" in opened.messages.text
    assert opened.isWindowModified()


def test_without_changes_closing_does_not_ask(opened: MainWindow, answer: Answer) -> None:
    asked = answer()
    assert opened.close()
    assert asked == []


@pytest.mark.parametrize("content", [b"", b"hello", None])
def test_a_file_that_is_no_picture_is_told(window: MainWindow, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "broken.jpg"
    if content is not None:
        path.write_bytes(content)
    window.open_paths([path])
    assert window.session is None
    assert "broken.jpg" in window.messages.text


def test_dropped_files_are_opened_and_come_to_front_once(
    qtbot: QtBot, window: MainWindow, photo: Path, picture: Array8
) -> None:
    other = photo.with_name("other.png")
    Image.fromarray(picture[:200, :200, :3].copy()).save(other)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in (photo, other, photo)])
    for _ in range(2):
        event = QDropEvent(
            QPointF(50, 50), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier
        )
        window.dropEvent(event)
    qtbot.waitUntil(lambda: len(window.sessions) == 2 and not window._opening._paths, timeout=60_000)
    assert window.session.title == "photo.png"


def test_tabs_have_their_own_selection_and_history(opened: MainWindow, photo: Path, picture: Array8) -> None:
    other = photo.with_name("other.png")
    Image.fromarray(picture[:200, :200, :3].copy()).save(other)
    drag(opened, (100, 100), (200, 100))
    opened.open_paths([other])
    assert not opened.session.document.selection
    assert not opened.actions_["undo"].isEnabled()
    opened.tabs.setCurrentIndex(0)
    assert opened.actions_["undo"].isEnabled()
    assert opened.tabs.tabText(0) == "photo.png*"


def test_the_history_panel_goes_back_and_forth(opened: MainWindow) -> None:
    for y in (50, 100, 150):
        drag(opened, (100, y), (200, y))
    steps = opened.history_panel._list
    assert [steps.item(row).text() for row in range(steps.count())] == ["Opened"] + ["Paint mask"] * 3
    steps.setCurrentRow(1)
    assert opened.session.history.position == 1
    steps.setCurrentRow(3)
    assert opened.session.history.position == 3


def test_keys_choose_tools_and_sizes(opened: MainWindow) -> None:
    opened.activateWindow()
    QTest.keyClick(opened.canvas, Qt.Key.Key_L)
    assert opened.canvas.tool.info.id == "lasso"
    QTest.keyClick(opened.canvas, Qt.Key.Key_B)
    assert opened.canvas.tool.info.id == "mask-brush"
    size = opened.settings["brush-size"]
    QTest.keyClick(opened.canvas, "]")
    assert opened.settings["brush-size"] > size
    QTest.keyClick(opened.canvas, "[")
    assert opened.settings["brush-size"] == size


def test_escape_gives_the_polygon_up(opened: MainWindow) -> None:
    opened.actions_.tools["lasso"].trigger()
    QTest.mouseClick(opened.canvas, LEFT, Qt.KeyboardModifier(0), at(opened, 100, 100))
    assert opened.canvas.tool.busy
    QTest.keyClick(opened.canvas, Qt.Key.Key_Escape)
    assert not opened.canvas.tool.busy
    assert opened.session.history.is_clean


def test_the_window_is_drawn_and_stays_while_a_file_is_written(
    opened: MainWindow, photo: Path, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    drag(opened, (100, 100), (200, 100))
    answer(path=photo.with_name("work.ora"))
    seen: list[object] = []

    def meanwhile() -> None:
        seen.extend([opened.messages.text, opened.close(), opened.close_tab()])

    save = document_files.save_document

    asked = threading.Semaphore(0)

    def slowly(*arguments: object) -> None:
        asked.acquire()
        save(*arguments)

    monkeypatch.setattr(document_files, "save_document", slowly)
    QTimer.singleShot(0, opened, lambda: QTimer.singleShot(0, opened, lambda: (meanwhile(), asked.release())))
    assert opened.save()
    assert seen[:3] == ["Saving “work.ora”…", False, False]
    assert not opened.isWindowModified()


def test_an_opacity_drag_stays_with_its_picture_when_the_tab_changes(
    opened: MainWindow, photo: Path, picture: Array8
) -> None:
    other = photo.with_name("other.png")
    Image.fromarray(picture[:200, :200, :3].copy()).save(other)
    first, layer = opened.session, opened.session.active
    slider = opened.layers_panel._slider
    slider.setSliderDown(True)
    slider.setValue(80)
    assert opened.layers_panel._spin.value() == 80
    opened.open_paths([other])
    slider.setValue(30)
    slider.setSliderDown(False)
    assert layer.opacity == 0.3
    assert len(first.history.labels) == 1
    assert opened.session.history.labels == []
    assert slider.value() == 100


def test_a_picture_gets_16_bits_from_the_menu_is_filled_and_loses_them_by_undo(
    qtbot: QtBot, opened: MainWindow
) -> None:
    to_8, to_16 = opened.actions_["depth-8"], opened.actions_["depth-16"]
    before = shown(opened)
    assert to_16.isEnabled() and not to_8.isEnabled()
    to_16.trigger()
    assert opened.session.document.depth == 16
    assert to_8.isEnabled() and not to_16.isEnabled()
    assert np.array_equal(shown(opened), before * np.uint16(257))
    lasso(opened, Bounds(100, 100, 60, 50))
    assert not opened.canvas.grab().isNull()  # with ants and veil
    fill(qtbot, opened)
    layer = opened.session.active
    assert isinstance(layer, FillLayer) and layer.pixels.depth == 16
    for _ in range(3):
        opened.actions_["undo"].trigger()
    assert opened.session.document.depth == 8
    assert np.array_equal(shown(opened), before)
