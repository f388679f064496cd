"""SaveOptions: how a picture is to be written, where its format leaves a choice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Subsampling = Literal["4:4:4", "4:2:2", "4:2:0"]
SUBSAMPLINGS: tuple[Subsampling, ...] = ("4:4:4", "4:2:2", "4:2:0")

OptionId = Literal["quality", "subsampling", "lossless", "recipes"]
"""The names of the attributes of ``SaveOptions``."""


@dataclass(frozen=True)
class SaveOptions:
    """``quality`` is 1–100, of what is not lossless; ``subsampling``, the resolution of colours beside that of
    brightness; ``lossless`` counts where a format can be either; ``recipes`` go along with the picture."""

    quality: int = 95
    subsampling: Subsampling = "4:4:4"
    lossless: bool = True
    recipes: bool = False


DEFAULT_OPTIONS = SaveOptions()
