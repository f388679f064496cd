"""What the tests of the command line share: small pictures, a stand-in for the engine host, waiting with a deadline.

The stand-in is a program of its own behind the real pipes, chosen by the setting for the engine's Python: so hanging,
dying and failing happen when a test wants them to, and nothing in the program is patched.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
DEADLINE = 60.0

_STAND_IN = """
import json, os, signal, sys, time
sys.path.insert(0, os.getcwd())
import numpy as np
from inference.wire import read_message, write_message

mode, heard = sys.argv[1:3]
sink = sys.stdout.buffer
write_message(sink, {"type": "hello", "pid": os.getpid(), "python": "3"})
while (message := read_message(sys.stdin.buffer)) is not None:
    if message["type"] == "devices":
        facts = {"python": "3", "cpu": {"cores": 2, "memory": 1 << 33, "available": 1 << 32},
                 "cuda": [{"name": "Card", "memory": 1 << 34}], "mps": False, "torch": "2.0"}
        write_message(sink, {"type": "devices", "facts": facts})
        continue
    plain = {name: value for name, value in message.items() if not isinstance(value, np.ndarray)}
    with open(heard + ".part", "w") as file:
        json.dump({"pid": os.getpid(), **plain}, file, default=lambda array: list(array.shape))
    progress = {"type": "progress", "id": message["id"], "stage": "search", "fraction": 0.5, "step": 1, "steps": 2}
    write_message(sink, progress)
    if mode == "hang":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.replace(heard + ".part", heard)
    if mode == "hang":
        while True:
            time.sleep(60)
    if mode in ("engine", "memory", "input"):
        write_message(sink, {"type": "failed", "id": message["id"], "kind": mode, "message": "It was not to be."})
        continue
    for index in range(message["count"] if mode == "paint" else 0):
        image, seed = message["image"].copy(), message["seed"] + index
        image[message["mask"] > 0] = (seed % 251, 40, 200, 255)
        write_message(sink, {"type": "candidate", "id": message["id"], "index": index, "seed": seed, "facts": {},
                             "image": image})
    write_message(sink, {"type": "done", "id": message["id"]})
"""


class StandIn:
    """``mode``: "paint" (one plain colour from the seed), "hang", "nothing", or the kind of FillError it answers."""

    def __init__(self, home: Path, mode: str) -> None:
        self._heard = home / "heard.json"
        program, python = home / "stand_in.py", home / "stand-in-python"
        program.write_text(_STAND_IN, encoding="utf-8")
        words = (sys.executable, str(program), mode, str(self._heard))
        python.write_text(f"#!/bin/sh\nexec {shlex.join(words)}\n", encoding="utf-8")
        python.chmod(0o755)
        settings = home / "settings" / "settings.json"
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text(json.dumps({"engine-python": str(python)}), encoding="utf-8")

    @property
    def was_asked(self) -> bool:
        return self._heard.exists()

    def heard(self, process: subprocess.Popen[str] | None = None) -> dict[str, Any]:
        """The request without its arrays, and the stand-in's ``pid``; waits until there is one from ``process``."""
        wait_until(lambda: self.was_asked or (process is not None and process.poll() is not None))
        if process is not None and not self.was_asked:
            raise AssertionError(finish(process))
        request: dict[str, Any] = json.loads(self._heard.read_text(encoding="utf-8"))
        return request


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def start(*words: object, before: str = "", after: str = "") -> subprocess.Popen[str]:
    """``main.py`` as a process of its own; ``before`` and ``after``: statements run in it around it.

    SIGINT is what it is at a terminal, also where the tests run in a background job that ignores it.
    """
    program = (
        "import runpy, signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"{before}\n"
        "try:\n"
        f"    runpy.run_path({str(ROOT / 'main.py')!r}, run_name='__main__')\n"
        "finally:\n"
        f"    {after or 'pass'}\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, words)],
        cwd=ROOT,
        env=dict(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    with process:
        try:
            out, err = process.communicate(timeout=DEADLINE)
        except BaseException:
            process.kill()
            raise
    return process.returncode, out, err


def make_photo(path: Path, width: int = 160, height: int = 120) -> Path:
    """Stripes with a little noise, always the same."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:height, :width]
    stripes = np.stack(
        [90 + 60 * np.sin(x / 5), 80 + 50 * np.sin(y / 7), 60 + 40 * np.sin((x + y) / 9)], axis=-1
    )
    noisy = stripes + rng.normal(0, 4, stripes.shape)
    Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(path)
    return path


def mask_array(width: int = 160, height: int = 120) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    mask[50:70, 60:90] = 255
    return mask


def make_mask(path: Path, array: np.ndarray | None = None) -> Path:
    Image.fromarray(mask_array() if array is None else array).save(path)
    return path


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGBA"))
