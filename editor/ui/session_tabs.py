"""SessionTabs: the open pictures, a canvas in each tab; the tool belongs to the one in front."""

from __future__ import annotations

import contextlib
from pathlib import Path

from PySide6.QtCore import QSize, QTimer, Slot
from PySide6.QtWidgets import QTabBar, QTabWidget, QToolButton, QWidget

from editor.canvas.canvas import Canvas
from editor.canvas.frame import CanvasFrame
from editor.session import Session
from editor.settings import Settings
from editor.tools.tool import Tool
from editor.ui.icons import set_icon

TIDY_INTERVAL = 2000
"""Milliseconds between two looks at what the histories hold."""


class SessionTabs(QTabWidget):
    """The bar is hidden while there is but one tab."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setObjectName("tabs")
        self.setDocumentMode(True)
        self.setMovable(True)
        self.setTabBarAutoHide(True)
        tidying = QTimer(self, interval=TIDY_INTERVAL)
        tidying.timeout.connect(self.tidy)
        tidying.start()

    @property
    def canvas(self) -> Canvas | None:
        """Of the tab in front."""
        frame = self.currentWidget()
        return frame.canvas if isinstance(frame, CanvasFrame) else None

    @property
    def frames(self) -> list[CanvasFrame]:
        """Each a canvas with its rulers, in the order of the tabs."""
        widgets = (self.widget(index) for index in range(self.count()))
        return [widget for widget in widgets if isinstance(widget, CanvasFrame)]

    @property
    def canvases(self) -> list[Canvas]:
        return [frame.canvas for frame in self.frames]

    @property
    def sessions(self) -> list[Session]:
        return [canvas.session for canvas in self.canvases]

    def add(self, session: Session) -> Canvas:
        """In a new tab, which comes to the front."""
        canvas = Canvas(session, self._settings)
        frame = CanvasFrame(canvas, self._settings)
        index = self.addTab(frame, session.title)
        close = QToolButton(autoRaise=True)
        close.setToolTip("Close (Ctrl+W)")
        close.setIconSize(QSize(12, 12))
        set_icon(close, "cancel")
        close.clicked.connect(lambda: self.tabCloseRequested.emit(self.indexOf(frame)))
        self.tabBar().setTabButton(index, QTabBar.ButtonPosition.RightSide, close)
        self.setCurrentIndex(index)
        return canvas

    def session_of(self, path: Path) -> Session | None:
        """The session that this file is open in."""
        return next((s for s in self.sessions if s.path is not None and _same_file(s.path, path)), None)

    def show_path(self, path: Path) -> bool:
        """Brings the tab of this file to the front; False where the file is not open."""
        session = self.session_of(path)
        if session is None:
            return False
        self.setCurrentIndex(self.sessions.index(session))
        return True

    def show_titles(self) -> None:
        for index, session in enumerate(self.sessions):
            self.setTabText(index, session.title + ("*" if session.is_modified else ""))
            self.setTabToolTip(index, str(session.path or ""))

    def set_tool(self, tool: type[Tool]) -> None:
        """A new tool for the canvas in front; what the others had begun is committed."""
        for canvas in self.canvases:
            canvas.set_tool(tool(canvas.session, self._settings) if canvas is self.canvas else None)

    @Slot()
    def tidy(self) -> None:
        """Keeps every history to its budget: not all that is too much can be packed the moment that it comes."""
        for session in self.sessions:
            session.history.trim()

    def close_session(self, index: int) -> None:
        frame = self.frames[index]
        self.removeTab(index)
        frame.release_session()
        frame.canvas.session.close()
        frame.deleteLater()


def _same_file(a: Path, b: Path) -> bool:
    with contextlib.suppress(OSError):
        return a.samefile(b)
    return False
