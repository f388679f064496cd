"""The command generate, and what fill says to a model, with a stand-in for the engine host."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.models.model import Model
from inference.models.store import ModelStore
from main import main
from tests.editor.cli_support import StandIn, make_mask, make_photo, pixels


@pytest.fixture
def stand_in(own_folders: Path) -> StandIn:
    return StandIn(own_folders, "paint")


@pytest.fixture
def model(tmp_path: Path) -> Model:
    """Recorded; the stand-in does not load it."""
    parts = {}
    for part in ("prior", "inpaint", "generate"):
        folder = tmp_path / part
        folder.mkdir()
        parts[part] = str(folder)
    made = Model("kandinsky", "Kandinsky 2.2", "kandinsky-2-2", parts)
    ModelStore().write(made)
    return made


def run(*words: object) -> int:
    return main([str(word) for word in words])


def test_a_picture_from_a_prompt(
    stand_in: StandIn, model: Model, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "hat.png"
    assert run("generate", "a hat", "--size", "192x128", "--seed", 5, "-o", out, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["engine"], told["model"], told["seed"]) == ("kandinsky-2-2", "kandinsky", 5)
    assert told["bounds"] == [0, 0, 192, 128]
    assert (pixels(out) == (5, 40, 200, 255)).all() and pixels(out).shape == (128, 192, 4)
    heard = stand_in.heard()
    assert heard["generate"] is True and heard["prompt"] == "a hat"
    width, height = heard["working_size"]
    assert width % 64 == height % 64 == 0 and width > height


def test_all_that_is_said_reaches_the_engine(stand_in: StandIn, model: Model, tmp_path: Path) -> None:
    felt = tmp_path / "felt.png"
    Image.new("RGB", (30, 20)).save(felt)
    words = ("--negative", "blur", "--steps", 7, "--guidance", 2.5, "--scheduler", "ddim", "--prior-steps", 5)
    words += (
        "--prior-guidance",
        1.5,
        "--reference",
        f"{felt}:0.5",
        "--device",
        "cpu",
        "--allow-cpu",
        "--count",
        2,
    )
    photo, mask = make_photo(tmp_path / "photo.png"), make_mask(tmp_path / "mask.png")
    out = tmp_path / "out.ora"
    told = ("--prompt", "a hat", "--strength", 0.5, "--model", "kandinsky 2.2")
    assert run("fill", photo, "--mask", mask, "-o", out, *told, *words) == 0
    heard = stand_in.heard()
    expected = {
        "engine": "kandinsky-2-2",
        "model": "kandinsky",
        "prompt": "a hat",
        "negative_prompt": "blur",
        "steps": 7,
        "guidance": 2.5,
        "scheduler": "ddim",
        "prior_steps": 5,
        "prior_guidance": 1.5,
        "strength": 0.5,
        "device": "cpu",
        "allow_cpu": True,
        "count": 2,
        "generate": False,
        "references": [{"image": [20, 30, 3], "weight": 0.5}],
    }
    assert {name: heard[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("generate", "a hat", "-o", "hat.png"), "no model"),
        (("generate", "a hat", "-o", "hat.png", "--engine", "content-aware"), "does not use a prompt"),
        (("generate", "a hat", "-o", "hat.png", "--size", "0x9"), "not a size"),
        (("generate", "-o", "hat.png"), "required"),
        (("fill", "none.png", "--mask", "m.png", "-o", "o.png", "--reference", "hat.png"), "hat.png"),
    ],
)
def test_what_cannot_be_generated(
    words: tuple[str, ...],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        code = run(*words)
    except SystemExit as ended:
        code = int(str(ended.code))
    assert code == 2
    told = capsys.readouterr().err
    assert says in told and told.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_an_empty_prompt_is_refused(model: Model, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("generate", "  ", "-o", tmp_path / "out.png") == 2
    assert "what the picture shall show" in capsys.readouterr().err


def test_a_reference_shrinks_and_lies_on_white(tmp_path: Path) -> None:
    from editor.files.reference import read_reference

    rgba = np.zeros((100, 2000, 4), np.uint8)
    rgba[:, 1000:] = (10, 20, 30, 255)
    Image.fromarray(rgba).save(tmp_path / "wide.png")
    reference = read_reference(tmp_path / "wide.png", 0.25)
    assert reference.image.shape == (26, 512, 3) and reference.weight == 0.25
    assert (reference.image[:, :250] == 255).all()
    assert (reference.image[:, 262:] == (10, 20, 30)).all()
