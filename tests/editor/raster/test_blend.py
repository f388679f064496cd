"""Blending against the W3C formulas, written out pixel by pixel in float64, and its exactness rules."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editor.raster import native
from editor.raster.blend import blend
from editor.raster.blend_modes import MODES

pytestmark = pytest.mark.usefixtures("either_path")

Array8 = npt.NDArray[np.uint8]
Colour = tuple[float, float, float]


def burn(b: float, s: float) -> float:
    if b == 1:
        return 1.0
    return 0.0 if s == 0 else 1 - min(1.0, (1 - b) / s)


def dodge(b: float, s: float) -> float:
    if b == 0:
        return 0.0
    return 1.0 if s == 1 else min(1.0, b / (1 - s))


def hard_light(b: float, s: float) -> float:
    return b * 2 * s if s <= 0.5 else b + (2 * s - 1) - b * (2 * s - 1)


def soft_light(b: float, s: float) -> float:
    if s <= 0.5:
        return b - (1 - 2 * s) * b * (1 - b)
    d = ((16 * b - 12) * b + 4) * b if b <= 0.25 else math.sqrt(b)
    return b + (2 * s - 1) * (d - b)


def divide(b: float, s: float) -> float:
    if s == 0:
        return 0.0 if b == 0 else 1.0
    return min(1.0, b / s)


SEPARABLE: dict[str, Callable[[float, float], float]] = {
    "normal": lambda b, s: s,
    "darken": min,
    "multiply": lambda b, s: b * s,
    "color-burn": burn,
    "linear-burn": lambda b, s: max(0.0, b + s - 1),
    "lighten": max,
    "screen": lambda b, s: b + s - b * s,
    "color-dodge": dodge,
    "linear-dodge": lambda b, s: min(1.0, b + s),
    "overlay": lambda b, s: hard_light(s, b),
    "soft-light": soft_light,
    "hard-light": hard_light,
    "vivid-light": lambda b, s: burn(b, 2 * s) if s <= 0.5 else dodge(b, 2 * s - 1),
    "linear-light": lambda b, s: min(1.0, max(0.0, b + 2 * s - 1)),
    "pin-light": lambda b, s: min(b, 2 * s) if s <= 0.5 else max(b, 2 * s - 1),
    "hard-mix": lambda b, s: float(b + s >= 1 - 1e-6),
    "difference": lambda b, s: abs(b - s),
    "exclusion": lambda b, s: b + s - 2 * b * s,
    "subtract": lambda b, s: max(0.0, b - s),
    "divide": divide,
}


def lum(c: Colour) -> float:
    return 0.3 * c[0] + 0.59 * c[1] + 0.11 * c[2]


def set_lum(c: Colour, value: float) -> Colour:
    d = value - lum(c)
    r = [x + d for x in c]
    level, low, high = lum((r[0], r[1], r[2])), min(r), max(r)
    if low < 0:
        r = [level + (x - level) * level / (level - low) for x in r]
    if high > 1:
        r = [level + (x - level) * (1 - level) / (high - level) for x in r]
    return r[0], r[1], r[2]


def sat(c: Colour) -> float:
    return max(c) - min(c)


def set_sat(c: Colour, value: float) -> Colour:
    low, high = min(c), max(c)
    if high == low:
        return 0.0, 0.0, 0.0
    return tuple((x - low) * value / (high - low) for x in c)  # type: ignore[return-value]


NON_SEPARABLE: dict[str, Callable[[Colour, Colour], Colour]] = {
    "darker-color": lambda b, s: b if lum(b) <= lum(s) + 1e-6 else s,
    "lighter-color": lambda b, s: b if lum(b) + 1e-6 >= lum(s) else s,
    "hue": lambda b, s: set_lum(set_sat(s, sat(b)), lum(b)),
    "saturation": lambda b, s: set_lum(set_sat(b, sat(s)), lum(b)),
    "color": lambda b, s: set_lum(s, lum(b)),
    "luminosity": lambda b, s: set_lum(b, lum(s)),
}


def oracle(
    backdrop: list[int], source: list[int], mode: str, opacity: float, mask: int, full: int = 255
) -> list[float]:
    """One pixel; 0–``full`` in, and out, unrounded."""
    b: Colour = (backdrop[0] / full, backdrop[1] / full, backdrop[2] / full)
    s: Colour = (source[0] / full, source[1] / full, source[2] / full)
    ab, as_ = backdrop[3] / full, source[3] / full * (mask / full) * opacity
    if mode in SEPARABLE:
        mix = SEPARABLE[mode]
        mixed: Colour = (mix(b[0], s[0]), mix(b[1], s[1]), mix(b[2], s[2]))
    else:
        mixed = NON_SEPARABLE[mode](b, s)
    ao = as_ + ab - as_ * ab
    if ao == 0:
        return [*map(float, backdrop)]
    colour = [
        (as_ * (1 - ab) * cs + as_ * ab * m + (1 - as_) * ab * cb) / ao
        for cb, cs, m in zip(b, s, mixed, strict=True)
    ]
    return [c * full for c in colour] + [ao * full]


def check(backdrop: Array8, source: Array8, mode: str, opacity: float, mask: Array8 | None) -> None:
    full = int(np.iinfo(source.dtype).max)
    flat = np.full(backdrop.shape[:2], full, source.dtype) if mask is None else mask
    out = blend(backdrop, source, mode, opacity, mask).astype(np.float64).reshape(-1, 4)
    expected = np.array(
        [
            oracle(b, s, mode, opacity, m, full)
            for b, s, m in zip(
                backdrop.reshape(-1, 4).tolist(),
                source.reshape(-1, 4).tolist(),
                flat.reshape(-1).tolist(),
                strict=True,
            )
        ]
    )
    assert np.abs(out[:, 3] - expected[:, 3]).max() <= 1
    shown = out[:, 3] > 0
    # of 8 bits; in 16 a float32's own steps show in colours of next to no alpha
    limit = 2 if mode in ("color-burn", "color-dodge", "vivid-light") else 1
    if shown.any():
        assert (np.abs(out - expected)[shown] * 255 / full).max() <= limit


def pixels(rng: np.random.Generator, alpha: int | None, n: int = 200) -> Array8:
    """Random colours, a good part of them at the ends and in the middle of the range."""
    out = rng.integers(0, 256, (1, n, 4), dtype=np.uint8)
    edges = rng.choice(np.array([0, 1, 63, 64, 127, 128, 254, 255], np.uint8), out.shape)
    out = np.where(rng.random(out.shape) < 0.4, edges, out)
    grey = rng.random(n) < 0.1
    out[0, grey, 1:3] = out[0, grey, :1]
    if alpha is not None:
        out[..., 3] = alpha
    return out


def test_the_table_holds_the_standard_modes() -> None:
    assert {*MODES} == {*SEPARABLE, *NON_SEPARABLE, "dissolve"}
    assert all(key == mode.id and mode.title for key, mode in MODES.items())


FORMULAS = [mode for mode in MODES if mode != "dissolve"]


@pytest.mark.parametrize("mode", FORMULAS)
@pytest.mark.parametrize("backdrop_alpha", [0, 128, 255, None])
def test_every_mode_agrees_with_the_formulas(mode: str, backdrop_alpha: int | None) -> None:
    rng = np.random.default_rng(len(mode) * 7 + (backdrop_alpha or 1))
    backdrop = pixels(rng, backdrop_alpha)
    for source_alpha in (0, 128, 255, None):
        source = pixels(rng, source_alpha)
        masks = [None, *(np.full((1, 200), v, np.uint8) for v in (0, 128, 255))]
        masks.append(rng.integers(0, 256, (1, 200), dtype=np.uint8))
        for mask, opacity in zip(masks, (0.5, 1.0, 0.8, 1.0, 0.3), strict=True):
            check(backdrop, source, mode, opacity, mask)
        check(backdrop, source, mode, 1.0, None)


@pytest.mark.parametrize("mode", FORMULAS)
def test_every_mode_agrees_with_the_formulas_in_16_bits(mode: str) -> None:
    rng = np.random.default_rng(len(mode))
    for alphas in ((65535, 65535), (65535, None), (None, None)):
        backdrop, source = (pixels(rng, 0).astype(np.uint16) * 257 for _ in alphas)
        for picture, alpha in zip((backdrop, source), alphas, strict=True):
            picture[..., :3] += rng.integers(0, 257, picture[..., :3].shape, dtype=np.uint16) * (
                picture[..., :3] < 65000
            )
            picture[..., 3] = rng.integers(0, 65536, picture.shape[:2]) if alpha is None else alpha
        check(backdrop, source, mode, 0.8, rng.integers(0, 65536, (1, 200), dtype=np.uint16))
        check(backdrop, source, mode, 1.0, None)


def test_dissolve_shows_a_pixel_wholly_or_not_at_all() -> None:
    backdrop, source = np.full((300, 300, 4), 255, np.uint8), np.zeros((300, 300, 4), np.uint8)
    source[..., 3] = 255
    out = blend(backdrop, source, "dissolve", 0.3)
    assert set(np.unique(out[..., 0])) == {0, 255} and (out[..., 3] == 255).all()
    assert abs((out[..., 0] == 0).mean() - 0.3) < 0.01
    rows = (out[..., 0] == 0).mean(axis=1)
    assert rows.std() < 0.05  # no stripes
    assert np.array_equal(out, blend(backdrop, source, "dissolve", 0.3))


@pytest.mark.parametrize("mode", [m for m in SEPARABLE if m != "normal"])
def test_separable_modes_for_every_pair_of_values(mode: str) -> None:
    grid = np.arange(256, dtype=np.uint8)
    backdrop = np.full((256, 256, 4), 255, np.uint8)
    source = backdrop.copy()
    backdrop[..., :3] = grid[:, None, None]
    source[..., :3] = grid[None, :, None]
    expected = np.array([[SEPARABLE[mode](b / 255, s / 255) for s in range(256)] for b in range(256)]) * 255
    error = np.abs(blend(backdrop, source, mode)[..., 0] - expected)
    assert error.max() <= 0.501


colours = st.integers(0, 2**31 - 1).map(
    lambda seed: np.random.default_rng(seed).integers(0, 256, (4, 7, 4), dtype=np.uint8)
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    colours,
    colours,
    st.sampled_from(FORMULAS),
    st.sampled_from([0.0, 0.001, 0.5, 0.999, 1.0]),
    st.integers(0, 2**31 - 1),
)
def test_exactness(backdrop: Array8, source: Array8, mode: str, opacity: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    ends = np.array([0, 0, 255, 255, 128], np.uint8)
    source, backdrop = source.copy(), backdrop.copy()
    source[..., 3] = rng.choice(ends, source.shape[:2])
    backdrop[..., 3] = rng.choice(ends, source.shape[:2])
    mask = rng.choice(ends, source.shape[:2])
    for array in (source, backdrop, mask):
        array.flags.writeable = False
    kept = backdrop.copy(), source.copy(), mask.copy()
    out = blend(backdrop, source, mode, opacity, mask)
    hidden = (source[..., 3] == 0) | (mask == 0) | (opacity == 0)
    assert np.array_equal(out[hidden], backdrop[hidden])
    alone = ~hidden & (backdrop[..., 3] == 0)
    assert np.array_equal(out[alone][:, :3], source[alone][:, :3])
    covered = (source[..., 3] == 255) & (mask == 255)
    if mode == "normal" and opacity == 1.0:
        assert np.array_equal(out[covered], source[covered])
    opaque = backdrop[..., 3] == 255
    assert (out[opaque][:, 3] == 255).all()
    for before, now in zip(kept, (backdrop, source, mask), strict=True):
        assert np.array_equal(before, now)


def test_both_paths_agree_within_a_step(compiled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    for full in (255, 65535):
        dtype = np.uint8 if full == 255 else np.uint16
        backdrop, source = (rng.integers(0, full + 1, (61, 67, 4), dtype=dtype) for _ in range(2))
        backdrop[:30, :, 3], source[10:20, :, 3], backdrop[40:50, :, 3] = full, full, 0
        mask = rng.integers(0, full + 1, (61, 67), dtype=dtype)
        for mode in MODES:
            quick = blend(backdrop, source, mode, 0.7, mask).astype(np.int64)
            with monkeypatch.context() as context:
                context.setattr(native, "_kernels", None)
                slow = blend(backdrop, source, mode, 0.7, mask).astype(np.int64)
            assert np.abs(quick - slow).max() * 255 <= full


def test_kernels_number_the_modes_as_the_table_does(loaded_kernels: ModuleType) -> None:
    assert list(MODES) == list(loaded_kernels.stack.MODE_IDS)


def test_nothing_to_blend() -> None:
    empty = np.zeros((0, 5, 4), np.uint8)
    assert blend(empty, empty.copy()).shape == (0, 5, 4)


def test_pictures_cut_out_of_others() -> None:
    rng = np.random.default_rng(3)
    backdrop = rng.integers(0, 256, (90, 120, 4), dtype=np.uint8)
    source = rng.integers(0, 256, (90, 120, 4), dtype=np.uint8)
    mask = rng.integers(0, 256, (90, 120), dtype=np.uint8)
    backdrop[:40, :, 3] = 255
    for mode in ("normal", "overlay"):
        whole = blend(backdrop, source, mode, 0.7, mask)
        cut = np.s_[7:80, 5:101]
        assert (
            np.abs(whole[cut].astype(int) - blend(backdrop[cut], source[cut], mode, 0.7, mask[cut])).max()
            <= 1
        )


def test_bad_input() -> None:
    picture = np.zeros((2, 3, 4), np.uint8)
    with pytest.raises(ValueError, match="unknown blend mode 'glow'"):
        blend(picture, picture, "glow")
    with pytest.raises(ValueError, match="cannot blend"):
        blend(picture, picture[:1])
    with pytest.raises(ValueError, match="cannot blend"):
        blend(picture[..., :3], picture[..., :3])
    with pytest.raises(ValueError, match="mask"):
        blend(picture, picture, mask=np.zeros((3, 2), np.uint8))
    with pytest.raises(ValueError, match="uint16 over uint8"):
        blend(picture, picture.astype(np.uint16))


def test_soft_light_of_a_little_less_than_nothing_is_that_of_nothing() -> None:
    """Which rounding leaves of a colour that was blended before."""
    mix = MODES["soft-light"].mix
    assert mix is not None
    colours = np.tile(np.linspace(0, 1, 5, dtype=np.float32), (3, 1))
    nothing = np.zeros_like(colours)
    less = mix(nothing - np.float32(1e-8), colours)
    assert np.abs(less - mix(nothing, colours)).max() < 1e-6
