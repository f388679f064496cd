"""OpenQueue: files that are to be opened, from the command line, a dialog or dropped, each when its turn comes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, QTimer, Signal

from editor.ui.document_files import DocumentFiles
from editor.ui.session_tabs import SessionTabs

_WAIT = 100
"""Milliseconds until it is looked again whether a file is still being read or written."""


class OpenQueue(QObject):
    """Signals: ``opened(Session)``."""

    opened = Signal(object)

    def __init__(self, files: DocumentFiles, tabs: SessionTabs, parent: QObject) -> None:
        super().__init__(parent)
        self._files, self._tabs = files, tabs
        self._paths: list[Path] = []

    def open(self, paths: Sequence[Path]) -> None:
        """Each in a tab of its own; one that is open already comes to the front. While a file is being read or
        written, they wait for their turn."""
        self._paths += paths
        while self._paths and not self._files.is_busy:
            path = self._paths.pop(0)
            if not self._tabs.show_path(path):
                session = self._files.open(path)
                if session is not None:
                    self.opened.emit(session)
        if self._paths:
            QTimer.singleShot(_WAIT, self, lambda: self.open(()))

    def takes(self, dropped: QMimeData) -> bool:
        return any(url.isLocalFile() for url in dropped.urls())

    def drop(self, dropped: QMimeData) -> None:
        paths = [Path(url.toLocalFile()) for url in dropped.urls() if url.isLocalFile()]
        QTimer.singleShot(0, self, lambda: self.open(paths))  # whoever dragged waits for this to return
