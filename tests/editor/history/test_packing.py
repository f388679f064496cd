"""Packing: what is unpacked is what was held, whatever was packed against what, and when."""

from __future__ import annotations

import gc
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editor.document.geometry import TILE
from editor.document.tiles import DTYPES, Depth, Pixels, TileMap, TilePatch, frozen
from editor.history import packing
from editor.history.packing import Held, PackedTile, Packer

KEY = (0, 0)


def noise(seed: int = 0, depth: Depth = 8) -> Pixels:
    values = np.random.default_rng(seed).integers(0, 1 << depth, (TILE, TILE, 4)).astype(DTYPES[depth])
    return frozen(values)


def touched(tile: Pixels, value: int = 5) -> Pixels:
    """With a small stroke on it."""
    tile = tile.copy()
    tile[40:80, 30:90] = value
    return frozen(tile)


def flat(value: int) -> Pixels:
    return frozen(np.full((TILE, TILE, 4), value, np.uint8))


def plane(tile: Pixels | None) -> TileMap:
    return TileMap(
        4, {} if tile is None else {KEY: tile}, 16 if tile is not None and tile.itemsize == 2 else 8
    )


def pack(*held: Held, surplus: int = 1 << 40) -> None:
    packer = Packer()
    packer.pack(held, surplus)
    packer.wait()


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([8, 16]), st.booleans(), st.integers(0, 200), st.integers(0, 99))
def test_a_tile_comes_back_whole(depth: Depth, alone: bool, rows: int, seed: int) -> None:
    other = noise(seed, depth)
    tile = other.copy()
    tile[:rows] //= 3
    packed = PackedTile(frozen(tile), None if alone else other)
    back = packed.tile(other)
    assert np.array_equal(back, tile)
    assert (back.dtype, back.shape, back.flags.writeable) == (tile.dtype, tile.shape, False)
    assert packed.nbytes > 0


@pytest.mark.parametrize("depth", [8, 16])
def test_a_stroke_on_noise_is_small_against_what_is_there(depth: Depth) -> None:
    other = noise(1, depth)
    assert PackedTile(touched(other), other).nbytes < 0.1 * other.nbytes
    assert PackedTile(touched(other), None).nbytes > 0.9 * other.nbytes


def test_another_tile_than_the_one_it_was_packed_with() -> None:
    packed = PackedTile(touched(noise(1)), noise(1))
    for other in (noise(2), flat(0), None):
        with pytest.raises(RuntimeError, match="not what it was"):
            packed.tile(other)


def test_what_is_held_is_the_same_packed_or_not() -> None:
    there = noise(1)
    patch: TilePatch = {
        KEY: touched(there),
        (1, 0): flat(3),
        (2, 0): None,
        (3, 0): touched(flat(9)),
        (4, 0): noise(7),
    }
    held = Held(patch, {KEY: there, (1, 0): None, (3, 0): flat(0)})
    assert held.nbytes == 3 * there.nbytes + 4
    assert held.unpacked == 3 * there.nbytes
    now = TileMap(4, {KEY: there, (3, 0): flat(0)})
    assert held.patch(now) == patch
    pack(held)
    assert held.unpacked == 0
    assert there.nbytes < held.nbytes < 1.2 * there.nbytes  # all but the noise, which cannot be made smaller
    back = held.patch(now)
    assert back.keys() == patch.keys()
    for key, tile in patch.items():
        found = back[key]
        assert (found is None) == (tile is None)
        assert found is None or tile is None or np.array_equal(found, tile)
    assert back[1, 0] is patch[1, 0]
    assert back[4, 0] is patch[4, 0]
    with pytest.raises(RuntimeError, match="not what it was"):
        held.patch(None)


def test_where_the_other_tile_is_gone_a_tile_is_packed_alone() -> None:
    there, tile = touched(noise(1)), touched(flat(7))
    held = Held({KEY: tile}, {KEY: there})
    del there
    gc.collect()
    pack(held)
    assert held.nbytes < 0.1 * tile.nbytes
    back = held.patch(plane(None))[KEY]
    assert back is not None and np.array_equal(back, tile)


def test_no_more_is_packed_than_was_asked_for() -> None:
    there = noise(1)
    held = [Held({KEY: touched(there, value)}, {KEY: there}) for value in range(4)]
    pack(*held, surplus=there.nbytes + 1)
    assert [each.unpacked for each in held] == [0, 0, there.nbytes, there.nbytes]
    pack(*held, surplus=1)  # what is packed already is passed over
    assert [each.unpacked for each in held] == [0, 0, 0, there.nbytes]
    pack(*held, surplus=0)
    assert held[3].unpacked


def test_a_new_order_replaces_the_one_that_is_being_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()

    class Slow(PackedTile):
        def __init__(self, tile: Pixels, other: Pixels | None) -> None:
            begun.set()
            assert go_on.wait(60)
            super().__init__(tile, other)

    monkeypatch.setattr(packing, "PackedTile", Slow)
    there = noise(1)
    many: TilePatch = {(x, 0): touched(there, x) for x in range(9)}
    first, second = Held(many, dict.fromkeys(many, there)), Held({KEY: touched(there)}, {KEY: there})
    packer = Packer()
    packer.pack([first], 1 << 40)
    assert begun.wait(60)
    packer.pack([second], 1 << 40)
    go_on.set()
    packer.wait()
    assert (first.unpacked, second.unpacked) == (8 * there.nbytes, 0)
    packer.pack([first], 1 << 40)
    packer.close()
    assert all(not thread.name.startswith("packing") for thread in threading.enumerate())


def test_undo_while_a_tile_is_being_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for the patch meanwhile gets the tile as it is, and the thread spoils nothing."""
    begun, go_on = threading.Event(), threading.Event()

    class Slow(PackedTile):
        def __init__(self, tile: Pixels, other: Pixels | None) -> None:
            super().__init__(tile, other)
            begun.set()
            assert go_on.wait(60)

    monkeypatch.setattr(packing, "PackedTile", Slow)
    there = noise(1)
    tile = touched(there)
    held = Held({KEY: tile}, {KEY: there})
    packer = Packer()
    packer.pack([held], 1 << 40)
    assert begun.wait(60)
    assert held.patch(plane(there))[KEY] is tile
    go_on.set()
    packer.wait()
    back = held.patch(plane(there))[KEY]
    assert back is not tile
    assert back is not None and np.array_equal(back, tile)


def test_what_cannot_be_packed_for_want_of_memory_stays(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(tile: Pixels, other: Pixels | None) -> PackedTile:
        raise MemoryError

    there = noise(1)
    tile = touched(there)
    held = Held({KEY: tile}, {KEY: there})
    packer = Packer()
    with monkeypatch.context() as patched:
        patched.setattr(packing, "PackedTile", fails)
        packer.pack([held], 1)
        packer.wait()
    assert "cannot be packed" in caplog.text
    caplog.clear()
    assert held.patch(plane(there)) == {KEY: tile}
    another = Held({KEY: tile}, {KEY: there})
    packer.pack([another], 1)  # and it can go on
    packer.wait()
    assert another.unpacked == 0
