"""Uv: finds and runs uv, the program that fetches packages and makes environments; it ships beside this one.

https://docs.astral.sh/uv: everything that it is asked for here is part of its documented command line.
"""

from __future__ import annotations

import contextlib
import lzma
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

import psutil

from inference.client import host_environment
from inference.runtime.errors import SetupCancelled, SetupError

PACKED = "uv.xz"
"""uv as the packages for Linux have it: a third as large, and only run where an environment is made."""

_LEAKS = ("UV_", "PIP_", "VIRTUAL_ENV", "CONDA_")
"""Settings of other uses of uv and pip: what is installed here is what the list says, wherever it is run."""

_CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where distributions of Linux keep them: Debian, Fedora, openSUSE, Alpine."""

HTTP_RETRIES = "5"
"""How often uv tries anew to fetch what did not arrive."""

_INTERVAL = 0.1
_LINES_KEPT = 60

_EXPLAINED: tuple[tuple[str, str], ...] = (
    (
        r"hash mismatch",
        "{what} is not what it should be: its checksum is wrong, and nothing of it was used. {again}",
    ),
    (
        r"no space left|os error 28\b|os error 112\b|quota exceeded|os error 122\b",
        "The disk is full. Make room there, and start again: what has arrived is kept.",
    ),
    (
        r"failed to extract|failed to unzip|invalid wheel|not a valid wheel|failed to read metadata|metadata file",
        "{what} is damaged and cannot be unpacked. {again}",
    ),
    (
        r"no solution found|has no wheels|no wheels with a matching",
        "{what} is not there, or not in the version that is needed for this Python and system. {again}",
    ),
    (
        r"error sending request|dns error|request failed|timed? ?out|connection (reset|refused|closed)|"
        r"network is unreachable",
        "{what} could not be fetched. Is this computer online? Start again later: what has arrived is kept.",
    ),
    (
        r"permission denied|os error 13\b|read-only file system|os error 30\b",
        "The engine's folder cannot be written to. See to its permissions, and start again.",
    ),
)


def find_uv() -> Path:
    """Beside the program (for Linux packed, as ``PACKED``), or in the environment that a checkout runs from, or on the
    path. Raises SetupError."""
    name = "uv.exe" if sys.platform == "win32" else "uv"
    beside = Path(sys.executable).with_name(name)
    if beside.is_file() and os.access(beside, os.X_OK):
        return beside
    packed = beside.with_name(PACKED)
    if packed.is_file():
        return packed
    if found := shutil.which("uv"):
        return Path(found)
    raise SetupError(
        f"The program uv, which makes engine environments, is missing: it belongs to {beside}. "
        "Install Pentimento anew, or install uv.",
        is_input=True,
    )


def unpacked(program: Path, folder: Path) -> Path:
    """``program`` itself, or what was packed in it, in ``folder``. Raises SetupError where it is damaged, OSError."""
    if program.name != PACKED:
        return program
    target = folder / program.stem
    partial = target.with_suffix(".part")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with lzma.open(program) as source, partial.open("wb") as stream:
            shutil.copyfileobj(source, stream, 1 << 20)
    except (lzma.LZMAError, EOFError) as error:
        raise SetupError(
            f"{program}, which makes engine environments, is damaged. Install Pentimento anew.", str(error)
        ) from error
    partial.chmod(0o755)
    partial.replace(target)
    return target


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """For uv and what it is asked to make: a host's, without what others have told uv and pip."""
    return {
        name: value for name, value in host_environment(environment).items() if not name.startswith(_LEAKS)
    }


