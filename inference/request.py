"""What crosses the border between editor, worker and engine host: plain dataclasses and arrays, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Array8 = npt.NDArray[np.uint8]

ErrorKind = Literal["input", "engine", "memory", "host"]


@dataclass(frozen=True, slots=True)
class FillRequest:
    """One fill, whole: an engine needs nothing besides it.

    ``image`` is (h, w, 4) uint8 RGBA with straight alpha: the context, cut out of the picture.
    ``mask`` is (h, w) uint8 of the same size: what the engine repaints (255), may blend (1–254) and keeps (0).
    ``working_size`` is (width, height) in pixels at which the engine should work.
    """

    id: str
    engine: str
    image: Array8
    mask: Array8
    working_size: tuple[int, int]
    seed: int = 0
    count: int = 1
    prompt: str = ""
    negative_prompt: str = ""
    steps: int | None = None
    guidance: float | None = None
    model: str | None = None
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.image.dtype != np.uint8 or self.image.ndim != 3 or self.image.shape[2] != 4:
            raise ValueError("a fill request's image must be (h, w, 4) uint8")
        if self.mask.dtype != np.uint8 or self.mask.shape != self.image.shape[:2]:
            raise ValueError("a fill request's mask must be uint8 and of the image's size")
        if self.count < 1:
            raise ValueError("a fill request asks for at least one candidate")


@dataclass(frozen=True, slots=True)
class FillCandidate:
    """One finished result. ``image`` is (h, w, 4) uint8 RGBA of the request's size, straight alpha."""

    request_id: str
    index: int
    seed: int
    image: Array8
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a request is: ``fraction`` (0–1) of the whole; ``step`` of ``steps`` within the named stage.

    ``stage`` is a stable ASCII id ("loading", "search", "compose", …); text is looked up from it.
    ``seconds_left`` is None until it can be estimated.
    """

    request_id: str
    stage: str
    fraction: float
    step: int = 0
    steps: int = 0
    seconds_left: float | None = None


class FillError(Exception):
    """A fill that did not come about: one sentence that says what is wrong and what to do.

    ``kind``: "input" (the request cannot be filled), "engine" (the engine failed), "memory" (out of memory),
    "host" (the child process died or could not start). ``detail`` is a traceback or log for the curious.
    """

    def __init__(self, message: str, kind: ErrorKind = "engine", detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.kind: ErrorKind = kind
        self.detail = detail


class FillCancelled(Exception):
    """Raised inside an engine, by the progress call, when the request has been cancelled."""
