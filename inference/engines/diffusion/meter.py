"""Meter: turns the steps of a fill's candidates into one fraction, and hears at each whether the fill is cancelled."""

from __future__ import annotations

import time
from collections.abc import Callable

from inference.engines.engine import Reporter
from inference.request import Array8

_PREVIEW_EVERY = 4
_PREVIEW_SECONDS = 0.5
"""A preview after so many steps, or so much time, whichever comes first."""


class Meter:
    """Of ``count`` candidates, from candidate ``first`` on. Every call may raise FillCancelled."""

    def __init__(self, report: Reporter, first: int, count: int) -> None:
        self._report = report
        self._index, self._count = first - 1, count
        self._step = 0
        self._fraction = first / count
        self._previewed = self._began = self._last = 0.0

    @property
    def step_seconds(self) -> float:
        """The mean over the present candidate's steps but the first, which sets things up."""
        return (self._last - self._began) / max(1, self._step - 1)

    def loading(self) -> None:
        self._report("loading", self._fraction)

    def prefill(
        self, stage: str, fraction: float, step: int = 0, steps: int = 0, preview: Array8 | None = None
    ) -> None:
        """A reporter for what comes before the first step, and counts for nothing."""
        self._report(stage, self._fraction, step, steps, preview)

    def candidate(self) -> None:
        """Another candidate begins."""
        self._index += 1
        self._step = 0
        self._previewed = time.monotonic()
        self._tell("paint", 0.0)

    def prompt(self) -> None:
        """The prompt is about to be read."""
        self._tell("prompt", 0.0)

    def paint(self, steps: int, preview: Callable[[], Array8]) -> None:
        """One of ``steps`` steps is done. ``preview`` is called when a picture is due."""
        now = time.monotonic()
        self._step += 1
        self._last = now
        if self._step == 1:
            self._began = now
        picture = None
        if self._step % _PREVIEW_EVERY == 0 or now - self._previewed >= _PREVIEW_SECONDS:
            self._previewed = now
            picture = preview()
        share = self._step / (steps + 1)
        self._tell("paint", share, self._step, steps, picture)
        if self._step == steps:
            self._tell("decode", share)

    def done(self) -> None:
        """The present candidate is painted."""
        self._tell("decode", 1.0)

    def _tell(
        self, stage: str, share: float, step: int = 0, steps: int = 0, preview: Array8 | None = None
    ) -> None:
        self._fraction = (self._index + share) / self._count
        self._report(stage, self._fraction, step, steps, preview)
