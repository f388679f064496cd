"""Painting: which side of the mask is repainted, what a grey mask holds, and what a pipeline is never given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch

from inference.engines.diffusion.arguments import checked, generating, inpainting
from inference.engines.diffusion.latents import as_grid, encoded
from inference.engines.diffusion.loading import CLASSES
from inference.engines.diffusion.meter import Meter
from inference.engines.diffusion.painting import Softly, paint
from inference.engines.diffusion.preview import Preview
from inference.engines.diffusion.soft_mask import SoftMask
from inference.engines.engine import ENGINES
from inference.request import Array8, FillError, FillRequest
from tests.inference.family_checkpoints import BUILDERS

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

MakeFill = Callable[..., FillRequest]
Folder = Callable[[str], Path]

TRAINED = ("sd-1-5-inpaint", "sd-2-inpaint", "sdxl-inpaint", "flux-fill")
BLENDING = ("sd-1-5", "sdxl", "sd-3", "z-image", "qwen-image")


def loaded(folder: Path, family: str) -> Any:
    pipeline = getattr(diffusers, CLASSES[family]).from_pretrained(folder)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def latents_of(pipeline: Any, arguments: dict[str, Any]) -> torch.Tensor:
    generator = torch.Generator("cpu").manual_seed(1)
    return as_grid(pipeline(**{**arguments, "output_type": "latent"}, generator=generator).images, 8, 8)


@pytest.mark.parametrize("name", BLENDING)
def test_only_what_is_white_in_the_mask_is_repainted(
    name: str, family_request: MakeFill, checkpoint_folder: Folder
) -> None:
    request = family_request(name, steps=2)
    info = ENGINES[request.engine]
    pipeline = loaded(checkpoint_folder(name), info.id)
    picture, mask = request.image[..., :3], (request.mask / 255).astype(np.float32)
    arguments = inpainting(request, info, picture, mask, 1.0)
    hat = latents_of(pipeline, arguments)
    cat = latents_of(pipeline, {**arguments, "prompt": "a cat on a mat"})
    white = torch.from_numpy(mask[::8, ::8] > 0)
    assert torch.equal(hat[..., ~white], cat[..., ~white])
    assert not torch.equal(hat[..., white], cat[..., white])


@pytest.mark.parametrize("name", TRAINED)
def test_a_trained_model_sees_what_is_black_in_the_mask_alone(
    name: str, family_request: MakeFill, checkpoint_folder: Folder
) -> None:
    request = family_request(name, steps=2)
    info = ENGINES[request.engine]
    pipeline = loaded(checkpoint_folder(name), info.id)
    mask = (request.mask / 255).astype(np.float32)

    def painted(picture: Array8) -> torch.Tensor:
        return latents_of(pipeline, {**inpainting(request, info, picture, mask, 1.0), "strength": 1.0})

    picture = request.image[..., :3]
    expected = painted(picture)
    under, around = picture.copy(), picture.copy()
    under[request.mask > 0] = 200
    around[request.mask == 0] = 200
    assert torch.equal(painted(under), expected)
    assert not torch.equal(painted(around), expected)


@pytest.mark.parametrize("name", ["sd-1-5", "sdxl-inpaint", "flux-fill", "z-image", "qwen-image"])
def test_grey_cells_are_held_to_the_picture_until_their_share_of_the_steps(
    name: str, family_request: MakeFill, checkpoint_folder: Folder
) -> None:
    steps = 8
    request = family_request(name, steps=steps, scheduler=None)
    info = ENGINES[request.engine]
    pipeline = loaded(checkpoint_folder(name), info.id)
    picture = request.image[..., :3]
    mask = np.zeros((64, 64), np.float32)
    mask[:32, :32], mask[32:, :32], mask[:32, 32:] = 1.0, 0.5, 0.01
    soft = SoftMask(mask, 1.0, 8)
    softly = Softly(pipeline, picture, soft, 1)
    seen: list[tuple[int, torch.Tensor, torch.Tensor]] = []

    def change(running: Any, index: int, latents: torch.Tensor) -> torch.Tensor:
        changed = softly(running, index, latents)
        seen.append((running.num_timesteps, latents, changed))
        return changed

    meter = Meter(lambda *_arguments: None, 0, 1)
    meter.candidate()
    preview = Preview(np.zeros((pipeline.vae.config.get("latent_channels", 16) + 1, 3), np.float32))
    arguments = inpainting(request, info, picture, mask, soft.strength)
    rgb = paint(pipeline, arguments, 1, meter, preview, change)
    assert rgb.shape == (64, 64, 3)
    values = torch.from_numpy(picture.transpose(2, 0, 1)[None].astype(np.float32) / 127.5 - 1)
    original = encoded(pipeline, values)
    for index, (running, before, after) in enumerate(seen):
        assert torch.equal(after[..., :4, :4], before[..., :4, :4])
        freed = torch.equal(after[..., 4:, :4], before[..., 4:, :4])
        assert freed == (1 - index / running <= 0.5)
        assert not torch.equal(after[..., :4, 4:], before[..., :4, 4:])
    assert torch.equal(seen[-1][2][..., :4, 4:], original[..., :4, 4:])
    # What is held comes nearer to the picture with each step.
    distances = [(after - original)[..., :4, 4:].abs().mean().item() for _, _, after in seen]
    assert distances == sorted(distances, reverse=True) and distances[-1] == 0 < distances[-2]


@pytest.mark.parametrize("name", BUILDERS)
def test_nothing_is_passed_that_a_pipeline_does_not_know(name: str, family_request: MakeFill) -> None:
    request = family_request(name)
    info = ENGINES[request.engine]
    mask = (request.mask / 255).astype(np.float32)
    pipeline = object.__new__(getattr(diffusers, CLASSES[info.id]))
    arguments = inpainting(request, info, request.image[..., :3], mask, 0.5)
    assert checked(pipeline, arguments) is arguments
    if not info.negative_prompt:
        assert "negative_prompt" not in arguments
    if info.generate:
        assert "strength" not in generating(request, info)
    with pytest.raises(FillError, match="padding"):
        checked(pipeline, {**arguments, "padding": 32})
    with pytest.raises(FillError, match="kwargs"):
        checked(pipeline, {**arguments, "kwargs": {}})
