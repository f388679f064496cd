"""LayersModel: the document's tree for Qt's views, the topmost layer first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
)
from PySide6.QtGui import QPixmap

from editor.document.layers import FillLayer, Group, Layer
from editor.layer_operations import PASS_THROUGH, blending
from editor.raster.blend_modes import MODES
from editor.render.thumbnail import layer_thumbnail
from editor.session import Session

THUMBNAIL = 40
"""Side in screen pixels."""

THUMBNAIL_REST = 200
"""Milliseconds without painting after which a layer's thumbnail is made anew."""

OUTDATED = "Below has changed"
"""Of a fill, that it no longer fits what it was made from."""

LAYER_ROLE = Qt.ItemDataRole.UserRole
DETAIL_ROLE = Qt.ItemDataRole.UserRole + 1
_MIME = "application/x-pentimento-layer"

Index = QModelIndex | QPersistentModelIndex


class LayersModel(QAbstractItemModel):
    """One column. Renaming and dragging become commands of the session."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._root = session.document.root
        self._thumbnails: dict[str, QPixmap | None] = {}
        self._painted: dict[str, Layer] = {}
        self._rest = QTimer(self, interval=THUMBNAIL_REST, singleShot=True)
        self._rest.timeout.connect(self._renew_thumbnails)
        document = session.document
        self._disconnect = [
            document.layers_changed.connect(self._on_tree),
            document.layer_changed.connect(self._on_layer),
            document.layer_painted.connect(self._on_painted),
            session.outdated_changed.connect(self._on_outdated),
        ]

    def release(self) -> None:
        """Stops listening to the document."""
        self._rest.stop()
        for disconnect in self._disconnect:
            disconnect()

    def index_of(self, layer: Layer | None) -> QModelIndex:
        if layer is None or layer is self._root or layer.parent is None:
            return QModelIndex()
        return self.createIndex(self._row(layer), 0, layer)

    def layer_at(self, index: Index) -> Layer | None:
        return index.internalPointer() if index.isValid() else None

    # What views ask

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return len(self._children(parent))

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 1

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:
        children = self._children(parent)
        if column != 0 or not 0 <= row < len(children):
            return QModelIndex()
        return self.createIndex(row, 0, children[len(children) - 1 - row])

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]
        layer = self.layer_at(index)
        return self.index_of(layer.parent) if layer is not None else QModelIndex()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        layer = self.layer_at(index)
        if layer is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return layer.name
        if role == Qt.ItemDataRole.DecorationRole:
            return self._thumbnail(layer)
        if role == LAYER_ROLE:
            return layer
        if role == DETAIL_ROLE:
            return self._detail(layer)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._detail(layer) or layer.name
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        layer, name = self.layer_at(index), str(value).strip()
        if layer is None or role != Qt.ItemDataRole.EditRole or not name:
            return False
        self._session.set_layer(layer, "name", name)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        flags = (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsEditable
            | Qt.ItemFlag.ItemIsDragEnabled
        )
        return flags | Qt.ItemFlag.ItemIsDropEnabled if isinstance(self.layer_at(index), Group) else flags

    # Dragging

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        layer = self.layer_at(indexes[0]) if indexes else None
        if layer is not None:
            data.setData(_MIME, layer.id.encode())
        return data

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        dragged = bytes(data.data(_MIME).data()).decode()
        layer = next((layer for layer in self._session.document.layers() if layer.id == dragged), None)
        target = self.layer_at(parent) if parent.isValid() else self._root
        if layer is None or not isinstance(target, Group):
            return False
        if layer is target or (isinstance(layer, Group) and any(target is child for child in layer.walk())):
            return False
        # Rows count from the top, places from the bottom; a negative row is the group itself: its top.
        place = len(target.children) - max(row, 0)
        source, index = self._session.document.index(layer)
        if source is target and index < place:
            place -= 1
        if source is not target or index != place:
            self._session.move(layer, target, place, f"Move {layer.name}")
        # The move is done: were it reported, the view would take the dragged row away.
        return False

    # Changes

    def _detail(self, layer: Layer) -> str:
        """A fill beneath which something has changed says so first."""
        detail = _detail(layer)
        return f"{OUTDATED} · {detail}" if layer.id in self._session.outdated else detail

    def _on_outdated(self) -> None:
        for layer in self._session.document.layers():
            if isinstance(layer, FillLayer):
                index = self.index_of(layer)
                self.dataChanged.emit(index, index)

    def _on_tree(self) -> None:
        self.beginResetModel()
        self.endResetModel()

    def _on_layer(self, layer: Layer) -> None:
        self._thumbnails.pop(layer.id, None)
        index = self.index_of(layer)
        if index.isValid():
            self.dataChanged.emit(index, index)

    def _on_painted(self, layer: Layer) -> None:
        self._painted[layer.id] = layer
        self._rest.start()

    def _renew_thumbnails(self) -> None:
        painted, self._painted = self._painted, {}
        for layer in painted.values():
            self._on_layer(layer)

    def _children(self, parent: Index) -> list[Layer]:
        group = self.layer_at(parent) if parent.isValid() else self._root
        return group.children if isinstance(group, Group) else []

    def _row(self, layer: Layer) -> int:
        parent, index = self._session.document.index(layer)
        return len(parent.children) - 1 - index

    def _thumbnail(self, layer: Layer) -> QPixmap | None:
        if layer.id not in self._thumbnails:
            document = self._session.document
            profile = document.metadata.icc_profile
            image = layer_thumbnail(layer, document.canvas, THUMBNAIL * 2, profile)
            self._thumbnails[layer.id] = None if image is None else QPixmap.fromImage(image)
        return self._thumbnails[layer.id]


def _detail(layer: Layer) -> str:
    parts = []
    if layer.opacity < 1:
        parts.append(f"{round(layer.opacity * 100)} %")
    if blending(layer) == PASS_THROUGH:
        parts.append("Pass Through")
    if layer.blend_mode != "normal":
        parts.append(MODES[layer.blend_mode].title if layer.blend_mode in MODES else layer.blend_mode)
    if isinstance(layer, FillLayer) and layer.recipe is not None:
        mixed = ", ".join(str(seed) for seed in layer.recipe.mixed)
        parts.append(f"Mixed from seeds {mixed}" if mixed else f"Seed {layer.recipe.seed}")
    return " · ".join(parts)
