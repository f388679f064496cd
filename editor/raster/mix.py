"""Mixing two pictures by a soft mask, as a cross-fade and not as one laid over the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
"""uint8 or uint16."""


def mix(old: Array, new: Array, weight: Array) -> Array:
    """old·(1−w) + new·w of (h, w, 4) with straight alpha; ``weight`` is (h, w). All uint8, or all uint16.

    Colours count by their alpha, so that what is transparent lends none of its own; where both are transparent, the
    old one's hidden colour stays. Where the weight is 0 or full the pixel is the old or the new one exactly, hidden
    colour and all; between, it is rounded to the nearest.
    """
    full = np.iinfo(weight.dtype).max
    share = weight.astype(np.uint32 if full == 255 else np.uint64)[..., None]
    from_old, from_new = old[..., 3:] * (full - share), new[..., 3:] * share
    total = from_old + from_new
    out = np.empty_like(old)
    out[..., :3] = (old[..., :3] * from_old + new[..., :3] * from_new + total // 2) // np.maximum(total, 1)
    out[..., 3:] = (total + full // 2) // full
    np.copyto(out, old, where=(share == 0) | (total == 0))
    np.copyto(out, new, where=share == full)
    return out
