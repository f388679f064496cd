"""ModelDownloads: looks models up at a hub and downloads them, one at a time, beside the window's thread."""

from __future__ import annotations

import logging
import shutil
import threading
import traceback
from collections.abc import Collection
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from editor.ui.background import Background
from inference.models.catalogue import Entry
from inference.models.download import Download, DownloadCancelled, DownloadProgress, arrived_bytes, unfinished
from inference.models.download import discard as discard_download
from inference.models.hub import look_up
from inference.models.model import Model, ModelError
from inference.models.plan import DownloadPlan
from inference.models.store import ModelStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a look-up has found. ``missing``: bytes still to be fetched; ``free``: bytes on the disk they go to."""

    plan: DownloadPlan
    missing: int
    free: int


class ModelDownloads(QObject):
    """Nothing goes online but ``look_up`` and ``start``.

    ``looked_up(Offer)``, ``look_up_failed(sentence, detail)``. Of a download: ``started(plan)``,
    ``progressed(DownloadProgress)``, then one of ``finished(Model)``, ``stopped(plan)`` (cancelled; what has arrived is
    kept) and ``failed(plan, sentence, detail)``. ``listed(unfinished)``: (plan, bytes that have arrived) of each.
    """

    looked_up = Signal(object)
    look_up_failed = Signal(str, str)
    started = Signal(object)
    progressed = Signal(object)
    finished = Signal(object)
    stopped = Signal(object)
    failed = Signal(object, str, str)
    listed = Signal(object)

    _reported = Signal(object)

    def __init__(self, store: ModelStore, background: Background, parent: QObject | None = None) -> None:
        """``background``: reads and writes the store; waits for no hub."""
        super().__init__(parent)
        self._store, self._background = store, background
        self._asking, self._fetching = Background(self), Background(self)
        self._question = threading.Event()
        self._cancelled = threading.Event()
        self._running: DownloadPlan | None = None
        self._reported.connect(self._report)

    @property
    def running(self) -> DownloadPlan | None:
        """What is being downloaded."""
        return self._running

    def look_up(self, wanted: Entry | str, options: Collection[str] = ()) -> None:
        """Goes online. An earlier question that is not answered yet is dropped."""
        self.drop_look_up()
        dropped = self._question = threading.Event()

        def work() -> Offer:
            plan = look_up(wanted, options, cancelled=dropped.is_set)
            return Offer(plan, Download(plan, self._store).missing_bytes(), self._free())

        def then(offer: Offer | None, error: Exception | None) -> None:
            if dropped.is_set():
                return
            if error is not None:
                self.look_up_failed.emit(*_told("look the model up", error))
            else:
                self.looked_up.emit(offer)

        self._asking.run(work, then)

    def drop_look_up(self) -> None:
        """Its answer is not waited for any more."""
        self._question.set()

    def start(self, plan: DownloadPlan) -> None:
        """Goes online; begins, or goes on with what has arrived. Ignored while another is running."""
        if self._running is not None:
            return
        self._running = plan
        cancelled = self._cancelled = threading.Event()

        def work() -> Model:
            return Download(plan, self._store).run(self._reported.emit, cancelled.is_set)

        def then(model: Model | None, error: Exception | None) -> None:
            self._running = None
            if isinstance(error, DownloadCancelled):
                self.stopped.emit(plan)
            elif error is not None:
                self.failed.emit(plan, *_told(f"download {plan.name}", error))
            else:
                self.finished.emit(model)
            self.list_unfinished()

        self._fetching.run(work, then)
        self.started.emit(plan)

    def cancel(self) -> None:
        """What has arrived is kept."""
        self._cancelled.set()

    def discard(self, plan: DownloadPlan) -> None:
        """Deletes what has arrived of a download that is not running."""

        def then(_freed: int | None, error: Exception | None) -> None:
            if error is not None:
                self.failed.emit(plan, *_told(f"delete what has arrived of {plan.name}", error))
            self.list_unfinished()

        self._background.run(lambda: discard_download(self._store, plan), then)

    def list_unfinished(self) -> None:
        """``listed`` tells them, the running one among them."""

        def work() -> list[tuple[DownloadPlan, int]]:
            return [(plan, arrived_bytes(self._store, plan)) for plan in unfinished(self._store)]

        def then(found: list[tuple[DownloadPlan, int]] | None, error: Exception | None) -> None:
            if error is not None:
                log.error("could not list the unfinished downloads", exc_info=error)
            self.listed.emit(found or [])

        self._background.run(work, then)

    def stop(self) -> None:
        """For good, with the window: what is going on is cancelled and waited for."""
        self.drop_look_up()
        self.cancel()
        self._asking.stop()
        self._fetching.stop()

    def _free(self) -> int:
        folder = self._store.folder.absolute()
        return shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.is_dir())).free

    @Slot(object)
    def _report(self, progress: DownloadProgress) -> None:
        if not self._cancelled.is_set():
            self.progressed.emit(progress)


def _told(aim: str, error: Exception) -> tuple[str, str]:
    """A sentence, and the detail for the curious where the sentence is not all."""
    if isinstance(error, ModelError):
        cause = error.__cause__
        return str(error), "".join(traceback.format_exception_only(cause)) if cause else ""
    log.error("could not %s", aim, exc_info=error)
    sentence = f"It was not possible to {aim} ({type(error).__name__}: {error})."
    return sentence, "".join(traceback.format_exception(error))
