"""Kandinsky 2.2 with random weights, mid-size or full-size, in the layout of the real one: a child of the benchmarks.

``python -m tests.benchmarks.kandinsky_checkpoint FOLDER`` builds it below FOLDER, full-size in 16 bits where there is a
CUDA card and mid-size in 32 bits where there is none, and prints what it is as JSON.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import (
    DDPMScheduler,
    KandinskyV22InpaintPipeline,
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
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)

from inference.runtime.small_model import build_tokenizer


@dataclass(frozen=True, slots=True)
class Size:
    """``embedding``: the length of an image embedding. Towers are (width, layers, heads)."""

    embedding: int
    text: tuple[int, int, int]
    vision: tuple[int, int, int, int]
    prior: tuple[int, int]
    unet: tuple[int, ...]
    unet_layers: int
    unet_head: int
    movq: tuple[int, ...]
    movq_layers: int


FULL = Size(
    embedding=1280,
    text=(1280, 32, 20),
    vision=(1664, 48, 16, 8192),
    prior=(32, 20),
    unet=(384, 768, 1152, 1536),
    unet_layers=3,
    unet_head=64,
    movq=(128, 256, 256, 512),
    movq_layers=2,
)
"""As in the configurations of kandinsky-community/kandinsky-2-2-prior and kandinsky-2-2-decoder-inpaint."""

MID = Size(
    embedding=256,
    text=(256, 4, 4),
    vision=(256, 4, 4, 1024),
    prior=(4, 4),
    unet=(32, 64, 96, 128),
    unet_layers=1,
    unet_head=32,
    movq=(32, 32, 32, 32),
    movq_layers=1,
)


def build(folder: Path, size: Size, dtype: torch.dtype) -> None:
    """The folders "prior" and "inpaint" below ``folder``."""
    torch.manual_seed(0)
    prior_pipeline(folder, size).to(dtype).save_pretrained(folder / "prior")
    decoder_pipeline(size).to(dtype).save_pretrained(folder / "inpaint")


def prior_pipeline(folder: Path, size: Size) -> KandinskyV22PriorPipeline:
    width, layers, heads = size.text
    text = CLIPTextConfig(
        vocab_size=49408,
        hidden_size=width,
        intermediate_size=4 * width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        projection_dim=size.embedding,
        hidden_act="gelu",
        bos_token_id=512,
        eos_token_id=513,
        pad_token_id=513,
    )
    width, layers, heads, inner = size.vision
    vision = CLIPVisionConfig(
        hidden_size=width,
        intermediate_size=inner,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        projection_dim=size.embedding,
        hidden_act="gelu",
        image_size=224,
        patch_size=14,
    )
    heads, layers = size.prior
    prior = PriorTransformer(
        num_attention_heads=heads, attention_head_dim=64, embedding_dim=size.embedding, num_layers=layers
    )
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


def decoder_pipeline(size: Size) -> KandinskyV22InpaintPipeline:
    levels = len(size.unet)
    unet = UNet2DConditionModel(
        in_channels=9,
        out_channels=8,
        addition_embed_type="image",
        down_block_types=("ResnetDownsampleBlock2D", *["SimpleCrossAttnDownBlock2D"] * (levels - 1)),
        up_block_types=(*["SimpleCrossAttnUpBlock2D"] * (levels - 1), "ResnetUpsampleBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        block_out_channels=size.unet,
        layers_per_block=size.unet_layers,
        encoder_hid_dim=size.embedding,
        encoder_hid_dim_type="image_proj",
        cross_attention_dim=768,
        attention_head_dim=size.unet_head,
        resnet_time_scale_shift="scale_shift",
    )
    movq = VQModel(
        block_out_channels=size.movq,
        down_block_types=(*["DownEncoderBlock2D"] * 3, "AttnDownEncoderBlock2D"),
        up_block_types=("AttnUpDecoderBlock2D", *["UpDecoderBlock2D"] * 3),
        layers_per_block=size.movq_layers,
        latent_channels=4,
        vq_embed_dim=4,
        num_vq_embeddings=16384,
        norm_type="spatial",
    )
    scheduler = DDPMScheduler(
        num_train_timesteps=1000,
        beta_schedule="linear",
        beta_start=0.00085,
        beta_end=0.012,
        clip_sample=False,
        prediction_type="epsilon",
        variance_type="learned_range",
    )
    return KandinskyV22InpaintPipeline(unet=unet, scheduler=scheduler, movq=movq)


def main(folder: Path) -> None:
    cuda = torch.cuda.is_available()
    build(folder, FULL if cuda else MID, torch.float16 if cuda else torch.float32)
    device = torch.cuda.get_device_name(0) if cuda else f"the processor, {torch.get_num_threads()} threads"
    print(json.dumps({"cuda": cuda, "device": device, "size": "full-size" if cuda else "mid-size"}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
