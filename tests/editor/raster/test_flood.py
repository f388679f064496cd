"""Flood fill against a fill that goes pixel by pixel, and likeness against its definition."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editor.raster import flood as module
from editor.raster.flood import antialias, flood, like
from editor.raster.polygon import polygon
from inference.geometry import Bounds

Bools = npt.NDArray[np.bool_]


def connected(wanted: Bools, x: int, y: int) -> Bools:
    """Pixel by pixel, over the four sides."""
    out = np.zeros_like(wanted)
    waiting = [(x, y)] if wanted[y, x] else []
    while waiting:
        x, y = waiting.pop()
        if 0 <= y < wanted.shape[0] and 0 <= x < wanted.shape[1] and wanted[y, x] and not out[y, x]:
            out[y, x] = True
            waiting += [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)]
    return out


@st.composite
def labyrinths(draw: st.DrawFn) -> Bools:
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    return rng.random((height, width)) < draw(st.sampled_from([0.4, 0.6, 0.7, 0.95, 1.0]))


@settings(max_examples=150, deadline=None)
@given(labyrinths(), st.sampled_from([(1, 1), (3, 5), (8, 2), (64, 64)]), st.data())
def test_it_reaches_what_a_fill_pixel_by_pixel_reaches(
    wanted: Bools, block: tuple[int, int], data: st.DataObject
) -> None:
    height, width = wanted.shape
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    asked: list[Bounds] = []

    def read(part: Bounds) -> Bools:
        asked.append(part)
        return wanted[part.slices()].copy()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", block)
        parts = flood(read, Bounds(0, 0, width, height), x, y)
    result = np.zeros((height, width), np.uint8)
    for part, mask in parts:
        assert mask.dtype == np.uint8 and mask.any()
        result[part.slices()] = mask
    assert np.array_equal(result, connected(wanted, x, y) * np.uint8(255))
    assert len(asked) == len(set(asked))  # no block twice


def test_only_what_is_reached_is_read() -> None:
    asked: list[Bounds] = []

    def read(part: Bounds) -> Bools:
        asked.append(part)
        ys, xs = np.mgrid[part.slices()]
        return np.asarray((xs < 1500) & (ys < 100))

    parts = flood(read, Bounds(0, 0, 1 << 15, 1 << 15), 5, 5)
    assert len(asked) == 2
    assert sum(np.count_nonzero(mask) for _part, mask in parts) == 1500 * 100


@pytest.mark.parametrize(("x", "y"), [(-1, 0), (0, -1), (10, 0), (0, 10), (3, 3)])
def test_outside_and_where_nothing_is_like(x: int, y: int) -> None:
    assert flood(lambda part: np.zeros((10, 10), np.bool_), Bounds(0, 0, 10, 10), x, y) == []


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 999), st.integers(0, 255), st.booleans(), st.booleans())
def test_likeness_is_the_largest_difference(seed: int, tolerance: int, deep: bool, clear: bool) -> None:
    rng = np.random.default_rng(seed)
    dtype: Any = np.uint16 if deep else np.uint8
    scale = 257 if deep else 1
    centre = rng.integers(0, 256, 4)
    values = np.clip(centre + rng.integers(-2 * tolerance - 2, 2 * tolerance + 3, (7, 9, 4)), 0, 255)
    pixels = (values * scale).astype(dtype)
    colour = (centre * scale).astype(dtype)
    if clear:
        colour[3] = 0
    apart = np.abs(pixels.astype(np.int64) - colour)
    expected = (apart[..., 3] if clear else apart.max(axis=-1)) <= tolerance * scale
    assert np.array_equal(like(pixels, colour, tolerance * scale), expected)


def test_likeness_of_a_part_of_an_array_and_of_one_value() -> None:
    pixels = np.zeros((20, 30, 4), np.uint8)
    pixels[5:10, 5:10] = 200
    assert like(pixels[4:11, 4:11], np.array([200, 200, 200, 200], np.uint8), 0).sum() == 25
    even = np.broadcast_to(np.array([[[1, 2, 3, 4]]], np.uint8), (8, 8, 4))
    assert like(even, even[0, 0], 0).all()


@settings(max_examples=60, deadline=None)
@given(labyrinths())
def test_antialiasing_leaves_the_outline_where_it_is(inside: Bools) -> None:
    mask = inside * np.uint8(255)
    soft = antialias(mask)
    assert np.array_equal(soft >= 128, inside)
    padded = np.pad(inside, 1, mode="edge")
    near = [padded[y : y + mask.shape[0], x : x + mask.shape[1]] for y in range(3) for x in range(3)]
    even = np.all(near, axis=0) | ~np.any(near, axis=0)
    assert np.array_equal(soft[even], mask[even])


def test_antialiasing_is_exact_along_rows_columns_and_diagonals() -> None:
    bounds = Bounds(0, 0, 40, 40)
    square = polygon([(10, 10), (30, 10), (30, 30), (10, 30)], bounds)
    assert np.array_equal(antialias(square)[:, 15:25], square[:, 15:25])
    triangle = polygon([(-10.5, -10), (49.5, 50), (-10.5, 50)], bounds)  # x = y − ½
    stairs = np.where(triangle >= 128, np.uint8(255), np.uint8(0))
    assert np.abs(antialias(stairs)[2:-2, 2:-2].astype(int) - triangle[2:-2, 2:-2]).max() <= 2
