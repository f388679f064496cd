"""ModelList: the models on this computer; adds one that is there already, and removes or chooses one."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from editor.texts import size_text
from editor.ui.background import Background
from editor.ui.icons import set_icon
from editor.ui.model_texts import PURPOSE, family_text, parts_text, place_of, removal_text
from editor.ui.notice import Notice
from inference.models.model import Model, ModelError, PartMissing
from inference.models.store import ModelStore

log = logging.getLogger(__name__)

_COLUMNS = (("Name", 34), ("Family", 28), ("Size", 12), ("Licence", 26), ("Where", 0))
"""Titles, and in characters how wide they get at most; the last takes what is left."""

_ROW_HEIGHT = 28


class ModelList(QWidget):
    """``chosen(model_id)``: fills shall use it. ``changed()``: one was added or removed. ``listed()``: what is shown is
    what was there a moment ago.

    The store is read and written by ``background``, one thing after another; what it finds is shown when it is there.
    """

    chosen = Signal(str)
    changed = Signal()
    listed = Signal()

    def __init__(self, store: ModelStore, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store, self._background = store, background
        self._folder = Path.home()
        self.models: list[Model] = []

        self.tree = QTreeWidget()
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setAllColumnsShowFocus(True)
        self.tree.setObjectName("models")
        self.tree.setAccessibleName("Models on this computer")
        self.tree.setHeaderLabels([title for title, _width in _COLUMNS])
        self.tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.tree.header().setSectionsMovable(False)
        self.tree.currentItemChanged.connect(self._show_current)
        self.tree.itemActivated.connect(self._use)
        self._empty = QLabel(PURPOSE, wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        self._empty.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._empty.setContentsMargins(60, 0, 60, 0)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.tree)
        self._pages.addWidget(self._empty)
        self.notice = Notice()

        self.add_folder_button = self._button(
            "Add Folder…",
            "plus",
            "Add a model that lies in a folder: one with a model_index.json",
            self._add_folder,
        )
        self.add_file_button = self._button(
            "Add File…", "plus", "Add a model that is a single .safetensors file", self._add_file
        )
        self.folder_button = self._button(
            "Show in Folder", "folder", "Show the model's files in the file manager", self._show_in_folder
        )
        self.remove_button = self._button("Remove…", "trash", "", self._remove)
        self.use_button = self._button(
            "Use for Fills", "fill", "Choose this model in the Fill panel", self._use
        )
        buttons = QHBoxLayout()
        buttons.addWidget(self.add_folder_button)
        buttons.addWidget(self.add_file_button)
        buttons.addStretch(1)
        for button in (self.folder_button, self.remove_button, self.use_button):
            buttons.addWidget(button)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 10, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.notice)
        layout.addLayout(buttons)
        self._show_current()

    @Slot()
    def reload(self, select: str = "") -> None:
        """Reads what there is now; ``select``: the id of the model that is to be the current one."""
        select = select or self._current_id()

        def show(models: list[Model] | None, error: Exception | None) -> None:
            if error is not None:
                self._tell("look for models", error)
            else:
                self._show(models or [], select)
            self.listed.emit()

        self._background.run(self._store.models, show)

    def model(self) -> Model | None:
        """The current one."""
        current = self._current_id()
        return next((model for model in self.models if model.id == current), None)

    def _show(self, models: list[Model], select: str) -> None:
        self.models = models
        self.tree.clear()
        for model in models:
            size = size_text(model.bytes) if model.bytes else ""
            texts = [
                model.name,
                family_text(model.family),
                size,
                model.licence or "not stated",
                str(place_of(model)),
            ]
            item = QTreeWidgetItem(texts)
            item.setData(0, Qt.ItemDataRole.UserRole, model.id)
            item.setSizeHint(
                len(texts) - 1, QSize(0, _ROW_HEIGHT)
            )  # of the column whose width is not its text's
            for column, text in enumerate(texts):
                item.setToolTip(column, text)
            item.setToolTip(len(texts) - 1, parts_text(model))
            self.tree.addTopLevelItem(item)
            if model.id == select or self.tree.currentItem() is None:
                self.tree.setCurrentItem(item)
        self._fit_columns()
        self._pages.setCurrentIndex(0 if models else 1)
        self._show_current()

    def _fit_columns(self) -> None:
        character = self.tree.fontMetrics().averageCharWidth()
        for column, (_title, most) in enumerate(_COLUMNS[:-1]):
            self.tree.resizeColumnToContents(column)
            self.tree.setColumnWidth(column, min(self.tree.columnWidth(column) + 8, most * character))

    def _current_id(self) -> str:
        item = self.tree.currentItem()
        return item.data(0, Qt.ItemDataRole.UserRole) if item is not None else ""

    @Slot()
    def _show_current(self) -> None:
        model = self.model()
        for button in (self.folder_button, self.use_button, self.remove_button):
            button.setEnabled(model is not None)
        tip = "Take the model off the list; what was downloaded is deleted"
        if model is not None and model.source == "cache":
            self.remove_button.setEnabled(False)
            tip = "This model lies in the hub's cache, which other programs use too: delete it there"
        self.remove_button.setToolTip(tip)

    # Adding

    @Slot()
    def _add_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Add a Model's Folder", str(self._folder))
        if path:
            self._add([Path(path)])

    @Slot()
    def _add_file(self) -> None:
        path, _filter = QFileDialog.getOpenFileName(
            self, "Add a Model's File", str(self._folder), "Models (*.safetensors);;All files (*)"
        )
        if path:
            self._add([Path(path)])

    def _add(self, paths: list[Path]) -> None:
        self._folder = paths[-1].parent
        self.notice.clear()

        def then(model: Model | None, error: Exception | None) -> None:
            self._set_busy(False)
            if isinstance(error, PartMissing):
                self._ask_for_other(paths, str(error))
            elif error is not None or model is None:
                self._tell(f"add “{paths[-1].name}”", error)
            else:
                self.notice.say(f"“{model.name}” was added: {family_text(model.family)}.")
                self.reload(model.id)
                self.changed.emit()

        self._set_busy(True)
        self.notice.say(f"Looking at “{paths[-1].name}”…")
        self._background.run(lambda: self._store.add(*paths), then)

    def _ask_for_other(self, paths: list[Path], why: str) -> None:
        """A model in several folders: the next one is asked for until it is whole, or the user gives up."""
        self.notice.clear()
        box = QMessageBox(QMessageBox.Icon.Information, "Another Part Is Needed", why, parent=self)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText("Picked so far:\n" + "\n".join(str(path) for path in paths))
        box.setStandardButtons(QMessageBox.StandardButton.Ok | QMessageBox.StandardButton.Cancel)
        box.button(QMessageBox.StandardButton.Ok).setText("Pick the Folder…")
        answer = box.exec()
        box.deleteLater()
        if answer == QMessageBox.StandardButton.Ok:
            path = QFileDialog.getExistingDirectory(self, "Add the Other Part", str(self._folder))
            if path:
                self._add([*paths, Path(path)])

    # The current one

    @Slot()
    def _use(self) -> None:
        model = self.model()
        if model is not None:
            self.notice.say(f"Fills now use “{model.name}”.")
            self.chosen.emit(model.id)

    @Slot()
    def _show_in_folder(self) -> None:
        model = self.model()
        if model is None:
            return
        place = place_of(model)
        folder = place if place.is_dir() else place.parent
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self.notice.say(f"No file manager could be opened. The files are in {folder}.")

    @Slot()
    def _remove(self) -> None:
        model = self.model()
        if model is None:
            return
        question, explanation = removal_text(model)
        box = QMessageBox(QMessageBox.Icon.Warning, "Remove a Model", question, parent=self)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText(explanation)
        box.setStandardButtons(QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel)
        box.button(QMessageBox.StandardButton.Yes).setText(
            "Delete" if model.source == "download" else "Remove"
        )
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        answer = box.exec()
        box.deleteLater()
        if answer != QMessageBox.StandardButton.Yes:
            return

        def then(freed: int | None, error: Exception | None) -> None:
            self._set_busy(False)
            if error is not None:
                self._tell(f"remove “{model.name}”", error)
            else:
                text = f"“{model.name}” was removed."
                if model.source == "download":
                    text = f"“{model.name}” was deleted; {size_text(freed or 0)} are free again."
                self.notice.say(text)
                self.changed.emit()
            self.reload()

        self._set_busy(True)
        self._background.run(lambda: self._store.remove(model.id), then)

    def _set_busy(self, busy: bool) -> None:
        for button in (self.add_folder_button, self.add_file_button):
            button.setDisabled(busy)
        self._show_current()
        if busy:
            self.remove_button.setEnabled(False)

    def _tell(self, aim: str, error: Exception | None) -> None:
        if isinstance(error, ModelError):
            self.notice.say(str(error))
            return
        log.error("could not %s", aim, exc_info=error)
        detail = "".join(traceback.format_exception(error)) if error else ""
        self.notice.say(f"It was not possible to {aim} ({type(error).__name__}: {error}).", detail)

    def _button(self, text: str, icon: str, tip: str, run: Callable[[], Any]) -> QPushButton:
        button = QPushButton(text, autoDefault=False)
        button.setToolTip(tip)
        set_icon(button, icon)
        button.clicked.connect(run)
        return button
