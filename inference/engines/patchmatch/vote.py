"""Vote: makes each pixel of the hole from what the patches over it would put there."""

from __future__ import annotations

import math

import numba as nb
import numpy as np

from inference.engines.patchmatch.arrays import Floats, Ints
from inference.engines.patchmatch.search import RADIUS


@nb.njit(cache=True, nogil=True, fastmath=True)
def vote(
    colour: Floats,
    texture: Floats,
    width: int,
    pixels: Ints,
    target_index: Ints,
    matches: Ints,
    misfit: Floats,
    confidence: Floats,
    softness: np.float32,
    shifts: Ints,
    first: int,
    last: int,
) -> None:
    """Sets ``colour`` and ``texture`` (flat, 3 and 2 a pixel) at ``pixels[first:last]``, all of them in the hole.

    The weighted mean of Wexler et al. 2007, with their confidence falling from the border inward, times
    exp(-(misfit - least) / (2 · softness · mean)): what counts as a good fit is measured among the patches over that
    very pixel, as rough places never fit as well as smooth ones. ``misfit`` is (n,) in squared grey levels. The source
    pixel with the largest vote goes to ``shifts`` (m, 2).
    """
    height = len(target_index)
    for q in range(first, last):
        y, x = pixels[q, 0], pixels[q, 1]
        top, bottom = max(0, y - RADIUS), min(height - 1, y + RADIUS)
        left, right = max(0, x - RADIUS), min(width - 1, x + RADIUS)
        least, total, count = np.float32(3e38), np.float32(0), 0
        for patch_y in range(top, bottom + 1):
            for patch_x in range(left, right + 1):
                i = target_index[patch_y, patch_x]
                if i >= 0:
                    least = min(least, misfit[i])
                    total += misfit[i]
                    count += 1
        if count == 0:
            continue
        sharpness = np.float32(1) / (np.float32(2) * softness * total / np.float32(count) + np.float32(1e-3))
        red = green = blue = across = down = votes = np.float32(0)
        largest, best_y, best_x = np.float32(-1), 0, 0
        for patch_y in range(top, bottom + 1):
            for patch_x in range(left, right + 1):
                i = target_index[patch_y, patch_x]
                if i < 0:
                    continue
                share = confidence[i] * math.exp((least - misfit[i]) * sharpness)
                source_y, source_x = matches[i, 0] + y - patch_y, matches[i, 1] + x - patch_x
                if share > largest:
                    largest, best_y, best_x = share, source_y, source_x
                source = source_y * width + source_x
                red += share * colour[3 * source]
                green += share * colour[3 * source + 1]
                blue += share * colour[3 * source + 2]
                across += share * texture[2 * source]
                down += share * texture[2 * source + 1]
                votes += share
        shifts[q, 0], shifts[q, 1] = best_y, best_x
        pixel = y * width + x
        colour[3 * pixel] = red / votes
        colour[3 * pixel + 1] = green / votes
        colour[3 * pixel + 2] = blue / votes
        texture[2 * pixel] = across / votes
        texture[2 * pixel + 1] = down / votes
