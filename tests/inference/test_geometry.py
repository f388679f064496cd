"""Extent and Bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.geometry import Bounds, Extent

small = st.integers(-20, 20)
bounds = st.builds(Bounds, small, small, st.integers(0, 20), st.integers(0, 20))


def pixels(b: Bounds) -> set[tuple[int, int]]:
    return {(x, y) for x in range(b.x, b.right) for y in range(b.y, b.bottom)}


@given(bounds, bounds)
def test_intersection_and_containment_are_those_of_sets(a: Bounds, b: Bounds) -> None:
    assert pixels(a.intersected(b)) == pixels(a) & pixels(b)
    if b:
        assert a.contains(b) == (pixels(b) <= pixels(a))


@given(bounds, bounds)
def test_union_is_the_smallest_around_both(a: Bounds, b: Bounds) -> None:
    both = a.united(b)
    assert pixels(a) | pixels(b) <= pixels(both)
    if a and b:
        assert both.x in (a.x, b.x) and both.right in (a.right, b.right)


@given(bounds, st.builds(Bounds, small, small, st.integers(1, 30), st.integers(1, 30)))
def test_clamping(a: Bounds, outer: Bounds) -> None:
    inside = a.clamped_into(outer)
    assert outer.intersected(inside) == inside or not inside
    assert inside.width == min(a.width, outer.width)


def test_slices() -> None:
    array = np.arange(100).reshape(10, 10)
    part = Bounds(2, 3, 4, 5)
    assert array[part.slices()].shape == (5, 4)
    assert array[part.slices()][0, 0] == 32
    assert array[Bounds(12, 13, 2, 2).slices(Bounds(10, 10, 10, 10))][0, 0] == 32


def test_extent() -> None:
    assert Extent(3, 4).diagonal == 5
    assert tuple(Extent(3, 4)) == (3, 4)
    assert (Extent(3, 4).shortest, Extent(3, 4).longest, Extent(3, 4).area) == (3, 4, 12)
    assert not Extent(0, 4)
    with pytest.raises(ValueError, match="negative"):
        Extent(-1, 2)
