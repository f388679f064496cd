"""Which family a single safetensors file is of, told by the names and shapes of its tensors.

The names are those that diffusers goes by (diffusers.loaders.single_file_utils, infer_diffusers_model_type).
"""

from __future__ import annotations

from inference.models.model import ModelError

Shapes = dict[str, tuple[int, ...]]

_CONV_IN = "model.diffusion_model.input_blocks.0.0.weight"
_CROSS = "model.diffusion_model.input_blocks.{}.1.transformer_blocks.0.attn2.to_k.weight"
_XL = "conditioner.embedders.1."
_PARTS = (
    ("unet", ("model.diffusion_model.",)),
    ("vae", ("first_stage_model.", "vae.")),
    ("text_encoder", ("cond_stage_model.", "conditioner.", "text_encoders.")),
)
_TRANSFORMERS = ("sd-3", "flux-fill", "z-image", "qwen-image")


def family_of(shapes: Shapes, name: str) -> tuple[str, bool]:
    """(family, trained to inpaint). Raises ModelError, naming the file ``name``, where it is no model of a family
    that is known, or not a whole one."""
    family, inpaints = _family(shapes, name)
    missing = [
        title
        for part, title in (("text_encoder", "text encoder"), ("vae", "autoencoder"))
        if not any(key.startswith(prefix) for key in shapes for prefix in dict(_PARTS)[part])
    ]
    if missing:
        raise ModelError(
            f"{name} lacks its {' and '.join(missing)}: pick a file that holds the whole model, or its folder in the "
            "diffusers layout."
        )
    return family, inpaints


def component_of(key: str, family: str) -> str:
    """The component ("unet", "transformer", "vae", "text_encoder") that a tensor belongs to, or "other"."""
    for part, prefixes in _PARTS:
        if key.startswith(prefixes):
            return "transformer" if part == "unet" and family in _TRANSFORMERS else part
    return "transformer" if family in _TRANSFORMERS else "other"


def _family(shapes: Shapes, name: str) -> tuple[str, bool]:
    if any(".lora_" in key or key.startswith("lora_") for key in shapes):
        raise ModelError(f"{name} is a LoRA, an addition to a model: pick the model itself.")
    bare = {key.removeprefix("model.diffusion_model."): shape for key, shape in shapes.items()}
    if _CONV_IN in shapes:
        return _unet_family(shapes, name)
    if "joint_blocks.0.context_block.adaLN_modulation.1.bias" in bare:
        return "sd-3", False
    if "double_blocks.0.img_attn.norm.key_norm.scale" in bare:
        if _side(bare, "img_in.weight", 1) == 384:
            return "flux-fill", True
        raise ModelError(f"{name} is a FLUX model, but not the one that fills: pick FLUX.1 Fill.")
    if "layers.0.adaLN_modulation.0.weight" in bare and "cap_embedder.0.weight" in bare:
        return "z-image", False
    if "transformer_blocks.0.img_mod.1.weight" in bare and "txt_norm.weight" in bare:
        return "qwen-image", False
    raise ModelError(
        f"{name} is not a model that is known here: Stable Diffusion 1.5, 2, XL or 3, FLUX.1 Fill, Z-Image, Qwen-Image."
    )


def _unet_family(shapes: Shapes, name: str) -> tuple[str, bool]:
    channels = _side(shapes, _CONV_IN, 1)
    if channels not in (4, 9):
        raise ModelError(f"{name} is made for something else than filling: pick an inpainting model.")
    if any(key.startswith(_XL) for key in shapes):
        return "sdxl", channels == 9
    width = _side(shapes, _CROSS.format(2), 1) or _side(shapes, _CROSS.format(1), 1)
    if width in (768, 1024):
        return ("sd-1-5" if width == 768 else "sd-2"), channels == 9
    raise ModelError(f"{name} is a part of Stable Diffusion that cannot work alone: pick the base model.")


def _side(shapes: Shapes, key: str, axis: int) -> int:
    shape = shapes.get(key, ())
    return shape[axis] if axis < len(shape) else 0
