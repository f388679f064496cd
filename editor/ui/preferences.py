"""PreferencesDialog: every setting that is declared with a page, on that page; made from the declarations."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from editor.setting_table import SETTINGS, Setting
from editor.settings import Settings
from editor.ui.setting_widgets import CheckSetting, SettingWidget, TextSetting, setting_widget

_FILES = {"engine-python"}  # these name a file: they get a button that looks for it
_SIZE = QSize(680, 440)
_WIDGET_WIDTH = 320
_PAGE_HEIGHT = 30


class PreferencesDialog(QDialog):
    """Changes apply at once; Cancel brings back what was when the dialog was made."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Preferences")
        self.setObjectName("preferences")
        self._settings = settings
        self._declared = [setting for setting in SETTINGS.values() if setting.page]
        self._before = {setting.id: settings[setting.id] for setting in self._declared}
        self.widgets: dict[str, SettingWidget] = {}

        self.pages = QListWidget()
        self.pages.setAccessibleName("Pages")
        self.pages.setFixedWidth(150)
        self._stack = QStackedWidget()
        for page in dict.fromkeys(setting.page for setting in self._declared):
            QListWidgetItem(page, self.pages).setSizeHint(QSize(0, _PAGE_HEIGHT))
            self._stack.addWidget(self._page(page))
        self.pages.currentRowChanged.connect(self._stack.setCurrentIndex)
        self.pages.setCurrentRow(0)

        line = QFrame(frameShape=QFrame.Shape.HLine, frameShadow=QFrame.Shadow.Sunken)
        standard = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(standard.Ok | standard.Cancel | standard.RestoreDefaults)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.buttons.button(standard.RestoreDefaults).clicked.connect(self.restore_defaults)

        centre = QHBoxLayout()
        centre.setSpacing(20)
        centre.addWidget(self.pages)
        centre.addWidget(self._stack, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 14, 14, 14)
        layout.setSpacing(12)
        layout.addLayout(centre, 1)
        layout.addWidget(line)
        layout.addWidget(self.buttons)
        self.resize(_SIZE)

    @Slot()
    def accept(self) -> None:
        for widget in self.widgets.values():
            widget.commit()
        self._settings.save()
        super().accept()

    @Slot()
    def reject(self) -> None:
        self._put(self._before)
        super().reject()

    @Slot()
    def restore_defaults(self) -> None:
        """On all pages; Cancel still brings back what was."""
        self._put({setting.id: setting.default for setting in self._declared})

    def _put(self, values: dict[str, Any]) -> None:
        for setting_id, value in values.items():
            self._settings[setting_id] = value
            self.widgets[setting_id].show_value(value)  # also what was half typed

    def _page(self, name: str) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(14)
        heading = QLabel(name)
        font = heading.font()
        font.setPointSizeF(font.pointSizeF() * 1.25)
        font.setWeight(QFont.Weight.DemiBold)
        heading.setFont(font)
        layout.addWidget(heading)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        grid.setColumnMinimumWidth(0, 120)
        grid.setColumnStretch(1, 1)
        for setting in self._declared:
            if setting.page == name:
                self._add_row(grid, setting)
        layout.addLayout(grid)
        layout.addStretch(1)
        return page

    def _add_row(self, grid: QGridLayout, setting: Setting) -> None:
        row = grid.rowCount()
        widget = setting_widget(setting, self._settings)
        widget.setMinimumWidth(_WIDGET_WIDTH)
        self.widgets[setting.id] = widget
        if not isinstance(widget, CheckSetting):  # it says its title itself
            label = QLabel(setting.title)
            label.setBuddy(widget)
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        field = QHBoxLayout()
        field.setSpacing(8)
        field.addWidget(widget, 1)
        if setting.id in _FILES and isinstance(widget, TextSetting):
            field.addWidget(self._browse_button(widget))
        grid.addLayout(field, row, 1)
        if setting.help:
            text = QLabel(setting.help, wordWrap=True)
            text.setForegroundRole(QPalette.ColorRole.PlaceholderText)
            text.setContentsMargins(0, 0, 0, 14)
            grid.addWidget(text, row + 1, 1)

    def _browse_button(self, widget: TextSetting) -> QPushButton:
        button = QPushButton("Browse…")
        button.setAutoDefault(False)
        button.setAccessibleName(f"Browse for: {widget.setting.title}")

        def browse() -> None:
            path, _kind = QFileDialog.getOpenFileName(self, widget.setting.title, widget.line.text())
            if path:
                widget.line.setText(path)
                widget.commit()

        button.clicked.connect(browse)
        return button
