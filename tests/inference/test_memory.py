"""Memory plans: what a model takes of a device, and the ladder that goes down from it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.engines.engine import ENGINES
from inference.engines.families import FAMILIES, KANDINSKY
from inference.engines.info import EngineInfo
from inference.geometry import Extent
from inference.memory import RESERVE, Device, MemoryPlan, devices_of, plans, precision_on, rungs, scaled
from inference.models.model import Model
from inference.request import FillError

GB = 1 << 30
WORKING = Extent(768, 768)
FAMILY = {info.id: info for info in FAMILIES}

KANDINSKY_MODEL = Model(
    "k",
    "Kandinsky",
    "kandinsky-2-2",
    {"prior": "/p", "inpaint": "/i", "generate": "/g"},
    {
        "prior/text_encoder": 695_000_000,
        "prior/image_encoder": 1_845_000_000,
        "prior/prior": 1_026_000_000,
        "inpaint/unet": 1_253_000_000,
        "inpaint/movq": 68_000_000,
        "generate/unet": 1_252_000_000,
        "generate/movq": 68_000_000,
    },
)
SDXL_MODEL = Model(
    "x",
    "SDXL",
    "sdxl",
    {"pipeline": "/x"},
    {
        "pipeline/unet": 2_567_000_000,
        "pipeline/text_encoder": 123_000_000,
        "pipeline/text_encoder_2": 695_000_000,
        "pipeline/vae": 84_000_000,
    },
)
MODELS = {"kandinsky-2-2": KANDINSKY_MODEL, "sdxl": SDXL_MODEL}


def card(free: float, **fields: object) -> Device:
    values = {
        "id": "cuda:0",
        "name": "Card",
        "memory": 80 * GB,
        "free": int(free * GB),
        "bf16": True,
        **fields,
    }
    return Device(**values)  # type: ignore[arg-type]


def processor(free: float = 64) -> Device:
    return Device("cpu", "CPU", 128 * GB, int(free * GB))


def ladder(family: str, devices: list[Device], **fields: object) -> list[MemoryPlan]:
    return list(plans(FAMILY[family], MODELS[family], WORKING, devices, **fields))  # type: ignore[arg-type]


@st.composite
def cases(draw: st.DrawFn) -> tuple[EngineInfo, Model, Extent, Device]:
    info = draw(st.sampled_from(FAMILIES))
    sides = st.integers(1, 24).map(lambda n: max(n * 64, info.smallest))
    names = ("text_encoder", "image_encoder", "prior", "unet", "vae", "movq", "safety_checker", "other")
    keys = st.tuples(st.sampled_from(("prior", "inpaint", "pipeline")), st.sampled_from(names)).map("/".join)
    numbers = draw(st.dictionaries(keys, st.integers(1, 13_000_000_000)))
    model = Model("m", "M", info.id, {}, numbers, bytes=draw(st.integers(0, 30 * GB)))
    kind = draw(st.sampled_from(("cuda:0", "mps", "cpu")))
    device = Device(kind, "D", 80 * GB, draw(st.integers(0, 80 * GB)), draw(st.booleans()))
    return info, model, Extent(draw(sides), draw(sides)), device


@given(cases())
def test_every_rung_needs_less_and_gives_up_more(case: tuple[EngineInfo, Model, Extent, Device]) -> None:
    info, model, working, device = case
    found = rungs(info, model, working, device)
    assert found[0].lowered == () and found[0].scale == 1 and not found[0].tiled
    for above, below in pairwise(found):
        assert below.bytes <= above.bytes
        assert below.lowered[: len(above.lowered)] == above.lowered
        assert below.scale <= above.scale
        assert (below.device, below.precision) == (above.device, above.precision)


@given(cases())
def test_the_first_plan_fits_where_any_does(case: tuple[EngineInfo, Model, Extent, Device]) -> None:
    info, model, working, device = case
    found = rungs(info, model, working, device)
    ladder = list(plans(info, model, working, [device]))
    fitting = [rung for rung in found if rung.bytes + RESERVE <= device.free]
    if fitting:
        assert ladder == fitting
    else:
        assert ladder == ([] if device.kind == "cpu" else found[-1:])


@given(cases(), st.floats(0.01, 1))
def test_a_smaller_working_size_is_one_that_the_engine_takes(
    case: tuple[EngineInfo, Model, Extent, Device], scale: float
) -> None:
    info, _, working, _ = case
    smaller = scaled(working, scale, info)
    assert all(side % info.multiple == 0 or smaller == working for side in smaller)
    assert all(least <= side for least, side in zip((info.smallest,) * 2, smaller, strict=True))
    assert smaller.width <= -(-working.width // info.multiple) * info.multiple
    assert scaled(working, 1, info) == working


def test_scaling_keeps_the_shape() -> None:
    assert scaled(Extent(1024, 768), 0.75, KANDINSKY) == Extent(768, 576)
    assert scaled(Extent(1024, 768), 0.5, KANDINSKY) == Extent(704, 512)


def test_a_large_card_gives_nothing_up() -> None:
    best = ladder("kandinsky-2-2", [card(24), processor()])[0]
    assert (best.placement, best.tiled, best.scale, best.lowered) == ("resident", False, 1, ())
    assert best.precision == "fp16"


def test_a_card_holds_one_half_of_kandinsky_at_a_time() -> None:
    best = ladder("kandinsky-2-2", [card(24)])[0]
    words, painting = 2 * (695_000_000 + 1_026_000_000), 2 * (1_253_000_000 + 68_000_000)
    assert best.bytes == max(words, painting + KANDINSKY.pixel_bytes * WORKING.area)
    assert words < rungs(KANDINSKY, KANDINSKY_MODEL, Extent(512, 512), card(24))[0].bytes < 1.1 * words


MEASURED = {
    ("resident", 768): 4.22,
    ("resident", 1024): 5.40,
    ("swapped", 768): 2.95,
    ("swapped", 1024): 3.13,
    ("streamed", 768): 2.21,
    ("streamed", 1024): 2.73,
}
"""Peaks in 10⁹ bytes of Kandinsky at its full size, in 16 bits on an H100."""


@pytest.mark.parametrize(("placement", "side"), MEASURED)
def test_kandinsky_takes_about_as_much_as_a_card_has_shown(placement: str, side: int) -> None:
    found = rungs(KANDINSKY, KANDINSKY_MODEL, Extent(side, side), card(24))
    plan = next(each for each in found if each.placement == placement)
    measured = 1e9 * MEASURED[placement, side]
    assert measured <= plan.bytes <= 1.25 * measured


def test_the_processor_holds_all_that_work_needs_or_one_half_after_the_other() -> None:
    whole, halves = (
        next(plan for plan in ladder("kandinsky-2-2", [processor()]) if plan.placement == placement)
        for placement in ("resident", "swapped")
    )
    assert (whole.precision, whole.lowered, halves.lowered) == ("fp32", (), ("offload",))
    activations = 2 * KANDINSKY.pixel_bytes * WORKING.area
    assert whole.bytes == 4 * (695 + 1026 + 1253 + 68) * 1_000_000 + activations
    assert halves.bytes == 4 * (1253 + 68) * 1_000_000 + activations


def test_the_image_encoder_counts_only_where_there_are_references() -> None:
    words, pictures = (
        rungs(KANDINSKY, KANDINSKY_MODEL, WORKING, processor(), references=references)[0].bytes
        for references in (False, True)
    )
    assert pictures - words == 4 * 1_845_000_000


def test_making_a_picture_takes_the_decoder_for_it_in_place_of_the_other() -> None:
    fill, generate = (
        rungs(KANDINSKY, KANDINSKY_MODEL, WORKING, processor(), generate=generate)[0].bytes
        for generate in (False, True)
    )
    assert fill - generate == 4 * 1_000_000


def test_the_whole_ladder_of_a_card() -> None:
    device = card(24)
    found = rungs(FAMILY["sdxl"], SDXL_MODEL, Extent(1536, 1536), device)
    assert [plan.lowered[-1:] for plan in found] == [
        (),
        ("offload",),
        ("tiles",),
        ("stream",),
        ("smaller",),
        ("smaller",),
    ]
    assert [plan.placement for plan in found] == ["resident", "swapped", "swapped", *["streamed"] * 3]
    assert [plan.scale for plan in found] == [1, 1, 1, 1, 0.75, 0.5]


def test_tiles_that_leave_the_worst_moment_as_it_is_still_come_before_streaming() -> None:
    found = rungs(FAMILY["sdxl"], SDXL_MODEL, Extent(1024, 1024), card(24))
    assert [plan.lowered[-1] for plan in found[1:4]] == ["offload", "tiles", "stream"]
    assert found[2].bytes == found[1].bytes
    assert found[3].tiled


def test_an_autoencoder_stays_beside_the_denoiser_when_parts_are_swapped() -> None:
    swapped = rungs(FAMILY["sdxl"], SDXL_MODEL, WORKING, card(24))[1]
    assert swapped.placement == "swapped"
    assert swapped.bytes > 2 * (2_567_000_000 + 84_000_000)


def test_kandinskys_autoencoder_has_no_tiles_and_metal_streams_nothing() -> None:
    assert not any("tiles" in plan.lowered for plan in ladder("kandinsky-2-2", [card(24)]))
    mac = Device("mps", "Apple GPU", 32 * GB, 32 * GB, True)
    assert not any("stream" in plan.lowered for plan in ladder("sdxl", [mac]))


def test_a_small_card_begins_lower() -> None:
    best = ladder("sdxl", [card(8)])[0]
    assert best.lowered == ("offload",) or best.lowered == ("offload", "tiles")
    assert best.fits


def test_a_card_that_nothing_fits_is_tried_with_the_least() -> None:
    (only,) = ladder("sdxl", [card(0.1)])
    assert not only.fits and only.lowered[-1] == "smaller"


def test_the_processor_comes_last_and_only_where_the_user_agrees() -> None:
    devices = [card(24), processor()]
    assert {plan.device.kind for plan in ladder("kandinsky-2-2", devices)} == {"cuda"}
    agreed = ladder("kandinsky-2-2", devices, allow_cpu=True)
    kinds = [plan.device.kind for plan in agreed]
    assert kinds == sorted(kinds, reverse=True) and kinds[-1] == "cpu"
    on_processor = agreed[kinds.index("cpu")]
    assert (on_processor.lowered, on_processor.precision, on_processor.scale) == (("cpu",), "fp32", 1)


def test_a_processor_without_the_memory_is_left_alone() -> None:
    """There, running out would end the program, or another one."""
    assert ladder("kandinsky-2-2", [processor(1)]) == []
    assert {plan.device.kind for plan in ladder("sdxl", [card(24), processor(1)], allow_cpu=True)} == {"cuda"}


@pytest.mark.parametrize(
    ("requested", "found"),
    [("auto", "cuda:1"), ("cuda", "cuda:1"), ("cuda:0", "cuda:0"), ("cpu", "cpu")],
)
def test_the_device_can_be_chosen(requested: str, found: str) -> None:
    devices = [card(40, id="cuda:1"), card(24), processor()]
    assert ladder("sdxl", devices, requested=requested)[0].device.id == found


@pytest.mark.parametrize("requested", ["mps", "cuda:7", "toaster", ""])
def test_a_device_that_is_not_there_is_an_error(requested: str) -> None:
    with pytest.raises(FillError, match="Choose") as caught:
        ladder("sdxl", [card(24), processor()], requested=requested)
    assert caught.value.kind == "input"


def test_without_torch_there_is_no_device() -> None:
    facts = {"torch": None, "cuda": [], "mps": False, "cpu": {"cores": 2, "memory": GB, "available": GB}}
    assert devices_of(facts) == []
    with pytest.raises(FillError, match="torch") as caught:
        ladder("sdxl", [])
    assert caught.value.kind == "input"


def test_a_choice_of_the_processor_is_nothing_that_was_lowered() -> None:
    assert ladder("sdxl", [card(24), processor()], requested="cpu")[0].lowered == ()


OLD, NEW = card(24, bf16=False), card(24)
MAC, OLD_MAC = (Device("mps", "Apple GPU", GB, GB, bf16) for bf16 in (True, False))


@pytest.mark.parametrize(
    ("family", "device", "precision"),
    [
        *(("sd-1-5", device, "fp16") for device in (OLD, NEW, MAC)),
        ("flux-fill", NEW, "bf16"),
        ("flux-fill", OLD, "fp16"),
        ("flux-fill", MAC, "bf16"),
        ("z-image", NEW, "bf16"),
        ("z-image", OLD, "fp32"),
        ("qwen-image", OLD_MAC, "fp32"),
        ("sd-2", MAC, "fp32"),
        ("sd-2", NEW, "fp16"),
        ("sd-3", OLD, "fp16"),
        ("sdxl", card(6, name="NVIDIA GeForce GTX 1660 SUPER"), "fp32"),
        *((info.id, processor(), "fp32") for info in FAMILIES),
    ],
)
def test_precisions(family: str, device: Device, precision: str) -> None:
    assert precision_on(device, family) == precision


def test_devices_of_facts() -> None:
    facts = {
        "torch": "2.0",
        "cuda": [
            {"name": "Small", "memory": 8 * GB, "free": 7 * GB, "bf16": False, "capability": [7, 5]},
            {"name": "Large", "memory": 24 * GB, "free": 2 * GB, "bf16": True, "capability": [8, 9]},
        ],
        "mps": False,
        "metal": None,
        "cpu": {"name": "CPU", "cores": 2, "memory": 32 * GB, "available": 8 * GB, "free": 9 * GB},
    }
    assert devices_of(facts) == [
        Device("cuda:1", "Large", 24 * GB, 2 * GB, True),
        Device("cuda:0", "Small", 8 * GB, 7 * GB, False),
        Device("cpu", "CPU", 32 * GB, 9 * GB),
    ]


def test_devices_of_the_facts_of_another_version_and_of_a_mac() -> None:
    facts = {
        "torch": "2.0",
        "cuda": [{"name": "Card", "memory": GB}],
        "mps": True,
        "cpu": {"cores": 2, "memory": 2 * GB, "available": GB},
    }
    assert devices_of(facts) == [Device("cuda:0", "Card", GB, GB), Device("cpu", "CPU", 2 * GB, GB)]
    facts |= {"cuda": [], "metal": {"name": "Apple GPU", "memory": GB, "free": 5, "bf16": True}}
    assert devices_of(facts)[0] == Device("mps", "Apple GPU", GB, 5, True)


def test_a_model_of_unknown_make_is_taken_by_its_size_on_disk() -> None:
    model = Model("m", "M", "sd-1-5", {}, bytes=4 * GB)
    info = FAMILY["sd-1-5"]
    assert rungs(info, model, WORKING, card(24))[0].bytes == 4 * GB + info.pixel_bytes * WORKING.area


def test_every_family_says_what_a_pixel_takes() -> None:
    assert all(ENGINES[family].pixel_bytes > 0 for family in FAMILY)
