"""The blend modes: what each makes of a backdrop's colour and a source's, and their order in menus.

Formulas: W3C, Compositing and Blending Level 1 (https://www.w3.org/TR/compositing-1/), for its sixteen modes; the
others as Photoshop and Krita name them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
Mix = Callable[[Float32, Float32], Float32]
"""(backdrop, source) → mixed: (3, n) colours of 0–1, red, green and blue as rows. Writes into neither."""

_LEAST = np.float32(0.5 / 65535)
"""In place of a divisor of 0: half a step of 16 bits, so that rounding in float32 is not blown up to a visible step."""
_TINY = np.float32(1e-6)
"""The same among colours that are moved about: whatever it divides is 0 or becomes larger than 1."""


@dataclass(frozen=True, slots=True)
class BlendMode:
    """``mix`` is None for normal and dissolve: the source's colour as it is."""

    id: str
    title: str
    mix: Mix | None


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
    return 1 - np.minimum(1, (1 - b) / np.maximum(s, _LEAST))


def _color_dodge(b: Float32, s: Float32) -> Float32:
    return np.minimum(1, b / np.maximum(1 - s, _LEAST))


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
    root = np.sqrt(np.maximum(b, 0))  # rounding may have left a little less than 0
    curve = np.where(b <= 0.25, ((16 * b - 12) * b + 4) * b, root)
    return b + (2 * s - 1) * np.where(s <= 0.5, b * (1 - b), curve - b)


def _vivid_light(b: Float32, s: Float32) -> Float32:
    return np.where(s <= 0.5, _color_burn(b, 2 * s), _color_dodge(b, 2 * s - 1))


def _linear_light(b: Float32, s: Float32) -> Float32:
    out: Float32 = np.clip(b + 2 * s - 1, 0, 1)
    return out


def _pin_light(b: Float32, s: Float32) -> Float32:
    return np.where(s <= 0.5, np.minimum(b, 2 * s), np.maximum(b, 2 * s - 1))


def _hard_mix(b: Float32, s: Float32) -> Float32:
    # Half a step of 16 bits below 1, so that rounding in float32 decides nothing.
    return (b + s > 1 - _LEAST).astype(np.float32)


def _difference(b: Float32, s: Float32) -> Float32:
    out: Float32 = np.abs(b - s)
    return out


def _exclusion(b: Float32, s: Float32) -> Float32:
    return b + s - 2 * b * s


def _subtract(b: Float32, s: Float32) -> Float32:
    out: Float32 = np.maximum(0, b - s)
    return out


def _divide(b: Float32, s: Float32) -> Float32:
    return np.minimum(1, b / np.maximum(s, _LEAST))


# Non-separable modes: a function of the three channels together.


def _lum(c: Float32) -> Float32:
    out: Float32 = np.float32(0.3) * c[0] + np.float32(0.59) * c[1] + np.float32(0.11) * c[2]
    return out


def _darker_color(b: Float32, s: Float32) -> Float32:
    return np.where(_lum(b) <= _lum(s) + _TINY, b, s)


def _lighter_color(b: Float32, s: Float32) -> Float32:
    return np.where(_lum(b) + _TINY >= _lum(s), b, s)


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
        BlendMode("dissolve", "Dissolve", None),
        BlendMode("darken", "Darken", _darken),
        BlendMode("multiply", "Multiply", _multiply),
        BlendMode("color-burn", "Colour Burn", _color_burn),
        BlendMode("linear-burn", "Linear Burn", _linear_burn),
        BlendMode("darker-color", "Darker Colour", _darker_color),
        BlendMode("lighten", "Lighten", _lighten),
        BlendMode("screen", "Screen", _screen),
        BlendMode("color-dodge", "Colour Dodge", _color_dodge),
        BlendMode("linear-dodge", "Linear Dodge (Add)", _linear_dodge),
        BlendMode("lighter-color", "Lighter Colour", _lighter_color),
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
        BlendMode("color", "Colour", _color),
        BlendMode("luminosity", "Luminosity", _luminosity),
    )
}
"""Every blend mode by its id, in the order of menus. Titles are English; translations go by the id."""
