"""Coherence: what is left out would not have moved."""

from __future__ import annotations

import numpy as np

from inference.engines.patchmatch.coherence import cohere
from inference.engines.patchmatch.workers import cut
from tests.inference.engines.patchmatch.conftest import Case


def test_coherence_may_leave_out_what_is_not_due(case: Case) -> None:
    level = case.level
    index = np.full(level.shape, -1, np.int32)
    index[level.hole] = np.arange(len(level.pixels), dtype=np.int32)
    drawn = np.random.default_rng(5).integers(0, level.source_count, len(level.pixels))
    results = []
    for thrifty in (False, True):
        shifts = level.sources[drawn].copy()
        due = np.ones(len(shifts), np.bool_)
        for sweep in range(5):
            before, due_next = shifts.copy(), np.zeros(len(shifts), np.bool_)
            for first, last in cut(len(shifts), 30):
                cohere(
                    level.colour.reshape(-1), level.colour[level.hole].reshape(-1), level.known, level.source,
                    level.pixels, index, shifts, before, due, due_next, sweep % 2 == 1, first, last,
                )  # fmt: skip
            due = due_next if thrifty else np.ones(len(shifts), np.bool_)
        results.append(shifts)
    assert np.array_equal(*results)
    assert not np.array_equal(results[0], level.sources[drawn])
