"""A small level of three shapes of holes, with matches drawn by lot."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from inference.engines.patchmatch.arrays import Floats, Ints
from inference.engines.patchmatch.pyramid import Level, analyse


@dataclass
class Case:
    """A level, and a match for each target drawn by lot."""

    level: Level
    matches: Ints
    penalty: Floats


@pytest.fixture(params=["inside", "corner", "two"])
def case(request: pytest.FixtureRequest) -> Case:
    chance = np.random.default_rng(3)
    hole = np.zeros((37, 45), np.bool_)
    hole[
        {"inside": np.s_[12:21, 15:29], "corner": np.s_[:9, 38:], "two": np.s_[9:15, 20:26]}[request.param]
    ] = True
    if request.param == "two":
        hole[18:30, 12:18] = True
    colour = cv2.GaussianBlur(chance.uniform(0, 255, (*hole.shape, 3)).astype(np.float32), (0, 0), 1)
    texture = chance.uniform(0, 20, (*hole.shape, 2)).astype(np.float32)
    level = analyse(colour, texture, hole, ~hole, ~hole)
    matches = level.sources[chance.integers(0, level.source_count, len(level.targets))]
    return Case(level, matches, chance.uniform(0, 30, hole.shape).astype(np.float32))
