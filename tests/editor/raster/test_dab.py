"""Dabs: area, softness, place, symmetry, form; and the stamps that are kept of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editor.raster import native
from editor.raster.dab import FULL, LANES, Stamp, Tip, dab, place

fractions = st.floats(0, 1, exclude_max=True)
both_paths = pytest.mark.usefixtures("either_path")
many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

ROUND, SOFT = Tip(), Tip(hardness=0.0)


def cover_of(diameter: float, tip: Tip, fx: float = 0.5, fy: float = 0.5) -> np.ndarray:
    return dab(diameter, tip, fx, fy).astype(np.float64) / FULL


def one(tip: Tip, diameter: float, x: float, y: float) -> tuple[Stamp, int, int]:
    """The stamp of a dab, and where its first pixel lies."""
    placed = place(tip, np.array([[x, y, diameter, 1, 1, 0]]))
    stamp = placed.stamps[placed.which[0]]
    px, py = placed.table[0, :2].tolist()
    return stamp, px - stamp.reach, py - stamp.reach


def spread(cover: np.ndarray) -> tuple[float, float]:
    """Standard deviations across and down."""
    at = np.arange(len(cover)) + 0.5
    out = []
    for along in (cover.sum(axis=0), cover.sum(axis=1)):
        mean = (along * at).sum() / along.sum()
        out.append(math.sqrt((along * (at - mean) ** 2).sum() / along.sum()))
    return out[0], out[1]


@both_paths
@many
@given(st.floats(2, 300), fractions, fractions)
def test_a_hard_dab_covers_the_area_of_its_disc(diameter: float, fx: float, fy: float) -> None:
    cover = dab(diameter, ROUND, fx, fy)
    assert cover.dtype == np.uint16
    assert cover.shape[0] == cover.shape[1]
    assert cover.shape[0] % 2 == 1
    assert abs(cover.sum(dtype=np.float64) / FULL / (math.pi * diameter**2 / 4) - 1) < 0.01


@both_paths
@many
@given(st.floats(5, 120), st.floats(0, 1), fractions, fractions)
def test_a_dab_lies_where_it_was_asked_for(diameter: float, hardness: float, fx: float, fy: float) -> None:
    cover = cover_of(diameter, Tip(hardness), fx, fy)
    at = np.arange(len(cover)) + 0.5 - len(cover) // 2
    assert abs((cover.sum(axis=0) * at).sum() / cover.sum() - fx) < 0.05
    assert abs((cover.sum(axis=1) * at).sum() / cover.sum() - fy) < 0.05


@both_paths
@pytest.mark.parametrize("hardness", [0.0, 0.3, 0.8])
def test_the_falloff_is_smoothstep_from_the_hard_core_to_the_radius(hardness: float) -> None:
    radius = 100.0
    cover = cover_of(2 * radius, Tip(hardness))
    middle = len(cover) // 2
    along = cover[middle, middle:]
    t = np.clip((np.arange(len(along)) / radius - hardness) / (1 - hardness), 0, 1)
    assert np.abs(along - (1 - t * t * (3 - 2 * t))).max() < 0.03
    assert (np.diff(along) <= 0).all()


@both_paths
def test_the_middle_of_a_hard_dab_is_full_at_every_size() -> None:
    for diameter in (3.0, 10.5, 64.0, 300.0, 2000.0):
        cover = dab(diameter, ROUND, 0.5, 0.5)
        assert cover[len(cover) // 2, len(cover) // 2] == FULL
        assert cover[0, 0] == 0


@both_paths
def test_a_centred_dab_is_symmetrical() -> None:
    for diameter in (3.0, 10.5, 64.0, 300.0):
        cover = cover_of(diameter, Tip(0.6))
        assert np.allclose(cover, cover[::-1], atol=1e-4)
        assert np.allclose(cover, cover.T, atol=1e-4)


@both_paths
def test_tiny_dabs_are_thinner_by_their_area() -> None:
    whole = cover_of(1.0, ROUND).sum()
    assert cover_of(0.5, ROUND).sum() == pytest.approx(whole / 4, rel=1e-3)
    assert cover_of(0.1, Tip(0.2), 0.0, 0.9).max() < 0.02


@both_paths
@many
@given(st.sampled_from([20.0, 90.0, 400.0]), st.floats(0.1, 1), st.floats(-180, 180))
def test_an_ellipse_has_its_axes_and_its_area(diameter: float, roundness: float, angle: float) -> None:
    cover = cover_of(diameter, Tip(1.0, roundness, angle))
    assert cover.sum() / (math.pi * diameter**2 / 4 * roundness) == pytest.approx(1, abs=0.04)
    turn = math.radians(angle)
    ys, xs = np.mgrid[: len(cover), : len(cover)] - len(cover) // 2
    along = xs * math.cos(turn) - ys * math.sin(turn)  # counter-clockwise, and y goes down
    deviation = math.sqrt((cover * along**2).sum() / cover.sum())
    assert deviation == pytest.approx(diameter / 4, rel=0.03)


@both_paths
def test_an_axis_of_less_than_a_pixel_is_thinner() -> None:
    thick, thin = cover_of(60, Tip(1, 1 / 60)), cover_of(60, Tip(1, 0.25 / 60))
    assert thin.sum() == pytest.approx(thick.sum() / 4, rel=1e-3)
    assert thin.max() <= 0.25 + 1e-3


def test_an_image_is_as_long_as_the_diameter() -> None:
    bar = np.full((16, 64), 255, np.uint8)
    for diameter in (20.0, 40.0, 300.0):
        cover = cover_of(diameter, Tip(image=bar, name="bar"))
        assert cover.sum() == pytest.approx(diameter**2 / 4, rel=0.04)
        across, down = spread(cover)
        assert across == pytest.approx(diameter / math.sqrt(12), rel=0.02)
        assert across > 3 * down


def test_an_image_is_turned_and_flattened_as_an_ellipse_is() -> None:
    bar = np.full((16, 64), 255, np.uint8)
    across, down = spread(cover_of(100, Tip(angle=90, image=bar, name="bar")))
    assert down == pytest.approx(100 / math.sqrt(12), rel=0.03)
    assert down > 3 * across
    square = np.full((64, 64), 255, np.uint8)
    assert cover_of(100, Tip(1, 0.5, 0, square, "square")).sum() == pytest.approx(100 * 50, rel=0.03)
    corner = np.zeros((64, 64), np.uint8)
    corner[:32, :32] = 255
    turned = cover_of(
        100, Tip(angle=90, image=corner, name="corner")
    )  # from the upper left to the lower left
    middle = len(turned) // 2
    assert turned[middle:, :middle].sum() > 0.95 * turned.sum()


def test_the_corners_of_a_turned_image_are_not_cut_off() -> None:
    square = np.full((64, 64), 255, np.uint8)
    for angle in (0, 30, 45):
        assert cover_of(100, Tip(angle=angle, image=square, name="square")).sum() == pytest.approx(
            100**2, rel=0.03
        )


def test_a_large_image_is_averaged_where_it_is_made_small() -> None:
    fine = np.indices((256, 256)).sum(axis=0) % 2 * np.uint8(255)
    cover = cover_of(20, Tip(image=fine.astype(np.uint8), name="fine"))
    middle = len(cover) // 2
    assert np.abs(cover[middle - 5 : middle + 5, middle - 5 : middle + 5] - 0.5).max() < 0.05


@pytest.mark.parametrize("diameter", [0, -1, math.nan])
def test_bad_dabs(diameter: float) -> None:
    with pytest.raises(ValueError, match="no dab"):
        dab(diameter, ROUND, 0, 0)


@pytest.mark.parametrize("form", [(-0.1, 1, 0), (1.1, 1, 0), (1, 0, 0), (1, 1.5, 0), (1, 1, math.nan)])
def test_bad_tips(form: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="no tip"):
        Tip(*form)


@many
@given(st.floats(0.3, 40), st.floats(0, 1), st.floats(-500, 500), st.floats(-500, 500))
def test_a_stamp_is_the_dab_at_that_place(diameter: float, hardness: float, x: float, y: float) -> None:
    stamp, left, top = one(Tip(hardness), diameter, x, y)
    assert not stamp.cover.flags.writeable
    assert stamp.cover.shape[1] % LANES == 0
    weights = stamp.cover.astype(np.float64)
    assert not weights[:, stamp.side :].any()
    if weights.sum() > 20 * FULL:  # large enough for its centre to show
        across, down = np.arange(weights.shape[1]) + 0.5, np.arange(len(weights)) + 0.5
        assert abs((weights.sum(axis=0) * across).sum() / weights.sum() + left - x) < 0.125 + 0.1
        assert abs((weights.sum(axis=1) * down).sum() / weights.sum() + top - y) < 0.125 + 0.1


@both_paths
@pytest.mark.parametrize("tip", [SOFT, Tip(1, 0.3, 30)])
def test_spans_hold_all_that_a_stamp_covers(tip: Tip) -> None:
    # of a diameter that no other test has, so that it is not kept yet
    stamp, _left, _top = one(tip, 90 + 2 * (native.kernels() is None), 0.3, 0.8)
    for row, (first, last) in zip(stamp.cover, stamp.spans, strict=True):
        assert not row[:first].any() and not row[last:].any()
        assert (first, last) == (0, 0) or (row[first] and row[last - 1])


def test_a_stamp_is_kept_and_moves_by_whole_pixels() -> None:
    (a, ax, ay), (b, bx, by) = one(Tip(0.5), 200, 10.25, 20.5), one(Tip(0.5), 200, 17.25, -3.5)
    assert a is b
    assert (bx - ax, by - ay) == (7, -24)
    assert one(Tip(0.5), 12, 0.3, 0.3)[0] is one(Tip(0.5), 12, 0.2, 0.2)[0]
    assert one(Tip(0.5), 12, 0.3, 0.3)[0] is not one(Tip(0.6), 12, 0.3, 0.3)[0]


def test_many_dabs_share_their_stamps() -> None:
    placed = place(Tip(0.5), np.array([(0.3 * k, 0.3 * k, 30, 1, 1, 0) for k in range(100)]))
    assert len(placed.stamps) == 4  # quarters of a pixel, the same across and down
    assert set(placed.which.tolist()) == set(range(4))


@both_paths
def test_dabs_of_all_sizes_are_placed_each_with_its_own_stamp() -> None:
    sizes = [0.25, 1.0, 3.3, 99.0, 100.0, 250.0, 256.5, 640.0, 1024.5, 2000.0]
    dabs = np.array([(-7.3 + k, 5.6 - 3 * k, size, 0.5, 0.25, 0) for k, size in enumerate(sizes)])
    placed = place(SOFT, dabs)
    for (x, y, size, _flow, _opacity, _turn), which, row in zip(
        dabs, placed.which, placed.table.tolist(), strict=True
    ):
        alone = place(SOFT, np.array([[x, y, size, 0.5, 0.25, 0]]))
        assert placed.stamps[which] is alone.stamps[0]
        assert row == alone.table[0].tolist()
        assert abs(placed.stamps[which].reach - size / 2) < 1 + size * 0.011
        assert abs(row[0] + 0.5 - x) <= 1 and abs(row[1] + 0.5 - y) <= 1
        assert row[2:] == [32768, round(0.75 * FULL)]


@both_paths
def test_a_dabs_turn_is_added_to_the_tips_own() -> None:
    flat = [Tip(0.5, 0.3, angle) for angle in (20, 65, 20 + 7 * 45)]
    plain = [place(tip, np.array([[0.5, 0.5, 31, 1, 1, 0]])).stamps[0] for tip in flat]
    placed = place(flat[0], np.array([[0.5, 0.5, 31, 1, 1, turn] for turn in (0, 1, 7)]))
    for which, stamp in zip(placed.which, plain, strict=True):
        assert np.abs(placed.stamps[which].cover.astype(int) - stamp.cover).max() <= 2


@many
@given(st.floats(0.3, 400), st.floats(0, 1), st.floats(0.05, 1), st.floats(-180, 180), fractions, fractions)
def test_both_paths_render_the_same(
    request: pytest.FixtureRequest,
    diameter: float,
    hardness: float,
    roundness: float,
    angle: float,
    fx: float,
    fy: float,
) -> None:
    tip = Tip(hardness, roundness, angle)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "_kernels", None)
        plain = dab(diameter, tip, fx, fy)
        patch.setattr(native, "_kernels", request.getfixturevalue("loaded_kernels"))
        compiled = dab(diameter, tip, fx, fy)
    assert np.abs(plain.astype(int) - compiled).max() <= FULL / 255
