"""The layers model: the tree upside down, steadily consistent, and where a dragged layer may go."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from editor.document.document import Document
from editor.document.geometry import Bounds, Extent
from editor.document.layers import FillLayer, Group, Layer, PaintLayer
from editor.document.recipe import FillRecipe
from editor.document.tiles import TileMap
from editor.history.commands import ChangeTiles, InsertLayer, RemoveLayer
from editor.session import Session
from editor.ui.layers_model import DETAIL_ROLE, LAYER_ROLE, LayersModel
from tests.editor.render.test_colour import P3, in_srgb

MOVE = Qt.DropAction.MoveAction
EDIT = Qt.ItemDataRole.EditRole


def paint(name: str) -> PaintLayer:
    return PaintLayer(name, pixels=TileMap.from_array(np.full((30, 40, 4), 128, np.uint8)))


@pytest.fixture
def session() -> Session:
    """From the bottom: A, B, Group (C, D, Inner (E)), F."""
    document = Document(Extent(40, 30))
    inner = Group("Inner", children=[paint("E")])
    group = Group("Group", children=[paint("C"), paint("D"), inner])
    for place, layer in enumerate([paint("A"), paint("B"), group, paint("F")]):
        document.insert(layer, document.root, place)
    return Session(document)


@pytest.fixture
def model(qtbot: QtBot, session: Session) -> Iterator[LayersModel]:
    """Watched by Qt's own tester, which ends the program at the first contradiction."""
    made = LayersModel(session)
    tester = QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Fatal)
    yield made
    made.release()
    del tester


def layer(session: Session, name: str) -> Layer:
    return next(each for each in session.document.layers() if each.name == name)


def group(session: Session, name: str) -> Group:
    found = layer(session, name)
    assert isinstance(found, Group)
    return found


def tree(group: Group) -> str:
    """The names, bottom first, as in "A B Group(C D)"."""
    return " ".join(
        f"{each.name}({tree(each)})" if isinstance(each, Group) else each.name for each in group.children
    )


def rows(model: LayersModel, parent: QModelIndex = QModelIndex()) -> str:
    """What a view shows, from the top."""
    found = []
    for row in range(model.rowCount(parent)):
        index = model.index(row, 0, parent)
        name = index.data()
        found.append(f"{name}({rows(model, index)})" if model.rowCount(index) else name)
    return " ".join(found)


def drop(model: LayersModel, dragged: Layer, row: int, parent: Layer | None = None) -> None:
    """As a view drops it: before a row, or with -1 on the parent itself."""
    data = model.mimeData([model.index_of(dragged)])
    assert data.hasFormat(model.mimeTypes()[0])
    # Never reported as done: the view would take the dragged row away.
    assert not model.dropMimeData(data, MOVE, row, 0 if row >= 0 else -1, model.index_of(parent))


def test_the_topmost_layer_comes_first(model: LayersModel) -> None:
    assert rows(model) == "F Group(Inner(E) D C) B A"
    assert model.columnCount() == 1


def test_indexes_lead_to_layers_and_back(model: LayersModel, session: Session) -> None:
    for each in session.document.layers():
        index = model.index_of(each)
        assert model.layer_at(index) is each
        assert index.data(LAYER_ROLE) is each
        assert index == model.index(index.row(), 0, index.parent())
        assert model.layer_at(index.parent()) is (
            None if each.parent is session.document.root else each.parent
        )
    for stranger in (None, session.document.root, paint("Stranger")):
        assert not model.index_of(stranger).isValid()
    assert not model.index(4, 0).isValid()
    assert not model.index(-1, 0).isValid()
    assert not model.index(0, 1).isValid()
    assert model.layer_at(QModelIndex()) is None


def test_what_is_told_of_a_layer(model: LayersModel, session: Session) -> None:
    index = model.index_of(layer(session, "A"))
    assert index.data(DETAIL_ROLE) == ""
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "A"
    session.set_layer(layer(session, "A"), "opacity", 0.335)
    session.set_layer(layer(session, "A"), "blend_mode", "multiply")
    assert index.data(DETAIL_ROLE) == "34 % · Multiply"
    session.document.set_property(layer(session, "A"), "blend_mode", "from-elsewhere")
    assert index.data(DETAIL_ROLE) == "34 % · from-elsewhere"
    recipe = FillRecipe("content-aware", 77, Bounds(0, 0, 9, 9), (9, 9), 2, 6)
    fill = FillLayer("Fill", pixels=TileMap(4), recipe=recipe)
    session.history.do(InsertLayer("Fill", session.document, fill, session.document.root, 0))
    assert model.index_of(fill).data(Qt.ItemDataRole.ToolTipRole) == "Seed 77"


