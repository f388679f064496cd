"""Strokes: even distances, batching, event rate, dynamics; and masks under a stroke."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from editor.raster.brush import FAST, MIN_SIZE, Brush
from editor.raster.dab import FULL, Dabs
from editor.raster.response import Response
from editor.raster.stabiliser import Sample
from editor.raster.stroke import FLAT, MIN_STEP, StrokePath, mask_added, mask_erased

RISING, FALLING = Response(((0, 0), (1, 1))), Response(((0, 1), (1, 0.2)))
BENT = Response(((0, 0.1), (0.3, 0.7), (1, 1)))

BRUSHES = {
    "plain": Brush(size=12, spacing=0.2),
    "tiny": Brush(size=0.6),
    "pressure": Brush(
        size=20, spacing=0.1, dynamics=(("size", "pressure", BENT), ("flow", "pressure", RISING))
    ),
    "velocity": Brush(size=15, dynamics=(("size", "velocity", FALLING), ("opacity", "velocity", FALLING))),
    "tilt": Brush(size=15, dynamics=(("size", "tilt", RISING), ("flow", "tilt", FALLING))),
    "smooth": Brush(size=10, smoothing=0.6, dynamics=(("size", "pressure", BENT),)),
    "chance": Brush(size=20, scatter=0.5, turning=True),
    "smooth-velocity": Brush(size=10, smoothing=0.1, dynamics=(("size", "velocity", FALLING),)),
}
each_brush = pytest.mark.parametrize("brush", BRUSHES.values(), ids=BRUSHES)

coordinates = st.floats(-20, 140)
samples = st.lists(
    st.builds(
        Sample,
        coordinates,
        coordinates,
        st.floats(0, 1),
        st.floats(-60, 60),
        st.floats(-60, 60),
        st.integers(0, 20).map(float),
    ),
    min_size=1,
    max_size=8,
).map(
    lambda many: [
        s._replace(time=t) for s, t in zip(many, itertools.accumulate(s.time for s in many), strict=True)
    ]
)


class Each:
    """In place of drawn batches: one sample at a time."""


def drawn(brush: Brush, way: list[Sample]) -> Dabs:
    path = StrokePath(brush)
    return np.concatenate([path.add(way), path.finish()])


def split(way: list[Sample], parts: int) -> list[Sample]:
    """The same way and speed, with more samples."""
    dense = [way[0]]
    for a, b in itertools.pairwise(way):
        dense += [
            Sample(*(p + (q - p) * k / parts for p, q in zip(a, b, strict=True))) for k in range(1, parts + 1)
        ]
    return dense


def test_the_first_sample_gives_a_dab() -> None:
    assert StrokePath(Brush(size=20)).add([Sample(3, 4, 0.7)]).tolist() == [[3, 4, 20, 1, 1, 0]]


def test_a_straight_line_has_dabs_at_even_distances() -> None:
    path = StrokePath(Brush(size=20, spacing=0.25))
    dabs = path.add([Sample(x, 0) for x in (0, 3, 14, 14.5, 31)])
    assert dabs[:, 0].tolist() == pytest.approx([0, 5, 10, 15, 20, 25, 30])


def test_spacing_is_never_less_than_half_a_pixel() -> None:
    dabs = StrokePath(Brush(size=1, spacing=0.01)).add([Sample(0, 0), Sample(10, 0)])
    assert len(dabs) == 1 + 10 / MIN_STEP


def test_size_by_pressure_changes_the_distances() -> None:
    line = [Sample(0.0, 0.0, 0.0), Sample(100.0, 0.0, 1.0)]
    brush = Brush(size=10, spacing=0.5, dynamics=(("size", "pressure", RISING),))
    dabs = StrokePath(brush).add(line)
    for dab in dabs[1:]:
        assert dab[2] == pytest.approx(max(dab[0] / 10, MIN_SIZE))
    gaps = np.diff(dabs[:, 0])
    assert gaps[-1] > gaps[2]  # larger dabs lie further apart


def test_flow_and_opacity_follow_their_responses() -> None:
    brush = Brush(
        size=10,
        flow=0.5,
        dynamics=(("flow", "pressure", RISING), ("opacity", "pressure", BENT), ("flow", "tilt", FALLING)),
    )
    way = [Sample(0, 0, 0.0, 0, 0), Sample(100, 0, 1.0, FLAT, 0)]
    for x, _y, diameter, flow, opacity, _turn in StrokePath(brush).add(way):
        t = x / 100
        assert diameter == 10
        assert flow == pytest.approx(0.5 * t * FALLING.at(t))
        assert opacity == pytest.approx(BENT.at(t))


def test_tilt_is_how_far_from_upright_whatever_the_direction() -> None:
    brush = Brush(size=10, dynamics=(("size", "tilt", RISING),))
    sizes = [StrokePath(brush).add([Sample(0, 0, 1, x, y)])[0, 2] for x, y in ((30, 0), (0, -30), (18, 24))]
    assert sizes == pytest.approx([10 * 30 / FLAT] * 3)


def test_a_faster_stroke_is_thinner_and_comes_to_its_speed() -> None:
    brush = Brush(size=10, dynamics=(("size", "velocity", FALLING),))
    for speed in (0.2, 0.5, 1.0):
        ms = 1000 * 600 / (FAST * speed)
        dabs = drawn(brush, split([Sample(0, 0), Sample(600, 0, time=ms)], 30))
        assert dabs[0, 2] == 10
        assert dabs[-1, 2] == pytest.approx(10 * FALLING.at(speed), rel=0.01)


def test_where_no_time_is_told_there_is_no_speed() -> None:
    brush = Brush(size=10, dynamics=(("size", "velocity", FALLING),))
    assert (drawn(brush, [Sample(0, 0), Sample(90, 0)])[:, 2] == 10).all()


def test_dabs_scatter_evenly_over_a_disc_and_turn_every_way() -> None:
    line = [Sample(0, 0), Sample(8000, 0)]
    plain, strayed = drawn(Brush(size=20), line), drawn(Brush(size=20, scatter=0.5, turning=True), line)
    off = strayed[:, :2] - plain[:, :2]
    distance = np.hypot(*off.T)
    assert distance.max() <= 10 and np.abs(off.mean(axis=0)).max() < 0.5
    assert np.mean(distance**2) == pytest.approx(50, rel=0.05)  # of a disc: half the radius squared
    assert np.allclose(np.bincount(strayed[:, 5].astype(int)) / len(plain), 1 / 8, atol=0.02)
    assert not plain[:, 5].any()


def test_pressing_harder_on_the_spot_grows_the_dab() -> None:
    path = StrokePath(Brush(size=40, spacing=0.1, dynamics=(("size", "pressure", RISING),)))
    path.add([Sample(5, 5, 0.05)])
    dabs = path.add([Sample(5, 5, 1.0)])
    assert dabs[-1, 2] > 32
    assert (dabs[:, :2] == 5).all()
    assert len(path.add([Sample(5, 5, 1.0)])) == 0


def test_pressure_beyond_its_range_is_within() -> None:
    brush = Brush(size=40, dynamics=(("size", "pressure", RISING),))
    assert StrokePath(brush).add([Sample(0, 0, 1.7)])[0, 2] == 40
    assert StrokePath(brush).add([Sample(0, 0, -1)])[0, 2] == MIN_SIZE


@each_brush
@settings(max_examples=100, deadline=None)
@given(way=samples, data=st.data())
@example(way=[Sample(0, 1, 0), Sample(0, 1, 0, 0, 1)], data=Each())
@example(way=[Sample(0, 0), Sample(30, 0), Sample(30, 0, 0.5, 9), Sample(60, 0)], data=Each())
def test_a_stroke_in_any_batching_equals_the_stroke_at_once(
    brush: Brush, way: list[Sample], data: st.DataObject | Each
) -> None:
    at_once = drawn(brush, way)
    path, parts, rest = StrokePath(brush), [], list(way)
    while rest:
        n = 1 if isinstance(data, Each) else data.draw(st.integers(1, len(rest)))
        parts.append(path.add(rest[:n]))
        rest = rest[n:]
    assert np.array_equal(np.concatenate([*parts, path.finish()]), at_once)


@each_brush
@settings(max_examples=30, deadline=None)
@given(way=samples, parts=st.integers(2, 9))
def test_more_samples_on_the_same_way_give_the_same_dabs(brush: Brush, way: list[Sample], parts: int) -> None:
    few, many = drawn(brush, way), drawn(brush, split(way, parts))
    n = min(len(few), len(many))
    assert abs(len(few) - len(many)) <= 1  # the last may fall to either side of the end
    # between nodes velocity is taken for a straight line: up to a hundredth off
    assert np.abs(few[:n] - many[:n]).max() < (0.1 if brush.driven_by("velocity") else 1e-6)


def test_add_and_erase_are_what_the_selection_does_with_a_shape() -> None:
    for depth, full in ((8, 255), (16, FULL)):
        dtype: Any = np.uint8 if depth == 8 else np.uint16
        scale = full // 255
        old = np.array([[0, 100, 200, 255]], dtype) * dtype(scale)
        t = np.array([[255 - 50, 255 - 120, 0, 255]], np.uint16) * np.uint16(257)
        old.flags.writeable = t.flags.writeable = False
        assert (mask_added(old, t, depth) // scale).tolist() == [[50, 120, 255, 255]]
        assert (mask_erased(old, t, depth) // scale).tolist() == [[0, 0, 0, 255]]
        assert mask_added(old, t, depth).dtype == dtype
        assert (mask_added(None, t, depth) // scale).tolist() == [[50, 120, 255, 0]]
        assert mask_erased(None, t, depth).tolist() == [[0, 0, 0, 0]]


def test_a_masks_cover_is_rounded() -> None:
    t = np.arange(FULL + 1, dtype=np.uint16).reshape(256, 256)
    exact = (FULL - t.astype(np.float64)) / 257
    assert np.abs(mask_added(None, t, 8) - exact).max() <= 0.5


def test_a_line_is_as_long_as_it_is_drawn() -> None:
    dabs = drawn(Brush(size=4, smoothing=1), [Sample(0, 0), Sample(50, 0), Sample(50, 80)])
    assert math.dist(dabs[-1, :2], (50, 80)) < MIN_STEP + 0.01
