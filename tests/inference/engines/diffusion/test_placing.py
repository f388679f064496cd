"""Placing a pipeline: which of diffusers' ways is taken for which plan, and that releasing gives the memory back."""

from __future__ import annotations

import gc
from typing import Any

import pytest
import torch
from diffusers import AutoencoderKL, KandinskyV22Pipeline, VQModel
from diffusers.pipelines.pipeline_utils import DiffusionPipeline

from inference.engines.diffusion.placing import place, release, torch_dtype
from inference.memory import Device, MemoryPlan, Placement

PROCESSOR = Device("cpu", "CPU", 1 << 40, 1 << 40)
CARD = Device("cuda:1", "Card", 1 << 40, 1 << 40)


class SmallPipeline(DiffusionPipeline):
    """A real pipeline of two real components."""

    model_cpu_offload_seq = "denoiser->vae"

    def __init__(self, denoiser: torch.nn.Module, vae: torch.nn.Module) -> None:
        super().__init__()
        self.register_modules(denoiser=denoiser, vae=vae)


@pytest.fixture
def pipeline() -> SmallPipeline:
    torch.manual_seed(0)
    return SmallPipeline(*(AutoencoderKL(block_out_channels=(32,)) for _ in range(2)))


class Fake:
    """Notes what is asked of it."""

    def __init__(self, **components: Any) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.components = components
        vars(self).update(components)

    def remove_all_hooks(self) -> None:
        self.calls.append(("remove_all_hooks", None))

    def to(self, device: str, **_: Any) -> None:
        self.calls.append(("to", device))

    def enable_model_cpu_offload(self, device: str) -> None:
        self.calls.append(("swapped", device))

    def enable_sequential_cpu_offload(self, device: str) -> None:
        self.calls.append(("streamed", device))


@pytest.mark.parametrize(
    ("device", "placement", "call"),
    [
        (CARD, "resident", ("to", "cuda:1")),
        (CARD, "swapped", ("swapped", "cuda:1")),
        (CARD, "streamed", ("streamed", "cuda:1")),
        (PROCESSOR, "resident", ("to", "cpu")),
        (PROCESSOR, "swapped", ("to", "cpu")),
    ],
)
def test_each_placement_is_one_of_diffusers_ways(
    device: Device, placement: Placement, call: tuple[str, str]
) -> None:
    fake = Fake(unet=torch.nn.Linear(2, 2, device="meta"))
    place(fake, MemoryPlan(device, "fp16", placement))
    assert fake.calls == [("remove_all_hooks", None), call]


def test_what_is_there_already_is_not_moved_unless_a_part_is_elsewhere() -> None:
    """A move that ran out of memory may have stopped half way."""
    fake = Fake(first=torch.nn.Linear(2, 2), second=torch.nn.BatchNorm1d(2))
    place(fake, MemoryPlan(PROCESSOR, "fp32"))
    assert fake.calls == [("remove_all_hooks", None)]
    fake.second.running_mean = torch.zeros(2, device="meta")
    place(fake, MemoryPlan(PROCESSOR, "fp32"))
    assert fake.calls[-1] == ("to", "cpu")


def test_an_offload_goes_to_the_first_card_also_after_another(pipeline: SmallPipeline) -> None:
    first = Device("cuda:0", "Card", 1 << 40, 1 << 40)
    for card in (CARD, first):
        place(pipeline, MemoryPlan(card, "fp16", "swapped"))
        assert pipeline._execution_device == torch.device(card.id)


def test_the_fake_has_the_methods_of_a_real_pipeline() -> None:
    for method in ("remove_all_hooks", "to", "enable_model_cpu_offload", "enable_sequential_cpu_offload"):
        assert callable(getattr(DiffusionPipeline, method))


def test_tiles_and_slices_follow_the_plan(pipeline: SmallPipeline) -> None:
    for tiled in (True, False, True):
        place(pipeline, MemoryPlan(PROCESSOR, "fp32", tiled=tiled))
        assert (pipeline.vae.use_tiling, pipeline.vae.use_slicing) == (tiled, tiled)


def test_an_autoencoder_without_tiles_is_left_as_it_is() -> None:
    movq = VQModel(block_out_channels=(32,), norm_type="spatial", vq_embed_dim=4)
    place(Fake(movq=movq), MemoryPlan(PROCESSOR, "fp32", tiled=True))
    assert not getattr(movq, "use_tiling", False)
    assert "movq" in KandinskyV22Pipeline.model_cpu_offload_seq


def test_a_placed_pipeline_works_and_can_be_placed_again(pipeline: SmallPipeline) -> None:
    """Whatever the offload was: accelerate's hooks work on the processor as on a card."""
    picture = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        wanted = (pipeline.denoiser(picture).sample, pipeline.vae(picture).sample)
        for offload in (pipeline.enable_model_cpu_offload, pipeline.enable_sequential_cpu_offload):
            offload(device="cpu")
            place(pipeline, MemoryPlan(PROCESSOR, "fp32"))
            assert not any(hasattr(part, "_hf_hook") for part in (pipeline.denoiser, pipeline.vae))
            found = (pipeline.denoiser(picture).sample, pipeline.vae(picture).sample)
            assert all(torch.equal(left, right) for left, right in zip(wanted, found, strict=True))


@pytest.mark.parametrize("offload", ["", "enable_model_cpu_offload", "enable_sequential_cpu_offload"])
def test_release_frees_the_weights_though_someone_still_refers_to_them(
    pipeline: SmallPipeline, offload: str
) -> None:
    if offload:
        getattr(pipeline, offload)(device="cpu")
    release(pipeline)
    gc.collect()
    left = [
        parameter
        for part in (pipeline.denoiser, pipeline.vae)
        for parameter in part.parameters()
        if parameter.device.type != "meta"
    ]
    assert not left
    release(pipeline)  # once more does no harm


def test_precisions_are_torchs() -> None:
    found = [torch_dtype(MemoryPlan(CARD, precision)) for precision in ("fp16", "bf16", "fp32")]
    assert found == [torch.float16, torch.bfloat16, torch.float32]
