"""Going down the ladder: what is tried after what, what is made once only, and what is said at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from inference.engines.diffusion import holder, ladder
from inference.engines.diffusion.ladder import is_out_of_memory, on_ladder
from inference.memory import MemoryPlan
from inference.models.model import Model
from inference.request import FillCancelled, FillCandidate, FillError, FillRequest

GB = 1 << 30
MODEL = Model(
    "x",
    "SDXL",
    "sdxl",
    {"pipeline": "/x"},
    {"pipeline/unet": 2_567_000_000, "pipeline/text_encoder": 818_000_000, "pipeline/vae": 84_000_000},
    hash="abc",
)
LADDER = [
    (),
    ("offload",),
    ("offload", "tiles"),
    ("offload", "tiles", "stream"),
    ("offload", "tiles", "stream", "smaller"),
    ("offload", "tiles", "stream", "smaller"),
]


class Engine:
    """An attempt that runs out of memory until the ladder is ``depth`` rungs down, and notes what it was asked for."""

    def __init__(self, depth: int, error: Callable[[], BaseException] = torch.OutOfMemoryError) -> None:
        self.depth, self._error = depth, error
        self.plans: list[MemoryPlan] = []
        self.starts: list[int] = []
        self.sizes: list[tuple[int, int]] = []

    def __call__(self, plan: MemoryPlan, request: FillRequest, start: int) -> Iterator[FillCandidate]:
        self.plans.append(plan)
        self.starts.append(start)
        self.sizes.append(request.working_size)
        for index in range(start, request.count):
            if len(self.plans) <= self.depth:
                raise self._error()
            yield FillCandidate(request.id, index, request.seed + index, request.image, {"seconds": 1.0})


class Report:
    def __init__(self) -> None:
        self.stages: list[str] = []

    def __call__(
        self, stage: str, fraction: float, step: int = 0, steps: int = 0, preview: Any = None
    ) -> None:
        assert 0 <= fraction <= 1
        self.stages.append(stage)


@pytest.fixture
def facts(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Of a machine with one card, which can be changed; torch has none."""
    card = {"name": "Card", "memory": 24 * GB, "free": 23 * GB, "bf16": True, "capability": [8, 9]}
    processor = {"name": "CPU", "cores": 8, "memory": 64 * GB, "available": 60 * GB}
    facts: dict[str, Any] = {"torch": "2.0", "cuda": [card], "mps": False, "metal": None, "cpu": processor}
    monkeypatch.setattr(ladder, "describe_devices", lambda: facts)
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda device: None)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: 5 * GB)
    return facts


def request(**fields: Any) -> FillRequest:
    image, mask = np.zeros((8, 8, 4), np.uint8), np.full((8, 8), 255, np.uint8)
    values = {"id": "r", "engine": "sdxl", "working_size": (1024, 1024), "model": "x", "count": 3, **fields}
    return FillRequest(image=image, mask=mask, **values)


def fill(engine: Callable[..., Iterator[FillCandidate]], **fields: Any) -> list[FillCandidate]:
    return list(on_ladder(request(**fields), MODEL, Report(), engine))


def test_what_fits_is_made_at_once(facts: dict[str, Any]) -> None:
    engine = Engine(0)
    candidates = fill(engine)
    assert [candidate.index for candidate in candidates] == [0, 1, 2]
    assert engine.starts == [0]
    assert candidates[0].facts == {
        "seconds": 1.0,
        "device": "cuda:0",
        "device_name": "Card",
        "precision": "fp16",
        "placement": "resident",
        "lowered": [],
        "working_size": [1024, 1024],
        "model_hash": "abc",
        "peak_bytes": 5 * GB,
    }


@pytest.mark.parametrize("depth", range(len(LADDER)))
def test_each_rung_is_tried_in_its_turn_and_told(facts: dict[str, Any], depth: int) -> None:
    engine, report = Engine(depth), Report()
    candidates = list(on_ladder(request(), MODEL, report, engine))
    assert [plan.lowered for plan in engine.plans] == LADDER[: depth + 1]
    assert all(candidate.facts["lowered"] == list(LADDER[depth]) for candidate in candidates)
    assert report.stages == ["memory"] * depth


def test_a_smaller_working_size_reaches_the_engine_and_is_told(facts: dict[str, Any]) -> None:
    engine = Engine(5)
    candidates = fill(engine, working_size=(1024, 1536), count=1)
    assert engine.sizes == [*[(1024, 1536)] * 4, (768, 1152), (512, 768)]
    assert candidates[0].facts["working_size"] == [512, 768]


