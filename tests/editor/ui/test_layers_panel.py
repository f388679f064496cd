"""The layers panel with a real view: mouse and keys, and what they do to the session."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QSlider,
    QSpinBox,
    QStyle,
    QStyleOptionSlider,
    QToolButton,
    QTreeView,
)
from pytestqt.qtbot import QtBot

from editor.document.layers import Group, Layer, PaintLayer
from editor.document.tiles import Array8, TileMap
from editor.history.commands import InsertLayer
from editor.raster.blend_modes import MODES
from editor.session import Session
from editor.ui.layers_panel import LayersPanel

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def session(make_session: Callable[[Array8], Session], picture: Array8) -> Session:
    """Background, One, Two, from the bottom; Two is active, the history is empty."""
    document = make_session(picture).document
    for name in ("One", "Two"):
        layer = PaintLayer(name, pixels=TileMap.from_array(picture[:60, :80]))
        document.insert(layer, document.root, len(document.root.children))
    return Session(document)


@pytest.fixture
def layers(session: Session) -> list[Layer]:
    return session.document.root.children


@pytest.fixture
def panel(qtbot: QtBot, session: Session, layers: list[Layer]) -> Iterator[LayersPanel]:
    made = LayersPanel([])
    made.resize(320, 420)
    made.set_session(session)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.set_session(None)
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def view(panel: LayersPanel) -> QTreeView:
    return panel.findChild(QTreeView)


def row(view: QTreeView, name: str) -> QRect:
    model = view.model()
    found = model.match(model.index(0, 0), Qt.ItemDataRole.DisplayRole, name, 1, Qt.MatchFlag.MatchRecursive)
    assert found, f"no row {name}"
    return view.visualRect(found[0])


def eye(view: QTreeView, name: str) -> QPoint:
    return row(view, name).topLeft() + QPoint(12, 20)


def text(view: QTreeView, name: str) -> QPoint:
    rect = row(view, name)
    return QPoint(rect.left() + 110, rect.center().y())


def names(view: QTreeView) -> list[str]:
    return [view.model().index(each, 0).data() for each in range(view.model().rowCount())]


def current(view: QTreeView) -> list[str]:
    return [index.data() for index in view.selectionModel().selectedRows()]


def double_click(view: QTreeView, point: QPoint) -> None:
    QTest.mouseClick(view.viewport(), LEFT, NONE, point)
    QTest.mouseDClick(view.viewport(), LEFT, NONE, point)


def rename(qtbot: QtBot, view: QTreeView, new: str, key: Qt.Key) -> None:
    """Types into the row's editor; returns when that has closed."""
    editor = view.findChild(QLineEdit)
    assert editor is not None and editor.isVisible()
    editor.selectAll()
    QTest.keyClicks(editor, new)
    QTest.keyClick(editor, key)
    qtbot.waitUntil(lambda: view.state() != QTreeView.State.EditingState)


def drag(slider: QSlider, *values: int) -> None:
    """The handle, with the mouse, over these values."""

    def centre(value: int) -> QPoint:
        option = QStyleOptionSlider()
        slider.initStyleOption(option)
        option.sliderPosition = option.sliderValue = value
        return (
            slider.style()
            .subControlRect(
                QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, slider
            )
            .center()
        )

    QTest.mousePress(slider, LEFT, NONE, centre(slider.value()))
    assert slider.isSliderDown()
    for value in values:
        QTest.mouseMove(slider, centre(value))
    QTest.mouseRelease(slider, LEFT, NONE, centre(values[-1]))


def test_the_active_layer_is_selected(panel: LayersPanel, view: QTreeView, session: Session) -> None:
    assert names(view) == ["Two", "One", "Background"]
    assert current(view) == ["Two"]
    session.active = session.document.root.children[0]
    assert current(view) == ["Background"]


def test_a_click_on_a_row_makes_it_active(qtbot: QtBot, view: QTreeView, session: Session) -> None:
    for name in ("Background", "One", "Two"):
        qtbot.mouseClick(view.viewport(), LEFT, NONE, text(view, name))
        assert session.active.name == name
        assert current(view) == [name]
    assert session.history.position == 0


def test_arrow_keys_walk_through_the_layers(view: QTreeView, session: Session) -> None:
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert session.active.name == "One"
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert session.active.name == "Background"
    QTest.keyClick(view, Qt.Key.Key_Up)
    assert session.active.name == "One"


def test_a_click_on_the_eye_hides_and_shows(qtbot: QtBot, view: QTreeView, session: Session) -> None:
    one = session.document.root.children[1]
    qtbot.mouseClick(view.viewport(), LEFT, NONE, eye(view, "One"))
    assert not one.visible
    assert session.history.labels == ["Visibility of One"]
    qtbot.mouseClick(view.viewport(), LEFT, NONE, eye(view, "One"))
    assert one.visible
    session.history.undo()
    assert not one.visible


