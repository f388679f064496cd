"""Candidates: what is shared, what changes when one is taken or painted in, and what memory holds."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from editor.document.candidates import Candidate, is_selected, mixed_tile, painted, sharing
from editor.document.document import Document
from editor.document.geometry import TILE, Bounds, Extent
from editor.document.layers import FillLayer, Layer
from editor.document.tiles import Array8, TileMap, difference, frozen
from editor.raster.mix import mix

PLACE = Bounds(-30, 40, 400, 320)


def noise(seed: int, bounds: Bounds = PLACE, channels: int = 4) -> TileMap:
    shape = (bounds.height, bounds.width, channels) if channels > 1 else (bounds.height, bounds.width)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    return TileMap.from_array(pixels, bounds.x, bounds.y)


def after(plane: TileMap, patch: dict[tuple[int, int], Array8 | None]) -> TileMap:
    changed = plane.snapshot()
    changed.exchange(patch)
    return changed


def test_what_is_equal_is_held_once() -> None:
    base = noise(1)
    other = noise(1)
    corner = Bounds(10, 50, 20, 20)
    other.exchange(other.patch(corner, noise(2, corner).read(corner)))
    shared = sharing(other, base)
    assert shared == other
    assert [key for key in shared if shared.tile(key) is not base.tile(key)] == [(0, 0)]
    layer = FillLayer("fill", pixels=base, candidates=(Candidate(1, 0, base), Candidate(2, 1, shared)))
    tile = TILE * TILE * 4
    assert layer.nbytes == base.nbytes + tile
    layer.mask = noise(3, channels=1)
    assert layer.nbytes == base.nbytes + tile + layer.mask.nbytes


def test_taking_one_replaces_what_differs_and_nothing_else() -> None:
    pixels, candidate = noise(1), noise(2, Bounds(0, 0, 300, 300))
    assert after(pixels, difference(pixels, candidate)) == candidate
    assert difference(pixels, pixels.snapshot()) == {}
    assert difference(pixels, noise(1)) == {}


@given(
    st.integers(-60, 560), st.integers(10, 450), st.integers(1, 400), st.integers(1, 300), st.integers(0, 99)
)
@run_with(max_examples=15, deadline=None)
def test_painting_one_in_mixes_inside_the_selection_and_changes_nothing_outside(
    x: int, y: int, width: int, height: int, seed: int
) -> None:
    pixels, candidate = noise(seed), noise(seed + 1)
    chosen = Bounds(x, y, width, height)
    selection = noise(seed + 2, chosen, 1)
    result = after(pixels, painted(pixels, candidate, selection))
    everything = Bounds(-70, 0, 1040, 760)
    weight = selection.read(everything)
    old, new = pixels.read(everything), candidate.read(everything)
    assert np.array_equal(result.read(everything), mix(old, new, weight))
    assert np.array_equal(result.read(everything)[weight == 0], old[weight == 0])


def test_painting_in_what_is_the_same_changes_nothing() -> None:
    pixels = noise(1)
    assert painted(pixels, noise(1), noise(2, channels=1)) == {}


def test_a_tile_that_is_not_selected_or_wholly_selected_is_taken_as_it_is() -> None:
    old, new = (frozen(np.full((TILE, TILE, 4), value, np.uint8)) for value in (10, 20))
    everything = np.full((TILE, TILE), 255, np.uint8)
    half = np.full((TILE, TILE), 128, np.uint8)
    assert mixed_tile(old, new, None) is old
    assert mixed_tile(old, new, everything) is new
    assert mixed_tile(old, None, everything) is None
    assert mixed_tile(None, None, half) is None
    shown = mixed_tile(None, new, half)
    assert shown is not None and shown[0, 0, 3] == 10


def test_selected_is_what_is_covered_as_well() -> None:
    shape = TileMap.from_array(np.full((50, 50), 9, np.uint8), 100, 100)
    assert not is_selected(shape, TileMap(1))
    assert not is_selected(shape, TileMap.from_array(np.full((50, 50), 9, np.uint8), 50, 50))
    assert is_selected(shape, TileMap.from_array(np.full((51, 51), 9, np.uint8), 50, 50))


def test_one_that_arrives_is_told_and_stands_in_its_place() -> None:
    document = Document(Extent(100, 100))
    layer = FillLayer("fill", candidates=(Candidate(1, 5, TileMap(4)), Candidate(3, 7, TileMap(4))), taken=1)
    told: list[Layer] = []
    repainted: list[Bounds] = []
    document.layer_changed.connect(told.append)
    document.pixels_changed.connect(repainted.append)
    document.add_candidate(layer, Candidate(2, 6, TileMap(4)))  # also where the layer has been undone
    assert [candidate.number for candidate in layer.candidates] == [1, 2, 3]
    assert told == [layer] and not repainted


def test_a_snapshot_keeps_the_candidates_it_had() -> None:
    document = Document(Extent(100, 100))
    layer = FillLayer("fill", pixels=noise(1), candidates=(Candidate(1, 5, noise(1)),), taken=1)
    document.insert(layer, document.root, 0)
    twin = document.snapshot().root.children[0]
    document.add_candidate(layer, Candidate(2, 6, noise(2)))
    document.set_property(layer, "taken", 2)
    assert isinstance(twin, FillLayer)
    assert [candidate.number for candidate in twin.candidates] == [1] and twin.taken == 1
