"""Transmittance: flow adds up, opacity caps, dabs of a mask do neither; on both paths."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editor.raster import native
from editor.raster.dab import FULL, Dabs, Tip, place
from editor.raster.transmittance import Transmittance
from inference.geometry import Bounds

AREA = Bounds(0, 0, 120, 90)
HARD, SOFT = Tip(), Tip(0.0)
STEP = FULL / 255

both_paths = pytest.mark.usefixtures("either_path")
some = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

rows = st.tuples(
    st.floats(-30, 150),
    st.floats(-30, 120),
    st.sampled_from([0.7, 6, 20, 90]),
    st.floats(0, 1),
    st.floats(0, 1),
)
batches = st.lists(rows, min_size=1, max_size=12)


def dabs(*rows: tuple[float, ...]) -> Dabs:
    return np.array([(*row, *(1.0, 1.0)[: 5 - len(row)], 0.0) for row in rows], np.float64).reshape(-1, 6)


def dense(stroke: Transmittance) -> np.ndarray:
    """What it covers, 0–1, of AREA and what lies beyond in the same tiles."""
    side = stroke.tile
    out = np.zeros((-(-AREA.height // side) * side, -(-AREA.width // side) * side))
    for (tx, ty), tile in stroke.tiles.items():
        out[ty * side : (ty + 1) * side, tx * side : (tx + 1) * side] = 1 - tile / FULL
    return out


def oracle(batch: Dabs, tip: Tip) -> np.ndarray:
    """In float64, a dab after the other."""
    pad = 200
    t = np.ones((AREA.height + 2 * pad, AREA.width + 2 * pad))
    for _x, _y, _diameter, flow, opacity, _turn in batch:
        placed = place(tip, np.array([[_x, _y, _diameter, flow, opacity, 0]]))
        stamp = placed.stamps[0]
        left, top = (int(at) - stamp.reach + pad for at in placed.table[0, :2])
        cover = stamp.cover[:, : stamp.side] / FULL
        part = t[top : top + stamp.side, left : left + stamp.side]
        part[:] = np.minimum(part, np.maximum(part * (1 - flow * cover), 1 - opacity))
    return 1 - t[pad:-pad, pad:-pad]


@both_paths
@pytest.mark.parametrize("flow", [0.01, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("n", [1, 2, 7, 40])
def test_flow_adds_up(flow: float, n: int) -> None:
    stroke = Transmittance(AREA, HARD)
    stroke.add(dabs(*[(60.5, 45.5, 30, flow)] * n))
    assert dense(stroke)[45, 60] == pytest.approx(1 - (1 - flow) ** n, abs=0.5 / 255)


@both_paths
def test_what_is_covered_wholly_is_so_exactly() -> None:
    stroke = Transmittance(AREA, HARD)
    stroke.add(dabs((60.5, 45.5, 30, 0.5), (60.5, 45.5, 30, 1.0)))
    assert stroke.tiles[0, 0][45, 60] == 0
    stroke = Transmittance(AREA, HARD)
    stroke.add(dabs((60.5, 45.5, 30, 0.0)))
    assert (stroke.tiles[0, 0] == FULL).all()


@both_paths
@pytest.mark.parametrize("opacity", [0.0, 0.3, 1.0])
def test_opacity_caps_what_dabs_cover(opacity: float) -> None:
    stroke = Transmittance(AREA, HARD)
    stroke.add(dabs(*[(60.5, 45.5, 30, 0.4, opacity)] * 30))
    assert dense(stroke).max() == pytest.approx(opacity, abs=1e-4)


@both_paths
def test_a_weaker_dab_does_not_take_away_what_a_stronger_one_has_covered() -> None:
    stroke = Transmittance(AREA, HARD)
    stroke.add(dabs((60.5, 45.5, 30, 1.0, 0.8), (60.5, 45.5, 30, 1.0, 0.2)))
    assert dense(stroke)[45, 60] == pytest.approx(0.8, abs=1e-4)


@both_paths
@some
@given(batches, st.sampled_from([HARD, SOFT, Tip(0.5, 0.4, 30)]))
def test_every_pixel_is_the_product_of_the_dabs(batch: list[tuple[float, ...]], tip: Tip) -> None:
    stroke = Transmittance(AREA, tip, tile=32)
    stroke.add(dabs(*batch))
    out = dense(stroke)
    expected = oracle(dabs(*batch), tip)
    assert (
        np.abs(out[: AREA.height, : AREA.width] - expected).max() < len(batch) * 3 / FULL
    )  # flow and both products are cut off
    assert not out[AREA.height :].any() and not out[:, AREA.width :].any()


@both_paths
@some
@given(batches, st.data(), st.booleans())
def test_batches_make_no_difference(
    batch: list[tuple[float, ...]], data: st.DataObject, build_up: bool
) -> None:
    whole, parts = (Transmittance(AREA, Tip(0.4), build_up, tile=32) for _ in range(2))
    whole.add(dabs(*batch))
    rest = list(batch)
    while rest:
        n = data.draw(st.integers(1, len(rest)))
        parts.add(dabs(*rest[:n]))
        rest = rest[n:]
    assert parts.tiles.keys() == whole.tiles.keys()
    assert all(np.array_equal(parts.tiles[key], tile) for key, tile in whole.tiles.items())
    assert {k: c.area for k, c in parts.take_changed().items()} == {
        k: c.area for k, c in whole.take_changed().items()
    }


@some
@given(batches, st.booleans())
def test_both_paths_are_one(
    request: pytest.FixtureRequest, batch: list[tuple[float, ...]], build_up: bool
) -> None:
    found = []
    for kernels in (None, request.getfixturevalue("loaded_kernels")):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(native, "_kernels", kernels)
            stroke = Transmittance(AREA, Tip(0.4), build_up, tile=64)
            stroke.add(dabs(*batch))
            found.append((stroke.tiles, stroke.take_changed()))
    (plain, plain_changed), (compiled, compiled_changed) = found
    assert plain.keys() == compiled.keys()
    assert all(np.array_equal(plain[key], compiled[key]) for key in plain)
    assert {k: c.area for k, c in plain_changed.items()} == {k: c.area for k, c in compiled_changed.items()}


@both_paths
@some
@given(batches)
def test_without_build_up_it_is_the_strongest_dab(batch: list[tuple[float, ...]]) -> None:
    stroke = Transmittance(AREA, Tip(0.4), build_up=False, tile=64)
    stroke.add(dabs(*batch))
    expected = np.zeros((AREA.height, AREA.width))
    for row in batch:
        expected = np.maximum(expected, oracle(dabs((*row[:3], 1.0, 1.0)), Tip(0.4)))
    assert np.abs(dense(stroke)[: AREA.height, : AREA.width] - expected).max() < 1 / FULL


@both_paths
def test_what_has_changed_is_told_once_and_holds_every_change() -> None:
    stroke = Transmittance(AREA, HARD, tile=32)
    stroke.add(dabs((40, 40, 12)))
    before = {key: tile.copy() for key, tile in stroke.tiles.items()}
    assert set(stroke.take_changed()) == {(1, 1)}
    assert stroke.take_changed() == {}
    stroke.add(dabs((60, 40, 30), (70, 44, 30)))
    changed = stroke.take_changed()
    for key, tile in stroke.tiles.items():
        former = before.get(key, np.full_like(tile, FULL))
        differs = tile != former
        if key in changed:
            rows, columns = changed[key].area.slices()
            differs[rows, columns] = False
        assert not differs.any()
    assert changed[1, 1].area.x > 0  # not all of the tile


@both_paths
def test_dabs_outside_the_bounds_touch_nothing() -> None:
    stroke = Transmittance(AREA, HARD)
    stroke.add(dabs((-50, 10, 20), (10, 300, 20)))
    assert stroke.tiles == {} and stroke.take_changed() == {}
    nowhere = Transmittance(Bounds(0, 0, 0, 0), HARD)
    nowhere.add(dabs((10, 10, 20)))
    assert nowhere.tiles == {}


@both_paths
def test_a_soft_edge_of_a_mask_stays_soft_however_dense_the_dabs() -> None:
    single, many = (Transmittance(AREA, SOFT, build_up=False) for _ in range(2))
    single.add(dabs((60.5, 45.5, 40)))
    many.add(dabs(*[(x + 0.5, 45.5, 40) for x in range(40, 81)]))
    assert np.array_equal(many.tiles[0, 0][:, 60], single.tiles[0, 0][:, 60])
