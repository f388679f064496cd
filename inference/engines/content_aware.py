"""Content-aware fill: continues the surroundings into the selection with pieces of the picture itself, no model."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from inference.depth import Pixels, from_levels, full_scale, to_levels
from inference.engines.engine import Reporter, unheard
from inference.engines.patchmatch.arrays import Bools
from inference.engines.patchmatch.paint import Job, paint, prepare
from inference.engines.patchmatch.pyramid import FEWEST_SOURCES, sources_of
from inference.engines.patchmatch.regions import Region, find_regions
from inference.engines.patchmatch.workers import REPORT_EVERY, Workers
from inference.geometry import Bounds, Extent
from inference.request import FillCandidate, FillError, FillRequest

_ANALYSIS_SHARE = 0.02


def fill(request: FillRequest, report: Reporter) -> Iterator[FillCandidate]:
    """Yields ``request.count`` candidates with the seeds ``request.seed``, ``request.seed + 1`` and so on.

    Everything under ``request.mask`` is repainted and becomes opaque; all else comes back as it was. Pixels with alpha
    0 are neither copied nor looked at; what lies outside ``request.source`` is looked at and not copied. The method is
    PatchMatch completion over a pyramid (Barnes et al. 2009, Wexler et al. 2007), ended by a gradient-domain
    composition of the sources found, or without ``request.colour_adaptation`` by their mere copies. It works at the
    picture's own size and depth whatever ``request.working_size`` says, and gives the same picture for a seed on any
    number of cores.
    """
    began = time.monotonic()
    hole = request.mask > 0
    known = ~hole & (request.image[..., 3] > 0)
    if not hole.any():
        raise FillError("Nothing is selected. Select what is to be filled.", kind="input")
    if not known.any():
        raise FillError(
            "There is nothing around the selection to fill from. Show the layers below, or select a smaller part.",
            kind="input",
        )
    source = known if request.source is None else known & (request.source > 0)
    if request.source is not None and len(sources_of(source)) < FEWEST_SOURCES:
        raise FillError("The area to fill from is too small. Choose a larger one.", kind="input")
    meter = _Meter(report)
    meter.reach("analyse", 0.0)
    jobs: list[Job] = []
    with Workers(meter.tick) as workers:
        for region in find_regions(hole, known, source):
            jobs.append(_job(request, region, known, source, workers))
            meter.reach("analyse", _ANALYSIS_SHARE * len(jobs) / (len(jobs) + 1))
    for index in range(request.count):
        meter.candidate(index, request.count)
        seed = request.seed + index
        image = _paint_all(request, jobs, seed, meter)
        seconds = round(time.monotonic() - began, 2)
        yield FillCandidate(request.id, index, seed, image, {"seconds": seconds})
        began = time.monotonic()


def warm() -> None:
    """Compiles every kernel, or loads it from the cache on disk, by filling a tiny picture."""
    ramp = np.arange(64, dtype=np.uint8)
    image = np.stack(np.broadcast_arrays(3 * ramp, 2 * ramp[:, None], ramp, np.uint8(255)), axis=-1)
    mask = np.zeros((64, 64), np.uint8)
    mask[20:44, 20:44] = 255
    request = FillRequest("warm", "content-aware", image, mask, (64, 64))
    for _ in fill(request, unheard):
        pass


class _Meter:
    """Turns the shares of regions and candidates into one fraction that never falls, and keeps the calls sparse."""

    def __init__(self, report: Reporter) -> None:
        self._report = report
        self._stage, self._fraction = "", 0.0
        self._step, self._steps = 0, 0
        self._start, self._share = 0.0, 1.0
        self._last = 0.0

    def candidate(self, index: int, count: int) -> None:
        """From here on the work of candidate ``index`` of ``count`` counts; its share starts where we are."""
        self._step, self._steps = index + 1, count
        self._start = max(self._fraction, index / count)
        self._share = (index + 1) / count - self._start

    def within(self, stage: str, share: float) -> None:
        """``share`` (0–1) of the present candidate is done."""
        self.reach(stage, self._start + self._share * share)

    def reach(self, stage: str, fraction: float) -> None:
        """``fraction`` (0–1) of the whole request is done. May raise FillCancelled."""
        self._fraction = max(self._fraction, min(1.0, fraction))
        if stage != self._stage or self._fraction == 1.0:
            self._stage, self._last = stage, 0.0
        self.tick()

    def tick(self) -> None:
        """Says again where we are, if it has not been said for a while. May raise FillCancelled."""
        now = time.monotonic()
        if now - self._last >= REPORT_EVERY / 2:
            self._last = now
            self._report(self._stage, self._fraction, self._step, self._steps)


def _job(request: FillRequest, region: Region, known: Bools, source: Bools, workers: Workers) -> Job:
    """The region made ready; where its own surroundings hold too little, with the whole picture around it."""
    job = prepare(to_levels(request.image[region.bounds.slices()][..., :3]), region, workers)
    height, width = known.shape
    whole = Bounds.of(Extent(width, height))
    if job.levels or region.bounds == whole:
        return job
    hole = np.zeros((height, width), np.bool_)
    hole[region.bounds.slices()] = region.hole
    return prepare(to_levels(request.image[..., :3]), Region(whole, hole, known, source), workers)


def _paint_all(request: FillRequest, jobs: list[Job], seed: int, meter: _Meter) -> Pixels:
    """The request's image with every region filled, of its type."""
    image = request.image.copy()
    total, done = sum(job.cost for job in jobs), 0
    with Workers(meter.tick) as workers:
        for job in jobs:

            def advance(stage: str, share: float, before: int = done, cost: int = job.cost) -> None:
                meter.within(stage, (before + share * cost) / total)

            colours = paint(job, seed, workers, advance, request.colour_adaptation)
            part = image[job.region.bounds.slices()]
            part[job.region.hole, :3] = from_levels(colours, image.dtype)
            part[job.region.hole, 3] = full_scale(image.dtype)
            done += job.cost
    return image