def test_two_quick_clicks_on_the_eye_are_two_and_rename_nothing(view: QTreeView, session: Session) -> None:
    double_click(view, eye(view, "Background"))
    assert session.history.labels == ["Visibility of Background"] * 2
    assert session.document.root.children[0].visible
    assert view.findChild(QLineEdit) is None


def test_a_right_click_on_the_eye_does_nothing(view: QTreeView, session: Session) -> None:
    QTest.mouseClick(view.viewport(), Qt.MouseButton.RightButton, NONE, eye(view, "One"))
    assert session.history.position == 0


@pytest.mark.parametrize("start", ["double click", "F2"])
def test_a_layer_is_renamed_in_its_row(qtbot: QtBot, view: QTreeView, session: Session, start: str) -> None:
    if start == "F2":
        QTest.mouseClick(view.viewport(), LEFT, NONE, text(view, "One"))
        view.setFocus()
        QTest.keyClick(view, Qt.Key.Key_F2)
    else:
        double_click(view, text(view, "One"))
    rename(qtbot, view, "Sky", Qt.Key.Key_Return)
    assert names(view) == ["Two", "Sky", "Background"]
    assert session.history.labels == ["Name of One"]
    session.history.undo()
    assert names(view) == ["Two", "One", "Background"]


@pytest.mark.parametrize(("new", "key"), [("Sky", Qt.Key.Key_Escape), ("  ", Qt.Key.Key_Return)])
def test_renaming_can_be_given_up(
    qtbot: QtBot, view: QTreeView, session: Session, new: str, key: Qt.Key
) -> None:
    double_click(view, text(view, "One"))
    rename(qtbot, view, new, key)
    assert names(view) == ["Two", "One", "Background"]
    assert session.history.position == 0


def test_dragging_the_opacity_is_one_step(panel: LayersPanel, view: QTreeView, session: Session) -> None:
    slider, spin = panel.findChild(QSlider), panel.findChild(QSpinBox)
    two = session.active
    drag(slider, 80, 50, 30)
    assert two.opacity == pytest.approx(0.3, abs=0.03)
    assert spin.value() == slider.value() == round(two.opacity * 100)
    first = two.opacity
    drag(slider, 60)
    assert session.history.labels == ["Opacity of Two"] * 2
    session.history.undo()
    assert two.opacity == first
    assert slider.value() == spin.value() == round(first * 100)
    session.history.undo()
    assert two.opacity == 1
    assert slider.value() == spin.value() == 100


def test_typing_an_opacity_is_one_step(panel: LayersPanel, session: Session) -> None:
    spin = panel.findChild(QSpinBox)
    spin.setFocus()
    spin.selectAll()
    QTest.keyClicks(spin, "25")
    assert session.active.opacity == 1  # not with every digit
    QTest.keyClick(spin, Qt.Key.Key_Return)
    assert session.active.opacity == 0.25
    assert panel.findChild(QSlider).value() == 25
    assert session.history.position == 1


def test_opacity_and_mode_are_those_of_the_active_layer(panel: LayersPanel, session: Session) -> None:
    slider, spin, mode = panel.findChild(QSlider), panel.findChild(QSpinBox), panel.findChild(QComboBox)
    background, one, two = session.document.root.children
    session.set_layer(one, "opacity", 0.4)
    session.set_layer(one, "blend_mode", "screen")
    assert (slider.value(), mode.currentData()) == (100, "normal")
    steps = session.history.position
    session.active = one
    assert (slider.value(), spin.value(), mode.currentData()) == (40, 40, "screen")
    session.active = two
    assert (slider.value(), spin.value(), mode.currentData()) == (100, 100, "normal")
    assert session.history.position == steps  # showing is not changing
    assert (background.opacity, one.opacity, two.opacity) == (1, 0.4, 1)


def test_a_blend_mode_is_chosen(panel: LayersPanel, session: Session) -> None:
    combo = panel.findChild(QComboBox)
    assert [combo.itemData(i) for i in range(combo.count())] == list(MODES)
    assert [combo.itemText(i) for i in range(combo.count())] == [mode.title for mode in MODES.values()]
    combo.setFocus()
    QTest.keyClicks(combo, "Multiply")
    QTest.keyClick(combo, Qt.Key.Key_Return)
    assert combo.currentData() == "multiply"
    assert session.active.blend_mode == "multiply"
    session.history.go_to(0)
    assert session.active.blend_mode == "normal"
    assert combo.currentData() == "normal"


def test_a_mode_that_is_not_known_here_is_shown_as_none(panel: LayersPanel, session: Session) -> None:
    session.document.set_property(session.active, "blend_mode", "from-elsewhere")
    assert panel.findChild(QComboBox).currentIndex() == -1
    assert session.active.blend_mode == "from-elsewhere"


