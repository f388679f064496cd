"""Refine: two passes where a context is larger than its engine works at: all of it small, then parts at full size."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from inference.depth import Pixels, full_scale, to_8
from inference.engines.engine import ENGINES, Fill, Reporter
from inference.geometry import Bounds, Extent
from inference.mask import bounds_of
from inference.region import RAMP, REFINING_STRENGTH, Part, plan_refinement
from inference.request import Array8, FillCandidate, FillError, FillRequest

Floats = npt.NDArray[np.float32]

_PREVIEW_SIDE = 512

_SEEDS = 1 << 31
_NEXT_SEED = 7919
"""From part to part: the same noise in each would show as a pattern."""


def fill_and_refine(fill: Fill, request: FillRequest, report: Reporter) -> Iterator[FillCandidate]:
    """What ``fill`` gives for the request; where that was worked at much less than its size, gone over in parts.

    Each part begins with what is there, the parts before it included, at a strength of ``REFINING_STRENGTH`` at most,
    and passes softly into them; the same seed gives the same picture. Facts besides the engine's own: ``refined``, the
    number of parts, and ``refine_seconds``, which ``seconds`` includes. On too little memory the first pass counts.
    """
    parts = parts_of(request)
    if not parts:
        yield from fill(request, report)
        return
    first_cost = float(Extent(*request.working_size).area) * request.strength
    costs = [part.working.area * min(REFINING_STRENGTH, request.strength) for part in parts]
    share = first_cost / (first_cost + sum(costs))
    for index in range(request.count):
        alone = replace(request, count=1, seed=request.seed + index)
        (first,) = fill(alone, _Share(report, index / request.count, share / request.count))
        began = time.monotonic()
        rest = _Refinement(report, (index + share) / request.count, (1 - share) / request.count, costs)
        image, facts = _refined(fill, alone, first, parts, rest)
        taken = round(time.monotonic() - began, 3)
        facts = {**facts, "seconds": facts.get("seconds", 0.0) + taken, "refine_seconds": taken}
        yield FillCandidate(request.id, index, alone.seed, image, facts)


def parts_of(request: FillRequest) -> tuple[Part, ...]:
    """Those in which anything is to be repainted, in pixels of the request's image; none where one pass is enough."""
    info = ENGINES.get(request.engine)
    if info is None or request.generate or not info.refines:
        return ()
    height, width = request.mask.shape
    context = Bounds(0, 0, width, height)
    planned = plan_refinement(
        context, bounds_of(request.mask), Extent(*request.working_size), info, request.refine
    )
    return tuple(part for part in planned if request.mask[part.bounds.slices()].any())


def ramp(part: Bounds, context: Bounds) -> Floats:
    """(h, w), 0–1: how much each pixel of a part counts, falling towards sides at which the context goes on."""

    def along(first: int, length: int, whole_first: int, whole: int) -> Floats:
        soft = max(1, length // RAMP)
        rising = (np.arange(length, dtype=np.float32) + 0.5) / soft
        weight = np.ones(length, np.float32)
        if first > whole_first:
            weight = np.minimum(weight, rising)
        if first + length < whole_first + whole:
            weight = np.minimum(weight, rising[::-1])
        return weight * weight * (3 - 2 * weight)

    rows = along(part.y, part.height, context.y, context.height)
    columns = along(part.x, part.width, context.x, context.width)
    return np.minimum(rows[:, None], columns[None, :])


class _Share:
    """A reporter of a share of the whole."""

    def __init__(self, report: Reporter, start: float, share: float) -> None:
        self._report, self._start, self._share = report, start, share

    def __call__(
        self, stage: str, fraction: float, step: int = 0, steps: int = 0, preview: Array8 | None = None
    ) -> None:
        self._report(stage, self._start + self._share * fraction, step, steps, preview)


class _Refinement:
    """A reporter that tells of the parts as steps, each weighing its cost."""

    def __init__(self, report: Reporter, start: float, share: float, costs: list[float]) -> None:
        self._report, self._start = report, start
        self._share, self._costs = share / sum(costs), costs
        self._step = 0

    def begin(self, image: Pixels) -> None:
        """The next part is begun; ``image`` is what the context has become by now."""
        self._step += 1
        self._tell(0.0, _preview(image))

    def __call__(
        self, stage: str, fraction: float, step: int = 0, steps: int = 0, preview: Array8 | None = None
    ) -> None:
        """What the engine shows of a part is not shown: a preview is of the whole."""
        self._tell(fraction)

    def _tell(self, fraction: float, preview: Array8 | None = None) -> None:
        done = sum(self._costs[: self._step - 1]) + fraction * self._costs[self._step - 1]
        self._report("refine", self._start + self._share * done, self._step, len(self._costs), preview)


def _refined(
    fill: Fill, request: FillRequest, first: FillCandidate, parts: tuple[Part, ...], report: _Refinement
) -> tuple[Pixels, dict[str, Any]]:
    soft = ENGINES[request.engine].soft_mask
    height, width = request.mask.shape
    image, lowered, done = first.image.copy(), list(first.facts.get("lowered", ())), 0
    for number, part in enumerate(parts, 1):
        report.begin(image)
        slices = part.bounds.slices()
        weight = ramp(part.bounds, Bounds(0, 0, width, height))
        mask = request.mask[slices]
        # What counts little may change little, where the engine knows such a thing.
        mask = np.ceil(mask * weight).astype(np.uint8) if soft else np.where(weight > 0, mask, np.uint8(0))
        asked = replace(
            request,
            image=image[slices].copy(),
            mask=mask,
            working_size=(part.working.width, part.working.height),
            seed=(request.seed + number * _NEXT_SEED) % _SEEDS,
            strength=min(REFINING_STRENGTH, request.strength),
            start="picture",
            refine="off",
            source=None,
        )
        try:
            (made,) = fill(asked, report)
        except FillError as error:
            if error.kind != "memory":
                raise
            lowered.append("refine")
            break
        lowered += [each for each in made.facts.get("lowered", ()) if each not in lowered]
        _lay(image[slices], made.image, np.where(mask > 0, weight, np.float32(0)))
        done += 1
    facts = {**first.facts, "refined": done}
    return image, {**facts, "lowered": lowered} if lowered else facts


def _lay(image: Pixels, over: Pixels, weight: Floats) -> None:
    """Into ``image``, (h, w, 4), as much of another as ``weight`` (h, w) says; where that is 0 no bit changes."""
    where = weight > 0
    share = weight[where][:, None]
    mixed = image[where] * (1 - share) + over[where] * share
    image[where] = np.clip(np.rint(mixed), 0, full_scale(image.dtype)).astype(image.dtype)


def _preview(image: Pixels) -> Array8:
    import cv2

    height, width = image.shape[:2]
    scale = min(1.0, _PREVIEW_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return to_8(cv2.resize(image[..., :3], size, interpolation=cv2.INTER_AREA))
