"""RecoveryList: pictures that a crash has left behind, each to be opened or discarded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from editor.files.journal_folder import Orphan
from editor.ui.elided_label import ElidedLabel

_THUMBNAIL = QSize(96, 72)
_WIDTH = 560
_SHOWN = 3
"""Cards that are in view; the others are scrolled to."""


class RecoveryList(QWidget):
    """``open_asked(Orphan)``, ``discard_asked(Orphan)``; hidden while there is nothing to recover."""

    open_asked = Signal(object)
    discard_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recovery-list")
        self._title = QLabel()
        font = self._title.font()
        font.setWeight(QFont.Weight.DemiBold)
        self._title.setFont(font)
        hint = QLabel("Pentimento ended before it was saved. It is here as of the last finished step.")
        hint.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.viewport().setAutoFillBackground(False)
        self.cards: list[RecoveryCard] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._title)
        layout.addWidget(hint)
        layout.addWidget(self._scroll)
        self.setFixedWidth(_WIDTH)
        self.hide()

    def show_orphans(self, orphans: Sequence[Orphan]) -> None:
        count = len(orphans)
        self._title.setText("Unsaved work" if count == 1 else f"Unsaved work on {count} pictures")
        inner = QWidget()
        inner.setAutoFillBackground(False)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.cards = [RecoveryCard(orphan) for orphan in orphans]
        for card in self.cards:
            card.open_asked.connect(self.open_asked)
            card.discard_asked.connect(self._ask_to_discard)
            column.addWidget(card)
        column.addStretch(1)
        self._scroll.setWidget(inner)
        if self.cards:
            each = self.cards[0].sizeHint().height() + column.spacing()
            self._scroll.setFixedHeight(each * min(count, _SHOWN))
        self.setVisible(bool(self.cards))

    @Slot(object)
    def _ask_to_discard(self, orphan: Orphan) -> None:
        box = QMessageBox(
            QMessageBox.Icon.Warning,
            "Discard unsaved work",
            f"Discard the unsaved work on “{orphan.title}”?",
            QMessageBox.StandardButton.Discard | QMessageBox.StandardButton.Cancel,
            self,
        )
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText("It cannot be brought back.")
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        answer = box.exec()
        box.deleteLater()
        if answer == QMessageBox.StandardButton.Discard:
            self.discard_asked.emit(orphan)


class RecoveryCard(QFrame):
    """One of them: what it looked like, its name, when that was, and where it was saved."""

    open_asked = Signal(object)
    discard_asked = Signal(object)

    def __init__(self, orphan: Orphan, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recovery-card")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        picture.setFixedSize(_THUMBNAIL)
        picture.setPixmap(_pixmap(orphan.thumbnail, self.devicePixelRatioF()))
        name = ElidedLabel(orphan.title)
        font = name.font()
        font.setWeight(QFont.Weight.DemiBold)
        name.setFont(font)
        when, where = ElidedLabel(_when(orphan.time)), ElidedLabel(_where(orphan.file))
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addStretch(1)
        for label in (name, when, where):
            texts.addWidget(label)
        for label in (when, where):
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        texts.addStretch(1)
        self.open_button, self.discard_button = QPushButton("Recover"), QPushButton("Discard…")
        for button, text in ((self.open_button, "Recover"), (self.discard_button, "Discard")):
            button.setAccessibleName(f"{text} {orphan.title}")
            button.setAutoDefault(False)
        self.open_button.clicked.connect(lambda: self.open_asked.emit(orphan))
        self.discard_button.clicked.connect(lambda: self.discard_asked.emit(orphan))
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 12, 8)
        row.setSpacing(12)
        row.addWidget(picture)
        row.addLayout(texts, 1)
        row.addWidget(self.open_button)
        row.addWidget(self.discard_button)


class RecoveryDialog(QDialog):
    """The list on its own, for when pictures are open already."""

    def __init__(self, orphans: Sequence[Orphan], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Recover")
        self.setObjectName("recovery")
        self.list = RecoveryList()
        self.list.show_orphans(orphans)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(14)
        layout.addWidget(self.list)
        layout.addWidget(buttons)

    @Slot(object)
    def show_orphans(self, orphans: Sequence[Orphan]) -> None:
        self.list.show_orphans(orphans)
        if not orphans:
            self.accept()


def _pixmap(thumbnail: bytes | None, ratio: float) -> QPixmap:
    """On a neutral ground, which shows through where the picture is clear."""
    picture = QPixmap()
    if thumbnail is None or not picture.loadFromData(thumbnail):
        return picture
    picture = picture.scaled(
        _THUMBNAIL * ratio, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    ground = QPixmap(picture.size())
    ground.fill(Qt.GlobalColor.gray)
    painter = QPainter(ground)
    painter.drawPixmap(0, 0, picture)
    painter.end()
    ground.setDevicePixelRatio(ratio)
    return ground


def _when(time: float) -> str:
    moment = QDateTime.fromSecsSinceEpoch(int(time))
    clock = QLocale().toString(moment.time(), QLocale.FormatType.ShortFormat)
    days = moment.daysTo(QDateTime.currentDateTime())
    if days in (0, 1):
        return f"{'Today' if not days else 'Yesterday'} at {clock}"
    return f"{QLocale().toString(moment.date(), QLocale.FormatType.LongFormat)} at {clock}"


def _where(file: Path | None) -> str:
    if file is None:
        return "Not in any file yet"
    try:
        folder = Path("~") / file.parent.relative_to(Path.home())
    except ValueError:
        folder = file.parent
    return f"In {folder}"
