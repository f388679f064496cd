"""Mip levels: a picture at half its size, each pixel the mean of four."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from editor.raster import native
from inference.geometry import Bounds

Array8 = npt.NDArray[np.uint8]


def halve(finer: Array8, part: Bounds, coarser: Array8, x: int, y: int) -> None:
    """Writes the means of 2×2 blocks, rounded, half up: block (part.x, part.y) of ``finer`` to pixel (x, y) of
    ``coarser``, and so on for the whole of ``part``, which is in blocks.

    Both are (h, w, 4) uint8 and contiguous; colours are premultiplied, so that what is transparent weighs nothing.
    """
    kernels = native.kernels()
    if kernels is not None:
        kernels.mips.halve(_packed(finer), part.x, part.y, part.right, part.bottom, _packed(coarser), x, y)
        return
    block = finer[2 * part.y : 2 * part.bottom, 2 * part.x : 2 * part.right]
    total = block[0::2, 0::2].astype(np.uint16)
    for other in (block[1::2, 0::2], block[0::2, 1::2], block[1::2, 1::2]):
        total += other
    total += 2
    coarser[y : y + part.height, x : x + part.width] = total >> 2


def _packed(pixels: Array8) -> npt.NDArray[np.uint32]:
    """Each pixel as one number: (h, w)."""
    return pixels.view(np.uint32)[..., 0]
