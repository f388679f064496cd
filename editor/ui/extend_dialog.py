"""ExtendDialog: by how much the canvas becomes larger at each side, and whether what is new is filled."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QWidget

from editor.document.document import MAX_SIDE
from editor.document.geometry import Extent
from editor.files.limits import MAX_PIXELS
from editor.setting_table import SETTINGS
from editor.settings import Settings
from editor.ui.form_frame import frame_form, spaced_form
from editor.ui.setting_widgets import SettingWidget, setting_widget

_SIDES = ("extend-left", "extend-top", "extend-right", "extend-bottom")


class ExtendDialog(QDialog):
    """``sides``, in pixels at the left, above, at the right and below, and ``fills`` are what was asked for."""

    def __init__(self, extent: Extent, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Extend the Canvas")
        self.setObjectName("extend-canvas-dialog")
        self._extent, self._settings = extent, settings
        self.widgets: dict[str, SettingWidget] = {}
        form = spaced_form()
        for setting_id in (*_SIDES, "extend-fill"):
            widget = self.widgets[setting_id] = setting_widget(SETTINGS[setting_id], settings, self)
            if widget.titled:
                form.addRow("", widget)
                continue
            label = QLabel(SETTINGS[setting_id].title)
            label.setBuddy(widget)
            form.addRow(label, widget)
        self._facts, self.buttons = frame_form(self, form, "&Extend")
        disconnect = settings.on_change(self._show_facts)
        self.destroyed.connect(lambda: disconnect())
        self._show_facts()
        self.widgets[_SIDES[0]].setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def sides(self) -> tuple[int, int, int, int]:
        left, top, right, bottom = (self._settings[each] for each in _SIDES)
        return left, top, right, bottom

    @property
    def fills(self) -> bool:
        return bool(self._settings["extend-fill"])

    def accept(self) -> None:
        for widget in self.widgets.values():
            widget.commit()
        if self.buttons.button(QDialogButtonBox.StandardButton.Ok).isEnabled():
            super().accept()

    def _show_facts(self, _setting_id: str = "") -> None:
        left, top, right, bottom = self.sides
        width, height = self._extent.width + left + right, self._extent.height + top + bottom
        fits = max(width, height) <= MAX_SIDE and width * height <= MAX_PIXELS
        text = f"{self._extent.width} × {self._extent.height} px become {width} × {height} px."
        self._facts.setText(text if fits else f"{width} × {height} px are too large for a canvas.")
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(fits and any(self.sides))
