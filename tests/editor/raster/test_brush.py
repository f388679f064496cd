"""Dabs: area, softness, place, symmetry."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editor.raster.brush import SUBPIXEL, dab, stamp

fractions = st.floats(0, 1, exclude_max=True)


@settings(max_examples=80, deadline=None)
@given(st.floats(2, 300), fractions, fractions)
def test_a_hard_dab_covers_the_area_of_its_disc(diameter: float, fx: float, fy: float) -> None:
    cover = dab(diameter, 1.0, fx, fy)
    assert cover.dtype == np.float32
    assert cover.shape[0] == cover.shape[1]
    assert cover.shape[0] % 2 == 1
    assert cover.min() >= 0
    assert cover.max() <= 1
    assert abs(cover.sum(dtype=np.float64) / (math.pi * diameter**2 / 4) - 1) < 0.01


@settings(max_examples=80, deadline=None)
@given(st.floats(5, 120), st.floats(0, 1), fractions, fractions)
def test_a_dab_lies_where_it_was_asked_for(diameter: float, hardness: float, fx: float, fy: float) -> None:
    cover = dab(diameter, hardness, fx, fy).astype(np.float64)
    at = np.arange(len(cover)) + 0.5 - len(cover) // 2
    total = cover.sum()
    assert abs((cover.sum(axis=0) * at).sum() / total - fx) < 0.05
    assert abs((cover.sum(axis=1) * at).sum() / total - fy) < 0.05


@pytest.mark.parametrize("hardness", [0.0, 0.3, 0.8])
def test_the_falloff_is_smoothstep_from_the_hard_core_to_the_radius(hardness: float) -> None:
    radius = 100.0
    cover = dab(2 * radius, hardness, 0.5, 0.5)
    middle = len(cover) // 2
    along = cover[middle, middle:]
    distance = np.arange(len(along))
    t = np.clip((distance / radius - hardness) / (1 - hardness), 0, 1)
    assert np.abs(along - (1 - t * t * (3 - 2 * t))).max() < 0.03
    assert (np.diff(along) <= 0).all()


def test_a_centred_dab_is_symmetrical() -> None:
    for diameter in (3.0, 10.5, 64.0, 300.0):
        cover = dab(diameter, 0.6, 0.5, 0.5)
        assert np.allclose(cover, cover[::-1], atol=1e-5)
        assert np.allclose(cover, cover.T, atol=1e-5)


def test_tiny_dabs_are_thinner_by_their_area() -> None:
    one = dab(1.0, 1.0, 0.5, 0.5).sum()
    assert dab(0.5, 1.0, 0.5, 0.5).sum() == pytest.approx(one / 4)
    assert dab(0.1, 0.2, 0.0, 0.9).max() < 0.02


@pytest.mark.parametrize(("diameter", "hardness"), [(0, 1), (-1, 1), (math.nan, 1), (5, -0.1), (5, 1.1)])
def test_bad_dabs(diameter: float, hardness: float) -> None:
    with pytest.raises(ValueError, match="no dab"):
        dab(diameter, hardness, 0, 0)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.3, 40), st.floats(0, 1), st.floats(-500, 500), st.floats(-500, 500))
def test_a_stamp_is_the_dab_at_that_place(diameter: float, hardness: float, x: float, y: float) -> None:
    cover, left, top = stamp(diameter, hardness, x, y)
    assert not cover.flags.writeable
    weights = cover.astype(np.float64)
    if weights.sum() > 20 * 255:  # large enough for its centre to show
        at = np.arange(len(cover)) + 0.5
        assert abs((weights.sum(axis=0) * at).sum() / weights.sum() + left - x) < 0.5 / SUBPIXEL + 0.1
        assert abs((weights.sum(axis=1) * at).sum() / weights.sum() + top - y) < 0.5 / SUBPIXEL + 0.1


def test_a_stamp_is_kept_and_moves_by_whole_pixels() -> None:
    a, b = stamp(300, 0.5, 10.25, 20.5), stamp(300, 0.5, 17.25, -3.5)
    assert a.cover is b.cover
    assert (b.x - a.x, b.y - a.y) == (7, -24)
    assert stamp(12, 0.5, 0.3, 0.3).cover is stamp(12, 0.5, 0.2, 0.2).cover
