"""Tiles: the grid, reading, writing by patches, exchange; at both depths; of one value throughout or not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editor.document.geometry import TILE, Bounds, keys_covering, tile_bounds
from editor.document.tiles import (
    DTYPES,
    Depth,
    Pixels,
    TileMap,
    TilePatch,
    difference,
    frozen,
    is_uniform,
    patch_bounds,
    patch_bytes,
    planes_bytes,
    tile_bytes,
)

Array8 = npt.NDArray[np.uint8]


def full(value: int, channels: int = 1) -> Array8:
    return frozen(np.full((TILE, TILE, 4) if channels == 4 else (TILE, TILE), value, np.uint8))


def speckled(channels: int = 1, depth: Depth = 8, seed: int = 0) -> Pixels:
    """A tile of many values."""
    shape = TileMap(channels).shape
    return frozen(np.random.default_rng(seed).integers(0, 256, shape).astype(DTYPES[depth]))


def test_the_grid_covers_a_rectangle_row_by_row() -> None:
    assert list(keys_covering(Bounds(0, 0, TILE, TILE))) == [(0, 0)]
    assert list(keys_covering(Bounds(-1, 255, 2, 2))) == [(-1, 0), (0, 0), (-1, 1), (0, 1)]
    assert list(keys_covering(Bounds(5, 5, 0, 9))) == []
    assert tile_bounds((-1, 2)) == Bounds(-TILE, 2 * TILE, TILE, TILE)


def test_a_plane_has_one_or_four_channels() -> None:
    assert TileMap(4).shape == (TILE, TILE, 4)
    assert TileMap(1).shape == (TILE, TILE)
    with pytest.raises(ValueError, match="not 3"):
        TileMap(3)


def test_a_plane_holds_the_keys_of_its_tiles() -> None:
    plane = TileMap(1, {(2, -1): full(3)})
    assert (2, -1) in plane and (0, 0) not in plane
    assert list(plane) == [(2, -1)] and len(plane) == 1


def test_a_channel_has_8_or_16_bits() -> None:
    assert (TileMap(4).depth, TileMap(4).dtype, TileMap(4).full) == (8, np.uint8, 255)
    deep = TileMap(1, depth=16)
    assert (deep.depth, deep.dtype, deep.full) == (16, np.uint16, 65535)
    assert deep.read(Bounds(0, 0, 2, 2)).dtype == np.uint16
    assert deep.snapshot().depth == 16
    assert deep != TileMap(1)
    with pytest.raises(ValueError, match="not 12"):
        TileMap(1, depth=12)  # type: ignore[arg-type]


def test_a_frozen_tile_raises_on_a_stray_write() -> None:
    columns = np.arange(TILE * TILE * 2, dtype=np.uint8).reshape(TILE, TILE * 2)[:, ::2]
    tile = frozen(columns)
    assert tile.flags.c_contiguous
    assert np.array_equal(tile, columns)
    for each in (tile, full(3), full(3, 4)):
        with pytest.raises(ValueError, match="read-only"):
            each[0, 0] = 1


@pytest.mark.parametrize("channels", [1, 4])
@pytest.mark.parametrize("depth", [8, 16])
def test_a_tile_of_one_value_takes_up_one_pixel(channels: int, depth: Depth) -> None:
    empty = TileMap(channels, depth=depth)
    colour = np.arange(1, channels + 1).astype(empty.dtype) * (empty.full // 5)
    dense = np.empty(empty.shape, empty.dtype)
    dense[...] = colour if channels == 4 else colour[0]
    tile = frozen(dense)
    assert is_uniform(tile)
    assert tile_bytes(tile) == channels * depth // 8
    assert (tile.shape, tile.dtype) == (dense.shape, dense.dtype)
    assert np.array_equal(tile, dense)
    assert frozen(tile) is tile
    dense[:] = 0  # the tile is its own
    assert tile.any()


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from([1, 4]),
    st.sampled_from([8, 16]),
    st.integers(0, TILE - 1),
    st.integers(0, TILE - 1),
    st.integers(0, 3),
    st.integers(1, 255),
)
def test_one_pixel_that_differs_makes_a_tile_as_large_as_any(
    channels: int, depth: Depth, x: int, y: int, channel: int, step: int
) -> None:
    empty = TileMap(channels, depth=depth)
    dense = np.full(empty.shape, 90, empty.dtype)
    index = (y, x, channel) if channels == 4 else (y, x)
    dense[index] = (90 + step) % 256
    tile = frozen(dense.copy())
    assert not is_uniform(tile)
    assert tile_bytes(tile) == TILE * TILE * channels * depth // 8
    assert np.array_equal(tile, dense)


@pytest.mark.parametrize("channels", [1, 4])
def test_tiles_of_one_value_are_written_read_and_compared_like_others(channels: int) -> None:
    plane = TileMap(channels, {(0, 0): full(7, channels), (1, 0): full(9, channels)})
    assert plane.nbytes == 2 * channels
    dense = np.full((TILE, 2 * TILE, *plane.shape[2:]), 7, np.uint8)
    dense[:, TILE:] = 9
    bounds = Bounds(0, 0, 2 * TILE, TILE)
    assert np.array_equal(plane.read(bounds), dense)
    assert np.array_equal(plane.read(Bounds(250, 3, 9, 5)), dense[3:8, 250:259])
    assert plane.patch(bounds, dense) == {}
    assert TileMap.from_array(dense) == plane
    assert plane.content_bounds() == bounds
    dot = plane.patch(Bounds(5, 6, 1, 1), dense[:1, -1:])
    back = plane.exchange(dot)
    assert plane.nbytes == TILE * TILE * channels + channels
    dense[6, 5] = 9
    assert np.array_equal(plane.read(bounds), dense)
    assert plane != TileMap(channels, {(0, 0): full(7, channels), (1, 0): full(9, channels)})
    dense[6, 5] = 7
    again = plane.patch(Bounds(5, 6, 1, 1), dense[6:7, 5:6])
    assert again[0, 0] is not None and is_uniform(again[0, 0])  # what became one value again is held once
    plane.exchange(back)
    assert np.array_equal(plane.read(bounds), dense)


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from([1, 4]),
    st.integers(-300, 300),
    st.integers(-300, 300),
    st.integers(1, 400),
    st.integers(1, 400),
    st.integers(0, 99),
)
def test_what_is_written_is_read(channels: int, x: int, y: int, width: int, height: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (height, width, 4) if channels == 4 else (height, width)
    array = rng.integers(0, 2, shape, dtype=np.uint8) * np.uint8(200)
    plane = TileMap.from_array(array, x, y)
    around = Bounds(x - 3, y - 2, width + 7, height + 5)
    out = plane.read(around)
    assert np.array_equal(out[2:-3, 3:-4], array)
    out[2:-3, 3:-4] = 0
    assert not out.any()
    cover = array[..., 3] if channels == 4 else array
    rows, columns = np.nonzero(cover)
    expected = Bounds(0, 0, 0, 0)
    if rows.size:
        edges = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        expected = Bounds.from_edges(*map(int, edges)).translated(x, y)
    assert plane.content_bounds() == expected
    assert plane.tiles_bounds().contains(expected) or not expected
    assert all(not tile.flags.writeable for tile in map(plane.tile, plane) if tile is not None)


def test_bounds_of_nothing() -> None:
    assert not TileMap(1).tiles_bounds()
    assert not TileMap(4).content_bounds()
    hidden = np.zeros((4, 4, 4), np.uint8)
    hidden[..., 0] = 9  # colour under alpha 0 is kept, and does not count as content
    plane = TileMap.from_array(hidden)
    assert len(plane) == 1
    assert not plane.content_bounds()
    assert plane.tiles_bounds() == tile_bounds((0, 0))


def test_a_patch_names_only_the_tiles_that_change() -> None:
    plane = TileMap(1, {(0, 0): full(7), (1, 0): full(7)})
    array = np.full((TILE, 3 * TILE), 7, np.uint8)
    array[:, TILE : 2 * TILE] = 0
    array[:, 2 * TILE :] = 5
    patch = plane.patch(Bounds(0, 0, 3 * TILE, TILE), array)
    assert patch.keys() == {(1, 0), (2, 0)}
    assert patch[1, 0] is None
    assert np.array_equal(patch[2, 0], full(5)) if patch[2, 0] is not None else False
    assert len(plane) == 2  # a patch alone changes nothing
    assert plane.patch(Bounds(600, 600, 4, 4), np.zeros((4, 4), np.uint8)) == {}


def test_a_patch_of_part_of_a_tile_keeps_the_rest() -> None:
    plane = TileMap(1, {(0, 0): full(7)})
    plane.exchange(plane.patch(Bounds(10, 20, 2, 3), np.full((3, 2), 1, np.uint8)))
    out = plane.read(tile_bounds((0, 0)))
    assert (out == 1).sum() == 6
    assert (out == 7).sum() == TILE * TILE - 6
    source = np.full((TILE, TILE), 3, np.uint8)
    plane.exchange(plane.patch(tile_bounds((0, 0)), source))
    source[:] = 9  # the plane has its own copy
    assert plane.read(Bounds(0, 0, 1, 1))[0, 0] == 3


@pytest.mark.parametrize(
    "array", [np.zeros((4, 5), np.uint8), np.zeros((5, 5, 4), np.uint8), np.zeros((5, 5), np.int16)]
)
def test_a_patch_that_does_not_fit(array: Array8) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        TileMap(1).patch(Bounds(0, 0, 5, 5), array)


def test_exchanging_twice_undoes_it() -> None:
    plane = TileMap(1, {(0, 0): full(1), (3, 3): full(2)})
    before = plane.snapshot()
    patch: TilePatch = {(0, 0): None, (1, 0): full(5), (3, 3): full(6), (8, 8): None}
    back = plane.exchange(patch)
    assert back == {(0, 0): before.tile((0, 0)), (1, 0): None, (3, 3): before.tile((3, 3)), (8, 8): None}
    assert set(plane) == {(1, 0), (3, 3)}
    assert plane != before
    plane.exchange(back)
    assert plane == before


def test_a_bad_tile_changes_nothing() -> None:
    plane = TileMap(1, {(0, 0): full(1)})
    for bad in (np.zeros((TILE, TILE), np.uint8), full(1, 4), speckled(depth=16)):
        with pytest.raises(ValueError, match="is writable, or not"):
            plane.exchange({(0, 0): None, (1, 1): bad})
        assert set(plane) == {(0, 0)}


def test_a_snapshot_shares_tiles_and_stays() -> None:
    plane = TileMap(1, {(0, 0): full(1)})
    shot = plane.snapshot()
    plane.exchange({(0, 0): full(2)})
    assert shot.tile((0, 0)) is not plane.tile((0, 0))
    assert shot == TileMap(1, {(0, 0): full(1)})
    assert shot != TileMap(1, {(1, 0): full(1)})
    assert shot != "a plane"
    with pytest.raises(TypeError):
        hash(shot)


def test_bytes_and_bounds_of_patches() -> None:
    patch: TilePatch = {(0, 0): speckled(), (2, 1): None}
    assert patch_bytes(patch, patch) == 2 * TILE * TILE
    assert patch_bytes({(0, 0): speckled(depth=16), (1, 0): full(5)}) == 2 * TILE * TILE + 1
    assert patch_bytes() == 0
    assert patch_bounds(patch) == Bounds(0, 0, 3 * TILE, 2 * TILE)
    assert not patch_bounds({})
    plane = TileMap(4, {(0, 0): speckled(4)})
    assert plane.nbytes == 4 * TILE * TILE
    assert planes_bytes(plane, plane.snapshot(), TileMap(1, {(0, 0): full(1)})) == 4 * TILE * TILE + 1


@pytest.mark.parametrize("channels", [1, 4])
def test_a_plane_of_another_depth(channels: int) -> None:
    plane = TileMap(channels, {(0, 0): speckled(channels), (1, 0): full(9, channels)})
    deep = plane.converted(16)
    assert plane.converted(8) is plane
    assert (deep.depth, deep.channels, set(deep)) == (16, channels, set(plane))
    bounds = Bounds(0, 0, 2 * TILE, TILE)
    assert np.array_equal(deep.read(bounds), plane.read(bounds) * np.uint16(257))
    assert deep.nbytes == 2 * plane.nbytes  # what was held once still is
    assert deep.converted(8) == plane
    assert all(not tile.flags.writeable for tile in deep.tiles())


def test_planes_that_share_tiles_still_do_with_another_depth() -> None:
    known: dict[int, Pixels] = {}
    plane = TileMap(4, {(0, 0): speckled(4), (1, 0): full(9, 4)})
    twins = plane.converted(16, known), plane.snapshot().converted(16, known)
    assert twins[0] == twins[1]
    assert planes_bytes(*twins) == twins[0].nbytes


def test_what_is_rounded_to_nothing_is_no_tile() -> None:
    faint = frozen(np.full((TILE, TILE), 128, np.uint16))
    assert not TileMap(1, {(0, 0): faint}, 16).converted(8)
    assert TileMap(1, {(0, 0): frozen(faint + np.uint16(1))}, 16).converted(8)


def test_the_difference_of_two_planes_makes_one_the_other() -> None:
    one = TileMap(1, {(0, 0): full(1), (1, 0): full(2), (2, 0): full(3)})
    other = TileMap(1, {(0, 0): full(1), (1, 0): full(5), (0, 9): full(4)})
    patch = difference(one, other)
    assert set(patch) == {(1, 0), (2, 0), (0, 9)}
    one.exchange(patch)
    assert one == other
    assert difference(one, one.snapshot()) == {}


@given(st.integers(-600, 600), st.integers(-600, 600), st.sampled_from([1, 4]))
@settings(max_examples=20, deadline=None)
def test_a_plane_that_lies_elsewhere(dx: int, dy: int, channels: int) -> None:
    plane = TileMap(
        channels, {(0, 0): speckled(channels), (1, 0): full(9, channels), (2, 3): full(7, channels)}
    )
    moved = plane.moved(dx, dy)
    everything = Bounds(-300, -300, 1700, 1700)
    assert np.array_equal(moved.read(everything.translated(dx, dy)), plane.read(everything))
    assert moved.moved(-dx, -dy) == plane
    assert all(not tile.flags.writeable for tile in moved.tiles())


def test_planes_that_share_tiles_still_do_elsewhere() -> None:
    plane = TileMap(4, {(0, 0): speckled(4)})
    known: dict[tuple[int, ...], Pixels] = {}
    one, other = plane.moved(5, 0, known), plane.snapshot().moved(5, 0, known)
    assert planes_bytes(one, other) == planes_bytes(one)
    assert next(plane.moved(TILE, 0).tiles()) is plane.tile((0, 0))
