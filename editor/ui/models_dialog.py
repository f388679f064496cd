"""ModelsDialog: the engine, the models on this computer, and how to get more; fetching goes on when it is closed."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QLabel,
    QMessageBox,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from editor.texts import duration_text
from editor.ui.background import Background
from editor.ui.engine_section import EngineSection
from editor.ui.engine_setup import EngineSetup
from editor.ui.model_download_row import DownloadRow
from editor.ui.model_downloads import ModelDownloads, Offer
from editor.ui.model_list import ModelList
from editor.ui.model_search import ModelSearch
from editor.ui.notice import Notice
from inference.models.catalogue import Entry
from inference.models.download import DownloadProgress
from inference.models.model import Model
from inference.models.plan import DownloadPlan
from inference.models.store import ModelStore
from inference.runtime.environments import EnvironmentStore

_SIZE = QSize(800, 580)


class ModelsDialog(QDialog):
    """Lives as long as its window: closing it only hides it. ``stop()`` ends what it is doing.

    ``chosen(model_id)``: fills shall use it. ``models_changed()``: one came or went. ``status(text)``: of a running
    download, empty at its end. ``said(sentence, detail)``: what happened while the dialog was not to be seen.
    ``engine_changed()``: hosts run in another Python from now on.
    Opening it goes nowhere: only "Look Up", "Download", "Resume" and the engine's "Fetch" go online.
    """

    chosen = Signal(str)
    models_changed = Signal()
    status = Signal(str)
    said = Signal(str, str)
    engine_changed = Signal()

    def __init__(self, store: ModelStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Models")
        self.setObjectName("models-dialog")
        self._background = Background(self)
        self.setup = EngineSetup(EnvironmentStore(), self)
        self.setup.changed.connect(self.engine_changed)
        self.engine = EngineSection(self.setup)
        self.engine.status.connect(self.status)
        self.engine.said.connect(self._say_outside)
        self.list = ModelList(store, self._background)
        self.list.chosen.connect(self.chosen)
        self.list.changed.connect(self.models_changed)
        self.search = ModelSearch()
        self.search.look_up_asked.connect(self._look_up)
        self.search.download_asked.connect(self._download)
        self.notice = Notice()
        self.rows: dict[str, DownloadRow] = {}
        self._rows = QVBoxLayout()
        self._rows.setSpacing(8)
        self._heading = QLabel("Downloads – they go on when this is closed")

        self.downloads = ModelDownloads(store, self._background, self)
        self.search.drop_asked.connect(self.downloads.drop_look_up)
        self.downloads.looked_up.connect(self._looked_up)
        self.downloads.look_up_failed.connect(self._look_up_failed)
        self.downloads.started.connect(self._started)
        self.downloads.progressed.connect(self._progressed)
        self.downloads.finished.connect(self._finished)
        self.downloads.stopped.connect(self._ended)
        self.downloads.failed.connect(self._failed)
        self.downloads.listed.connect(self._list)

        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.list, "On This Computer")
        self._inside = QWidget()
        self._page = self._get_page()
        self.tabs.addTab(self._page, "Get a Model")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        for button in buttons.buttons():
            button.setProperty("autoDefault", False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 14, 14, 14)
        layout.setSpacing(12)
        layout.addWidget(self.engine)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(buttons)
        self.resize(_SIZE)

    def open_up(self) -> None:
        """Shows what is on the disk now, in front of the window."""
        self.setup.look()
        self.list.reload()
        self.downloads.list_unfinished()
        self.show()
        self.raise_()
        self.activateWindow()

    def stop(self) -> None:
        """For good, with the window: a download is cancelled, what has arrived is kept."""
        self.hide()
        self.setup.stop()
        self.downloads.stop()
        self._background.stop()

    @Slot(str, str)
    def _say_outside(self, text: str, detail: str) -> None:
        if not self.isVisible():
            self.said.emit(text, detail)

    def _get_page(self) -> QScrollArea:
        """Everything about getting models; scrolls where the screen is small."""
        layout = QVBoxLayout(self._inside)
        layout.setContentsMargins(0, 12, 6, 0)
        layout.setSpacing(12)
        layout.addWidget(self.search)
        layout.addWidget(self.notice)
        layout.addWidget(self._heading)
        layout.addLayout(self._rows)
        layout.addStretch(1)
        self._heading.hide()
        page = QScrollArea()
        page.setFrameShape(QFrame.Shape.NoFrame)
        page.setWidgetResizable(True)
        page.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page.setWidget(self._inside)
        return page

    # Getting a model

    @Slot(object, object)
    def _look_up(self, wanted: Entry | str, options: list[str]) -> None:
        self.notice.clear()
        self.downloads.look_up(wanted, options)

    @Slot(object)
    def _looked_up(self, offer: Offer) -> None:
        self.search.show_offer(offer)

    @Slot(str, str)
    def _look_up_failed(self, text: str, detail: str) -> None:
        self.search.show_no_answer()
        self.notice.say(text, detail)

    @Slot(object)
    def _download(self, plan: DownloadPlan) -> None:
        self.notice.clear()
        self.downloads.start(plan)

    @Slot()
    def _cancel(self) -> None:
        self.downloads.cancel()
        running = self.downloads.running
        if running is not None:
            self.rows[running.id].show_cancelling()

    @Slot(object)
    def _discard(self, plan: DownloadPlan) -> None:
        box = QMessageBox(
            QMessageBox.Icon.Warning,
            "Discard a Download",
            f"Discard the download of “{plan.name}”?",
            parent=self,
        )
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText("What has arrived of it is deleted from this computer.")
        box.setStandardButtons(QMessageBox.StandardButton.Discard | QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        answer = box.exec()
        box.deleteLater()
        if answer == QMessageBox.StandardButton.Discard:
            self.downloads.discard(plan)

    # What happens

    @Slot(object)
    def _started(self, plan: DownloadPlan) -> None:
        row = self._row(plan)
        row.show_running()
        self._show_running(True)
        self._inside.adjustSize()
        self._page.ensureWidgetVisible(row)
        self.status.emit(f"Downloading {plan.name}…")

    @Slot(object)
    def _progressed(self, progress: DownloadProgress) -> None:
        plan = self.downloads.running
        if plan is None:
            return
        self.rows[plan.id].show_progress(progress)
        text = f"Downloading {plan.name}: {progress.done * 100 // max(progress.total, 1)} %"
        if progress.seconds_left is not None and not progress.checking:
            text += f", {duration_text(progress.seconds_left)} left"
        self.status.emit(text)

    @Slot(object)
    def _finished(self, model: Model) -> None:
        self._ended()
        self.notice.offer(f"“{model.name}” is ready.", "Use for Fills", lambda: self._use(model))
        self.list.reload(model.id)
        self.models_changed.emit()
        self._say_outside(f"“{model.name}” is ready: choose it in the Fill panel.", "")

    @Slot(object, str, str)
    def _failed(self, plan: DownloadPlan, text: str, detail: str) -> None:
        self._ended()
        self.notice.say(text, detail)
        self._say_outside(text, detail)

    @Slot()
    def _ended(self) -> None:
        running = self.downloads.running is not None  # what has failed may be the discarding of another
        self._show_running(running)
        if not running:
            self.status.emit("")

    @Slot(object)
    def _list(self, unfinished: list[tuple[DownloadPlan, int]]) -> None:
        running = self.downloads.running
        wanted = {plan.id for plan, _done in unfinished} | ({running.id} if running is not None else set())
        for plan_id in set(self.rows) - wanted:
            row = self.rows.pop(plan_id)
            self._rows.removeWidget(row)
            row.hide()
            row.deleteLater()
        for plan, done in unfinished:
            if running is None or plan.id != running.id:
                self._row(plan).show_waiting(done, running is not None)
        self._heading.setVisible(bool(self.rows))

    def _row(self, plan: DownloadPlan) -> DownloadRow:
        """Its own, made where there is none yet."""
        row = self.rows.get(plan.id)
        if row is None:
            row = self.rows[plan.id] = DownloadRow(plan)
            row.cancel_asked.connect(self._cancel)
            row.resume_asked.connect(self._download)
            row.discard_asked.connect(self._discard)
            self._rows.addWidget(row)
            row.show()
            self._heading.show()
        row.plan = plan
        return row

    def _show_running(self, running: bool) -> None:
        self.search.set_downloading(running)
        for row in self.rows.values():
            row.resume_button.setDisabled(running)

    def _use(self, model: Model) -> None:
        self.notice.say(f"Fills now use “{model.name}”.")
        self.chosen.emit(model.id)
