"""Blending: one picture put over another with a blend mode, an opacity and a mask.

Formulas: W3C, Compositing and Blending Level 1 (https://www.w3.org/TR/compositing-1/), for its sixteen
modes; the others as Photoshop and Krita name them. Colours are blended as they are stored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array8 = npt.NDArray[np.uint8]
Float32 = npt.NDArray[np.float32]
Mix = Callable[[Float32, Float32], Float32]
"""(backdrop, source) → mixed: (3, n) colours of 0–1, red, green and blue as rows. Writes into neither."""

BAND = 1 << 12
"""Pixels that are blended at a time (half of them where a mode needs more room): intermediate values stay in
the cache, and below the sizes that the allocator returns to the system; page faults cost more than the
sums."""

_FULL = 255 * 255
"""Alpha × mask where both are full."""
_NO_OPACITY = 1e-6
"""Opacities up to this show nothing."""
_TINY = np.float32(1e-9)
"""In place of a divisor of 0: whatever it divides is 0 or becomes larger than 1."""


@dataclass(frozen=True, slots=True)
class BlendMode:
    """``mix`` is None for normal: the source's colour as it is."""

    id: str
    title: str
    mix: Mix | None


def blend(
    backdrop: Array8, source: Array8, mode: str = "normal", opacity: float = 1.0, mask: Array8 | None = None
) -> Array8:
    """``source`` over ``backdrop``: both (h, w, 4) uint8 RGBA with straight alpha; ``mask`` (h, w) uint8.

    Result within 1/255 of the exact value. Where alpha × mask × opacity of the source is 0, the backdrop's
    four bytes are kept, hidden colour included; where the backdrop's alpha is 0 and the source's is not, the
    source's colour is exact. Returns a new array, or ``backdrop`` itself where nothing of the source is seen,
    or ``source`` itself where it hides all of the backdrop; so treat the result as frozen. Inputs are never
    written. Raises ValueError for an unknown mode and for shapes that do not fit.
    """
    if mode not in MODES:
        raise ValueError(f"unknown blend mode {mode!r}")
    if backdrop.shape != source.shape or source.ndim != 3 or source.shape[2] != 4:
        raise ValueError(f"cannot blend {source.shape} over {backdrop.shape}")
    if mask is not None and mask.shape != source.shape[:2]:
        raise ValueError(f"a mask of {mask.shape} does not fit a picture of {source.shape[:2]}")
    if opacity <= _NO_OPACITY or source.size == 0:
        return backdrop
    mix = MODES[mode].mix
    alpha = source[..., 3].reshape(-1)
    cover = np.multiply(alpha, np.uint8(255) if mask is None else mask.reshape(-1), dtype=np.uint16)
    if not cover.any():
        return backdrop
    if mix is None and opacity >= 1.0 and cover.min() == _FULL:
        return source
    below = np.ascontiguousarray(backdrop).reshape(-1, 4)
    above = np.ascontiguousarray(source).reshape(-1, 4)
    out = below.copy()
    step = BAND if mix is None else BAND // 2
    for start in range(0, len(out), step):
        band = slice(start, start + step)
        _blend_band(out[band], below[band], above[band], cover[band], min(opacity, 1.0), mix)
    return out.reshape(backdrop.shape)


def _blend_band(
    out: Array8, below: Array8, above: Array8, cover: npt.NDArray[np.uint16], opacity: float, mix: Mix | None
) -> None:
    """Into ``out``, a copy of ``below``; pixels are (n, 4), ``cover`` is alpha × mask, 0–65025."""
    if mix is None and below[:, 3].min() == 255:
        out[:] = _normal_over_opaque(below, above, cover, opacity)
        return
    seen = cover != 0
    words = out.view(np.uint32)[:, 0]
    if mix is None and opacity == 1.0:
        full = cover == _FULL
        np.copyto(words, above.view(np.uint32)[:, 0], where=full)
        seen &= ~full
    count = np.count_nonzero(seen)
    if count == len(out):
        out[:] = _general(below, above, cover, opacity, mix)
    elif count:
        where = np.flatnonzero(seen)
        some = _general(below.take(where, axis=0), above.take(where, axis=0), cover[where], opacity, mix)
        words[where] = some.view(np.uint32)[:, 0]


