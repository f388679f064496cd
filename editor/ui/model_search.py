"""ModelSearch: a model of the catalogue or of a hub is chosen, looked up, and offered at its exact size."""

from __future__ import annotations

from html import escape
from urllib.parse import urlsplit

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from editor.texts import size_text
from editor.ui.icons import set_icon
from editor.ui.model_downloads import Offer
from editor.ui.model_texts import entry_text, option_text
from inference.models.catalogue import CATALOGUE, Entry
from inference.models.hub import default_endpoint
from inference.models.plan import DownloadPlan

_PADDING = 16
"""Pixels that the buttons that go online are wider than others."""


class ModelSearch(QWidget):
    """``look_up_asked(wanted, options)``: an ``Entry`` or a hub id, and the ids of its options; ``drop_asked()``: its
    answer is not waited for. ``download_asked(plan)``: the button that names the size was pressed."""

    look_up_asked = Signal(object, object)
    drop_asked = Signal()
    download_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._host = urlsplit(default_endpoint()).hostname or default_endpoint()
        self._plan: DownloadPlan | None = None
        self._asking = False

        self.entries = QComboBox()
        self.entries.setAccessibleName("Model to get")
        for entry in CATALOGUE:
            self.entries.addItem(entry.title, entry)
        self.entries.insertSeparator(self.entries.count())
        self.entries.addItem(f"Another one at {self._host}…", None)
        self.repo = QLineEdit(placeholderText="organisation/name, or the address of its page")
        self.repo.setAccessibleName(f"Id at {self._host}")
        self._about = QLabel()
        self._about.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._options = QVBoxLayout()
        self._options.setSpacing(4)
        self.boxes: dict[str, QCheckBox] = {}

        self._form = QFormLayout()
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.setHorizontalSpacing(16)
        self._form.addRow("Model", self.entries)
        self._form.addRow("Id", self.repo)
        self._form.addRow("", self._about)
        self._form.addRow("With", self._options)

        self.look_up_button = QPushButton(autoDefault=False)
        self.look_up_button.setMinimumHeight(32)
        self.look_up_button.clicked.connect(self._press)
        self._hint = QLabel(wordWrap=True)
        self._hint.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(self.look_up_button)
        row.addWidget(self._hint, 1)

        self._offer = QFrame(frameShape=QFrame.Shape.StyledPanel)
        self._name = QLabel()
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        font = self._name.font()
        font.setWeight(QFont.Weight.DemiBold)
        self._name.setFont(font)
        self._licence = QLabel(openExternalLinks=True, wordWrap=True)
        self._licence.setTextFormat(Qt.TextFormat.RichText)
        self._licence.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self._sizes = QLabel(wordWrap=True)
        self.download_button = QPushButton(autoDefault=False)
        self.download_button.setMinimumHeight(36)
        set_icon(self.download_button, "download")
        self.download_button.clicked.connect(self._download)
        facts = QVBoxLayout()
        facts.setSpacing(4)
        for label in (self._name, self._licence, self._sizes):
            facts.addWidget(label)
        card = QHBoxLayout(self._offer)
        card.setContentsMargins(12, 10, 12, 10)
        card.setSpacing(18)
        card.addLayout(facts, 1)
        card.addWidget(self.download_button)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(self._form)
        layout.addLayout(row)
        layout.addWidget(self._offer)

        self.entries.currentIndexChanged.connect(self._entry_chosen)
        self.repo.textChanged.connect(self._forget)
        self.repo.returnPressed.connect(self.look_up_button.click)
        self.set_downloading(False)
        self._entry_chosen()

    def show_offer(self, offer: Offer) -> None:
        """The answer to the look-up."""
        plan = self._plan = offer.plan
        self._set_asking(False)
        self._name.setText(f"{plan.name}  ({plan.origin})")
        self._licence.setText(_licence_html(plan, self._host))
        files = f"{len(plan.files)} files" if len(plan.files) != 1 else "1 file"
        here = plan.bytes - offer.missing
        text = f"{size_text(plan.bytes)} in {files}"
        text += f", of which {size_text(here)} are here already" if here else ""
        text += f" · {size_text(offer.free)} free on the disk"
        if offer.missing >= offer.free:
            text += ": not enough. Make room there first."
        self._sizes.setText(text)
        self._sizes.setToolTip(f"Exactly {plan.bytes:,} bytes".replace(",", "\u202f"))
        size = size_text(offer.missing)
        self.download_button.setText(f"Download {size}")
        self.download_button.setMinimumWidth(self.download_button.sizeHint().width() + _PADDING)
        self.download_button.setAccessibleName(f"Download {plan.name}, {size}")
        self._offer.show()
        self.download_button.setFocus()

    def show_no_answer(self) -> None:
        """The look-up has failed."""
        self._set_asking(False)

    def set_downloading(self, downloading: bool) -> None:
        """One at a time: meanwhile others can be looked up, not downloaded."""
        self.download_button.setDisabled(downloading)
        self.download_button.setToolTip(
            "One download at a time: wait for the other one, or cancel it"
            if downloading
            else f"Goes online: fetches the files from {self._host}"
        )

    @Slot()
    def _entry_chosen(self) -> None:
        entry: Entry | None = self.entries.currentData()
        self._form.setRowVisible(self.repo, entry is None)
        self._form.setRowVisible(self._about, entry is not None)
        for box in self.boxes.values():
            self._options.removeWidget(box)
            box.deleteLater()
        self.boxes = {}
        if entry is not None:
            self._about.setText(entry_text(entry, self._host))
            for option in entry.options:
                box = self.boxes[option.id] = QCheckBox(option_text(option))
                box.toggled.connect(self._forget)
                self._options.addWidget(box)
        self._form.setRowVisible(self._options, bool(self.boxes))
        self._forget()

    @Slot()
    def _forget(self) -> None:
        """What was found is about something else than what is chosen now."""
        self._plan = None
        self._offer.hide()
        if self._asking:
            self.drop_asked.emit()
        self._set_asking(False)

    def _set_asking(self, asking: bool) -> None:
        self._asking = asking
        if asking:
            self.look_up_button.setText("Cancel the Look-Up")
            self.look_up_button.setToolTip("Do not wait for the answer")
            self._hint.setText(f"Asking {self._host}…")
        else:
            self.look_up_button.setText(f"Look Up at {self._host}…")
            self.look_up_button.setToolTip(
                f"Goes online: asks {self._host} which files the model has, and their sizes"
            )
            self._hint.setText("This goes online, to ask for licence and size. It downloads nothing yet.")
        self.look_up_button.setMinimumWidth(self.look_up_button.sizeHint().width() + _PADDING)
        self.look_up_button.setEnabled(
            self.entries.currentData() is not None or bool(self.repo.text().strip())
        )

    @Slot()
    def _press(self) -> None:
        asking = self._asking
        self._forget()
        if not asking:
            self._set_asking(True)
            options = [option for option, box in self.boxes.items() if box.isChecked()]
            self.look_up_asked.emit(self.entries.currentData() or self.repo.text().strip(), options)

    @Slot()
    def _download(self) -> None:
        plan = self._plan
        if plan is not None:
            self._forget()
            self.download_asked.emit(plan)


def _licence_html(plan: DownloadPlan, host: str) -> str:
    """What the hub has told is shown as text; only a page on the web becomes a link."""
    name = escape(plan.licence or "not told")
    if urlsplit(plan.licence_url).scheme in ("http", "https"):
        name = f'<a href="{escape(plan.licence_url)}" title="{escape(plan.licence_url)}">{name}</a>'
    terms = f". {escape(host)} gives it only to those who have agreed to its terms." if plan.gated else ""
    return f"Licence: {name}{terms}"
