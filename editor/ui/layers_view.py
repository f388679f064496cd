"""LayersView: the tree in the layers panel, in which Del is about the layer, and the active layer stays in view."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QTreeView, QWidget


class LayersView(QTreeView):
    """``delete``: what Del does here."""

    def __init__(self, delete: QAction | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent, headerHidden=True, uniformRowHeights=True, indentation=14)
        self._delete = delete
        self.setObjectName("layers")
        self.setAccessibleName("Layers")
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.setRootIsDecorated(False)

    def event(self, event: QEvent) -> bool:
        """Del does not go on to the window, where it would be about pixels."""
        if event.type() == QEvent.Type.ShortcutOverride and _is_delete(event):
            event.accept()
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The panel gives way to one that says more."""
        super().resizeEvent(event)
        self.scrollTo(self.currentIndex())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if _is_delete(event):
            if self._delete is not None:
                self._delete.trigger()
        else:
            super().keyPressEvent(event)


def _is_delete(event: QEvent) -> bool:
    return (
        isinstance(event, QKeyEvent)
        and event.key() == Qt.Key.Key_Delete
        and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    )
