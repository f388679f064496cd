"""The selection: combining shapes, against the same done on dense arrays."""

from __future__ import annotations

from typing import get_args

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editor.document.geometry import Bounds, tile_bounds
from editor.document.selection import CombineMode, combine, inverted
from editor.document.tiles import TileMap

Array8 = npt.NDArray[np.uint8]
AREA = Bounds(-256, -256, 1024, 768)


def shape_of(seed: int, width: int, height: int) -> Array8:
    """Blocks of no, some and full coverage."""
    rng = np.random.default_rng(seed)
    coarse = rng.choice(np.array([0, 0, 100, 200, 255, 255], np.uint8), (height // 64 + 1, width // 64 + 1))
    return coarse.repeat(64, axis=0).repeat(64, axis=1)[:height, :width]


@st.composite
def placed(draw: st.DrawFn) -> tuple[Bounds, Array8]:
    width, height = draw(st.integers(0, 500)), draw(st.integers(0, 400))
    x, y = draw(st.integers(-250, 250)), draw(st.integers(-250, 100))
    return Bounds(x, y, width, height), shape_of(draw(st.integers(0, 99)), width, height)


def dense(old: Array8, shape: Array8, mode: CombineMode) -> Array8:
    if mode == "replace":
        return shape
    if mode == "add":
        return np.maximum(old, shape)
    if mode == "intersect":
        return np.minimum(old, shape)
    return np.where(shape < old, old - shape, 0).astype(np.uint8)


@settings(max_examples=60, deadline=None)
@given(placed(), placed(), st.sampled_from(get_args(CombineMode)))
def test_combining_is_what_it_is_on_dense_arrays(
    old: tuple[Bounds, Array8], new: tuple[Bounds, Array8], mode: CombineMode
) -> None:
    plane = TileMap.from_array(old[1], old[0].x, old[0].y)
    before = plane.snapshot()
    shape = np.zeros((AREA.height, AREA.width), np.uint8)
    shape[new[0].slices(AREA)] = new[1]
    expected = dense(plane.read(AREA), shape, mode)
    patch = combine(plane, *new, mode)
    assert plane == before
    for key, tile in patch.items():  # nothing that stays the same
        was = plane.tile(key)
        assert (was is None) != (tile is None) or (was is not None and not np.array_equal(was, tile))
    plane.exchange(patch)
    assert np.array_equal(plane.read(AREA), expected)
    assert all(plane.read(tile_bounds(key)).any() for key in plane)  # empty tiles are taken away


def test_a_shape_subtracted_from_itself_leaves_nothing() -> None:
    shape = shape_of(3, 300, 200)
    plane = TileMap.from_array(shape)
    plane.exchange(combine(plane, Bounds(0, 0, 300, 200), shape, "subtract"))
    assert len(plane) == 0


def test_inverting_twice_gives_the_selection_back() -> None:
    canvas = Bounds(0, 0, 300, 280)
    plane = TileMap.from_array(shape_of(5, 300, 280))
    before = plane.snapshot()
    plane.exchange(inverted(plane, canvas))
    assert np.array_equal(plane.read(canvas), 255 - before.read(canvas))
    plane.exchange(inverted(plane, canvas))
    assert plane == before


@pytest.mark.parametrize("mode", get_args(CombineMode))
def test_an_empty_shape(mode: CombineMode) -> None:
    plane = TileMap.from_array(np.full((9, 9), 255, np.uint8))
    patch = combine(plane, Bounds(3, 3, 0, 0), np.zeros((0, 0), np.uint8), mode)
    assert patch == ({(0, 0): None} if mode in ("replace", "intersect") else {})
