"""The projection: levels against a box filter, and nothing composited that nobody looks at."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from editor.document.geometry import TILE, Bounds, Extent, TileKey, keys_covering, tile_bounds
from editor.document.tiles import Array8
from editor.render.projection import Projection
from editor.render.qimage import pixels_of


class Source:
    """Tiles of a picture in memory, and which of them were asked for."""

    def __init__(self, picture: Array8) -> None:
        self.picture = picture
        self.bounds = Bounds(0, 0, picture.shape[1], picture.shape[0])
        self.asked: list[TileKey] = []

    def __call__(self, key: TileKey) -> Array8 | None:
        self.asked.append(key)
        part = tile_bounds(key).intersected(self.bounds)
        piece = self.picture[part.slices()]
        if not piece.any():
            return None
        tile = np.zeros((TILE, TILE, 4), np.uint8)
        tile[: part.height, : part.width] = piece
        if piece[..., 3].min() == 255:
            tile[..., 3] = 255  # a layer may go on beyond the canvas
        return tile

    def projection(self) -> Projection:
        return Projection(self.bounds.extent, self)


def noise(width: int, height: int, seed: int = 0) -> Array8:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 4), dtype=np.uint8)


def levels(projection: Projection) -> Iterator[Array8]:
    """Copies, the finest first."""
    scale, last = 1.0, 2.0
    while True:
        image, own = projection.level(scale)
        if own == last:
            return
        yield pixels_of(image).copy()
        scale, last = scale / 2, own


def halved(picture: Array8) -> Array8:
    """The oracle: the mean of four, in float64, half up; a last odd row or column counts twice."""
    height, width = picture.shape[:2]
    whole = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge").astype(np.float64)
    blocks = whole.reshape(whole.shape[0] // 2, 2, whole.shape[1] // 2, 2, 4)
    return np.floor(blocks.mean(axis=(1, 3)) + 0.5).astype(np.uint8)


@pytest.mark.parametrize(
    ("width", "height"),
    [(1, 1), (256, 256), (257, 257), (512, 512), (513, 700), (1030, 771), (1537, 1026), (5000, 9), (1, 1025)],
)
def test_every_level_is_the_one_before_box_filtered(width: int, height: int) -> None:
    projection = Source(picture := noise(width, height)).projection()
    assert projection.update(Bounds(0, 0, width, height))
    found = list(levels(projection))
    assert np.array_equal(found[0], picture)
    for finer, coarser in pairwise(found):
        assert np.array_equal(coarser, halved(finer))
    assert max(found[-1].shape[:2]) <= 256
    assert projection.nbytes == sum(level.nbytes for level in found)


def test_a_coarse_level_is_close_to_the_mean_of_its_block() -> None:
    projection = Source(picture := noise(1024, 1024)).projection()
    projection.update(Bounds(0, 0, 1024, 1024))
    *_rest, coarsest = levels(projection)
    side = 1024 // coarsest.shape[0]
    assert side == 4
    mean = picture.reshape(1024 // side, side, 1024 // side, side, 4).mean(axis=(1, 3))
    assert np.abs(coarsest - mean).max() <= 1.0  # each level rounds once, by half at most


@pytest.mark.parametrize(
    ("scale", "expected"),
    [(4, 1), (1, 1), (0.51, 1), (0.5, 0.5), (0.26, 0.5), (0.25, 0.25), (0.1, 0.25), (0.01, 0.25)],
)
def test_the_level_drawn_is_the_smallest_that_is_not_enlarged(scale: float, expected: float) -> None:
    image, own = Source(noise(1000, 1000)).projection().level(scale)
    assert own == expected
    assert image.width() == 1000 * expected


def test_only_what_is_looked_at_is_composited() -> None:
    source = Source(noise(1000, 800))
    projection = source.projection()
    assert source.asked == []
    assert projection.update(Bounds(300, 10, 200, 200))
    assert source.asked == [(1, 0)]
    assert projection.update(Bounds(300, 10, 300, 300))
    assert source.asked == [(1, 0), (2, 0), (1, 1), (2, 1)]
    projection.update(Bounds(-500, -500, 10, 10))
    projection.update(Bounds(0, 0, 0, 0))
    assert len(source.asked) == 4


def test_only_what_has_changed_is_composited_again() -> None:
    source = Source(noise(1000, 800))
    projection = source.projection()
    projection.update(source.bounds)
    source.asked.clear()
    projection.update(source.bounds)
    assert source.asked == []
    projection.invalidate(Bounds(250, 250, 10, 3))
    assert source.asked == []
    projection.update(source.bounds)
    assert source.asked == [(0, 0), (1, 0)]
    projection.invalidate(Bounds(-100, -100, 50, 50))
    projection.invalidate(Bounds(5000, 0, 50, 50))
    projection.update(source.bounds)
    assert len(source.asked) == 2


def test_without_time_one_tile_is_done_at_a_time() -> None:
    source = Source(noise(600, 500))
    projection, wanted = source.projection(), len(list(keys_covering(source.bounds)))
    for done in range(1, wanted + 1):
        assert projection.update(source.bounds, -1) is (done == wanted)
        assert len(source.asked) == done
    assert np.array_equal(next(levels(projection)), source.picture)
    assert projection.update(source.bounds, -1)


def test_what_is_not_in_view_does_not_make_it_incomplete() -> None:
    projection = Source(noise(600, 500)).projection()
    assert projection.update(Bounds(0, 0, 100, 100), -1)


def test_with_time_enough_all_of_it_is_done() -> None:
    source = Source(noise(600, 500))
    assert source.projection().update(source.bounds, 60)
    assert len(source.asked) == 6


def test_opaque_is_what_lets_nothing_shine_through() -> None:
    picture = noise(600, 500)
    picture[..., 3] = 255
    source = Source(picture)
    projection = source.projection()
    projection.update(source.bounds)
    assert projection.opaque
    hole = Bounds(590, 490, 1, 1)
    picture[hole.slices()] = (0, 0, 0, 254)
    projection.invalidate(hole)
    projection.update(source.bounds)
    assert not projection.opaque
    picture[:] = 0
    projection.invalidate(source.bounds)
    projection.update(source.bounds)
    assert not projection.opaque
    picture[..., 3] = 255
    projection.invalidate(source.bounds)
    projection.update(source.bounds)
    assert projection.opaque


def test_a_tile_that_is_gone_leaves_nothing() -> None:
    source = Source(noise(300, 300))
    projection = source.projection()
    projection.update(source.bounds)
    source.picture[:] = 0
    projection.invalidate(source.bounds)
    projection.update(source.bounds)
    assert not any(level.any() for level in levels(projection))


def test_a_picture_too_large_for_the_memory_is_an_error() -> None:
    with pytest.raises(MemoryError):
        Projection(Extent(200_000, 200_000), lambda _key: None)


@st.composite
def rectangles(draw: st.DrawFn) -> Bounds:
    """On, across or beyond the edges of a picture."""
    return Bounds(
        draw(st.integers(-50, 700)),
        draw(st.integers(-50, 700)),
        draw(st.integers(0, 400)),
        draw(st.integers(0, 400)),
    )


@run_with(max_examples=30, deadline=None)
@given(
    width=st.integers(1, 700),
    height=st.integers(1, 700),
    changes=st.lists(st.tuples(rectangles(), rectangles(), st.sampled_from([-1.0, 60.0])), max_size=6),
)
def test_any_changes_in_pieces_equal_a_fresh_projection(
    width: int, height: int, changes: list[tuple[Bounds, Bounds, float]]
) -> None:
    source = Source(noise(width, height))
    projection = source.projection()
    for number, (changed, looked_at, seconds) in enumerate(changes):
        part = changed.intersected(source.bounds)
        source.picture[part.slices()] = noise(part.width, part.height, number)
        projection.invalidate(changed)
        projection.update(looked_at, seconds)
    projection.update(source.bounds)
    fresh = source.projection()
    fresh.update(source.bounds)
    for found, expected in zip(levels(projection), levels(fresh), strict=True):
        assert np.array_equal(found, expected)
    assert projection.opaque == fresh.opaque
