"""NewDialog: size, depth and background of a new picture, made from the settings that remember them."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QWidget,
)

from editor.document.blank import Colour, blank_document
from editor.document.document import Document
from editor.document.geometry import Extent
from editor.setting_table import SETTINGS
from editor.settings import Settings
from editor.ui.form_frame import frame_form, spaced_form
from editor.ui.icons import set_icon
from editor.ui.setting_widgets import SettingWidget, setting_widget


class NewDialog(QDialog):
    """``document`` makes what was asked for."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("New Picture")
        self.setObjectName("new-picture")
        self._settings = settings
        self.widgets: dict[str, SettingWidget] = {}
        form = spaced_form()
        for setting_id in ("new-width", "new-height", "new-depth", "new-background"):
            setting = SETTINGS[setting_id]
            widget = self.widgets[setting_id] = setting_widget(setting, settings, self)
            label = QLabel(setting.title)
            label.setBuddy(widget)
            form.addRow(label, self._with_turn(widget) if setting_id == "new-height" else widget)
        self._facts, self.buttons = frame_form(self, form, "&Create")
        disconnect = settings.on_change(self._show_facts)
        self.destroyed.connect(lambda: disconnect())
        self._show_facts()
        self.widgets["new-width"].setFocus()

    def document(self) -> Document:
        settings, depth = self._settings, self._settings["new-depth"]
        colours: dict[str, Colour | None] = {"white": (255, 255, 255), "transparent": None}
        red, green, blue = bytes.fromhex(settings["paint-color"][1:])
        colour = colours.get(settings["new-background"], (red, green, blue))
        return blank_document(
            Extent(settings["new-width"], settings["new-height"]), 16 if depth == "16" else 8, colour
        )

    def accept(self) -> None:
        for widget in self.widgets.values():
            widget.commit()
        super().accept()

    def _with_turn(self, widget: QWidget) -> QHBoxLayout:
        self.turn = QToolButton(autoRaise=True)
        self.turn.setToolTip("Exchange width and height")
        self.turn.setAccessibleName("Exchange width and height")
        set_icon(self.turn, "swap")
        self.turn.clicked.connect(self._turn)
        row = QHBoxLayout()
        row.addWidget(widget)
        row.addWidget(self.turn)
        row.addStretch(1)
        return row

    @Slot()
    def _turn(self) -> None:
        width, height = self._settings["new-width"], self._settings["new-height"]
        self._settings["new-width"], self._settings["new-height"] = height, width

    def _show_facts(self, _setting_id: str = "") -> None:
        """Painted all over, a layer takes four bytes a pixel, or eight."""
        pixels = self._settings["new-width"] * self._settings["new-height"]
        memory = pixels * (8 if self._settings["new-depth"] == "16" else 4) / 1e6
        size = f"{memory:.0f} MB" if memory < 1000 else f"{memory / 1000:.1f} GB"
        self._facts.setText(f"{pixels / 1e6:.1f} megapixels; a layer painted all over takes {size}.")
