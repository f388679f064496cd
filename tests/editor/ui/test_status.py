"""The status bar: the memory of the picture, followed without being asked for at every change."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel, QStatusBar
from pytestqt.qtbot import QtBot

from editor.document.document import Document
from editor.document.geometry import Extent
from editor.document.layers import PaintLayer
from editor.document.tiles import TileMap
from editor.session import Session
from editor.ui.status import StatusInfo

NOISE = np.random.default_rng(0).integers(0, 256, (512, 512, 4), dtype=np.uint8)


@pytest.fixture
def session() -> Iterator[Session]:
    document = Document(Extent(512, 512))
    document.insert(PaintLayer("paint", pixels=TileMap.from_array(NOISE)), document.root, 0)
    session = Session(document, history_budget=1 << 30)
    yield session
    session.close()


@pytest.fixture
def bar(qtbot: QtBot) -> QStatusBar:
    bar = QStatusBar()
    qtbot.addWidget(bar)
    return bar


def memory_label(bar: QStatusBar) -> QLabel:
    return next(label for label in bar.findChildren(QLabel) if "Memory" in label.toolTip())


def test_memory_is_shown_with_what_it_is_made_of(bar: QStatusBar, session: Session) -> None:
    status = StatusInfo(bar)
    status.show_picture(session)
    label = memory_label(bar)
    display = session.memory.display
    assert label.text().endswith(("KB", "MB"))
    assert label.toolTip().splitlines()[1:3] == ["Layers: 1 MB", "Undo: 0 bytes of at most 1.0 GB"]
    assert session.memory.total == NOISE.nbytes + display
    session.delete_active()
    assert "Layers: 1 MB" in label.toolTip()  # not yet looked at again
    status.show_memory()
    assert label.toolTip().splitlines()[1:3] == ["Layers: 0 bytes", "Undo: 1 MB of at most 1.0 GB"]


def test_memory_is_looked_at_again_by_itself(bar: QStatusBar, session: Session, qtbot: QtBot) -> None:
    status = StatusInfo(bar)
    status.show_picture(session)
    session.delete_active()
    qtbot.waitUntil(lambda: "Layers: 0 bytes" in memory_label(bar).toolTip())


def test_without_a_picture_there_is_none(bar: QStatusBar, session: Session) -> None:
    status = StatusInfo(bar)
    status.show_picture(session)
    label = memory_label(bar)
    status.show_picture(None)
    status.show_memory()
    assert (label.text(), label.toolTip()) == ("", "")
