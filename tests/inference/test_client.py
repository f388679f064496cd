"""The host process and its client, with stand-in engines: every way a request can end."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import psutil
import pytest

from inference.client import (
    FillDone,
    FillFailed,
    FillStopped,
    HostClient,
    HostDevices,
    HostEvent,
    HostGone,
    HostReady,
    host_environment,
    run_fill,
)
from inference.request import FillCandidate, FillError, FillRequest, Progress
from inference.wire import read_message

pytestmark = pytest.mark.host

MakeRequest = Callable[..., FillRequest]


class Collector:
    """A client whose events can be waited for."""

    def __init__(self, command: list[str]) -> None:
        self.events: queue.SimpleQueue[HostEvent] = queue.SimpleQueue()
        self.client = HostClient(lambda _client, event: self.events.put(event), command)

    def next(self, kind: type) -> HostEvent:
        while True:
            event = self.events.get(timeout=60)
            if isinstance(event, kind):
                return event


@pytest.fixture
def collector(stand_in: list[str]):
    made = Collector(stand_in)
    made.client.start()
    yield made
    made.client.close(1.0)


def test_it_says_hello_first(collector: Collector) -> None:
    ready = collector.events.get(timeout=60)
    assert isinstance(ready, HostReady)
    assert ready.pid == collector.client.pid
    assert ready.python == sys.version.split()[0]


def test_a_request_is_filled(stand_in: list[str], make_request: MakeRequest) -> None:
    request = make_request(seed=7, count=3)
    results = [event for event in run_fill(request, stand_in) if isinstance(event, FillCandidate)]
    assert [result.seed for result in results] == [7, 8, 9]
    for result in results:
        inside = request.mask > 0
        assert (result.image[inside] == (result.seed, 90, 160, 255)).all()
        assert np.array_equal(result.image[~inside], request.image[~inside])
        assert result.facts["sum"] == int(result.image.sum(dtype=np.int64))


def test_progress_names_the_stage(stand_in: list[str], make_request: MakeRequest) -> None:
    progress = [event for event in run_fill(make_request(), stand_in) if isinstance(event, Progress)]
    assert [event.stage for event in progress] == ["loading", "compose"]
    assert progress[-1].fraction == 1


def test_what_an_engine_prints_does_not_break_the_protocol(
    stand_in: list[str], make_request: MakeRequest
) -> None:
    assert any(isinstance(event, FillCandidate) for event in run_fill(make_request("chatter"), stand_in))


@pytest.mark.parametrize(
    ("prompt", "kind", "says"),
    [
        ("raise", "engine", "asked to fail"),
        ("memory", "memory", "memory"),
        ("crash", "host", "ended from outside"),
    ],
)
def test_failures_are_told(
    stand_in: list[str], make_request: MakeRequest, prompt: str, kind: str, says: str
) -> None:
    with pytest.raises(FillError, match=says) as caught:
        list(run_fill(make_request(prompt), stand_in))
    assert caught.value.kind == kind
    if prompt == "raise":
        assert "Traceback" in caught.value.detail


def test_an_unknown_engine_is_an_error_of_the_request(stand_in: list[str], make_request: MakeRequest) -> None:
    with pytest.raises(FillError, match="no engine “nowhere”") as caught:
        list(run_fill(make_request(engine="nowhere"), stand_in))
    assert caught.value.kind == "input"


def test_a_python_that_is_not_there(make_request: MakeRequest) -> None:
    with pytest.raises(FillError, match="could not be started") as caught:
        list(run_fill(make_request(), ["/nowhere/python", "-m", "inference.host"]))
    assert caught.value.kind == "host"


def test_a_program_that_is_no_host(make_request: MakeRequest) -> None:
    with pytest.raises(FillError) as caught:
        list(run_fill(make_request(), [sys.executable, "-c", "print('good day')"]))
    assert caught.value.kind == "host"
    assert "not a message" in caught.value.message


def test_a_candidate_of_another_size_is_refused(stand_in: list[str], make_request: MakeRequest) -> None:
    with pytest.raises(FillError, match="a candidate of") as caught:
        list(run_fill(make_request("wrong size"), stand_in))
    assert caught.value.kind == "host"


def test_16_bits_go_there_and_back(stand_in: list[str], make_request: MakeRequest) -> None:
    shallow = make_request()
    request = replace(shallow, image=np.random.default_rng(5).integers(0, 65536, (16, 24, 4), np.uint16))
    (candidate,) = (each for each in run_fill(request, stand_in) if isinstance(each, FillCandidate))
    kept = request.mask == 0
    assert candidate.image.dtype == np.uint16
    assert np.array_equal(candidate.image[kept], request.image[kept])


def test_a_candidate_of_another_depth_is_refused(stand_in: list[str], make_request: MakeRequest) -> None:
    with pytest.raises(FillError, match=r"a candidate of .* uint16"):
        list(run_fill(make_request("wrong depth"), stand_in))


def test_what_the_host_has_started_ends_with_it(stand_in: list[str], make_request: MakeRequest) -> None:
    with pytest.raises(FillError) as caught:
        list(run_fill(make_request("child"), stand_in))
    (child,) = (line.split()[1] for line in caught.value.detail.splitlines() if line.startswith("child"))
    gone = (
        psutil.wait_procs([psutil.Process(int(child))], timeout=30)[0]
        if psutil.pid_exists(int(child))
        else True
    )
    assert gone


def test_cancel_is_heard_and_the_host_goes_on(collector: Collector, make_request: MakeRequest) -> None:
    running = make_request("forever")
    collector.client.submit(running)
    collector.next(Progress)
    collector.client.cancel(running.id)
    assert collector.next(FillStopped) == FillStopped(running.id)
    after = make_request()
    collector.client.submit(after)
    assert isinstance(collector.next(FillCandidate), FillCandidate)
    assert collector.next(FillDone) == FillDone(after.id)


def test_a_failure_leaves_the_host_usable(collector: Collector, make_request: MakeRequest) -> None:
    collector.client.submit(make_request("raise"))
    assert isinstance(collector.next(FillFailed), FillFailed)
    collector.client.submit(make_request())
    collector.next(FillDone)


def test_a_killed_host_is_told(collector: Collector, make_request: MakeRequest) -> None:
    collector.client.submit(make_request("deaf"))
    collector.next(Progress)
    assert collector.client.pid is not None
    os.kill(collector.client.pid, signal.SIGKILL)
    gone = collector.next(HostGone)
    assert isinstance(gone, HostGone)
    assert "SIGKILL" in gone.reason


def test_leaving_early_ends_the_host(stand_in: list[str], make_request: MakeRequest) -> None:
    events = run_fill(make_request("forever"), stand_in)
    next(events)
    events.close()  # the fixture nothing_left looks for the process


def test_closing_does_not_wait_for_an_engine_that_hears_nothing(
    collector: Collector, make_request: MakeRequest
) -> None:
    collector.client.submit(make_request("deaf"))
    collector.next(Progress)
    collector.client.close()
    assert isinstance(collector.next(HostGone), HostGone)


def test_devices(collector: Collector) -> None:
    collector.client.ask_devices()
    devices = collector.next(HostDevices)
    assert isinstance(devices, HostDevices)
    assert devices.facts["cpu"]["cores"] >= 1
    assert {"torch", "cuda", "mps"} <= devices.facts.keys()


def test_the_environment_does_not_leak() -> None:
    environment = host_environment(
        {"PATH": "/bin", "PYTHONPATH": "/x", "QT_PLUGIN_PATH": "/y", "_PYI_HOME": "/z"}
    )
    assert environment["PATH"] == "/bin"
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert not {"PYTHONPATH", "QT_PLUGIN_PATH", "_PYI_HOME"} & environment.keys()


def test_a_host_whose_editor_dies_in_mid_message_ends(stand_in: list[str]) -> None:
    process = subprocess.Popen(
        stand_in,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin and process.stdout and process.stderr
    assert read_message(process.stdout) is not None  # it runs
    process.stdin.write(b"PNT")
    for pipe in (process.stderr, process.stdout, process.stdin):
        pipe.close()
    assert process.wait(60) is not None
