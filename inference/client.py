"""HostClient: starts an engine host, sends it requests and turns what it answers into events. No Qt."""

from __future__ import annotations

import collections
import contextlib
import logging
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inference.children import child_command, child_folder, is_frozen
from inference.depth import Pixels
from inference.folders import cache_folder
from inference.jobs import TimeLeft
from inference.request import Array8, FillCandidate, FillError, FillRequest, Progress
from inference.runtime.environments import current_python
from inference.wire import Message, WireError, read_message, write_message

log = logging.getLogger(__name__)

_LEAKS = ("PYTHON", "_PYI_", "QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH")
_STDERR_LINES = 40
_JOIN_PATIENCE = 1.0


@dataclass(frozen=True, slots=True)
class HostReady:
    """The host runs and speaks this version of the protocol."""

    pid: int
    python: str


@dataclass(frozen=True, slots=True)
class HostDevices:
    """What ``inference.device.describe_devices`` found, in the host."""

    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FillDone:
    request_id: str


@dataclass(frozen=True, slots=True)
class FillFailed:
    request_id: str
    error: FillError


@dataclass(frozen=True, slots=True)
class FillStopped:
    """The host confirms that it has stopped working on a cancelled request."""

    request_id: str


@dataclass(frozen=True, slots=True)
class HostGone:
    """The host has ended, for a reason that can be told to a person."""

    reason: str
    detail: str


HostEvent = (
    HostReady | HostDevices | Progress | FillCandidate | FillDone | FillFailed | FillStopped | HostGone
)


def host_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for a host: without what leaks from a frozen parent, with the cache's place, and offline."""
    clean = {name: value for name, value in environment.items() if not name.startswith(_LEAKS)}
    if is_frozen():  # PyInstaller has put the program's own libraries first, and kept what was there before
        clean.pop("LD_LIBRARY_PATH", "")
        if before := clean.pop("LD_LIBRARY_PATH_ORIG", ""):
            clean["LD_LIBRARY_PATH"] = before
    clean["NUMBA_CACHE_DIR"] = str(cache_folder() / "kernels")
    clean["HF_HUB_OFFLINE"] = "1"
    clean["HF_HUB_DISABLE_TELEMETRY"] = "1"
    clean["PYTHONUNBUFFERED"] = "1"
    return clean


def host_command(python: str = "") -> list[str]:
    """How a host is started: by ``python``, or else by the engine environment's, or else by the program's own."""
    return child_command("host", python or current_python())


