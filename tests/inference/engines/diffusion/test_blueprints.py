"""Blueprints: they describe the real models, number for number."""

from __future__ import annotations

from pathlib import Path

import diffusers
import pytest
import torch
from transformers import AutoConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from inference.engines.diffusion.blueprints import write_blueprint
from inference.engines.diffusion.loading import CLASSES
from inference.models.model import Model

UNETS = {
    ("sd-1-5", False): 859_520_964,
    ("sd-2", True): 865_910_724 + 5 * 9 * 320,
    ("sdxl", False): 2_567_463_684,
}
TEXTS = {"sd-1-5": (123_060_480, 0), "sd-2": (340_387_840, 0), "sdxl": (123_060_480, 694_659_840)}
"""As the published weights have them."""


def model(family: str, inpaints: bool) -> Model:
    return Model("one", "One", family, {"checkpoint": "one.safetensors"}, inpaints=inpaints)


def count(module: torch.nn.Module) -> int:
    return sum(each.numel() for each in module.parameters())


@pytest.mark.parametrize(("family", "inpaints"), UNETS)
def test_the_parts_have_the_size_of_the_published_ones(family: str, inpaints: bool, tmp_path: Path) -> None:
    assert write_blueprint(model(family, inpaints), tmp_path)
    with torch.device("meta"):
        unet = diffusers.UNet2DConditionModel.from_config(
            diffusers.UNet2DConditionModel.load_config(tmp_path / "unet")
        )
        vae = diffusers.AutoencoderKL.from_config(diffusers.AutoencoderKL.load_config(tmp_path / "vae"))
        texts = [
            count(kind(AutoConfig.from_pretrained(tmp_path / name))) if (tmp_path / name).is_dir() else 0
            for name, kind in (
                ("text_encoder", CLIPTextModel),
                ("text_encoder_2", CLIPTextModelWithProjection),
            )
        ]
    assert count(unet) == UNETS[family, inpaints]
    assert unet.config.in_channels == (9 if inpaints else 4)
    assert count(vae) == 83_653_863
    assert tuple(texts) == TEXTS[family]
    kind = getattr(diffusers, CLASSES[family])
    names = set(kind.load_config(tmp_path)) - {"_class_name", "_diffusers_version"}
    assert names >= set(kind._get_signature_keys(kind)[0]) - set(kind._optional_components)


@pytest.mark.parametrize(("name", "padding"), [("tokenizer", 49407), ("tokenizer_2", 0)])
def test_prompts_become_the_tokens_that_clip_has_for_them(name: str, padding: int, tmp_path: Path) -> None:
    assert write_blueprint(model("sdxl", False), tmp_path)
    tokenizer = CLIPTokenizer.from_pretrained(str(tmp_path), subfolder=name)
    assert len(tokenizer) == 49408
    tokens = tokenizer("a photo of a cat", padding="max_length").input_ids
    assert tokens[:7] == [49406, 320, 1125, 539, 320, 2368, 49407]
    assert len(tokens) == 77 and set(tokens[7:]) == {padding}


@pytest.mark.parametrize(("family", "inpaints"), [("sd-2", False), ("sd-3", False), ("flux-fill", True)])
def test_there_is_none_where_a_file_alone_does_not_tell(family: str, inpaints: bool, tmp_path: Path) -> None:
    assert not write_blueprint(model(family, inpaints), tmp_path)
    assert not list(tmp_path.iterdir())
