"""8 and 16 bits: all values there are."""

from __future__ import annotations

import numpy as np
import pytest

from inference.depth import from_levels, full_scale, to_8, to_16, to_dtype, to_levels

ALL_8 = np.arange(256, dtype=np.uint8).reshape(16, 16)
ALL_16 = np.arange(65536, dtype=np.uint16).reshape(256, 256)


def test_there_and_back_is_the_identity() -> None:
    there = to_16(ALL_8)
    assert (there.dtype, there.min(), there.max()) == (np.uint16, 0, 65535)
    assert np.array_equal(to_8(there), ALL_8)


def test_every_value_is_rounded_to_the_nearest() -> None:
    exact = ALL_16.astype(np.float64) * 255 / 65535
    assert to_8(ALL_16).dtype == np.uint8
    assert np.abs(to_8(ALL_16) - exact).max() <= 0.5


@pytest.mark.parametrize("array", [ALL_8, ALL_16])
def test_what_is_of_that_depth_already_is_given_back(array: np.ndarray) -> None:
    same = to_8 if array.dtype == np.uint8 else to_16
    assert same(array) is array
    assert to_dtype(array, array.dtype) is array
    other = np.uint16 if array.dtype == np.uint8 else np.uint8
    assert to_dtype(array, other).dtype == other


@pytest.mark.parametrize("array", [ALL_8, ALL_16])
def test_levels_and_back_is_the_identity(array: np.ndarray) -> None:
    levels = to_levels(array)
    assert (levels.dtype, levels.min(), levels.max()) == (np.float32, 0, 255)
    assert np.array_equal(from_levels(levels, array.dtype), array)
    assert np.array_equal(to_levels(to_16(ALL_8)), ALL_8)
    beyond = np.array([-3, 255.6, 300], np.float32)
    assert from_levels(beyond, array.dtype).tolist() == [0, full_scale(array.dtype), full_scale(array.dtype)]
