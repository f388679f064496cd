"""The command models, against a hub on this machine."""

from __future__ import annotations

import io
import json
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inference.models.catalogue import CATALOGUE
from main import main
from tests.editor.cli_support import finish, start, wait_until
from tests.inference.models import tiny
from tests.inference.models.fake_hub import PAINTER, Answer, FakeHub, running, stocked

UNET = "unet/diffusion_pytorch_model.safetensors"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    with running(stocked()) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """No one sits before a terminal."""
    monkeypatch.setattr(sys, "stdin", io.StringIO())


@pytest.fixture
def painter(tmp_path: Path) -> Path:
    return tiny.write(tmp_path / "Painter", tiny.sd_files())


def ask(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> str:
    """What is printed: standard output, or the sentence on standard error where it ends with another code."""
    capsys.readouterr()
    assert main(["models", *map(str, words)]) == code
    out, err = capsys.readouterr()
    return err if code else out


def facts(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    return json.loads(ask(capsys, *words, "--json"))


def test_at_first_there_is_none(capsys: pytest.CaptureFixture[str], own_folders: Path) -> None:
    assert "There is no model yet" in ask(capsys, "list")
    assert facts(capsys, "list") == {"models": [], "unfinished": []}
    assert not (own_folders / "models").exists()


def test_added_listed_and_forgotten(capsys: pytest.CaptureFixture[str], painter: Path) -> None:
    assert ask(capsys, "add", painter, "--name", "Anna") == (
        f"Anna is added as anna (Stable Diffusion 1.5, {3 * len(tiny.safetensors())} bytes).\n"
    )
    assert re.fullmatch(
        rf"anna +Anna +Stable Diffusion 1\.5 .* {re.escape(str(painter))}\n", ask(capsys, "list")
    )
    [model] = facts(capsys, "list")["models"]
    assert (model["id"], model["family"], model["source"]) == ("anna", "sd-1-5", "folder")
    assert "its files stay where they are" in ask(capsys, "remove", "anna")
    assert facts(capsys, "list")["models"] == []
    assert (painter / UNET).exists()


def test_columns_are_aligned(capsys: pytest.CaptureFixture[str], painter: Path, tmp_path: Path) -> None:
    ask(capsys, "add", painter)
    ask(
        capsys, "add", tiny.write(tmp_path / "a much longer name", tiny.transformer_files("FluxFillPipeline"))
    )
    first, second = ask(capsys, "list").splitlines()
    assert first.index("FLUX") == second.index("Stable")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("add", "gone"), "There is nothing at"),
        (("remove", "gone"), "There is no model “gone”"),
        (("resume",), "There is no interrupted download."),
        (("resume", "x"), "There is no interrupted download of “x”."),
        (("look-up", "gone"), "neither a model of the catalogue"),
        (("download", "someone/nobody", "--yes"), "has no model someone/nobody"),
        (("download", "kandinsky-2-2", "--with", "music", "--yes"), "no optional part “music”"),
        (("download", PAINTER, "--endpoint", "nonsense"), "not the address of a hub"),
        ((), "required: ACTION"),
        (("dance",), "invalid choice"),
    ],
)
def test_mistakes(
    hub: FakeHub, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    told = ask(capsys, *words, code=2)
    assert told.startswith("pentimento: ") and sentence in told and told.count("\n") == 1


def test_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    out = ask(capsys, "catalogue")
    assert all(entry.title in out and entry.licence in out for entry in CATALOGUE)
    assert "--with image-encoder" in out and "asks for agreement" in out
    assert [entry["id"] for entry in facts(capsys, "catalogue")] == [entry.id for entry in CATALOGUE]


def test_looked_up_it_fetches_nothing(
    hub: FakeHub, capsys: pytest.CaptureFixture[str], own_folders: Path
) -> None:
    out = ask(capsys, "look-up", PAINTER)
    assert "painter, " in out and "Licence: mit" in out and f"pipeline/{UNET}" in out
    plan = facts(capsys, "look-up", "kandinsky-2-2", "--with", "image-encoder,text-to-image")
    assert plan["options"] == ["image-encoder", "text-to-image"]
    assert not (own_folders / "models").exists()
    assert not any(path.endswith(".safetensors") for path, _ in hub.asked)


def test_without_a_terminal_it_needs_a_yes(
    hub: FakeHub, nobody: None, capsys: pytest.CaptureFixture[str]
) -> None:
    told = ask(capsys, "download", PAINTER, code=2)
    assert "Licence: mit" in told and "say --yes" in told
    assert ask(capsys, "download", PAINTER, "--yes").startswith("painter is downloaded as someone-painter")
    [model] = facts(capsys, "list")["models"]
    assert model["source"] == "download"
    assert "The model is deleted" in ask(capsys, "remove", "someone-painter")
    assert facts(capsys, "list")["models"] == []


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("Yes\n", 0), ("\n", 2), ("n\n", 2), ("", 2)])
def test_at_a_terminal_it_names_the_size_and_asks(
    hub: FakeHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main(["models", "download", PAINTER]) == code
    told = terminal.getvalue()
    assert re.search(r"Licence: mit .*\nDownload \d KB\? \[y/N\] ", told)
    assert ("█" in told) is (code == 0)
    assert ("Nothing was downloaded." in told) is (code == 2)
    assert any(path.endswith(".safetensors") for path, _ in hub.asked) is (code == 0)


def test_a_hub_that_cannot_be_reached_ends_with_another_code(
    hub: FakeHub, capsys: pytest.CaptureFixture[str]
) -> None:
    told = ask(capsys, "look-up", PAINTER, "--endpoint", "http://127.0.0.1:9", code=3)
    assert "Is this computer online?" in told


def test_interrupted_it_says_how_to_go_on(hub: FakeHub, capsys: pytest.CaptureFixture[str]) -> None:
    hub.fault(UNET, Answer.stalls)
    process = start("models", "download", PAINTER, "--yes")
    wait_until(lambda: hub.stalled.is_set() or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    code, _, err = finish(process)
    assert (code, err) == (
        130,
        "pentimento: Interrupted. What has arrived is kept: “models resume someone-painter” goes on with it.\n",
    )
    listed = facts(capsys, "list")
    assert listed["models"] == []
    assert listed["unfinished"][0]["arrived"] > 0
    assert "“models resume someone-painter”" in ask(capsys, "list")
    assert "painter is downloaded" in ask(capsys, "resume")
    assert len(hub.ranges(UNET)) == 2 and len(hub.ranges("unet/config.json")) == 1
    assert facts(capsys, "list")["unfinished"] == []


def test_removing_an_unfinished_download(hub: FakeHub, capsys: pytest.CaptureFixture[str]) -> None:
    hub.fault(UNET, Answer.hides)
    ask(capsys, "download", PAINTER, "--yes", code=2)
    assert "The unfinished download is deleted" in ask(capsys, "remove", "someone-painter")
    assert facts(capsys, "list") == {"models": [], "unfinished": []}