class Uv:
    """Runs one command after another, each in its own process, which ends when it is cancelled."""

    def __init__(
        self, program: Path, cache: Path, pythons: Path, held: IO[bytes], cancelled: Callable[[], bool]
    ) -> None:
        """``pythons``: the folder for interpreters that uv fetches. ``held``: the file of the store's lock, which the
        process inherits, so that nobody disturbs it even where this one has died."""
        self._program, self._held, self._cancelled = program, held, cancelled
        certificates = {"UV_SYSTEM_CERTS": "1"} if _has_certificates() else {}
        self._environment = {
            **clean_environment(os.environ),
            "UV_CACHE_DIR": str(cache),
            "UV_PYTHON_INSTALL_DIR": str(pythons),
            "UV_PYTHON_INSTALL_BIN": "0",
            "UV_PYTHON_INSTALL_REGISTRY": "0",
            "UV_NO_CONFIG": "1",
            "UV_NO_PROGRESS": "1",
            "UV_HTTP_RETRIES": HTTP_RETRIES,
            "UV_CONCURRENT_DOWNLOADS": "3",  # what has not wholly arrived when it is interrupted is fetched again
            "NO_COLOR": "1",
            **certificates,
        }

    def run(
        self,
        words: Sequence[str],
        what: str = "What the engine needs",
        again: str = "Start again: it is fetched anew.",
        hear: Callable[[str, int], None] = lambda line, written: None,
    ) -> str:
        """What it says on standard output. ``hear(line, written)``: each line of its report, and now and then "" with
        the bytes that it has written so far. ``what`` and ``again`` are used in the sentence of an error.

        Raises SetupError, and SetupCancelled.
        """
        code, out, log = run_child(
            [str(self._program), *words], self._environment, self._held, self._cancelled, hear
        )
        if code:
            sentence, is_known = explain(log, what, again)
            raise SetupError(sentence, log, is_suspect=not is_known)
        return out


def run_child(
    words: Sequence[str],
    environment: Mapping[str, str],
    held: IO[bytes] | None,
    cancelled: Callable[[], bool],
    hear: Callable[[str, int], None] = lambda line, written: None,
    folder: Path | None = None,
) -> tuple[int, str, str]:
    """Exit code, standard output, the last lines of standard error. Raises SetupCancelled as soon as ``cancelled()``,
    and SetupError where it cannot be started; whatever ends this call ends the process."""
    inherited = () if held is None or sys.platform == "win32" else (held.fileno(),)
    try:
        process = subprocess.Popen(
            list(words),
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            pass_fds=inherited,
        )
    except OSError as error:
        raise SetupError(f"{words[0]} cannot be started ({error.strerror or error}).") from error
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    out: list[bytes] = []
    assert process.stdout is not None and process.stderr is not None
    threads = [
        threading.Thread(target=_read_lines, args=(process.stderr, lines), name="setup-log", daemon=True),
        threading.Thread(target=_read_all, args=(process.stdout, out), name="setup-out", daemon=True),
    ]
    for thread in threads:
        thread.start()
    log: list[str] = []
    try:
        open_ended = True
        while open_ended:
            if cancelled():
                raise SetupCancelled
            try:
                line = lines.get(timeout=_INTERVAL)
            except queue.Empty:
                hear("", _written(process.pid))
                continue
            if line is None:
                open_ended = False
            else:
                log = [*log[1 - _LINES_KEPT :], line]
                hear(line, 0)
        while True:  # its report may end before it does
            if cancelled():
                raise SetupCancelled
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = process.wait(_INTERVAL)
                break
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        for thread in threads:
            thread.join(5.0)
        for stream in (process.stdout, process.stderr):
            if not any(thread.is_alive() for thread in threads):
                stream.close()
    return code, b"".join(out).decode(errors="replace"), "\n".join(log)


def explain(log: str, what: str, again: str) -> tuple[str, bool]:
    """A sentence for what uv has reported, and whether it is one of the known problems. The package is named where the
    report names one."""
    named = re.search(r"`([A-Za-z0-9_.-]+)(?:==[^`]*)?`|\b([A-Za-z0-9_.-]+)==\d", log)
    subject = f"{what} ({named[1] or named[2]})" if named else what
    for pattern, sentence in _EXPLAINED:
        if re.search(pattern, log, re.IGNORECASE):
            return sentence.format(what=subject, again=again), True
    last = next((line.strip() for line in reversed(log.splitlines()) if line.strip()), "it said nothing")
    return f"{what} could not be installed ({last.removeprefix('error: ').rstrip('.')}).", False


def _has_certificates() -> bool:
    """Whether the system says whom to trust: it may know an office's own authority. Where it does not, uv does."""
    named = (os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))
    return sys.platform != "linux" or any(named) or any(Path(path).is_file() for path in _CERTIFICATES)


def _read_lines(stream: IO[bytes], lines: queue.SimpleQueue[str | None]) -> None:
    for line in stream:
        lines.put(line.decode(errors="replace").rstrip())
    lines.put(None)


def _read_all(stream: IO[bytes], out: list[bytes]) -> None:
    out.append(stream.read())


def _written(pid: int) -> int:
    """Bytes that a process has written to files; 0 where the system does not tell (macOS)."""
    with contextlib.suppress(psutil.Error, AttributeError, NotImplementedError):
        counters = psutil.Process(pid).io_counters()
        return int(getattr(counters, "write_chars", counters.write_bytes))
    return 0
