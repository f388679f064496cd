"""What a family's pipeline is called with: nothing that it does not know or would ignore."""

from __future__ import annotations

import inspect
import math
from dataclasses import dataclass
from typing import Any

from PIL import Image

from inference.engines.diffusion.pictures import Floats
from inference.engines.diffusion.soft_mask import LEAST_STEPS
from inference.engines.info import EngineInfo
from inference.request import Array8, FillError, FillRequest


@dataclass(frozen=True, slots=True)
class Call:
    """How one family is called.

    ``guidance``: the argument that the guidance goes to. ``guided_above``: it looks at a negative prompt only with more
    guidance than this. ``no_negative``: what stands for no negative prompt, where it must be given one to be guided.
    ``most_strength``: what it is given for a strength of 1.
    """

    guidance: str = "guidance_scale"
    guided_above: float = 1.0
    no_negative: str | None = None
    most_strength: float = 1.0


_CALLS = {
    # "strength=0.99": its card; at 1 the picture is blurred.
    "sdxl": Call(most_strength=0.99),
    "z-image": Call(guided_above=0.0),
    "qwen-image": Call(guidance="true_cfg_scale", no_negative=" "),
}


def check(request: FillRequest, info: EngineInfo) -> None:
    """Raises FillError where the request cannot be filled as it asks, before anything is loaded."""
    if not request.generate and not (request.mask > 0).any():
        raise FillError("Nothing is selected. Select what is to be filled.", "input")
    if any(side < info.multiple or side % info.multiple for side in request.working_size):
        raise FillError(
            f"The working size must be a multiple of {info.multiple} pixels each way. Choose another.",
            "input",
        )
    if steps_of(request, info) < 1:
        raise FillError("A fill takes at least one step. Choose more steps.", "input")
    guidance = guidance_of(request, info)
    if not math.isfinite(guidance):
        raise FillError("The guidance is no number. Choose one, usually between 1 and 10.", "input")
    if request.negative_prompt and not info.negative_prompt:
        raise FillError(f"{info.title} takes no negative prompt. Leave it empty.", "input")
    least = _call_of(info).guided_above
    if request.negative_prompt and guidance <= least:
        raise FillError(
            f"A negative prompt works only with a guidance above {least:g}. Raise it, or leave the prompt empty.",
            "input",
        )
    if request.scheduler is not None and request.scheduler not in info.schedulers:
        instead = f"Choose one of: {', '.join(info.schedulers)}." if info.schedulers else "Leave it out."
        raise FillError(
            f"{info.title} does not work with the scheduler “{request.scheduler}”. {instead}", "input"
        )


def steps_of(request: FillRequest, info: EngineInfo) -> int:
    steps = info.steps if request.steps is None else request.steps
    assert steps is not None  # every family's row names it
    return steps


def guidance_of(request: FillRequest, info: EngineInfo) -> float:
    guidance = info.guidance if request.guidance is None else request.guidance
    assert guidance is not None  # every family's row names it
    return float(guidance)


def generating(request: FillRequest, info: EngineInfo) -> dict[str, Any]:
    """The arguments to make a picture from the prompt alone."""
    call, guidance = _call_of(info), guidance_of(request, info)
    arguments: dict[str, Any] = {
        "prompt": request.prompt,
        "width": request.working_size[0],
        "height": request.working_size[1],
        "num_inference_steps": steps_of(request, info),
        call.guidance: guidance,
        "output_type": "np",
    }
    negative = request.negative_prompt or call.no_negative
    if negative and guidance > call.guided_above:
        arguments["negative_prompt"] = negative
    return arguments


def inpainting(
    request: FillRequest, info: EngineInfo, picture: Array8, mask: Floats, strength: float
) -> dict[str, Any]:
    """The arguments to repaint ``picture``, (h, w, 3) uint8, where ``mask``, (h, w), is not 0: white is repainted.

    Four steps run, however small the strength.
    """
    steps = steps_of(request, info)
    least = min(LEAST_STEPS, steps) / steps
    return {
        **generating(request, info),
        "image": Image.fromarray(picture),
        "mask_image": Image.fromarray((mask > 0).astype("uint8") * 255),
        "strength": min(max(strength, least), _call_of(info).most_strength),
    }


def checked(pipeline: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments. Raises FillError where the pipeline names one of them not: many would ignore it silently."""
    parameters = inspect.signature(type(pipeline).__call__).parameters.values()
    unknown = arguments.keys() - {each.name for each in parameters if each.kind != each.VAR_KEYWORD}
    if unknown:
        raise FillError(
            f"{type(pipeline).__name__} does not know “{', '.join(sorted(unknown))}”. "
            "Install the version of diffusers that this program was made for."
        )
    return arguments


def _call_of(info: EngineInfo) -> Call:
    return _CALLS.get(info.id, Call())
