"""WelcomePage: what is shown while no picture is open."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from editor.ui.icons import set_icon


class WelcomePage(QWidget):
    """``open_asked()``."""

    open_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title = QLabel("Drop a picture here")
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        title.setFont(font)
        button = QPushButton("Open a Picture…")
        button.setMinimumHeight(36)
        set_icon(button, "open")
        button.clicked.connect(self.open_asked)
        hint = QLabel("or open one with Ctrl+O")
        hint.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        layout = QVBoxLayout(self)
        layout.setSpacing(14)
        layout.addStretch(1)
        for widget in (title, button, hint):
            layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
