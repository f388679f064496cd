"""Jobs: which fills wait, which one runs, how each ended, and how long the running one still takes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

from inference.request import FillRequest

JobState = Literal["queued", "running", "done", "failed", "cancelled"]

ENDED: frozenset[JobState] = frozenset({"done", "failed", "cancelled"})


@dataclass
class Job:
    """One request on its way."""

    request: FillRequest
    state: JobState = "queued"

    @property
    def id(self) -> str:
        return self.request.id


class JobQueue:
    """First in, first out; one runs at a time. Ended jobs are forgotten."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, Job] = OrderedDict()

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def running(self) -> Job | None:
        return next((job for job in self._jobs.values() if job.state == "running"), None)

    def get(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    def add(self, request: FillRequest) -> Job:
        if request.id in self._jobs:
            raise ValueError(f"request {request.id} is queued already")
        job = self._jobs[request.id] = Job(request)
        return job

    def start_next(self) -> Job | None:
        """The oldest queued job, now running; None while one runs or where none waits."""
        if self.running is not None:
            return None
        job = next((job for job in self._jobs.values() if job.state == "queued"), None)
        if job is not None:
            job.state = "running"
        return job

    def end(self, job_id: str, state: JobState) -> Job | None:
        """Takes a job out of the queue; None where it has ended already."""
        if state not in ENDED:
            raise ValueError(f"{state!r} is no end")
        job = self._jobs.pop(job_id, None)
        if job is not None:
            job.state = state
        return job


class TimeLeft:
    """Estimates what is left of a running job from the fractions it reports; times in seconds.

    The latest pace counts more than the first: loading and warming up are not what the rest will be like.
    """

    _LEAST_FRACTION = 0.02
    _WEIGHT = 0.3

    def __init__(self, now: float) -> None:
        self._time, self._fraction = now, 0.0
        self._pace: float | None = None

    def update(self, fraction: float, now: float) -> float | None:
        """Seconds left, or None while nothing can be said."""
        step = fraction - self._fraction
        if step >= self._LEAST_FRACTION:
            pace = (now - self._time) / step
            self._pace = pace if self._pace is None else self._pace + self._WEIGHT * (pace - self._pace)
            self._time, self._fraction = now, fraction
        return None if self._pace is None else max(0.0, self._pace * (1.0 - fraction))