class HostClient:
    """One host process. Its events arrive through ``deliver``, called on a thread of the client's own."""

    def __init__(
        self, deliver: Callable[[HostClient, HostEvent], None], command: Sequence[str] | None = None
    ) -> None:
        self._deliver = deliver
        self._command = list(command or host_command())
        self._stderr: collections.deque[str] = collections.deque(maxlen=_STDERR_LINES)
        self._process: subprocess.Popen[bytes] | None = None
        self._threads: list[threading.Thread] = []
        self._outbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._forms: dict[str, tuple[tuple[int, ...], np.dtype[Any]]] = {}

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Raises FillError of kind "host" where the process cannot be started."""
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
        try:
            self._process = subprocess.Popen(
                self._command,
                cwd=child_folder(),
                env=host_environment(os.environ),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                creationflags=flags,
                start_new_session=True,  # ends with all that it may have started; Ctrl+C is for this process
            )
        except OSError as error:
            raise FillError(
                f"The engine could not be started ({error.strerror or error}). "
                "Check the engine's Python in the preferences.",
                "host",
                str(error),
            ) from error
        self._threads = [
            threading.Thread(target=target, name=f"host-{name}", daemon=True)
            for name, target in (
                ("log", self._read_log),
                ("events", self._read_events),
                ("requests", self._write),
            )
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, request: FillRequest) -> None:
        self._forms[request.id] = _form(request.image)
        fields = {name: getattr(request, name) for name in request.__slots__}
        fields["references"] = [{"image": each.image, "weight": each.weight} for each in request.references]
        self._send({"type": "fill", **fields})

    def cancel(self, request_id: str) -> None:
        self._send({"type": "cancel", "id": request_id})

    def prepare(self, engine: str) -> None:
        """Lets the host import an engine ahead of the first request."""
        self._send({"type": "prepare", "engine": engine})

    def ask_devices(self) -> None:
        self._send({"type": "devices"})

    def close(self, patience: float = 0.0) -> None:
        """Ends the host: at once, or when it has not ended by itself ``patience`` seconds after its input closed."""
        process = self._process
        if process is None:
            return
        self._outbox.put(None)
        if patience > 0:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)
        _kill(process)
        process.wait()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(_JOIN_PATIENCE)
        # A thread may still read where something that the host has started holds its pipe open: leave it that.
        if not any(thread.is_alive() for thread in self._threads):
            for stream in (process.stdout, process.stderr):
                if stream:
                    stream.close()

    def _send(self, message: Message) -> None:
        """Returns at once: a host that does not read makes nobody wait but the thread that writes."""
        if self._process is None:
            raise RuntimeError("the host has not been started")
        self._outbox.put(message)

    def _write(self) -> None:
        assert self._process is not None and self._process.stdin is not None
        try:
            while (message := self._outbox.get()) is not None:
                write_message(self._process.stdin, message)
        except OSError:
            pass  # a host that has just died is told by HostGone
        except Exception:
            log.exception("a request could not be sent")
            _kill(self._process)  # HostGone tells it
        with contextlib.suppress(OSError):
            self._process.stdin.close()

    def _read_events(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        problem = ""
        try:
            while (message := read_message(self._process.stdout)) is not None:
                self._deliver(self, self._event(message))
        except Exception as error:  # whatever it is: a host that nobody listens to must be told as gone
            problem = (
                "too little memory to read it"
                if isinstance(error, MemoryError)
                else f"{error!s}" or repr(error)
            )
            _kill(self._process)
        code = self._process.wait()
        self._outbox.put(None)
        self._threads[0].join(_JOIN_PATIENCE)  # the last lines are the ones that tell why
        self._deliver(self, HostGone(_reason(code, problem), "\n".join(self._stderr)))

    def _event(self, message: Message) -> HostEvent:
        event = _event(message)
        if isinstance(event, FillCandidate) and _form(event.image) != self._forms.get(event.request_id):
            raise WireError(f"a candidate of {event.image.shape} {event.image.dtype}")
        return event

    def _read_log(self) -> None:
        assert self._process is not None and self._process.stderr is not None
        for line in self._process.stderr:
            self._stderr.append(line.decode(errors="replace").rstrip())


def run_fill(
    request: FillRequest, command: Sequence[str] | None = None
) -> Generator[Progress | FillCandidate, None, None]:
    """One request in a host of its own, on this thread, for programs without an event loop.

    Raises FillError where it fails. The host ends with the iterator, also when that is left early.
    """
    events: queue.SimpleQueue[HostEvent] = queue.SimpleQueue()
    client = HostClient(lambda _client, event: events.put(event), command)
    client.start()
    try:
        client.submit(request)
        left = TimeLeft(time.monotonic())
        while True:
            match events.get():
                case Progress() as progress:
                    yield with_time_left(progress, left)
                case FillCandidate() as candidate:
                    yield candidate
                case FillDone():
                    return
                case FillFailed(error=error):
                    raise error
                case HostGone(reason=reason, detail=detail):
                    raise FillError(reason, "host", detail)
    finally:
        client.close()


def with_time_left(progress: Progress, left: TimeLeft) -> Progress:
    """The same progress, with what ``left`` makes of it."""
    seconds = left.update(progress.fraction, time.monotonic())
    return replace(progress, seconds_left=seconds)


def _event(message: Message) -> HostEvent:
    match message["type"]:
        case "hello":
            return HostReady(message["pid"], message["python"])
        case "devices":
            return HostDevices(message["facts"])
        case "progress":
            return Progress(
                message["id"],
                message["stage"],
                message["fraction"],
                message["step"],
                message["steps"],
                preview=_preview(message.get("preview")),
            )
        case "candidate":
            return FillCandidate(
                message["id"], message["index"], message["seed"], message["image"], message["facts"]
            )
        case "done":
            return FillDone(message["id"])
        case "cancelled":
            return FillStopped(message["id"])
        case "failed":
            error = FillError(
                message["message"],
                message["kind"],
                message.get("detail", ""),
                message.get("cpu_may_help", False),
            )
            return FillFailed(message["id"], error)
        case other:
            raise WireError(f"unknown message {other!r}")


def _form(image: Pixels) -> tuple[tuple[int, ...], np.dtype[Any]]:
    return image.shape, image.dtype


def _preview(value: Any) -> Array8 | None:
    if value is None:
        return None
    if not isinstance(value, np.ndarray) or value.dtype != np.uint8 or value.ndim != 3 or value.shape[2] != 3:
        raise WireError("a preview that is no picture")
    return value


def _reason(code: int, problem: str) -> str:
    if problem:
        return (
            f"The engine's answer makes no sense ({problem}). Check the engine's Python in the preferences."
        )
    if code < 0:
        with contextlib.suppress(ValueError):
            name = signal.Signals(-code).name
            hint = " The system may have run out of memory." if name == "SIGKILL" else ""
            return f"The engine was ended from outside ({name}).{hint} Your picture is unchanged; try again."
    return f"The engine stopped unexpectedly (exit code {code}). Your picture is unchanged; try again."


def _kill(process: subprocess.Popen[bytes]) -> None:
    """With everything that it has started, where the system knows groups of processes."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
