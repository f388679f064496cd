"""SaveDialog: what a file will not hold, and the choices that its format leaves, before it is written."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGridLayout,
    QLabel,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from editor.files.options import OptionId, SaveOptions
from editor.setting_table import SETTINGS
from editor.settings import Settings
from editor.ui.setting_widgets import SettingWidget, setting_widget

_SPACING = 10
_WIDTH = 420


class SaveDialog(QDialog):
    """``losses`` in sentences; ``options``, those to choose. The settings remember what is chosen."""

    def __init__(
        self,
        name: str,
        losses: Sequence[str],
        options: Sequence[OptionId],
        settings: Settings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Save “{name}”")
        self.setObjectName("save-options")
        self.losses = tuple(losses)
        self._options, self._settings = options, settings
        self.widgets: dict[OptionId, SettingWidget] = {}
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(_SPACING)
        for option in options:
            setting = SETTINGS[f"save-{option}"]
            widget = self.widgets[option] = setting_widget(setting, settings, self)
            if widget.titled:
                form.addRow(widget)
            else:
                label = QLabel(setting.title)
                label.setBuddy(widget)
                form.addRow(label, widget)
        standard = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(standard.Save | standard.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(_SPACING)
        if losses:
            layout.addWidget(_text(f"“{name}” will not hold all of your work:"))
            grid = QGridLayout()
            grid.setSpacing(6)
            grid.setColumnStretch(1, 1)
            for row, sentence in enumerate(losses):
                grid.addWidget(QLabel("•"), row, 0, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(_text(sentence), row, 1)
            layout.addLayout(grid)
            hint = _text("An OpenRaster file (.ora) keeps everything.")
            hint.setForegroundRole(QPalette.ColorRole.PlaceholderText)
            layout.addWidget(hint)
            layout.addSpacing(_SPACING)
        layout.addLayout(form)
        layout.addSpacing(_SPACING)
        layout.addStretch(1)
        layout.addWidget(self.buttons)
        self.setMinimumWidth(_WIDTH)
        self._lossless = self.widgets["lossless"].findChild(QCheckBox) if "lossless" in options else None
        if self._lossless is not None:
            self._lossless.toggled.connect(self._quality_counts)
            self._quality_counts(self._lossless.isChecked())
        self.buttons.button(standard.Save).setDefault(True)

    @property
    def chosen(self) -> SaveOptions:
        return SaveOptions(**{option: self._settings[f"save-{option}"] for option in self._options})

    def accept(self) -> None:
        for widget in self.widgets.values():
            widget.commit()
        super().accept()

    def _quality_counts(self, lossless: bool) -> None:
        self.widgets["quality"].setEnabled(not lossless)


def ask_overwrite(name: str, parent: QWidget) -> QMessageBox.StandardButton:
    """Another program has changed the file: Save over it, SaveAll under another name, or Cancel."""
    buttons = QMessageBox.StandardButton
    box = QMessageBox(
        QMessageBox.Icon.Warning,
        "The file has changed",
        f"“{name}” has been changed by another program since it was opened here.",
        buttons.Save | buttons.SaveAll | buttons.Cancel,
        parent,
    )
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setInformativeText("Overwriting it loses what the other program has saved.")
    box.button(buttons.Save).setText("&Overwrite")
    box.button(buttons.SaveAll).setText("Save &As…")
    box.setDefaultButton(buttons.SaveAll)
    answer = buttons(box.exec())
    box.deleteLater()
    return answer


def _text(text: str) -> QLabel:
    label = QLabel(text, wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