def test_the_view_follows_the_tree(panel: LayersPanel, view: QTreeView, session: Session) -> None:
    session.raise_active(-1)
    assert names(view) == ["One", "Two", "Background"]
    assert current(view) == ["Two"]
    session.history.undo()
    assert names(view) == ["Two", "One", "Background"]
    assert current(view) == ["Two"]
    session.delete_active()
    assert names(view) == ["One", "Background"]
    assert current(view) == ["One"]
    session.delete_active()
    session.delete_active()
    assert names(view) == []
    for kind in (QSlider, QSpinBox, QComboBox):
        assert not panel.findChild(kind).isEnabled()
    session.history.undo()
    assert current(view) == ["Background"]
    assert panel.findChild(QSlider).isEnabled()


def test_groups_are_shown_open(view: QTreeView, session: Session) -> None:
    assert not view.rootIsDecorated()
    document = session.document
    group = Group("Group", children=[PaintLayer("Inner")])
    session.history.do(InsertLayer("Add", document, group, document.root, 1))
    assert view.rootIsDecorated()
    QTest.mouseClick(view.viewport(), LEFT, NONE, text(view, "Inner"))
    assert session.active.name == "Inner"
    session.history.undo()
    assert not view.rootIsDecorated()
    assert session.active.name == "Two"


def test_each_row_is_painted_with_its_thumbnail(view: QTreeView, session: Session, picture: Array8) -> None:
    image = view.viewport().grab().toImage()
    rect = row(view, "Background")
    place = QRect(rect.left() + 26, rect.top() + 6, 40, 40).center()
    expected = picture[150, 200]
    found = image.pixelColor(place).getRgb()
    assert all(abs(int(a) - int(b)) < 25 for a, b in zip(found[:3], expected[:3], strict=True))
    session.set_layer(session.document.root.children[0], "visible", False)
    session.set_layer(session.document.root.children[0], "opacity", 0.5)
    after = view.viewport().grab().toImage()
    assert after.copy(rect) != image.copy(rect)  # the eye, and what is special about it


def test_without_a_session_there_is_nothing_to_change(panel: LayersPanel, view: QTreeView) -> None:
    panel.set_session(None)
    assert view.model() is None
    for kind in (QSlider, QSpinBox, QComboBox):
        assert not panel.findChild(kind).isEnabled()


def test_another_session_takes_the_place_of_the_first(
    panel: LayersPanel,
    view: QTreeView,
    session: Session,
    make_session: Callable[[Array8], Session],
    picture: Array8,
) -> None:
    other = make_session(picture[:50, :50])
    other.set_layer(other.active, "opacity", 0.7)
    panel.set_session(other)
    assert names(view) == ["Background"]
    assert panel.findChild(QSlider).value() == 70
    session.delete_active()  # of the former: nobody listens any more
    assert names(view) == ["Background"]
    QTest.mouseClick(view.viewport(), LEFT, NONE, eye(view, "Background"))
    assert not other.active.visible
    panel.set_session(session)
    assert names(view) == ["One", "Background"]


def test_the_buttons_are_the_actions(qtbot: QtBot, session: Session) -> None:
    done: list[str] = []
    actions = [QAction(name) for name in ("raise", "lower")]
    actions[0].triggered.connect(lambda: done.append("raise"))
    actions[1].triggered.connect(lambda: done.append("lower"))
    panel = LayersPanel(actions)
    qtbot.addWidget(panel)
    for button in panel.findChildren(QToolButton):
        if button.defaultAction() in actions:
            button.click()
    assert done == ["raise", "lower"]


def test_a_group_may_pass_through(
    qtbot: QtBot, panel: LayersPanel, session: Session, layers: list[Layer]
) -> None:
    combo = panel.findChild(QComboBox)
    assert combo.itemData(0) == "normal"
    group = Group("Group")
    session.history.do(InsertLayer("Group", session.document, group, session.document.root, 3))
    assert (combo.itemText(0), combo.currentData()) == ("Pass Through", "normal")
    combo.setCurrentIndex(0)
    combo.activated.emit(0)
    assert not group.isolated and combo.currentData() == "pass-through"
    session.history.undo()
    assert group.isolated and combo.currentData() == "normal"
    session.active = layers[0]
    assert combo.count() == len(MODES) and combo.currentData() == "normal"


def test_a_clipped_layer_is_indented(panel: LayersPanel, view: QTreeView, session: Session) -> None:
    session.document.set_property(session.active, "clipped", True)
    double_click(view, text(view, "Two"))
    clipped = view.findChild(QLineEdit).geometry().left()
    QTest.keyClick(view.findChild(QLineEdit), Qt.Key.Key_Escape)
    session.document.set_property(session.active, "clipped", False)
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_F2)
    assert clipped - view.findChildren(QLineEdit)[-1].geometry().left() == 20


def test_the_active_layer_stays_in_view_where_the_panel_gives_way(
    panel: LayersPanel, view: QTreeView, session: Session, layers: list[Layer]
) -> None:
    session.active = layers[0]
    for height in (420, 200):
        panel.resize(320, height)
        assert view.viewport().rect().contains(row(view, "Background"))
    assert view.verticalScrollBar().maximum() > 0
