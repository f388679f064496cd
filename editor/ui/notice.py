"""Notice: a sentence in the place that it is about, with its detail on demand; nobody is stopped by it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from editor.ui.icons import set_icon
from editor.ui.message_bar import show_details


class Notice(QFrame):
    """Part of a layout, where it takes no room until there is something to say. Plain text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._run: Callable[[], object] = lambda: None
        self._text = QLabel(wordWrap=True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.button = QPushButton(autoDefault=False)
        self.button.clicked.connect(self._pressed)
        close = QToolButton(autoRaise=True)
        close.setToolTip("Close this message")
        close.setAccessibleName("Close this message")
        close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_icon(close, "cancel")
        close.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 6, 6)
        row.addWidget(self._text, 1)
        row.addWidget(self.button)
        row.addWidget(close)
        self.hide()

    @property
    def text(self) -> str:
        """What is said now; empty where nothing is."""
        return "" if self.isHidden() else self._text.text()

    def say(self, text: str, detail: str = "") -> None:
        """``detail`` is shown when it is asked for."""
        self.offer(text, "Details…" if detail else "", lambda: show_details(self, text, detail))

    def offer(self, text: str, label: str, run: Callable[[], object]) -> None:
        """Says ``text`` beside a button that does what ``label`` says; there is none where that is empty."""
        self._text.setText(text)
        self._run = run
        self.button.setText(label)
        self.button.setVisible(bool(label))
        self.show()

    @Slot()
    def clear(self) -> None:
        self._run = lambda: None
        self.hide()

    @Slot()
    def _pressed(self) -> None:
        self._run()
