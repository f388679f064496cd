"""Stacks of layers: one call composites many tiles, each through a whole program of steps.

The twin of ``editor.raster.stack``, which says what a step is and what the tables hold. A tile is worked through in
strips that stay in the processor's first cache: float32 planes of red, green, blue and alpha (straight, 0–1) take one
step after the other, and only the end is rounded.

``run`` comes last: it is compiled where it stands, and what it calls must be there.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from editor.raster.kernels.addresses import bytes_at, floats_at, prefetch, shorts_at, words_at
from editor.raster.kernels.jit import kernel
from editor.raster.kernels.modes import DISSOLVE, mix
from editor.raster.kernels.modes import MODE_IDS as MODE_IDS

STRIP = 1024
"""Pixels of a strip."""

# Kinds of steps
BLEND, OVER, PUSH, POP, COPY, LERP = range(6)
# What a table says of an address
UNIFORM_SOURCE, UNIFORM_MASK, HIDDEN = 1, 2, 4
# States of a strip
OPAQUE, EMPTY = 1, 2
# Outputs
RGBA8, RGBA16, BGRA8, PLANES = range(4)

_0, _1, _HALF = np.float32(0), np.float32(1), np.float32(0.5)
_255, _65535 = np.float32(255), np.float32(65535)
_TINY = np.float32(1e-12)
_NOISE = np.float32(1 / 16777216)


@kernel()
def load(pixels: int, flags: int, depth: int, start: int, source: Any, n: int) -> Any:
    """A strip of a layer's pixels; whether all of it is opaque, and whether any of it is seen."""
    r, g, b, a = source[0], source[1], source[2], source[3]
    every, some = (
        np.uint32(0xFFFFFFFF),
        np.uint32(0),
    )  # of all words: their bits that are always, or ever, set
    if depth == 8:
        scale, low = _1 / _255, np.uint32(255)
        if flags & UNIFORM_SOURCE != 0:
            word = nb.carray(words_at(pixels), (1,))[0]
            every = some = word
            _fill(source, _part(word, low, 0) * scale, _part(word, low, 8) * scale, _part(word, low, 16) * scale,
                  _part(word, low, 24) * scale, n)  # fmt: skip
        else:
            words = nb.carray(words_at(pixels + 4 * start), (n,))
            for i in range(n):
                word = words[i]
                every = np.uint32(every & word)
                some = np.uint32(some | word)
                r[i] = _part(word, low, 0) * scale
                g[i] = _part(word, low, 8) * scale
                b[i] = _part(word, low, 16) * scale
                a[i] = _part(word, low, 24) * scale
        return np.uint32(every >> np.uint32(24)) == low, np.uint32(some >> np.uint32(24)) != 0
    scale, low = _1 / _65535, np.uint32(0xFFFF)
    if flags & UNIFORM_SOURCE != 0:
        pair = nb.carray(words_at(pixels), (2,))
        every = some = pair[1]
        _fill(source, _part(pair[0], low, 0) * scale, _part(pair[0], low, 16) * scale, _part(pair[1], low, 0) * scale,
              _part(pair[1], low, 16) * scale, n)  # fmt: skip
    else:
        pairs = nb.carray(words_at(pixels + 8 * start), (2 * n,))
        for i in range(n):
            first, second = pairs[2 * i], pairs[2 * i + 1]
            every = np.uint32(every & second)
            some = np.uint32(some | second)
            r[i] = _part(first, low, 0) * scale
            g[i] = _part(first, low, 16) * scale
            b[i] = _part(second, low, 0) * scale
            a[i] = _part(second, low, 16) * scale
    return np.uint32(every >> np.uint32(16)) == low, np.uint32(some >> np.uint32(16)) != 0


@kernel()
def _part(word: Any, low: Any, shift: int) -> Any:
    """The channel of a word that lies ``shift`` bits up."""
    return np.float32(np.int32(np.uint32(np.uint32(word >> np.uint32(shift)) & low)))


@kernel()
def _fill(source: Any, r: Any, g: Any, b: Any, a: Any, n: int) -> None:
    for i in range(n):
        source[0, i] = r
        source[1, i] = g
        source[2, i] = b
        source[3, i] = a


