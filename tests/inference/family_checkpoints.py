"""Small checkpoints with random weights, one function a family, in the layouts that the real ones have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderKLQwenImage,
    DDIMScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxFillPipeline,
    FluxTransformer2DModel,
    PNDMScheduler,
    QwenImagePipeline,
    QwenImageTransformer2DModel,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLInpaintPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
    ZImagePipeline,
    ZImageTransformer2DModel,
)
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2Tokenizer,
    Qwen3Config,
    Qwen3Model,
    T5Config,
    T5EncoderModel,
    T5TokenizerFast,
)

from inference.models.identify import identify
from inference.models.model import Model
from inference.models.store import ModelStore
from inference.runtime.small_model import WIDTH, build_tokenizer


def sd_1_5_inpaint(folder: Path) -> Any:
    return StableDiffusionInpaintPipeline(**_stable_diffusion(folder, 9, PNDMScheduler), **_NO_CHECKER)


def sd_1_5(folder: Path) -> Any:
    return StableDiffusionPipeline(**_stable_diffusion(folder, 4, PNDMScheduler), **_NO_CHECKER)


def sd_2_inpaint(folder: Path) -> Any:
    """Its text is 1024 wide, which tells it from 1.5."""
    parts = _stable_diffusion(folder, 9, DDIMScheduler, width=1024)
    return StableDiffusionInpaintPipeline(**parts, **_NO_CHECKER)


def sdxl_inpaint(folder: Path) -> Any:
    return StableDiffusionXLInpaintPipeline(**_sdxl(folder, 9))


def sdxl(folder: Path) -> Any:
    return StableDiffusionXLPipeline(**_sdxl(folder, 4))


def sd_3(folder: Path) -> Any:
    transformer = SD3Transformer2DModel(
        sample_size=32,
        patch_size=2,
        in_channels=16,
        num_layers=1,
        attention_head_dim=8,
        num_attention_heads=4,
        caption_projection_dim=32,
        joint_attention_dim=32,
        pooled_projection_dim=64,
        out_channels=16,
    )
    return StableDiffusion3Pipeline(
        transformer=transformer,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=_vae(16),
        text_encoder=CLIPTextModelWithProjection(_clip()).eval(),
        tokenizer=build_tokenizer(folder / "a"),
        text_encoder_2=CLIPTextModelWithProjection(_clip()).eval(),
        tokenizer_2=build_tokenizer(folder / "b"),
        text_encoder_3=_t5(),
        tokenizer_3=_t5_tokenizer(),
    )


def flux_fill(folder: Path) -> Any:
    transformer = FluxTransformer2DModel(
        patch_size=1,
        in_channels=384,
        out_channels=64,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=32,
        axes_dims_rope=(4, 4, 8),
        guidance_embeds=True,
    )
    return FluxFillPipeline(
        transformer=transformer,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
        vae=_vae(16),
        text_encoder=CLIPTextModel(_clip()).eval(),
        tokenizer=build_tokenizer(folder / "a"),
        text_encoder_2=_t5(),
        tokenizer_2=_t5_tokenizer(),
    )


def z_image(folder: Path) -> Any:
    transformer = ZImageTransformer2DModel(
        all_patch_size=(2,),
        all_f_patch_size=(1,),
        in_channels=16,
        dim=32,
        n_layers=2,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        cap_feat_dim=16,
        axes_dims=[8, 4, 4],
        axes_lens=[256, 64, 64],
    )
    text = Qwen3Config(
        vocab_size=600,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=8,
    )
    return ZImagePipeline(
        transformer=transformer,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=_vae(16),
        text_encoder=Qwen3Model(text).eval(),
        tokenizer=_qwen_tokenizer(),
    )


def qwen_image(folder: Path) -> Any:
    transformer = QwenImageTransformer2DModel(
        patch_size=2,
        in_channels=64,
        out_channels=16,
        num_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=16,
        guidance_embeds=False,
        axes_dims_rope=(8, 4, 4),
    )
    text = Qwen2_5_VLConfig(
        text_config={
            "vocab_size": 600,
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "bos_token_id": 256,
            "eos_token_id": 258,
            "rope_scaling": {"mrope_section": [1, 1, 2], "rope_type": "default", "type": "default"},
            "rope_theta": 1000000.0,
        },
        vision_config={
            "depth": 1,
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_heads": 2,
            "out_hidden_size": 16,
        },
    )
    return QwenImagePipeline(
        transformer=transformer,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=1.0, use_dynamic_shifting=True),
        vae=AutoencoderKLQwenImage(
            base_dim=8,
            z_dim=16,
            dim_mult=[1, 1, 1, 1],
            num_res_blocks=1,
            temperal_downsample=[False, True, True],
            latents_mean=[0.1] * 16,
            latents_std=[1.5] * 16,
        ),
        text_encoder=Qwen2_5_VLForConditionalGeneration(text).eval(),
        tokenizer=_qwen_tokenizer(),
    )


BUILDERS: dict[str, Callable[[Path], Any]] = {
    "sd-1-5-inpaint": sd_1_5_inpaint,
    "sd-1-5": sd_1_5,
    "sd-2-inpaint": sd_2_inpaint,
    "sdxl-inpaint": sdxl_inpaint,
    "sdxl": sdxl,
    "sd-3": sd_3,
    "flux-fill": flux_fill,
    "z-image": z_image,
    "qwen-image": qwen_image,
}


def build(name: str, folder: Path) -> Path:
    """The small checkpoint of that name as a diffusers folder below ``folder``."""
    torch.manual_seed(0)
    BUILDERS[name](folder / "tokenizers").save_pretrained(str(folder / name))
    return folder / name


def record(folder: Path, **fields: Any) -> Model:
    """A diffusers folder as a model of the program's store, as its own identification sees it."""
    model = replace(identify(folder), **fields)
    ModelStore().write(model)
    return model


