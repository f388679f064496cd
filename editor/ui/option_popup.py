"""OptionPopup: a button in the options bar, and the panel under it with what is changed less often."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFormLayout, QFrame, QLabel, QToolButton, QWidget

from editor.setting_table import SETTINGS
from editor.settings import Settings
from editor.ui.icons import set_icon
from editor.ui.setting_widgets import setting_widget

_WIDTH = 250


class OptionPanel(QFrame):
    """Closes with Enter, with Escape, and with a click beside it; what has been changed stays."""

    def __init__(self, ids: Sequence[str], settings: Settings, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        form = QFormLayout(self)
        form.setContentsMargins(14, 12, 14, 12)
        form.setHorizontalSpacing(14)
        form.setVerticalSpacing(10)
        for setting_id in ids:
            setting = SETTINGS[setting_id]
            widget = setting_widget(setting, settings, self)
            widget.setFixedWidth(_WIDTH)
            label = QLabel(setting.title)
            label.setBuddy(widget)
            label.setToolTip(setting.help)
            form.addRow(label, widget)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self.close()
        else:
            super().keyPressEvent(event)


class OptionPopup(QToolButton):
    """``title`` and an ellipsis; the panel holds the settings ``ids``."""

    def __init__(self, title: str, ids: Sequence[str], settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self.setText(f"{title}…")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        set_icon(self, "settings")
        titles = [SETTINGS[setting_id].title for setting_id in ids]
        self.setToolTip(", ".join([titles[0], *(each.lower() for each in titles[1:])]))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.panel = OptionPanel(ids, settings, self)
        self.clicked.connect(self._open)

    @Slot()
    def _open(self) -> None:
        self.panel.adjustSize()
        corner = self.mapToGlobal(QPoint(0, self.height() + 4))
        right = self.screen().availableGeometry().right()
        self.panel.move(min(corner.x(), right - self.panel.width()), corner.y())
        self.panel.show()
        self.panel.setFocus()
