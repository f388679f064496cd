"""Tests of the correction that draws an estimate's tones after those around the hole."""

from __future__ import annotations

import numpy as np
import pytest

from inference.engines.patchmatch.arrays import Bools, Floats, Ints
from inference.engines.patchmatch.compose import Frame
from inference.engines.patchmatch.pyramid import Level, build_pyramid
from inference.engines.patchmatch.tone import follow
from inference.engines.patchmatch.workers import Workers

ASIDE = np.array((0, 40), np.int32)
"""What the sources lie beside the pixels that are made of them."""


def level_of(colour: Floats, hole: Bools) -> Level:
    with Workers(lambda: None) as workers:
        return build_pyramid(colour.copy(), hole, ~hole, ~hole, workers)[0]


def followed(level: Level, shifts: Ints, voted: Floats) -> Floats:
    with Workers(lambda: None) as workers:
        return follow(level, Frame.of(level), shifts, voted, workers)


@pytest.fixture
def hole() -> Bools:
    hole = np.zeros((90, 110), np.bool_)
    hole[30:60, 30:60] = True
    return hole


def ramp() -> Floats:
    """A picture that lightens by a level a pixel to the right, with some noise."""
    noise = np.random.default_rng(0).normal(0, 3, (90, 110, 3))
    return (60 + np.arange(110)[None, :, None] + noise).astype(np.float32)


def test_votes_that_meet_the_border_stay_as_they_are(hole: Bools) -> None:
    level = level_of(np.full((90, 110, 3), 100, np.float32), hole)
    voted = np.full((len(level.pixels), 3), 100, np.float32)
    assert np.allclose(followed(level, level.pixels + ASIDE, voted), voted, atol=0.01)


def test_tones_meet_the_border_and_keep_their_detail(hole: Bools) -> None:
    truth = ramp()
    level = level_of(truth, hole)
    shifts = level.pixels + ASIDE
    voted = truth[shifts[:, 0], shifts[:, 1]]
    result = followed(level, shifts, voted)
    wanted = truth[level.pixels[:, 0], level.pixels[:, 1]]
    inward = np.minimum(level.pixels - 30, 59 - level.pixels).min(axis=1)
    assert (voted - wanted).mean() == pytest.approx(40, abs=2)
    assert abs((result - wanted)[inward == 0].mean()) < 4
    assert (result - voted)[
        inward >= 12
    ].mean() > -35  # the middle is drawn along, and keeps some of its own tone
    beside = (level.pixels[1:, 0] == level.pixels[:-1, 0]) & (inward[1:] >= 4)
    gradients = [np.diff(colours, axis=0)[beside, 0] for colours in (voted, result)]
    assert np.corrcoef(*gradients)[0, 1] > 0.97


def test_pixels_that_nothing_is_known_of_ask_for_nothing(hole: Bools) -> None:
    known = ~hole
    known[25:30] = False
    colour = np.full((90, 110, 3), 100, np.float32)
    colour[25:30] = 255
    with Workers(lambda: None) as workers:
        level = build_pyramid(colour, hole, known, known, workers)[0]
    voted = np.full((len(level.pixels), 3), 100, np.float32)
    assert np.allclose(followed(level, level.pixels + ASIDE, voted), 100, atol=0.01)


def test_what_differs_from_pixel_to_pixel_says_nothing_of_the_tone(hole: Bools) -> None:
    level = level_of(np.full((90, 110, 3), 100, np.float32), hole)
    shifts = level.pixels + ASIDE
    rough = np.random.default_rng(0).normal(100, 40, (len(level.pixels), 3)).astype(np.float32)
    even = np.full((len(level.pixels), 3), 110, np.float32)
    by_accident = np.abs(followed(level, shifts, rough) - rough).mean()
    by_tone = np.abs(followed(level, shifts, even) - even).mean()
    assert by_accident < 2 < by_tone
