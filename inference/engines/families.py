"""The families of models that the diffusion engines know, one row each. Read from their model cards and pipelines."""

from __future__ import annotations

from dataclasses import replace

from inference.engines.info import EngineInfo

KANDINSKY = EngineInfo(
    id="kandinsky-2-2",
    module="inference.engines.kandinsky",
    title="Kandinsky 2.2",
    summary="Paints what the prompt says. Takes pictures beside the words.",
    needs_model=True,
    prompt=True,
    negative_prompt=True,
    steps=50,
    guidance=4.0,
    strength=True,
    start=True,
    start_at_full=True,
    soft_mask=True,
    schedulers=("ddim", "dpm++2m", "dpm++2m-karras", "dpm++2m-sde", "lcm"),
    prior_steps=25,
    prior_guidance=4.0,
    references=True,
    generate=True,
    devices=("cuda", "mps", "cpu"),
    multiple=64,
    native=768,
    smallest=512,
    largest=1024,
    pixel_bytes=3000,
)

# ``start_at_full`` of those that encode the whole picture before they hide the hole. Inpainting checkpoints of Stable
# Diffusion 1.5 and 2, and FLUX.1 Fill, are shown grey in its place.

_UNET_SCHEDULERS = (
    "euler",
    "euler-a",
    "ddim",
    "dpm++2m",
    "dpm++2m-karras",
    "dpm++2m-sde",
    "unipc",
    "lcm",
)

_DIFFUSERS = EngineInfo(
    id="",
    module="inference.engines.diffusers_auto",
    title="",
    summary="Paints what the prompt says.",
    needs_model=True,
    prompt=True,
    negative_prompt=True,
    steps=50,
    guidance=7.5,
    strength=True,
    start=True,
    soft_mask=True,
    generate=True,
    devices=("cuda", "mps", "cpu"),
    multiple=8,
    native=512,
    smallest=256,
    largest=1024,
    pixel_bytes=3000,
)

_LARGE = replace(_DIFFUSERS, multiple=16, native=1024, smallest=512, largest=1536)
"""Models of transformers, which see two by two cells of latents as one."""

FAMILIES: tuple[EngineInfo, ...] = (
    KANDINSKY,
    replace(_DIFFUSERS, id="sd-1-5", title="Stable Diffusion 1.5", schedulers=_UNET_SCHEDULERS),
    replace(_DIFFUSERS, id="sd-2", title="Stable Diffusion 2", schedulers=_UNET_SCHEDULERS),
    replace(
        _DIFFUSERS,
        id="sdxl",
        title="Stable Diffusion XL",
        steps=30,
        start_at_full=True,
        schedulers=_UNET_SCHEDULERS,
        native=1024,
        smallest=512,
        largest=1536,
        pixel_bytes=6000,  # its autoencoder works in 32 bits
    ),
    replace(_LARGE, id="sd-3", title="Stable Diffusion 3", steps=28, guidance=7.0, start_at_full=True),
    replace(
        _LARGE,
        id="flux-fill",
        title="FLUX.1 Fill",
        negative_prompt=False,
        guidance=30.0,
        generate=False,
    ),
    replace(
        _LARGE,
        id="z-image",
        title="Z-Image",
        start_at_full=True,
        steps=8,  # the usual values of its Turbo
        guidance=0.0,
    ),
    replace(
        _LARGE,
        id="qwen-image",
        title="Qwen-Image",
        start_at_full=True,
        guidance=4.0,
        native=1328,
        largest=1792,
        pixel_bytes=4000,  # an autoencoder for films
    ),
)

PIPELINES: dict[str, str] = {
    "KandinskyV22PriorPipeline": "kandinsky-2-2",
    "KandinskyV22PriorEmb2EmbPipeline": "kandinsky-2-2",
    "KandinskyV22InpaintPipeline": "kandinsky-2-2",
    "KandinskyV22Pipeline": "kandinsky-2-2",
    "StableDiffusionPipeline": "sd-1-5",
    "StableDiffusionInpaintPipeline": "sd-1-5",
    "StableDiffusionXLPipeline": "sdxl",
    "StableDiffusionXLInpaintPipeline": "sdxl",
    "StableDiffusion3Pipeline": "sd-3",
    "StableDiffusion3InpaintPipeline": "sd-3",
    "FluxFillPipeline": "flux-fill",
    "ZImagePipeline": "z-image",
    "ZImageInpaintPipeline": "z-image",
    "QwenImagePipeline": "qwen-image",
    "QwenImageInpaintPipeline": "qwen-image",
}
"""The family by the class of pipeline that a model's ``model_index.json`` names. Stable Diffusion 2 has the classes of
1.5 and is told from it by the width of its text encoder."""
