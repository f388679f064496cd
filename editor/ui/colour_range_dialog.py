"""ColourRangeDialog: a colour, taken from the picture with a click, and how far others may be from it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from editor.document.selection import CombineMode
from editor.document.tiles import TileMap
from editor.raster.colour_range import colour_range
from editor.raster.depth import to_8
from editor.render.qimage import to_qimage
from editor.render.sampling import Source, range_of_colours
from editor.setting_table import SETTINGS
from editor.settings import Settings
from editor.ui.number_dialog import NumberDialog
from editor.ui.setting_widgets import setting_widget

_PREVIEW = 320
"""Longest side of the two previews, in pixels of the screen."""
_SWATCH = QSize(44, 24)


class ColourRangeDialog(NumberDialog):
    """Shows the picture small, to click into, and beside it what is selected, white on black, as it would be."""

    def __init__(self, source: Source, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__("range-fuzziness", settings, "Select a Colour Range", "Select", parent)
        self._source = source
        self._small = source.small(2 * _PREVIEW)
        self._colour = QColor(settings["paint-color"])
        self.picture = PreviewBox("Picture")
        self.picture.setCursor(Qt.CursorShape.CrossCursor)
        self.picture.setToolTip("Click the colour that is to be selected")
        self.picture.show_image(to_qimage(to_8(self._small)))
        self.picture.clicked.connect(self._take)
        self.selected = PreviewBox("What is selected")
        self.swatch = Swatch()
        self.share = QLabel()
        previews = QGridLayout()
        previews.setHorizontalSpacing(14)
        previews.setVerticalSpacing(6)
        for column, (heading, box) in enumerate(
            (("Click the colour:", self.picture), ("What is selected:", self.selected))
        ):
            previews.addWidget(QLabel(heading), 0, column)
            previews.addWidget(box, 1, column)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(QLabel("Colour"))
        row.addWidget(self.swatch)
        row.addWidget(self.share, 1)
        row.addWidget(setting_widget(SETTINGS["selection-mode"], settings))
        self.share.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.content.addLayout(previews)
        self.content.addLayout(row)
        self.number.edited.connect(self._show_selected)
        self._show_selected()

    @property
    def colour(self) -> tuple[int, int, int]:
        return self._colour.red(), self._colour.green(), self._colour.blue()

    @property
    def mode(self) -> CombineMode:
        mode: CombineMode = self.settings["selection-mode"]
        return mode

    def shape(self) -> TileMap:
        """What is selected, of the whole picture; on its scale."""
        return range_of_colours(self._source, self.colour, self.value)

    @Slot(QPoint)
    def _take(self, at: QPoint) -> None:
        pixel = to_8(self._small)[at.y(), at.x()]
        if pixel[3]:
            self._colour = QColor(*pixel[:3].tolist())
            self._show_selected()

    @Slot()
    def _show_selected(self) -> None:
        pixels = to_8(self._small)
        mask = colour_range(pixels, np.array(self.colour, np.uint8), self.value)
        grey = np.repeat(mask[..., None], 4, axis=2)
        grey[..., 3] = 255
        self.selected.show_image(to_qimage(grey))
        self.swatch.show_colour(self._colour)
        part = mask.mean() / 255
        text = f"{part:.0%}" if part >= 0.01 or part == 0 else "less than 1%"
        self.share.setText(f"{self._colour.name()}, selects {text.replace('%', ' %')} of the picture")


class PreviewBox(QWidget):
    """An image as large as there is room, in a frame. ``clicked`` with the pixel of the image."""

    clicked = Signal(QPoint)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._image = QImage()

    def show_image(self, image: QImage) -> None:
        self._image = image
        largest = QSize(_PREVIEW, _PREVIEW * 3 // 4)
        self.setFixedSize(
            image.size().scaled(largest, Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(2, 2))
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(128, 128, 128))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self.rect(), self._image)
        painter.setPen(self.palette().color(QPalette.ColorRole.Shadow))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._click(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._click(event)

    def _click(self, event: QMouseEvent) -> None:
        place = event.position()
        if QRect(QPoint(0, 0), self.size()).contains(place.toPoint()):
            x = int(place.x() * self._image.width() / self.width())
            y = int(place.y() * self._image.height() / self.height())
            self.clicked.emit(QPoint(min(x, self._image.width() - 1), min(y, self._image.height() - 1)))


class Swatch(QWidget):
    """A patch of one colour, in a frame."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(_SWATCH)
        self._colour = QColor()

    def show_colour(self, colour: QColor) -> None:
        self._colour = colour
        self.setAccessibleName(f"Colour {colour.name()}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.Shadow))
        painter.setBrush(self._colour)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()
