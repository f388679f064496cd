"""How the program starts itself: with Python's command line, and without one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from inference.children import FLAGS, child_command, child_folder
from inference.client import host_command, host_environment


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", "/usr/lib/pentimento/_internal", raising=False)
    monkeypatch.setattr(sys, "executable", "/usr/lib/pentimento/pentimento")


def test_from_a_checkout_python_runs_a_module_that_is_there() -> None:
    for child in FLAGS.values():
        python, option, module = child_command(child)
        assert (python, option) == (sys.executable, "-m")
        assert child_folder().joinpath(*module.split(".")).with_suffix(".py").is_file()
    assert host_command("/other/python") == ["/other/python", "-m", "inference.host"]


@pytest.mark.usefixtures("frozen")
def test_the_packaged_program_starts_itself() -> None:
    assert host_command() == [sys.executable, "--host"]
    assert child_command("compile-kernels") == [sys.executable, "--compile-kernels"]


@pytest.mark.usefixtures("frozen")
def test_another_python_gets_the_sources_and_none_of_the_package_s_libraries() -> None:
    assert host_command("/other/python") == ["/other/python", "-m", "inference.host"]
    assert child_folder() == Path("/usr/lib/pentimento/_internal/source")
    leaks = {"LD_LIBRARY_PATH": "/usr/lib/pentimento/_internal", "_PYI_ARCHIVE_FILE": "x", "PYTHONPATH": "y"}
    assert not leaks.keys() & host_environment(leaks).keys()
    environment = host_environment({**leaks, "LD_LIBRARY_PATH_ORIG": "/opt/lib"})
    assert environment["LD_LIBRARY_PATH"] == "/opt/lib" and "LD_LIBRARY_PATH_ORIG" not in environment


def test_from_a_checkout_the_users_library_path_is_kept() -> None:
    assert host_environment({"LD_LIBRARY_PATH": "/opt/lib"})["LD_LIBRARY_PATH"] == "/opt/lib"


@pytest.mark.host
def test_the_hidden_argument_is_the_host() -> None:
    main = child_folder() / "main.py"
    done = subprocess.run(
        [sys.executable, str(main), "--host"], input=b"", capture_output=True, timeout=120, check=True
    )
    assert b'"hello"' in done.stdout
