"""The command engine, with small wheels in place of torch's."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from editor.settings import Settings
from inference.runtime import lists
from inference.runtime.environments import EnvironmentStore, current_python
from main import main
from tests.editor.cli_support import ROOT, wait_until
from tests.inference.runtime.wheels import release, version_in_use


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever tries to reach something finds nothing there, and nobody sits before a terminal."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setattr(sys, "stdin", io.StringIO())


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A release of version 1.0."""
    return release(tmp_path, monkeypatch)


def ask(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> str:
    """What is printed: standard output, or the sentence on standard error where it ends with another code."""
    capsys.readouterr()
    assert main(["engine", *map(str, words)]) == code, capsys.readouterr().err
    out, err = capsys.readouterr()
    return err if code else out


def facts(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    return json.loads(ask(capsys, *words, "--json"))


def test_status_tells_what_could_be_and_changes_nothing(
    capsys: pytest.CaptureFixture[str], wheels: Path, own_folders: Path
) -> None:
    told = ask(capsys, "status")
    assert "“engine install” would bring: The engine for the processor: torch 1.0, " in told
    assert "KB to fetch" in told and "free" in told
    found = facts(capsys, "status")
    assert found["environment"] is None and found["offer"]["device"] == "cpu" and found["leftover"] == 0
    assert not (own_folders / "engine").exists()


def test_installed_from_a_folder_listed_and_removed(
    capsys: pytest.CaptureFixture[str], wheels: Path, own_folders: Path
) -> None:
    told = ask(capsys, "install", "--from", wheels)
    assert told.startswith(
        "The engine is ready: torch 1.0, diffusers 1.0, transformers 1.0, for the processor, "
    )
    assert "Ready: torch 1.0" in ask(capsys, "status")
    found = facts(capsys, "status")
    assert found["current"] and found["environment"]["device"] == "cpu" and not found["problem"]
    assert ask(capsys, "install", "--from", wheels).startswith("It is there already.")
    before = current_python()
    assert ask(capsys, "repair", "--from", wheels).startswith("The engine is ready")
    assert current_python() not in ("", before)
    assert "The engine is deleted (" in ask(capsys, "remove")
    assert facts(capsys, "status")["environment"] is None and current_python() == ""
    assert ask(capsys, "remove") == "There is no engine to remove.\n"
    assert not any((own_folders / "engine").glob("env-*"))


def test_a_newer_release_is_offered_and_takes_its_place(
    capsys: pytest.CaptureFixture[str], wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(capsys, "install", "--from", wheels)
    newer = release(tmp_path, monkeypatch, "2.0")
    assert "This version of Pentimento brings a newer one." in ask(capsys, "status")
    assert version_in_use(EnvironmentStore()) == "1.0"
    ask(capsys, "install", "--from", newer)
    assert version_in_use(EnvironmentStore()) == "2.0"


def test_a_damaged_one_is_told_and_repaired(
    capsys: pytest.CaptureFixture[str], wheels: Path, own_folders: Path
) -> None:
    ask(capsys, "install", "--from", wheels)
    Path(current_python()).unlink()
    assert "is gone: repair the engine." in ask(capsys, "status")
    assert "is gone" in facts(capsys, "status")["problem"]
    ask(capsys, "repair", "--from", wheels)
    assert version_in_use(EnvironmentStore()) == "1.0"
    assert len(list((own_folders / "engine").glob("env-*"))) == 1


@pytest.mark.parametrize("action", ["install", "repair"])
def test_without_a_terminal_it_goes_online_only_with_a_yes(
    capsys: pytest.CaptureFixture[str], wheels: Path, own_folders: Path, action: str
) -> None:
    told = ask(capsys, action, code=2)
    assert "KB to fetch" in told and "Nothing was fetched: say --yes" in told
    assert not (own_folders / "engine").exists()


def test_with_a_yes_and_no_network_it_says_so(
    capsys: pytest.CaptureFixture[str], wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inference.runtime.uv.HTTP_RETRIES", "0")
    told = ask(capsys, "install", "--yes", code=3)
    assert "could not be fetched. Is this computer online?" in told


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_at_a_terminal_it_asks(
    capsys: pytest.CaptureFixture[str], wheels: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    told = ask(capsys, "install", code=2)
    assert "KB? [y/N] " in told and "Nothing was fetched." in told


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("install", "--device", "rocm"), "This release has no engine for AMD graphics cards"),
        (("install", "--device", "magic"), "invalid choice"),
        (("install", "--from", "gone"), "There are no wheels (*.whl) in gone."),
        ((), "required: ACTION"),
    ],
)
def test_mistakes(
    wheels: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    told = ask(capsys, *words, code=2)
    assert told.startswith("pentimento: ") and sentence in told and told.count("\n") == 1


def test_what_fails_is_one_sentence_and_another_code(
    wheels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    next(wheels.glob("diffusers*")).unlink()
    told = ask(capsys, "install", "--from", wheels, code=3)
    assert "A package of the engine (diffusers) is not there" in told


def test_a_python_of_the_preferences_comes_first_and_is_named(
    wheels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings()
    settings["engine-python"] = "/somewhere/python"
    settings.save()
    assert main(["engine", "install", "--from", str(wheels)]) == 0
    assert "another Python for the engines, which comes first: /somewhere/python" in capsys.readouterr().err


def test_doctor_tells_of_it(wheels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["environment"]["installed"] is None
    ask(capsys, "install", "--from", wheels)
    assert main(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["environment"]["installed"]["device"] == "cpu"
    Path(current_python()).unlink()
    assert main(["doctor"]) == 0
    assert "The Python that the engine was made with (3.x 1.0) is gone" in capsys.readouterr().out


def test_interrupted_it_leaves_what_was_in_use(
    wheels: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(capsys, "install", "--from", wheels)
    before = current_python()
    started = tmp_path / "started"
    hang = f"open({str(started)!r}, 'w'); __import__('threading').Event().wait()"
    program = (
        "import signal, sys, runpy\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from pathlib import Path\n"
        "from inference.runtime import install, lists, offer\n"
        "from inference.runtime.cards import PROCESSOR\n"
        f"lists.FOLDER = Path({str(lists.FOLDER)!r})\n"
        "offer.find_card = lambda: PROCESSOR\n"
        f"install.SELF_TEST = ('-c', {hang!r})\n"
        "runpy.run_path('main.py', run_name='__main__')\n"
    )
    words = [sys.executable, "-c", program, "engine", "repair", "--from", str(wheels)]
    with subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        wait_until(lambda: started.exists() or process.poll() is not None)
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate()
    assert process.returncode == 130, err
    assert "Interrupted. What was in use still is" in err
    assert current_python() == before and version_in_use(EnvironmentStore()) == "1.0"
