"""One run of a decoder: a picture, a mask and an embedding in; pixels out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from diffusers.utils.torch_utils import randn_tensor

from inference.engines.diffusion.pictures import Floats
from inference.engines.diffusion.soft_mask import LateStart, SoftMask, is_plain, steps_to_run
from inference.engines.kandinsky.embeddings import Embeddings
from inference.engines.kandinsky.latent_mask import quick_masks
from inference.request import Array8, FillError

Step = Callable[[torch.Tensor], None]
"""Told of each step, with the latents (1, 4, h / 8, w / 8); may raise to stop it."""


@dataclass(frozen=True, slots=True)
class Run:
    """How to paint: ``seed`` makes the same picture on every device, for the noise is drawn on the processor."""

    embeddings: Embeddings
    steps: int
    guidance: float
    seed: int
    step: Step


def steps_of(steps: int, mask: Floats, strength: float) -> int:
    """How many of ``steps`` run for a mask (h, w), 0–1, and a strength."""
    return steps_to_run(steps, strength * float(mask.max()))


def generate(pipeline: Any, size: tuple[int, int], run: Run) -> Array8:
    """(h, w, 3) uint8 of ``size`` (width, height), from the embedding alone."""
    return _painted(pipeline, size, run, {"generator": _generator(run)}, _telling(run))


def inpaint(pipeline: Any, picture: Array8, mask: Floats, strength: float, run: Run) -> Array8:
    """(h, w, 3) uint8: ``picture``, of that shape, repainted where ``mask`` (h, w), 0–1, is 1.

    A mask of 0 and 1 at strength 1 is the pipeline's own run, bit for bit. Otherwise the steps before the strength are
    left out: the run begins with the picture, noised as much as it is at that step, and what is grey in the mask joins
    when the steps that are left are its share.
    """
    size = (picture.shape[1], picture.shape[0])
    generator = _generator(run)
    with quick_masks():
        if is_plain(mask, strength):
            arguments = {"image": picture, "mask_image": mask, "generator": generator}
            return _painted(pipeline, size, run, arguments, _telling(run))
        soft = SoftMask(mask, strength, pipeline.movq_scale_factor)
        original = _encoded(pipeline, picture)
        noise = randn_tensor(original.shape, generator, original.device, original.dtype)
        running = steps_to_run(run.steps, soft.strength)
        own = pipeline.scheduler
        pipeline.scheduler = start = LateStart(own, run.steps - running, noise)
        try:
            arguments = {"image": picture, "mask_image": soft.firm, "generator": generator}
            arguments["latents"] = start.begin(original, run.steps)
            arguments["callback_on_step_end_tensor_inputs"] = ["latents", "mask_image", "masked_image"]
            return _painted(pipeline, size, run, arguments, _Softly(run, soft, original, running))
        finally:
            pipeline.scheduler = own


class _Softly:
    """The step callback that frees cell after cell."""

    def __init__(self, run: Run, soft: SoftMask, original: torch.Tensor, running: int) -> None:
        self._run, self._soft, self._original, self._running = run, soft, original, running

    def __call__(self, _pipeline: Any, index: int, _time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        self._run.step(tensors["latents"])
        if index + 1 == self._running:
            return {}  # what is held at the end is what the last step held
        held = tensors["mask_image"]
        keep = torch.minimum(held, self._soft.keep(index + 1, self._running).to(held))
        return {"mask_image": keep, "masked_image": self._original * keep}


def _telling(run: Run) -> Callable[..., dict[str, Any]]:
    def stepped(_pipeline: Any, _index: int, _time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        run.step(tensors["latents"])
        return {}  # nothing is changed

    return stepped


def _painted(
    pipeline: Any, size: tuple[int, int], run: Run, arguments: dict[str, Any], callback: Callable[..., Any]
) -> Array8:
    device, dtype = pipeline._execution_device, pipeline.unet.dtype
    values = pipeline(
        image_embeds=run.embeddings.positive.to(device, dtype),
        negative_image_embeds=run.embeddings.negative.to(device, dtype),
        width=size[0],
        height=size[1],
        num_inference_steps=run.steps,
        guidance_scale=run.guidance,
        output_type="np",
        callback_on_step_end=callback,
        **arguments,
    ).images[0]
    if not np.isfinite(values).all():
        raise FillError(
            "The model's numbers overflowed and left no picture. Choose another scheduler, or run it on the processor."
        )
    return np.asarray((values * 255).round(), np.uint8)  # as diffusers makes its pictures


@torch.no_grad()
def _encoded(pipeline: Any, picture: Array8) -> torch.Tensor:
    """(1, 4, h / 8, w / 8): the picture's latents, made as the pipeline makes them."""
    values = torch.from_numpy(picture.transpose(2, 0, 1)[None]).to(torch.float32) / 127.5 - 1.0
    latents: torch.Tensor = pipeline.movq.encode(
        values.to(device=pipeline._execution_device, dtype=pipeline.unet.dtype)
    )["latents"]
    return latents


def _generator(run: Run) -> torch.Generator:
    return torch.Generator("cpu").manual_seed(run.seed)
