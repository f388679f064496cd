"""Conversion between 8 and 16 bits per channel, 0 and full scale kept: there and back is the identity for 8 bits."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

Array8 = npt.NDArray[np.uint8]
Array16 = npt.NDArray[np.uint16]
Pixels = npt.NDArray[Any]
"""uint8 or uint16."""


def to_8(array: npt.NDArray[Any]) -> Array8:
    """Of uint8 or uint16, any shape, rounded to the nearest; what has 8 bits already is given back itself."""
    if array.dtype == np.uint8:
        return array
    return np.take(_rounded(), array)


def to_16(array: npt.NDArray[Any]) -> Array16:
    """Of uint8 or uint16, any shape; what has 16 bits already is given back itself. Exact: v · 257."""
    if array.dtype == np.uint16:
        return array
    return array * np.uint16(257)


def to_dtype(array: npt.NDArray[Any], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """As uint8 or uint16, whichever ``dtype`` is."""
    return to_16(array) if np.dtype(dtype) == np.uint16 else to_8(array)


def to_levels(array: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Of uint8 or uint16, any shape, in levels of 255: exact enough for ``from_levels`` to bring every bit back."""
    levels = array.astype(np.float32)
    if array.dtype == np.uint16:
        levels /= np.float32(257)
    return levels


def from_levels(levels: npt.NDArray[np.float32], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Levels of 255 as uint8 or uint16, rounded to the nearest and clipped."""
    full = full_scale(dtype)
    values: Pixels = np.clip(np.rint(levels * np.float32(full // 255)), 0, full).astype(dtype)
    return values


def full_scale(dtype: npt.DTypeLike) -> int:
    """255 or 65535."""
    return int(np.iinfo(np.dtype(dtype)).max)


@cache
def _rounded() -> Array8:
    return ((np.arange(65536, dtype=np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