_NO_CHECKER: dict[str, Any] = {
    "safety_checker": None,
    "feature_extractor": None,
    "requires_safety_checker": False,
}


def _stable_diffusion(folder: Path, channels: int, scheduler: Any, width: int = WIDTH) -> dict[str, Any]:
    return {
        "vae": _vae(4),
        "text_encoder": CLIPTextModel(_clip(width)).eval(),
        "tokenizer": build_tokenizer(folder / "a"),
        "unet": _unet(channels, cross_attention_dim=width),
        "scheduler": _own_scheduler(scheduler),
    }


def _sdxl(folder: Path, channels: int) -> dict[str, Any]:
    return {
        "vae": _vae(4),
        "text_encoder": CLIPTextModel(_clip()).eval(),
        "text_encoder_2": CLIPTextModelWithProjection(_clip()).eval(),
        "tokenizer": build_tokenizer(folder / "a"),
        "tokenizer_2": build_tokenizer(folder / "b"),
        "unet": _unet(
            channels,
            cross_attention_dim=2 * WIDTH,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            transformer_layers_per_block=(1, 1),
            projection_class_embeddings_input_dim=6 * 8 + WIDTH,
        ),
        "scheduler": _own_scheduler(EulerDiscreteScheduler),
        "add_watermarker": False,
    }


def _own_scheduler(kind: Any) -> Any:
    options = {"clip_sample": False, "set_alpha_to_one": False} if kind is DDIMScheduler else {}
    if kind is PNDMScheduler:
        options = {"skip_prk_steps": True}
    return kind(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        steps_offset=1,
        **options,
    )


def _unet(channels: int, **options: Any) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=16,
        in_channels=channels,
        out_channels=4,
        block_out_channels=(32, 32),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=4,
        norm_num_groups=8,
        **options,
    )


def _vae(channels: int) -> AutoencoderKL:
    """Four levels give the real factor of 8."""
    return AutoencoderKL(
        block_out_channels=(8, 8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        norm_num_groups=4,
        latent_channels=channels,
        sample_size=128,
        scaling_factor=0.18215 if channels == 4 else 0.3611,
        shift_factor=None if channels == 4 else 0.1159,
        use_quant_conv=channels == 4,
        use_post_quant_conv=channels == 4,
    )


def _clip(width: int = WIDTH) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=514,
        hidden_size=width,
        intermediate_size=37,
        num_hidden_layers=2,
        num_attention_heads=4,
        projection_dim=WIDTH,
        bos_token_id=512,
        eos_token_id=513,
        pad_token_id=513,
    )


def _t5() -> T5EncoderModel:
    config = T5Config(vocab_size=300, d_model=32, d_kv=8, d_ff=37, num_layers=1, num_heads=4)
    return T5EncoderModel(config).eval()


def _t5_tokenizer() -> T5TokenizerFast:
    letters = [("▁", -2.0), *((chr(code), -3.0) for code in range(33, 127))]
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", -10.0), *letters]
    return T5TokenizerFast(vocab=pieces, extra_ids=0, model_max_length=512)


def _qwen_tokenizer() -> Qwen2Tokenizer:
    """Every byte is a token; the template is what a chat with these models is wrapped in."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(byte) for byte in printable] + [chr(256 + i) for i in range(256 - len(printable))]
    tokens = {token: i for i, token in enumerate([*letters, "<|endoftext|>", "<|im_start|>", "<|im_end|>"])}
    tokenizer = Qwen2Tokenizer(vocab=tokens, merges=[], model_max_length=4096)
    tokenizer.chat_template = (
        "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
        "<|im_start|>assistant\n"
    )
    return tokenizer
