"""Where the compiled kernels come from: the cache, a child process that fills it, or nowhere (then plain NumPy serves).

``python -m editor.raster.native`` compiles them, for set-up.

Importing numba, and loading a cache that is not there, hold the interpreter lock for long: so ``load`` belongs on a
thread of its own, and compiles in a child.
"""

from __future__ import annotations

import gc
import hashlib
import importlib.metadata
import logging
import os
import platform
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from inference.children import child_command, child_folder
from inference.folders import cache_folder

log = logging.getLogger(__name__)

SWITCH = "PENTIMENTO_KERNELS"
"""Environment variable; "off" keeps to the plain path."""

_PATIENCE = 600.0
"""Seconds that compiling may take."""
_COMPLETE = "complete"
"""Name of the file that says so of a folder of the cache."""
_KEPT = 3
"""Versions that are kept in the cache."""

_lock = threading.Lock()
_kernels: ModuleType | None = None
_problem = ""
_child: subprocess.Popen[str] | None = None
_given_up = False


def kernels() -> ModuleType | None:
    """The package ``editor.raster.kernels``, or None as long as the plain path must serve."""
    return _kernels


def problem() -> str:
    """Why ``load`` has found no kernels; empty where it has, or has not been called."""
    return _problem


def load(compile_here: bool = False) -> bool:
    """Makes the kernels ready: from the cache, which a child process fills first where need be (or, with
    ``compile_here``, this process). Blocks; False where there are none, and ``problem`` says why. Never raises."""
    global _kernels, _problem
    with _lock:
        if _kernels is not None:
            return True
        try:
            if os.environ.get(SWITCH) == "off":
                raise RuntimeError(f"switched off by {SWITCH}")
            if not (compile_here or is_compiled()):
                _compile_in_child()
            with _without_collections():
                _kernels, _problem = _import(), ""
        except Exception as error:
            _problem = str(error) or type(error).__name__
            if not _given_up:
                log.warning("no compiled kernels, the plain path serves: %s", _problem)
    return _kernels is not None


def give_up() -> None:
    """Ends a ``load`` that waits for the compiler on another thread; later ones find no kernels unless compiled."""
    global _given_up
    _given_up = True
    child = _child
    if child is not None:
        child.kill()


def is_compiled() -> bool:
    """Whether the cache has the kernels of this version, for this processor."""
    try:
        return (_folder() / _COMPLETE).exists()
    except importlib.metadata.PackageNotFoundError:
        return False


def _folder() -> Path:
    """Where the kernels of this version, for this processor, are cached. numba looks only at the file of the function
    that it was asked for, not at those that it inlines: so another version has another folder."""
    facts = [importlib.metadata.version("numba"), sys.version, platform.machine(), _processor()]
    for path in sorted((Path(__file__).parent / "kernels").glob("*.py")) or [Path(sys.executable)]:
        status = path.stat()
        facts.append(f"{path} {status.st_mtime_ns} {status.st_size}")
    digest = hashlib.sha256("\n".join(facts).encode()).hexdigest()
    return cache_folder() / "kernels" / f"canvas-{digest[:16]}"


def _import() -> ModuleType:
    from numba import config

    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    before, config.CACHE_DIR = config.CACHE_DIR, str(folder)  # type: ignore[attr-defined]
    try:
        from editor.raster import kernels as package
    finally:
        config.CACHE_DIR = before  # type: ignore[attr-defined]
    (folder / _COMPLETE).touch()
    versions = sorted(folder.parent.glob("canvas-*"), key=lambda path: path.stat().st_mtime)
    for former in versions[:-_KEPT]:
        if former != folder:
            shutil.rmtree(former, ignore_errors=True)
    return package


@contextmanager
def _without_collections() -> Iterator[None]:
    """What is imported meanwhile stays: no collection of garbage goes through it, neither now nor later. Each would
    hold up the window for tens of milliseconds."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if was_enabled:
            gc.enable()


def _compile_in_child() -> None:
    """Raises RuntimeError where the child fails."""
    global _child
    if _is_given_up():
        raise RuntimeError("nobody waits for the compiler any more")
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
    with subprocess.Popen(
        child_command("compile-kernels"),
        cwd=child_folder(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        creationflags=flags,
    ) as child:
        _child = child
        if _is_given_up():  # while the child was being started
            child.kill()
        try:
            _out, said = child.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            raise RuntimeError(f"the compiler took longer than {_PATIENCE:.0f} s") from None
        finally:
            _child = None
    if child.returncode:
        last = said.strip().splitlines()[-1:] or [f"the compiler ended with {child.returncode}"]
        raise RuntimeError(last[0])


def _is_given_up() -> bool:
    return _given_up


def _processor() -> str:
    """Compiled code is for this processor's instructions."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next((line for line in lines if line.startswith(("flags", "Features"))), "")
    except OSError:
        return platform.processor()


def main() -> int:
    if hasattr(os, "nice"):
        os.nice(5)
    if not load(compile_here=True):
        print(problem(), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
