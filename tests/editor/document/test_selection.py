"""The selection: combining shapes, against the same done on dense arrays."""

from __future__ import annotations

import tracemalloc
from typing import get_args

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editor.document.geometry import Bounds, tile_bounds
from editor.document.selection import (
    CombineMode,
    MaskFilter,
    RefineKind,
    combine,
    cut,
    inverted,
    merge,
    rectangle,
    refined,
)
from editor.document.tiles import Depth, TileMap, is_uniform
from editor.raster.feather import feather, smooth
from editor.raster.morphology import border, grow, shrink
from editor.raster.shapes import ellipse
from editor.raster.shapes import rectangle as rectangle_cover

Array8 = npt.NDArray[np.uint8]
AREA = Bounds(-256, -256, 1024, 768)


def shape_of(seed: int, width: int, height: int) -> Array8:
    """Blocks of no, some and full coverage."""
    rng = np.random.default_rng(seed)
    coarse = rng.choice(np.array([0, 0, 100, 200, 255, 255], np.uint8), (height // 64 + 1, width // 64 + 1))
    return coarse.repeat(64, axis=0).repeat(64, axis=1)[:height, :width]


@st.composite
def placed(draw: st.DrawFn) -> tuple[Bounds, Array8]:
    width, height = draw(st.integers(0, 500)), draw(st.integers(0, 400))
    x, y = draw(st.integers(-250, 250)), draw(st.integers(-250, 100))
    return Bounds(x, y, width, height), shape_of(draw(st.integers(0, 99)), width, height)


def dense(old: Array8, shape: Array8, mode: CombineMode) -> Array8:
    if mode == "replace":
        return shape
    if mode == "add":
        return np.maximum(old, shape)
    if mode == "intersect":
        return np.minimum(old, shape)
    return np.where(shape < old, old - shape, 0).astype(np.uint8)


@settings(max_examples=60, deadline=None)
@given(placed(), placed(), st.sampled_from(get_args(CombineMode)))
def test_combining_is_what_it_is_on_dense_arrays(
    old: tuple[Bounds, Array8], new: tuple[Bounds, Array8], mode: CombineMode
) -> None:
    plane = TileMap.from_array(old[1], old[0].x, old[0].y)
    before = plane.snapshot()
    shape = np.zeros((AREA.height, AREA.width), np.uint8)
    shape[new[0].slices(AREA)] = new[1]
    expected = dense(plane.read(AREA), shape, mode)
    patch = combine(plane, *new, mode)
    assert plane == before
    for key, tile in patch.items():  # nothing that stays the same
        was = plane.tile(key)
        assert (was is None) != (tile is None) or (was is not None and not np.array_equal(was, tile))
    plane.exchange(patch)
    assert np.array_equal(plane.read(AREA), expected)
    assert all(plane.read(tile_bounds(key)).any() for key in plane)  # empty tiles are taken away


def test_a_shape_subtracted_from_itself_leaves_nothing() -> None:
    shape = shape_of(3, 300, 200)
    plane = TileMap.from_array(shape)
    plane.exchange(combine(plane, Bounds(0, 0, 300, 200), shape, "subtract"))
    assert len(plane) == 0


def test_inverting_twice_gives_the_selection_back() -> None:
    canvas = Bounds(0, 0, 300, 280)
    plane = TileMap.from_array(shape_of(5, 300, 280))
    before = plane.snapshot()
    plane.exchange(inverted(plane, canvas))
    assert np.array_equal(plane.read(canvas), 255 - before.read(canvas))
    plane.exchange(inverted(plane, canvas))
    assert plane == before


@pytest.mark.parametrize("mode", get_args(CombineMode))
def test_an_empty_shape(mode: CombineMode) -> None:
    plane = TileMap.from_array(np.full((9, 9), 255, np.uint8))
    patch = combine(plane, Bounds(3, 3, 0, 0), np.zeros((0, 0), np.uint8), mode)
    assert patch == ({(0, 0): None} if mode in ("replace", "intersect") else {})


# Refined, and large canvases

CANVAS = Bounds(0, 0, 1400, 1150)
KINDS: list[tuple[RefineKind, int, MaskFilter]] = [
    ("grow", 7, lambda mask: grow(mask, 7)),
    ("grow", 60, lambda mask: grow(mask, 60)),
    ("shrink", 9, lambda mask: shrink(mask, 9)),
    ("feather", 3, lambda mask: feather(mask, 1.5)),
    ("feather", 41, lambda mask: feather(mask, 20.5)),
    ("border", 5, lambda mask: border(mask, 5)),
    ("smooth", 12, lambda mask: smooth(mask, 12)),
]


def scattered(depth: Depth) -> TileMap:
    """Ellipses and rectangles, soft, large enough to hold whole tiles, some at the canvas's edge."""
    plane = TileMap(1, depth=depth)
    shapes = [
        rectangle_cover(100.3, 90.7, 800.2, 760.9, CANVAS),
        ellipse(900, 700, 1500, 1300, CANVAS),
        ellipse(1200.5, 100, 1240, 130, CANVAS) // 2,
        rectangle_cover(-5, 800, 300, 1200, CANVAS),
    ]
    for shape in shapes:
        plane.exchange(combine(plane, CANVAS, shape, "add"))
    return plane


@pytest.mark.parametrize("depth", get_args(Depth))
@pytest.mark.parametrize(("kind", "pixels", "whole"), KINDS, ids=[f"{k[0]}-{k[1]}" for k in KINDS])
def test_refining_by_tiles_is_refining_the_whole(
    kind: RefineKind, pixels: int, whole: MaskFilter, depth: Depth
) -> None:
    plane = scattered(depth)
    before = plane.snapshot()
    patch = refined(plane, CANVAS, kind, pixels)
    assert patch and plane == before
    plane.exchange(patch)
    assert np.array_equal(plane.read(CANVAS), whole(before.read(CANVAS)))
    assert plane.read(CANVAS.padded(300)).sum() == plane.read(CANVAS).sum()  # nothing beside the canvas
    assert all(plane.read(tile_bounds(key)).any() for key in plane)


def test_in_a_deep_plane_a_shape_of_8_bits_is_scaled() -> None:
    shape = shape_of(3, 400, 300)
    plane = TileMap(1, depth=16)
    plane.exchange(combine(plane, Bounds(20, 10, 400, 300), shape, "replace"))
    assert np.array_equal(plane.read(Bounds(20, 10, 400, 300)), shape.astype(np.uint16) * 257)
    plane.exchange(combine(plane, Bounds(20, 10, 400, 300), shape, "subtract"))
    assert len(plane) == 0
    with pytest.raises(ValueError, match="16 bits"):
        merge(TileMap(1), plane, "replace")


@pytest.mark.parametrize("depth", get_args(Depth))
def test_a_large_canvas_costs_what_is_drawn_on_it(depth: Depth) -> None:
    side = 1 << 14
    canvas = Bounds(0, 0, side, side)
    plane = TileMap(1, depth=depth)
    tracemalloc.start()
    plane.exchange(merge(plane, rectangle(canvas, depth), "replace"))
    assert len(plane) == (side // 256) ** 2
    for kind in get_args(RefineKind):
        patch = refined(plane, canvas, kind, 20)
        assert all(tile is None for tile in patch.values()) if kind == "border" else not patch
    hole = Bounds(5000, 6000, 700, 600)
    plane.exchange(combine(plane, hole, ellipse(5000, 6000, 5700, 6600, hole), "subtract"))
    plane.exchange(refined(plane, canvas, "feather", 20))
    plane.exchange(inverted(plane, canvas))
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert memory < side * side // 8
    assert len(plane) < 40
    assert plane.content_bounds().width == pytest.approx(700 + 2 * 25, abs=20)
    assert plane.read(Bounds(5350, 6300, 1, 1))[0, 0] == plane.full


def test_a_rectangle_is_just_that_and_alike_tiles_are_one() -> None:
    bounds = Bounds(-100, 30, 1100, 900)
    plane = rectangle(bounds)
    expected = np.zeros((1100, 1300), np.uint8)
    expected[130:1030, 100:1200] = 255
    assert np.array_equal(plane.read(Bounds(-200, -100, 1300, 1100)), expected)
    assert len({id(tile) for tile in plane.tiles()}) <= 9
    assert len(rectangle(Bounds(3, 3, 0, 5))) == 0


@pytest.mark.parametrize("channel", [None, 3])
def test_cutting_keeps_what_lies_inside(channel: int | None) -> None:
    mask = shape_of(8, 900, 700)
    array = mask if channel is None else np.dstack([mask // 2, mask, mask, mask])
    plane = TileMap.from_array(array, -100, -70)
    inside = Bounds(10, 0, 600, 512)
    part = cut(plane, inside, channel)
    expected = np.zeros((800, 1000), np.uint8)
    expected[100:612, 110:710] = mask[70:582, 110:710]
    assert np.array_equal(part.read(Bounds(-100, -100, 1000, 800)), expected)
    assert all(part.read(tile_bounds(key)).any() for key in part)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([None, 0, 1, 2, 3]), min_size=2, max_size=2),
    st.sampled_from(get_args(CombineMode)),
)
def test_tiles_of_one_value_combine_as_others_do(kinds: list[int | None], mode: CombineMode) -> None:
    """None is no tile, 3 one that is not even."""
    planes = []
    for kind in kinds:
        array = np.full((256, 256), {None: 0, 0: 60, 1: 200, 2: 255, 3: 90}[kind], np.uint8)
        if kind == 3:
            array[:99] = 210
        planes.append(TileMap.from_array(array))
    old, new = planes
    expected = dense(old.read(AREA), new.read(AREA), mode)
    old.exchange(merge(old, new, mode))
    assert np.array_equal(old.read(AREA), expected)
    if all(kind != 3 for kind in kinds):
        assert all(is_uniform(tile) for tile in old.tiles())
