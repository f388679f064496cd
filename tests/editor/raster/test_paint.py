"""Paint: colour and eraser over tiles of both depths, against float64, on both paths."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editor.raster import native
from editor.raster.blend_modes import MODES
from editor.raster.dab import FULL
from editor.raster.paint import Paint, Work, apply
from inference.geometry import Bounds

SIDE = 48
WHOLE = Bounds(0, 0, SIDE, SIDE)

both_paths = pytest.mark.usefixtures("either_path")
both_depths = pytest.mark.parametrize("depth", [np.uint8, np.uint16])
opacities = st.sampled_from([0.0, 1.0]) | st.floats(1e-3, 1)
some = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def work(
    depth: Any, seed: int = 1, selected: bool = False, area: Bounds = WHOLE, opaque: bool = False
) -> Work:
    rng = np.random.default_rng(seed)
    full = np.iinfo(depth).max
    before = rng.integers(0, full + 1, (SIDE, SIDE, 4)).astype(depth)
    before[:8, :, 3] = 0
    before[8:16, :, 3] = full
    if opaque:
        before[..., 3] = full
    t = rng.integers(0, FULL + 1, (SIDE, SIDE)).astype(np.uint16)
    t[:, :8] = FULL
    t[:, 8:16] = 0
    selection = rng.integers(0, full + 1, (SIDE, SIDE)).astype(depth)
    selection[::4] = 0
    for array in (before, selection):
        array.flags.writeable = False
    return Work(before, before, t, selection if selected else None, area)


def exact(each: Work, paint: Paint) -> np.ndarray:
    """In float64 by the formula of W3C, (h, w, 4) in channel steps, not rounded; normal mode and eraser."""
    full = np.iinfo(each.before.dtype).max
    below = each.before.astype(np.float64) / full
    s = paint.opacity * (1 - each.transmittance / FULL)
    if each.selection is not None:
        s = s * each.selection / full
    if paint.erase:
        below[..., 3] *= 1 - s
        return below * full
    alpha = s + below[..., 3] * (1 - s)
    with np.errstate(invalid="ignore"):
        colour = (
            s[..., None] * np.array(paint.colour) + ((1 - s) * below[..., 3])[..., None] * below[..., :3]
        ) / alpha[..., None]
    colour = np.where(s[..., None] > 0, colour, below[..., :3])
    return np.concatenate([colour, alpha[..., None]], axis=-1) * full


@both_paths
@both_depths
@some
@given(st.integers(0, 99), st.tuples(*[st.floats(0, 1)] * 3), opacities, st.booleans(), st.booleans())
def test_paint_is_what_the_formula_says(
    depth: Any, seed: int, colour: tuple[float, float, float], opacity: float, selected: bool, opaque: bool
) -> None:
    each, paint = work(depth, seed, selected, opaque=opaque), Paint(colour, opacity)
    (out,) = apply([each], paint)
    assert out.dtype == depth
    assert np.abs(out - exact(each, paint)).max() <= (0.51 if depth == np.uint8 else 0.6)


@both_paths
@both_depths
@some
@given(st.integers(0, 99), opacities, st.booleans())
def test_erasing_takes_alpha_away_and_leaves_colour(
    depth: Any, seed: int, opacity: float, selected: bool
) -> None:
    each, paint = work(depth, seed, selected), Paint(opacity=opacity, erase=True)
    (out,) = apply([each], paint)
    expected = exact(each, paint)
    assert np.abs(out[..., 3] - expected[..., 3]).max() <= 0.6
    left = out[..., 3] > 0
    assert np.array_equal(out[left][:, :3], each.before[left][:, :3])
    untouched = (each.transmittance == FULL) | (opacity == 0)
    assert np.array_equal(out[untouched], each.before[untouched])


@both_paths
@both_depths
def test_what_is_erased_wholly_is_zero(depth: Any) -> None:
    each = work(depth)
    (out,) = apply([each], Paint(erase=True))
    assert not out[:, 8:16].any()


@both_paths
@both_depths
@pytest.mark.parametrize("erase", [False, True])
def test_where_nothing_is_put_nothing_changes(depth: Any, erase: bool) -> None:
    for paint, each in (
        (Paint((1, 0, 0), 0.0, erase=erase), work(depth)),
        (
            Paint((1, 0, 0), 1.0, erase=erase),
            work(depth)._replace(transmittance=np.full((SIDE, SIDE), FULL, np.uint16)),
        ),
        (Paint((1, 0, 0), 1.0, erase=erase), work(depth)._replace(selection=np.zeros((SIDE, SIDE), depth))),
    ):
        (out,) = apply([each], paint)
        assert np.array_equal(out, each.before)


@both_paths
@both_depths
def test_the_colour_is_exact_where_it_covers_wholly_or_lies_over_nothing(depth: Any) -> None:
    full = np.iinfo(depth).max
    colour = np.array([200, 17, 99], depth) * (full // 255)
    (out,) = apply([work(depth)], Paint((200 / 255, 17 / 255, 99 / 255)))
    assert (out[:, 8:16] == [*colour, full]).all()
    assert (out[:8, 8:, :3] == colour).all()


@both_paths
@both_depths
@pytest.mark.parametrize("mode", ["normal", "multiply"])
def test_outside_the_area_it_is_as_it_is_now(depth: Any, mode: str) -> None:
    area = Bounds(5, 7, 20, 11)
    now = work(depth, 2).before
    each = work(depth)._replace(now=now, area=area)
    paint = Paint((1, 0.5, 0), blend_mode=mode)
    (out,) = apply([each], paint)
    (whole,) = apply([each._replace(area=WHOLE)], paint)
    inside = np.zeros((SIDE, SIDE), bool)
    inside[area.slices()] = True
    assert np.array_equal(out[inside], whole[inside])
    assert np.array_equal(out[~inside], now[~inside])
    assert out is not now


@both_paths
@both_depths
def test_uniform_tiles_and_selections_are_like_any_other(depth: Any) -> None:
    full = np.iinfo(depth).max
    pixel = np.array([[[10, 20, 30, full // 2]]], depth)
    one, half = np.broadcast_to(pixel, (SIDE, SIDE, 4)), np.broadcast_to(depth(full // 2), (SIDE, SIDE))
    each = work(depth)
    flat = each._replace(before=one, now=one, selection=half)
    dense = each._replace(before=one.copy(), now=one.copy(), selection=half.copy())
    paint = Paint((1, 0, 1), 0.8)
    assert np.array_equal(apply([flat], paint)[0], apply([dense], paint)[0])


@both_paths
@both_depths
@pytest.mark.parametrize("mode", sorted(MODES))
def test_every_mode_blends_with_the_backdrop(depth: Any, mode: str) -> None:
    full = np.iinfo(depth).max
    each = work(depth, opaque=True)._replace(transmittance=np.zeros((SIDE, SIDE), np.uint16))
    colour = (0.7, 0.2, 0.4)
    (out,) = apply([each], Paint(colour, blend_mode=mode))
    base = np.moveaxis(each.before[..., :3], -1, 0).reshape(3, -1).astype(np.float32) / np.float32(full)
    source = np.broadcast_to(np.array(colour, np.float32)[:, None], base.shape)
    mix = MODES[mode].mix
    mixed = source if mix is None else mix(base, np.ascontiguousarray(source))
    expected = np.moveaxis(mixed, 0, -1).reshape(SIDE, SIDE, 3).astype(np.float64) * full
    assert np.abs(out[..., :3] - expected).max() <= (0.51 if depth == np.uint8 else 0.7)
    assert (out[..., 3] == full).all()


@both_paths
@both_depths
def test_a_mode_over_nothing_is_the_colour(depth: Any) -> None:
    full = np.iinfo(depth).max
    clear = np.zeros((SIDE, SIDE, 4), depth)
    each = work(depth)._replace(before=clear, now=clear)
    (out,) = apply([each], Paint((1, 0, 0), blend_mode="multiply"))
    painted = out[..., 3] > 0
    assert painted.any() and (out[painted][:, :3] == [full, 0, 0]).all()


@both_depths
@pytest.mark.parametrize("mode", sorted(MODES))
def test_both_paths_are_one(loaded_kernels: Any, depth: Any, mode: str) -> None:
    found = []
    for kernels in (None, loaded_kernels):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(native, "_kernels", kernels)
            each = work(depth, selected=True, area=Bounds(3, 5, 40, 41))._replace(x=256, y=-512)
            found.append(apply([each], Paint((0.7, 0.2, 0.4), 0.8, mode))[0].astype(int))
    step = 1 if depth == np.uint8 else 257
    # a threshold, as hard mix has, may fall to either side
    assert (np.abs(found[0] - found[1]).max(axis=-1) > step).mean() < 0.002


@both_paths
@both_depths
def test_dissolve_puts_the_colour_on_as_many_pixels_as_it_covers(depth: Any) -> None:
    full = np.iinfo(depth).max
    clear = np.zeros((SIDE, SIDE, 4), depth)
    half = np.full((SIDE, SIDE), FULL // 2, np.uint16)
    each = Work(clear, clear, half, None, WHOLE)
    (out,) = apply([each], Paint((1, 0, 0), 0.6, "dissolve"))
    painted = (out == [full, 0, 0, full]).all(axis=-1)
    assert painted.mean() == pytest.approx(0.3, abs=0.03)
    assert not out[~painted].any()
    (elsewhere,) = apply([each._replace(x=SIDE)], Paint((1, 0, 0), 0.6, "dissolve"))
    assert not np.array_equal(elsewhere, out)


def test_an_unknown_mode() -> None:
    with pytest.raises(ValueError, match="no-mode"):
        apply([], Paint(blend_mode="no-mode"))
