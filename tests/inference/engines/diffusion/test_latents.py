"""Latents: packing as the pipelines pack, encoding as they encode."""

from __future__ import annotations

import diffusers
import pytest
import torch

from inference.engines.diffusion.latents import as_grid, as_packed


def test_packing_is_the_pipelines_own() -> None:
    grid = torch.randn(2, 16, 6, 10)
    packed = as_packed(grid)
    for pipeline in (diffusers.FluxFillPipeline, diffusers.QwenImageInpaintPipeline):
        assert torch.equal(packed, pipeline._pack_latents(grid, 2, 16, 6, 10))
    assert torch.equal(
        as_grid(packed, 6, 10), diffusers.FluxFillPipeline._unpack_latents(packed, 48, 80, vae_scale_factor=8)
    )


@pytest.mark.parametrize("shape", [(1, 4, 2, 2), (3, 16, 8, 2)])
def test_a_grid_comes_back(shape: tuple[int, int, int, int]) -> None:
    grid = torch.randn(shape)
    assert torch.equal(as_grid(as_packed(grid), *shape[2:]), grid)
    assert as_grid(grid, *shape[2:]) is grid
