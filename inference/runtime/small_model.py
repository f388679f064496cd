"""Kandinsky 2.2 with random weights, 5 MB in all, in the layout of the real one: what an engine is tried out with.

``python -m inference.runtime.small_model FOLDER`` makes one there, and prints its parts as JSON. Imports torch: only
what runs in an engine's Python may import this.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
import tqdm
from diffusers import (
    DDPMScheduler,
    KandinskyV22InpaintPipeline,
    KandinskyV22Pipeline,
    KandinskyV22PriorPipeline,
    PriorTransformer,
    UnCLIPScheduler,
    UNet2DConditionModel,
    VQModel,
)
from transformers import (
    CLIPImageProcessor,
    CLIPTextConfig,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)

from inference.models.model import Model
from inference.models.store import ModelStore

tqdm.tqdm.monitor_interval = 0  # a bar shown while something is saved or loaded would leave its thread behind

WIDTH = 32


def build_kandinsky(folder: Path) -> dict[str, str]:
    """The three parts of Kandinsky 2.2 below ``folder``, 5 MB in all: paths by role."""
    parts = {role: str(folder / role) for role in ("prior", "inpaint", "generate")}
    torch.manual_seed(0)
    _prior(folder).save_pretrained(parts["prior"])
    movq = _movq()
    for role, kind, channels in (
        ("inpaint", KandinskyV22InpaintPipeline, 9),
        ("generate", KandinskyV22Pipeline, 4),
    ):
        kind(unet=_unet(channels), scheduler=_scheduler(), movq=movq).save_pretrained(parts[role])
    return parts


def record_kandinsky(parts: dict[str, str], **fields: Any) -> Model:
    """The parts as the model "small-kandinsky" of the program's store."""
    values = {"id": "small-kandinsky", "name": "Small", "family": "kandinsky-2-2", "hash": "0123", **fields}
    model = Model(parts=parts, parameters=_parameters(parts), **values)
    ModelStore().write(model)
    return model


def build_tokenizer(folder: Path) -> CLIPTokenizer:
    """Every byte is a token, with CLIP's two special ones: 514 entries, no merges."""
    # As byte-level vocabularies write them: printable bytes as themselves, the others from 256 on.
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(byte) for byte in printable] + [chr(256 + i) for i in range(256 - len(printable))]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return CLIPTokenizer.from_pretrained(str(folder), model_max_length=77)


def _prior(folder: Path) -> KandinskyV22PriorPipeline:
    text = CLIPTextConfig(
        vocab_size=514,
        hidden_size=WIDTH,
        intermediate_size=37,
        num_hidden_layers=2,
        num_attention_heads=4,
        projection_dim=WIDTH,
        bos_token_id=512,
        eos_token_id=513,
        pad_token_id=513,
    )
    vision = CLIPVisionConfig(
        hidden_size=WIDTH,
        intermediate_size=37,
        num_hidden_layers=2,
        num_attention_heads=4,
        projection_dim=WIDTH,
        image_size=224,
        patch_size=32,
    )
    prior = PriorTransformer(num_attention_heads=2, attention_head_dim=12, embedding_dim=WIDTH, num_layers=1)
    prior.clip_std = torch.nn.Parameter(torch.ones(prior.clip_std.shape))  # zeros would erase the embedding
    return KandinskyV22PriorPipeline(
        prior=prior,
        image_encoder=CLIPVisionModelWithProjection(vision).eval(),
        text_encoder=CLIPTextModelWithProjection(text).eval(),
        tokenizer=build_tokenizer(folder / "tokenizer"),
        scheduler=UnCLIPScheduler(
            variance_type="fixed_small_log",
            prediction_type="sample",
            num_train_timesteps=1000,
            clip_sample=True,
            clip_sample_range=5.0,
        ),
        image_processor=CLIPImageProcessor(size=224, crop_size=224),
    )


def _unet(in_channels: int) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        in_channels=in_channels,
        out_channels=8,
        addition_embed_type="image",
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        block_out_channels=(32, 64),
        layers_per_block=1,
        encoder_hid_dim=WIDTH,
        encoder_hid_dim_type="image_proj",
        cross_attention_dim=WIDTH,
        attention_head_dim=4,
        resnet_time_scale_shift="scale_shift",
        class_embed_type=None,
    )


def _movq() -> VQModel:
    """Four levels give the real factor of 8; the norm's 32 groups need 32 channels."""
    return VQModel(
        block_out_channels=(32, 32, 32, 32),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        latent_channels=4,
        vq_embed_dim=4,
        num_vq_embeddings=12,
        norm_type="spatial",
    )


def _scheduler() -> DDPMScheduler:
    return DDPMScheduler(
        num_train_timesteps=1000,
        beta_schedule="linear",
        beta_start=0.00085,
        beta_end=0.012,
        clip_sample=False,
        prediction_type="epsilon",
        variance_type="learned_range",
    )


def _parameters(parts: dict[str, str]) -> dict[str, int]:
    """Numbers in each component, as "part/component", by the size of its file of 32-bit weights."""
    return {
        f"{role}/{weights.parent.name}": weights.stat().st_size // 4
        for role, path in parts.items()
        for weights in Path(path).glob("*/*.safetensors")
    }


if __name__ == "__main__":
    print(json.dumps(build_kandinsky(Path(sys.argv[1]).absolute())))
