"""What the tests of the canvas share: a tool that notes what it is told, and the canvas as it is seen and touched."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QMouseEvent,
)
from PySide6.QtWidgets import QApplication

from editor.canvas.canvas import Canvas
from editor.document.geometry import Bounds
from editor.document.tiles import Array8
from editor.render.qimage import to_array
from editor.session import Session
from editor.settings import Settings
from editor.tools.tool import Overlay, PointerEvent, Tool, ToolInfo

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NONE = Qt.KeyboardModifier.NoModifier

Make = Callable[..., Canvas]


class Recorder(Tool):
    """Notes what it is told, and draws what it is given."""

    info = ToolInfo("recorder", "Recorder", "", "", "")

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__(session, settings)
        self.calls: list[tuple[str, PointerEvent]] = []
        self.others: list[str] = []
        self.drawn = Overlay()
        self.diameter: float | None = None
        self.is_busy = False

    @property
    def frames(self) -> int:
        return self.others.count("frame")

    @property
    def busy(self) -> bool:
        return self.is_busy

    @property
    def names(self) -> list[str]:
        return [name for name, _event in self.calls]

    def press(self, event: PointerEvent) -> None:
        self.calls.append(("press", event))

    def move(self, event: PointerEvent) -> None:
        self.calls.append(("move", event))

    def release(self, event: PointerEvent) -> None:
        self.calls.append(("release", event))

    def hover(self, event: PointerEvent) -> None:
        self.calls.append(("hover", event))

    def frame(self) -> None:
        self.others.append("frame")

    def double_press(self, event: PointerEvent) -> None:
        self.calls.append(("double_press", event))

    def commit(self) -> None:
        self.others.append("commit")

    def cancel(self) -> None:
        self.others.append("cancel")

    def step_back(self) -> bool:
        self.others.append("step_back")
        return True

    def overlay(self) -> Overlay:
        return self.drawn

    def cursor_diameter(self) -> float | None:
        return self.diameter


def grabbed(canvas: Canvas, whole: bool = True) -> Array8:
    """(h, w, 3). However slow the machine, nothing is missing; without ``whole``, what one paint event comes to."""
    if whole:
        complete(canvas)
    return to_array(canvas.grab().toImage())[..., :3]


def shown(canvas: Canvas, whole: bool = True) -> Array8:
    """What is grabbed of the picture itself, where that lies upright and on whole pixels."""
    image, viewport = grabbed(canvas, whole), canvas.viewport
    x, y = round(viewport.x), round(viewport.y)
    right, bottom = (round(edge) for edge in viewport.to_screen(*viewport.picture))
    return image[max(y, 0) : bottom, max(x, 0) : right]


def complete(canvas: Canvas) -> None:
    """The next paint event finds everything ready."""
    session = canvas.session
    session.projection.update(session.document.canvas)
    if canvas.tool is not None and canvas.tool.info.shows_veil:
        session.veil.update(session.document.canvas)


def select(session: Session, box: Bounds) -> None:
    session.select(box, np.full((box.height, box.width), 255, np.uint8), "replace", "Select")


def hover(canvas: Canvas, x: int, y: int) -> None:
    """The pointer moves to a point of the widget; unlike QTest's, at once and only once."""
    point, none = QPointF(x, y), Qt.MouseButton.NoButton
    QApplication.sendEvent(
        canvas, QMouseEvent(QEvent.Type.MouseMove, point, canvas.mapToGlobal(point), none, none, NONE)
    )


def at(canvas: Canvas, x: float, y: float) -> QPoint:
    return QPointF(*canvas.viewport.to_screen(x, y)).toPoint()


def stripes(width: int, height: int) -> Array8:
    """A chessboard of single pixels: what a careless reduction turns into patterns, and an average into grey."""
    ys, xs = np.mgrid[:height, :width]
    picture = np.full((height, width, 4), 255, np.uint8)
    picture[..., :3] = (((xs + ys) % 2) * 255)[..., None]
    return picture
