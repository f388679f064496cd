"""Tries the engine of an installed package in a bare Debian: made from a folder of wheels, without a network.

`package_test.py` calls it. The wheels of the list for the processor are fetched once, to out/package/wheels.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from PIL import Image, ImageChops
from project import NAME, OUT, ROOT

if TYPE_CHECKING:
    from package_test import Bare

LIST = "linux-x86_64-cpu"
WHEELS = OUT / "wheels"

_SOURCES = f"/usr/lib/{NAME}/_internal/source"
_PATIENCE = 1800.0
"""Seconds that anything may take: a fill on a busy machine's processor."""


def try_engine(bare: Bare) -> None:
    """Installs the engine, fills with a small Kandinsky through it, and removes it. Raises RuntimeError for the first
    thing that is not as it must be; leaves nothing of what it needed."""
    say("Fetching the engine's wheels")
    fetch_wheels()
    folder = bare.home("wheels")
    shutil.copytree(WHEELS, folder)
    try:
        _try(bare)
    finally:
        for name in ("wheels", "checkpoint"):
            shutil.rmtree(bare.home(name), ignore_errors=True)
        bare.home("painted.png").unlink(missing_ok=True)
        bare.as_root("apt-get", "-qq", "purge", "--yes", "python3")


def fetch_wheels() -> None:
    """For the Python of a bare Debian 12. Raises CalledProcessError."""
    requirements = ROOT / "resources" / "engine" / f"{LIST}.txt"
    if (WHEELS / ".complete").is_file():
        return
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--only-binary", ":all:", "--python-version", "3.11"]
    subprocess.run([*command, "--dest", str(WHEELS), "--requirement", str(requirements)], check=True)
    (WHEELS / ".complete").touch()


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _try(bare: Bare) -> None:
    say("Installing the engine without a network")
    done = _run(bare, NAME, "engine", "install", "--from", "wheels")
    if done.returncode != 3 or "needs Python" not in done.stderr:
        raise RuntimeError(f"without a Python it ended with {done.returncode}:\n{done.stderr}")
    bare.as_root("apt-get", "-qq", "install", "--yes", "--no-install-recommends", "python3")
    began = time.monotonic()
    _must(bare, NAME, "engine", "install", "--from", "wheels")
    say(f"  it took {time.monotonic() - began:.0f} s")
    status = json.loads(_must(bare, NAME, "engine", "status", "--json"))
    environment = status["environment"]
    if not environment or not status["current"] or environment["requirements"] != LIST:
        raise RuntimeError(f"the engine is not in use: {status}")
    say(f"  it has {environment['bytes'] / 1e6:.0f} MB")

    say("Filling with a small Kandinsky")
    python = f"{status['folder']}/{environment['id']}/bin/python"
    build = f"cd {_SOURCES} && exec {python} -m inference.runtime.small_model ~/checkpoint"
    parts = json.loads(_must(bare, "/bin/sh", "-c", build).splitlines()[-1])
    added = json.loads(
        _must(bare, NAME, "models", "add", parts["prior"], parts["inpaint"], "--name", "Small", "--json")
    )
    began = time.monotonic()
    words = ["fill", "photo.jpg", "--mask", "mask.png", "--model", added["id"], "--prompt", "a hat"]
    done = json.loads(_must(bare, NAME, *words, "--steps", "2", "-o", "painted.png", "--json"))
    say(f"  it took {time.monotonic() - began:.0f} s")
    if done["engine"] != "kandinsky-2-2":
        raise RuntimeError(f"another engine filled: {done}")
    with Image.open(bare.home("photo.jpg")) as photo, Image.open(bare.home("painted.png")) as painted:
        if ImageChops.difference(photo.convert("RGB"), painted.convert("RGB")).getbbox() is None:
            raise RuntimeError("nothing was filled")

    say("Removing the engine")
    _must(bare, NAME, "models", "remove", added["id"])
    _must(bare, NAME, "engine", "remove")
    left = [path.name for path in bare.home(f".local/share/{NAME}/engine").iterdir() if path.name != "lock"]
    if left or bare.home(f".cache/{NAME}/engine").exists():
        raise RuntimeError(f"left of the engine: {left}")


def _must(bare: Bare, *words: str) -> str:
    """Standard output."""
    done = _run(bare, *words)
    if done.returncode:
        raise RuntimeError(
            f"{words} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return done.stdout


def _run(bare: Bare, *words: str) -> subprocess.CompletedProcess[str]:
    """As the artist, in a namespace without any network."""
    return subprocess.run(
        ["unshare", "--net", *bare.artists(*words)],
        env=bare.environment(),
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
