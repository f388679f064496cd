"""What an engine is: a capability table that the interface reads, and one function that fills.

To add an engine: write a module with a function of the type ``Fill``, add a row to ``ENGINES``, and mention nothing
else anywhere. The table imports no engine; the host does, by ``EngineInfo.module``, when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from inference.request import FillCandidate, FillRequest


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What an engine can do, and in what it must be asked; sizes in pixels.

    ``multiple``: the working width and height must be multiples of it. ``native``: the side it works best at, or None
    where it works at the picture's own resolution; ``smallest`` and ``largest`` bound the working sides.
    ``least_context``: the shortest side of context it wants to see.
    ``grow``: how far beyond the selection it repaints; ``feather``: the usual softness around the selection.
    """

    id: str
    module: str
    title: str
    summary: str
    needs_model: bool = False
    prompt: bool = False
    negative_prompt: bool = False
    steps: bool = False
    guidance: bool = False
    devices: tuple[str, ...] = ("cpu",)
    multiple: int = 1
    native: int | None = None
    smallest: int = 1
    largest: int = 1 << 15
    least_context: int = 512
    grow: int = 4
    feather: int = 12


class Reporter(Protocol):
    """Given to an engine; a call raises ``FillCancelled`` once the request has been cancelled."""

    def __call__(self, stage: str, fraction: float, step: int = 0, steps: int = 0) -> None: ...


Fill = Callable[[FillRequest, Reporter], Iterator[FillCandidate]]
"""Yields candidates one by one, calling the reporter at least every 100 ms. Raises FillError with kind "input" for a
request it cannot fill; anything else that it raises is reported as the engine's failure."""


ENGINES: dict[str, EngineInfo] = {
    info.id: info
    for info in (
        EngineInfo(
            id="content-aware",
            module="inference.engines.content_aware",
            title="Content-aware",
            summary="Continues the surroundings. Needs no download and no graphics card.",
            grow=2,
            feather=6,
        ),
    )
}

DEFAULT_ENGINE = "content-aware"
