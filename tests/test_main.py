"""The entry: what is a command, what is a file, and what is imported for each."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

import editor
from editor.version import version
from inference.folders import HOME_VARIABLE
from main import main
from tests.editor.cli_support import ROOT, finish, start

Opened = list[tuple[list[Path], Path | None]]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    """What the window was asked to open; it is a stand-in that ends with 7."""
    asked: Opened = []

    def run(paths: list[Path], picture: Path | None, _new_window: bool) -> int:
        asked.append((paths, picture))
        return 7

    app = ModuleType("editor.app")
    app.run = run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "editor.app", app)
    monkeypatch.setattr(editor, "app", app, raising=False)
    return asked


@pytest.mark.parametrize(
    ("words", "files"),
    [
        ([], []),
        (["photo.jpg"], ["photo.jpg"]),
        (["a.png", "fill", "b.ora"], ["a.png", "fill", "b.ora"]),
        (["./fill"], ["fill"]),
        (["--", "fill"], ["fill"]),
        (["--", "--help"], ["--help"]),
        (["filling"], ["filling"]),
    ],
)
def test_files_open_the_window(opened: Opened, words: list[str], files: list[str]) -> None:
    assert main(words) == 7
    assert opened == [([Path(file) for file in files], None)]


def test_a_picture_of_the_window(opened: Opened, tmp_path: Path) -> None:
    picture = tmp_path / "window.png"
    assert main(["photo.jpg", "--picture", str(picture)]) == 7
    assert opened == [([Path("photo.jpg")], picture)]


def test_the_picture_of_the_window_does_not_overwrite_the_photo(
    opened: Opened, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"photo")
    assert main([str(photo), "--picture", str(photo)]) == 2
    assert main([str(photo), "--picture", str(tmp_path / "nowhere" / "a.png")]) == 2
    assert capsys.readouterr().err.count("pentimento: ") == 2
    assert not opened and photo.read_bytes() == b"photo"


@pytest.mark.parametrize(
    "words", [["--what"], [""], ["--picture"], ["fill"], ["export", "a"], ["doctor", "x"]]
)
def test_mistakes_are_told_in_one_sentence(
    opened: Opened, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("pentimento: ") and err.count("\n") == 1
    assert not opened


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["photo.jpg", "--help"]])
def test_help_names_every_command(
    opened: Opened, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert main(words) == 0
    out = capsys.readouterr().out
    assert all(
        word in out for word in ("FILE", "--picture", "fill", "export", "data", "doctor", "examples", "130")
    )
    assert not opened


@pytest.mark.parametrize(
    ("command", "told"), [("fill", "--mask"), ("export", "OUT"), ("doctor", "--json"), ("data", "remove")]
)
def test_each_command_has_help(capsys: pytest.CaptureFixture[str], command: str, told: str) -> None:
    assert main([command, "--help"]) == 0
    assert told in capsys.readouterr().out


def test_the_version_is_that_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"Pentimento {version()}\n"
    assert f'version = "{version()}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_an_interrupted_start_ends_quietly(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["editor.app"], "run", interrupted)
    assert main([]) == 130
    assert capsys.readouterr().err == ""


def test_parsing_imports_nothing_that_the_window_must_wait_for() -> None:
    seen = "print(sorted({name.partition('.')[0] for name in sys.modules}))"
    code, out, err = finish(start("--help", after=seen))
    assert code == 0, err
    modules = out.splitlines()[-1]
    for module in ("numpy", "PySide6", "multiprocessing", "psutil", "PIL", "torch"):
        assert f"'{module}'" not in modules


def test_a_home_that_is_told_from_here_is_the_same_for_children(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """These work in another folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(HOME_VARIABLE, "home")
    assert main(["data", "list"]) == 0
    assert os.environ[HOME_VARIABLE] == str(tmp_path / "home")
