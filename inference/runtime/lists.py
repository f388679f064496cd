"""RequirementList: what an engine environment consists of on one platform, with checksums and sizes, as released.

The files in ``resources/engine`` are requirements files that packaging/lock.py writes; their head tells the rest.
"""

from __future__ import annotations

import hashlib
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inference.runtime.cards import PROCESSOR, Card, DeviceKind
from inference.runtime.errors import SetupError

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "engine"

Wanted = Literal["auto", "cuda", "rocm", "mps", "cpu"]

DEVICE_TITLES: dict[str, str] = {
    "cuda": "NVIDIA graphics cards",
    "rocm": "AMD graphics cards",
    "mps": "Apple graphics processors",
    "cpu": "the processor",
}

_HEAD = re.compile(r"^# (\w+): (.*)$", re.MULTILINE)
_LINE = re.compile(r"^([A-Za-z0-9_.-]+)==(\S+).*?(?:# (\d+))?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RequirementList:
    """``pythons``: minor versions that it is for ("3.11"). ``backend``: the index of torch's builds, as uv calls it.

    ``download`` and ``installed`` are bytes, ``sizes`` the bytes that each package adds to the first. ``digest`` is the
    file's SHA-256: two lists are the same where theirs is. ``driver``, ``capability``: the least that a card must have.
    """

    id: str
    device: DeviceKind
    path: Path
    pythons: tuple[str, ...]
    download: int
    installed: int
    sizes: dict[str, int]
    versions: dict[str, str]
    digest: str
    backend: str = ""
    driver: tuple[int, int] = (0, 0)
    capability: tuple[int, int] = (0, 0)

    def refuses(self, card: Card) -> str:
        """Why it does not serve ``card``, as a sentence; "" where it does."""
        if self.device != card.kind:
            return ""
        if card.driver is not None and card.driver < self.driver:
            return (
                f"The driver of {card.name} is {_dotted(card.driver)}; torch needs {_dotted(self.driver)} or newer: "
                "update it."
            )
        if card.capability is not None and card.capability < self.capability:
            return (
                f"{card.name} is too old for today's torch (compute capability {_dotted(card.capability)})."
            )
        return ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A list for this machine. ``why``: a sentence where it is not the one that the machine's card would want."""

    requirements: RequirementList
    card: Card
    why: str = ""


def platform_id(system: str = sys.platform, machine: str = "") -> str:
    """As the names of the lists begin: "linux-x86_64"."""
    names = {"win32": "windows", "darwin": "macos"}
    machine = (machine or platform.machine()).lower()
    machine = {"amd64": "x86_64", "aarch64": "arm64"}.get(machine, machine)
    return f"{names.get(system, system)}-{machine}"


def read_list(path: Path) -> RequirementList:
    """Raises SetupError where the file is not what packaging/lock.py writes."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8")
        head = dict(_HEAD.findall(text))
        lines = _LINE.findall(text)
        return RequirementList(
            id=path.stem,
            device=head["device"],
            path=path,
            pythons=tuple(head["python"].split()),
            download=int(head["download"]),
            installed=int(head["installed"]),
            sizes={name: int(size or 0) for name, _version, size in lines},
            versions={name: version for name, version, _size in lines},
            digest=hashlib.sha256(content).hexdigest(),
            backend="" if head["backend"] == "none" else head["backend"],
            driver=_numbers(head.get("driver", "0.0")),
            capability=_numbers(head.get("capability", "0.0")),
        )
    except (OSError, ValueError, KeyError) as error:
        raise SetupError(f"The list {path} cannot be read ({error}): install the program anew.") from error


def choose(wanted: Wanted, card: Card, folder: Path | None = None, prefix: str = "") -> Choice:
    """The list for ``wanted`` on this platform (or that of ``prefix``). "auto": for ``card``, or else the processor's.

    Raises SetupError where this release has none.
    """
    folder, prefix = folder or FOLDER, prefix or platform_id()
    kind = card.kind if wanted == "auto" else wanted
    path = folder / f"{prefix}-{kind}.txt"
    why = ""
    if path.is_file():
        found = read_list(path)
        why = found.refuses(card)
        if not why:
            return Choice(found, card if card.kind == kind else _named(kind))
    else:
        why = f"This release has no engine for {DEVICE_TITLES[kind]} on {prefix}."
    other = folder / f"{prefix}-cpu.txt"
    if wanted != "auto" or kind == "cpu" or not other.is_file():
        there = sorted(path.stem.removeprefix(f"{prefix}-") for path in folder.glob(f"{prefix}-*.txt"))
        more = f" There are: {', '.join(there)}." if there and not path.is_file() else ""
        raise SetupError(f"{why}{more}", is_input=True)
    return Choice(read_list(other), PROCESSOR, f"{why} Models would run on the processor, slowly.")


def _named(kind: DeviceKind) -> Card:
    """For what was asked for although no such card was found."""
    return PROCESSOR if kind == "cpu" else Card(kind, DEVICE_TITLES[kind])


def _numbers(text: str) -> tuple[int, int]:
    major, _, minor = text.partition(".")
    return int(major), int(minor or 0)


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
