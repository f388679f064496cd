"""Mixing two pictures by a soft mask, as a cross-fade and not as one laid over the other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array8 = npt.NDArray[np.uint8]


def mix(old: Array8, new: Array8, weight: Array8) -> Array8:
    """old·(1−w) + new·w of (h, w, 4) uint8 with straight alpha; ``weight`` is (h, w) uint8.

    Colours count by their alpha, so that what is transparent lends none of its own; where both are transparent, the
    old one's hidden colour stays. Where the weight is 0 or 255 the pixel is the old or the new one exactly, hidden
    colour and all; between, it is rounded to the nearest.
    """
    share = weight.astype(np.uint32)[..., None]
    from_old, from_new = old[..., 3:] * (255 - share), new[..., 3:] * share
    total = from_old + from_new
    out = np.empty_like(old)
    out[..., :3] = (old[..., :3] * from_old + new[..., :3] * from_new + total // 2) // np.maximum(total, 1)
    out[..., 3:] = (total + 127) // 255
    np.copyto(out, old, where=(share == 0) | (total == 0))
    np.copyto(out, new, where=share == 255)
    return out
