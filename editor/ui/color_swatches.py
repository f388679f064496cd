"""ColorSwatches: the colour in hand above the other one, with what exchanges and resets them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from editor.settings import Settings
from editor.ui.color_button import ColorButton
from editor.ui.color_popup import ColorPopup
from editor.ui.menus import ActionSet

RECENT = 20
"""How many colours are remembered."""

_SIDE = 24
_OVERLAP = 10
_SMALL = 18
_TITLES = {"paint-color": "Colour in hand", "paint-other-color": "Other colour"}


class ColorSwatches(QWidget):
    """A click on a colour opens the chooser; what is chosen goes into the settings at once."""

    def __init__(self, settings: Settings, actions: ActionSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("colors")
        self._settings = settings
        self._choosing = "paint-color"
        self._before = ""
        self.popup = ColorPopup(self)
        self.popup.color_changed.connect(self._color_changed)
        self.popup.closed.connect(self._closed)
        self.buttons: dict[str, ColorButton] = {}
        pair = QWidget()
        side = 2 * _SIDE - _OVERLAP
        pair.setFixedSize(side, side)
        for setting_id, corner in (
            ("paint-other-color", _SIDE - _OVERLAP),
            ("paint-color", 0),
        ):  # the upper one last
            button = ColorButton(settings[setting_id], _TITLES[setting_id], _SIDE, pair)
            button.setObjectName(setting_id)
            button.move(corner, corner)
            button.clicked.connect(partial(self.open_chooser, setting_id))
            self.buttons[setting_id] = button
        small = QHBoxLayout()
        small.setContentsMargins(0, 0, 0, 0)
        small.setSpacing(0)
        for action_id in ("color-swap", "color-reset"):
            tool = QToolButton(autoRaise=True)
            tool.setDefaultAction(actions[action_id])
            tool.setIconSize(QSize(14, 14))
            tool.setFixedSize(_SMALL, _SMALL)
            small.addWidget(tool)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 4, 2, 4)
        layout.setSpacing(4)
        layout.addWidget(pair, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addLayout(small)
        disconnect = settings.on_change(self._setting_changed)
        self.destroyed.connect(lambda: disconnect())

    def open_chooser(self, setting_id: str = "paint-color", _checked: bool = False) -> None:
        self._choosing, self._before = setting_id, self._settings[setting_id]
        self.popup.open_at(self, self._before, self._settings["recent-colors"])

    def _setting_changed(self, setting_id: str) -> None:
        if setting_id in self.buttons:
            self.buttons[setting_id].show_color(self._settings[setting_id])

    @Slot(str)
    def _color_changed(self, color: str) -> None:
        self._settings[self._choosing] = color

    @Slot(str)
    def _closed(self, color: str) -> None:
        """The colours used lately, the last one first."""
        if color != self._before:
            others = [each for each in self._settings["recent-colors"] if each != color]
            self._settings["recent-colors"] = [color, *others][:RECENT]
