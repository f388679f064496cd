"""Spans: the rows of a polygon, filled between the places where its border crosses them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from editor.raster.kernels.jit import kernel

Places = npt.NDArray[np.int64]
Steps = npt.NDArray[np.uint16]


@kernel("void(i8[::1], i8[::1], u2[::1], u2[::1], u1[:,::1])")
def fill(rows: Places, columns: Places, first: Steps, second: Steps, out: npt.NDArray[Any]) -> None:
    """``out`` (h, w): the upper bytes of the running sums of each row, where ``first`` is added at its column and
    ``second`` at the next one. Places are ordered by row, then by column; sums wrap round at 16 bits."""
    height, width = out.shape
    at = 0
    for y in range(height):
        total, rest = np.uint16(0), np.uint16(0)
        column = (
            -1
        )  # where the last crossing was: its pixel is not written yet, and ``rest`` is added after it
        while at < len(rows) and rows[at] == y:
            if columns[at] != column:
                if column >= 0:
                    out[y, column] = total >> np.uint16(8)
                total = np.uint16(total + rest)
                rest = np.uint16(0)
                end = min(columns[at], width)
                out[y, column + 1 : end] = total >> np.uint16(8)
                column = end
                if column == width:
                    break
            total = np.uint16(total + first[at])
            rest = np.uint16(rest + second[at])
            at += 1
        if column < width:
            if column >= 0:
                out[y, column] = total >> np.uint16(8)
            total = np.uint16(total + rest)
            out[y, column + 1 :] = total >> np.uint16(8)
        while at < len(rows) and rows[at] == y:
            at += 1
