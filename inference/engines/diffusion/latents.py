"""What the families' latents have in common: pixels to latents, and packed ones to a grid and back."""

from __future__ import annotations

from typing import Any

import torch


@torch.no_grad()
def encoded(pipeline: Any, picture: torch.Tensor) -> torch.Tensor:
    """(1, channels, h / 8, w / 8), scaled as in the steps: ``picture``, (1, 3, h, w) float32 in -1–1, encoded.

    The mean of what the autoencoder gives, so that it is the same each time.
    """
    vae = pipeline.vae
    own = vae.dtype
    # SDXL's autoencoder leaves the range of fp16; its pipeline does the same with it.
    upcast = own == torch.float16 and hasattr(pipeline, "upcast_vae") and vae.config.force_upcast
    if upcast:
        vae.to(torch.float32)
    values = picture.to(pipeline._execution_device, vae.dtype)
    if _is_video(vae):
        mean = torch.tensor(vae.config.latents_mean).view(1, -1, 1, 1).to(values)
        deviation = torch.tensor(vae.config.latents_std).view(1, -1, 1, 1).to(values)
        latents = (vae.encode(values[:, :, None]).latent_dist.mode()[:, :, 0] - mean) / deviation
    else:
        shift = getattr(vae.config, "shift_factor", None) or 0.0
        latents = (vae.encode(values).latent_dist.mode() - shift) * vae.config.scaling_factor
    if upcast:
        vae.to(own)
        latents = latents.to(own)
    result: torch.Tensor = latents
    return result


def as_grid(latents: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """(n, channels, height, width) in cells: itself, or unpacked from (n, height / 2 · width / 2, 4 · channels)."""
    if latents.ndim == 4:
        return latents
    count = len(latents)
    tokens = latents.reshape(count, height // 2, width // 2, -1, 2, 2)
    return tokens.permute(0, 3, 1, 4, 2, 5).reshape(count, -1, height, width)


def as_packed(grid: torch.Tensor) -> torch.Tensor:
    """The inverse: two by two cells in one token, as FLUX and Qwen-Image have them."""
    count, channels, height, width = grid.shape
    cells = grid.reshape(count, channels, height // 2, 2, width // 2, 2)
    return cells.permute(0, 2, 4, 1, 3, 5).reshape(count, height * width // 4, channels * 4)


def _is_video(vae: Any) -> bool:
    """Qwen-Image's autoencoder is one for films, of which a picture is the first frame."""
    return "z_dim" in vae.config
