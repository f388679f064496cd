"""GuideDialog: which way a new guide runs and where it lies, in pixels or as a part of the picture."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDoubleSpinBox,
    QHBoxLayout,
    QWidget,
)

from editor.document.document import MAX_SIDE
from editor.document.geometry import Extent
from editor.document.guides import Direction
from editor.setting_table import SETTINGS
from editor.settings import Settings
from editor.ui.form_frame import frame_form, spaced_form
from editor.ui.setting_widgets import SettingWidget, setting_widget

_MOST_PERCENT = 1000.0


class GuideDialog(QDialog):
    """``direction`` and ``position``, in pixels, are what was asked for. It begins with the middle of the picture."""

    def __init__(self, extent: Extent, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("New Guide")
        self.setObjectName("guide-dialog")
        self._extent, self._settings = extent, settings
        self.widgets: dict[str, SettingWidget] = {
            name: setting_widget(SETTINGS[name], settings, self) for name in ("guide-direction", "guide-unit")
        }
        self.place = QDoubleSpinBox()
        self.place.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.place.setAccessibleName("Position")
        self.place.setToolTip("Counted from the picture's left or upper edge; it may lie outside.")
        place = QHBoxLayout()
        place.setSpacing(8)
        place.addWidget(self.place, 1)
        place.addWidget(self.widgets["guide-unit"])
        form = spaced_form()
        form.addRow("Direction", self.widgets["guide-direction"])
        form.addRow("Position", place)
        self._facts, self.buttons = frame_form(self, form, "&Create")
        self._unit = ""
        self._show_unit(self._length / 2)
        self.place.valueChanged.connect(self._show_facts)
        disconnect = settings.on_change(self._setting_changed)
        self.destroyed.connect(lambda: disconnect())
        self.place.setFocus()
        self.place.selectAll()

    @property
    def direction(self) -> Direction:
        direction: Direction = self._settings["guide-direction"]
        return direction

    @property
    def position(self) -> int:
        return round(self._exact)

    @property
    def _length(self) -> int:
        return self._extent.height if self.direction == "horizontal" else self._extent.width

    @property
    def _exact(self) -> float:
        """Pixels, perhaps within one."""
        value = self.place.value()
        return value * self._length / 100 if self._unit == "percent" else value

    def accept(self) -> None:
        self.place.interpretText()
        super().accept()

    def _setting_changed(self, setting_id: str) -> None:
        if setting_id == "guide-unit":
            self._show_unit(self._exact)
        elif setting_id == "guide-direction":
            self._show_facts()

    def _show_unit(self, exact: float) -> None:
        """The same place in the unit that is chosen."""
        self._unit = self._settings["guide-unit"]
        percent = self._unit == "percent"
        most = _MOST_PERCENT if percent else float(MAX_SIDE)
        self.place.setDecimals(2 if percent else 0)
        self.place.setRange(-most, most)
        self.place.setValue(exact * 100 / self._length if percent else exact)
        self._show_facts()

    @Slot()
    def _show_facts(self) -> None:
        side, name = ("high", "y") if self.direction == "horizontal" else ("wide", "x")
        self._facts.setText(f"At {name} = {self.position} px; the picture is {self._length} px {side}.")
