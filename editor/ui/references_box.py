"""ReferencesBox: the pictures that stand beside the prompt, each with its weight. They are dropped or picked."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from editor.document.tiles import Array8
from editor.files.errors import FileError
from editor.files.reference import read_reference
from editor.render.qimage import rgb_to_qimage
from editor.ui.background import Background
from editor.ui.icons import set_icon
from editor.ui.spin_box import SpinBox
from inference.request import Reference

MOST = 8

_SIDE = 32


class ReferencesBox(QWidget):
    """``failed(text)``: a file is no picture. Weights are in percent of the prompt's."""

    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[QWidget, Array8, SpinBox]] = []
        self._background = Background(self)
        self._add = QPushButton("Add or Drop…")
        self._add.setToolTip(
            "Pictures beside the words: the fill takes after them. Drop them here or pick files."
        )
        self._add.clicked.connect(self._pick)
        self._list = QVBoxLayout(self)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(4)
        self._list.addWidget(self._add)

    def references(self) -> tuple[Reference, ...]:
        return tuple(
            Reference(image, weight.value() / 100) for _row, image, weight in self._rows if weight.value()
        )

    def add_file(self, path: Path) -> None:
        """Read beside the window's thread; what is no picture is told by ``failed``."""
        self._background.run(partial(read_reference, path), partial(self._on_read, path.name))

    def stop(self) -> None:
        """For good: waits for the file that is being read."""
        self._background.stop()

    @Slot()
    def _pick(self) -> None:
        names, _filter = QFileDialog.getOpenFileNames(self, "Pictures beside the Prompt")
        for name in names:
            self.add_file(Path(name))

    def _on_read(self, name: str, reference: Reference | None, error: Exception | None) -> None:
        if reference is None:
            self.failed.emit(
                str(error) if isinstance(error, FileError | OSError) else f"{name} cannot be read: {error}"
            )
        elif len(self._rows) < MOST:
            self._add_row(name, reference.image)

    def _add_row(self, name: str, image: Array8) -> None:
        row = QWidget()
        icon = QLabel()
        picture = rgb_to_qimage(image).scaled(
            _SIDE, _SIDE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        icon.setPixmap(QPixmap.fromImage(picture))
        icon.setFixedSize(_SIDE, _SIDE)
        icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        icon.setToolTip(name)
        weight = SpinBox(maximum=400, suffix=" %", value=100)
        weight.setToolTip("How much the picture counts against the words")
        weight.setAccessibleName(f"Weight of {name}")
        remove = QToolButton(autoRaise=True)
        remove.setToolTip("Leave this picture out")
        set_icon(remove, "cancel")
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(icon)
        layout.addWidget(weight, 1)
        layout.addWidget(remove)
        entry = (row, image, weight)
        self._rows.append(entry)
        self._list.insertWidget(len(self._rows) - 1, row)
        remove.clicked.connect(partial(self._remove, entry))
        self._changed()

    def _remove(self, entry: tuple[QWidget, Array8, SpinBox]) -> None:
        self._rows = [each for each in self._rows if each is not entry]
        self._list.removeWidget(entry[0])
        entry[0].hide()
        entry[0].deleteLater()
        self._changed()

    def _changed(self) -> None:
        self._add.setVisible(len(self._rows) < MOST)
        self.updateGeometry()
