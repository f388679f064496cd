"""Where kernels come from: a cache that a child fills, this process, or nowhere; and it is never an error."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from editor.raster import native
from inference.folders import HOME_VARIABLE


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has not asked yet."""
    for name, value in (("_kernels", None), ("_problem", ""), ("_given_up", False)):
        monkeypatch.setattr(native, name, value)


def expect_warning(caplog: pytest.LogCaptureFixture, text: str) -> None:
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert text in caplog.text
    caplog.clear()


def test_they_are_loaded_once() -> None:
    assert native.kernels() is None
    assert native.load(compile_here=True)
    assert native.kernels() is not None and native.problem() == ""
    assert native.is_compiled()
    assert native.load()


def test_they_can_be_switched_off(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv(native.SWITCH, "off")
    assert not native.load()
    assert native.kernels() is None and native.SWITCH in native.problem()
    expect_warning(caplog, "the plain path serves")


def test_without_numba_the_plain_path_serves(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, "editor.raster.kernels", raising=False)
    assert not native.load(compile_here=True)
    assert "numba" in native.problem()
    expect_warning(caplog, "numba")


def test_a_compiler_that_fails_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))  # with an empty cache
    assert not native.is_compiled()
    monkeypatch.setattr(sys, "executable", "/bin/false" if Path("/bin/false").exists() else "/usr/bin/false")
    assert not native.load()
    assert "ended with 1" in native.problem()
    expect_warning(caplog, "ended with 1")


def test_giving_up_ends_the_compiler_and_starts_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    monkeypatch.setattr(native, "_child", child)
    native.give_up()
    assert child.wait() != 0
    assert not native.load()
    assert native.kernels() is None
