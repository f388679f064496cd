"""Polygons, with kernels and without, against a supersampled oracle and against areas known by formula."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from editor.raster import polygon as module
from editor.raster.polygon import polygon
from inference.geometry import Bounds

pytestmark = pytest.mark.usefixtures("either_path")

Points = list[tuple[float, float]]
FINE = 32
coordinates = st.floats(-6, 20, width=32) | st.integers(-6, 20).map(float)


def oracle(points: Points, bounds: Bounds) -> np.ndarray:
    """The non-zero rule at FINE × FINE points of each pixel."""
    xs = bounds.x + (np.arange(bounds.width * FINE) + 0.5) / FINE
    ys = bounds.y + (np.arange(bounds.height * FINE) + 0.5) / FINE
    winding = np.zeros((len(ys), len(xs)), np.int32)
    for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True):
        if y0 == y1:
            continue
        rows = (ys >= min(y0, y1)) & (ys < max(y0, y1))
        crossing = x0 + (ys[rows] - y0) * ((x1 - x0) / (y1 - y0))
        winding[rows] += np.where(xs[None, :] > crossing[:, None], 1 if y1 > y0 else -1, 0)
    inside = (winding != 0).reshape(bounds.height, FINE, bounds.width, FINE)
    return inside.mean(axis=(1, 3))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=8), st.sampled_from([15, 51]))
@example([(0.0, 0.0), (14.0, 14.0), (14.0, 0.0), (0.0, 14.0)], 15)
@example([(0.0, 0.0), (5.0, 0.5), (10.0, 0.0), (5.0, -0.5)], 51)
def test_coverage_is_right_to_a_sixteenth(points: Points, lines: int) -> None:
    bounds = Bounds(-2, 1, 17, 13)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_LINES", (lines,))
        cover = polygon(points, bounds)
    expected = oracle(points, bounds)
    sure = (expected == 0) | (expected == 1)
    error = np.abs(cover / 255 - expected)
    assert error.max() <= 1 / 16 + 2 / FINE
    assert error.mean() <= 1 / 64
    assert error[sure].max(initial=0) <= 1 / 16


@pytest.mark.parametrize("points", [[], [(1, 1)], [(1, 1), (9, 9)], [(1, 1)] * 5, [(0, 3), (9, 3), (4, 3)]])
def test_without_an_area_there_is_nothing(points: Points) -> None:
    assert not polygon(points, Bounds(0, 0, 10, 10)).any()


def test_there_and_back_along_a_slope_is_nothing() -> None:
    assert not polygon([(1, 1), (9, 7), (5, 4)], Bounds(0, 0, 10, 10)).any()


def test_pixel_edges_are_whole_numbers() -> None:
    cover = polygon([(0, 0), (10, 0), (10, 10), (0, 10)], Bounds(-2, -2, 14, 14))
    expected = np.zeros((14, 14), np.uint8)
    expected[2:12, 2:12] = 255
    assert np.array_equal(cover, expected)
    half = polygon([(0.5, 0), (2.25, 0), (2.25, 1), (0.5, 1)], Bounds(0, 0, 4, 1))
    assert np.abs(half.astype(int) - [[128, 255, 64, 0]]).max() <= 1


def test_both_directions_are_the_same_and_overlaps_stay_inside() -> None:
    star = [(8 + 7 * math.cos(a * 0.8 * math.pi), 8 + 7 * math.sin(a * 0.8 * math.pi)) for a in range(5)]
    bounds = Bounds(0, 0, 16, 16)
    cover = polygon(star, bounds)
    assert cover[8, 8] == 255  # wound round twice
    assert np.abs(cover.astype(int) - polygon(star[::-1], bounds)).max() <= 1


def test_bounds_cut_and_do_not_move() -> None:
    points = [(-50.0, 3.3), (20.2, -40.0), (90.7, 22.0), (15.0, 70.1)]
    whole = polygon(points, Bounds(-60, -50, 160, 130))
    for part in (Bounds(0, 0, 30, 20), Bounds(-10, 5, 7, 40), Bounds(88, 20, 1, 1), Bounds(60, 60, 40, 20)):
        cut = whole[part.y + 50 : part.bottom + 50, part.x + 60 : part.right + 60]
        assert np.abs(polygon(points, part).astype(int) - cut).max() <= 1
    assert polygon(points, Bounds(10, 10, 5, 5)).min() == 255
    assert not polygon(points, Bounds(200, 0, 9, 9)).any()
    assert not polygon(points, Bounds(0, 200, 9, 9)).any()
    assert polygon(points, Bounds(0, 0, 0, 5)).shape == (5, 0)


def test_very_far_points_are_no_trouble() -> None:
    cover = polygon([(-1e300, -1e300), (1e300, -1e300), (1e300, 1e300), (-1e300, 1e300)], Bounds(0, 0, 3, 3))
    assert cover.min() == 255


def test_a_wobbly_circle_has_its_area_and_bands_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    a = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    r = 200 + 15 * np.sin(40 * a)
    points = np.stack([256 + r * np.cos(a), 256 + r * np.sin(a)], axis=1)
    x, y = points.T
    area = abs((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) / 2
    bounds = Bounds(0, 0, 512, 512)
    cover = polygon(points, bounds)
    assert abs(cover.sum(dtype=np.int64) / 255 - area) < area * 1e-3
    monkeypatch.setattr(module, "_BAND", 3000)
    assert np.array_equal(polygon(points, bounds), cover)
    monkeypatch.setattr(module, "_FEW", 0)
    coarse = polygon(points, bounds)
    assert np.abs(coarse.astype(int) - cover).max() <= 255 / 16


@pytest.mark.parametrize("points", [[(1, 2, 3)], [1, 2, 3], [(0, 0), (1, math.nan), (2, 2)], [(0, math.inf)]])
def test_bad_points(points: list[object]) -> None:
    with pytest.raises(ValueError, match="finite points"):
        polygon(points, Bounds(0, 0, 4, 4))
