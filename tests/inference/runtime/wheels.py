"""Small wheels, and a list that asks for them: an engine environment in a second, through the real uv."""

from __future__ import annotations

import base64
import hashlib
import io
import random
import subprocess
import zipfile
from pathlib import Path

import pytest

from inference.runtime.cards import PROCESSOR
from inference.runtime.environments import EnvironmentStore
from inference.runtime.install import Installation
from inference.runtime.lists import RequirementList, platform_id, read_list

SELF_TEST = (
    "-c",
    "import sys, torch, diffusers, transformers; assert torch.__version__ == diffusers.__version__; "
    "assert sys.argv[1] == 'cpu'; print('3.x', torch.__version__)",
)
"""Imports what the small wheels bring, and prints the version on the last line, as the real one does Python's."""


def write_wheel(folder: Path, name: str, version: str, files: int = 3) -> Path:
    """A package of one module with ``__version__`` and some files that do not compress."""
    noise = random.Random(f"{name} {version}")
    info = f"{name}-{version}.dist-info"
    contents = {
        f"{name}/__init__.py": f"__version__ = {version!r}\n".encode(),
        **{f"{name}/data_{index}.bin": noise.randbytes(4096) for index in range(files)},
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = [f"{path},sha256={_digest(data)},{len(data)}" for path, data in contents.items()]
    contents[f"{info}/RECORD"] = ("\n".join([*rows, f"{info}/RECORD,,"]) + "\n").encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in contents.items():
            archive.writestr(zipfile.ZipInfo(path), data)
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    folder.mkdir(parents=True, exist_ok=True)
    wheel.write_bytes(stream.getvalue())
    return wheel


def write_list(
    path: Path, wheels: list[Path], pythons: str = "3.11 3.12 3.13", **head: str
) -> RequirementList:
    """As packaging/lock.py writes it."""
    size = sum(wheel.stat().st_size for wheel in wheels)
    values = {
        "device": "cpu",
        "python": pythons,
        "backend": "none",
        "download": str(size),
        "installed": str(2 * size),
        **head,
    }
    lines = [f"# {name}: {value}\n" for name, value in values.items()] + ["\n"]
    for wheel in wheels:
        name, version = wheel.name.split("-")[:2]
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        lines.append(f"{name}=={version} --hash=sha256:{digest}  # {wheel.stat().st_size}\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines), encoding="utf-8")
    return read_list(path)


def engine_list(folder: Path, version: str, files: int = 3) -> tuple[RequirementList, Path]:
    """A list of torch, diffusers and transformers of this version, and the folder with their wheels."""
    links = folder / f"wheels {version}"
    wheels = [write_wheel(links, name, version, files) for name in ("torch", "diffusers", "transformers")]
    return write_list(folder / f"linux-x86_64-{version}.txt", wheels), links


def release(folder: Path, monkeypatch: pytest.MonkeyPatch, version: str = "1.0", files: int = 3) -> Path:
    """Makes the program's lists one list of small wheels for this platform's processor, and tries them out by
    ``SELF_TEST``. The folder with the wheels."""
    _list, links = engine_list(folder, version, files)
    lists = folder / f"lists {version}"
    write_list(lists / f"{platform_id()}-cpu.txt", sorted(links.glob("*.whl")))
    monkeypatch.setattr("inference.runtime.lists.FOLDER", lists)
    monkeypatch.setattr("inference.runtime.install.SELF_TEST", SELF_TEST)
    monkeypatch.setattr("inference.runtime.offer.find_card", lambda: PROCESSOR)
    return links


def install(requirements: RequirementList, links: Path, store: EnvironmentStore) -> None:
    """Without a report."""
    Installation(requirements, store, links, SELF_TEST).run()


def version_in_use(store: EnvironmentStore) -> str:
    """What the environment in use says of itself when it runs; "" where there is none. Raises where it does not run."""
    environment = store.current()
    if environment is None:
        return ""
    words = [str(store.python_of(environment)), *SELF_TEST, "cpu"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
