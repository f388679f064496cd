"""Feathering against a true Gaussian, and smoothing against what it must leave where it is."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editor.raster.feather import feather, feather_reach, feather_step, smooth

Mask = npt.NDArray[Any]
SIGMAS = (0.6, 1.0, 3.3, 5.0, 5.1, 8.1, 10.1, 16.5, 24.0, 40.1)


def disc(side: int, x: float, y: float, radius: float, dtype: type = np.uint8) -> Mask:
    """Antialiased well enough: a pixel's coverage from the distance of its centre."""
    ys, xs = np.mgrid[:side, :side] + 0.5
    cover = np.clip(radius + 0.5 - np.hypot(xs - x, ys - y), 0, 1)
    return np.rint(cover * np.iinfo(dtype).max).astype(dtype)


def true_gaussian(mask: Mask, sigma: float) -> npt.NDArray[np.float64]:
    """In float64, cut at 6 sigmas; beyond the array as at its edge."""
    reach = math.ceil(6 * sigma)
    at = np.arange(-reach, reach + 1)
    kernel = np.exp(-(at**2) / (2 * sigma**2))
    kernel /= kernel.sum()
    out = np.pad(mask.astype(np.float64), reach, mode="edge")
    for axis in (0, 1):
        out = np.apply_along_axis(lambda line: np.convolve(line, kernel, mode="valid"), axis, out)
    return out


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("sigma", SIGMAS)
def test_it_is_a_gaussian(sigma: float, dtype: type) -> None:
    full = np.iinfo(dtype).max
    for shift in (0, 1.1, 2.7):  # blocks lie elsewhere in it
        mask = disc(257, 120.3 + shift, 100.7, 70.2, dtype)
        mask[200:, :31] = full  # touches the edge
        soft = feather(mask, sigma)
        assert soft.dtype == dtype and soft.shape == mask.shape
        assert np.abs(soft - true_gaussian(mask, sigma)).max() <= full / 100


@pytest.mark.parametrize("sigma", [60.0, 150.0, 500.0])
def test_a_very_wide_one_falls_as_the_error_function(sigma: float) -> None:
    """Along a straight edge, which needs no oracle in two dimensions."""
    half = math.ceil(4 * sigma)
    mask = np.zeros((2, 2 * half), np.uint8)
    mask[:, half:] = 255
    x = np.arange(2 * half) + 0.5 - half
    expected = 127.5 * (1 + np.array([math.erf(v / sigma / math.sqrt(2)) for v in x]))
    assert np.abs(feather(mask, sigma)[0] - expected).max() <= 2


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 99), st.floats(0.3, 24))
def test_its_mass_stays_and_nothing_changes_out_of_reach(seed: int, sigma: float) -> None:
    rng = np.random.default_rng(seed)
    reach = feather_reach(sigma)
    mask = np.zeros((2 * reach + 60, 2 * reach + 50), np.uint8)
    place = np.s_[reach + 5 : reach + 45, reach + 5 : reach + 40]
    mask[place] = rng.choice(np.array([0, 90, 255], np.uint8), (4, 5)).repeat(10, 0).repeat(7, 1)
    soft = feather(mask, sigma)
    assert abs(float(soft.sum()) - float(mask.sum())) <= 0.01 * mask.sum() + np.count_nonzero(soft)
    rows, columns = np.nonzero(mask)
    if rows.size:
        soft[
            max(rows.min() - reach, 0) : rows.max() + reach + 1,
            max(columns.min() - reach, 0) : columns.max() + reach + 1,
        ] = 0
    assert not soft.any()


@pytest.mark.parametrize("sigma", [2.0, 7.0, 30.0, 55.0])
def test_a_part_is_as_it_is_in_the_whole(sigma: float) -> None:
    mask = np.random.default_rng(4).choice(np.array([0, 255], np.uint8), (1024, 1152))
    step = feather_step(sigma)
    reach = -(-feather_reach(sigma) // step) * step
    whole = feather(mask, sigma)
    part = feather(mask[256 - reach : 512 + reach, 384 - reach : 640 + reach], sigma)
    assert np.array_equal(part[reach : reach + 256, reach : reach + 256], whole[256:512, 384:640])


@pytest.mark.parametrize("value", [0, 77, 255])
@pytest.mark.parametrize("sigma", [0.0, 2.0, 40.0])
def test_what_is_even_stays(value: int, sigma: float) -> None:
    assert (feather(np.full((37, 61), value, np.uint8), sigma) == value).all()


def test_no_width_is_a_copy() -> None:
    mask = disc(20, 9, 9, 5)
    for same in (feather(mask, 0), smooth(mask, 0)):
        assert np.array_equal(same, mask)
        assert not np.shares_memory(same, mask)
    assert feather(np.zeros((0, 9), np.uint8), 3).shape == (0, 9)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("radius", [2, 9, 30])
def test_smoothing_leaves_a_straight_edge_where_it_is(radius: int, dtype: type) -> None:
    full = np.iinfo(dtype).max
    mask = np.zeros((160, 300), dtype)
    mask[:, 150:] = full
    mask[:, 149] = full // 4  # antialiased: the edge runs at 149.75
    smoothed = smooth(mask, radius)
    area = smoothed[80].sum(dtype=np.float64) / full
    assert area == pytest.approx(150.25, abs=0.15)
    assert np.count_nonzero((smoothed[80] > 0) & (smoothed[80] < full)) <= 2


def test_smoothing_rounds_corners_and_removes_specks_and_gaps() -> None:
    mask = np.zeros((200, 200), np.uint8)
    mask[50:150, 50:150] = 255
    mask[100:103, 100:103] = 0
    mask[10:13, 10:13] = 255
    smoothed = smooth(mask, 10)
    assert smoothed[50, 50] == 0  # a corner
    assert smoothed[60, 60] == 255
    assert smoothed[101, 101] == 255
    assert not smoothed[:40, :40].any()
    assert smoothed[100, 40:49].max() == 0 and smoothed[100, 51:60].min() == 255


def test_a_large_smooth_shape_keeps_its_area_and_its_antialiased_edge() -> None:
    mask = disc(500, 250.3, 249.6, 200.0)
    smoothed = smooth(mask, 12)
    assert smoothed.sum() / 255 == pytest.approx(math.pi * 200**2, rel=0.005)
    soft = np.count_nonzero((smoothed > 0) & (smoothed < 255))
    assert 1000 < soft < 2500  # about as many as the circle has pixels along its edge
    reach = feather_reach(6)
    assert not smoothed[: 49 - reach].any()
