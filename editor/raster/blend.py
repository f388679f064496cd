"""Blending: one picture put over another with a blend mode, an opacity and a mask."""

from __future__ import annotations

import numpy as np

from editor.raster.blend_modes import MODES
from editor.raster.program import Input, Kind, Output, Pixels, Program, Step
from editor.raster.stack import Job, run


def blend(
    backdrop: Pixels, source: Pixels, mode: str = "normal", opacity: float = 1.0, mask: Pixels | None = None
) -> Pixels:
    """``source`` over ``backdrop``: both (h, w, 4) RGBA with straight alpha, uint8 or uint16; ``mask`` (h, w) of the
    same type. A new array.

    Result within one step of the exact value. Where alpha × mask × opacity of the source is 0, the backdrop's four
    values are kept, hidden colour included; where the backdrop's alpha is 0 and the source's is not, the source's
    colour is exact. Raises ValueError for an unknown mode and for shapes and types that do not fit.
    """
    if mode not in MODES:
        raise ValueError(f"unknown blend mode {mode!r}")
    if backdrop.shape != source.shape or source.ndim != 3 or source.shape[2] != 4:
        raise ValueError(f"cannot blend {source.shape} over {backdrop.shape}")
    if mask is not None and mask.shape != source.shape[:2]:
        raise ValueError(f"a mask of {mask.shape} does not fit a picture of {source.shape[:2]}")
    if source.dtype != backdrop.dtype or (mask is not None and mask.dtype != source.dtype):
        raise ValueError(f"cannot blend {source.dtype} over {backdrop.dtype}")
    out = np.empty(source.shape, source.dtype)
    if source.size:
        program = Program((Step(Kind.BLEND), Step(Kind.BLEND, mode, opacity)))
        job = Job((Input(backdrop), Input(source, mask)), out, 0, len(source))
        run(program, [job], Output.RGBA16 if source.itemsize == 2 else Output.RGBA8)
        untouched = source[..., 3] == 0
        if mask is not None:
            untouched |= mask == 0
        np.copyto(out, backdrop, where=untouched[..., None])
    return out
