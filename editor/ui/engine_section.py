"""EngineSection: what models run on, at the head of the Models dialog: what is there, and what can be done about it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from editor.engine_texts import (
    PURPOSE,
    amount_text,
    device_text,
    fraction,
    offer_text,
    packages_text,
    progress_text,
    state_text,
    tested_text,
)
from editor.texts import size_text
from editor.ui.engine_setup import EngineSetup
from editor.ui.icons import set_icon
from editor.ui.notice import Notice
from inference.runtime.environments import Environment
from inference.runtime.install import SetupProgress
from inference.runtime.offer import Offer

_STEPS = 1000


class EngineSection(QFrame):
    """``status(text)``: of a running installation, empty at its end. ``said(sentence, detail)``: what has happened,
    for where the section is not to be seen."""

    status = Signal(str)
    said = Signal(str, str)

    def __init__(self, setup: EngineSetup, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("engine-section")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setup = setup
        self._offer: Offer | None = None
        title = QLabel("Engine")
        font = title.font()
        font.setBold(True)
        title.setFont(font)
        title.setToolTip(PURPOSE)
        self.state = _label()
        self.detail = _label()
        self.detail.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.other = _label()
        self.other.hide()
        self.install_button = self._button("Install…", self._ask_to_install)
        set_icon(self.install_button, "download")
        self.repair_button = self._button("Repair…", self._ask_to_repair)
        self.repair_button.setToolTip("Make it anew, and use that where it works")
        self.remove_button = self._button("Remove…", self._ask_to_remove)
        self.cancel_button = self._button("Cancel", self._cancel)
        self.cancel_button.setToolTip("Stop: what was in use stays so, and what has arrived is kept")
        self.bar = QProgressBar()
        self.bar.setMaximum(_STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Installation of the engine")
        self.notice = Notice()

        head = QHBoxLayout()
        head.setSpacing(8)
        words = QVBoxLayout()
        words.setSpacing(2)
        first = QHBoxLayout()
        first.setSpacing(12)
        first.addWidget(title, 0, Qt.AlignmentFlag.AlignTop)
        first.addWidget(self.state, 1)
        words.addLayout(first)
        words.addWidget(self.detail)
        words.addWidget(self.other)
        head.addLayout(words, 1)
        for button in (self.install_button, self.repair_button, self.remove_button, self.cancel_button):
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(self.bar)
        layout.addWidget(self.notice)

        setup.offered.connect(self._show_offer)
        setup.no_offer.connect(self._show_no_offer)
        setup.started.connect(self._started)
        setup.progressed.connect(self._progressed)
        setup.finished.connect(self._finished)
        setup.stopped.connect(self._stopped)
        setup.failed.connect(self._failed)
        setup.removed.connect(self._removed)
        self.state.setText("Looking at what is there…")
        self._show_buttons()

    # What is there

    @Slot(object)
    def _show_offer(self, offer: Offer) -> None:
        self._offer = offer
        if self.setup.is_running:
            return
        self.state.setText(state_text(offer))
        size = size_text(offer.choice.requirements.download)
        begun = offer.leftover > 0 and not offer.is_current
        self.install_button.setText("Go On…" if begun else f"Install… ({size})")
        self.install_button.setToolTip(PURPOSE)
        environment = offer.environment
        if environment is not None and offer.is_current:
            self.detail.setText(_environment_text(environment))
        else:
            parts = [f"For {offer.choice.card.name}: {amount_text(offer)}.", offer.choice.why]
            if begun:
                parts.append(f"{size_text(offer.leftover)} of an interrupted installation are there.")
            self.detail.setText(" ".join(part for part in parts if part))
        self._show_buttons()

    @Slot(str)
    def _show_no_offer(self, text: str) -> None:
        self._offer = None
        self.state.setText(text)
        self.detail.setText("")
        self._show_buttons()

    def _show_buttons(self) -> None:
        running, offer = self.setup.is_running, self._offer
        there = offer is not None and (offer.environment is not None or bool(offer.damage))
        left = offer is not None and offer.leftover > 0
        self.install_button.setVisible(
            not running and offer is not None and not offer.is_current and not offer.damage
        )
        self.repair_button.setVisible(not running and there)
        self.remove_button.setVisible(not running and (there or left))
        self.cancel_button.setVisible(running)
        self.cancel_button.setEnabled(running)
        self.bar.setVisible(running)
        self.detail.setVisible(bool(self.detail.text()))

    def show_setting(self, python: str) -> None:
        """``python``: the one that the preferences name, which comes before the engine; "" where they name none."""
        self.other.setText(
            f"The preferences name another Python for the engines, which comes first: {python}"
        )
        self.other.setVisible(bool(python))

    # What is asked for

    @Slot()
    def _ask_to_install(self) -> None:
        self._ask("Install the Engine", PURPOSE)

    @Slot()
    def _ask_to_repair(self) -> None:
        self._ask(
            "Repair the Engine",
            "It is made anew, and what is in use now stays so until the new one has been tried out.",
        )

    def _ask(self, title: str, why: str) -> None:
        """Nothing is fetched before it is known how much, and for which card."""
        offer = self._offer
        if offer is None:
            return
        box = QMessageBox(QMessageBox.Icon.Question, title, offer_text(offer), parent=self)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText(
            f"{why}\n\nFetching goes online. For a computer without a network, “From a Folder” takes the wheels "
            "of the same list from a folder."
        )
        size = size_text(offer.choice.requirements.download)
        fetch = box.addButton(f"Fetch {size}", QMessageBox.ButtonRole.AcceptRole)
        folder = box.addButton("From a Folder…", QMessageBox.ButtonRole.ActionRole)
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(cancel)
        box.exec()
        clicked = box.clickedButton()
        box.deleteLater()
        if clicked is fetch:
            self._install(offer, None)
        elif clicked is folder:
            path = QFileDialog.getExistingDirectory(self, "Folder with the Engine's Wheels")
            if path:
                self._install(offer, Path(path))

    def _install(self, offer: Offer, source: Path | None) -> None:
        self.notice.clear()
        self.setup.install(offer.choice.requirements, source)

    @Slot()
    def _ask_to_remove(self) -> None:
        offer = self._offer
        if offer is None:
            return
        size = offer.leftover + (offer.environment.bytes if offer.environment is not None else 0)
        freed = f"This frees {size_text(size)}. " if size else ""
        box = QMessageBox(
            QMessageBox.Icon.Warning,
            "Remove the Engine",
            "Remove the engine from this computer?",
            parent=self,
        )
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText(
            f"{freed}Models stay on the disk, but cannot be used until it is installed again. Your pictures and their "
            "fills stay as they are."
        )
        box.setStandardButtons(QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel)
        box.button(QMessageBox.StandardButton.Yes).setText("Remove")
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        answer = box.exec()
        box.deleteLater()
        if answer == QMessageBox.StandardButton.Yes:
            self.notice.clear()
            self.setup.remove()
            self._show_buttons()
            self.cancel_button.hide()
            self.bar.hide()

    @Slot()
    def _cancel(self) -> None:
        self.setup.cancel()
        self.cancel_button.setEnabled(False)
        self.detail.setText("Stopping…")

    # What happens

    @Slot()
    def _started(self) -> None:
        self.state.setText("Installing – it goes on when this is closed.")
        self.detail.setText("Beginning…")
        self.bar.setValue(0)
        self._show_buttons()

    @Slot(object)
    def _progressed(self, progress: SetupProgress) -> None:
        text = progress_text(progress)
        self.bar.setValue(round(fraction(progress) * _STEPS))
        if self.cancel_button.isEnabled():
            self.detail.setText(f"{text}…")
        self.status.emit(f"Engine: {text[:1].lower()}{text[1:]}")

    @Slot(object)
    def _finished(self, environment: Environment) -> None:
        self._say(f"The engine is ready: {packages_text(environment)}, for {device_text(environment)}.")

    @Slot()
    def _stopped(self) -> None:
        self._say("The installation was stopped. What has arrived is kept; “Go On” fetches the rest.")

    @Slot(str, str)
    def _failed(self, text: str, detail: str) -> None:
        self._say(text, detail)

    @Slot()
    def _removed(self) -> None:
        self._say("The engine is removed.")

    def _say(self, text: str, detail: str = "") -> None:
        self.status.emit("")
        self.notice.say(text, detail)
        self.said.emit(text, detail)

    def _button(self, text: str, pressed: object) -> QPushButton:
        button = QPushButton(text, autoDefault=False)
        button.clicked.connect(pressed)
        return button


def _label() -> QLabel:
    label = QLabel(wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _environment_text(environment: Environment) -> str:
    size = size_text(environment.bytes)
    return f"Python {environment.python}, {size} on the disk; tried out on {tested_text(environment)}."
