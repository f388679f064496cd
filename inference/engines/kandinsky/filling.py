"""The Kandinsky engine: a request in, candidates out."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import TypeVar

import torch

from inference.engines.diffusion.holder import hold
from inference.engines.diffusion.ladder import on_ladder
from inference.engines.diffusion.meter import Meter
from inference.engines.diffusion.pictures import candidate_image, working_picture
from inference.engines.diffusion.requested import requested_model
from inference.engines.engine import Reporter
from inference.engines.families import KANDINSKY
from inference.engines.kandinsky.decoder import Run, generate, inpaint, steps_of
from inference.engines.kandinsky.embeddings import Wish, embeddings, known
from inference.engines.kandinsky.pipelines import Kandinsky, Role
from inference.memory import MemoryPlan
from inference.models.model import Model
from inference.request import Array8, FillCandidate, FillError, FillRequest

Number = TypeVar("Number", int, float)

_LEAST_PRIOR_STEPS = 2
"""Its scheduler divides by one less."""

_PRIOR_STEP = 0.1
"""What a step of the prior takes of a step of the decoder, about."""


def fill(request: FillRequest, report: Reporter) -> Iterator[FillCandidate]:
    """Yields ``request.count`` candidates with the seeds ``request.seed``, ``request.seed + 1`` and so on.

    Every candidate is painted from one embedding of the words and pictures (``embeddings.PRIOR_SEED``), so that each
    after the first costs the decoder alone. Stages: "loading", "prompt" (the prior), "paint" (the decoder), "decode".
    """
    wish = Wish.of(
        request,
        _or_usual(request.prior_steps, KANDINSKY.prior_steps),
        _or_usual(request.prior_guidance, KANDINSKY.prior_guidance),
    )
    model = requested_model(request, KANDINSKY)
    _check(request, wish, model)

    def attempt(plan: MemoryPlan, scaled: FillRequest, first: int) -> Iterator[FillCandidate]:
        key = (KANDINSKY.id, model.id, model.hash, *model.parts.values(), plan.precision)
        kandinsky = hold(key, lambda: Kandinsky(model, plan))
        kandinsky.follow(plan)
        return _candidates(kandinsky, scaled, wish, first, report)

    yield from on_ladder(request, model, report, attempt)


def _candidates(
    kandinsky: Kandinsky, request: FillRequest, wish: Wish, first: int, report: Reporter
) -> Iterator[FillCandidate]:
    began = time.monotonic()
    steps = _or_usual(request.steps, KANDINSKY.steps)
    guidance = _or_usual(request.guidance, KANDINSKY.guidance)
    role: Role = "generate" if request.generate else "inpaint"
    ahead = _PriorAhead(report, first / request.count)
    meter = Meter(ahead, first, request.count)
    meter.loading()
    if not request.generate:
        picture, mask = working_picture(request, meter.prefill)
    running = steps if request.generate else steps_of(steps, mask, request.strength)
    prior_steps = 0 if known(kandinsky, wish) else wish.runs * wish.steps
    ahead.plan(prior_steps, running, request.count - first)
    wanted = embeddings(kandinsky, wish, ahead.prior_step)
    meter.loading()
    with kandinsky.decoder(role, request.scheduler, steps) as pipeline:
        preview = kandinsky.preview(role, pipeline)

        def painted(latents: torch.Tensor) -> None:
            meter.paint(running, lambda: preview(latents))

        for index in range(first, request.count):
            seed = request.seed + index
            meter.candidate()
            run = Run(wanted, steps, guidance, seed, painted)
            if request.generate:
                rgb = generate(pipeline, request.working_size, run)
            else:
                rgb = inpaint(pipeline, picture, mask, request.strength, run)
            meter.done()
            facts = {
                "seconds": round(time.monotonic() - began, 3),
                "load_seconds": round(kandinsky.load_seconds, 3),
                "step_seconds": round(meter.step_seconds, 4),
            }
            yield FillCandidate(request.id, index, seed, candidate_image(request, rgb), facts)
            began = time.monotonic()
            kandinsky.load_seconds = 0.0


class _PriorAhead:
    """A reporter that puts the prior's steps before all that it is told: one fraction of both."""

    def __init__(self, report: Reporter, start: float) -> None:
        self._report, self._start = report, start
        self._step, self._steps = 0, 0
        self._share = 0.0

    def plan(self, prior_steps: int, steps: int, candidates: int) -> None:
        """So many steps of the prior are to come, then so many of the decoder for each candidate."""
        cost = prior_steps * _PRIOR_STEP
        self._steps = prior_steps
        self._share = cost / (cost + candidates * (steps + 1))

    def prior_step(self) -> None:
        """A step of the prior is done. May raise FillCancelled."""
        self._step += 1
        self("prompt", self._start, self._step, self._steps)

    def __call__(
        self, stage: str, fraction: float, step: int = 0, steps: int = 0, preview: Array8 | None = None
    ) -> None:
        done = self._share * self._step / max(1, self._steps)
        self._report(stage, fraction + (1 - fraction) * done, step, steps, preview)


def _check(request: FillRequest, wish: Wish, model: Model) -> None:
    """Raises FillError where the request cannot be filled, before anything is loaded."""
    for part, purpose in (
        ("prior", "reads the prompt"),
        ("generate" if request.generate else "inpaint", "makes pictures" if request.generate else "fills"),
    ):
        if part not in model.parts:
            raise FillError(f"{model.name} lacks the part that {purpose}. Add the model with it.", "input")
    if not request.generate and not (request.mask > 0).any():
        raise FillError("Nothing is selected. Select what is to be filled.", "input")
    if request.scheduler is not None and request.scheduler not in KANDINSKY.schedulers:
        raise FillError(
            f"{KANDINSKY.title} does not work with the scheduler “{request.scheduler}”. "
            f"Choose one of: {', '.join(KANDINSKY.schedulers)}.",
            "input",
        )
    if any(side < 1 or side % KANDINSKY.multiple for side in request.working_size):
        raise FillError(
            f"The working size must be a multiple of {KANDINSKY.multiple} pixels each way. Choose another.",
            "input",
        )
    if request.steps is not None and request.steps < 1:
        raise FillError("A fill takes at least one step. Choose more steps.", "input")
    if wish.steps < _LEAST_PRIOR_STEPS:
        raise FillError("The prior takes at least two steps. Choose more steps for it.", "input")
    guidances = (request.guidance, request.prior_guidance)
    if not all(value is None or math.isfinite(value) for value in guidances):
        raise FillError("The guidance is no number. Choose one, usually between 1 and 10.", "input")
    if request.references:
        weights = [each.weight for each in request.references]
        if not all(map(math.isfinite, weights)) or sum(weights) + bool(wish.prompt) <= 0:
            raise FillError(
                "The weights of the pictures cancel the prompt out. Choose weights above 0.", "input"
            )


def _or_usual(value: Number | None, usual: Number | None) -> Number:
    chosen = usual if value is None else value
    assert chosen is not None  # the family's row names every one of these
    return chosen
