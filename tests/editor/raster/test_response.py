"""Responses: straight lines between points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editor.raster.response import Points, Response

unit = st.floats(0, 1)


def test_between_points_it_is_a_straight_line_and_level_outside() -> None:
    curve = Response(((0.2, 0.4), (0.6, 1.0), (0.8, 0.5)))
    assert [curve.at(x) for x in (0, 0.2, 0.4, 0.6, 0.7, 0.8, 1)] == pytest.approx(
        [0.4, 0.4, 0.7, 1.0, 0.75, 0.5, 0.5]
    )


def test_one_point_is_a_constant() -> None:
    assert Response(((0.5, 0.3),)).at(0) == Response(((0.5, 0.3),)).at(1) == 0.3


@given(
    st.lists(st.tuples(unit, unit), min_size=1, max_size=6, unique_by=lambda point: point[0]), st.lists(unit)
)
def test_an_array_gives_what_each_value_gives(points: list[tuple[float, float]], values: list[float]) -> None:
    curve = Response(tuple(sorted(points)))
    assert np.allclose(curve.of(np.array(values)), [curve.at(value) for value in values])
    assert all(0 <= curve.at(value) <= 1 for value in values)


@pytest.mark.parametrize("points", [(), ((0, 2),), ((-1, 0),), ((0.5, 0), (0.5, 1)), ((0.6, 0), (0.5, 1))])
def test_bad_curves(points: Points) -> None:
    with pytest.raises(ValueError, match="curve"):
        Response(points)
