"""EnvironmentStore: the engine environments on this disk, which of them is in use, and how they are switched.

An environment is a folder ``env-…`` that was made as ``env-….partial``, tested, and renamed; its record came last.
The file ``current`` names the one in use and is replaced in one step, so that there is always the old one or the new.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import psutil

from inference.folders import cache_folder, engine_folder
from inference.models.lock import locked
from inference.models.model import ModelError
from inference.runtime.cards import DeviceKind
from inference.runtime.errors import SetupError

RECORD = "environment.json"
VERSION = 1
PARTIAL = ".partial"

PROGRAM = "program"
"""A folder of the cache for uv, where the package has it packed."""

_CURRENT = "current"
_LOCK = "lock"
_BUSY = "Another Pentimento is making or removing the engine at this moment: wait for it, or cancel it there."


@dataclass(frozen=True, slots=True)
class Environment:
    """``requirements``: the id of the list that it was made of, ``digest`` that list's. ``packages``: the versions of
    those that are told about. ``bytes``: on disk. ``made``: seconds since 1970. ``test_seconds``: what its test took.
    """

    id: str
    requirements: str
    digest: str
    device: DeviceKind
    python: str
    packages: dict[str, str]
    bytes: int
    made: float
    test_seconds: float


class EnvironmentStore:
    """The folder of the engine environments; it need not be there."""

    def __init__(self, folder: Path | None = None, cache: Path | None = None) -> None:
        """``cache``: where what arrives is kept until an environment is made of it."""
        self.folder = folder or engine_folder()
        self.cache = cache or cache_folder() / "engine"

    def current(self) -> Environment | None:
        """The one in use, or None. Raises SetupError where it is damaged."""
        try:
            name = (self.folder / _CURRENT).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise SetupError(
                f"{self.folder / _CURRENT} cannot be read ({error}): repair the engine."
            ) from error
        if name != Path(name).name:
            raise SetupError(f"{self.folder / _CURRENT} names no environment: repair the engine.")
        environment = self._read(self.folder / name)
        if not os.access(self.python_of(environment), os.X_OK):
            raise SetupError(
                f"The Python that the engine was made with ({environment.python}) is gone: repair the engine."
            )
        return environment

    def python_of(self, environment: Environment) -> Path:
        """The interpreter that runs hosts in it."""
        return interpreter(self.folder / environment.id)

    @contextlib.contextmanager
    def held(self) -> Iterator[IO[bytes]]:
        """Nobody else makes or removes environments meanwhile; a child that inherits the file holds it on.
        Raises SetupError where somebody does."""
        with contextlib.ExitStack() as stack:
            try:
                file = stack.enter_context(locked(self.folder / _LOCK, _BUSY))
            except ModelError as error:
                raise SetupError(str(error)) from error
            yield file

    def new_folder(self) -> Path:
        """Where the next one may be made; it is not there yet."""
        return self.folder / f"env-{uuid.uuid4().hex[:8]}{PARTIAL}"

    def switch(self, partial: Path, record: Environment) -> None:
        """What was made in ``partial`` is in use from now on. Raises OSError, and then what was in use still is."""
        if hasattr(os, "sync"):
            os.sync()  # thousands of files were written by another program; the record must not be there without them
        _write(partial / RECORD, json.dumps({"version": VERSION, **asdict(record)}, indent=1))
        os.replace(partial, self.folder / record.id)
        _write(self.folder / _CURRENT, record.id)

    def forget(self) -> None:
        """None is in use any more. Raises OSError."""
        (self.folder / _CURRENT).unlink(missing_ok=True)

    def tidy(self) -> bool:
        """Deletes every environment but the one in use, as far as no host runs in it; whether that was all of them.
        Call it while the store is held."""
        try:
            kept = (self.folder / _CURRENT).read_text(encoding="ascii").strip()
        except (FileNotFoundError, ValueError):
            kept = ""
        except OSError:
            return False  # any of them may be in use: the disk may tell which the next time
        for folder in self._folders():
            if folder.name != kept and not _is_used(folder):
                shutil.rmtree(folder, ignore_errors=True)
        return all(folder.name == kept for folder in self._folders())

    def tidy_if_free(self) -> None:
        """The same, where nobody else is at it; otherwise nothing."""
        if self.folder.is_dir():
            with contextlib.suppress(SetupError), self.held():
                self.tidy()

    def clear_cache(self) -> None:
        """What has arrived for an environment, and is in one now or not wanted any more. Put aside in one step first:
        of a cache that is half deleted, uv would believe that it is whole."""
        aside = self.cache.with_name(f"{self.cache.name}.removed")
        shutil.rmtree(aside, ignore_errors=True)
        with contextlib.suppress(OSError):  # mostly because there is none
            os.replace(self.cache, aside)
        shutil.rmtree(aside, ignore_errors=True)

    def leftover_bytes(self) -> int:
        """On disk, of an installation that was interrupted."""
        found = sum(measure(folder) for folder in (self.cache, *self.folder.glob(f"env-*{PARTIAL}")))
        return found - measure(self.cache / PROGRAM)

    def total_bytes(self) -> int:
        """On disk, of everything that belongs to engines."""
        return measure(self.folder) + measure(self.cache)

    def _folders(self) -> list[Path]:
        return sorted(self.folder.glob("env-*")) if self.folder.is_dir() else []

    def _read(self, folder: Path) -> Environment:
        try:
            values = json.loads((folder / RECORD).read_text(encoding="utf-8"))
            if values.pop("version") > VERSION:
                raise ValueError("it was made by a newer version of the program")
            environment = Environment(**values)
            if environment.id != folder.name:
                raise ValueError("it is another one's")
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise SetupError(f"The engine in {folder} is damaged ({error}): repair it.") from error
        return environment


def current_python(store: EnvironmentStore | None = None) -> str:
    """The interpreter of the environment in use; "" where there is none, or none that works."""
    store = store or EnvironmentStore()
    try:
        environment = store.current()
    except SetupError:
        return ""
    return str(store.python_of(environment)) if environment is not None else ""


def interpreter(folder: Path) -> Path:
    """Of a virtual environment."""
    return folder / "Scripts" / "python.exe" if sys.platform == "win32" else folder / "bin" / "python"


def measure(folder: Path) -> int:
    """Bytes of all files below a folder, which may not be there, or change meanwhile."""
    total = 0
    for root, _folders, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(root, name)).st_size
    return total


def _is_used(folder: Path) -> bool:
    """Whether a process of this user's was started from it: a host that may still import what lies there."""
    start = str(folder) + os.sep
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"]
        if words and words[0].startswith(start):
            return True
    return False


def _write(path: Path, text: str) -> None:
    """In one step, and on the disk when it returns. Raises OSError."""
    part = path.with_name(f"{path.name}.part")
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
