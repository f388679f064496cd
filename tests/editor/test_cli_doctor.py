"""The command doctor: it tells what is there, and what is wrong, and never fails."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from editor import doctor
from editor.raster import native
from editor.version import version
from inference.models.store import ModelStore
from main import main
from tests.editor.cli_support import StandIn, finish, start
from tests.inference.models import tiny

SCREEN = {"available": True, "kind": "X11, :0"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As on a fresh machine: no kernels are compiled."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("PENTIMENTO_HOME", str(home))
    return home


def test_it_tells_what_this_machine_can_do(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    StandIn(home, "paint")
    assert main(["doctor"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for told in (
        version(),
        "PySide6",
        "2 cores",
        "Card, 16.0 GB",
        "content-aware: ready",
        str(home / "models"),
    ):
        assert told in out


def test_its_lines_are_aligned(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    StandIn(home, "paint")
    assert main(["doctor"]) == 0
    facts = capsys.readouterr().out.partition("\n\nProblems:")[0].partition("\n\nNo problems")[0].splitlines()
    width = 2 + doctor._LABEL + 1
    assert all(line[width - 1] == " " and line[width] != " " for line in facts if line)


def test_json_holds_the_same(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    StandIn(home, "paint")
    assert main(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["program"]["version"] == version()
    assert found["devices"]["torch"] == "2.0"
    assert [engine["id"] for engine in found["engines"] if engine["ready"]] == ["content-aware"]
    assert {folder["name"] for folder in found["folders"]} == {"settings", "state", "cache", "models"}
    assert all(folder["writable"] for folder in found["folders"])


def test_it_makes_no_folders(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    StandIn(home, "paint")
    before = sorted(home.rglob("*"))
    assert main(["doctor"]) == 0
    assert sorted(home.rglob("*")) == before


def test_models_and_kernels_are_found(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    StandIn(home, "paint")
    files = {
        **tiny.sd_files(),
        "unet/diffusion_pytorch_model.safetensors": tiny.safetensors({"a": (1024, 1536)}),
    }
    ModelStore(home / "models").add(tiny.write(home / "Painter", files))
    (home / "models" / "half-arrived").mkdir()
    (home / "cache" / "kernels" / "a").mkdir(parents=True)
    (home / "cache" / "kernels" / "a" / "b.nbc").write_bytes(b"x")
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "Painter (3.1 MB)  " in out and "half-arrived" not in out
    assert "sd-1-5: ready" in out and "sdxl: needs a model" in out
    assert "compiled, 1 file " in out


def test_a_host_that_does_not_run_is_a_problem_not_an_error(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    StandIn(home, "paint")
    (home / "stand-in-python").write_text("#!/bin/sh\necho 'no such luck' >&2\nexit 4\n")
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "! Engine host" in out and "no such luck" in out
    assert "content-aware: needs" in out


def test_a_host_that_cannot_be_started_is_a_problem_not_an_error(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    StandIn(home, "paint")
    (home / "stand-in-python").unlink()
    assert main(["doctor"]) == 0
    assert "could not be started" in capsys.readouterr().out


def test_a_host_that_is_silent_is_not_waited_for_for_ever(home: Path) -> None:
    silent = home / "silent"
    silent.write_text("#!/bin/sh\nexec sleep 600\n")
    silent.chmod(0o755)
    assert "no answer" in doctor.ask_devices([str(silent)], patience=0.2)["error"]


def test_a_folder_that_cannot_be_is_a_problem(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PENTIMENTO_HOME", str(tmp_path / "file" / "home"))
    monkeypatch.setattr(doctor, "ask_devices", lambda command: {"error": "It is asleep."})
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "(cannot be written to)" in out
    assert "! The models folder cannot be written to" in out
    assert "settings" in caplog.text
    caplog.clear()


@pytest.mark.parametrize(
    ("environment", "system", "available"),
    [
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, "linux", False),
        ({}, "darwin", True),
        ({}, "win32", True),
    ],
)
def test_display(environment: dict[str, str], system: str, available: bool) -> None:
    assert doctor.display(environment, system)["available"] is available


@pytest.mark.host
def test_torch_is_imported_by_the_host_alone(home: Path) -> None:
    seen = "print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    code, out, err = finish(start("doctor", "--json", after=seen))
    assert code == 0, err
    assert json.loads(out)["devices"]["cpu"]["cores"] == os.cpu_count()
    for module in ("torch", "PySide6", "numba"):
        assert f"'{module}'" not in err


def test_a_canvas_without_kernels_is_told(
    home: Path,
    plain: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    StandIn(home, "paint")
    monkeypatch.setenv(native.SWITCH, "off")
    monkeypatch.setattr(native, "_problem", "")
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "slower, without kernels" in out and "painting is slower: switched off" in out
    caplog.clear()
