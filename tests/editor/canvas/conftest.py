"""Canvases for their tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QCursor
from pytestqt.qtbot import QtBot

from editor.canvas.canvas import Canvas
from editor.session import Session
from editor.settings import Settings
from tests.editor.canvas.canvas_support import (
    Make,
    Recorder,
)


@pytest.fixture
def make(qtbot: QtBot, settings: Settings) -> Iterator[Make]:
    canvases: list[Canvas] = []

    def new(session: Session, width: int = 500, height: int = 400, show: bool = True) -> Canvas:
        canvas = Canvas(session, settings)
        canvases.append(canvas)
        canvas.resize(width, height)
        QCursor.setPos(5000, 5000)  # wherever the last test left the pointer
        if show:
            canvas.show()
            qtbot.waitExposed(canvas)
        return canvas

    yield new
    for canvas in canvases:
        canvas.release_session()
        canvas.close()
        canvas.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def canvas(make: Make, session: Session) -> Canvas:
    """500 × 400 pixels around a picture of 400 × 300 at 100 %."""
    return make(session)


@pytest.fixture
def recorder(canvas: Canvas, settings: Settings) -> Recorder:
    tool = Recorder(canvas.session, settings)
    canvas.set_tool(tool)
    return tool
