"""Paint: tiles as they were before a stroke, and the stroke's transmittance, make new tiles. The twin is in
``editor.raster.paint``.

A row of ``table`` is a tile: the addresses of its pixels before the stroke, its pixels now, its transmittance, its
selection (0: all is selected) and its new pixels; then left, top, right and bottom of what has changed since now, and x
and y of the tile. What has not changed is copied. A tile's rows lie side by side in memory.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from editor.raster.kernels.addresses import bytes_at, longs_at, shorts_at, words_at
from editor.raster.kernels.jit import kernel
from editor.raster.kernels.modes import DISSOLVE
from editor.raster.kernels.stack import RGBA8, RGBA16, blend, dissolve, load, store

_HALF, _1, _255, _65535 = np.float32(0.5), np.float32(1), np.float32(255), np.float32(65535)
_LOW8, _LOW16 = np.uint32(0xFF), np.uint64(0xFFFF)


@kernel()
def _copy(now: Any, out: Any, left: int, top: int, right: int, bottom: int) -> None:
    side = len(out)
    for y in range(side):
        if y < top or y >= bottom:
            out[y, :] = now[y, :]
        else:
            out[y, :left] = now[y, :left]
            out[y, right:] = now[y, right:]


@kernel()
def _share(t: Any, opacity: Any, share: Any) -> None:
    """What of the colour is put there: opacity · (1 − t), 0–1."""
    scale = opacity / _65535
    for i in range(len(t)):
        share[i] = np.float32(np.int32(65535) - np.int32(t[i])) * scale


@kernel()
def _select(selection: Any, scale: Any, share: Any) -> None:
    for i in range(len(share)):
        share[i] *= np.float32(np.int32(selection[i])) * scale


@kernel()
def _over8(before: Any, share: Any, red: Any, green: Any, blue: Any, out: Any) -> None:
    for i in range(len(out)):
        word, s = before[i], share[i]
        r = np.float32(np.int32(word & _LOW8))
        g = np.float32(np.int32(np.uint32(word >> np.uint32(8)) & _LOW8))
        b = np.float32(np.int32(np.uint32(word >> np.uint32(16)) & _LOW8))
        a = np.float32(np.int32(np.uint32(word >> np.uint32(24)))) * (_1 / _255)
        alpha = s + a - s * a
        # where both are 0 there is nothing to divide, and the hidden colour stays
        ratio = s / alpha if s > np.float32(0) else np.float32(0)
        r += (red - r) * ratio + _HALF
        g += (green - g) * ratio + _HALF
        b += (blue - b) * ratio + _HALF
        low = np.uint32(np.uint32(np.int32(r)) | np.uint32(np.uint32(np.int32(g)) << np.uint32(8)))
        high = np.uint32(
            np.uint32(np.int32(b)) | np.uint32(np.uint32(np.int32(alpha * _255 + _HALF)) << np.uint32(8))
        )
        out[i] = np.uint32(low | np.uint32(high << np.uint32(16)))


@kernel()
def _erase8(before: Any, share: Any, out: Any) -> None:
    for i in range(len(out)):
        word, s = before[i], share[i]
        left = np.float32(np.int32(np.uint32(word >> np.uint32(24)))) * (_1 - s)
        alpha = np.uint32(np.int32(left + _HALF))
        new = np.uint32(np.uint32(word & np.uint32(0xFFFFFF)) | np.uint32(alpha << np.uint32(24)))
        gone = np.uint32(0) if alpha == np.uint32(0) else new
        out[i] = gone if s > np.float32(0) else word


@kernel()
def _over16(before: Any, share: Any, red: Any, green: Any, blue: Any, out: Any) -> None:
    for i in range(len(out)):
        word, s = before[i], share[i]
        r = np.float32(np.int32(word & _LOW16))
        g = np.float32(np.int32((word >> np.uint64(16)) & _LOW16))
        b = np.float32(np.int32((word >> np.uint64(32)) & _LOW16))
        a = np.float32(np.int32(word >> np.uint64(48))) * (_1 / _65535)
        alpha = s + a - s * a
        ratio = s / alpha if s > np.float32(0) else np.float32(0)
        r += (red - r) * ratio + _HALF
        g += (green - g) * ratio + _HALF
        b += (blue - b) * ratio + _HALF
        low = np.uint64(np.int32(r)) | (np.uint64(np.int32(g)) << np.uint64(16))
        high = np.uint64(np.int32(b)) | (np.uint64(np.int32(alpha * _65535 + _HALF)) << np.uint64(16))
        out[i] = low | (high << np.uint64(32))


@kernel()
def _erase16(before: Any, share: Any, out: Any) -> None:
    for i in range(len(out)):
        word, s = before[i], share[i]
        left = np.float32(np.int32(word >> np.uint64(48))) * (_1 - s)
        alpha = np.uint64(np.int32(left + _HALF))
        new = (word & np.uint64(0xFFFFFFFFFFFF)) | (alpha << np.uint64(48))
        gone = np.uint64(0) if alpha == np.uint64(0) else new
        out[i] = gone if s > np.float32(0) else word


@kernel("void(i8[:,::1], i8, f4[::1], f4, b1)")
def apply8(table: Any, side: int, colour: Any, opacity: Any, erase: bool) -> None:
    share = np.empty(side, np.float32)
    for k in range(len(table)):
        before = nb.carray(words_at(table[k, 0]), (side, side))
        now = nb.carray(words_at(table[k, 1]), (side, side))
        t = nb.carray(shorts_at(table[k, 2]), (side, side))
        selection = nb.carray(bytes_at(table[k, 3]), (side, side))
        out = nb.carray(words_at(table[k, 4]), (side, side))
        left, top, right, bottom = table[k, 5], table[k, 6], table[k, 7], table[k, 8]
        _copy(now, out, left, top, right, bottom)
        for y in range(top, bottom):
            part = share[: right - left]
            _share(t[y, left:right], opacity, part)
            if table[k, 3] != 0:
                _select(selection[y, left:right], _1 / _255, part)
            if erase:
                _erase8(before[y, left:right], part, out[y, left:right])
            else:
                _over8(before[y, left:right], part, colour[0], colour[1], colour[2], out[y, left:right])


@kernel("void(i8[:,::1], i8, f4[::1], f4, b1)")
def apply16(table: Any, side: int, colour: Any, opacity: Any, erase: bool) -> None:
    share = np.empty(side, np.float32)
    for k in range(len(table)):
        before = nb.carray(longs_at(table[k, 0]), (side, side))
        now = nb.carray(longs_at(table[k, 1]), (side, side))
        t = nb.carray(shorts_at(table[k, 2]), (side, side))
        selection = nb.carray(shorts_at(table[k, 3]), (side, side))
        out = nb.carray(longs_at(table[k, 4]), (side, side))
        left, top, right, bottom = table[k, 5], table[k, 6], table[k, 7], table[k, 8]
        _copy(now, out, left, top, right, bottom)
        for y in range(top, bottom):
            part = share[: right - left]
            _share(t[y, left:right], opacity, part)
            if table[k, 3] != 0:
                _select(selection[y, left:right], _1 / _65535, part)
            if erase:
                _erase16(before[y, left:right], part, out[y, left:right])
            else:
                _over16(before[y, left:right], part, colour[0], colour[1], colour[2], out[y, left:right])


@kernel("void(i8[:,::1], i8, i8, f4[::1], f4, i8)")
def apply_mode(table: Any, side: int, depth: int, colour: Any, opacity: Any, mode: int) -> None:
    """With a blend mode, at either depth; ``colour`` is 0–1."""
    share, planes = np.empty(side, np.float32), np.empty((4, side), np.float32)
    source, mixed = np.empty((4, side), np.float32), np.empty((3, side), np.float32)
    for channel in range(3):
        source[channel] = colour[channel]
    for k in range(len(table)):
        t = nb.carray(shorts_at(table[k, 2]), (side, side))
        selection = table[k, 3]
        left, top, right, bottom = table[k, 5], table[k, 6], table[k, 7], table[k, 8]
        n = right - left
        if depth == 8:
            _copy(nb.carray(words_at(table[k, 1]), (side, side)), nb.carray(words_at(table[k, 4]), (side, side)),
                  left, top, right, bottom)  # fmt: skip
        else:
            _copy(nb.carray(longs_at(table[k, 1]), (side, side)), nb.carray(longs_at(table[k, 4]), (side, side)),
                  left, top, right, bottom)  # fmt: skip
        for y in range(top, bottom):
            start = y * side + left
            part = share[:n]
            _share(t[y, left:right], opacity, part)
            if selection != 0 and depth == 8:
                _select(nb.carray(bytes_at(selection + start), (n,)), _1 / _255, part)
            elif selection != 0:
                _select(nb.carray(shorts_at(selection + 2 * start), (n,)), _1 / _65535, part)
            source[3, :n] = part
            if mode == DISSOLVE:
                dissolve(source[3], table[k, 9], table[k, 10], start, side, n)
            full, _seen = load(table[k, 0], 0, depth, start, planes, n)
            blend(planes, source, mixed, mode, full, n)
            store(planes, table[k, 4], RGBA8 if depth == 8 else RGBA16, side * side, start, n, full)
