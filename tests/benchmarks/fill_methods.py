"""Fill methods: our engine and its peers, each as a function from a picture and a hole to a picture."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from inference.engines import content_aware
from inference.request import FillRequest
from tests.benchmarks.fill_metrics import Bools, Picture

OURS = "ours"

TELEA_RADIUS = 5

_RESYNTHESIZER = "plug-in-resynthesizer"
_PLUG_INS = (
    "/usr/lib/gimp/2.0/plug-ins",
    "/usr/local/lib/gimp/2.0/plug-ins",
    str(Path.home() / ".config/GIMP/2.10/plug-ins"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Filled:
    """A method's picture, the seconds it took, and the most memory that its whole process held; None: not known."""

    picture: Picture
    seconds: float
    mebibytes: float | None


Method = Callable[[Picture, Bools], Filled]
"""Is given (h, w, 3) uint8 RGB with the content of the hole gone, and (h, w) bool."""


def ours(seed: int) -> Method:
    """The content-aware engine."""

    def fill(picture: Picture, hole: Bools) -> Filled:
        image = np.dstack((picture, np.full(hole.shape, 255, np.uint8)))
        mask = np.where(hole, np.uint8(255), np.uint8(0))
        height, width = hole.shape
        request = FillRequest("quality", "content-aware", image, mask, (width, height), seed=seed)
        return _in_process(lambda: next(iter(content_aware.fill(request, _quiet))).image[..., :3])

    return fill


def telea(picture: Picture, hole: Bools) -> Filled:
    """OpenCV's inpainting after Telea 2004."""
    mask = hole.astype(np.uint8)
    colour = np.ascontiguousarray(picture)
    return _in_process(
        lambda: np.asarray(cv2.inpaint(colour, mask, TELEA_RADIUS, cv2.INPAINT_TELEA), np.uint8)
    )


def gmic(picture: Picture, hole: Bools) -> Filled:
    """G'MIC's ``inpaint_matchpatch`` with its own settings; the reading and writing of files counts along."""

    def command(folder: Path) -> list[str]:
        source, mask, target = (str(folder / name) for name in ("in.png", "mask.png", "out.png"))
        return ["gmic", "-v", "-1", source, mask, "-inpaint_matchpatch[0]", "[1]", "-o[0]", target]

    return _in_child(picture, hole, command)


def resynthesizer(picture: Picture, hole: Bools) -> Filled:
    """GIMP's Resynthesizer as its "Heal selection" calls it, with our surroundings; GIMP's start counts along."""

    def command(folder: Path) -> list[str]:
        rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
        band = max(96, round(1.5 * max(np.ptp(rows), np.ptp(columns))))
        script = f"""
        (let* ((image (car (gimp-file-load RUN-NONINTERACTIVE "{folder}/in.png" "in.png")))
               (target (car (gimp-image-get-active-layer image)))
               (mask (car (gimp-file-load-layer RUN-NONINTERACTIVE image "{folder}/mask.png"))))
          (gimp-image-insert-layer image mask 0 -1)
          (gimp-image-select-color image CHANNEL-OP-REPLACE mask '(255 255 255))
          (gimp-image-remove-layer image mask)
          (let* ((hole (car (gimp-selection-save image)))
                 (around (car (gimp-image-duplicate image)))
                 (inside (car (gimp-selection-save around))))
            (gimp-selection-grow around {band})
            (gimp-image-select-item around CHANNEL-OP-SUBTRACT inside)
            ({_RESYNTHESIZER} RUN-NONINTERACTIVE image target 0 0 TRUE
              (aref (cadr (gimp-image-get-layers around)) 0) -1 -1 0.0 0.117 16 500))
          (gimp-file-save RUN-NONINTERACTIVE image target "{folder}/out.png" "out.png"))
        """
        return ["gimp", "-i", "-d", "-f", "-b", " ".join(script.split()), "-b", "(gimp-quit 1)"]

    return _in_child(picture, hole, command)


PEERS: dict[str, Method] = {"telea": telea, "gmic": gmic, "resynthesizer": resynthesizer}


def missing(peer: str) -> str | None:
    """Why a peer cannot take part here, or None if it can."""
    if peer == "gmic" and shutil.which("gmic") is None:
        return "G'MIC's command-line program is not installed (Debian: gmic)"
    if peer == "resynthesizer":
        if shutil.which("gimp") is None:
            return "GIMP is not installed (Debian: gimp)"
        if not any(Path(folder).glob("**/resynthesizer") for folder in _PLUG_INS if Path(folder).is_dir()):
            return "GIMP has no plug-in Resynthesizer"
    return None


def _quiet(stage: str, fraction: float, step: int = 0, steps: int = 0, preview: object = None) -> None:
    """Nobody listens to the engine's progress here."""


def _in_process(function: Callable[[], Picture]) -> Filled:
    """Calls ``function``; its memory is this process's peak meanwhile, where Linux lets one ask for that."""
    resettable = _forget_peak()
    began = time.monotonic()
    picture = function()
    return Filled(picture, time.monotonic() - began, _peak() if resettable else None)


def _in_child(picture: Picture, hole: Bools, command: Callable[[Path], list[str]]) -> Filled:
    """Runs a program on in.png and mask.png in a folder, of which it makes out.png. Raises RuntimeError."""
    with tempfile.TemporaryDirectory(prefix="pentimento-peer-") as name:
        folder = Path(name)
        cv2.imwrite(str(folder / "in.png"), picture[..., ::-1])
        cv2.imwrite(str(folder / "mask.png"), np.where(hole, np.uint8(255), np.uint8(0)))
        began = time.monotonic()
        with (folder / "said.txt").open("wb") as said:
            child = subprocess.Popen(command(folder), stdout=said, stderr=subprocess.STDOUT, cwd=folder)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - began
        filled = cv2.imread(str(folder / "out.png"), cv2.IMREAD_COLOR)
        if filled is None or filled.shape != picture.shape:
            raise RuntimeError((folder / "said.txt").read_text(errors="replace")[-2000:])
    return Filled(np.ascontiguousarray(filled[..., ::-1], np.uint8), seconds, usage.ru_maxrss / 1024)


def _forget_peak() -> bool:
    """Sets the process's peak of memory back to the present; False where that cannot be done."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _peak() -> float | None:
    """The most memory that this process has held since it was last forgotten, in MiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return None
