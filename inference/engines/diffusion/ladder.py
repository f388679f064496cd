"""Goes down the ladder of memory plans when a device has too little memory, and says what was lowered.

``attempt`` takes (plan, request, start): the request that it is given already has the plan's working size, rounded to
the family's multiple, so an engine works at ``request.working_size`` and never looks at ``plan.scale``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import torch

from inference.device import describe_devices
from inference.engines.diffusion.holder import let_go
from inference.engines.diffusion.placing import free_memory
from inference.engines.engine import ENGINES, Reporter
from inference.geometry import Extent
from inference.memory import MemoryPlan, chosen_device, devices_of, plans, rungs, scaled
from inference.models.model import Model
from inference.request import FillCandidate, FillError, FillRequest

Attempt = Callable[[MemoryPlan, FillRequest, int], Iterator[FillCandidate]]
"""Makes the candidates from the given index on as the plan says; raises torch.OutOfMemoryError where it cannot."""

GIGABYTE = 1 << 30

_PHRASES = (
    "out of memory",
    "not enough memory",
    "can't allocate memory",
    "_alloc_failed",
    "invalid buffer size",
)
"""What torch says where memory is short but the error has no class of its own: CUDA, the processor's allocator on
Linux and Windows, cuBLAS and cuDNN, Metal."""


def on_ladder(
    request: FillRequest, model: Model, report: Reporter, attempt: Attempt
) -> Iterator[FillCandidate]:
    """Every candidate of the request. One that is there already is not made again on a lower rung.

    Raises FillError: "input" where the device that is asked for is not there, "memory" where no plan worked.
    """
    info = ENGINES[model.family]
    working = Extent(*request.working_size)
    devices = devices_of(describe_devices())
    wants = {"references": bool(request.references), "generate": request.generate}
    made, detail = 0, ""
    for plan in plans(info, model, working, devices, request.device, request.allow_cpu, **wants):
        if detail:
            report("memory", made / request.count)
        width, height = scaled(working, plan.scale, info)
        smaller = replace(request, working_size=(width, height))
        _reset_peak(plan)
        try:
            for candidate in attempt(plan, smaller, made):
                made += 1
                yield replace(candidate, facts={**candidate.facts, **_facts(plan, smaller, model)})
            return
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            detail = f"{plan}: {error}"
        free_memory()  # only here, where the error and the frames that it held are gone
    let_go()  # what is left of the last attempt is of no use
    on_processor = plans(info, model, working, devices, "cpu", **wants)
    cpu_may_help = not request.allow_cpu and request.device != "cpu" and next(on_processor, None) is not None
    device = chosen_device(devices, request.device, info)
    least, free = rungs(info, model, working, device, **wants)[-1].bytes / GIGABYTE, device.free / GIGABYTE
    raise FillError(
        f"This fill needs at least {least:.1f} GB of memory, and {device.name} has {free:.1f} GB free. "
        + ("Allow the processor, which is slower" if cpu_may_help else "Close other programs")
        + ", or choose a smaller model.",
        "memory",
        detail,
        cpu_may_help,
    )


def is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(phrase in str(error).lower() for phrase in _PHRASES)


def _facts(plan: MemoryPlan, request: FillRequest, model: Model) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "device": plan.device.id,
        "device_name": plan.device.name,
        "precision": plan.precision,
        "placement": plan.placement,
        "lowered": list(plan.lowered),
        "working_size": list(request.working_size),
        "model_hash": model.hash,
    }
    if plan.device.kind == "cuda":
        facts["peak_bytes"] = torch.cuda.max_memory_allocated(plan.device.id)
    return facts


def _reset_peak(plan: MemoryPlan) -> None:
    if plan.device.kind == "cuda":
        torch.cuda.reset_peak_memory_stats(plan.device.id)
