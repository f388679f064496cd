"""What can be chosen of a fill by a word: read by the command line, which must not wait for NumPy."""

from __future__ import annotations

from typing import Literal

StartFrom = Literal["auto", "picture", "content-aware", "surroundings", "border", "neutral", "noise"]
"""What a model begins from where it repaints: what suits the task, what is there, a content-aware fill of it, the
surroundings spread smoothly, the border drawn out, grey, or noise."""

RefineChoice = Literal["auto", "on", "off"]
"""Whether what is larger than an engine works at is gone over in parts: where it is much larger, always, never."""

REFINE_CHOICES: tuple[RefineChoice, ...] = ("auto", "on", "off")

START_CHOICES: tuple[StartFrom, ...] = (
    "auto",
    "picture",
    "content-aware",
    "surroundings",
    "border",
    "neutral",
    "noise",
)
