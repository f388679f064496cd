"""What of a plane is kept in a file, to the pixel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from editor.document.geometry import Bounds
from editor.document.tiles import TileMap
from editor.files.extents import used_bounds

WIDTH, HEIGHT = 900, 700


@pytest.mark.parametrize("channels", [1, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@run_with(max_examples=25, deadline=None)
@given(
    places=st.lists(st.tuples(st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1)), max_size=5),
    x=st.integers(-300, 300),
    y=st.integers(-300, 300),
    full=st.booleans(),
)
def test_used_bounds_hold_every_pixel_that_is_not_zero_and_no_more(
    channels: int, dtype: type, places: list[tuple[int, int]], x: int, y: int, full: bool
) -> None:
    shape = (HEIGHT, WIDTH, 4) if channels == 4 else (HEIGHT, WIDTH)
    array = np.zeros(shape, dtype)
    if full:
        array[100:600, 200:800] = 3
    for number, (column, row) in enumerate(places):
        array[(row, column, number % 4) if channels == 4 else (row, column)] = 1 << 8 * (dtype == np.uint16)
    plane = TileMap(channels, depth=8 if dtype == np.uint8 else 16)
    plane.exchange(plane.patch(Bounds(x, y, WIDTH, HEIGHT), array))
    rows, columns = np.nonzero(array.reshape(HEIGHT, WIDTH, -1).any(axis=2))
    expected = Bounds(0, 0, 0, 0)
    if rows.size:
        edges = columns.min() + x, rows.min() + y, columns.max() + 1 + x, rows.max() + 1 + y
        expected = Bounds.from_edges(*map(int, edges))
    assert used_bounds(plane) == expected
