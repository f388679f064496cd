"""Colour range: how near each pixel is to a colour, as a soft mask."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[Any]


def colour_range(pixels: Pixels, colour: Pixels, fuzziness: int) -> Pixels:
    """(h, w) coverage of (h, w, 4) RGBA: all uint8 or all uint16, as is ``fuzziness`` on their scale.

    Full up to half the fuzziness away from ``colour`` (its first three channels), falling evenly to nothing at the
    whole; the distance is the largest of the channels' differences. A pixel that is partly transparent is selected
    that much less. With a fuzziness of 0, only that colour.
    """
    full = int(np.iinfo(pixels.dtype).max)
    rgb = colour[:3].astype(pixels.dtype)
    distance = np.zeros(pixels.shape[:2], pixels.dtype)
    for channel, value in enumerate(rgb):
        values = pixels[..., channel]
        np.maximum(distance, np.maximum(values, value) - np.minimum(values, value), out=distance)
    away = np.arange(full + 1)
    nearness = 2 - 2 * away / fuzziness if fuzziness else np.where(away == 0, 1.0, 0.0)
    cover = np.rint(np.clip(nearness, 0, 1) * full).astype(pixels.dtype)[distance]
    alpha = pixels[..., 3]
    if alpha.min(initial=full) == full:
        return np.asarray(cover)
    share = cover.astype(np.uint32) * alpha
    return np.asarray(((share + full // 2) // full).astype(pixels.dtype))
