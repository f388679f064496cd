"""EngineInfo: one row of the capability table, which everything that is shown or checked is read from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What an engine (or one family of models that it runs) can do, and in what it must be asked; sizes in pixels.

    ``steps``, ``guidance``, ``prior_steps`` and ``prior_guidance`` are the usual values, None where it has no such
    thing. ``schedulers``: ids of those that may take the place of the model's own. ``start``: it can be told what to
    begin from under the mask; ``start_at_full``: also at full strength, for its model looks under the mask.
    ``soft_mask``: it blends where the mask is grey; otherwise it is given only 0 and 255. ``references``: pictures may
    stand beside the prompt. ``source``: it can be told where to copy from. ``colour_adaptation``: it copies pieces of
    the picture, and can leave their colours as they are. ``generate``: it can make a picture from the prompt alone,
    where the model has the part for it.
    ``multiple``: the working width and height must be multiples of it. ``native``: the side it works best at, or None
    where it works at the picture's own resolution; ``smallest`` and ``largest`` bound the working sides.
    ``least_context``: the shortest side of context it wants to see.
    ``grow``: how far beyond the selection it repaints; ``feather``: the usual softness around the selection.
    ``colour_match``, ``blend`` and ``grain``: how strongly what it paints is usually fitted in, in percent.
    ``pixel_bytes``: memory that one pixel of the working size takes while it runs, in 16-bit precision, model aside.
    """

    id: str
    module: str
    title: str
    summary: str
    needs_model: bool = False
    prompt: bool = False
    negative_prompt: bool = False
    steps: int | None = None
    guidance: float | None = None
    strength: bool = False
    start: bool = False
    start_at_full: bool = False
    soft_mask: bool = False
    schedulers: tuple[str, ...] = ()
    prior_steps: int | None = None
    prior_guidance: float | None = None
    references: bool = False
    source: bool = False
    colour_adaptation: bool = False
    generate: bool = False
    devices: tuple[str, ...] = ("cpu",)
    multiple: int = 1
    native: int | None = None
    smallest: int = 1
    largest: int = 1 << 15
    least_context: int = 512
    grow: int = 4
    feather: int = 12
    colour_match: int = 100
    blend: int = 100
    grain: int = 100
    pixel_bytes: int = 0

    @property
    def refines(self) -> bool:
        """Whether what is larger than it works at can be gone over in parts, at full size."""
        return self.strength and self.native is not None
