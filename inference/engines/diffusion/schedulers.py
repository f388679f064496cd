"""The schedulers that may take the place of a model's own, by id."""

from __future__ import annotations

from typing import Any

from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    LCMScheduler,
    UniPCMultistepScheduler,
)

from inference.request import FillError

SCHEDULERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "euler": (EulerDiscreteScheduler, {}),
    "euler-a": (EulerAncestralDiscreteScheduler, {}),
    "ddim": (DDIMScheduler, {}),
    "dpm++2m": (DPMSolverMultistepScheduler, {"algorithm_type": "dpmsolver++"}),
    "dpm++2m-karras": (
        DPMSolverMultistepScheduler,
        {"algorithm_type": "dpmsolver++", "use_karras_sigmas": True},
    ),
    "dpm++2m-sde": (DPMSolverMultistepScheduler, {"algorithm_type": "sde-dpmsolver++"}),
    "unipc": (UniPCMultistepScheduler, {}),
    "lcm": (LCMScheduler, {}),
}


def scheduler_in_place_of(own: Any, scheduler_id: str | None, known: tuple[str, ...]) -> Any:
    """The scheduler ``scheduler_id`` with the configuration of the model's ``own``; None is a fresh one of that kind.

    ``known``: the ids that the model's family works with; any other raises FillError. A learned variance is taken out
    of the configuration: these schedulers would take the model's output for something that it is not.
    """
    if scheduler_id is None:
        return type(own).from_config(own.config)
    if scheduler_id not in known:
        raise FillError(
            f"This model does not work with the scheduler “{scheduler_id}”. "
            f"Choose one of: {', '.join(known)}, or the model's own.",
            "input",
        )
    kind, options = SCHEDULERS[scheduler_id]
    config = {name: value for name, value in own.config.items() if name != "variance_type"}
    return kind.from_config(config, **options)