def test_thumbnails_follow_their_layers_once_nothing_is_painted(
    model: LayersModel, session: Session, qtbot: QtBot
) -> None:
    a = layer(session, "A")
    index = model.index_of(a)

    def colour() -> tuple[int, ...]:
        pixmap = index.data(Qt.ItemDataRole.DecorationRole)
        return pixmap.toImage().pixelColor(5, 5).getRgb()

    assert model.index_of(layer(session, "Group")).data(Qt.ItemDataRole.DecorationRole) is None
    before = colour()
    patch = a.pixels.patch(Bounds(0, 0, 40, 30), np.full((30, 40, 4), 255, np.uint8))
    with qtbot.waitSignal(model.dataChanged):
        session.history.do(ChangeTiles("Paint", session.document, a, "pixels", patch))
        assert colour() == before
    assert colour() == (255, 255, 255, 255) != before
    with qtbot.waitSignal(model.dataChanged):
        session.history.undo()
    assert colour() == before


def test_thumbnails_are_in_the_screens_colours(model: LayersModel, session: Session) -> None:
    a = layer(session, "A")
    patch = a.pixels.patch(Bounds(0, 0, 40, 30), np.full((30, 40, 4), (200, 60, 40, 255), np.uint8))
    session.history.do(ChangeTiles("Paint", session.document, a, "pixels", patch))
    session.document.metadata.icc_profile = P3
    pixmap = model.index_of(a).data(Qt.ItemDataRole.DecorationRole)
    seen = pixmap.toImage().pixelColor(5, 5).getRgb()[:3]
    assert np.abs(np.array(seen) - in_srgb((200, 60, 40))).max() <= 2


def test_a_changed_layer_is_reported_at_its_own_row(model: LayersModel, session: Session) -> None:
    told: list[object] = []
    model.dataChanged.connect(lambda first, last: told.extend([first.data(LAYER_ROLE), last.row()]))
    session.set_layer(layer(session, "D"), "visible", False)
    assert told == [layer(session, "D"), 1]


def test_renaming_is_a_step(model: LayersModel, session: Session) -> None:
    index = model.index_of(layer(session, "C"))
    assert index.flags() & Qt.ItemFlag.ItemIsEditable
    assert index.data(EDIT) == "C"
    assert model.setData(index, "  Sky ", EDIT)
    assert index.data() == "Sky"
    for name, role in (("", EDIT), ("   ", EDIT), ("Other", Qt.ItemDataRole.CheckStateRole)):
        assert not model.setData(index, name, role)
    assert not model.setData(QModelIndex(), "Nothing", EDIT)
    assert session.history.labels == ["Name of C"]
    session.history.undo()
    assert index.data() == "C"


@pytest.mark.parametrize(
    ("name", "row", "parent", "expected"),
    [
        # Among the layers of the root: F is row 0, A row 3.
        ("A", 0, None, "B Group(C D Inner(E)) F A"),
        ("A", 1, None, "B Group(C D Inner(E)) A F"),
        ("A", 2, None, "B A Group(C D Inner(E)) F"),
        ("F", 4, None, "F A B Group(C D Inner(E))"),
        ("F", 3, None, "A F B Group(C D Inner(E))"),
        ("B", -1, None, "A Group(C D Inner(E)) F B"),
        ("F", 2, None, "A B F Group(C D Inner(E))"),
        # Into a group: on it, and between its rows.
        ("A", -1, "Group", "B Group(C D Inner(E) A) F"),
        ("A", 0, "Group", "B Group(C D Inner(E) A) F"),
        ("A", 1, "Group", "B Group(C D A Inner(E)) F"),
        ("A", 3, "Group", "B Group(A C D Inner(E)) F"),
        ("F", -1, "Inner", "A B Group(C D Inner(E F))"),
        # Within it, out of it, and a group itself.
        ("C", 0, "Group", "A B Group(D Inner(E) C) F"),
        ("Inner", 3, "Group", "A B Group(Inner(E) C D) F"),
        ("E", 0, None, "A B Group(C D Inner()) F E"),
        ("D", 4, None, "D A B Group(C Inner(E)) F"),
        ("Group", 0, None, "A B F Group(C D Inner(E))"),
        ("Inner", 4, None, "Inner(E) A B Group(C D) F"),
    ],
)
def test_a_layer_can_be_dropped_anywhere(
    model: LayersModel, session: Session, name: str, row: int, parent: str | None, expected: str
) -> None:
    before = tree(session.document.root)
    session.active = layer(session, "B")
    drop(model, layer(session, name), row, layer(session, parent) if parent else None)
    assert tree(session.document.root) == expected
    assert session.history.labels == [f"Move {name}"]
    assert session.active.name == "B"
    session.history.undo()
    assert tree(session.document.root) == before


