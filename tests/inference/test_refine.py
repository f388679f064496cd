"""Two passes: with stand-in engines that show what they were asked, and with small checkpoints of real ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from inference.choices import RefineChoice
from inference.depth import full_scale, to_dtype
from inference.engines.engine import ENGINES, EngineInfo, Reporter, unheard
from inference.geometry import Bounds
from inference.refine import fill_and_refine, parts_of, ramp
from inference.region import REFINING_STRENGTH
from inference.request import Array8, FillCancelled, FillCandidate, FillError, FillRequest

SMALL = EngineInfo(
    "small",
    "nowhere",
    "Small",
    "Works at 64 pixels.",
    strength=True,
    soft_mask=True,
    multiple=8,
    native=64,
    smallest=32,
    largest=96,
)
HARD = dataclasses.replace(SMALL, id="hard", soft_mask=False)


@pytest.fixture(autouse=True)
def engines(monkeypatch: pytest.MonkeyPatch) -> None:
    for info in (SMALL, HARD):
        monkeypatch.setitem(ENGINES, info.id, info)


def request(side: int = 256, dtype: Any = np.uint8, **fields: Any) -> FillRequest:
    """A picture of noise with a soft round hole, worked at a quarter of its size."""
    full = full_scale(dtype)
    image = np.random.default_rng(1).integers(0, full + 1, (side, side, 4)).astype(dtype)
    mask = np.zeros((side, side), np.uint8)
    cv2.circle(mask, (side // 2, side // 2), side // 3, 255, -1)
    mask = np.asarray(cv2.blur(mask, (9, 9)), np.uint8)
    values = {"id": "r", "engine": "small", "working_size": (64, 64), "seed": 5, "mask": mask, **fields}
    return FillRequest(image=image, **values)


class Engine:
    """Paints what it is asked in one grey: that of ``levels``, one a call, the last for all that follow."""

    def __init__(self, *levels: int, fails_at: int = 0, error: Exception | None = None) -> None:
        self.asked: list[FillRequest] = []
        self._levels, self._fails_at, self._error = levels, fails_at, error

    def __call__(self, request: FillRequest, report: Reporter) -> Iterator[FillCandidate]:
        self.asked.append(request)
        if self._error is not None and len(self.asked) == self._fails_at:
            raise self._error
        for index in range(request.count):
            for step in range(1, 5):
                report("paint", (index + step / 4) / request.count, step, 4)
            image = request.image.copy()
            level = self._levels[min(len(self.asked), len(self._levels)) - 1]
            colour = np.array((level, level, level, 255), np.uint8)
            image[request.mask > 0] = to_dtype(colour, image.dtype)
            yield FillCandidate(request.id, index, request.seed + index, image, {"seconds": 1.0})


def run(engine: Engine, asked: FillRequest, report: Reporter = unheard) -> list[FillCandidate]:
    return list(fill_and_refine(engine, asked, report))


def test_what_is_small_goes_to_the_engine_as_it_is() -> None:
    for asked in (
        request(64),
        request(refine="off"),
        request(working_size=(256, 256), refine="on"),
        request(engine="content-aware"),
        request(generate=True),
    ):
        engine = Engine(90)
        assert len(run(engine, replace(asked, count=3))) == 3
        (seen,) = engine.asked
        assert seen == replace(asked, count=3) and not parts_of(asked)


def test_the_second_pass_goes_over_parts_at_full_size_with_little_strength() -> None:
    engine, asked = Engine(90), request(prompt="a hat", steps=20)
    (candidate,) = run(engine, asked)
    first, *rest = engine.asked
    assert first == replace(asked, count=1)
    assert len(rest) == len(parts_of(asked)) == candidate.facts["refined"] > 4
    for part in rest:
        assert part.image.shape == (64, 64, 4) and part.working_size == (64, 64)
        assert (part.strength, part.start, part.refine) == (REFINING_STRENGTH, "picture", "off")
        assert (part.prompt, part.steps, part.count) == ("a hat", 20, 1)
        assert part.mask.any()
    assert len({part.seed for part in engine.asked}) == len(engine.asked)
    assert candidate.facts["seconds"] == pytest.approx(1.0 + candidate.facts["refine_seconds"])
    assert all(part.strength == 0.2 for part in _asked_with(strength=0.2)[1:])


def _asked_with(**fields: Any) -> list[FillRequest]:
    engine = Engine(90)
    run(engine, request(**fields))
    return engine.asked


@pytest.mark.parametrize("engine_id", ["small", "hard"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_nothing_beyond_the_mask_changes_and_all_within_is_refined(engine_id: str, dtype: Any) -> None:
    asked = request(dtype=dtype, engine=engine_id)
    if engine_id == "hard":
        asked = replace(asked, mask=np.where(asked.mask > 0, 255, 0).astype(np.uint8))
    (candidate,) = run(Engine(30, 200), asked)
    kept = asked.mask == 0
    assert candidate.image.dtype == dtype
    assert np.array_equal(candidate.image[kept], asked.image[kept])
    assert (candidate.image[~kept] == to_dtype(np.array((200, 200, 200, 255), np.uint8), dtype)).all()


def test_no_seam_shows_between_parts_that_differ() -> None:
    """Every part comes in another grey, as different as a model's colours ever are."""
    levels = [120, *(120 + 12 * (-1) ** number for number in range(40))]
    asked = request(512, working_size=(64, 64), engine="small")
    (candidate,) = run(Engine(*levels), asked)
    inside = cv2.erode(asked.mask, np.ones((5, 5), np.uint8)) == 255
    grey = candidate.image[..., 0].astype(int)
    for axis in (0, 1):
        both = inside & np.roll(inside, -1, axis)
        step = np.abs(np.roll(grey, -1, axis) - grey)[both]
        assert grey[inside].max() - grey[inside].min() >= 20  # they do differ
        assert (
            step.max() <= 7
        )  # 24 levels over a ramp of 8 pixels, the least there is: far less at a real size


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 300), st.integers(1, 300), st.data())
@run_with(max_examples=60, deadline=None)
def test_a_ramp_is_full_in_the_middle_and_where_the_context_ends(
    width: int, height: int, whole_width: int, whole_height: int, data: st.DataObject
) -> None:
    whole = Bounds(0, 0, max(width, whole_width), max(height, whole_height))
    x, y = data.draw(st.integers(0, whole.width - width)), data.draw(st.integers(0, whole.height - height))
    weight = ramp(Bounds(x, y, width, height), whole)
    assert weight.shape == (height, width) and weight.min() > 0 and weight.max() <= 1
    if (x, width) == (0, whole.width) and (y, height) == (0, whole.height):
        assert (weight == 1).all()
    if min(width, height) >= 8:
        assert weight[height // 2, width // 2] == 1
    assert (weight[:, 0] < 1).all() or x == 0


def test_the_same_seed_gives_the_same_and_candidates_follow() -> None:
    engine = Engine(90)
    candidates = run(engine, request(count=2))
    assert [(each.index, each.seed) for each in candidates] == [(0, 5), (1, 6)]
    seeds = [asked.seed for asked in engine.asked]
    again = Engine(90)
    run(again, request(count=1, seed=6))
    assert seeds[len(seeds) // 2 :] == [asked.seed for asked in again.asked]


def test_progress_never_falls_and_shows_the_whole() -> None:
    heard: list[tuple[str, float, int, int, Array8 | None]] = []

    def report(
        stage: str, fraction: float, step: int = 0, steps: int = 0, preview: Array8 | None = None
    ) -> None:
        heard.append((stage, fraction, step, steps, preview))

    asked = request(count=2)
    run(Engine(90), asked, report)
    fractions = [fraction for _, fraction, *_ in heard]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1)
    assert heard[0][0] == "paint" and heard[-1][0] == "refine"
    parts = len(parts_of(asked))
    assert {(step, steps) for stage, _, step, steps, _ in heard if stage == "refine"} == {
        (step, parts) for step in range(1, parts + 1)
    }
    previews = [preview for *_, preview in heard if preview is not None]
    assert len(previews) == 2 * parts
    assert all(preview.shape == (256, 256, 3) and preview.dtype == np.uint8 for preview in previews)


def test_a_cancel_in_the_second_pass_stops_it() -> None:
    engine = Engine(90)

    def report(
        stage: str, fraction: float, step: int = 0, steps: int = 0, preview: Array8 | None = None
    ) -> None:
        if (stage, step) == ("refine", 3):
            raise FillCancelled

    with pytest.raises(FillCancelled):
        run(engine, request(), report)
    assert len(engine.asked) == 3  # the first pass, and two parts


def test_with_too_little_memory_for_it_the_first_pass_counts() -> None:
    short = FillError("too little", "memory")
    (candidate,) = run(Engine(30, 200, fails_at=2, error=short), request())
    assert candidate.facts["lowered"] == ["refine"] and candidate.facts["refined"] == 0
    assert (candidate.image[128, 128] == (30, 30, 30, 255)).all()
    with pytest.raises(FillError, match="broken"):
        run(Engine(30, fails_at=2, error=FillError("broken", "engine")), request())


@pytest.mark.parametrize(("choice", "refines"), [("auto", False), ("on", True), ("off", False)])
def test_a_little_enlarged_only_on_request(choice: RefineChoice, refines: bool) -> None:
    assert bool(parts_of(request(80, refine=choice))) is refines
