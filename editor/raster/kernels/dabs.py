"""Dabs: the brush's tip rendered as a stamp, and a batch of stamps put into a stroke's tiles.

The twins are in ``editor.raster.dab`` and ``editor.raster.transmittance``.

``table`` has a row for each dab: the address of its stamp's cover (rows of uint16), of its spans (int32 pairs: the
first value of each row that is not 0, and behind the last), x, y, width, height and stride of the stamp, flow
(0–65536), floor (the least transmittance that it leaves, 0–65535). ``tiles`` has a row for each tile: the address of
its transmittance (side × side uint16), x and y. Coordinates are pixels of the picture.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from editor.raster.kernels.addresses import ints_at, shorts_at
from editor.raster.kernels.jit import kernel

LANES = 16
"""Of ``editor.raster.dab``: a row of a small dab is one step of the vector unit."""

_0, _1, _2, _3 = np.float32(0), np.float32(1), np.float32(2), np.float32(3)


@kernel()
def _sample(
    total: Any, start: Any, y: Any, cos: Any, sin: Any, flat: Any, inner: Any, outer: Any, half: Any
) -> None:
    for i in range(len(total)):
        x = start + np.float32(np.int32(i))
        along, across = x * cos + y * sin, (y * cos - x * sin) * flat
        radius = np.sqrt(along * along + across * across)
        steep = np.sqrt(along * along + across * across * (flat * flat)) / max(radius, np.float32(1e-6))
        blur = half * max(steep, _1)
        low = max(inner - blur, _0)
        fall = min(max((radius - low) / (outer + blur - low), _0), _1)
        total[i] += _1 - fall * fall * (_3 - _2 * fall)


@kernel()
def _store(total: Any, scale: Any, out: Any) -> None:
    for i in range(len(out)):
        out[i] = np.uint16(np.int32(total[i] * scale + np.float32(0.5)))


@kernel()
def _lower(t: Any, mask: Any, flow: Any, floor: Any) -> None:
    """One row: t ← t · (1 − flow · mask), not below ``floor``, and 0 exactly where that covers wholly."""
    for i in range(len(t)):
        cover = np.uint32(mask[i])
        a = (
            np.uint16(np.uint32(cover * flow) >> np.uint32(16))
            if flow < np.uint32(65536)
            else np.uint16(cover)
        )
        v = t[i]
        w = np.uint16(v - np.uint16(np.uint32(np.uint32(v) * np.uint32(a)) >> np.uint32(16)))
        w = np.uint16(0) if a == np.uint16(65535) else w
        w = w if w > floor else floor
        t[i] = w if w < v else v


@kernel("void(u2[:,::1], i8, i8, f4[::1])")
def render(out: Any, side: int, per_pixel: int, shape: Any) -> None:
    """A round tip into the first ``side`` columns of ``out``; ``shape`` as ``editor.raster.dab`` has it."""
    middle_x, middle_y, cos, sin, flat, inner, outer, scale = (
        shape[0], shape[1], shape[2], shape[3], shape[4], shape[5], shape[6], shape[7],
    )  # fmt: skip
    half = np.float32(0.5 / per_pixel)
    total = np.empty(side, np.float32)
    for row in range(side):
        total[:] = _0
        for down in range(per_pixel):
            y = np.float32((row * per_pixel + down + 0.5) / per_pixel) - middle_y
            for right in range(per_pixel):
                start = np.float32((right + 0.5) / per_pixel) - middle_x
                _sample(total, start, y, cos, sin, flat, inner, outer, half)
        _store(total, scale, out[row, :side])


@kernel("void(i8[:,::1], i8[:,::1], i8, i8[::1], i4[:,::1], b1)")
def stamp(table: Any, tiles: Any, side: int, bounds: Any, dirty: Any, build_up: bool) -> None:
    for k in range(len(tiles)):
        t = nb.carray(shorts_at(tiles[k, 0]), (side * side,))
        tx, ty = tiles[k, 1], tiles[k, 2]
        left, top = max(tx, bounds[0]), max(ty, bounds[1])
        right, bottom = min(tx + side, bounds[2]), min(ty + side, bounds[3])
        for d in range(len(table)):
            x, y, w, h, stride = table[d, 2], table[d, 3], table[d, 4], table[d, 5], table[d, 6]
            x0, y0 = max(x, left), max(y, top)
            x1, y1 = min(x + w, right), min(y + h, bottom)
            if x0 >= x1 or y0 >= y1:
                continue
            mask = nb.carray(shorts_at(table[d, 0]), (stride * h,))
            spans = nb.carray(ints_at(table[d, 1]), (2 * h,))
            flow, floor = np.uint32(table[d, 7]), np.uint16(table[d, 8])
            dirty[k, 0] = min(dirty[k, 0], x0 - tx)
            dirty[k, 1] = min(dirty[k, 1], y0 - ty)
            dirty[k, 2] = max(dirty[k, 2], x1 - tx)
            dirty[k, 3] = max(dirty[k, 3], y1 - ty)
            if stride == LANES and build_up and x == x0 and x + stride <= right:
                for j in range(y0 - y, y1 - y):
                    at = (y + j - ty) * side + x - tx
                    _lower(t[at : at + LANES], mask[j * LANES : (j + 1) * LANES], flow, floor)
            elif build_up:
                for j in range(y0 - y, y1 - y):
                    first = max(x0, x + spans[2 * j])
                    last = min(x1, x + spans[2 * j + 1])
                    if first < last:
                        at, off = (y + j - ty) * side - tx, j * stride - x
                        _lower(t[at + first : at + last], mask[off + first : off + last], flow, floor)
            else:
                for j in range(y0 - y, y1 - y):
                    first = max(x0, x + spans[2 * j])
                    last = min(x1, x + spans[2 * j + 1])
                    at, off = (y + j - ty) * side - tx, j * stride - x
                    for i in range(first, last):
                        t[at + i] = min(t[at + i], np.uint16(np.uint16(65535) - mask[off + i]))
