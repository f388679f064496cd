"""MessageBar: one sentence above the canvas, that waits to be read and stops nobody."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMessageBox, QPushButton, QToolButton, QWidget

from editor.ui.icons import set_icon


class MessageBar(QFrame):
    """Hidden until there is something to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message-bar")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self._text = QLabel(wordWrap=True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._details = QPushButton("Details…")
        self._details.clicked.connect(self._show_details)
        close = QToolButton(autoRaise=True)
        close.setToolTip("Close this message")
        set_icon(close, "cancel")
        close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 6, 6)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._details)
        layout.addWidget(close)
        self._detail = ""
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text() if not self.isHidden() else ""

    def show_message(self, text: str, detail: str = "") -> None:
        self._text.setText(text)
        self._detail = detail
        self._details.setVisible(bool(detail))
        self.show()

    def _show_details(self) -> None:
        box = QMessageBox(QMessageBox.Icon.NoIcon, "Details", self._text.text(), parent=self)
        box.setDetailedText(self._detail)
        box.open()
