"""Mip levels: against the mean in floats, on both paths."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from editor.raster.mips import halve
from inference.geometry import Bounds


@run_with(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), seed=st.integers(0, 1 << 30))
def test_each_pixel_is_the_mean_of_its_block(either_path: str, data: st.DataObject, seed: int) -> None:
    rng = np.random.default_rng(seed)
    finer = rng.integers(0, 256, (24, 32, 4), np.uint8)
    before = rng.integers(0, 256, (20, 30, 4), np.uint8)
    left, right = sorted(data.draw(st.tuples(st.integers(0, 16), st.integers(0, 16))))
    top, bottom = sorted(data.draw(st.tuples(st.integers(0, 12), st.integers(0, 12))))
    part = Bounds.from_edges(left, top, right, bottom)
    x, y = data.draw(st.integers(0, 30 - part.width)), data.draw(st.integers(0, 20 - part.height))
    coarser = before.copy()
    halve(finer, part, coarser, x, y)
    means = np.floor(finer.reshape(12, 2, 16, 2, 4).mean(axis=(1, 3)) + 0.5)
    expected = before.copy()
    expected[y : y + part.height, x : x + part.width] = means[part.slices()]
    assert np.array_equal(coarser, expected)


@pytest.mark.parametrize("value", [0, 1, 127, 254, 255])
def test_an_even_colour_stays(either_path: str, value: int) -> None:
    coarser = np.zeros((4, 4, 4), np.uint8)
    halve(np.full((8, 8, 4), value, np.uint8), Bounds(0, 0, 4, 4), coarser, 0, 0)
    assert (coarser == value).all()
