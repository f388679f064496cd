"""NumberDialog: asks for one number, that of a setting, which is what it begins with the next time."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from editor.setting_table import SETTINGS
from editor.settings import Settings
from editor.ui.setting_widgets import NumberSetting

_WIDTH = 380


class NumberDialog(QDialog):
    """``verb`` is on the button that accepts. The setting changes only then."""

    def __init__(
        self, setting_id: str, settings: Settings, title: str, verb: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setObjectName(f"{setting_id}-dialog")
        self.settings = settings
        setting = SETTINGS[setting_id]
        self.number = NumberSetting(setting, None)
        self.number.show_value(settings[setting_id])
        self.number.spin.installEventFilter(self)
        self.number.spin.setFixedWidth(self.number.spin.sizeHint().width() + 8)
        label = QLabel(setting.title)
        label.setBuddy(self.number)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(label)
        row.addWidget(self.number, 1)
        explanation = QLabel(setting.help, wordWrap=True)
        explanation.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        accept = self.buttons.addButton(verb, QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.content = QVBoxLayout()
        """Above the number, for what else there is to ask."""
        self.content.setSpacing(12)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(8)
        layout.addLayout(self.content)
        layout.addLayout(row)
        layout.addWidget(explanation)
        layout.addSpacing(8)
        layout.addWidget(self.buttons)
        accept.setDefault(True)  # now that it is part of the dialog
        self.setMinimumWidth(_WIDTH)
        self.number.setFocus()
        self.number.spin.selectAll()

    @property
    def value(self) -> int:
        return self.number.spin.value()

    @Slot()
    def accept(self) -> None:
        self.number.commit()
        self.settings[self.number.setting.id] = self.value
        super().accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter and Escape, which end the editing of a number elsewhere, end the dialog."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.accept()
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.reject()
                return True
        return super().eventFilter(watched, event)
