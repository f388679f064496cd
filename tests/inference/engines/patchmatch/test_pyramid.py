"""Pyramid: what a level knows of its targets."""

from __future__ import annotations

import numpy as np
import pytest

from inference.engines.patchmatch.arrays import Bools, Floats
from inference.engines.patchmatch.pyramid import patch_sum
from inference.engines.patchmatch.search import PATCH
from tests.inference.engines.patchmatch.conftest import Case


def test_the_weights_of_a_patch_are_summed_for_each_target(case: Case) -> None:
    level = case.level
    top, left, columns = level.frame
    whole = np.zeros(level.shape, np.float32)
    whole[top : top + len(level.root), left : left + columns] = level.root[..., 0] ** 2
    sums: Floats = patch_sum(whole)[level.targets[:, 0], level.targets[:, 1]]
    assert level.weight_sum == pytest.approx(sums, rel=1e-5)
    targets: Bools = level.target_index >= 0
    assert np.array_equal(np.argwhere(targets), level.targets)
    assert level.hole.sum() == len(level.pixels) and PATCH <= columns <= level.shape[1]
