"""The blend modes over a strip of pixels: what each makes of the backdrop's colours and the source's.

The twin of ``editor.raster.blend_modes``, which gives the formulas' sources.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from editor.raster.kernels.jit import kernel

MODE_IDS = (
    "normal", "dissolve", "darken", "multiply", "color-burn", "linear-burn", "darker-color",
    "lighten", "screen", "color-dodge", "linear-dodge", "lighter-color",
    "overlay", "soft-light", "hard-light", "vivid-light", "linear-light", "pin-light", "hard-mix",
    "difference", "exclusion", "subtract", "divide", "hue", "saturation", "color", "luminosity",
)  # fmt: skip
"""A mode's number is its place here."""

DISSOLVE = MODE_IDS.index("dissolve")
"""It and normal, before it, take the source's colour as it is."""

_DARKEN = MODE_IDS.index("darken")
_MULTIPLY = MODE_IDS.index("multiply")
_COLOR_BURN = MODE_IDS.index("color-burn")
_LINEAR_BURN = MODE_IDS.index("linear-burn")
_DARKER_COLOR = MODE_IDS.index("darker-color")
_LIGHTEN = MODE_IDS.index("lighten")
_SCREEN = MODE_IDS.index("screen")
_COLOR_DODGE = MODE_IDS.index("color-dodge")
_LINEAR_DODGE = MODE_IDS.index("linear-dodge")
_LIGHTER_COLOR = MODE_IDS.index("lighter-color")
_OVERLAY = MODE_IDS.index("overlay")
_SOFT_LIGHT = MODE_IDS.index("soft-light")
_HARD_LIGHT = MODE_IDS.index("hard-light")
_VIVID_LIGHT = MODE_IDS.index("vivid-light")
_LINEAR_LIGHT = MODE_IDS.index("linear-light")
_PIN_LIGHT = MODE_IDS.index("pin-light")
_HARD_MIX = MODE_IDS.index("hard-mix")
_DIFFERENCE = MODE_IDS.index("difference")
_EXCLUSION = MODE_IDS.index("exclusion")
_SUBTRACT = MODE_IDS.index("subtract")
_DIVIDE = MODE_IDS.index("divide")
_HUE = MODE_IDS.index("hue")
_SATURATION = MODE_IDS.index("saturation")
_COLOR = MODE_IDS.index("color")

_0, _025, _05, _1, _2 = (np.float32(value) for value in (0, 0.25, 0.5, 1, 2))
_4, _12, _16 = (np.float32(value) for value in (4, 12, 16))
_HALF_STEP = np.float32(1 - 0.5 / 65535)
_LEAST = np.float32(0.5 / 65535)
_TINY = np.float32(1e-6)
_RED, _GREEN, _BLUE = np.float32(0.3), np.float32(0.59), np.float32(0.11)


@kernel()
def _mix_channel(mode: int, b: Any, s: Any, m: Any, n: int) -> None:
    if mode == _MULTIPLY:
        for i in range(n):
            m[i] = b[i] * s[i]
    elif mode == _SCREEN:
        for i in range(n):
            m[i] = b[i] + s[i] - b[i] * s[i]
    elif mode == _OVERLAY:
        for i in range(n):
            m[i] = _hard_light(s[i], b[i])
    elif mode == _HARD_LIGHT:
        for i in range(n):
            m[i] = _hard_light(b[i], s[i])
    elif mode == _SOFT_LIGHT:
        for i in range(n):
            m[i] = _soft_light(b[i], s[i])
    elif mode == _DARKEN:
        for i in range(n):
            m[i] = min(b[i], s[i])
    elif mode == _LIGHTEN:
        for i in range(n):
            m[i] = max(b[i], s[i])
    elif mode == _COLOR_BURN:
        for i in range(n):
            m[i] = _burn(b[i], s[i])
    elif mode == _COLOR_DODGE:
        for i in range(n):
            m[i] = _dodge(b[i], s[i])
    elif mode == _LINEAR_BURN:
        for i in range(n):
            m[i] = max(b[i] + s[i] - _1, _0)
    elif mode == _LINEAR_DODGE:
        for i in range(n):
            m[i] = min(b[i] + s[i], _1)
    elif mode == _VIVID_LIGHT:
        for i in range(n):
            low, high = _burn(b[i], _2 * s[i]), _dodge(b[i], _2 * s[i] - _1)
            m[i] = low if s[i] <= _05 else high
    elif mode == _LINEAR_LIGHT:
        for i in range(n):
            m[i] = min(max(b[i] + _2 * s[i] - _1, _0), _1)
    elif mode == _PIN_LIGHT:
        for i in range(n):
            low, high = min(b[i], _2 * s[i]), max(b[i], _2 * s[i] - _1)
            m[i] = low if s[i] <= _05 else high
    elif mode == _HARD_MIX:
        for i in range(n):
            m[i] = _1 if b[i] + s[i] > _HALF_STEP else _0
    elif mode == _DIFFERENCE:
        for i in range(n):
            m[i] = abs(b[i] - s[i])
    elif mode == _EXCLUSION:
        for i in range(n):
            m[i] = b[i] + s[i] - _2 * b[i] * s[i]
    elif mode == _SUBTRACT:
        for i in range(n):
            m[i] = max(b[i] - s[i], _0)
    elif mode == _DIVIDE:
        for i in range(n):
            m[i] = min(b[i] / max(s[i], _LEAST), _1)
    else:
        for i in range(n):
            m[i] = s[i]


