"""Makes the lists of what engine environments consist of, with checksums and sizes: `python packaging/lock.py LIST …`.

For each Python it asks uv to resolve the extra `engine` and what the engines import at the versions of constraints.txt,
keeps the checksum of each file that may be installed, and installs the list into a folder that is thrown away, to know
its size. Needs a network. ``--find-links DIR`` takes files from a folder as well; ``--python`` says for which Pythons.
The lists come to resources/engine; the program reads them by `inference/runtime/lists.py`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from project import ROOT, project

FOLDER = ROOT / "resources" / "engine"

PYTHONS = ("3.11", "3.12", "3.13")


@dataclass(frozen=True, slots=True)
class Target:
    """``platform``: as uv calls it. ``backend``: the index of torch's builds, as uv calls it; "": that of all others.
    ``least``: what the card needs, as lines of the list's head."""

    device: str
    platform: str
    backend: str = ""
    least: str = ""


_CUDA_13 = "# driver: 580.0\n# capability: 7.5\n"
"""NVIDIA's release notes of CUDA 13.0: drivers of branch 580 and later, Turing and later."""


TARGETS = {
    "linux-x86_64-cuda": Target("cuda", "x86_64-manylinux_2_28", "", _CUDA_13),
    "linux-x86_64-rocm": Target("rocm", "x86_64-manylinux_2_28", "rocm7.2"),
    "linux-x86_64-cpu": Target("cpu", "x86_64-manylinux_2_28", "cpu"),
    "macos-arm64-mps": Target("mps", "aarch64-apple-darwin"),
    "windows-x86_64-cuda": Target("cuda", "x86_64-pc-windows-msvc", "cu130", _CUDA_13),
    "windows-x86_64-cpu": Target("cpu", "x86_64-pc-windows-msvc"),
}

_MACOS = "14.0"
"""The oldest macOS that the lists are for: torch's."""

_IMPORTED = ("numba", "numpy", "opencv-python-headless", "pillow", "platformdirs", "psutil")
"""What the engines and their host import of what the program needs itself."""

_HEAD = """\
# {id}: an engine environment, written by packaging/lock.py. Sizes are in bytes.
# device: {device}
# python: {pythons}
# backend: {backend}
# download: {download}
# installed: {installed}
{least}"""


@dataclass(slots=True)
class _Package:
    """``size``: of its largest file. ``hashes``: of all of them. ``pythons``: which of them need it."""

    name: str
    version: str
    size: int = 0
    hashes: set[str] = field(default_factory=set)
    pythons: list[str] = field(default_factory=list)

    def line(self, pythons: Sequence[str]) -> str:
        """As a requirements file has it; the size stands behind it as a comment."""
        marker = ""
        if self.pythons != list(pythons):
            marker = " ; " + " or ".join(f'python_version == "{each}"' for each in self.pythons)
        hashes = " ".join(f"--hash=sha256:{each}" for each in sorted(self.hashes))
        return f"{self.name}=={self.version}{marker} {hashes}  # {self.size}\n"


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(description="Make the lists of what an engine environment consists of.")
    parser.add_argument("lists", nargs="+", choices=TARGETS, metavar="LIST", help=", ".join(TARGETS))
    parser.add_argument("--find-links", type=Path, metavar="DIR", help="take files from this folder as well")
    parser.add_argument("--python", nargs="+", choices=PYTHONS, default=list(PYTHONS), help="default: all")
    arguments = parser.parse_args()
    for name in arguments.lists:
        text = make(name, arguments.python, arguments.find_links)
        (FOLDER / f"{name}.txt").write_text(text, encoding="utf-8")
        print(text.partition("\n\n")[0], file=sys.stderr)
    return 0


def make(name: str, pythons: Sequence[str], links: Path | None) -> str:
    """The list's text. Raises CalledProcessError where uv finds no set of versions, or cannot install it."""
    target = TARGETS[name]
    packages = resolve(target, pythons, links)
    lines = [packages[each].line(pythons) for each in sorted(packages)]
    with tempfile.TemporaryDirectory(prefix="engine-list-", dir=_scratch()) as scratch:
        requirements = Path(scratch) / "requirements.txt"
        requirements.write_text("".join(lines), encoding="utf-8")
        words = ["--require-hashes", "--no-deps", "--target", f"{scratch}/there", "-r", str(requirements)]
        _uv("install", target, pythons[0], links, words)
        installed = sum(path.stat().st_size for path in Path(scratch, "there").rglob("*") if path.is_file())
    head = _HEAD.format(
        id=name,
        device=target.device,
        pythons=" ".join(pythons),
        backend=target.backend or "none",
        download=sum(package.size for package in packages.values()),
        installed=installed,
        least=target.least,
    )
    return f"{head}\n{''.join(lines)}"


def resolve(target: Target, pythons: Sequence[str], links: Path | None) -> dict[str, _Package]:
    """By name. Raises ValueError where a package has one version for one Python and another for the next."""
    found: dict[str, _Package] = {}
    with tempfile.TemporaryDirectory(prefix="engine-list-") as scratch:
        wanted = Path(scratch) / "wanted.txt"
        wanted.write_text("\n".join(requirements()), encoding="utf-8")
        words = ["--format", "pylock.toml", "--no-annotate", "--no-header", str(wanted)]
        words += ["-c", str(ROOT / "constraints.txt")]
        for python in pythons:
            lock = tomllib.loads(_uv("compile", target, python, links, words))
            for row in lock["packages"]:
                package = found.setdefault(row["name"], _Package(row["name"], row["version"]))
                if package.version != row["version"]:
                    raise ValueError(f"{row['name']} is {package.version} and {row['version']}")
                package.pythons.append(python)
                package.hashes |= {wheel["hashes"]["sha256"] for wheel in row["wheels"]}
                package.size = max(package.size, *(_size(wheel, links) for wheel in row["wheels"]))
    return found


def requirements() -> list[str]:
    """What is asked for by name."""
    declared: Iterable[str] = project()["dependencies"]
    return [*project()["optional-dependencies"]["engine"], *(one for one in declared if one in _IMPORTED)]


def _size(wheel: dict[str, Any], links: Path | None) -> int:
    if "size" in wheel or links is None:
        return int(wheel["size"])
    return (links / Path(wheel.get("path") or unquote(urlparse(wheel["url"]).path)).name).stat().st_size


def _uv(action: str, target: Target, python: str, links: Path | None, words: Iterable[str]) -> str:
    command = [str(Path(sys.executable).with_name("uv")), "pip", action, "--no-config", "--system-certs"]
    command += ["--quiet", "--only-binary", ":all:", "--cache-dir", str(_scratch() / "cache")]
    command += ["--python-platform", target.platform, "--python-version", python]
    if links is not None:
        command += ["--find-links", str(links)]
    elif target.backend:
        command += ["--torch-backend", target.backend]
    environment = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": _MACOS}
    done = subprocess.run([*command, *words], check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return done.stdout


def _scratch() -> Path:
    """What is fetched to be measured lies here."""
    folder = ROOT / "out" / "engine-lists"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    sys.exit(main())
