"""What a fill will need of a device's memory, and the ladder of plans to go down when it is not there. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from inference.engines.info import EngineInfo
from inference.geometry import Extent
from inference.models.model import Model
from inference.request import FillError

Precision = Literal["fp16", "bf16", "fp32"]
Placement = Literal["resident", "swapped", "streamed"]

RESERVE = 512 << 20
"""Bytes of a device that are left free: for the driver's own, and for what does not fit the allocator's blocks."""

SCALES = (0.75, 0.5)
"""Of the working size, on the lowest rungs."""

_WIDTHS: dict[Precision, int] = {"fp16": 2, "bf16": 2, "fp32": 4}

_BF16_FAMILIES = frozenset({"sd-3", "flux-fill", "z-image", "qwen-image"})
"""Trained and published in bfloat16."""

_NEVER_FP16 = frozenset({"z-image", "qwen-image"})
"""Their activations leave the range of fp16, and the picture is black (Tongyi-MAI/Z-Image, issue 14). FLUX and SD 3
are clipped by diffusers where it matters (diffusers, pull request 9097)."""

_FP32_ON_MPS = frozenset({"sd-2"})
"""Families whose attention overflows in fp16 on Metal: black pictures. The autoencoder of SDXL, which overflows on
every device, is taken to fp32 by its pipeline (``force_upcast``)."""

_FP32_CARDS = ("GTX 1630", "GTX 1650", "GTX 1660")
"""Cards whose fp16 gives NaN: black pictures (pytorch, issue 58123)."""

_WITHOUT_TILES = frozenset({"kandinsky-2-2"})
"""Families whose autoencoder (MoVQ) has neither tiles nor slices."""

_AUTOENCODERS = frozenset({"vae", "movq"})
_NEVER_LOADED = frozenset({"safety_checker"})
_NEVER_STREAMED = frozenset({"prior"})
"""Components that diffusers keeps whole on the device while it streams the others."""

_LARGEST_LAYER = 0.1
"""Share of its component that the largest layer has, at most: the embeddings of a text encoder, mostly."""

_WORDS = frozenset({"prior", "image_encoder"})
"""Parts that paint nothing."""

_WORDS_BYTES = 64 << 20
"""What they take beside their weights."""

_DENOISER_SHARE = 0.25
"""What the denoiser takes of ``EngineInfo.pixel_bytes``, which is what the autoencoder takes at full size."""

_TILE_AREA = 512 * 512


@dataclass(frozen=True, slots=True)
class Device:
    """``id`` as torch names it ("cuda:0", "mps", "cpu"); ``memory`` and ``free`` in bytes."""

    id: str
    name: str
    memory: int
    free: int
    bf16: bool = False

    @property
    def kind(self) -> str:
        return self.id.partition(":")[0]


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """How a model runs.

    ``placement``: everything that is at work stays on the device ("resident"); one component at a time is on it
    ("swapped"); or single layers are ("streamed"). Of a model of several parts (Kandinsky's prior and decoder) a card
    needs to hold only one at a time, whichever the placement; the processor, where nothing can be moved away, keeps all
    of them when "resident" and lets one go before it loads another when "swapped".
    ``tiled``: the autoencoder works in tiles and slices. ``scale``: of the working size.
    ``bytes``: what it will take of the device. ``lowered``: ids of what was given up against the best plan.
    """

    device: Device
    precision: Precision
    placement: Placement = "resident"
    tiled: bool = False
    scale: float = 1.0
    bytes: int = 0
    lowered: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        return self.bytes + RESERVE <= self.device.free


def devices_of(facts: dict[str, Any]) -> list[Device]:
    """The devices that ``inference.device.describe_devices`` found, the fastest first, the processor last.

    Of several cards the one with the most memory goes first. Without torch there is no device for a model.
    """
    if not facts.get("torch"):
        return []
    cards = [
        Device(
            f"cuda:{index}",
            card["name"],
            card["memory"],
            card.get("free", card["memory"]),
            card.get("bf16", False),
        )
        for index, card in enumerate(facts.get("cuda", []))
    ]
    cards.sort(key=lambda device: device.memory, reverse=True)
    if metal := facts.get("metal"):
        cards.append(Device("mps", metal["name"], metal["memory"], metal["free"], metal["bf16"]))
    processor = facts["cpu"]
    free = processor.get("free", processor["available"])
    return [*cards, Device("cpu", processor.get("name", "CPU"), processor["memory"], free)]


def plans(
    info: EngineInfo,
    model: Model,
    working: Extent,
    devices: list[Device],
    requested: str = "auto",
    allow_cpu: bool = False,
    *,
    references: bool = False,
    generate: bool = False,
) -> Iterator[MemoryPlan]:
    """The ladder: the first plan that fits, then all that need less, one after another.

    On a card that nothing fits the least plan is tried all the same, since what it takes is an estimate and running
    out there does no harm. On the processor, where it may end the program, a plan that does not fit is left out; so
    there may be none. Raises FillError where the device that is asked for is not there.
    """
    device = chosen_device(devices, requested, info)
    wants = {"references": references, "generate": generate}
    if device.kind != "cpu":
        found = rungs(info, model, working, device, **wants)
        yield from [rung for rung in found if rung.fits] or found[-1:]
        if not allow_cpu:
            return
    for processor in devices:
        if processor.kind == "cpu" and "cpu" in info.devices:
            for rung in rungs(info, model, working, processor, **wants):
                if rung.fits:
                    yield rung if processor is device else replace(rung, lowered=("cpu", *rung.lowered))


def rungs(
    info: EngineInfo,
    model: Model,
    working: Extent,
    device: Device,
    *,
    references: bool = False,
    generate: bool = False,
) -> list[MemoryPlan]:
    """All plans for one device, whether they fit or not, the best one first, each needing less than the one before: at
    its worst moment, or where that stays the same, at another."""
    parts = _parts(model, references, generate)

    def with_bytes(plan: MemoryPlan) -> MemoryPlan:
        return replace(plan, bytes=_bytes(parts, info, area(plan), plan))

    def area(plan: MemoryPlan) -> int:
        return scaled(working, plan.scale, info).area

    def need(plan: MemoryPlan) -> tuple[int, int]:
        return plan.bytes, sum(_activations(info, area(plan), plan))

    found = [with_bytes(MemoryPlan(device, precision_on(device, info.id)))]
    for name, change in _steps(info, device):
        last = found[-1]
        lowered = last.lowered if name in last.lowered else (*last.lowered, name)
        plan = with_bytes(replace(last, lowered=lowered, **change))
        if need(plan) < need(last):  # else nothing would be gained by giving this up
            found.append(plan)
    return found


def chosen_device(devices: list[Device], requested: str, info: EngineInfo) -> Device:
    """ "auto" is the first that the engine can use; otherwise an id, or a kind ("cuda"). Raises FillError."""
    usable = [device for device in devices if device.kind in info.devices]
    if not usable:
        raise FillError(
            f"{info.title} needs torch, which the engine's Python does not have. Install it.", "input"
        )
    for device in usable:
        if requested in ("auto", device.id, device.kind):
            return device
    there = ", ".join(device.id for device in usable)
    raise FillError(f"There is no device “{requested}” here. Choose “auto” or one of: {there}.", "input")


def scaled(working: Extent, scale: float, info: EngineInfo) -> Extent:
    """Each side times ``scale``, rounded up to the engine's multiple; no side falls below its smallest."""
    scale = min(1.0, max(scale, info.smallest / working.shortest))
    if scale == 1.0:
        return working
    return Extent(*(math.ceil(side * scale / info.multiple - 1e-6) * info.multiple for side in working))


def precision_on(device: Device, family: str) -> Precision:
    if device.kind == "cpu":
        return "fp32"
    if family in _BF16_FAMILIES and device.bf16:
        return "bf16"
    if family in _NEVER_FP16 or any(name in device.name for name in _FP32_CARDS):
        return "fp32"
    return "fp32" if device.kind == "mps" and family in _FP32_ON_MPS else "fp16"


def _steps(info: EngineInfo, device: Device) -> Iterator[tuple[str, dict[str, Any]]]:
    """What can be given up, in this order: the id of it, and the fields of the plan that change."""
    yield "offload", {"placement": "swapped"}
    if info.id not in _WITHOUT_TILES:
        yield "tiles", {"tiled": True}
    if (
        device.kind == "cuda"
    ):  # Metal shares the processor's memory: layers that are moved all the time gain nothing
        yield "stream", {"placement": "streamed"}
    for scale in SCALES:
        yield "smaller", {"scale": scale}


def _parts(model: Model, references: bool, generate: bool) -> dict[str, dict[str, int]]:
    """Numbers of each component that this work loads, by part. The image encoder of a prior is a part by itself: it is
    loaded for references alone, and for the moment that they are looked at."""
    unused = "inpaint" if generate and "generate" in model.parts else "generate"
    parts: dict[str, dict[str, int]] = defaultdict(dict)
    for key, numbers in (model.parameters or {"checkpoint": model.bytes // 2}).items():
        part, _, component = key.partition("/")
        if (part, component) == ("prior", "image_encoder"):
            part = component if references else unused
        if part != unused and component not in _NEVER_LOADED:
            parts[part][component] = numbers
    return parts


def _bytes(parts: dict[str, dict[str, int]], info: EngineInfo, area: int, plan: MemoryPlan) -> int:
    """Taken at the worst moment; parts work one after another."""
    width = _WIDTHS[plan.precision]
    if plan.device.kind == "cpu" and plan.placement == "resident":
        whole = sum(sum(part.values()) for part in parts.values())
        return width * whole + max(_activations(info, area, plan))
    words = (_WORDS_BYTES, _WORDS_BYTES)
    return max(
        (
            _part_bytes(part, words if name in _WORDS else _activations(info, area, plan), plan)
            for name, part in parts.items()
        ),
        default=0,
    )


def _part_bytes(part: dict[str, int], activations: tuple[int, int], plan: MemoryPlan) -> int:
    denoising, decoding = activations
    width = _WIDTHS[plan.precision]
    autoencoder = sum(size for name, size in part.items() if name in _AUTOENCODERS)
    others = [size for name, size in part.items() if name not in _AUTOENCODERS]
    if plan.placement == "resident" or plan.device.kind == "cpu":
        return width * (sum(others) + autoencoder) + max(denoising, decoding)
    if plan.placement == "swapped":
        # Diffusers leaves an autoencoder that has encoded the picture where it is while the denoiser runs.
        return max(width * (max(others, default=0) + autoencoder) + denoising, width * autoencoder + decoding)
    kept = sum(size for name, size in part.items() if name in _NEVER_STREAMED)
    layer = max(
        (int(size * _LARGEST_LAYER) for name, size in part.items() if name not in _NEVER_STREAMED), default=0
    )
    return width * (kept + layer) + max(denoising, decoding)


def _activations(info: EngineInfo, area: int, plan: MemoryPlan) -> tuple[int, int]:
    """While the denoiser runs, and while the autoencoder does."""
    pixel = info.pixel_bytes * _WIDTHS[plan.precision] // 2
    decoded = min(area, _TILE_AREA) if plan.tiled else area
    return int(_DENOISER_SHARE * pixel * area), pixel * decoded
