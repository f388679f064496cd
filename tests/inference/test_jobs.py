"""The queue of jobs, and the estimate of what is left."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from inference.jobs import JobQueue, TimeLeft
from inference.request import FillRequest

MakeRequest = Callable[..., FillRequest]


def test_first_in_first_out_and_one_at_a_time(make_request: MakeRequest) -> None:
    queue = JobQueue()
    first, second = queue.add(make_request()), queue.add(make_request())
    assert queue.start_next() is first
    assert first.state == "running"
    assert queue.start_next() is None
    assert queue.end(first.id, "done") is first
    assert queue.running is None
    assert queue.start_next() is second


def test_a_queued_job_can_be_cancelled(make_request: MakeRequest) -> None:
    queue = JobQueue()
    running, waiting = queue.add(make_request()), queue.add(make_request())
    queue.start_next()
    queue.end(waiting.id, "cancelled")
    queue.end(running.id, "failed")
    assert queue.start_next() is None
    assert len(queue) == 0


def test_a_job_ends_once(make_request: MakeRequest) -> None:
    queue = JobQueue()
    job = queue.add(make_request())
    queue.start_next()
    assert queue.end(job.id, "cancelled") is job
    assert queue.end(job.id, "done") is None
    assert job.state == "cancelled"


def test_misuse(make_request: MakeRequest) -> None:
    queue = JobQueue()
    job = queue.add(make_request())
    with pytest.raises(ValueError, match="already"):
        queue.add(job.request)
    with pytest.raises(ValueError, match="no end"):
        queue.end(job.id, "running")


def test_time_left_at_an_even_pace() -> None:
    left = TimeLeft(0.0)
    assert left.update(0.0, 1.0) is None
    for step in range(1, 10):
        assert left.update(step / 10, step * 2.0) == pytest.approx(20 - 2 * step)


def test_time_left_follows_a_change_of_pace() -> None:
    left = TimeLeft(0.0)
    left.update(0.1, 10.0)  # a slow start: loading
    seconds = [left.update(0.1 + step / 20, 10.0 + step) for step in range(1, 17)]
    assert seconds[-1] == pytest.approx(0.1 * 20, rel=0.5)
