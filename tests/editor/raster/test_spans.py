"""The kernel that fills spans does what its plain twin does, to the byte."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editor.raster import native
from editor.raster.polygon import polygon
from inference.geometry import Bounds


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.floats(-30, 60), st.floats(-30, 60)), min_size=3, max_size=30),
    st.integers(1, 40),
    st.integers(1, 30),
)
def test_both_paths_are_the_same(
    loaded_kernels: ModuleType, points: list[tuple[float, float]], width: int, height: int
) -> None:
    bounds = Bounds(-3, 4, width, height)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "_kernels", None)
        plain = polygon(points, bounds)
        patch.setattr(native, "_kernels", loaded_kernels)
        assert np.array_equal(polygon(points, bounds), plain)