def _normal_over_opaque(
    below: Array8, above: Array8, cover: npt.NDArray[np.uint16], opacity: float
) -> Array8:
    """What ``_general`` does, bit for bit, where it comes to below + (above − below) × share."""
    value = np.subtract(above.reshape(-1), below.reshape(-1), dtype=np.float32)
    value *= np.repeat(_share(cover, opacity), 4)
    value += below.reshape(-1)
    value += np.float32(0.5)
    out = value.astype(np.uint8).reshape(-1, 4)
    out[:, 3] = 255
    return out


def _general(
    below: Array8, above: Array8, cover: npt.NDArray[np.uint16], opacity: float, mix: Mix | None
) -> Array8:
    """The W3C formula, for pixels where the source is seen.

    αo = αs + αb·(1 − αs) and αo·C = αs·(1 − αb)·Cs + αs·αb·B(Cb, Cs) + (1 − αs)·αb·Cb, which is the step from
    Cb to (1 − αb)·Cs + αb·B(Cb, Cs) by the share αs / αo. Where αb = 1 that share is exactly αs.
    """
    source_alpha = _share(cover, opacity)
    backdrop_alpha = below[:, 3].astype(np.float32)
    backdrop_alpha /= np.float32(255)
    alpha = source_alpha + backdrop_alpha * (1 - source_alpha)
    base = below.T[:3].astype(np.float32, order="C")
    colour = above.T[:3].astype(np.float32, order="C")
    if mix is not None:
        # divided, not multiplied by 1/255, so that 255 becomes exactly 1
        mixed = mix(base / np.float32(255), colour / np.float32(255))
        mixed *= np.float32(255)
        mixed -= colour
        mixed *= backdrop_alpha
        colour += mixed
    colour -= base
    colour *= source_alpha / alpha
    colour += base
    alpha *= np.float32(255)
    out = np.empty_like(below)
    for channel, values in enumerate((*colour, alpha)):
        values += np.float32(0.5)
        out[:, channel] = values.astype(np.uint8)
    return out


def _share(cover: npt.NDArray[np.uint16], opacity: float) -> Float32:
    """The source's alpha × mask × opacity, 0–1."""
    share = cover.astype(np.float32)
    share *= np.float32(opacity / _FULL)
    return share


# Separable modes: a function of one channel.


def _multiply(b: Float32, s: Float32) -> Float32:
    return b * s


def _screen(b: Float32, s: Float32) -> Float32:
    return b + s - b * s


def _darken(b: Float32, s: Float32) -> Float32:
    return np.minimum(b, s)


def _lighten(b: Float32, s: Float32) -> Float32:
    return np.maximum(b, s)


def _color_burn(b: Float32, s: Float32) -> Float32:
    return 1 - np.minimum(1, (1 - b) / np.maximum(s, _TINY))


def _color_dodge(b: Float32, s: Float32) -> Float32:
    return np.minimum(1, b / np.maximum(1 - s, _TINY))


def _linear_burn(b: Float32, s: Float32) -> Float32:
    out: Float32 = np.maximum(np.float32(0), b + s - 1)
    return out


def _linear_dodge(b: Float32, s: Float32) -> Float32:
    out: Float32 = np.minimum(1, b + s)
    return out


def _hard_light(b: Float32, s: Float32) -> Float32:
    # b·t where t = 2s ≤ 1, else screen(b, t − 1) = 2b + t − 1 − b·t
    double = 2 * s
    product = b * double
    return np.where(double <= 1, product, 2 * b + double - product - 1)


def _overlay(b: Float32, s: Float32) -> Float32:
    return _hard_light(s, b)


def _soft_light(b: Float32, s: Float32) -> Float32:
    curve = np.where(b <= 0.25, ((16 * b - 12) * b + 4) * b, np.sqrt(b))
    return b + (2 * s - 1) * np.where(s <= 0.5, b * (1 - b), curve - b)


def _vivid_light(b: Float32, s: Float32) -> Float32:
    return np.where(s <= 0.5, _color_burn(b, 2 * s), _color_dodge(b, 2 * s - 1))


