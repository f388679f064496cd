"""Model: a model on this disk, ready to be loaded; a plain value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Source = Literal["download", "folder", "file", "cache"]
"""Downloaded by the program; a folder or a file of the user's own; found in the hub's local cache."""


class ModelError(Exception):
    """What is wrong with a model, in one sentence, and what to do about it."""


class PartMissing(ModelError):
    """It is a part of a model that comes in several: with the path of the others it would be one."""


@dataclass(frozen=True, slots=True)
class Model:
    """``id``: stable ASCII, also the name of its folder in the store. ``family``: an engine's id.

    ``parts``: absolute paths by the role that they play. Kandinsky: "prior", "inpaint" and perhaps "generate", each a
    diffusers folder. Other families: "pipeline" (a diffusers folder) or "checkpoint" (one safetensors file).
    ``parameters``: how many numbers each component holds, as "part/component", for the memory plan.
    ``bytes``: on disk. ``hash``: of the weights, SHA-256 over names, sizes and headers of the weight files.
    ``variant``: "fp16" where the weight files are named so, or "". ``inpaints``: trained for it (9-channel UNet and the
    like), else it repaints by noise and mask.
    """

    id: str
    name: str
    family: str
    parts: dict[str, str]
    parameters: dict[str, int] = field(default_factory=dict)
    bytes: int = 0
    licence: str = ""
    source: Source = "folder"
    origin: str = ""
    variant: str = ""
    hash: str = ""
    inpaints: bool = True

    @property
    def can_generate(self) -> bool:
        """Kandinsky makes pictures from words with a decoder of its own; an inpainting model of others cannot."""
        return "generate" in self.parts if self.family.startswith("kandinsky") else not self.inpaints
