"""Hand-made models of a few hundred bytes: the layout and the names are real, the numbers are zeros."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

Shapes = dict[str, tuple[int, ...]]

DIFFUSERS, TRANSFORMERS = "diffusers", "transformers"

TINY: Shapes = {"weight": (2, 3), "bias": (3,)}
"""Nine numbers."""

SD15: Shapes = {
    "model.diffusion_model.input_blocks.0.0.weight": (4, 9, 1, 1),
    "model.diffusion_model.input_blocks.2.1.transformer_blocks.0.attn2.to_k.weight": (1, 768),
    "first_stage_model.decoder.conv_in.weight": (2, 2),
    "cond_stage_model.transformer.text_model.embeddings.position_embedding.weight": (3, 1),
}
SD2 = {
    **SD15,
    "model.diffusion_model.input_blocks.2.1.transformer_blocks.0.attn2.to_k.weight": (1, 1024),
}
SDXL: Shapes = {
    "model.diffusion_model.input_blocks.0.0.weight": (4, 9, 1, 1),
    "conditioner.embedders.1.model.transformer.resblocks.9.mlp.c_proj.bias": (4,),
    "first_stage_model.decoder.conv_in.weight": (2, 2),
}
SD3: Shapes = {
    "model.diffusion_model.joint_blocks.0.context_block.adaLN_modulation.1.bias": (8,),
    "first_stage_model.decoder.conv_in.weight": (2, 2),
    "text_encoders.clip_l.transformer.text_model.embeddings.position_embedding.weight": (3, 1),
}
FLUX: Shapes = {
    "model.diffusion_model.double_blocks.0.img_attn.norm.key_norm.scale": (4,),
    "model.diffusion_model.img_in.weight": (2, 384),
    "vae.decoder.conv_in.weight": (2, 2),
    "text_encoders.clip_l.transformer.text_model.embeddings.position_embedding.weight": (3, 1),
}
Z_IMAGE: Shapes = {
    "model.diffusion_model.layers.0.adaLN_modulation.0.weight": (2, 2),
    "model.diffusion_model.cap_embedder.0.weight": (2,),
    "vae.decoder.conv_in.weight": (2, 2),
    "text_encoders.qwen3.model.embed_tokens.weight": (3, 1),
}
QWEN: Shapes = {
    "model.diffusion_model.transformer_blocks.0.img_mod.1.weight": (2, 2),
    "model.diffusion_model.txt_norm.weight": (2,),
    "vae.decoder.conv_in.weight": (2, 2),
    "text_encoders.qwen2.model.embed_tokens.weight": (3, 1),
}


def safetensors(shapes: Shapes = TINY) -> bytes:
    """A file of float16 zeros."""
    header, end = {}, 0
    for key, shape in shapes.items():
        size = 2 * math.prod(shape)
        header[key] = {"dtype": "F16", "shape": list(shape), "data_offsets": [end, end + size]}
        end += size
    raw = json.dumps(header).encode()
    return struct.pack("<Q", len(raw)) + raw + bytes(end)


def prior_files(fp16: bool = False, image_encoder: bool = True) -> dict[str, bytes]:
    components = {
        "prior": (DIFFUSERS, "PriorTransformer"),
        "image_encoder": (TRANSFORMERS, "CLIPVisionModelWithProjection"),
        "text_encoder": (TRANSFORMERS, "CLIPTextModelWithProjection"),
        "tokenizer": (TRANSFORMERS, "CLIPTokenizer"),
        "scheduler": (DIFFUSERS, "UnCLIPScheduler"),
        "image_processor": (TRANSFORMERS, "CLIPImageProcessor"),
    }
    files = pipeline_files("KandinskyV22PriorPipeline", components, fp16)
    if not image_encoder:
        files = {path: data for path, data in files.items() if not path.startswith("image_encoder/")}
    return files


def decoder_files(class_name: str = "KandinskyV22InpaintPipeline", fp16: bool = False) -> dict[str, bytes]:
    components = {
        "unet": (DIFFUSERS, "UNet2DConditionModel"),
        "movq": (DIFFUSERS, "VQModel"),
        "scheduler": (DIFFUSERS, "DDPMScheduler"),
    }
    card = "---\nlicense: apache-2.0\nprior:\n- kandinsky-community/kandinsky-2-2-prior\n---\n# Kandinsky\n"
    return {**pipeline_files(class_name, components, fp16, {"in_channels": 9}), "README.md": card.encode()}


def sd_files(
    class_name: str = "StableDiffusionInpaintPipeline",
    fp16: bool = False,
    channels: int = 9,
    width: int = 768,
    safety_checker: bool = False,
) -> dict[str, bytes]:
    checker = ("stable_diffusion", "StableDiffusionSafetyChecker") if safety_checker else (None, None)
    components = {
        "unet": (DIFFUSERS, "UNet2DConditionModel"),
        "vae": (DIFFUSERS, "AutoencoderKL"),
        "text_encoder": (TRANSFORMERS, "CLIPTextModel"),
        "tokenizer": (TRANSFORMERS, "CLIPTokenizer"),
        "scheduler": (DIFFUSERS, "DDIMScheduler"),
        "safety_checker": checker,
    }
    unet = {"in_channels": channels, "cross_attention_dim": width}
    return pipeline_files(class_name, components, fp16, unet)


def transformer_files(class_name: str) -> dict[str, bytes]:
    components = {
        "transformer": (DIFFUSERS, "SomeTransformer2DModel"),
        "vae": (DIFFUSERS, "AutoencoderKL"),
        "text_encoder": (TRANSFORMERS, "SomeModel"),
        "tokenizer": (TRANSFORMERS, "SomeTokenizerFast"),
        "scheduler": (DIFFUSERS, "FlowMatchEulerDiscreteScheduler"),
    }
    return pipeline_files(class_name, components)


def pipeline_files(
    class_name: str,
    components: dict[str, tuple[str | None, str | None]],
    fp16: bool = False,
    unet: dict[str, int] | None = None,
) -> dict[str, bytes]:
    """What lies in a diffusers folder: {path: content}."""
    index = {"_class_name": class_name, "_diffusers_version": "0.42.1", "requires_safety_checker": False}
    files = {"model_index.json": _json({**index, **{key: list(value) for key, value in components.items()}})}
    for name, (library, made) in components.items():
        if made is None:
            continue
        if made.endswith("Scheduler"):
            files[f"{name}/scheduler_config.json"] = _json({"_class_name": made})
        elif "Tokenizer" in made:
            files[f"{name}/tokenizer_config.json"] = _json({"model_max_length": 77})
            files[f"{name}/vocab.json"] = _json({"a": 0})
            files[f"{name}/merges.txt"] = b"#version: 0.2\n"
        elif made.endswith("Processor"):
            files[f"{name}/preprocessor_config.json"] = _json({"crop_size": 224})
        else:
            stem = "model" if library == TRANSFORMERS else "diffusion_pytorch_model"
            files[f"{name}/config.json"] = _json(unet if name == "unet" and unet else {"width": 4})
            files[f"{name}/{stem}{'.fp16' if fp16 else ''}.safetensors"] = safetensors()
    return files


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder


def _json(values: object) -> bytes:
    return json.dumps(values).encode()
