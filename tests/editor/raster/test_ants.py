"""Raster ants: the edge of a mask under any view, against the definition pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from editor.raster.ants import PERIOD, chevrons, raster_ants


def edge(seen: np.ndarray) -> np.ndarray:
    """Of what is inside, with a pixel around it: which pixels have one beside them that is not."""
    inner = seen[:-2, 1:-1] & seen[2:, 1:-1] & seen[1:-1, :-2] & seen[1:-1, 2:]
    return seen[1:-1, 1:-1] & ~inner


@run_with(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1000),
    zoom=st.sampled_from([0.5, 1.0, 3.0, 7.5]),
    angle=st.sampled_from([0.0, 90.0, 27.0]),
    mirrored=st.booleans(),
    x=st.floats(-20, 20),
    y=st.floats(-20, 20),
)
def test_they_are_on_the_edge_of_what_is_seen(
    seed: int, zoom: float, angle: float, mirrored: bool, x: float, y: float
) -> None:
    mask = (np.random.default_rng(seed).random((17, 23)) < 0.5).astype(np.uint8)
    cos, sin = np.cos(np.radians(angle)) / zoom, np.sin(np.radians(angle)) / zoom
    a, b, c, d = (-cos if mirrored else cos), sin, (sin if mirrored else -sin), cos
    width, height = 60, 50
    ants = raster_ants(mask, (a, b, c, d, x, y), width, height)
    sx, sy = np.meshgrid(np.arange(-1, width + 1) + 0.5, np.arange(-1, height + 1) + 0.5)
    px, py = a * sx + c * sy + x, b * sx + d * sy + y
    inside = (px >= 0) & (px < 23) & (py >= 0) & (py < 17)
    seen = np.zeros(sx.shape, bool)
    seen[inside] = mask[py[inside].astype(int), px[inside].astype(int)] > 0
    # where a pixel's centre is all but on the border of two of the mask's, either is right
    doubtful = (np.abs(px - np.round(px)) < 0.04) | (np.abs(py - np.round(py)) < 0.04)
    near = np.zeros(doubtful.shape, bool)
    for down, across in ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0)):
        near |= np.roll(doubtful, (down, across), (0, 1))
    sure = ~near[1:-1, 1:-1]
    assert np.array_equal((ants > 0)[sure], edge(seen)[sure])


def test_their_pattern_is_the_chevrons() -> None:
    mask = np.zeros((40, 40), np.uint8)
    mask[5:30, 10:33] = 1
    ants = raster_ants(mask, (1, 0, 0, 1, 0, 0), 40, 40)
    on = ants > 0
    assert on.sum() == 2 * 23 + 2 * 23
    assert np.array_equal(ants[on] - 1, chevrons(40, 40)[on])


@pytest.mark.parametrize(("dy", "dx"), [(0, 1), (1, 0), (1, 1), (1, -1)])
def test_no_edge_runs_along_with_the_stripes(dy: int, dx: int) -> None:
    pattern = chevrons(64, 64).astype(int)
    y, x = np.arange(40) * dy, (20 if dx < 0 else 0) + np.arange(40) * dx
    places = pattern[y % 64, x % 64]
    assert len(set(places.tolist())) >= PERIOD // 2
