"""The worker's thread with real hosts and stand-in engines: signals, cancel, death and rebirth."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QObject, QThread, Slot
from pytestqt.qtbot import QtBot

from inference import worker as worker_module
from inference.request import FillCandidate, FillError, FillRequest, Progress
from inference.worker import InferenceWorker

pytestmark = pytest.mark.host

MakeRequest = Callable[..., FillRequest]


class Listener(QObject):
    """Hears the worker as a window does, and on which thread."""

    def __init__(self, worker: InferenceWorker) -> None:
        super().__init__()
        self.progress: list[Progress] = []
        self.candidates: list[FillCandidate] = []
        self.ends: list[tuple[str, str, FillError | None]] = []
        self.threads: set[QThread] = set()
        worker.job_progressed.connect(self.on_progress)
        worker.candidate_ready.connect(self.on_candidate)
        worker.job_ended.connect(self.on_end)

    @Slot(object)
    def on_progress(self, progress: Progress) -> None:
        self.threads.add(QThread.currentThread())
        self.progress.append(progress)

    @Slot(object)
    def on_candidate(self, candidate: FillCandidate) -> None:
        self.threads.add(QThread.currentThread())
        self.candidates.append(candidate)

    @Slot(str, str, object)
    def on_end(self, request_id: str, state: str, error: FillError | None) -> None:
        self.ends.append((request_id, state, error))


@pytest.fixture
def worker(qtbot: QtBot, stand_in: list[str]) -> Iterator[InferenceWorker]:
    made = InferenceWorker(stand_in)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def listener(worker: InferenceWorker) -> Listener:
    return Listener(worker)


def test_a_fill_from_end_to_end(
    qtbot: QtBot, worker: InferenceWorker, listener: Listener, make_request: MakeRequest
) -> None:
    request = make_request(seed=5, count=2)
    with qtbot.waitSignal(worker.job_ended, timeout=60_000):
        worker.submit(request)
    assert [candidate.seed for candidate in listener.candidates] == [5, 6]
    assert listener.ends == [(request.id, "done", None)]
    assert listener.progress[-1].fraction == 1
    assert listener.threads == {QThread.currentThread()}


def test_jobs_wait_for_each_other(
    qtbot: QtBot, worker: InferenceWorker, listener: Listener, make_request: MakeRequest
) -> None:
    requests = [make_request(seed=n) for n in range(4)]
    for request in requests:
        worker.submit(request)
    qtbot.waitUntil(lambda: len(listener.ends) == 4, timeout=60_000)
    assert [end[0] for end in listener.ends] == [request.id for request in requests]
    assert [candidate.seed for candidate in listener.candidates] == [0, 1, 2, 3]


def test_cancel_answers_at_once_and_the_host_is_kept(
    qtbot: QtBot, worker: InferenceWorker, listener: Listener, make_request: MakeRequest
) -> None:
    running = make_request("forever")
    worker.submit(running)
    qtbot.waitUntil(lambda: any(p.stage == "search" for p in listener.progress), timeout=60_000)
    pid = worker.host_pid
    with qtbot.waitSignal(worker.job_ended, timeout=60_000):
        worker.cancel(running.id)
    assert listener.ends == [(running.id, "cancelled", None)]
    with qtbot.waitSignal(worker.job_ended, timeout=60_000):
        worker.submit(make_request())
    assert worker.host_pid == pid


def test_a_host_that_hears_no_cancel_is_replaced(
    qtbot: QtBot,
    worker: InferenceWorker,
    listener: Listener,
    make_request: MakeRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker_module, "CANCEL_GRACE", 0.05)
    deaf = make_request("deaf")
    worker.submit(deaf)
    qtbot.waitUntil(lambda: any(p.stage == "search" for p in listener.progress), timeout=60_000)
    pid = worker.host_pid
    worker.cancel(deaf.id)
    worker.submit(make_request())
    qtbot.waitUntil(lambda: len(listener.ends) == 2, timeout=60_000)
    assert [end[1] for end in listener.ends] == ["cancelled", "done"]
    assert worker.host_pid != pid


def test_a_queued_job_is_cancelled_without_touching_the_running_one(
    qtbot: QtBot, worker: InferenceWorker, listener: Listener, make_request: MakeRequest
) -> None:
    running, waiting = make_request("forever"), make_request()
    worker.submit(running)
    worker.submit(waiting)
    qtbot.waitUntil(lambda: any(p.stage == "search" for p in listener.progress), timeout=60_000)
    worker.cancel(waiting.id)
    qtbot.waitUntil(lambda: len(listener.ends) == 1, timeout=60_000)
    worker.cancel(running.id)
    qtbot.waitUntil(lambda: len(listener.ends) == 2, timeout=60_000)
    assert [end[0] for end in listener.ends] == [waiting.id, running.id]
    assert not listener.candidates


def test_a_killed_host_fails_the_job_and_the_next_one_works(
    qtbot: QtBot, worker: InferenceWorker, listener: Listener, make_request: MakeRequest
) -> None:
    worker.submit(make_request("deaf"))
    qtbot.waitUntil(lambda: any(p.stage == "search" for p in listener.progress), timeout=60_000)
    assert worker.host_pid is not None
    with qtbot.waitSignal(worker.job_ended, timeout=60_000):
        os.kill(worker.host_pid, signal.SIGKILL)
    _id, state, error = listener.ends[0]
    assert state == "failed"
    assert error is not None and error.kind == "host" and "SIGKILL" in error.message
    with qtbot.waitSignal(worker.job_ended, timeout=60_000):
        worker.submit(make_request(seed=9))
    assert listener.candidates[-1].seed == 9


def test_an_idle_host_that_is_killed_is_replaced_when_needed(
    qtbot: QtBot, worker: InferenceWorker, listener: Listener, make_request: MakeRequest
) -> None:
    with qtbot.waitSignal(worker.job_ended, timeout=60_000):
        worker.submit(make_request())
    assert worker.host_pid is not None
    os.kill(worker.host_pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: worker.host_pid is None, timeout=60_000)
    with qtbot.waitSignal(worker.job_ended, timeout=60_000):
        worker.submit(make_request())
    assert [end[1] for end in listener.ends] == ["done", "done"]


def test_a_host_that_cannot_start_fails_the_job(
    qtbot: QtBot, worker: InferenceWorker, listener: Listener, stand_in: list[str], make_request: MakeRequest
) -> None:
    worker.set_command(["/nowhere/python"])
    with qtbot.waitSignal(worker.job_ended, timeout=60_000):
        worker.submit(make_request())
    error = listener.ends[0][2]
    assert error is not None and "could not be started" in error.message
    worker.set_command(stand_in)
    with qtbot.waitSignal(worker.job_ended, timeout=60_000):
        worker.submit(make_request())
    assert listener.ends[1][1] == "done"


def test_stopping_in_mid_fill_leaves_nothing(
    qtbot: QtBot, worker: InferenceWorker, listener: Listener, make_request: MakeRequest
) -> None:
    worker.submit(make_request("deaf"))
    qtbot.waitUntil(lambda: any(p.stage == "search" for p in listener.progress), timeout=60_000)
    worker.stop()
    assert worker.isFinished()
    assert worker.host_pid is None


def test_a_host_that_does_not_read_makes_nobody_wait(
    qtbot: QtBot, worker: InferenceWorker, listener: Listener, make_request: MakeRequest
) -> None:
    with qtbot.waitSignal(worker.job_ended, timeout=60_000):
        worker.submit(make_request())
    assert worker.host_pid is not None
    os.kill(worker.host_pid, signal.SIGSTOP)
    large = np.zeros((1000, 1000, 4), np.uint8)
    request = FillRequest("large", "stand-in", large, np.full((1000, 1000), 255, np.uint8), (1000, 1000))
    worker.submit(request)
    with qtbot.waitSignal(worker.job_ended, timeout=60_000):
        worker.cancel(request.id)
    assert listener.ends[-1] == ("large", "cancelled", None)
    worker.stop()
    assert worker.isFinished()


def test_another_command_takes_effect_after_the_running_job(
    qtbot: QtBot, worker: InferenceWorker, listener: Listener, stand_in: list[str], make_request: MakeRequest
) -> None:
    running, waiting = make_request("forever"), make_request()
    worker.submit(running)
    worker.submit(waiting)
    qtbot.waitUntil(lambda: any(p.stage == "search" for p in listener.progress), timeout=60_000)
    pid = worker.host_pid
    worker.set_command([*stand_in, "--serve", "stand-in"])
    worker.cancel(running.id)
    qtbot.waitUntil(lambda: len(listener.ends) == 2, timeout=60_000)
    assert [end[1] for end in listener.ends] == ["cancelled", "done"]
    assert worker.host_pid != pid


def test_a_mistake_in_the_worker_fails_the_job_and_the_thread_goes_on(
    qtbot: QtBot,
    worker: InferenceWorker,
    listener: Listener,
    make_request: MakeRequest,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(worker_module, "with_time_left", lambda progress, left: 1 / 0)
        with qtbot.waitSignal(worker.job_ended, timeout=60_000):
            worker.submit(make_request())
    assert listener.ends[0][1] == "failed"
    assert "stumbled" in caplog.text
    caplog.clear()
    with qtbot.waitSignal(worker.job_ended, timeout=60_000):
        worker.submit(make_request())
    assert listener.ends[1][1] == "done"


def test_the_devices_are_told(qtbot: QtBot, worker: InferenceWorker) -> None:
    with qtbot.waitSignal(worker.devices_known, timeout=60_000) as told:
        worker.ask_devices()
    assert told.args[0]["cpu"]["cores"] >= 1 and told.args[0]["torch"]


def test_previews_come_with_the_progress(
    qtbot: QtBot, worker: InferenceWorker, listener: Listener, make_request: MakeRequest
) -> None:
    request = make_request(prompt="preview")
    worker.submit(request)
    qtbot.waitUntil(lambda: any(each.preview is not None for each in listener.progress), timeout=60_000)
    preview = next(each.preview for each in listener.progress if each.preview is not None)
    assert preview.shape == (8, 8, 3) and (preview == (10, 200, 30)).all()
    with qtbot.waitSignal(worker.job_ended):
        worker.cancel(request.id)
