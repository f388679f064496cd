"""An engine host with stand-in engines, for tests of everything around an engine. Run as a program."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from inference import host
from inference.depth import to_16, to_dtype
from inference.engines import engine
from inference.engines.engine import EngineInfo, Reporter
from inference.request import FillCandidate, FillError, FillRequest


def fill(request: FillRequest, report: Reporter) -> Iterator[FillCandidate]:
    """Does what the prompt names; without one, paints what is masked in the seed's colour."""
    match request.prompt:
        case "forever":
            while True:
                report("search", 0.5, 1, 2)
                time.sleep(0.005)
        case "deaf":  # hears no cancel
            report("search", 0.5)
            while True:
                time.sleep(0.05)
        case "crash":
            report("search", 0.5)
            os.abort()
        case "wrong size":
            yield FillCandidate(request.id, 0, 0, request.image[1:], {})
        case "wrong depth":
            yield FillCandidate(request.id, 0, 0, to_16(request.image), {})
        case "child":  # leaves a process behind that holds its pipes
            print("child", subprocess.Popen(["sleep", "60"]).pid, file=sys.stderr)
            os.abort()
        case "raise":
            raise RuntimeError("the stand-in was asked to fail")
        case "memory":
            raise MemoryError
        case "preview":  # shows what it does until it is cancelled
            while True:
                report("paint", 0.5, 1, 2, np.full((8, 8, 3), (10, 200, 30), np.uint8))
                time.sleep(0.02)
        case "too large" if not request.allow_cpu:
            raise FillError("The card has too little memory.", "memory", cpu_may_help=True)
        case "chatter":
            print("an engine that prints", flush=True)
            os.write(1, b"and one that writes to descriptor 1\n")
    for index in range(request.count):
        if "--unfinished" in sys.argv and index == request.count - 1:
            while True:  # the last one never comes
                report("search", 0.9)
                time.sleep(0.005)
        seed = request.seed + index
        image = request.image.copy()
        image[request.mask > 0] = to_dtype(np.array((seed % 256, 90, 160, 255), np.uint8), image.dtype)
        report("compose", (index + 1) / request.count)
        facts = {"sum": int(np.sum(image, dtype=np.int64)), "seconds": 2.0}
        yield FillCandidate(request.id, index, seed, image, facts)


if __name__ == "__main__":
    # "--serve ID" puts the stand-in in the place of a real engine.
    served = sys.argv[2] if sys.argv[1:2] == ["--serve"] else "stand-in"
    engine.ENGINES[served] = EngineInfo(served, "__main__", "Stand-in", "For tests.", prompt=True)
    sys.exit(host.main([]))
