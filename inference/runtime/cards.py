"""Which graphics card this machine has, told by its driver: nothing is imported or loaded for that but the driver."""

from __future__ import annotations

import contextlib
import ctypes
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

DeviceKind = Literal["cuda", "rocm", "mps", "cpu"]

NVIDIA_MODULE = Path("/proc/driver/nvidia/version")
"""Where Linux tells the version of NVIDIA's driver, also where its tools are not installed."""

AMD_NODES = Path("/sys/class/kfd/kfd/topology/nodes")
"""Where Linux lists what AMD's compute driver has found, processors among it."""

_PATIENCE = 15.0


@dataclass(frozen=True, slots=True)
class Card:
    """``driver`` and ``capability`` (NVIDIA's compute capability) are (major, minor), or None where nothing tells."""

    kind: DeviceKind
    name: str
    driver: tuple[int, int] | None = None
    capability: tuple[int, int] | None = None


PROCESSOR = Card("cpu", "the processor")


def find_card() -> Card:
    """The card that torch should be installed for; ``PROCESSOR`` where there is none. May take a second."""
    return _nvidia() or _amd() or _apple() or PROCESSOR


def _nvidia() -> Card | None:
    """The best of several: the one of the highest capability."""
    cards = _nvidia_smi()
    if cards:
        return max(cards, key=lambda card: card.capability or (0, 0))
    with contextlib.suppress(OSError):
        text = NVIDIA_MODULE.read_text(encoding="utf-8", errors="replace")
        found = re.search(r"Kernel Module.*?\b(\d+)\.(\d+)", text)
        return Card("cuda", "NVIDIA graphics card", (int(found[1]), int(found[2])) if found else None)
    if sys.platform == "win32":
        with contextlib.suppress(OSError):
            ctypes.WinDLL("nvcuda.dll")
            return Card("cuda", "NVIDIA graphics card")
    return None


def _nvidia_smi() -> list[Card]:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    try:
        asked = subprocess.run(
            [tool, "--query-gpu=driver_version,compute_cap,name", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
            check=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.SubprocessError):
        return []  # the driver and its tool do not fit each other, or the card has fallen off the bus
    rows = (line.split(", ", 2) for line in asked.stdout.splitlines())
    return [
        Card("cuda", row[2].strip(), _version(row[0]), _version(row[1]))
        for row in rows
        if len(row) == 3 and _version(row[0])
    ]


def _version(text: str) -> tuple[int, int] | None:
    found = re.match(r"\s*(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else None


def _amd() -> Card | None:
    """ROCm needs AMD's compute driver, which is part of Linux; nodes without compute units are processors."""
    for properties in sorted(AMD_NODES.glob("*/properties")):
        with contextlib.suppress(OSError):
            found = re.search(r"^simd_count (\d+)", properties.read_text(encoding="utf-8"), re.MULTILINE)
            if found and int(found[1]) > 0:
                return Card("rocm", "AMD graphics card")
    return None


def _apple() -> Card | None:
    apple = sys.platform == "darwin" and platform.machine() == "arm64"
    return Card("mps", "Apple graphics processor") if apple else None
