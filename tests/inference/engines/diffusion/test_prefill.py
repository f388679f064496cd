"""What a model begins from: by the task, only where nothing is known, and so that it helps."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from inference.choices import START_CHOICES, StartFrom
from inference.engines.diffusion.pictures import working_picture
from inference.engines.diffusion.prefill import GREY, Bools, Floats, prefill, start_of
from inference.engines.engine import unheard
from inference.request import Array8, FillCancelled, FillRequest, Reference

STARTS: tuple[StartFrom, ...] = START_CHOICES[1:]


def stripes(side: int = 160) -> Floats:
    """Upright ones, of a colour that is darker on the left."""
    across = np.arange(side)
    row = 120 + 60 * np.sin(across * 2 * np.pi / 16) + across / 4
    return np.broadcast_to(row[None, :, None], (side, side, 3)).astype(np.float32).copy()


def known_around(side: int = 160, inset: int = 50) -> Bools:
    known = np.ones((side, side), np.bool_)
    known[inset : side - inset, inset : side - inset] = False
    return known


def request(**fields: Any) -> FillRequest:
    """Stripes with a bright square in the middle, which is masked, for a model that looks under the mask."""
    known = known_around()
    image = np.dstack((stripes(), np.full(known.shape, 255))).astype(np.uint8)
    image[~known, :3] = (255, 0, 255)
    values: dict[str, Any] = {
        "id": "p",
        "engine": "kandinsky-2-2",
        "image": image,
        "mask": np.where(known, 0, 255).astype(np.uint8),
        "working_size": (160, 160),
    }
    return FillRequest(**{**values, **fields})


def transparent(asked: FillRequest) -> FillRequest:
    image = asked.image.copy()
    image[asked.mask > 0] = 0
    return replace(asked, image=image)


def test_by_the_task() -> None:
    picture = Reference(np.zeros((2, 2, 3), np.uint8))
    assert start_of(request()) == "content-aware"  # nothing shall be there: remove
    assert start_of(request(prompt="a hat")) == "surroundings"
    assert start_of(request(references=(picture,))) == "surroundings"
    assert start_of(request(strength=0.6)) == "picture"
    assert start_of(transparent(request(prompt="a hat"))) == "border"  # extend
    assert start_of(transparent(request(strength=0.6))) == "border"
    assert start_of(request(engine="flux-fill")) == "surroundings"  # it would not see the work
    for start in STARTS:
        assert start_of(request(start=start, strength=0.6)) == start


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("strength", [0.5, 1.0])
@pytest.mark.parametrize("size", [(160, 160), (64, 96), (256, 192)])
def test_what_is_under_the_mask_stays_only_where_it_is_asked_for(
    start: StartFrom, strength: float, size: tuple[int, int]
) -> None:
    """Magenta is far from any grey."""
    asked = request(start=start, strength=strength, working_size=size)
    rgb, mask = working_picture(asked)
    assert rgb.shape == (size[1], size[0], 3)
    inner = cv2.erode(mask, np.ones((9, 9), np.uint8)) > 0
    magenta = rgb[inner].astype(int) @ (1, -2, 1) > 300
    chance = 0.2 if start == "noise" else 0  # noise has all colours
    assert magenta.all() if start == "picture" else magenta.mean() <= chance
    if size == (160, 160):
        assert np.array_equal(rgb[asked.mask == 0], asked.image[asked.mask == 0, :3])


@given(st.sampled_from(STARTS), st.integers(2, 60), st.integers(2, 60), st.data())
@run_with(max_examples=40, deadline=None)
def test_any_shape_of_what_is_known(start: StartFrom, height: int, width: int, data: st.DataObject) -> None:
    seed = data.draw(st.integers(0, 1000))
    random = np.random.default_rng(seed)
    colour = random.uniform(0, 255, (height, width, 3)).astype(np.float32)
    known = random.random((height, width)) < data.draw(st.floats(0.05, 0.95))
    known[random.integers(height), random.integers(width)] = True
    clean = known & (random.random((height, width)) < 0.7)
    made = prefill(colour, known, clean, start, unheard)
    assert made.shape == colour.shape and made.dtype == np.float32
    assert np.array_equal(made[known], colour[known])
    assert np.isfinite(made).all() and made.min() >= 0 and made.max() <= 255
    assert np.array_equal(made, prefill(colour, known, clean, start, unheard))


def test_a_content_aware_start_goes_on_with_the_pattern() -> None:
    truth, known = stripes(), known_around()
    holed = np.where(known[..., None], truth, 0).astype(np.float32)
    apart = {
        start: float(np.abs(prefill(holed, known, known, start, unheard) - truth)[~known].mean())
        for start in ("content-aware", "surroundings")
    }
    assert apart["content-aware"] < apart["surroundings"] / 3


def test_a_content_aware_start_copies_nothing_of_what_fades_out() -> None:
    """A rim of what is to be removed shows where the mask is grey."""
    truth, known, clean = stripes(), known_around(), known_around(inset=44)
    holed = truth.copy()
    holed[~clean] = (255, 0, 255)
    made = prefill(holed, known, clean, "content-aware", unheard)
    assert (made[~known] @ np.float32([1, -2, 1])).max() < 30


def test_where_nothing_may_be_copied_or_nothing_can_do_it_the_start_is_smooth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    truth, known = stripes(), known_around()
    smooth = prefill(truth, known, known, "surroundings", unheard)
    assert not np.array_equal(prefill(truth, known, known, "content-aware", unheard), smooth)
    monkeypatch.setitem(sys.modules, "inference.engines.content_aware", None)
    monkeypatch.delattr("inference.engines.content_aware", raising=False)
    assert np.array_equal(prefill(truth, known, known, "content-aware", unheard), smooth)
    monkeypatch.undo()
    nowhere = np.zeros_like(known)
    made = prefill(truth, known, nowhere, "content-aware", unheard)
    assert np.array_equal(made[known], truth[known]) and np.isfinite(made).all()


def test_a_large_picture_is_started_at_a_reduced_size_without_a_seam() -> None:
    side = 1400
    down, across = np.mgrid[0:side, 0:side].astype(np.float32) / side
    truth = np.stack([60 + 120 * across, 60 + 120 * down, 90 + 60 * across * down], -1).astype(np.float32)
    known = known_around(side, 500)
    made = prefill(np.where(known[..., None], truth, 0), known, known, "content-aware", unheard)
    step = np.abs(np.diff(made, axis=0)).max(), np.abs(np.diff(made, axis=1)).max()
    assert max(step) < 12
    assert np.abs(made - truth)[~known].mean() < 6


def test_the_border_goes_on_sharp_and_fades_into_a_blur() -> None:
    """The right half is missing: what reaches its edge goes on to the right."""
    side = 160
    rows = np.where(np.arange(side) // 10 % 2, np.float32(200), np.float32(60))
    truth = np.broadcast_to(rows[:, None, None], (side, side, 3)).astype(np.float32)
    known = np.zeros((side, side), np.bool_)
    known[:, : side // 2] = True
    made = prefill(np.where(known[..., None], truth, 0), known, known, "border", unheard)
    assert np.abs(made[:, side // 2] - truth[:, 0]).max() < 1
    contrast = made[:, side // 2 :, 0].std(axis=0)
    assert contrast[0] > 3 * contrast[-1]
    assert np.diff(contrast).max() < 1 and np.diff(contrast).min() > -contrast[0] / 4  # with no step
    assert np.abs(made.mean() - truth.mean()) < 10


def test_grey_and_noise() -> None:
    colour, known = stripes(), known_around()
    assert (prefill(colour, known, known, "neutral", unheard)[~known] == GREY).all()
    noise = prefill(colour, known, known, "noise", unheard)[~known]
    assert abs(noise.mean() - colour[known].mean()) < 25
    assert noise.std() > colour[known].std() / 2


@pytest.mark.parametrize("start", STARTS)
def test_where_nothing_is_known_it_is_grey(start: StartFrom) -> None:
    asked = request(start=start, mask=np.full((160, 160), 255, np.uint8))
    rgb, _ = working_picture(transparent(asked))
    assert (rgb == GREY).all()


def test_it_reports_and_a_cancel_stops_it() -> None:
    heard: list[str] = []

    def report(
        stage: str, fraction: float, step: int = 0, steps: int = 0, preview: Array8 | None = None
    ) -> None:
        heard.append(stage)
        if len(heard) > 1:
            raise FillCancelled

    with pytest.raises(FillCancelled):
        working_picture(request(), report)
    assert set(heard) == {"prefill"}