@pytest.mark.parametrize(
    ("name", "row", "parent"),
    [
        ("A", 3, None),  # where it is: above and below itself
        ("A", 4, None),
        ("F", 0, None),
        ("F", 1, None),
        ("F", -1, None),
        ("Inner", -1, "Group"),
        ("D", 1, "Group"),
        ("D", 2, "Group"),
        ("Group", -1, "Group"),  # into itself
        ("Group", 1, "Group"),
        ("Group", -1, "Inner"),  # into one of its own
        ("Group", 0, "Inner"),
        ("A", -1, "B"),  # onto a layer that is no group
        ("A", 0, "F"),
    ],
)
def test_where_a_layer_cannot_go_or_is_already_nothing_happens(
    model: LayersModel, session: Session, name: str, row: int, parent: str | None
) -> None:
    before = tree(session.document.root)
    drop(model, layer(session, name), row, layer(session, parent) if parent else None)
    assert tree(session.document.root) == before
    assert session.history.position == 0


def test_only_layers_of_this_picture_can_be_dropped(model: LayersModel, session: Session) -> None:
    foreign = QMimeData()
    foreign.setData(model.mimeTypes()[0], b"an id of another picture")
    text = QMimeData()
    text.setText("A")
    for data in (foreign, text, QMimeData(), model.mimeData([])):
        assert not model.dropMimeData(data, MOVE, 0, 0, QModelIndex())
    assert session.history.position == 0


def test_only_groups_and_the_empty_space_take_drops(model: LayersModel, session: Session) -> None:
    drops = Qt.ItemFlag.ItemIsDropEnabled
    assert model.flags(QModelIndex()) & drops
    for each in session.document.layers():
        assert bool(model.flags(model.index_of(each)) & drops) is isinstance(each, Group)
        assert model.flags(model.index_of(each)) & Qt.ItemFlag.ItemIsDragEnabled
    assert model.supportedDropActions() == MOVE


def test_it_stays_consistent_whatever_happens_to_the_tree(model: LayersModel, session: Session) -> None:
    """Inserts, removals, moves, undo and redo at random, with indexes held on to meanwhile."""
    random, document = Random(4), session.document
    for number in range(120):
        layers = list(document.layers())
        groups = [document.root, *(each for each in layers if isinstance(each, Group))]
        held = [QPersistentModelIndex(model.index_of(each)) for each in layers]
        parent = random.choice(groups)
        match random.choice(["insert", "remove", "move", "undo", "redo", "rename"]):
            case "insert":
                new = Group(f"G{number}") if random.random() < 0.3 else paint(f"L{number}")
                place = random.randint(0, len(parent.children))
                session.history.do(InsertLayer("Add", document, new, parent, place))
            case "remove" if layers:
                session.history.do(RemoveLayer("Delete", document, random.choice(layers)))
            case "move" if layers:
                data = model.mimeData([model.index_of(random.choice(layers))])
                row = random.randint(-1, len(parent.children))
                model.dropMimeData(data, MOVE, row, 0, model.index_of(parent))
            case "undo":
                session.history.undo()
            case "redo":
                session.history.redo()
            case _ if layers:
                model.setData(model.index_of(random.choice(layers)), f"Name {number}", EDIT)
        for index in held:
            if index.isValid():
                assert model.layer_at(index).parent is not None
        assert rows(model) == _upside_down(document.root)
    session.history.go_to(0)
    assert tree(document.root) == "A B Group(C D Inner(E)) F"


def test_a_released_model_listens_no_more(qtbot: QtBot, session: Session) -> None:
    model = LayersModel(session)
    told: list[str] = []
    model.modelReset.connect(lambda: told.append("reset"))
    model.dataChanged.connect(lambda: told.append("changed"))
    model.release()
    model.release()
    session.set_layer(layer(session, "A"), "visible", False)
    session.delete_active()
    assert told == []


def _upside_down(group: Group) -> str:
    return " ".join(
        f"{each.name}({_upside_down(each)})" if isinstance(each, Group) and each.children else each.name
        for each in reversed(group.children)
    )
