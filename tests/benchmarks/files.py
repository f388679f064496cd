"""Files: 20 layers of 4096², opened and saved as OpenRaster and PSD, and beside Krita and GIMP where they are there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from editor.document.document import Document
from editor.document.geometry import Extent
from editor.document.layers import PaintLayer
from editor.document.tiles import Array8, TileMap
from editor.files.formats import open_document, save_document
from editor.raster import native
from tests.benchmarks.report import Figure, Goal
from tests.benchmarks.surroundings import OFFSCREEN, ROOT, SAMPLE, virtual_display

SIDE = 4096
LAYERS, FULL = 20, 4
"""All layers, and those that cover the canvas; the others cover a quarter of it each."""
RUNS = 3
_LIMIT = 600
"""Seconds for another program."""


def measure(tell: Callable[[str], None]) -> list[Figure]:
    native.load(compile_here=True)
    tell("making the layers")
    document = layered()
    with tempfile.TemporaryDirectory(prefix="pentimento-files-") as name:
        folder = Path(name)
        figures = []
        for suffix in (".ora", ".psd"):
            saved, opened = [], []
            for turn in range(RUNS):
                tell(f"{suffix}: {turn + 1} of {RUNS}")
                saved.append(_seconds(partial(save_document, document, folder / f"a{suffix}")))
                opened.append(_seconds(partial(open_document, folder / f"a{suffix}")))
            size = (folder / f"a{suffix}").stat().st_size / 1e6
            note = f"{size:.0f} MB"
            figures += [
                Figure(f"save {LAYERS} layers of {SIDE}² as {suffix}", saved, "s", note=note),
                Figure(f"open {LAYERS} layers of {SIDE}² from {suffix}", opened, "s"),
            ]
        del document
        return figures + _as_commands(folder, tell)


def layered() -> Document:
    """Parts of a photo with a sensor's noise, most of them behind soft edges."""
    photo = cv2.cvtColor(cv2.imread(str(SAMPLE)), cv2.COLOR_BGR2RGBA)
    photo = np.asarray(cv2.resize(photo, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), np.uint8)
    rng = np.random.default_rng(0)
    document = Document(Extent(SIDE, SIDE))
    modes = ("normal", "multiply", "overlay", "screen")
    for index in range(LAYERS):
        side = SIDE if index < FULL else SIDE // 2
        x, y = (0, 0) if index < FULL else (int(v) for v in rng.integers(0, SIDE // 2, 2))
        pixels = _noisy(photo[y : y + side, x : x + side], rng)
        if index:
            pixels[..., 3] = _soft(side)
        layer = PaintLayer(f"Layer {index}", opacity=0.7, blend_mode=modes[index % len(modes)])
        layer.pixels = TileMap.from_array(pixels, x, y)
        document.insert(layer, document.root, index)
    return document


def _noisy(photo: Array8, rng: np.random.Generator) -> Array8:
    out = photo.copy()
    noise = rng.integers(-3, 4, photo.shape[:2], np.int16)[..., None]
    out[..., :3] = np.clip(out[..., :3].astype(np.int16) + noise, 0, 255)
    return out


def _soft(side: int) -> Array8:
    across = np.minimum(np.arange(side), np.arange(side)[::-1]) / (side / 8)
    return (255 * np.clip(np.minimum.outer(across, across), 0, 1)).astype(np.uint8)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _as_commands(folder: Path, tell: Callable[[str], None]) -> list[Figure]:
    """Programs that open the file and save it again in its format, each beyond what it takes for a picture of a single
    pixel: what its start costs is no matter of files."""
    tiny = Document(Extent(1, 1))
    tiny.insert(
        PaintLayer("Layer", pixels=TileMap.from_array(np.full((1, 1, 4), 255, np.uint8))), tiny.root, 0
    )
    for suffix in (".ora", ".psd"):
        save_document(tiny, folder / f"tiny{suffix}")
    figures = []
    with virtual_display() as display:
        for suffix, peer in ((".ora", _KRITA), (".psd", _GIMP)):
            missing = peer.missing or ("" if display is not None else "Xvfb is not installed")
            times: dict[str, list[_Times]] = {"ours": [], "theirs": []}
            if not missing and display is not None:  # the first start of all writes settings and caches
                _run(peer.command(folder / f"tiny{suffix}", folder / f"out{suffix}"), folder, suffix, display)
            for turn in range(RUNS if not missing else 1):
                tell(f"{suffix} opened and saved as a command, {turn + 1}")
                times["ours"].append(_beyond_start(_our_command, folder, suffix, OFFSCREEN))
                if not missing and display is not None:
                    times["theirs"].append(_beyond_start(peer.command, folder, suffix, display))
            name = f"open and save {LAYERS} layers of {SIDE}² as {suffix}, as a command"
            for kind in _Times._fields:
                ours, theirs = ([getattr(each, kind) for each in times[who]] for who in ("ours", "theirs"))
                against = Figure(f"{name}, {kind}: {peer.title}", theirs, "s", note=missing or peer.note)
                goal = Goal(ratio_below=1.0) if theirs else None
                figures += [against, Figure(f"{name}, {kind}", ours, "s", against, goal)]
    return figures


class _Times(NamedTuple):
    """Seconds: on the clock, and of all processors, the program's own children included."""

    wall: float
    cpu: float


def _our_command(source: Path, target: Path) -> list[str]:
    return [sys.executable, "main.py", "export", str(source), str(target)]


def _krita_command(source: Path, target: Path) -> list[str]:
    return ["krita", str(source), "--export", "--export-filename", str(target)]


def _gimp_command(source: Path, target: Path) -> list[str]:
    script = f"""
    (let ((image (car (gimp-file-load RUN-NONINTERACTIVE "{source}" "{source.name}"))))
      (gimp-file-save RUN-NONINTERACTIVE image (car (gimp-image-get-active-layer image))
        "{target}" "{target.name}"))
    """
    return ["gimp", "-i", "-d", "-f", "-b", " ".join(script.split()), "-b", "(gimp-quit 1)"]


@dataclass(frozen=True)
class _Peer:
    title: str
    program: str
    command: Callable[[Path, Path], list[str]]
    note: str = ""

    @property
    def missing(self) -> str:
        return "" if shutil.which(self.program) else f"{self.program} is not installed"


_KRITA = _Peer("Krita", "krita", _krita_command)
_GIMP = _Peer("GIMP", "gimp", _gimp_command, "Debian's GIMP has no plug-in for .ora: the same layers as .psd")


def _beyond_start(
    command: Callable[[Path, Path], list[str]], folder: Path, suffix: str, display: Mapping[str, str]
) -> _Times:
    target = folder / f"out{suffix}"
    start = _run(command(folder / f"tiny{suffix}", target), folder, suffix, display)
    whole = _run(command(folder / f"a{suffix}", target), folder, suffix, display)
    return _Times(whole.wall - start.wall, whole.cpu - start.cpu)


def _run(command: list[str], folder: Path, suffix: str, display: Mapping[str, str]) -> _Times:
    """With settings of its own, on a display. Raises RuntimeError where nothing has been written."""
    target = folder / f"out{suffix}"
    target.unlink(missing_ok=True)
    own = {
        name: str(folder / "home") for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")
    }
    (folder / "home").mkdir(exist_ok=True)
    with (folder / "said.txt").open("wb") as said:
        began = time.perf_counter()
        child = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **own, **display}, stdout=said, stderr=said
        )
        ending = threading.Timer(_LIMIT, child.kill)
        ending.start()
        _, status, usage = os.wait4(child.pid, 0)
        ending.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - began
    if not target.exists():
        raise RuntimeError(f"{command[0]}: {(folder / 'said.txt').read_text(errors='replace')[-2000:]}")
    return _Times(wall, usage.ru_utime + usage.ru_stime)
