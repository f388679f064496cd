"""The engine host: a program of its own that reads requests from standard input and answers on standard output.

``python -m inference.host``            speaks ``inference.wire`` until its standard input closes
``python -m inference.host --warm``     compiles the engines' kernels into the cache, for set-up

The only place that imports engines. It holds what can crash, hang or eat memory, so that the editor does not.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import queue
import sys
import threading
import time
import traceback
from typing import IO

from inference.engines.engine import ENGINES, Fill
from inference.refine import fill_and_refine
from inference.request import Array8, FillCancelled, FillCandidate, FillError, FillRequest, Reference
from inference.wire import Message, WireError, read_message, write_message

_LEAST_INTERVAL = 0.04
"""Seconds between two progress messages of one stage."""


class Host:
    """Answers one message after another; cancellation is heard meanwhile, by the thread that reads."""

    def __init__(self, source: IO[bytes], sink: IO[bytes]) -> None:
        self._source, self._sink = source, sink
        self._waiting: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._cancelled: set[str] = set()

    def run(self) -> None:
        """Returns when the source ends; the reading thread ends the process if an engine is still at work then."""
        self._send({"type": "hello", "pid": os.getpid(), "python": sys.version.split()[0]})
        threading.Thread(target=self._listen, name="host-listen", daemon=True).start()
        while (message := self._waiting.get()) is not None:
            match message.get("type"):
                case "fill":
                    self._fill(message)
                case "prepare":
                    self._prepare(str(message.get("engine")))
                case "devices":
                    from inference.device import describe_devices

                    self._send({"type": "devices", "facts": describe_devices()})
                case other:
                    self._send(
                        {"type": "failed", "id": "", "kind": "host", "message": f"unknown message {other!r}"}
                    )

    def _listen(self) -> None:
        try:
            while (message := read_message(self._source)) is not None:
                if message.get("type") == "cancel":
                    self._cancelled.add(message["id"])
                else:
                    self._waiting.put(message)
        except (WireError, OSError) as error:
            with contextlib.suppress(OSError):  # nobody may be left to read it
                print(f"engine host: {error}", file=sys.stderr, flush=True)
        finally:
            self._waiting.put(None)
            # The editor is gone: nobody will read what a running engine still makes.
            time.sleep(0.5)
            os._exit(0)

    def _prepare(self, engine: str) -> None:
        """Imports an engine ahead of the first request, and loads its kernels; what goes wrong is told when it is asked
        to fill."""
        try:
            _load(engine)
            if not ENGINES[engine].needs_model:
                _warm(engine)
        except Exception as error:
            print(f"engine host: {engine}: {error}", file=sys.stderr)

    def _fill(self, message: Message) -> None:
        fields = {name: value for name, value in message.items() if name != "type"}
        fields["working_size"] = tuple(fields["working_size"])
        fields["references"] = tuple(Reference(**each) for each in fields["references"])
        request = FillRequest(**fields)
        report = _Report(self, request.id)
        try:
            report("loading", 0.0)
            for candidate in fill_and_refine(_load(request.engine), request, report):
                self._send_candidate(candidate)
            self._send({"type": "done", "id": request.id})
        except FillCancelled:
            self._send({"type": "cancelled", "id": request.id})
        except FillError as error:
            self._fail(request.id, error)
        except MemoryError:
            self._fail(
                request.id,
                FillError("There is not enough memory for this fill. Select a smaller part.", "memory"),
            )
        except ImportError as error:
            text = (
                f"This engine needs a package that is not here ({error.name or error}). Install the engine: in "
                "Edit ▸ Models…, or by the command “engine install”."
            )
            self._fail(request.id, FillError(text, "engine", traceback.format_exc()))
        except Exception as error:
            text = f"The engine failed ({type(error).__name__}: {error})."
            self._fail(request.id, FillError(text, "engine", traceback.format_exc()))
        finally:
            self._cancelled.discard(request.id)

    def _send_candidate(self, candidate: FillCandidate) -> None:
        self._send(
            {
                "type": "candidate",
                "id": candidate.request_id,
                "index": candidate.index,
                "seed": candidate.seed,
                "facts": candidate.facts,
                "image": candidate.image,
            }
        )

    def _fail(self, request_id: str, error: FillError) -> None:
        self._send(
            {
                "type": "failed",
                "id": request_id,
                "kind": error.kind,
                "message": error.message,
                "detail": error.detail,
                "cpu_may_help": error.cpu_may_help,
            }
        )

    def _send(self, message: Message) -> None:
        write_message(self._sink, message)

    def is_cancelled(self, request_id: str) -> bool:
        return request_id in self._cancelled

    def send_progress(
        self, request_id: str, stage: str, fraction: float, step: int, steps: int, preview: Array8 | None
    ) -> None:
        self._send(
            {
                "type": "progress",
                "id": request_id,
                "stage": stage,
                "fraction": fraction,
                "step": step,
                "steps": steps,
                "preview": preview,
            }
        )


class _Report:
    """The reporter that engines call: hears cancellation each time, tells the editor now and then."""

    def __init__(self, host: Host, request_id: str) -> None:
        self._host, self._id = host, request_id
        self._stage = ""
        self._told = 0.0

    def __call__(
        self, stage: str, fraction: float, step: int = 0, steps: int = 0, preview: Array8 | None = None
    ) -> None:
        if self._host.is_cancelled(self._id):
            raise FillCancelled
        now = time.monotonic()
        news = stage != self._stage or fraction >= 1 or preview is not None
        if news or now - self._told >= _LEAST_INTERVAL:
            self._stage, self._told = stage, now
            self._host.send_progress(self._id, stage, float(fraction), int(step), int(steps), preview)


def _load(engine: str) -> Fill:
    if engine not in ENGINES:
        raise FillError(f"There is no engine “{engine}”. Choose one of: {', '.join(ENGINES)}.", "input")
    name = ENGINES[engine].module
    if name not in sys.modules:
        importlib.import_module(name)
        # What torch and its like have imported stays: the collections that free a model's memory, a quarter of a second
        # each otherwise, need not go through it.
        gc.collect()
        gc.freeze()
    fill: Fill = sys.modules[name].fill
    return fill


def warm() -> None:
    """Compiles what the engines compile, into the cache, so that the first fill does not wait for it."""
    for info in ENGINES.values():
        if (
            not info.needs_model
        ):  # else it compiles nothing, and may lack the libraries that ``make engine`` brings
            _warm(info.id)


def _warm(engine: str) -> None:
    module = importlib.import_module(ENGINES[engine].module)
    if hasattr(module, "warm"):
        module.warm()


def main(arguments: list[str]) -> int:
    if arguments == ["--warm"]:
        from inference.client import host_environment

        os.environ.update(host_environment(dict(os.environ)))
        warm()
        return 0
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    # Whatever a library prints must not break the protocol: descriptor 1 becomes standard error.
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    if hasattr(os, "nice"):
        os.nice(5)  # the window comes first
    try:
        Host(sys.stdin.buffer, sink).run()
    except BrokenPipeError:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
