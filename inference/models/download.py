"""Download: fetches the files of a plan into the store, verified, in as many attempts as it takes."""

from __future__ import annotations

import errno
import json
import logging
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from inference.models.fetch import Meter, WrongBytesError, fetch, is_right
from inference.models.identify import identify
from inference.models.lock import locked
from inference.models.model import Model, ModelError
from inference.models.plan import DownloadPlan, PlannedFile
from inference.models.store import RECORD, ModelStore, size_of
from inference.models.web import TIMEOUT, Unreachable, Web

log = logging.getLogger(__name__)

WAITS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
"""Seconds before each new attempt, when one has brought nothing; after the last it is an error."""

_PLAN = "download.json"
_INCOMING = "incoming"
_SPARE = 256 << 20
_INTERVAL = 0.1


class DownloadCancelled(Exception):
    """The download was cancelled; what had arrived is kept, and running it again goes on from there."""


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """``done`` of ``total`` bytes; ``rate`` in bytes per second and ``seconds_left``, None until they can be told.

    ``file``: the path within the model that is being fetched, or checked (``checking``).
    """

    done: int
    total: int
    rate: float | None = None
    seconds_left: float | None = None
    file: str = ""
    checking: bool = False


class Download:
    """One download; ``run`` may be called on any thread, and again after it was cancelled or failed.

    Files arrive in a folder of their own beside the record of the plan, and are moved to where the model has them
    only when all of them are there and right.
    """

    def __init__(
        self,
        plan: DownloadPlan,
        store: ModelStore,
        timeout: float = TIMEOUT,
        waits: tuple[float, ...] = WAITS,
    ) -> None:
        """``timeout``: seconds of silence after which a connection counts as broken. ``waits``: see ``WAITS``."""
        self.plan, self.store = plan, store
        self._waits = waits
        self._web = Web(plan.endpoint, timeout)
        self._folder = store.folder / plan.id
        self._incoming = self._folder / _INCOMING
        self._report: Callable[[DownloadProgress], None] = lambda progress: None
        self._cancelled: Callable[[], bool] = lambda: False
        self._meter = Meter()
        self._before = 0
        self._told = 0.0

    def run(
        self,
        report: Callable[[DownloadProgress], None] = lambda progress: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Model:
        """The model, once every byte of it is there and verified; only then is it in the store.

        ``report`` is called on this thread, some ten times a second. ``cancelled`` is asked on this and on another
        thread. Raises DownloadCancelled, and ModelError (no room, no network, wrong bytes, …); either way what has
        arrived is kept for the next run.
        """
        self._report, self._cancelled = report, cancelled
        self._meter, self._before, self._told = Meter(), 0, 0.0
        self.plan.check()
        busy = f"{self.plan.name} is being downloaded already, by another window or program."
        with locked(self.store.lock_of(self.plan.id), busy):
            self._check_name()
            self._check_room()
            try:
                return self._run()
            except OSError as error:
                raise self._explained(error) from error

    def _run(self) -> Model:
        self._incoming.mkdir(parents=True, exist_ok=True)
        self._drop_outdated()
        _write_plan(self._folder / _PLAN, self.plan)
        with self._web.cut_when(self._cancelled):
            for file in self.plan.files:
                self._get(file)
                self._before += file.size
        for file in self.plan.files:
            arrived = self._incoming / file.path
            if arrived.exists():
                final = self._folder / file.path
                final.parent.mkdir(parents=True, exist_ok=True)
                os.replace(arrived, final)
        model = self._identified()
        self.store.write(model)
        (self._folder / _PLAN).unlink()
        shutil.rmtree(self._incoming, ignore_errors=True)
        return model

    def _identified(self) -> Model:
        roles = {file.path.partition("/")[0] for file in self.plan.files}
        if (
            self._folder / RECORD
        ).is_file():  # parts that were fetched before, and are not asked for now, stay
            roles |= self.store.get(self.plan.id).parts.keys()
        model = identify(*(self._folder / role for role in sorted(roles)), name=self.plan.name)
        return replace(
            model,
            id=self.plan.id,
            licence=self.plan.licence or model.licence,
            source="download",
            origin=self.plan.origin,
        )

    def missing_bytes(self) -> int:
        """How much is still to be fetched; whether what is there is right is only found when it runs."""
        return self.plan.bytes - sum(self._size_there(file) for file in self.plan.files)

    def _check_name(self) -> None:
        """Raises ModelError where the id is another model's."""
        if not (self._folder / RECORD).is_file():
            return
        there = self.store.get(self.plan.id)
        if there.source != "download" or there.origin != self.plan.origin:
            raise ModelError(
                f"There is another model of the name {self.plan.id} ({there.name}). Remove that one first."
            )

    def _check_room(self) -> None:
        """Raises ModelError where the disk has less room than what is still to come, and something to spare."""
        place = next(path for path in (self._folder, *self._folder.absolute().parents) if path.is_dir())
        needed, free = self.missing_bytes(), shutil.disk_usage(place).free
        if needed and needed + _SPARE > free:
            raise ModelError(
                f"{self.plan.name} needs {_gigabytes(needed)} more, and the disk of {self.store.folder} has only "
                f"{_gigabytes(free)} left. Make room there first."
            )

    def _drop_outdated(self) -> None:
        """What has arrived by another plan, of an earlier revision, is not what this one asks for."""
        before = _read_plan(self._folder / _PLAN)
        known = {_content(file) for file in before.files} if before is not None else set()
        for file in self.plan.files:
            if _content(file) not in known:
                (self._incoming / file.path).unlink(missing_ok=True)

    def _size_there(self, file: PlannedFile) -> int:
        for path in (self._folder / file.path, self._incoming / file.path, self._part(file)):
            if path.is_file():
                return min(path.stat().st_size, file.size)
        return 0

    def _part(self, file: PlannedFile) -> Path:
        return self._incoming / f"{file.path}.part"

    def _get(self, file: PlannedFile) -> None:
        """Whatever it takes to have the file, right, in the model's folder or among what has arrived."""
        self._tell(file, 0)
        arrived = self._incoming / file.path
        if arrived.is_file() and arrived.stat().st_size == file.size:
            return  # it was checked before it got this name
        told, checking = partial(self._tell, file), partial(self._tell, file, checking=True)
        if is_right(self._folder / file.path, file, checking):
            return
        part = self._part(file)
        part.parent.mkdir(parents=True, exist_ok=True)
        failures, wrong = 0, 0
        while True:
            before = part.stat().st_size if part.exists() else 0
            try:
                fetch(self._web, file, part, told, checking)
            except WrongBytesError as error:
                part.unlink(missing_ok=True)
                wrong += 1
                log.info("%s arrived wrong (%s)", file.url, error)
                if wrong > 1:
                    raise ModelError(
                        f"{file.path} arrived wrong twice ({error}) and was thrown away. Try again later."
                    ) from error
            except Unreachable as error:
                self._ask()
                if part.exists() and part.stat().st_size > before:
                    failures = 0
                if failures == len(self._waits):
                    raise
                log.info("%s: %s", file.url, error)
                self._wait(max(self._waits[failures], error.retry_after))
                failures += 1
            else:
                os.replace(part, arrived)
                return

    def _tell(self, file: PlannedFile, done: int, checking: bool = False) -> None:
        """Raises DownloadCancelled."""
        self._ask()
        now, total_done = time.monotonic(), self._before + done
        if not checking:
            self._meter.add(now, total_done)
        if now - self._told < _INTERVAL and total_done < self.plan.bytes:
            return
        self._told = now
        rate = self._meter.rate
        left = (self.plan.bytes - total_done) / rate if rate else None
        self._report(DownloadProgress(total_done, self.plan.bytes, rate, left, file.path, checking))

    def _ask(self) -> None:
        if self._cancelled():
            raise DownloadCancelled

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._ask()
            time.sleep(min(left, _INTERVAL))

    def _explained(self, error: OSError) -> ModelError:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return ModelError(
                f"The disk of {self.store.folder} is full. What has arrived is kept: make room and resume."
            )
        return ModelError(f"{error.filename or self._folder} cannot be written ({error.strerror or error}).")


def unfinished(store: ModelStore) -> list[DownloadPlan]:
    """Downloads that were begun and neither finished nor discarded, also in an earlier run of the program."""
    found = []
    for path in sorted(store.folder.glob(f"*/{_PLAN}")):
        plan = _read_plan(path)
        if plan is not None and plan.id == path.parent.name:
            found.append(plan)
    return found


def arrived_bytes(store: ModelStore, plan: DownloadPlan) -> int:
    """How much of an unfinished download lies on the disk."""
    return size_of(store.folder / plan.id / _INCOMING)


def discard(store: ModelStore, plan: DownloadPlan) -> int:
    """Deletes what an unfinished download has fetched; the bytes freed. A finished model of that id is left alone.

    Raises ModelError where it is running, or cannot be deleted.
    """
    plan.check()
    folder = store.folder / plan.id
    with locked(store.lock_of(plan.id), f"{plan.name} is being downloaded: cancel that first."):
        doomed = folder / _INCOMING if (folder / RECORD).exists() else folder
        size = size_of(doomed)
        try:
            if doomed.exists():
                shutil.rmtree(doomed)
            (folder / _PLAN).unlink(missing_ok=True)
        except OSError as error:
            raise ModelError(
                f"{error.filename or folder} cannot be deleted ({error.strerror or error})."
            ) from error
    return size


def _read_plan(path: Path) -> DownloadPlan | None:
    """None where it is not there, or cannot be read."""
    try:
        return DownloadPlan.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError, ModelError) as error:
        log.info("%s cannot be read: %s", path, error)
        return None


def _content(file: PlannedFile) -> tuple[str, int, str]:
    """What a file is known by; where the hub tells no sum, its address has its revision in it."""
    return file.path, file.size, file.sha256 or file.sha1 or file.url


def _write_plan(path: Path, plan: DownloadPlan) -> None:
    temporary = path.with_name(f"{path.name}.part")
    temporary.write_text(json.dumps(plan.to_json(), indent=1), encoding="utf-8")
    os.replace(temporary, path)


def _gigabytes(size: int) -> str:
    """As the hub and the disks are measured, in powers of ten."""
    return f"{size / 1e9:.1f} GB"
