"""Dabs: the brush's tip rendered as a stamp, and a batch of stamps put into a stroke's tiles.

The twins are in ``editor.raster.dab`` and ``editor.raster.transmittance``.

Their tables: ``stamps`` has a row for each stamp: the addresses of its cover (rows of uint16) and of its spans (int32
pairs: the first value of each row that is not 0, and behind the last), reach and stride. ``dabs`` has a row for each
dab: x and y of the pixel of its centre, flow (0–65536), floor (the least transmittance that it leaves, 0–65535);
``which`` is its stamp. ``tiles`` has a row for each tile: the address of its transmittance (side × side uint16), x and
y. ``bounds`` are left, top, right and bottom. Coordinates are pixels of the picture.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from editor.raster.kernels.addresses import ints_at, shorts_at
from editor.raster.kernels.jit import kernel

LANES = 16
"""Of ``editor.raster.dab``: a row of a small stamp is one step of the vector unit."""
NARROW = 128
"""Widest stamp whose rows are taken whole, padding and all."""
GROUP = 32
"""Dabs that are passed over together where a tile lies beyond all of them."""
FINE, COARSE = 256.0, 1024.0
"""Of ``editor.raster.dab``."""

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


@kernel("void(u2[:,::1], i4[:,::1])")
def span(cover: Any, spans: Any) -> None:
    """Of each row the first value that is not 0, and behind the last; 0 and 0 where there is none."""
    for row in range(len(cover)):
        first, last = 0, cover.shape[1]
        while first < last and cover[row, first] == 0:
            first += 1
        while last > first and cover[row, last - 1] == 0:
            last -= 1
        spans[row, 0], spans[row, 1] = (first, last) if first < last else (0, 0)


@kernel()
def _cap(t: Any, mask: Any) -> None:
    """One row: t ← min(t, 1 − mask)."""
    for i in range(len(t)):
        left = np.uint16(np.uint16(65535) - mask[i])
        t[i] = left if left < t[i] else t[i]


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


@kernel("void(i8[:,::1], i8[:,::1], i4[::1], i8[:,::1], i8, i8[::1], i4[:,::1], b1)")
def stamp(
    stamps: Any, dabs: Any, which: Any, tiles: Any, side: int, bounds: Any, dirty: Any, build_up: bool
) -> None:
    """A tile takes its dabs one after the other while it is in the cache. ``dirty`` has left, top, right and bottom of
    what has changed in each tile, and is widened."""
    groups = (len(dabs) + GROUP - 1) // GROUP
    reach = np.empty((groups, 4), np.int64)
    for g in range(groups):
        reach[g, 0] = reach[g, 1] = np.int64(1) << np.int64(62)
        reach[g, 2] = reach[g, 3] = -(np.int64(1) << np.int64(62))
        for d in range(g * GROUP, min((g + 1) * GROUP, len(dabs))):
            half = stamps[which[d], 2]
            reach[g, 0], reach[g, 1] = (
                min(reach[g, 0], dabs[d, 0] - half),
                min(reach[g, 1], dabs[d, 1] - half),
            )
            reach[g, 2], reach[g, 3] = (
                max(reach[g, 2], dabs[d, 0] + half),
                max(reach[g, 3], dabs[d, 1] + half),
            )
    for k in range(len(tiles)):
        tx, ty = tiles[k, 1], tiles[k, 2]
        left, top = max(tx, bounds[0]), max(ty, bounds[1])
        right, bottom = min(tx + side, bounds[2]), min(ty + side, bounds[3])
        for g in range(groups):
            if reach[g, 0] >= right or reach[g, 1] >= bottom or reach[g, 2] < left or reach[g, 3] < top:
                continue
            for d in range(g * GROUP, min((g + 1) * GROUP, len(dabs))):
                s = which[d]
                half, stride = stamps[s, 2], stamps[s, 3]
                x, y = dabs[d, 0] - half, dabs[d, 1] - half
                x0, y0 = max(x, left), max(y, top)
                x1, y1 = min(x + 2 * half + 1, right), min(y + 2 * half + 1, bottom)
                if x0 >= x1 or y0 >= y1:
                    continue
                dirty[k, 0], dirty[k, 1] = min(dirty[k, 0], x0 - tx), min(dirty[k, 1], y0 - ty)
                dirty[k, 2], dirty[k, 3] = max(dirty[k, 2], x1 - tx), max(dirty[k, 3], y1 - ty)
                flow, floor = np.uint32(dabs[d, 2]), np.uint16(dabs[d, 3])
                mask, to = stamps[s, 0], tiles[k, 0] + 2 * ((y - ty) * side - tx)
                if build_up and x == x0 and x + stride <= right and stride <= NARROW:
                    if stride == LANES:
                        for j in range(y0 - y, y1 - y):
                            _lower(
                                nb.carray(shorts_at(to + 2 * (j * side + x)), (LANES,)),
                                nb.carray(shorts_at(mask + 2 * j * LANES), (LANES,)),
                                flow, floor,
                            )  # fmt: skip
                    else:
                        for j in range(y0 - y, y1 - y):
                            _lower(
                                nb.carray(shorts_at(to + 2 * (j * side + x)), (stride,)),
                                nb.carray(shorts_at(mask + 2 * j * stride), (stride,)),
                                flow, floor,
                            )  # fmt: skip
                    continue
                spans = nb.carray(ints_at(stamps[s, 1]), (4 * half + 2,))
                for j in range(y0 - y, y1 - y):
                    first, last = max(x0, x + spans[2 * j]), min(x1, x + spans[2 * j + 1])
                    if first < last:
                        t_row = nb.carray(shorts_at(to + 2 * (j * side + first)), (last - first,))
                        row = nb.carray(shorts_at(mask + 2 * (j * stride + first - x)), (last - first,))
                        if build_up:
                            _lower(t_row, row, flow, floor)
                        else:
                            _cap(t_row, row)


@kernel("void(f8[:,::1], i8[:,::1], i8[::1])")
def locate(dabs: Any, places: Any, keys: Any) -> None:
    """The twin of ``editor.raster.dab.locate``."""
    for d in range(len(dabs)):
        diameter = dabs[d, 2]
        step = 0.0625
        while step * 200 <= diameter:
            step *= 2
        sixteenths = np.int64(np.rint(max(np.rint(diameter / step), 1.0) * step * 16))
        shift = 2 if diameter <= FINE else 1 if diameter <= COARSE else 0
        x = np.int64(np.rint(dabs[d, 0] * (1 << shift)))
        y = np.int64(np.rint(dabs[d, 1] * (1 << shift)))
        px, py = x >> shift, y >> shift
        places[d, 0], places[d, 1] = px, py
        places[d, 2] = np.int64(np.rint(dabs[d, 3] * 65536))
        places[d, 3] = np.int64(np.rint((1 - dabs[d, 4]) * 65535))
        quarter_x, quarter_y = (x - (px << shift)) << (2 - shift), (y - (py << shift)) << (2 - shift)
        keys[d] = sixteenths << 7 | np.int64(dabs[d, 5]) << 4 | quarter_x << 2 | quarter_y


@kernel("void(i8[:,::1], i8[:,::1], i4[::1], i8, i8[::1], b1[:,::1])")
def touch(stamps: Any, dabs: Any, which: Any, side: int, bounds: Any, touched: Any) -> None:
    """Marks the tiles that any dab touches; the first of ``touched`` is the one in which the bounds begin."""
    column, row = bounds[0] // side, bounds[1] // side
    for d in range(len(dabs)):
        half = stamps[which[d], 2]
        x0, y0 = max(dabs[d, 0] - half, bounds[0]), max(dabs[d, 1] - half, bounds[1])
        x1, y1 = min(dabs[d, 0] + half, bounds[2] - 1), min(dabs[d, 1] + half, bounds[3] - 1)
        if x0 <= x1 and y0 <= y1:
            for ty in range(y0 // side - row, y1 // side - row + 1):
                for tx in range(x0 // side - column, x1 // side - column + 1):
                    touched[ty, tx] = True
