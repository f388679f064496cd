"""LayersPanel: the tree of layers, with opacity and blend mode of the active one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QItemSelection, QSignalBlocker, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from editor.document.layers import Group, Layer
from editor.layer_operations import PASS_THROUGH, blending, set_blending
from editor.raster.blend_modes import MODES
from editor.session import Session
from editor.ui.layer_delegate import LayerDelegate
from editor.ui.layers_model import LayersModel
from editor.ui.layers_view import LayersView
from editor.ui.spin_box import SpinBox

LAYER_BUTTONS = (
    "layer-new",
    "group-new",
    "layer-duplicate",
    "mask-add",
    "layer-clip",
    "layer-merge-down",
    "layer-raise",
    "layer-lower",
    "layer-delete",
)
"""Ids of the actions below the list."""

LAYER_MENU = (
    "layer-new",
    "layer-duplicate",
    "layer-group",
    "layer-merge-down",
    "layer-clip",
    "layer-lock",
    "mask-add",
    "mask-apply",
    "mask-delete",
    "select-layer",
    "layer-delete",
)


class LayersPanel(QWidget):
    """Shows one session at a time. ``buttons``: what the row below the list does; ``menu``: what a right click on a
    layer offers; ``delete``: what Del does in the list (elsewhere it is about something else)."""

    def __init__(
        self,
        buttons: Sequence[QAction] = (),
        menu: Sequence[QAction] = (),
        delete: QAction | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session: Session | None = None
        self._model: LayersModel | None = None
        self._disconnect: list[Callable[[], None]] = []
        self._gesture: tuple[Session, Layer] | None = None
        self._gesture_id: object = None

        self._mode = QComboBox()
        self._mode.setToolTip("How the layer is blended with what lies below it")
        self._mode.setAccessibleName("Blend mode")
        for mode_id, mode in MODES.items():
            self._mode.addItem(mode.title, mode_id)
        self._mode.activated.connect(self._mode_chosen)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setMaximum(100)
        self._slider.sliderPressed.connect(self._begin_gesture)
        self._slider.sliderReleased.connect(self._end_gesture)
        self._slider.valueChanged.connect(self._opacity_chosen)
        self._spin = SpinBox(maximum=100, suffix=" %")
        self._spin.setKeyboardTracking(False)
        self._spin.valueChanged.connect(self._opacity_chosen)
        for widget in (self._slider, self._spin):
            widget.setToolTip("Opacity of the layer")
            widget.setAccessibleName("Opacity")

        self._view = LayersView(delete)
        delegate = LayerDelegate(self._view)
        delegate.eye_clicked.connect(self._eye_clicked)
        self._view.setItemDelegate(delegate)

        top = QHBoxLayout()
        top.addWidget(self._mode, 1)
        opacity = QHBoxLayout()
        opacity.addWidget(QLabel("Opacity"))
        opacity.addWidget(self._slider, 1)
        opacity.addWidget(self._spin)
        row = QHBoxLayout()
        row.setSpacing(2)
        for action in buttons:
            button = QToolButton(autoRaise=True)
            button.setDefaultAction(action)
            row.addWidget(button)
        row.addStretch(1)
        self._view.addActions(list(menu))
        self._view.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        layout = QVBoxLayout(self)
        layout.addLayout(top)
        layout.addLayout(opacity)
        layout.addWidget(self._view, 1)
        layout.addLayout(row)
        self.set_session(None)

    def set_session(self, session: Session | None) -> None:
        for disconnect in self._disconnect:
            disconnect()
        if self._model is not None:
            self._model.release()
        old = self._model
        self._session, self._model, self._disconnect = session, None, []
        if session is not None:
            self._model = LayersModel(session, self)
            self._disconnect = [
                session.active_changed.connect(self._show_active),
                session.document.layers_changed.connect(self._show_tree),
                session.document.layer_changed.connect(self._layer_changed),
            ]
        self._view.setModel(self._model)
        if self._model is not None:
            self._view.selectionModel().selectionChanged.connect(self._row_chosen)
        if old is not None:
            old.deleteLater()
        self._show_tree()

    def finish_editing(self) -> None:
        """Takes a name that is half typed before the list changes under it."""
        editor = self._view.findChild(QLineEdit)
        if editor is not None:
            self._view.commitData(editor)
            self._view.closeEditor(editor, QAbstractItemDelegate.EndEditHint.NoHint)

    def _show_tree(self) -> None:
        groups = self._session is not None and any(
            isinstance(layer, Group) for layer in self._session.document.root.children
        )
        self._view.setRootIsDecorated(groups)
        self._view.expandAll()
        self._show_active()

    def _show_active(self) -> None:
        layer = self._session.active if self._session else None
        for widget in (self._mode, self._slider, self._spin):
            widget.setEnabled(layer is not None)
        if self._model is None or layer is None:
            return
        index = self._model.index_of(layer)
        if index.isValid():
            with QSignalBlocker(self._view.selectionModel()):
                self._view.setCurrentIndex(index)
            self._view.viewport().update()
        if self._gesture is not None:
            return
        with QSignalBlocker(self._slider), QSignalBlocker(self._spin):
            self._slider.setValue(round(layer.opacity * 100))
            self._spin.setValue(round(layer.opacity * 100))
        self._show_mode(layer)

    def _show_mode(self, layer: Layer) -> None:
        """A group may also let what lies below it through to its layers."""
        offered = self._mode.itemData(0) == PASS_THROUGH
        if isinstance(layer, Group) and not offered:
            self._mode.insertItem(0, "Pass Through", PASS_THROUGH)
        elif offered and not isinstance(layer, Group):
            self._mode.removeItem(0)
        self._mode.setCurrentIndex(self._mode.findData(blending(layer)))

    def _layer_changed(self, layer: Layer) -> None:
        if self._session is not None and layer is self._session.active:
            self._show_active()

    @Slot(QItemSelection, QItemSelection)
    def _row_chosen(self, selected: QItemSelection, _deselected: QItemSelection) -> None:
        if self._session is not None and self._model is not None and selected.indexes():
            self._session.active = self._model.layer_at(selected.indexes()[0])

    def _eye_clicked(self, layer: Layer) -> None:
        if self._session is not None:
            self._session.set_layer(layer, "visible", not layer.visible)

    def _mode_chosen(self) -> None:
        if self._session is not None and self._session.active is not None:
            set_blending(self._session, self._session.active, self._mode.currentData())

    def _opacity_chosen(self, percent: int) -> None:
        """A drag stays with the layer that it began on, whatever becomes active or is shown meanwhile."""
        with QSignalBlocker(self._spin):
            self._spin.setValue(percent)
        target = self._gesture or self._active()
        if target is not None and target[0].document.layer(target[1].id) is target[1]:
            target[0].set_layer(target[1], "opacity", percent / 100, self._gesture_id)

    def _active(self) -> tuple[Session, Layer] | None:
        if self._session is None or self._session.active is None:
            return None
        return self._session, self._session.active

    def _begin_gesture(self) -> None:
        self._gesture, self._gesture_id = self._active(), object()

    def _end_gesture(self) -> None:
        self._gesture, self._gesture_id = None, None
        self._show_active()