@kernel()
def _hard_light(b: Any, s: Any) -> Any:
    double = _2 * s
    product = b * double
    screen = _2 * b + double - product - _1
    return product if double <= _1 else screen


@kernel()
def _soft_light(b: Any, s: Any) -> Any:
    polynomial = ((_16 * b - _12) * b + _4) * b
    root = np.float32(math.sqrt(b))
    curve = polynomial if b <= _025 else root
    low, high = b * (_1 - b), curve - b
    return b + (_2 * s - _1) * (low if s <= _05 else high)


@kernel()
def _burn(b: Any, s: Any) -> Any:
    return _1 - min((_1 - b) / max(s, _LEAST), _1)


@kernel()
def _dodge(b: Any, s: Any) -> Any:
    return min(b / max(_1 - s, _LEAST), _1)


@kernel()
def _mix_colours(
    mode: int, br: Any, bg: Any, bb: Any, sr: Any, sg: Any, sb: Any, mr: Any, mg: Any, mb: Any, n: int
) -> None:
    if mode == _DARKER_COLOR:
        for i in range(n):
            backdrop = _lum(br[i], bg[i], bb[i]) <= _lum(sr[i], sg[i], sb[i]) + _TINY
            mr[i], mg[i], mb[i] = (
                br[i] if backdrop else sr[i],
                bg[i] if backdrop else sg[i],
                bb[i] if backdrop else sb[i],
            )
    elif mode == _LIGHTER_COLOR:
        for i in range(n):
            backdrop = _lum(br[i], bg[i], bb[i]) + _TINY >= _lum(sr[i], sg[i], sb[i])
            mr[i], mg[i], mb[i] = (
                br[i] if backdrop else sr[i],
                bg[i] if backdrop else sg[i],
                bb[i] if backdrop else sb[i],
            )
    elif mode == _HUE:
        for i in range(n):
            r, g, b = _set_sat(sr[i], sg[i], sb[i], _sat(br[i], bg[i], bb[i]))
            mr[i], mg[i], mb[i] = _set_lum(r, g, b, _lum(br[i], bg[i], bb[i]))
    elif mode == _SATURATION:
        for i in range(n):
            r, g, b = _set_sat(br[i], bg[i], bb[i], _sat(sr[i], sg[i], sb[i]))
            mr[i], mg[i], mb[i] = _set_lum(r, g, b, _lum(br[i], bg[i], bb[i]))
    elif mode == _COLOR:
        for i in range(n):
            mr[i], mg[i], mb[i] = _set_lum(sr[i], sg[i], sb[i], _lum(br[i], bg[i], bb[i]))
    else:
        for i in range(n):
            mr[i], mg[i], mb[i] = _set_lum(br[i], bg[i], bb[i], _lum(sr[i], sg[i], sb[i]))


@kernel()
def _lum(r: Any, g: Any, b: Any) -> Any:
    return _RED * r + _GREEN * g + _BLUE * b


@kernel()
def _sat(r: Any, g: Any, b: Any) -> Any:
    return max(max(r, g), b) - min(min(r, g), b)


@kernel()
def _set_sat(r: Any, g: Any, b: Any, sat: Any) -> Any:
    low = min(min(r, g), b)
    scale = sat / max(max(max(r, g), b) - low, _TINY)
    return (r - low) * scale, (g - low) * scale, (b - low) * scale


@kernel()
def _set_lum(r: Any, g: Any, b: Any, lum: Any) -> Any:
    step = lum - _lum(r, g, b)
    r, g, b = r + step, g + step, b + step
    low, high = min(min(r, g), b), max(max(r, g), b)
    shrink = lum / max(lum - low, _TINY)
    scale = shrink if low < _0 else _1
    high = lum + (high - lum) * scale
    shrink = (_1 - lum) / max(high - lum, _TINY)
    scale *= shrink if high > _1 else _1
    return _clip(lum + (r - lum) * scale), _clip(lum + (g - lum) * scale), _clip(lum + (b - lum) * scale)


@kernel()
def _clip(value: Any) -> Any:
    return min(max(value, _0), _1)


@kernel()
def mix(mode: int, b: Any, s: Any, m: Any, n: int) -> None:
    """Into ``m`` what a mode makes of backdrop ``b`` and source ``s``: (3, …) float32, the first ``n`` of a row."""
    if mode in (_DARKER_COLOR, _LIGHTER_COLOR) or mode >= _HUE:
        _mix_colours(mode, b[0], b[1], b[2], s[0], s[1], s[2], m[0], m[1], m[2], n)
    else:
        for channel in range(3):
            _mix_channel(mode, b[channel], s[channel], m[channel], n)
