"""Strength below 1 and grey masks, for pipelines that know neither: differential diffusion through the step callback.

Both are one thing (Levin & Fried 2023, "Differential Diffusion: Giving Each Pixel Its Strength"): a cell that may
change by the share c of the whole is held to the original, noised as the step demands, until the last c of the steps.
"""

from __future__ import annotations

from typing import Any

import torch

from inference.engines.diffusion.pictures import Floats

LEAST_STEPS = 4
"""So many steps run, however small the strength."""


def is_plain(mask: Floats, strength: float) -> bool:
    """Whether a pipeline's own 0-or-1 mask says all: nothing must then be changed in its run."""
    return strength == 1 and not bool(((mask > 0) & (mask < 1)).any())


def steps_to_run(steps: int, strength: float) -> int:
    """How many of the last of ``steps`` run: it starts at step round(steps · (1 - strength)), at least four run."""
    return max(min(LEAST_STEPS, steps), steps - round(steps * (1 - strength)))


class SoftMask:
    """How much each cell of the latents may change, 0–1: the most that any of its pixels may.

    ``mask`` is (h, w) float32, 0–1, ``factor`` the pixels along a cell. What is grey everywhere (its greatest value
    below 1) is the same as less strength: ``strength`` is the one to run with, ``firm`` the (h, w) mask of what may
    change from the first step on.
    """

    def __init__(self, mask: Floats, strength: float, factor: int) -> None:
        most = float(mask.max())
        if most <= 0:
            raise ValueError("the mask is empty")
        self.strength = strength * most
        change = mask / most
        self.firm: Floats = (change >= 1).astype("float32")
        self._change = torch.nn.functional.max_pool2d(torch.from_numpy(change)[None, None], factor)

    def keep(self, step: int, steps: int) -> torch.Tensor:
        """(1, 1, h / factor, w / factor) float32: 1 where step ``step`` (from 0) of ``steps`` still holds the cell."""
        return (self._change < 1 - step / steps).float()


class LateStart:
    """Stands in for a scheduler, and begins its schedule at step ``first``, where ``begin`` made the first latents.

    Works with the schedulers of one evaluation a step (DDPM, DDIM, DPM++, LCM). Everything else is the scheduler's own.
    A pipeline that was given latents takes them for pure noise when it noises the original again; here it gets the
    noise that they were made with.
    """

    def __init__(self, scheduler: Any, first: int, noise: torch.Tensor) -> None:
        self._scheduler, self._first, self._noise = scheduler, first, noise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scheduler, name)

    @property
    def timesteps(self) -> torch.Tensor:
        steps: torch.Tensor = self._scheduler.timesteps[self._first :]
        return steps

    def set_timesteps(self, *arguments: Any, **named: Any) -> None:
        self._scheduler.set_timesteps(*arguments, **named)
        if hasattr(self._scheduler, "set_begin_index"):
            self._scheduler.set_begin_index(self._first)

    def add_noise(self, original: torch.Tensor, noise: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
        noised: torch.Tensor = self._scheduler.add_noise(original, self._noise, timesteps)
        return noised

    def begin(self, original: torch.Tensor, steps: int) -> torch.Tensor:
        """The latents to begin with: ``original`` with as much noise as it has at step ``first`` of ``steps``."""
        self.set_timesteps(steps, device=original.device)
        return self.add_noise(original, self._noise, self.timesteps[:1])
