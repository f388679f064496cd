"""One run of a pipeline: arguments and a seed in, pixels out; softness and progress through its step callback."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from diffusers.utils.torch_utils import randn_tensor

from inference.engines.diffusion.arguments import checked
from inference.engines.diffusion.latents import as_grid, as_packed, encoded
from inference.engines.diffusion.meter import Meter
from inference.engines.diffusion.preview import Preview
from inference.engines.diffusion.soft_mask import SoftMask
from inference.request import Array8, FillError

Change = Callable[[Any, int, torch.Tensor], torch.Tensor]
"""Given the pipeline, the index of the step that is done, and the latents as a grid, gives other latents."""


def paint(
    pipeline: Any,
    arguments: dict[str, Any],
    seed: int,
    meter: Meter,
    preview: Preview,
    change: Change | None = None,
) -> Array8:
    """(h, w, 3) uint8. Without ``change`` it is the pipeline's own run, bit for bit.

    ``seed`` makes the same picture on every device, for the noise is drawn on the processor.
    """
    cells = [arguments[side] // pipeline.vae_scale_factor for side in ("height", "width")]

    def stepped(running: Any, index: int, _time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        latents = tensors["latents"]
        grid = as_grid(latents, *cells)
        meter.paint(running.num_timesteps, lambda: preview(grid))
        if change is None:
            return {}
        changed = change(running, index, grid)
        return {"latents": changed if latents.ndim == 4 else as_packed(changed)}

    values = pipeline(
        **checked(
            pipeline,
            {
                **arguments,
                "generator": torch.Generator("cpu").manual_seed(seed),
                "callback_on_step_end": stepped,
                "callback_on_step_end_tensor_inputs": ["latents"],
            },
        )
    ).images[0]
    if not np.isfinite(values).all():
        raise FillError(
            "The model's numbers overflowed and left no picture. Choose another scheduler, or run it on the processor."
        )
    return np.asarray((values * 255).round(), np.uint8)  # as diffusers makes its pictures


class Softly:
    """Frees cell after cell: those that the mask changes little are held to the picture until the last steps."""

    def __init__(self, pipeline: Any, picture: Array8, soft: SoftMask, seed: int) -> None:
        values = torch.from_numpy(picture.transpose(2, 0, 1)[None].astype(np.float32) / 127.5 - 1)
        self._original = encoded(pipeline, values)
        generator = torch.Generator("cpu").manual_seed(seed)
        self._noise = randn_tensor(
            self._original.shape, generator, self._original.device, self._original.dtype
        )
        self._soft = soft

    def __call__(self, pipeline: Any, index: int, latents: torch.Tensor) -> torch.Tensor:
        """The latents after step ``index``: what it held is the original, as noisy as the next step expects it."""
        running = pipeline.num_timesteps
        held = self._original.to(latents)
        if index + 1 < running:
            scheduler = pipeline.scheduler
            following = scheduler.timesteps[index + 1 - running :][:1]
            noise = self._noise.to(latents)
            if hasattr(scheduler, "scale_noise"):
                held = scheduler.scale_noise(held, following, noise)
            else:
                held = scheduler.add_noise(held, noise, following)
        return torch.where(self._soft.keep(index, running).to(latents.device) > 0, held, latents)
