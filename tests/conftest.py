"""What every test stands on: folders of its own, an offscreen Qt, and nothing left behind."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import psutil
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# Compiled kernels are shared with the program (they are the same); all else that it keeps is redirected.
from editor.raster import native
from inference import folders

KERNELS = folders.cache_folder() / "kernels"


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, state, cache and models of the program, and the hub's cache, lie in a temporary folder."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv(folders.HOME_VARIABLE, str(home))
    monkeypatch.setenv("HF_HOME", str(home / "hub"))  # whatever models lie on this machine
    for variable in (
        "HF_HUB_CACHE",
        "HUGGINGFACE_HUB_CACHE",
        "HF_TOKEN",
        "HUGGING_FACE_HUB_TOKEN",
        "HF_ENDPOINT",
    ):
        monkeypatch.delenv(variable, raising=False)
    kernels = home / "cache" / "kernels"
    kernels.parent.mkdir(parents=True)
    if KERNELS.is_dir():
        kernels.symlink_to(KERNELS, target_is_directory=True)
    return home


@pytest.fixture(scope="session")
def loaded_kernels() -> ModuleType:
    """The compiled kernels, loaded once for all tests; compiled where the cache lacks them."""
    assert native.load(compile_here=True), native.problem()
    kernels = native.kernels()
    assert kernels is not None
    return kernels


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plain path, also where an earlier test has loaded the kernels."""
    monkeypatch.setattr(native, "_kernels", None)


@pytest.fixture
def compiled(loaded_kernels: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """The compiled kernels, wherever the test stands."""
    monkeypatch.setattr(native, "_kernels", loaded_kernels)


@pytest.fixture(params=["plain", "compiled"])
def either_path(request: pytest.FixtureRequest) -> str:
    """The test runs on both paths."""
    request.getfixturevalue(request.param)
    return str(request.param)


@pytest.fixture(autouse=True)
def nothing_left(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A thread or child process that outlives its test, or a warning in the log that nobody expected, fails it."""
    threads = set(threading.enumerate())
    children = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    left = [t for t in threading.enumerate() if t not in threads and t.is_alive() and not _is_library(t)]
    assert not left, f"threads left behind: {left}"
    alive = [
        child
        for child in psutil.Process().children(recursive=True)
        if child.pid not in children and child.status() != psutil.STATUS_ZOMBIE
    ]
    assert not alive, f"processes left behind: {alive}"
    stray = [
        record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.WARNING
    ]
    assert not stray, f"logged and not expected (take it with caplog.clear()): {stray}"


def _is_library(thread: threading.Thread) -> bool:
    return thread.name.startswith(("Dummy-", "pydevd"))
