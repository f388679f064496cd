"""WelcomePage: what is shown while no picture is open."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from editor.ui.icons import set_icon
from editor.ui.recovery import RecoveryList


class WelcomePage(QWidget):
    """``open_asked()``, ``new_asked()``; ``recovery`` shows what a crash has left."""

    open_asked = Signal()
    new_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title = QLabel("Drop a picture here")
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        title.setFont(font)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        for text, name, signal in (
            ("Open a Picture…", "open", self.open_asked),
            ("New Picture…", "new", self.new_asked),
        ):
            button = QPushButton(text)
            button.setMinimumHeight(36)
            set_icon(button, name)
            button.clicked.connect(signal)
            buttons.addWidget(button)
        hint = QLabel("or open one with Ctrl+O, or begin one with Ctrl+N")
        hint.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.recovery = RecoveryList()
        layout = QVBoxLayout(self)
        layout.setSpacing(14)
        layout.addStretch(1)
        layout.addWidget(title, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addLayout(buttons)
        layout.setAlignment(buttons, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(hint, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(24)
        layout.addWidget(self.recovery, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
