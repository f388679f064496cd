"""Closing: what happens before a picture, or all of them, are closed; nothing is thrown away without a question."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from editor.session import Session
from editor.ui.document_files import DocumentFiles
from editor.ui.fill_desk import FillDesk
from editor.ui.journal_desk import JournalDesk
from editor.ui.session_tabs import SessionTabs


class Closing(QObject):
    """Signals: ``closed()`` a tab is."""

    closed = Signal()

    def __init__(
        self,
        files: DocumentFiles,
        tabs: SessionTabs,
        journals: JournalDesk,
        desk: FillDesk,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._files, self._tabs, self._journals, self._desk = files, tabs, journals, desk

    @Slot(int)
    def close_tab(self, index: int) -> bool:
        """False where it stays open."""
        if index < 0 or self._files.is_busy:
            return False
        self._finish_tool()
        session = self._tabs.sessions[index]
        if not self._may_close(session):
            return False
        self._desk.session_closed(session)
        self._journals.close(session)
        self._tabs.close_session(index)
        self.closed.emit()
        # A session and its listeners refer to each other: its pictures are freed now, not when Python gets to it.
        QTimer.singleShot(0, self, _collect_garbage)
        return True

    def may_end(self) -> bool:
        """Whether all may be closed: all are asked before the first is."""
        self._finish_tool()
        for index, session in enumerate(self._tabs.sessions):
            if session.is_modified or self._desk.is_working_on(session):
                self._tabs.setCurrentIndex(index)
                if not self._may_close(session):
                    return False
        return True

    def end(self) -> None:
        """Closes them, and ends what goes on beside the window."""
        self._desk.stop()
        self._files.stop()
        while self._tabs.count():
            self._journals.close(self._tabs.sessions[0])
            self._tabs.close_session(0)
        self._journals.stop()

    def _finish_tool(self) -> None:
        if self._tabs.canvas is not None:
            self._tabs.canvas.finish(keep=True)

    def _may_close(self, session: Session) -> bool:
        return self._files.may_close(session, self._desk.is_working_on(session))


def _collect_garbage() -> None:
    """Also among what was frozen when the kernels were loaded: a picture that was open then may be gone now."""
    was_frozen = gc.get_freeze_count() > 0
    gc.unfreeze()
    gc.collect()
    if was_frozen:
        gc.freeze()
