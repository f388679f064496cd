"""Rectangles and ellipses against areas known by formula."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editor.raster.shapes import ellipse, rectangle
from inference.geometry import Bounds

edges = st.floats(-8, 30)


@settings(max_examples=100, deadline=None)
@given(edges, edges, edges, edges)
def test_a_rectangle_covers_each_pixel_by_its_share(a: float, b: float, c: float, d: float) -> None:
    left, right, top, bottom = min(a, b), max(a, b), min(c, d), max(c, d)
    bounds = Bounds(-3, 2, 20, 17)
    cover = rectangle(left, top, right, bottom, bounds)
    for row in range(bounds.height):
        for column in range(bounds.width):
            x, y = bounds.x + column, bounds.y + row
            across = max(0.0, min(right, x + 1) - max(left, x))
            down = max(0.0, min(bottom, y + 1) - max(top, y))
            assert abs(cover[row, column] - 255 * across * down) <= 0.5 + 1e-6


def test_crossed_edges_cover_nothing() -> None:
    assert not rectangle(5, 5, 2, 9, Bounds(0, 0, 10, 10)).any()
    assert not ellipse(5, 5, 2, 9, Bounds(0, 0, 10, 10)).any()
    assert not ellipse(5, 5, 9, 5, Bounds(0, 0, 10, 10)).any()


@pytest.mark.parametrize("edges", [(3.2, 4.1, 41.9, 29.7), (-20, 10, 70, 14.5), (0, 0, 60, 50)])
def test_an_ellipse_has_its_area_and_touches_its_edges(edges: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = edges
    cover = ellipse(*edges, Bounds(-25, -5, 100, 70))
    area = math.pi * (right - left) / 2 * (bottom - top) / 2
    assert cover.sum() / 255 == pytest.approx(area, rel=0.004)
    ys, xs = np.nonzero(cover)
    assert xs.min() - 25 == pytest.approx(math.floor(left), abs=1)
    assert ys.min() - 5 == pytest.approx(math.floor(top), abs=1)
    assert ys.max() - 5 == pytest.approx(math.ceil(bottom) - 1, abs=1)


def test_a_circle_covers_each_pixel_by_its_share() -> None:
    fine = 16
    at = (np.arange(40 * fine) + 0.5) / fine
    inside = np.hypot(at[None, :] - 20.3, at[:, None] - 18.8) <= 15.5
    expected = inside.reshape(40, fine, 40, fine).mean(axis=(1, 3)) * 255
    cover = ellipse(4.8, 3.3, 35.8, 34.3, Bounds(0, 0, 40, 40))
    assert np.abs(cover - expected).max() <= 255 / 16
