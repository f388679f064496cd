"""The engine for all inpainting checkpoints that diffusers knows a pipeline for, one family a row in ``families``."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from inference.engines.diffusion.arguments import check, generating, inpainting
from inference.engines.diffusion.holder import hold
from inference.engines.diffusion.ladder import on_ladder
from inference.engines.diffusion.loading import Pipelines
from inference.engines.diffusion.meter import Meter
from inference.engines.diffusion.painting import Softly, paint
from inference.engines.diffusion.pictures import candidate_image, is_soft, working_picture
from inference.engines.diffusion.requested import requested_model
from inference.engines.diffusion.soft_mask import SoftMask
from inference.engines.engine import ENGINES, Reporter
from inference.engines.info import EngineInfo
from inference.memory import MemoryPlan
from inference.models.model import Model
from inference.request import FillCandidate, FillError, FillRequest


def fill(request: FillRequest, report: Reporter) -> Iterator[FillCandidate]:
    """Yields ``request.count`` candidates with the seeds ``request.seed``, ``request.seed + 1`` and so on.

    A mask of 0 and 255 is left to the pipeline; a grey one is honoured by differential diffusion on its latents (Levin
    & Fried 2023). Stages: "loading", "prompt" (not where it is remembered), "paint", "decode".
    """
    info = ENGINES[request.engine]
    model = _model(request, info)
    check(request, info)

    def attempt(plan: MemoryPlan, scaled: FillRequest, first: int) -> Iterator[FillCandidate]:
        meter = Meter(report, first, request.count)
        meter.loading()
        key = (info.id, model.id, model.hash, plan.precision)
        pipelines = hold(key, lambda: Pipelines(model, info, plan))
        return _candidates(pipelines, scaled, info, plan, first, meter)

    yield from on_ladder(request, model, report, attempt)


def _candidates(
    pipelines: Pipelines, request: FillRequest, info: EngineInfo, plan: MemoryPlan, first: int, meter: Meter
) -> Iterator[FillCandidate]:
    began = time.monotonic()
    pipeline = pipelines.placed(plan, request.generate, request.scheduler, meter.prompt)
    meter.loading()
    preview = pipelines.preview(pipeline)
    soft: SoftMask | None = None
    if request.generate:
        arguments: dict[str, Any] = generating(request, info)
    else:
        picture, mask = working_picture(request, meter.prefill)
        soft = SoftMask(mask, request.strength, pipeline.vae_scale_factor)
        arguments = inpainting(request, info, picture, mask, soft.strength)
    for index in range(first, request.count):
        seed = request.seed + index
        meter.candidate()
        change = Softly(pipeline, picture, soft, seed) if soft and is_soft(request.mask) else None
        rgb = paint(pipeline, arguments, seed, meter, preview, change)
        meter.done()
        facts = {
            "seconds": round(time.monotonic() - began, 3),
            "load_seconds": round(pipelines.load_seconds, 3),
            "step_seconds": round(meter.step_seconds, 4),
        }
        yield FillCandidate(request.id, index, seed, candidate_image(request, rgb), facts)
        began = time.monotonic()
        pipelines.load_seconds = 0.0


def _model(request: FillRequest, info: EngineInfo) -> Model:
    model = requested_model(request, info)
    if request.generate and not model.can_generate:
        raise FillError(f"{model.name} only fills. Choose a model that makes new pictures.", "input")
    return model
