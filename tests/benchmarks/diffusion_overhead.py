"""Diffusion overhead: Kandinsky fills through the engine host, against a bare diffusers script doing the same steps."""

from __future__ import annotations

import queue
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import Any

import numpy as np

from inference.client import FillDone, HostClient, HostEvent, HostReady
from inference.models.store import ModelStore
from inference.request import FillCandidate, FillRequest, Progress
from tests.benchmarks.diffusion_child import GUIDANCE, PRIOR_STEPS, hole, picture
from tests.benchmarks.report import Figure, Goal
from tests.benchmarks.surroundings import ROOT, ChildError, ask_child

TURNS = 3
RUNS = 3
"""In each turn of both sides: pictures of a new prompt, and as many more of the same."""

SIDE, STEPS = 768, 50
CPU_SIDE, CPU_STEPS = 512, 12

CAP = 6_000_000_000
"""Bytes of the card that a fill may have for the measurement of its peak."""

_CHILD = "tests.benchmarks.diffusion_child"
_FILL_GOAL = Goal(ratio_below=1.05)
_AGAIN_GOAL = Goal(ratio_below=1.02)
_PEAK_GOAL = Goal(below=CAP / 1e9)

Paint = Callable[[str], dict[str, Any]]
"""Makes one picture of a prompt, and gives the facts about it."""

Times = dict[str, list[float]]


def measure(tell: Callable[[str], None]) -> list[Figure]:
    """Picture by picture in turns, so that what else the machine does meets both sides alike. The first turn, which
    also brings the files into memory and makes what is kept beside a model, does not count."""
    with tempfile.TemporaryDirectory(prefix="pentimento-bench-model-") as folder:
        tell("building a model with random weights")
        about = ask_child(["-m", "tests.benchmarks.kandinsky_checkpoint", folder])
        model = ModelStore().find(folder).id
        side, steps = (SIDE, STEPS) if about["cuda"] else (CPU_SIDE, CPU_STEPS)
        bare: Times = {"first": [], "new": [], "again": []}
        ours: Times = {"first": [], "new": [], "again": []}
        for turn in range(TURNS + 1):
            tell(f"{turn} of {TURNS}" if turn else "warming up")
            for times, found in zip((bare, ours), _turn(folder, model, side, steps), strict=True):
                for name, values in found.items() if turn else ():
                    times[name] += values
        peak = None
        if about["cuda"]:
            tell("peak memory")
            with _host(model, side, steps, [sys.executable, "-m", _CHILD, "host", str(CAP)]) as paint:
                peak = paint("a hat")
    note = f"{about['size']} weights at {side}², {steps} steps, on {about['device']}"
    return [*_figures(bare, ours, note), _peak_figure(peak)]


def _figures(bare: Times, ours: Times, note: str) -> Iterator[Figure]:
    for name, what, goal in (
        ("first", "from program start", _FILL_GOAL),
        ("new", "a new prompt", _FILL_GOAL),
        ("again", "another of the same prompt", _AGAIN_GOAL),
    ):
        base = Figure(f"bare diffusers, {what}", bare[name], "s")
        yield base
        yield Figure(f"Kandinsky fill, {what}", ours[name], "s", base, goal, note)


def _peak_figure(facts: dict[str, Any] | None) -> Figure:
    name = f"Kandinsky fill {SIDE}², peak of the card"
    if facts is None:
        return Figure(name, [], "GB", goal=_PEAK_GOAL, note="no CUDA card is at hand")
    lowered = ", ".join(facts["lowered"]) or "nothing"
    note = f"with {CAP / 1e9:.0f} GB allowed; lowered: {lowered}"
    return Figure(name, [facts["peak_bytes"] / 1e9], "GB", goal=_PEAK_GOAL, note=note)


def _turn(folder: str, model: str, side: int, steps: int) -> tuple[Times, Times]:
    """Seconds for each picture of the bare script, and of a host."""
    with ExitStack() as stack:
        sides: list[tuple[Times, Paint]] = []
        for start in (lambda: _bare(folder, side, steps), lambda: _host(model, side, steps)):
            began = time.monotonic()
            paint = stack.enter_context(start())
            paint("a hat")
            sides.append(({"first": [time.monotonic() - began], "new": [], "again": []}, paint))
        for run in range(RUNS):
            for name in ("new", "again"):
                for times, paint in sides:
                    began = time.monotonic()
                    paint(f"a hat, number {run}")
                    times[name].append(time.monotonic() - began)
        (bare, _), (ours, _) = sides
        return bare, ours


@contextmanager
def _bare(folder: str, side: int, steps: int) -> Iterator[Paint]:
    command = [sys.executable, "-m", _CHILD, "bare", folder, str(side), str(steps)]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )

    def paint(prompt: str) -> dict[str, Any]:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(f"{prompt}\n")
        process.stdin.flush()
        if process.stdout.readline() != "picture\n":
            raise ChildError(f"ended too early: {' '.join(command)}")
        return {}

    with process:
        try:
            yield paint
        finally:
            process.kill()


@contextmanager
def _host(model: str, side: int, steps: int, command: Sequence[str] | None = None) -> Iterator[Paint]:
    events: queue.SimpleQueue[HostEvent] = queue.SimpleQueue()
    client = HostClient(lambda _client, event: events.put(event), command)
    image = np.dstack([picture(side), np.full((side, side), 255, np.uint8)])
    seeds = count()

    def paint(prompt: str) -> dict[str, Any]:
        seed = next(seeds)
        request = FillRequest(
            id=str(seed),
            engine="kandinsky-2-2",
            image=image,
            mask=hole(side),
            working_size=(side, side),
            seed=seed,
            prompt=prompt,
            steps=steps,
            guidance=GUIDANCE,
            prior_steps=PRIOR_STEPS,
            prior_guidance=GUIDANCE,
            model=model,
        )
        facts: dict[str, Any] = {}
        client.submit(request)
        while not isinstance(event := events.get(), FillDone):
            assert isinstance(event, Progress | FillCandidate), event
            if isinstance(event, FillCandidate):
                facts = event.facts
        return facts

    client.start()
    try:
        assert isinstance(events.get(), HostReady)
        yield paint
    finally:
        client.close()