def _linear_light(b: Float32, s: Float32) -> Float32:
    out: Float32 = np.clip(b + 2 * s - 1, 0, 1)
    return out


def _pin_light(b: Float32, s: Float32) -> Float32:
    return np.where(s <= 0.5, np.minimum(b, 2 * s), np.maximum(b, 2 * s - 1))


def _hard_mix(b: Float32, s: Float32) -> Float32:
    # Half a step below 1, so that rounding in float32 decides nothing.
    return (b + s > 1 - 0.5 / 255).astype(np.float32)


def _difference(b: Float32, s: Float32) -> Float32:
    out: Float32 = np.abs(b - s)
    return out


def _exclusion(b: Float32, s: Float32) -> Float32:
    return b + s - 2 * b * s


def _subtract(b: Float32, s: Float32) -> Float32:
    out: Float32 = np.maximum(0, b - s)
    return out


def _divide(b: Float32, s: Float32) -> Float32:
    return np.minimum(1, b / np.maximum(s, _TINY))


# Non-separable modes: a function of the three channels together.


def _lum(c: Float32) -> Float32:
    out: Float32 = np.float32(0.3) * c[0] + np.float32(0.59) * c[1] + np.float32(0.11) * c[2]
    return out


def _set_lum(c: Float32, lum: Float32) -> Float32:
    """W3C SetLum with ClipColor: moved to a luminosity, then drawn in towards grey until it fits."""
    c = c + (lum - _lum(c))
    low, high = c.min(axis=0), c.max(axis=0)
    c = np.where(low < 0, lum + (c - lum) * (lum / np.maximum(lum - low, _TINY)), c)
    c = np.where(high > 1, lum + (c - lum) * ((1 - lum) / np.maximum(high - lum, _TINY)), c)
    return np.clip(c, 0, 1)


def _set_sat(c: Float32, like: Float32) -> Float32:
    """W3C SetSat: the span from the least to the largest channel becomes that of ``like``; grey stays 0."""
    low, span = c.min(axis=0), np.ptp(c, axis=0)
    out: Float32 = (c - low) * (np.ptp(like, axis=0) / np.maximum(span, _TINY))
    return out


def _hue(b: Float32, s: Float32) -> Float32:
    return _set_lum(_set_sat(s, b), _lum(b))


def _saturation(b: Float32, s: Float32) -> Float32:
    return _set_lum(_set_sat(b, s), _lum(b))


def _color(b: Float32, s: Float32) -> Float32:
    return _set_lum(s, _lum(b))


def _luminosity(b: Float32, s: Float32) -> Float32:
    return _set_lum(b, _lum(s))


MODES: dict[str, BlendMode] = {
    mode.id: mode
    for mode in (
        BlendMode("normal", "Normal", None),
        BlendMode("darken", "Darken", _darken),
        BlendMode("multiply", "Multiply", _multiply),
        BlendMode("color-burn", "Color Burn", _color_burn),
        BlendMode("linear-burn", "Linear Burn", _linear_burn),
        BlendMode("lighten", "Lighten", _lighten),
        BlendMode("screen", "Screen", _screen),
        BlendMode("color-dodge", "Color Dodge", _color_dodge),
        BlendMode("linear-dodge", "Linear Dodge (Add)", _linear_dodge),
        BlendMode("overlay", "Overlay", _overlay),
        BlendMode("soft-light", "Soft Light", _soft_light),
        BlendMode("hard-light", "Hard Light", _hard_light),
        BlendMode("vivid-light", "Vivid Light", _vivid_light),
        BlendMode("linear-light", "Linear Light", _linear_light),
        BlendMode("pin-light", "Pin Light", _pin_light),
        BlendMode("hard-mix", "Hard Mix", _hard_mix),
        BlendMode("difference", "Difference", _difference),
        BlendMode("exclusion", "Exclusion", _exclusion),
        BlendMode("subtract", "Subtract", _subtract),
        BlendMode("divide", "Divide", _divide),
        BlendMode("hue", "Hue", _hue),
        BlendMode("saturation", "Saturation", _saturation),
        BlendMode("color", "Color", _color),
        BlendMode("luminosity", "Luminosity", _luminosity),
    )
}
"""Every blend mode by its id, in the order of menus. Titles are English; translations go by the id."""
