"""Installation: makes an engine environment beside the one in use, tests it, and switches to it only then."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from inference.children import child_folder
from inference.runtime.environments import (
    PARTIAL,
    PROGRAM,
    Environment,
    EnvironmentStore,
    interpreter,
    measure,
)
from inference.runtime.errors import SetupCancelled, SetupError
from inference.runtime.lists import RequirementList
from inference.runtime.pythons import ARCHIVES, find_python
from inference.runtime.uv import Uv, clean_environment, find_uv, run_child, unpacked

Stage = Literal["python", "fetch", "unpack", "test", "switch"]

SPARE = 1 << 30
"""Bytes that must stay free beside what is installed."""

TOLD = ("torch", "diffusers", "transformers")
"""Packages whose versions a person may want to know."""

SELF_TEST = ("-m", "inference.runtime.self_test")

NO_DEVICE = 3
"""The exit code of a self-test that did not find the device: what it ran in may be good."""

_FETCHED = re.compile(r"^\s*Downloaded (\S+)")


@dataclass(frozen=True, slots=True)
class SetupProgress:
    """``done`` of ``total`` bytes while it fetches, both 0 in the other stages. ``package``: what arrived last."""

    stage: Stage
    done: int = 0
    total: int = 0
    package: str = ""


class Installation:
    """``run`` may be called on any thread, and again after it was cancelled, failed or killed.

    Goes online only where ``source`` is None.
    """

    def __init__(
        self,
        requirements: RequirementList,
        store: EnvironmentStore,
        source: Path | None = None,
        self_test: Sequence[str] = (),
    ) -> None:
        """``source``: a folder with all wheels of the list. ``self_test``: the words after the environment's Python
        that try it out, where it is not ``SELF_TEST``; the device is added to them."""
        self.requirements, self.store, self.source = requirements, store, source
        self._self_test = self_test or SELF_TEST
        self._report: Callable[[SetupProgress], None] = lambda progress: None
        self._cancelled: Callable[[], bool] = lambda: False

    def needed_bytes(self) -> int:
        """Room on the disk that it still needs, with what is to spare."""
        return max(0, self.requirements.installed - measure(self.store.cache)) + SPARE

    def free_bytes(self) -> int:
        """Room on the disk that it goes to."""
        return min(_free(self.store.folder), _free(self.store.cache))

    def check(self) -> None:
        """Raises SetupError for what can be told before anything is done: no room, no uv, no such folder."""
        find_uv()
        if self.source is not None and not any(_wheels(self.source)):
            raise SetupError(f"There are no wheels (*.whl) in {self.source}.", is_input=True)
        needed, free = self.needed_bytes(), self.free_bytes()
        if needed > free:
            raise SetupError(
                f"The engine needs {_gigabytes(needed)} on the disk of {self.store.folder}, and only "
                f"{_gigabytes(free)} are free. Make room there first.",
                is_input=True,
            )

    def run(
        self,
        report: Callable[[SetupProgress], None] = lambda progress: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Environment:
        """The environment that is in use now. Raises SetupError and SetupCancelled; what was in use then still is."""
        self._report, self._cancelled = report, cancelled
        self.check()
        with self.store.held() as held:
            self.store.tidy()
            self._drop_scraps()
            partial = self.store.new_folder()
            try:
                environment = self._make(partial, held)
            except SetupError as error:
                if error.is_suspect:
                    self.store.clear_cache()
                raise
            except OSError as error:
                raise SetupError(
                    f"{error.filename or self.store.folder} cannot be written ({error.strerror or error})."
                ) from error
            finally:
                shutil.rmtree(partial, ignore_errors=True)
            self.store.clear_cache()
            self.store.tidy()
        return environment

    def _make(self, partial: Path, held: IO[bytes]) -> Environment:
        self._tell("python")
        self.store.cache.mkdir(parents=True, exist_ok=True)
        program = unpacked(find_uv(), self.store.cache / PROGRAM)
        uv = Uv(program, self.store.cache, self.store.folder / "python", held, self._cancelled)
        archives = self.source / ARCHIVES if self.source is not None else None
        python = find_python(uv, self.requirements.pythons, archives, self.source is None)
        uv.run(["venv", "--relocatable", "--no-project", "--python", python, str(partial)])
        self._fill(uv, partial)
        began = time.monotonic()
        self._tell("test")
        version = self._test(partial, held)
        seconds = time.monotonic() - began
        self._tell("switch")
        environment = Environment(
            id=partial.name.removesuffix(PARTIAL),
            requirements=self.requirements.id,
            digest=self.requirements.digest,
            device=self.requirements.device,
            python=version,
            packages={name: self.requirements.versions.get(name, "") for name in TOLD},
            bytes=measure(partial),
            made=time.time(),
            test_seconds=round(seconds, 1),
        )
        if self._cancelled():
            raise SetupCancelled
        self.store.switch(partial, environment)
        return environment

    def _fill(self, uv: Uv, partial: Path) -> None:
        words = ["pip", "install", "--python", str(interpreter(partial)), "--require-hashes", "--no-deps"]
        words += ["--only-binary", ":all:", "-r", str(self.requirements.path)]
        if self.source is not None:
            words += ["--offline", "--no-index", "--find-links", str(self.source.absolute())]
            again = f"Put the right file into {self.source}, and start again."
        else:
            again = "Start again: it is fetched anew."
            if self.requirements.backend:
                words += ["--torch-backend", self.requirements.backend]
        fetch = _Fetch(self.requirements, self.store.cache / "arrived.txt", self._report)
        fetch.tell()
        uv.run(words, "A package of the engine", again, fetch.hear)

    def _test(self, partial: Path, held: IO[bytes]) -> str:
        """The version of its Python. Raises SetupError where it does not do what it is for."""
        python = str(interpreter(partial))
        environment = clean_environment(os.environ)
        code, out, log = run_child(
            [python, *self._self_test, self.requirements.device],
            environment,
            held,
            self._cancelled,
            folder=child_folder(),
        )
        if code:
            lines = [line for line in log.splitlines() if line.strip()]
            last = lines[-1].strip() if lines else f"exit code {code}"
            raise SetupError(
                f"The new engine does not work, and is not used: {last.rstrip('.')}.",
                log,
                is_suspect=code != NO_DEVICE,
            )
        return out.strip().splitlines()[-1] if out.strip() else ""

    def _drop_scraps(self) -> None:
        """What uv was unpacking when it was killed; it never looks at that again."""
        for path in self.store.cache.glob(".tmp*"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def _tell(self, stage: Stage) -> None:
        if self._cancelled():
            raise SetupCancelled
        self._report(SetupProgress(stage))


class _Fetch:
    """From uv's report to bytes: it names large packages when they are there, which is noted for the next time; before
    that, the bytes that it has unpacked tell how far it is."""

    def __init__(
        self, requirements: RequirementList, notes: Path, report: Callable[[SetupProgress], None]
    ) -> None:
        """``notes``: the file that holds what has arrived, also before, as lines of "name==version"."""
        self._requirements, self._notes, self._report = requirements, notes, report
        there = _lines(notes)
        self._before = sum(size for name, size in requirements.sizes.items() if self._line(name) in there)
        self._arrived = 0
        self._written = 0
        self._package = ""
        self._unpacking = False

    def hear(self, line: str, written: int) -> None:
        """Raises OSError where what has arrived cannot be noted."""
        if found := _FETCHED.match(line):
            self._package = found[1]
            self._arrived += self._requirements.sizes.get(found[1], 0)
            with self._notes.open("a", encoding="utf-8") as file:
                file.write(f"{self._line(found[1])}\n")
        elif line.startswith("Prepared "):
            self._unpacking = True
        elif not line:
            packed = self._requirements.download / max(self._requirements.installed, 1)
            self._written = max(self._written, round(written * packed))
        self.tell()

    def tell(self) -> None:
        if self._unpacking:
            self._report(SetupProgress("unpack"))
            return
        total = self._requirements.download
        done = min(self._before + max(self._arrived, self._written), total)
        self._report(SetupProgress("fetch", done, total, self._package))

    def _line(self, name: str) -> str:
        return f"{name}=={self._requirements.versions.get(name, '')}"


def remove(store: EnvironmentStore) -> None:
    """The program's own Python runs the engines from now on; what a host still uses is deleted later, by ``tidy``.
    Raises SetupError."""
    with store.held():
        try:
            store.forget()
        except OSError as error:
            raise SetupError(f"{error.filename} cannot be deleted ({error.strerror or error}).") from error
        store.clear_cache()
        if store.tidy():
            shutil.rmtree(store.folder / "python", ignore_errors=True)


def _lines(path: Path) -> set[str]:
    try:
        return set(path.read_text(encoding="utf-8").splitlines())
    except (OSError, ValueError):
        return set()


def _wheels(folder: Path) -> list[Path]:
    return list(folder.glob("*.whl"))


def _free(folder: Path) -> int:
    place = next(path for path in (folder, *folder.absolute().parents) if path.is_dir())
    return shutil.disk_usage(place).free


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
