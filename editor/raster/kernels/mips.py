"""Kernels of mip levels: the mean of each block of four pixels."""

from __future__ import annotations

import numba as nb
import numpy as np
import numpy.typing as npt

from editor.raster.kernels.jit import kernel

Pixels32 = npt.NDArray[np.uint32]


@kernel("void(u4[:,::1], i8, i8, i8, i8, u4[:,::1], i8, i8)")
def halve(
    finer: Pixels32, left: int, top: int, right: int, bottom: int, coarser: Pixels32, x: int, y: int
) -> None:
    """Pixels of four bytes each. Block (left, top) of ``finer`` becomes pixel (x, y) of ``coarser``, and so on up to
    right and bottom.

    Two channels are summed at a time, in 16 bits each: four bytes and the rounding need no more than 10.
    """
    low, two = nb.uint32(0x00FF00FF), nb.uint32(0x00020002)
    eight, shift = nb.uint32(8), nb.uint32(2)
    count = right - left
    for row in range(bottom - top):
        # slices from 0: with an index that may be negative the loop is not vectorised
        above = finer[2 * (top + row), 2 * left : 2 * right]
        below = finer[2 * (top + row) + 1, 2 * left : 2 * right]
        out = coarser[y + row, x : x + count]
        for i in range(count):
            a, b, c, d = above[2 * i], above[2 * i + 1], below[2 * i], below[2 * i + 1]
            even = nb.uint32(nb.uint32(a & low) + nb.uint32(b & low))
            even = nb.uint32(even + nb.uint32(nb.uint32(c & low) + nb.uint32(d & low)))
            odd = nb.uint32(nb.uint32(nb.uint32(a >> eight) & low) + nb.uint32(nb.uint32(b >> eight) & low))
            odd = nb.uint32(odd + nb.uint32(nb.uint32(c >> eight) & low))
            odd = nb.uint32(odd + nb.uint32(nb.uint32(d >> eight) & low))
            even = nb.uint32(nb.uint32(nb.uint32(even + two) >> shift) & low)
            odd = nb.uint32(nb.uint32(nb.uint32(odd + two) >> shift) & low)
            out[i] = nb.uint32(even | nb.uint32(odd << eight))
