"""MessageBar: one sentence over the canvas, that waits to be read and stops nobody."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMessageBox, QPushButton, QToolButton, QWidget

from editor.ui.icons import set_icon

SHORT = 5_000
"""Milliseconds for which a confirmation stays."""

Offer = tuple[str, Callable[[], object]]
Said = tuple[str, str, Offer | None]

_MARGIN = 12


class MessageBar(QFrame):
    """Lies at the lower edge of ``over``, moving nothing; hidden until there is something to say."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self.setObjectName("message-bar")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self._text = QLabel(wordWrap=True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)  # names of files may look like markup
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._details = QPushButton("Details…")
        self._details.clicked.connect(self._show_details)
        close = QToolButton(autoRaise=True)
        close.setToolTip("Close this message")
        set_icon(close, "cancel")
        close.clicked.connect(self.dismiss)
        self._offer = QPushButton()
        self._offer.setObjectName("offer-button")
        self._offer.clicked.connect(self._accept)
        self._offered: Offer | None = None
        self._row = layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 6, 6)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._offer)
        layout.addWidget(self._details)
        layout.addWidget(close)
        self._detail = ""
        self._kept: Said | None = None
        self._begun = ""
        self._clock = QTimer(self, singleShot=True, interval=SHORT)
        self._clock.timeout.connect(self._bring_back)
        over.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text() if not self.isHidden() else ""

    def show_message(self, text: str, detail: str = "", offer: Offer | None = None) -> None:
        """Stays until it is closed, or something else is said. ``offer``: a button, and what it does."""
        self._clock.stop()
        self._text.setText(text)
        self._offered = offer
        self._offer.setVisible(offer is not None)
        self._offer.setText(offer[0] if offer is not None else "")
        self._detail = detail
        self._details.setVisible(bool(detail))
        self._place()
        self.show()
        self.raise_()

    def confirm(self, text: str) -> None:
        """Goes by itself; what waited to be read comes back."""
        self._kept = self._lasting()
        self.show_message(text)
        self._clock.start()

    def begin(self, text: str) -> None:
        """Something goes on for a while; what waited to be read comes back at the ``end``."""
        self._kept = self._lasting()
        self.show_message(text)
        self._begun = text

    def end(self) -> None:
        """Of what has begun, unless something else has been said meanwhile."""
        if self.text == self._begun:
            self._bring_back()

    def dismiss(self) -> None:
        self._clock.stop()
        self._kept = None
        self.hide()

    def _accept(self) -> None:
        offered = self._offered
        self.dismiss()
        if offered is not None:
            offered[1]()

    def _lasting(self) -> Said | None:
        if self._clock.isActive():
            return self._kept
        return None if self.isHidden() else (self._text.text(), self._detail, self._offered)

    def _bring_back(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            self.show_message(*kept)
        else:
            self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        width = self._over.width() - 2 * _MARGIN
        height = self._row.totalHeightForWidth(width)
        self.setGeometry(_MARGIN, self._over.height() - height - _MARGIN, width, height)

    def _show_details(self) -> None:
        show_details(self, self._text.text(), self._detail)


def show_details(parent: QWidget, text: str, detail: str) -> None:
    """A box of its own for what only the curious want to read of ``text``."""
    box = QMessageBox(QMessageBox.Icon.NoIcon, "Details", text, parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setDetailedText(detail)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
