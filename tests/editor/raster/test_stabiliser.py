"""Stabiliser: less shake, a lag that is made up for, and the same however often the pointer is asked."""

from __future__ import annotations

import math

import numpy as np
import pytest

from editor.raster.brush import FAST, Brush
from editor.raster.response import Response
from editor.raster.stabiliser import Nodes, Sample, Stabiliser

FASTER = (("flow", "velocity", Response(((0, 1), (1, 0)))),)


def nodes(brush: Brush, samples: list[Sample]) -> Nodes:
    stabiliser = Stabiliser(brush)
    return np.concatenate([stabiliser.add(samples), stabiliser.finish()])


def test_without_smoothing_nodes_are_the_samples() -> None:
    samples = [Sample(1, 2, 0.5, 10, -20), Sample(4, 6, 0.7, 0, 5)]
    assert nodes(Brush(), samples).tolist() == [[1, 2, 0.5, 10, -20, 0], [4, 6, 0.7, 0, 5, 0]]
    assert len(nodes(Brush(), [])) == len(nodes(Brush(smoothing=1), [])) == 0


@pytest.mark.parametrize("smoothing", [0.1, 0.5, 1.0])
def test_on_a_straight_line_the_brush_trails_and_then_arrives(smoothing: float) -> None:
    brush = Brush(size=20, smoothing=smoothing)
    stabiliser = Stabiliser(brush)
    along = stabiliser.add([Sample(0, 0), Sample(2000, 0)])
    lag = 2000 - along[-1, 0]
    assert 0.5 * smoothing * 80 < lag < 1.2 * smoothing * 80 + 10
    assert (np.diff(along[:, 0]) > 0).all() and not along[:, 1].any()
    assert stabiliser.finish()[-1, :2].tolist() == [2000, 0]


def test_a_shaking_hand_is_steadied_the_more_the_smoother() -> None:
    rng = np.random.default_rng(3)
    samples = [Sample(x, 100 + float(rng.normal(0, 2))) for x in range(0, 800, 4)]

    def shake(smoothing: float) -> float:
        path = nodes(Brush(size=20, smoothing=smoothing), samples)[:-1]
        return float(np.std(path[(path[:, 0] > 150) & (path[:, 0] < 600), 1]))

    assert shake(0) > 2 * shake(0.3) > 2 * shake(1.0)


def test_smoothing_does_not_depend_on_how_often_the_pointer_is_asked() -> None:
    brush = Brush(size=20, smoothing=0.7)
    corner = [Sample(0, 0, 0.2), Sample(300, 0, 0.8), Sample(300, 200, 0.4)]
    dense = [Sample(float(x), 0, 0.2 + 0.6 * x / 300) for x in range(0, 301, 3)]
    dense += [Sample(300, float(y), 0.8 - 0.4 * y / 200) for y in range(1, 201)]
    assert np.allclose(nodes(brush, corner), nodes(brush, dense), atol=1e-6)


def test_speed_is_averaged_over_the_way() -> None:
    half = FAST / 2 / 1000  # pixels a millisecond
    steady = [Sample(d * half, 0, time=d) for d in range(0, 400, 8)]
    jumpy = [Sample(round(s.x / 16) * 16, 0, time=s.time) for s in steady]
    for samples, tolerance in ((steady, 0.001), (jumpy, 0.15)):
        speeds = nodes(Brush(dynamics=FASTER), samples)[:, 5]
        assert speeds[0] == 0
        assert np.abs(speeds[-20:] - 0.5).max() < tolerance


def test_nodes_with_speed_lie_on_the_way_and_hold_its_corners() -> None:
    corner = [Sample(0, 0, time=0), Sample(30, 0, time=10), Sample(30, 40, time=20)]
    path = nodes(Brush(dynamics=FASTER), corner)
    assert all(math.isclose(y, 0, abs_tol=1e-9) or math.isclose(x, 30) for x, y in path[:, :2])
    assert any(tuple(node[:2]) == (30, 0) for node in path)
    assert tuple(path[-1, :2]) == (30, 40)
