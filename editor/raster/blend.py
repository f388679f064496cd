"""Blending: one picture put over another with a blend mode, an opacity and a mask.

Formula: W3C, Compositing and Blending Level 1 (https://www.w3.org/TR/compositing-1/). Colours are blended as they are
stored.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from editor.raster.blend_modes import MODES, Float32, Mix

Array8 = npt.NDArray[np.uint8]

BAND = 1 << 12
"""Pixels that are blended at a time (half of them where a mode needs more room): intermediate values stay in
the cache, and below the sizes that the allocator returns to the system; page faults cost more than the
sums."""

_FULL = 255 * 255
"""Alpha × mask where both are full."""
_NO_OPACITY = 1e-6
"""Opacities up to this show nothing."""


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
