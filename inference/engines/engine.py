"""What an engine is: a capability table that the interface reads, and one function that fills.

To add an engine: write a module with a function of the type ``Fill``, add a row to ``ENGINES``, and mention nothing
else anywhere. The table imports no engine; the host does, by ``EngineInfo.module``, when it is first asked for. Engines
that run a model have a row for each family of models that they know, in ``inference.engines.families``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from inference.engines.families import FAMILIES
from inference.engines.info import EngineInfo
from inference.request import Array8, FillCandidate, FillRequest

__all__ = ["DEFAULT_ENGINE", "ENGINES", "EngineInfo", "Fill", "Reporter", "unheard"]


class Reporter(Protocol):
    """Given to an engine; a call raises ``FillCancelled`` once the request has been cancelled.

    ``preview``: the running picture, (h, w, 3) uint8 RGB of the whole context at any small size; at least every fourth
    step where an engine has steps.
    """

    def __call__(
        self, stage: str, fraction: float, step: int = 0, steps: int = 0, preview: Array8 | None = None
    ) -> None: ...


def unheard(
    stage: str, fraction: float, step: int = 0, steps: int = 0, preview: Array8 | None = None
) -> None:
    """A reporter that nobody listens to."""


Fill = Callable[[FillRequest, Reporter], Iterator[FillCandidate]]
"""Yields candidates one by one, calling the reporter at least every 100 ms, or at every step. Raises FillError with
kind "input" for a request it cannot fill; anything else that it raises is reported as the engine's failure."""


ENGINES: dict[str, EngineInfo] = {
    info.id: info
    for info in (
        EngineInfo(
            id="content-aware",
            module="inference.engines.content_aware",
            title="Content-aware",
            summary="Continues the surroundings. Needs no download and no graphics card.",
            source=True,
            colour_adaptation=True,
            grow=2,
            feather=6,
            colour_match=0,  # it copies pieces of the picture, and joins them in the gradient domain itself
            blend=0,
            grain=0,
        ),
        *FAMILIES,
    )
}

DEFAULT_ENGINE = "content-aware"
