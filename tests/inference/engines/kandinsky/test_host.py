"""Kandinsky through the real host, a child process: candidates, cancel and what comes after it."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from inference.client import FillDone, FillStopped, HostClient, HostEvent
from inference.engines.kandinsky import fill
from inference.models.model import Model
from inference.request import FillCandidate, FillRequest, Progress

pytestmark = [pytest.mark.host, pytest.mark.slow]


class Host:
    """The real host, whose events can be waited for."""

    def __init__(self) -> None:
        self.events: queue.SimpleQueue[HostEvent] = queue.SimpleQueue()
        self.client = HostClient(lambda _client, event: self.events.put(event))

    def until(self, *ends: type) -> list[HostEvent]:
        seen: list[HostEvent] = []
        while not seen or not isinstance(seen[-1], ends):
            seen.append(self.events.get(timeout=170))
        return seen


@pytest.fixture
def host(model: Model, own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # as in this process
    made = Host()
    made.client.start()
    yield made
    made.client.close(1.0)


def test_a_fill_a_cancel_and_a_fill_again(host: Host, make_fill: Callable[..., FillRequest]) -> None:
    """Two candidates arrive one by one; a cancel in the decoder is confirmed; what comes then is as it was."""
    request = make_fill(count=2, steps=6)
    host.client.submit(request)
    events = host.until(FillDone)
    candidates = [event for event in events if isinstance(event, FillCandidate)]
    assert [candidate.index for candidate in candidates] == [0, 1]
    expected = list(fill(request, lambda *arguments: None))
    for candidate, same in zip(candidates, expected, strict=True):
        assert np.array_equal(candidate.image, same.image)
    assert any(event.preview is not None for event in events if isinstance(event, Progress))

    host.client.submit(make_fill(id="two", steps=800))
    host.until(Progress)
    host.client.cancel("two")
    events = host.until(FillStopped, FillDone)
    assert isinstance(events[-1], FillStopped)

    host.client.submit(make_fill(id="three", steps=6))
    [again] = [event for event in host.until(FillDone) if isinstance(event, FillCandidate)]
    assert np.array_equal(again.image, expected[0].image)
