"""The projection: levels against a box filter, nothing rendered that nobody looks at, nothing shown that is stale."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from editor.document.geometry import TILE, Bounds, Extent, TileKey, keys_covering, tile_bounds
from editor.document.tiles import Array8
from editor.render.projection import BUDGET, Projection, TileJob

TILE_BYTES = TILE * TILE * 4


class Source:
    """Tiles of a picture in memory, and which of them were asked for, row by row."""

    def __init__(self, picture: Array8) -> None:
        self.picture = picture
        self.bounds = Bounds(0, 0, picture.shape[1], picture.shape[0])
        self.asked: list[TileKey] = []
        self.rows = 0

    def is_empty(self, key: TileKey) -> bool:
        return not self._piece(key).any()

    def render(self, jobs: Sequence[TileJob]) -> list[bool]:
        assert jobs
        return [self._render(job) for job in jobs]

    def projection(self, budget: int = BUDGET) -> Projection:
        return Projection(self.bounds.extent, self, budget)

    def _piece(self, key: TileKey) -> Array8:
        return self.picture[tile_bounds(key).intersected(self.bounds).slices()]

    def _render(self, job: TileJob) -> bool:
        self.asked.append(job.key)
        self.rows += job.bottom - job.top
        piece = self._piece(job.key)
        tile = np.zeros((TILE, TILE, 4), np.uint8)
        tile[: piece.shape[0], : piece.shape[1]] = piece
        job.out[job.top : job.bottom] = tile[job.top : job.bottom]
        return bool(tile[job.top : job.bottom, :, 3].min() == 255)


def noise(width: int, height: int, seed: int = 0) -> Array8:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 4), dtype=np.uint8)


def levels(projection: Projection) -> list[Array8]:
    """Copies, the finest first."""
    coarsest = projection.level(0)
    projection.update(Bounds(0, 0, 0, 0), level=coarsest)
    return [projection.read(projection.bounds(level), level) for level in range(coarsest + 1)]


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
def test_every_level_is_the_one_before_box_filtered(width: int, height: int, either_path: str) -> None:
    projection = Source(picture := noise(width, height)).projection()
    assert projection.update(Bounds(0, 0, width, height))
    found = levels(projection)
    assert np.array_equal(found[0], picture)
    for finer, coarser in pairwise(found):
        assert np.array_equal(coarser, halved(finer))
    assert max(found[-1].shape[:2]) <= 256


def test_a_coarse_level_is_close_to_the_mean_of_its_block() -> None:
    projection = Source(picture := noise(1024, 1024)).projection()
    projection.update(Bounds(0, 0, 1024, 1024))
    coarsest = levels(projection)[-1]
    side = 1024 // coarsest.shape[0]
    assert side == 4
    mean = picture.reshape(1024 // side, side, 1024 // side, side, 4).mean(axis=(1, 3))
    assert np.abs(coarsest - mean).max() <= 1.0  # each level rounds once, by half at most


@pytest.mark.parametrize(
    ("zoom", "expected"),
    [(4, 0), (1, 0), (0.51, 0), (0.5, 1), (0.26, 1), (0.25, 2), (0.1, 2), (0.01, 2)],
)
def test_the_level_drawn_is_the_smallest_that_is_not_enlarged(zoom: float, expected: int) -> None:
    projection = Source(noise(1000, 1000)).projection()
    assert projection.level(zoom) == expected
    assert projection.bounds(expected).width == 1000 >> expected


def test_only_what_is_looked_at_is_rendered() -> None:
    source = Source(noise(1000, 800))
    projection = source.projection()
    assert source.asked == []
    assert projection.update(Bounds(300, 10, 200, 200))
    assert source.asked == [(1, 0)]
    assert projection.update(Bounds(300, 10, 300, 300))
    assert sorted(source.asked) == [(1, 0), (1, 1), (2, 0), (2, 1)]
    projection.update(Bounds(-500, -500, 10, 10))
    projection.update(Bounds(0, 0, 0, 0))
    assert len(source.asked) == 4


def test_only_the_rows_that_have_changed_are_rendered_again() -> None:
    source = Source(noise(1000, 800))
    projection = source.projection()
    projection.update(source.bounds)
    source.asked.clear()
    source.rows = 0
    projection.update(source.bounds)
    assert source.asked == []
    projection.invalidate(Bounds(250, 251, 10, 2))
    projection.invalidate(Bounds(250, 253, 4, 1))
    assert source.asked == []
    projection.update(source.bounds, level=2)
    assert sorted(source.asked) == [(0, 0), (1, 0)]
    assert source.rows == 3 + 2
    projection.invalidate(Bounds(-100, -100, 50, 50))
    projection.invalidate(Bounds(5000, 0, 50, 50))
    projection.update(source.bounds)
    assert len(source.asked) == 2


def test_what_is_nearest_comes_first() -> None:
    source = Source(noise(1536, 1536))
    projection = source.projection()
    projection._pace = 1.0  # a slow source: a tile at a time
    projection.update(source.bounds, -1, near=(900, 300))
    assert source.asked == [(3, 1)]
    projection.update(source.bounds, near=(0, 1536))
    first, last = source.asked[1], source.asked[-1]
    assert (first, last) == ((0, 5), (5, 0))


def test_without_time_it_goes_on_at_the_next_call() -> None:
    source = Source(noise(1536, 1280))
    projection, wanted = source.projection(), len(list(keys_covering(source.bounds)))
    calls = 0
    complete = False
    while not complete:
        before = len(source.asked)
        projection._pace = 0.0015
        complete = projection.update(source.bounds, -1)
        calls += 1
        assert before < len(source.asked) <= before + 3
    assert len(source.asked) == wanted and calls >= wanted // 3
    assert np.array_equal(levels(projection)[0], source.picture)
    assert projection.update(source.bounds, -1)


def test_what_is_not_in_view_does_not_make_it_incomplete() -> None:
    projection = Source(noise(600, 500)).projection()
    assert projection.update(Bounds(0, 0, 100, 100), -1)


def test_what_has_changed_is_told_for_every_level() -> None:
    source = Source(noise(1000, 800))
    projection = source.projection()
    projection.update(source.bounds)
    levels(projection)
    told: list[tuple[int, Bounds]] = []
    projection.redone.connect(lambda level, bounds: told.append((level, bounds)))
    projection.invalidate(Bounds(251, 100, 10, 7))
    projection.update(source.bounds)
    assert {level for level, _bounds in told} == {0}  # nobody has looked at the others
    projection.update(source.bounds, level=2)
    assert told == [
        (0, Bounds(251, 100, 5, 7)),
        (0, Bounds(256, 100, 5, 7)),
        (1, Bounds(125, 50, 6, 4)),
        (2, Bounds(62, 25, 4, 2)),
    ] or told == [
        (0, Bounds(256, 100, 5, 7)),
        (0, Bounds(251, 100, 5, 7)),
        (1, Bounds(125, 50, 6, 4)),
        (2, Bounds(62, 25, 4, 2)),
    ]


# Memory


def test_what_is_empty_takes_no_memory_however_large() -> None:
    class Nothing(Source):
        def is_empty(self, key: TileKey) -> bool:
            return True

    source = Nothing(np.zeros((1, 1, 4), np.uint8))
    projection = Projection(Extent(32_768, 32_768), source)
    assert projection.update(Bounds(0, 0, 32_768, 32_768), level=7)
    assert projection.nbytes == 0
    assert source.asked == []


def test_what_is_of_one_colour_is_held_as_one_pixel_at_every_level() -> None:
    picture = np.full((1024, 1024, 4), 255, np.uint8)
    source = Source(picture)
    projection = source.projection()
    projection.update(source.bounds, level=2)
    assert projection.nbytes == (16 + 4 + 1) * 4
    picture[300:310, 300:310] = (10, 20, 30, 255)
    projection.invalidate(Bounds(300, 300, 10, 10))
    projection.update(source.bounds, level=2)
    assert projection.nbytes == 3 * TILE_BYTES + (15 + 3) * 4
    assert np.array_equal(levels(projection)[1], halved(picture))
    picture[300:310, 300:310] = 255
    projection.invalidate(Bounds(300, 300, 10, 10))
    projection.update(source.bounds, level=2)
    assert projection.nbytes == (16 + 4 + 1) * 4


def test_a_tile_that_is_gone_leaves_nothing() -> None:
    source = Source(noise(300, 300))
    projection = source.projection()
    projection.update(source.bounds, level=1)
    assert projection.nbytes == (4 + 1) * TILE_BYTES
    source.picture[:] = 0
    projection.invalidate(source.bounds)
    projection.update(source.bounds, level=1)
    assert projection.nbytes == 0
    assert not any(level.any() for level in levels(projection))


def test_finest_tiles_out_of_view_are_let_go_of_and_the_coarser_levels_kept() -> None:
    source = Source(noise(2048, 1024))
    projection = source.projection(budget=10 * TILE_BYTES)
    left, right = Bounds(0, 0, 1024, 1024), Bounds(1024, 0, 1024, 1024)
    projection.update(left)
    assert projection.nbytes == (16 + 4) * TILE_BYTES  # in view: all of it
    projection.update(right)
    levels(projection)
    assert projection.nbytes == (16 + 8 + 2 + 1) * TILE_BYTES
    source.asked.clear()
    assert projection.update(left, level=1) and projection.update(right)
    assert source.asked == []
    assert projection.update(left)
    assert sorted(source.asked) == sorted(keys_covering(left))
    assert np.array_equal(projection.read(left), source.picture[left.slices()])


def test_what_was_let_go_of_stays_in_the_coarser_levels_when_its_neighbours_are_gone() -> None:
    source = Source(noise(512, 256))
    projection = source.projection(budget=TILE_BYTES)
    for x in (0, 256):
        projection.update(Bounds(x, 0, 256, 256))
    source.picture[:, 256:] = 0
    projection.invalidate(Bounds(256, 0, 256, 256))
    projection.update(source.bounds, level=1)
    assert np.array_equal(projection.read(projection.bounds(1), 1), halved(source.picture))


def test_what_was_let_go_of_is_shown_enlarged_until_it_is_back() -> None:
    source = Source(noise(512, 256))
    projection = source.projection(budget=TILE_BYTES)
    for x in (0, 256):
        projection.update(Bounds(x, 0, 256, 256))
    tile = projection.tile((0, 0))
    assert tile is not None
    assert np.array_equal(tile, halved(source.picture)[:, :128].repeat(2, axis=0).repeat(2, axis=1))
    projection.update(Bounds(0, 0, 256, 256))
    tile = projection.tile((0, 0))
    assert tile is not None and np.array_equal(tile, source.picture[:, :256])


def test_those_looked_at_last_are_let_go_of_last() -> None:
    source = Source(noise(256 * 6, 256))
    projection = source.projection(budget=4 * TILE_BYTES)
    for column in (0, 1, 2, 3, 0, 4, 5):
        projection.update(Bounds(256 * column, 0, 256, 256))
    source.asked.clear()
    projection.update(Bounds(0, 0, 256, 256))
    assert source.asked == []
    projection.update(Bounds(256, 0, 256, 256))
    assert source.asked == [(1, 0)]


# What shines through


def test_opaque_is_what_lets_nothing_shine_through() -> None:
    picture = noise(600, 500)
    picture[..., 3] = 255
    source = Source(picture)
    projection = source.projection()
    assert not projection.is_opaque(source.bounds)
    projection.update(source.bounds)
    assert projection.is_opaque(source.bounds)  # beyond its edges there is nothing, but nobody sees that
    hole = Bounds(590, 490, 1, 1)
    picture[hole.slices()] = (0, 0, 0, 254)
    projection.invalidate(hole)
    projection.update(source.bounds)
    assert not projection.is_opaque(source.bounds)
    assert projection.is_opaque(Bounds(0, 0, 512, 500))
    picture[:] = 0
    projection.invalidate(source.bounds)
    projection.update(source.bounds)
    assert not projection.is_opaque(source.bounds)
    picture[..., 3] = 255
    projection.invalidate(source.bounds)
    projection.update(source.bounds)
    assert projection.is_opaque(source.bounds)


def test_rows_that_become_opaque_do_not_close_a_hole_in_others() -> None:
    picture = np.full((256, 256, 4), 255, np.uint8)
    picture[..., 0] = np.arange(256)
    picture[10:20, 5] = 0
    source = Source(picture)
    projection = source.projection()
    projection.update(source.bounds)
    projection.invalidate(Bounds(0, 100, 256, 10))
    projection.update(source.bounds)
    assert not projection.is_opaque(source.bounds)
    picture[..., 3] = 255
    projection.invalidate(Bounds(5, 10, 1, 5))
    projection.update(source.bounds)
    assert not projection.is_opaque(source.bounds)  # not known yet
    projection.invalidate(Bounds(5, 0, 1, 256))
    projection.update(source.bounds)
    assert projection.is_opaque(source.bounds)


# Any sequence


@st.composite
def rectangles(draw: st.DrawFn) -> Bounds:
    """On, across or beyond the edges of a picture."""
    return Bounds(
        draw(st.integers(-50, 700)),
        draw(st.integers(-50, 700)),
        draw(st.integers(0, 400)),
        draw(st.integers(0, 400)),
    )


contents = st.sampled_from(["noise", "opaque noise", "nothing", "white"])


@run_with(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    width=st.integers(1, 700),
    height=st.integers(1, 700),
    tiles=st.integers(0, 9),
    changes=st.lists(
        st.tuples(rectangles(), rectangles(), contents, st.sampled_from([-1.0, 60.0]), st.integers(0, 2)),
        max_size=6,
    ),
)
def test_any_changes_in_pieces_equal_a_fresh_projection(
    compiled: None,
    width: int,
    height: int,
    tiles: int,
    changes: list[tuple[Bounds, Bounds, str, float, int]],
) -> None:
    """Also where few tiles are kept: what was let go of is never shown as it was before a change."""
    source = Source(noise(width, height))
    projection = source.projection(budget=tiles * TILE_BYTES)
    for number, (changed, looked_at, content, seconds, level) in enumerate(changes):
        part = changed.intersected(source.bounds)
        piece = noise(part.width, part.height, number)
        if content == "opaque noise":
            piece[..., 3] = 255
        elif content != "noise":
            piece[:] = 0 if content == "nothing" else 255
        source.picture[part.slices()] = piece
        projection.invalidate(changed)
        projection.update(looked_at, seconds, min(level, projection.level(0)))
    projection.update(source.bounds)
    found = levels(projection)
    assert np.array_equal(found[0], source.picture)
    for finer, coarser in pairwise(found):
        assert np.array_equal(coarser, halved(finer))
    if projection.is_opaque(source.bounds):
        assert (source.picture[..., 3] == 255).all()
