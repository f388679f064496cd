"""ToolInput: what of pointer and keys reaches the tool in hand."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QTabletEvent

from editor.canvas.pointer import pointer_event
from editor.canvas.viewport import Viewport
from editor.tools.tool import Tool


class ToolInput:
    """``request_frame`` is called after what the tool may only have gathered: a frame follows, also where nothing has
    changed on the screen yet."""

    def __init__(self, viewport: Viewport, request_frame: Callable[[], None]) -> None:
        self._viewport, self._request_frame = viewport, request_frame
        self._tool: Tool | None = None
        self._pressed = False
        self._gathered = False
        """The tool has been told of moves since the last frame."""

    @property
    def tool(self) -> Tool | None:
        return self._tool

    @tool.setter
    def tool(self, tool: Tool | None) -> None:
        self._tool, self._pressed = tool, False

    def frame(self) -> None:
        """Before each picture: what has been gathered since the last is applied now."""
        if self._gathered and self._tool is not None:
            self._gathered = False
            self._tool.frame()

    def press(self, event: QMouseEvent | QTabletEvent, double: bool = False) -> None:
        if self._tool is None or event.button() != Qt.MouseButton.LeftButton:
            return
        self._pressed = True
        sample = pointer_event(event, self._viewport)
        if double:
            self._tool.double_press(sample)
        else:
            self._tool.press(sample)
        self._tell_frame()

    def move(self, event: QMouseEvent | QTabletEvent) -> None:
        if self._tool is None:
            return
        sample = pointer_event(event, self._viewport)
        if self._pressed:
            self._tool.move(sample)
            self._tell_frame()
        else:
            self._tool.hover(sample)

    def release(self, event: QMouseEvent | QTabletEvent) -> None:
        pen = isinstance(event, QTabletEvent)
        if self._pressed and self._tool is not None and (pen or event.button() == Qt.MouseButton.LeftButton):
            self._pressed = False
            self._tool.release(pointer_event(event, self._viewport))

    def tablet(self, event: QTabletEvent) -> None:
        """A pen does what the left button does, with pressure. Qt passes on every sample of a pen: only mouse moves
        does it compress, and only while the program is late."""
        match event.type():
            case QEvent.Type.TabletPress:
                self.press(event)
            case QEvent.Type.TabletMove:
                self.move(event)
            case QEvent.Type.TabletRelease:
                self.release(event)

    def key(self, event: QKeyEvent) -> bool:
        """Ends what has been begun, or takes back a part of it; False where the key means nothing to the tool."""
        if self._tool is None:
            return False
        if event.key() == Qt.Key.Key_Escape and self._tool.busy:
            self._pressed = False
            self._tool.cancel()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._tool.busy:
            self._tool.commit()
        else:
            return event.key() == Qt.Key.Key_Backspace and self._tool.step_back()
        return True

    def _tell_frame(self) -> None:
        self._gathered = True
        self._request_frame()