@kernel()
def _weigh(alpha: Any, mask: int, flags: int, depth: int, start: int, opacity: Any, n: int) -> None:
    """The source's alpha times mask and opacity."""
    if mask == 0:
        for i in range(n):
            alpha[i] *= opacity
    elif depth == 8:
        cover = nb.carray(bytes_at(mask if flags & UNIFORM_MASK != 0 else mask + start), (n,))
        scale = opacity / _255
        if flags & UNIFORM_MASK != 0:
            scale *= np.float32(cover[0])
            for i in range(n):
                alpha[i] *= scale
        else:
            for i in range(n):
                alpha[i] *= np.float32(np.int32(cover[i])) * scale
    else:
        cover16 = nb.carray(shorts_at(mask if flags & UNIFORM_MASK != 0 else mask + 2 * start), (n,))
        scale = opacity / _65535
        if flags & UNIFORM_MASK != 0:
            scale *= np.float32(cover16[0])
            for i in range(n):
                alpha[i] *= scale
        else:
            for i in range(n):
                alpha[i] *= np.float32(np.int32(cover16[i])) * scale


@kernel()
def dissolve(alpha: Any, left: int, top: int, start: int, width: int, n: int) -> None:
    """Each pixel all or nothing, as often as its alpha says; by its place on the canvas, so always the same."""
    done = 0
    while done < n:  # row by row
        column = (start + done) % width
        y = np.uint32(np.uint32(top + (start + done) // width) * np.uint32(0x85EBCA77))
        x = np.uint32(left + column)
        row = alpha[done : min(done + width - column, n)]
        for i in range(row.size):
            h = np.uint32(np.uint32(np.uint32(x + np.uint32(i)) * np.uint32(0x9E3779B1)) ^ y)
            h = np.uint32(np.uint32(h ^ np.uint32(h >> np.uint32(15))) * np.uint32(0x2C1B3C6D))
            h = np.uint32(np.uint32(h ^ np.uint32(h >> np.uint32(12))) * np.uint32(0x297A2D39))
            h = np.uint32(h ^ np.uint32(h >> np.uint32(15)))
            noise = np.float32(np.int32(np.uint32(h >> np.uint32(8)))) * _NOISE
            row[i] = _1 if noise < row[i] else _0
        done += row.size


@kernel()
def blend(backdrop: Any, source: Any, mixed: Any, mode: int, keeps_alpha: bool, n: int) -> None:
    """W3C's formula as the step from the backdrop's colour to the blended one. Where the backdrop is opaque, or the
    source is clipped to it, its alpha stays, and the step is the source's alpha itself."""
    if mode <= DISSOLVE:
        into = source
    else:
        mix(mode, backdrop, source, mixed, n)
        into = mixed
    alpha = source[3]
    if keeps_alpha:
        for channel in range(3):
            base, target = backdrop[channel], into[channel]
            for i in range(n):
                base[i] += alpha[i] * (target[i] - base[i])
        return
    below = backdrop[3]
    if mode <= DISSOLVE:
        share = mixed[0]
        for i in range(n):
            united = alpha[i] + below[i] - alpha[i] * below[i]
            share[i] = alpha[i] / max(united, _TINY)
            below[i] = united
        for channel in range(3):
            base, target = backdrop[channel], source[channel]
            for i in range(n):
                base[i] += share[i] * (target[i] - base[i])
        return
    for channel in range(3):
        base, target, colour = backdrop[channel], mixed[channel], source[channel]
        for i in range(n):
            united = alpha[i] + below[i] - alpha[i] * below[i]
            goal = colour[i] + below[i] * (target[i] - colour[i])
            base[i] += alpha[i] / max(united, _TINY) * (goal - base[i])
    for i in range(n):
        below[i] += alpha[i] - alpha[i] * below[i]


@kernel()
def _copy(planes: Any, into: Any, n: int) -> None:
    for channel in range(4):
        plane, target = planes[channel], into[channel]
        for i in range(n):
            target[i] = plane[i]


@kernel()
def _lerp(
    base: Any, base_is_empty: bool, top: Any, weight: Any, mask: int, flags: int, depth: int, start: int,
    opacity: Any, n: int,
) -> None:  # fmt: skip
    """From what was there before a group that passes through to what its layers made of it, by opacity and mask.
    ``weight`` is scratch."""
    for i in range(n):
        weight[i] = _1
    _weigh(weight, mask, flags, depth, start, opacity, n)
    if base_is_empty:
        _fill(base, _0, _0, _0, _0, n)
    below, above = base[3], top[3]
    for i in range(n):
        before, after = below[i] * (_1 - weight[i]), above[i] * weight[i]
        below[i] = before + after
        weight[i] = after / max(before + after, _TINY)
    for channel in range(3):
        colour, target = base[channel], top[channel]
        for i in range(n):
            colour[i] += weight[i] * (target[i] - colour[i])


@kernel()
def _load_planes(address: int, size: int, start: int, planes: Any, n: int) -> None:
    for channel in range(4):
        floats = nb.carray(floats_at(address + 4 * (channel * size + start)), (n,))
        plane = planes[channel]
        for i in range(n):
            plane[i] = floats[i]


@kernel()
def store(planes: Any, address: int, output: int, size: int, start: int, n: int, is_opaque: bool) -> None:
    r, g, b, a = planes[0], planes[1], planes[2], planes[3]
    if output == PLANES:
        for channel in range(4):
            floats = nb.carray(floats_at(address + 4 * (channel * size + start)), (n,))
            plane = planes[channel]
            for i in range(n):
                floats[i] = plane[i]
    elif output == RGBA16:
        pairs = nb.carray(words_at(address + 8 * start), (2 * n,))
        for i in range(n):
            pairs[2 * i] = np.uint32(_step16(r[i]) | np.uint32(_step16(g[i]) << np.uint32(16)))
            pairs[2 * i + 1] = np.uint32(_step16(b[i]) | np.uint32(_step16(a[i]) << np.uint32(16)))
    else:
        words = nb.carray(words_at(address + 4 * start), (n,))
        if output == RGBA8:
            for i in range(n):
                words[i] = _word(_step8(r[i]), _step8(g[i]), _step8(b[i]), _step8(a[i]))
        elif is_opaque:
            for i in range(n):
                words[i] = _word(_step8(b[i]), _step8(g[i]), _step8(r[i]), np.uint32(255))
        else:
            for i in range(n):
                words[i] = _word(_step8(b[i] * a[i]), _step8(g[i] * a[i]), _step8(r[i] * a[i]), _step8(a[i]))


@kernel()
def _word(first: Any, second: Any, third: Any, fourth: Any) -> Any:
    low = np.uint32(first | np.uint32(second << np.uint32(8)))
    high = np.uint32(np.uint32(third << np.uint32(16)) | np.uint32(fourth << np.uint32(24)))
    return np.uint32(low | high)


@kernel()
def _step8(value: Any) -> Any:
    return np.uint32(np.int32(value * _255 + _HALF))


@kernel()
def _step16(value: Any) -> Any:
    return np.uint32(np.int32(value * _65535 + _HALF))


@kernel()
def _fetch_ahead(steps: Any, table: Any, tile: int, step: int, depth: int, start: int, n: int) -> None:
    """Asks for the pixels of the next step: each layer's strip lies elsewhere, where no processor expects it."""
    if step < steps.shape[0] and steps[step, 0] == BLEND:
        pixels = table[tile, step, 0]
        if pixels != 0 and table[tile, step, 2] & UNIFORM_SOURCE == 0:
            size = depth // 2
            for offset in range(0, n * size, 64):
                prefetch(pixels + start * size + offset)


@kernel("void(i8[:,::1], f4[:,::1], i8[:,:,::1], i8[:,::1], i8, i8, i8, i8, i8, i8, u1[:,::1])")
def run(
    steps: Any, opacities: Any, table: Any, targets: Any, first: int, last: int, size: int, width: int,
    depth: int, output: int, states: Any,
) -> None:  # fmt: skip
    """Composites the tiles ``first`` to ``last`` of ``targets``.

    ``steps`` (n, 3): kind, mode, whether it is clipped. ``opacities`` (n, 1). ``table`` (tiles, n, 4): addresses of
    pixels (or planes) and mask, flags, and the address of the planes' states. ``targets`` (tiles, 5): address of the
    output, first and last pixel to be done, and where the tile lies. ``size``: pixels of a tile; ``width``: of a row;
    ``depth``: 8 or 16. ``states`` (tiles, strips) is written.
    """
    level = levels = 1
    for step in range(steps.shape[0]):
        if steps[step, 0] == PUSH or steps[step, 0] == COPY:
            level += 1
            levels = max(levels, level)
        elif steps[step, 0] == POP or steps[step, 0] == LERP:
            level -= 1
    planes = np.empty((levels, 4, STRIP), np.float32)
    source = np.empty((4, STRIP), np.float32)
    mixed = np.empty((3, STRIP), np.float32)
    is_empty = np.empty(levels, np.bool_)
    is_opaque = np.empty(levels, np.bool_)
    for tile in range(first, last):
        for start in range(targets[tile, 1], targets[tile, 2], STRIP):
            n = min(STRIP, targets[tile, 2] - start)
            level = 0
            is_empty[0], is_opaque[0] = True, False
            for step in range(steps.shape[0]):
                kind, mode, clipped = steps[step, 0], steps[step, 1], steps[step, 2] != 0
                opacity = opacities[step, 0]
                pixels, mask, flags = table[tile, step, 0], table[tile, step, 1], table[tile, step, 2]
                if kind == PUSH:
                    level += 1
                    is_empty[level], is_opaque[level] = True, False
                elif kind == COPY:
                    if not is_empty[level]:
                        _copy(planes[level], planes[level + 1], n)
                    level += 1
                    is_empty[level], is_opaque[level] = is_empty[level - 1], is_opaque[level - 1]
                elif kind == LERP:
                    level -= 1
                    if not is_empty[level + 1] and flags & HIDDEN == 0:
                        _lerp(planes[level], is_empty[level], planes[level + 1], source[3], mask, flags, depth, start,
                              opacity, n)  # fmt: skip
                        is_opaque[level] = is_opaque[level] and is_opaque[level + 1]
                        is_empty[level] = False
                else:
                    full, seen = False, False
                    if kind == BLEND:
                        _fetch_ahead(steps, table, tile, step + 1, depth, start, n)
                        if pixels != 0:
                            full, seen = load(pixels, flags, depth, start, source, n)
                            seen = seen or is_empty[level]  # the lowest layer's hidden colours are kept
                    elif kind == POP:
                        level -= 1
                        full, seen = is_opaque[level + 1], not is_empty[level + 1]
                        if seen:
                            _copy(planes[level + 1], source, n)
                    elif pixels != 0:
                        state = nb.carray(bytes_at(table[tile, step, 3] + start // STRIP), (1,))[0]
                        full, seen = state == OPAQUE, state != EMPTY
                        if seen:
                            _load_planes(pixels, size, start, source, n)
                    if not seen or flags & HIDDEN != 0:
                        continue
                    if mask != 0 or opacity < _1:
                        full = False
                        _weigh(source[3], mask, flags, depth, start, opacity, n)
                    if mode == DISSOLVE:
                        full = False
                        dissolve(source[3], targets[tile, 3], targets[tile, 4], start, width, n)
                    if clipped:
                        if not is_empty[level]:
                            blend(planes[level], source, mixed, mode, True, n)
                    elif is_empty[level] or (full and mode <= DISSOLVE):
                        _copy(source, planes[level], n)
                        is_empty[level], is_opaque[level] = False, full
                    elif is_opaque[level]:
                        blend(planes[level], source, mixed, mode, True, n)
                    else:
                        blend(planes[level], source, mixed, mode, False, n)
                        is_opaque[level] = full
            states[tile, start // STRIP] = EMPTY if is_empty[0] else (OPAQUE if is_opaque[0] else 0)
            if is_empty[0]:
                _fill(planes[0], _0, _0, _0, _0, n)
            store(planes[0], targets[tile, 0], output, size, start, n, is_opaque[0])
