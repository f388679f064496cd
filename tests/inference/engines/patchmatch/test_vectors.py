"""Vectors: the room that reading whole ones takes."""

from __future__ import annotations

import numpy as np

from inference.engines.patchmatch.vectors import LANES, roomy


def test_beyond_a_roomy_array_lies_a_whole_vector() -> None:
    values = roomy(np.arange(5, dtype=np.int32))
    assert np.array_equal(values, np.arange(5)) and values.flags.c_contiguous
    assert values.base is not None and values.base.size == 5 + LANES
