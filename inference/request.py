"""What crosses the border between editor, worker and engine host: plain dataclasses and arrays, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from inference.choices import REFINE_CHOICES, START_CHOICES, RefineChoice, StartFrom
from inference.depth import Pixels

Array8 = npt.NDArray[np.uint8]

ErrorKind = Literal["input", "engine", "memory", "host"]


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A picture that stands beside the prompt. ``image`` is (h, w, 3) uint8 RGB; ``weight`` is relative to the
    prompt's, which is 1."""

    image: Array8
    weight: float = 1.0

    def __post_init__(self) -> None:
        if self.image.dtype != np.uint8 or self.image.ndim != 3 or self.image.shape[2] != 3:
            raise ValueError("a reference must be (h, w, 3) uint8")

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Reference)
            and self.weight == other.weight
            and np.array_equal(self.image, other.image)
        )

    def __hash__(self) -> int:
        return hash((self.weight, self.image.tobytes()))


@dataclass(frozen=True, slots=True)
class FillRequest:
    """One fill, whole: an engine needs nothing besides it and the model that it names.

    ``engine`` is an id of ``inference.engines.engine.ENGINES``, ``model`` an id of ``inference.models.store``.
    ``image`` is (h, w, 4) RGBA of uint8 or uint16 with straight alpha: the context, cut out of the picture.
    ``mask`` is (h, w) uint8 of the same size: what the engine repaints (255), may blend (1–254) and keeps (0). Only
    engines with ``soft_mask`` are given anything between.
    ``working_size`` is (width, height) in pixels at which the engine should work.
    ``generate``: makes a picture from the prompt alone; ``image`` is not looked at and all of it is repainted.
    ``strength`` below 1 keeps that much less of what lies under the mask; 1 repaints it from nothing.
    ``start``: what lies under the mask when a model begins (``inference.engines.diffusion.prefill``).
    ``refine``: whether it then goes over what it has painted, in parts and at full size (``inference.refine``).
    ``source`` is (h, w) uint8: what may be copied into the hole ("fill from here", 1–255) and what may not (0); None:
    all. Only the content-aware engine looks at it.
    ``colour_adaptation``: what is copied into the hole takes on the tones of where it comes to; False: to the last bit
    as it was where it comes from. For the rest None means: the engine's usual.
    ``allow_cpu``: what does not fit the graphics card may run on the processor.
    """

    id: str
    engine: str
    image: Pixels
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
    generate: bool = False
    strength: float = 1.0
    scheduler: str | None = None
    prior_steps: int | None = None
    prior_guidance: float | None = None
    references: tuple[Reference, ...] = ()
    allow_cpu: bool = False
    source: Array8 | None = None
    colour_adaptation: bool = True
    start: StartFrom = "auto"
    refine: RefineChoice = "auto"

    def __post_init__(self) -> None:
        if self.image.dtype not in (np.uint8, np.uint16) or self.image.ndim != 3 or self.image.shape[2] != 4:
            raise ValueError("a fill request's image must be (h, w, 4) uint8 or uint16")
        if self.mask.dtype != np.uint8 or self.mask.shape != self.image.shape[:2]:
            raise ValueError("a fill request's mask must be uint8 and of the image's size")
        if self.source is not None and (
            self.source.dtype != np.uint8 or self.source.shape != self.image.shape[:2]
        ):
            raise ValueError("a fill request's source must be uint8 and of the image's size")
        if self.count < 1:
            raise ValueError("a fill request asks for at least one candidate")
        if self.start not in START_CHOICES:
            raise ValueError(f"a fill request starts from one of {START_CHOICES}")
        if self.refine not in REFINE_CHOICES:
            raise ValueError(f"a fill request is refined as one of {REFINE_CHOICES} says")
        if not 0 < self.strength <= 1:
            raise ValueError("a fill request's strength lies above 0 and is at most 1")


@dataclass(frozen=True, slots=True)
class FillCandidate:
    """One finished result. ``image`` is (h, w, 4) RGBA of the request's size and type, straight alpha.

    ``facts`` is plain data on how it came about. Those that other rooms read: ``seconds`` for this candidate,
    ``device`` ("cuda:0"), ``device_name``, ``load_seconds``, ``step_seconds``, ``peak_bytes``, ``model_hash``, and
    ``lowered``, the ids of what was lowered for want of memory (texts in ``editor.texts``).
    """

    request_id: str
    index: int
    seed: int
    image: Pixels
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a request is: ``fraction`` (0–1) of the whole; ``step`` of ``steps`` within the named stage.

    ``stage`` is a stable ASCII id ("loading", "search", "compose", …); text is looked up from it.
    ``seconds_left`` is None until it can be estimated. ``preview`` is the running picture, (h, w, 3) uint8 RGB of the
    whole context, much smaller than it, or None where there is no new one.
    """

    request_id: str
    stage: str
    fraction: float
    step: int = 0
    steps: int = 0
    seconds_left: float | None = None
    preview: Array8 | None = None


class FillError(Exception):
    """A fill that did not come about: one sentence that says what is wrong and what to do.

    ``kind``: "input" (the request cannot be filled), "engine" (the engine failed), "memory" (out of memory),
    "host" (the child process died or could not start). ``detail`` is a traceback or log for the curious.
    ``cpu_may_help``: the same request would run on the processor, if the user agrees (``allow_cpu``).
    """

    def __init__(
        self, message: str, kind: ErrorKind = "engine", detail: str = "", cpu_may_help: bool = False
    ) -> None:
        super().__init__(message)
        self.message = message
        self.kind: ErrorKind = kind
        self.detail = detail
        self.cpu_may_help = cpu_may_help


class FillCancelled(Exception):
    """Raised inside an engine, by the progress call, when the request has been cancelled."""
