"""Programs: the steps by which layers are composited, and what each step is given of a tile."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from editor.raster.blend_modes import MODES

Float32 = npt.NDArray[np.float32]
Pixels = npt.NDArray[Any]

STRIP = 1024
"""Pixels that are worked through at a time; rows that are asked for are rounded to whole strips."""

OPAQUE, EMPTY = 1, 2
"""States of a strip; 0 is neither."""

NOWHERE: Pixels = np.zeros((1, 1), np.uint8)
"""In place of a mask that hides everything."""


class Kind(IntEnum):
    """What a step does.

    BLEND puts pixels over the picture so far, OVER ``planes`` that were made before. PUSH begins a picture of its own,
    POP blends that onto the former one. COPY begins one with what is there so far, LERP goes from the former to it, by
    opacity and mask.
    """

    BLEND, OVER, PUSH, POP, COPY, LERP = range(6)


class Output(IntEnum):
    """What is made: straight RGBA; premultiplied BGRA, as the screen wants it; or the float32 planes themselves."""

    RGBA8, RGBA16, BGRA8, PLANES = range(4)


class Step(NamedTuple):
    """``clipped``: what is there so far keeps its alpha."""

    kind: Kind
    mode: str = "normal"
    opacity: float = 1.0
    clipped: bool = False


class Planes(NamedTuple):
    """A picture so far: (4, h, w) float32, and each strip's state."""

    values: Float32
    states: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, height: int, width: int) -> Planes:
        """With nothing written yet."""
        strips = -(-height * width // STRIP)
        return cls(np.empty((4, height, width), np.float32), np.empty(strips, np.uint8))


class Input(NamedTuple):
    """Of one step and tile: ``pixels`` (h, w, 4) uint8 or uint16 straight RGBA, None where there are none; ``mask``
    (h, w) of the same type, None where nothing is masked, NOWHERE where everything is; ``planes`` of OVER."""

    pixels: Pixels | None = None
    mask: Pixels | None = None
    planes: Planes | None = None


@dataclass(frozen=True)
class Program:
    """Steps, bottom first. A PUSH or COPY is followed by its POP or LERP."""

    steps: tuple[Step, ...]

    @cached_property
    def numbers(self) -> npt.NDArray[np.int64]:
        """(n, 3): kind, the mode's number, whether it is clipped."""
        order = {mode: number for number, mode in enumerate(MODES)}
        rows = [(step.kind, order[step.mode], step.clipped) for step in self.steps]
        return np.array(rows, np.int64).reshape(-1, 3)

    @cached_property
    def opacities(self) -> Float32:
        """(n, 1)."""
        return np.array([step.opacity for step in self.steps], np.float32).reshape(-1, 1)
