"""InferenceWorker: the thread that owns the engine host and turns its events into signals."""

from __future__ import annotations

import logging
import queue
import time
import traceback
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QThread, Signal

from inference.client import (
    FillDone,
    FillFailed,
    FillStopped,
    HostClient,
    HostDevices,
    HostEvent,
    HostGone,
    with_time_left,
)
from inference.jobs import Job, JobQueue, JobState, TimeLeft
from inference.request import FillCandidate, FillError, FillRequest, Progress

log = logging.getLogger(__name__)

CANCEL_GRACE = 2.0
"""Seconds that a host may take to stop working on a cancelled request before it is ended and started anew."""

_CLOSE_PATIENCE = 0.3


class InferenceWorker(QThread):
    """Methods may be called from any thread and return at once; signals carry plain values.

    A cancelled job is reported as cancelled at once; the host is then given ``CANCEL_GRACE`` to come back.
    Connect the signals to methods of QObjects only: anything else would run in this thread.
    """

    job_started = Signal(str)
    job_progressed = Signal(object)
    """Progress"""
    candidate_ready = Signal(object)
    """FillCandidate"""
    job_ended = Signal(str, str, object)
    """Request id, final JobState, FillError or None."""
    devices_known = Signal(object)
    """What ``inference.device.describe_devices`` found."""

    def __init__(self, command: Sequence[str] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._command = command
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._jobs = JobQueue()
        self._client: HostClient | None = None
        self._left = TimeLeft(0.0)
        self._draining: str | None = None
        self._deadline = 0.0
        self._stopping = False
        self._stale = False

    def submit(self, request: FillRequest) -> None:
        self._inbox.put(lambda: self._add(request))

    def cancel(self, request_id: str) -> None:
        self._inbox.put(lambda: self._cancel(request_id))

    def prepare(self, engine: str) -> None:
        """Starts the host and lets it import an engine, so that the first fill need not wait for that."""
        self._inbox.put(lambda: self._host_do(lambda client: client.prepare(engine)))

    def ask_devices(self) -> None:
        """Starts the host where none runs; ``devices_known`` tells what it found."""
        self._inbox.put(lambda: self._host_do(lambda client: client.ask_devices()))

    def set_command(self, command: Sequence[str]) -> None:
        """How the next host is started; the present one is ended when it is idle."""
        self._inbox.put(lambda: self._change_command(command))

    def stop(self) -> None:
        """Ends the host and the thread, and waits for both. Jobs that are under way are dropped."""
        self._inbox.put(self._finish)
        self.wait()

    @property
    def host_pid(self) -> int | None:
        """The host's process id, or None where none runs. For tests and for the curious."""
        client = self._client
        return client.pid if client else None

    # What follows runs in the worker's own thread.

    def run(self) -> None:
        while not self._stopping:
            timeout = max(0.0, self._deadline - time.monotonic()) if self._draining else None
            try:
                act = self._inbox.get(timeout=timeout)
            except queue.Empty:
                act = self._replace_host  # it did not answer in time
            try:
                act()
            except Exception as error:
                self._recover(error)
        self._end_host(_CLOSE_PATIENCE)

    def _recover(self, error: Exception) -> None:
        """A mistake of ours must not leave the window waiting for ever: the job fails, the thread goes on."""
        log.exception("the worker stumbled")
        self._end_host()
        job = self._jobs.running
        if job is not None:
            text = f"The fill could not be run ({type(error).__name__}: {error}). Your picture is unchanged."
            self._end(job.id, "failed", FillError(text, "engine", traceback.format_exc()))

    def _add(self, request: FillRequest) -> None:
        self._jobs.add(request)
        self._start_next()

    def _cancel(self, request_id: str) -> None:
        job = self._jobs.get(request_id)
        if job is None:
            return
        if job.state == "running" and self._client is not None:
            self._client.cancel(request_id)
            self._draining, self._deadline = request_id, time.monotonic() + CANCEL_GRACE
        self._end(request_id, "cancelled")

    def _start_next(self) -> None:
        if self._draining:
            return
        self._refresh_host()
        job = self._jobs.start_next()
        if job is not None:
            self._left = TimeLeft(time.monotonic())
            self.job_started.emit(job.id)
            self._host_do(lambda client: client.submit(job.request), job)

    def _host_do(self, act: Callable[[HostClient], None], job: Job | None = None) -> None:
        """Acts on the running host, starting it first where there is none."""
        if self._client is None:
            client = HostClient(self._deliver, self._command)
            try:
                client.start()
            except FillError as error:
                if job is not None:
                    self._end(job.id, "failed", error)
                return
            self._client = client
        act(self._client)

    def _deliver(self, client: HostClient, event: HostEvent) -> None:
        """On the client's thread: nothing but a hand-over. Events of a host that was ended are dropped."""
        self._inbox.put(lambda: self._handle(event) if client is self._client else None)

    def _handle(self, event: HostEvent) -> None:
        match event:
            case Progress() if self._is_running(event.request_id):
                self.job_progressed.emit(with_time_left(event, self._left))
            case FillCandidate() if self._is_running(event.request_id):
                self.candidate_ready.emit(event)
            case FillDone():
                self._host_free(event.request_id)
                self._end(event.request_id, "done")
            case FillFailed():
                self._host_free(event.request_id)
                self._end(event.request_id, "failed", event.error)
            case FillStopped():
                self._host_free(event.request_id)
                self._start_next()
            case HostDevices(facts=facts):
                self.devices_known.emit(facts)
            case HostGone():
                self._host_gone(event)
            case _:
                pass

    def _host_free(self, request_id: str) -> None:
        if self._draining == request_id:
            self._draining = None

    def _host_gone(self, event: HostGone) -> None:
        self._end_host()
        job = self._jobs.running
        if job is not None:
            self._end(job.id, "failed", FillError(event.reason, "host", event.detail))
        else:
            self._start_next()

    def _end(self, request_id: str, state: JobState, error: FillError | None = None) -> None:
        if self._jobs.end(request_id, state) is not None:
            self.job_ended.emit(request_id, state, error)
        self._start_next()

    def _is_running(self, request_id: str) -> bool:
        job = self._jobs.running
        return job is not None and job.id == request_id

    def _change_command(self, command: Sequence[str]) -> None:
        self._command, self._stale = command, True
        self._refresh_host()

    def _refresh_host(self) -> None:
        """A host that was started by a former command is ended as soon as it is idle."""
        if self._stale and self._jobs.running is None and not self._draining:
            self._stale = False
            self._end_host()

    def _replace_host(self) -> None:
        self._end_host()
        self._start_next()

    def _end_host(self, patience: float = 0.0) -> None:
        client, self._client, self._draining = self._client, None, None
        if client is not None:
            client.close(patience)

    def _finish(self) -> None:
        self._stopping = True
