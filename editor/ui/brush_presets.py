"""PresetSetting: chooses a brush by its name and a stroke of it, and says where its options have been changed since."""

from __future__ import annotations

import weakref
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QIcon, QKeyEvent, QPaintEvent, QPalette, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolButton,
    QWidget,
)
from shiboken6 import isValid

from editor.raster.brush import Brush
from editor.render.brush_preview import stroke_picture
from editor.setting_table import Setting
from editor.settings import Settings
from editor.tools.paint_options import all_brushes, choose_brush, preset_values
from editor.ui.icons import set_icon
from editor.ui.setting_widgets import SettingWidget

_STROKE = QSize(130, 36)
_NAME_WIDTH = 150
_WIDTH = 160
_MARK = " •"


class PresetList(QListWidget):
    """The brushes, a stroke of each beside its name. ``chosen(row)`` by click or Enter; Escape chooses none."""

    chosen = Signal(int)

    def __init__(self, brushes: dict[str, Brush], parent: QWidget) -> None:
        super().__init__(parent)
        self._anchor = parent
        self.setWindowFlag(Qt.WindowType.Popup)
        self.setAccessibleName("Brushes")
        self.setIconSize(_STROKE)
        self.setMouseTracking(True)
        self._brushes = list(brushes.values())
        self._undrawn = list(range(len(brushes)))
        self._drawing = QTimer(self, interval=0)
        self._drawing.timeout.connect(self._draw_next)
        room = QPixmap(_STROKE)
        room.fill(Qt.GlobalColor.transparent)
        for brush in self._brushes:
            QListWidgetItem(QIcon(room), brush.title, self).setSizeHint(QSize(0, _STROKE.height() + 8))
        self.itemEntered.connect(self.setCurrentItem)
        self.itemClicked.connect(self._take)

    def open_at(self, corner: QPoint, row: int) -> None:
        self.setCurrentRow(row)
        rows = self.count() * (_STROKE.height() + 8) + 2 * self.frameWidth()
        room = self._anchor.screen().availableGeometry()
        self.resize(_STROKE.width() + _NAME_WIDTH, min(rows, room.height()))
        self.move(corner.x(), max(room.top(), min(corner.y(), room.bottom() - self.height())))
        self.show()
        self.setFocus()
        self._drawing.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take()
        elif event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._undrawn = list(range(self.count()))
        super().changeEvent(event)

    @Slot()
    def _take(self) -> None:
        self.hide()
        self.chosen.emit(self.currentRow())

    @Slot()
    def _draw_next(self) -> None:
        """One stroke at a time, in the palette's present colours: together they take too long to wait for."""
        if not self._undrawn or not self.isVisible():
            self._drawing.stop()
            return
        row = self._undrawn.pop(0)
        ratio = self.devicePixelRatioF()
        color = self.palette().color(QPalette.ColorRole.Text)
        size = _STROKE * ratio
        rgb = color.redF(), color.greenF(), color.blueF()
        picture = QPixmap.fromImage(stroke_picture(self._brushes[row], size.width(), size.height(), rgb))
        picture.setDevicePixelRatio(ratio)
        icon = QIcon(picture)
        icon.addPixmap(picture, QIcon.Mode.Selected)  # untinted
        self.item(row).setIcon(icon)


class PresetBox(QComboBox):
    """A combo box whose list shows strokes; a mark beside the name says that the brush is not as the list has it."""

    def __init__(self, brushes: dict[str, Brush], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.marked = False
        for brush in brushes.values():
            self.addItem(brush.title, brush.id)
        self.setFixedWidth(_WIDTH)
        self.list = PresetList(brushes, self)
        self.list.chosen.connect(self._chosen)

    def mark(self, marked: bool) -> None:
        self.marked = marked
        self.update()

    def showPopup(self) -> None:
        self.list.open_at(self.mapToGlobal(QPoint(0, self.height() + 2)), self.currentIndex())

    @Slot(int)
    def _chosen(self, row: int) -> None:
        self.setCurrentIndex(row)
        self.activated.emit(row)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText += _MARK if self.marked else ""
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()


class PresetSetting(SettingWidget):
    """The id of a brush. Choosing one, also the same one again, sets every option to what it says."""

    titled = True

    def __init__(self, setting: Setting, settings: Settings, parent: QWidget | None) -> None:
        super().__init__(setting, parent)
        self._settings = settings
        self._brushes = all_brushes()
        self._row.setSpacing(2)
        self.box = PresetBox(self._brushes)
        self._add(self.box)
        self.reset = QToolButton(autoRaise=True)
        self.reset.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_icon(self.reset, "reset")
        self._add(self.reset, name="Reset the brush")
        self.reset.setToolTip("Back to what the brush was")
        self.setFocusProxy(self.box)
        self.box.activated.connect(self._activated)
        self.reset.clicked.connect(self._reset)
        shown = weakref.ref(self)  # the settings outlive the widget and must not keep it

        def changed(setting_id: str) -> None:
            target = shown()
            if target is not None and isValid(target) and setting_id.startswith("paint-"):
                target.show_changes()

        disconnect = settings.on_change(changed)
        self.destroyed.connect(lambda: disconnect())

    def show_value(self, value: Any) -> None:
        self.box.setCurrentIndex(self.box.findData(value))
        self.show_changes()

    def show_changes(self) -> None:
        """Whether any option is another than the preset's."""
        brush = self._brushes.get(self._settings["paint-brush"])
        values = preset_values(brush) if brush is not None else {}
        changed = any(self._settings[setting_id] != value for setting_id, value in values.items())
        self.box.mark(changed)
        self.reset.setEnabled(changed)

    @Slot(int)
    def _activated(self, index: int) -> None:
        choose_brush(self._settings, self._brushes[self.box.itemData(index)])

    @Slot()
    def _reset(self) -> None:
        self._activated(self.box.currentIndex())
