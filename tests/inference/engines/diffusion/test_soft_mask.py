"""Strength and grey masks as steps: when each cell is freed, and where a shortened schedule begins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler, LCMScheduler

from inference.engines.diffusion.soft_mask import LateStart, SoftMask, is_plain, steps_to_run

SCHEDULERS = [DDPMScheduler, DDIMScheduler, DPMSolverMultistepScheduler, LCMScheduler]

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")


def test_plain_is_a_hard_mask_at_full_strength() -> None:
    mask = np.zeros((8, 8), np.float32)
    mask[2:4] = 1
    assert is_plain(mask, 1.0)
    assert not is_plain(mask, 0.99)
    mask[5] = 0.5
    assert not is_plain(mask, 1.0)


@pytest.mark.parametrize(
    ("steps", "strength", "running"),
    [(50, 1.0, 50), (50, 0.5, 25), (50, 0.3, 15), (50, 0.001, 4), (10, 0.4, 4), (3, 0.1, 3), (1, 0.5, 1)],
)
def test_the_steps_that_run(steps: int, strength: float, running: int) -> None:
    assert steps_to_run(steps, strength) == running


def test_a_cell_is_held_until_its_share_of_the_steps() -> None:
    mask = np.zeros((8, 32), np.float32)
    mask[:, 8:16], mask[:, 16:24], mask[3, 25] = 0.25, 0.5, 1
    soft = SoftMask(mask, 1.0, 8)
    free_from = [
        next((step for step in range(8) if soft.keep(step, 8)[0, 0, 0, cell] == 0), None) for cell in range(4)
    ]
    assert free_from == [None, 6, 4, 0]
    assert soft.strength == 1
    assert np.array_equal(soft.firm, (mask == 1).astype(np.float32))


def test_what_is_grey_everywhere_is_less_strength() -> None:
    mask = np.full((8, 8), 0.5, np.float32)
    soft = SoftMask(mask, 0.6, 8)
    assert soft.strength == pytest.approx(0.3)
    assert (soft.firm == 1).all()
    assert soft.keep(0, 10).sum() == 0


def test_an_empty_mask_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        SoftMask(np.zeros((8, 8), np.float32), 1.0, 8)


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_a_late_start_has_the_last_of_the_schedule(kind: Any) -> None:
    whole = kind()
    whole.set_timesteps(20)
    noise = torch.randn(1, 4, 4, 4)
    late = LateStart(kind(), 14, noise)
    original = torch.randn(1, 4, 4, 4)
    begun = late.begin(original, 20)
    assert torch.equal(late.timesteps, whole.timesteps[14:])
    alpha = whole.alphas_cumprod[int(whole.timesteps[14])]
    expected = alpha.sqrt() * original + (1 - alpha).sqrt() * noise
    assert torch.allclose(begun, expected, atol=1e-3)


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_steps_that_know_the_noise_lead_back_to_the_picture(kind: Any) -> None:
    """With the true noise as the model's answer, each step ends where the pipeline's noised original is."""
    generator = torch.Generator().manual_seed(2)
    own = kind(clip_sample=False) if kind in (DDPMScheduler, DDIMScheduler) else kind()
    original, noise = (
        torch.randn(1, 4, 8, 8, generator=generator),
        torch.randn(1, 4, 8, 8, generator=generator),
    )
    late = LateStart(own, 12, noise)
    latents = late.begin(original, 20)
    late.set_timesteps(20)
    cumulative = own.alphas_cumprod
    for time in late.timesteps:
        alpha = cumulative[int(time)]
        truth = (latents - alpha.sqrt() * original) / (1 - alpha).sqrt()
        latents = late.step(truth, time, latents, generator=generator)[0]
    assert (latents - original).abs().mean() < 0.1


def test_the_original_gets_the_noise_that_it_began_with() -> None:
    noise = torch.randn(1, 4, 4, 4)
    late = LateStart(DDPMScheduler(), 5, noise)
    original = torch.randn(1, 4, 4, 4)
    begun = late.begin(original, 10)
    again = late.add_noise(original, begun, late.timesteps[:1])
    assert torch.equal(begun, again)
    assert late.config.num_train_timesteps == 1000  # everything else is the scheduler's own