def test_candidates_that_are_there_are_not_made_again(facts: dict[str, Any]) -> None:
    made = []

    def attempt(plan: MemoryPlan, request: FillRequest, start: int) -> Iterator[FillCandidate]:
        for index in range(start, request.count):
            if (index == 1 and not plan.lowered) or (index == 3 and not plan.tiled):
                raise torch.OutOfMemoryError("CUDA out of memory")
            made.append(index)
            yield FillCandidate(request.id, index, index, request.image)

    candidates = fill(attempt, count=5)
    assert made == [candidate.index for candidate in candidates] == [0, 1, 2, 3, 4]
    lowered = [tuple(candidate.facts["lowered"]) for candidate in candidates]
    assert lowered == [(), *[("offload",)] * 2, *[("offload", "tiles")] * 2]


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        MemoryError(),
        RuntimeError("MPS backend out of memory (MPS allocated: 18.13 GB, max allowed: 18.13 GB)"),
        RuntimeError("Invalid buffer size: 12.00 GB"),
        RuntimeError(
            "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"
        ),
        RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    ],
    ids=str,
)
def test_every_kind_of_want_of_memory_goes_a_rung_down(facts: dict[str, Any], error: Exception) -> None:
    assert is_out_of_memory(error)
    engine = Engine(1, lambda: error)
    assert len(fill(engine)) == 3
    assert len(engine.plans) == 2


@pytest.mark.parametrize(
    "error",
    [RuntimeError("shapes cannot be multiplied"), FillError("no", "input"), FillCancelled(), KeyError("x")],
)
def test_anything_else_ends_the_fill(facts: dict[str, Any], error: Exception) -> None:
    engine = Engine(1, lambda: error)
    with pytest.raises(type(error)):
        fill(engine)
    assert len(engine.plans) == 1


def test_a_cancel_is_heard_between_two_rungs(facts: dict[str, Any]) -> None:
    def report(stage: str, fraction: float, *rest: Any) -> None:
        raise FillCancelled

    engine = Engine(1)
    with pytest.raises(FillCancelled):
        list(on_ladder(request(), MODEL, report, engine))
    assert len(engine.plans) == 1


def test_only_a_user_who_agrees_gets_the_processor(facts: dict[str, Any]) -> None:
    engine = Engine(100)
    with pytest.raises(FillError, match="Allow the processor") as caught:
        fill(engine)
    assert (caught.value.kind, caught.value.cpu_may_help) == ("memory", True)
    assert [plan.device.kind for plan in engine.plans] == ["cuda"] * len(LADDER)
    assert "OutOfMemory" in caught.value.detail or "cuda:0" in caught.value.detail

    agreed = Engine(len(LADDER))
    candidates = fill(agreed, allow_cpu=True)
    assert agreed.plans[-1].device.kind == "cpu"
    assert candidates[0].facts["lowered"] == ["cpu"]
    assert candidates[0].facts["working_size"] == [1024, 1024]
    assert "peak_bytes" not in candidates[0].facts


@pytest.mark.parametrize("fields", [{"allow_cpu": True}, {"device": "cpu"}])
def test_when_nothing_is_left_the_request_fails_with_figures(
    facts: dict[str, Any], fields: dict[str, Any]
) -> None:
    with pytest.raises(FillError, match=r"needs at least \d+\.\d GB") as caught:
        fill(Engine(100), **fields)
    assert (caught.value.kind, caught.value.cpu_may_help) == ("memory", False)


def test_the_processor_is_not_offered_where_it_has_too_little_memory(facts: dict[str, Any]) -> None:
    facts["cpu"]["available"] = GB
    with pytest.raises(FillError, match="Close other programs") as caught:
        fill(Engine(100))
    assert not caught.value.cpu_may_help


def test_without_a_card_and_without_memory_nothing_is_tried(facts: dict[str, Any]) -> None:
    facts["cuda"] = []
    facts["cpu"]["available"] = GB
    engine = Engine(0)
    with pytest.raises(FillError, match=r"CPU has 1\.0 GB free") as caught:
        fill(engine)
    assert (caught.value.kind, engine.plans) == ("memory", [])


def test_without_a_card_the_processor_needs_no_leave(facts: dict[str, Any]) -> None:
    facts["cuda"] = []
    assert fill(Engine(0))[0].facts["lowered"] == []


def test_a_device_that_is_not_there(facts: dict[str, Any]) -> None:
    with pytest.raises(FillError, match="no device “mps”") as caught:
        fill(Engine(0), device="mps")
    assert caught.value.kind == "input"


def test_what_failed_is_let_go_before_the_next_rung(facts: dict[str, Any]) -> None:
    """The error holds the frames that hold the tensors: they must be gone when the memory is asked for again."""
    alive: list[int] = []

    class Weights:
        def __init__(self) -> None:
            alive.append(1)

        def __del__(self) -> None:
            alive.pop()

    def attempt(plan: MemoryPlan, request: FillRequest, start: int) -> Iterator[FillCandidate]:
        assert not alive
        weights = Weights()
        if not plan.lowered:
            raise torch.OutOfMemoryError(f"for {weights}")
        yield FillCandidate(request.id, start, 0, request.image)

    assert len(fill(attempt, count=1)) == 1


def test_a_fill_that_failed_leaves_no_model_behind(facts: dict[str, Any]) -> None:
    class Held:
        released = 0

        def release(self) -> None:
            self.released += 1

    held = holder.hold(("sdxl", "x"), Held)
    with pytest.raises(FillError):
        fill(Engine(100))
    assert held.released == 1
