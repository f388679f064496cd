"""Writes a small Stable Diffusion as one safetensors file with the names of the original code (CompVis)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

_UNET_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_UNET_ENDS = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}


def write_single_file(pipeline: Any, path: Path) -> Path:
    """The weights of a StableDiffusion(Inpaint)Pipeline whose UNet has one layer a block."""
    tensors = {
        **{f"model.diffusion_model.{_unet_name(k)}": v for k, v in pipeline.unet.state_dict().items()},
        **dict(_vae_entry(k, v) for k, v in pipeline.vae.state_dict().items()),
        **{_text_name(k): v for k, v in pipeline.text_encoder.state_dict().items()},
    }
    save_file({name: value.contiguous() for name, value in tensors.items()}, str(path))
    return path


def _unet_name(name: str) -> str:
    for ours, theirs in _UNET_ENDS.items():
        if name.startswith(f"{ours}."):
            return name.replace(ours, theirs, 1)
    side, rest = name.split(".", 1)
    if side == "mid_block":
        kind, index, tail = rest.split(".", 2)
        place = f"middle_block.{1 if kind == 'attentions' else 2 * int(index)}"
    else:
        block, kind, index, tail = rest.split(".", 3)
        first = 2 * int(block) + (1 if side == "down_blocks" else 0)
        stem = "input_blocks" if side == "down_blocks" else "output_blocks"
        if kind == "downsamplers":
            return f"{stem}.{first + 1}.0.{tail.replace('conv', 'op', 1)}"
        if kind == "upsamplers":  # beside the last layer, and behind its attention
            return f"{stem}.{first + 1}.{2 if block == '0' else 1}.{tail}"
        place = f"{stem}.{first + int(index)}.{1 if kind == 'attentions' else 0}"
    return f"{place}.{_replaced(tail, _UNET_RESNET) if kind == 'resnets' else tail}"


def _vae_entry(name: str, value: torch.Tensor) -> tuple[str, torch.Tensor]:
    name = re.sub(r"down_blocks\.(\d)\.resnets\.(\d)", r"down.\1.block.\2", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets\.(\d)", lambda m: f"up.{3 - int(m[1])}.block.{m[2]}", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda m: f"up.{3 - int(m[1])}.upsample", name)
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
    if "mid_block.attentions.0." in name:
        start, tail = name.split("mid_block.attentions.0.")
        name = f"{start}mid.attn_1.{_replaced(tail, _ATTENTION)}"
        if value.ndim == 2:
            value = value[:, :, None, None]
    name = name.replace("conv_shortcut", "nin_shortcut").replace("conv_norm_out", "norm_out")
    return f"first_stage_model.{name}", value


def _text_name(name: str) -> str:
    return f"cond_stage_model.transformer.text_model.{name.removeprefix('text_model.')}"


def _replaced(tail: str, names: dict[str, str]) -> str:
    for ours, theirs in names.items():
        if tail.startswith(f"{ours}."):
            return tail.replace(ours, theirs, 1)
    return tail
