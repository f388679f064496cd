"""Blueprints: the configurations that a model needs which is one safetensors file and brings none."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from inference.models.model import Model

_FOLDER = Path(__file__).resolve().parents[3] / "resources" / "models"
_START, _END = "<|startoftext|>", "<|endoftext|>"


def write_blueprint(model: Model, folder: Path) -> bool:
    """Writes a diffusers folder without weights for the model's family, or returns False where there is none.

    There is none for a Stable Diffusion 2 that is not for inpainting: some predict noise and some velocity, and a file
    does not tell which.
    """
    source = _FOLDER / f"{model.family}.json"
    if not source.is_file() or (model.family == "sd-2" and not model.inpaints):
        return False
    blueprint = json.loads(source.read_text(encoding="utf-8"))
    blueprint["files"]["unet/config.json"]["in_channels"] = 9 if model.inpaints else 4
    for name, values in blueprint["files"].items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")
    for name, padding in blueprint["padding"].items():
        _write_tokenizer(folder / name, padding)
    return True


def _write_tokenizer(folder: Path, padding: str) -> None:
    """CLIP's: bytes, bytes that end a word, what merges of these make, and two marks (Radford et al. 2021)."""
    merges = gzip.decompress((_FOLDER / "clip-merges.txt.gz").read_bytes()).decode("utf-8").splitlines()
    # As byte-level vocabularies write them: printable bytes as themselves, the others from 256 on.
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(code) for code in (*printable, *range(256, 512 - len(printable)))]
    tokens = [
        *letters,
        *(f"{letter}</w>" for letter in letters),
        *(merge.replace(" ", "") for merge in merges),
        _START,
        _END,
    ]
    settings = {
        "tokenizer_class": "CLIPTokenizer",
        "bos_token": _START,
        "eos_token": _END,
        "unk_token": _END,
        "pad_token": padding,
        "model_max_length": 77,
    }
    folder.mkdir()
    for name, text in (
        ("vocab.json", json.dumps({token: number for number, token in enumerate(tokens)})),
        ("merges.txt", "\n".join(["#version: 0.2", *merges, ""])),
        ("tokenizer_config.json", json.dumps(settings)),
    ):
        (folder / name).write_text(text, encoding="utf-8")
