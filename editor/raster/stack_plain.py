"""The plain path of ``editor.raster.stack``: the same programs in NumPy, slower, where no kernels are to be had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from editor.raster.blend_modes import MODES
from editor.raster.program import EMPTY, NOWHERE, OPAQUE, STRIP, Float32, Input, Kind, Output, Pixels, Step

_BAND = 4 * STRIP
"""Pixels at a time: intermediate values stay in the cache, and below the sizes that the allocator returns to the
system; page faults cost more than the sums."""
_TINY = np.float32(1e-12)


class _Picture(NamedTuple):
    """(3, n) straight colours and (n,) alpha, 0–1. Never written after it is made."""

    colour: Float32
    alpha: Float32


def run_plain(
    steps: Sequence[Step],
    inputs: Sequence[Input],
    out: Pixels,
    output: Output,
    start: int,
    stop: int,
    x: int,
    y: int,
    states: npt.NDArray[np.uint8],
) -> None:
    """One tile, from pixel ``start`` to ``stop``; (``x``, ``y``) is its place. Writes ``out`` and ``states``."""
    width = out.shape[-1] if output == Output.PLANES else out.shape[1]
    flat = [Input(_flat(each.pixels), _flat(each.mask), each.planes) for each in inputs]
    for first in range(start, stop, _BAND):
        part = slice(first, min(first + _BAND, stop))
        picture = _composite(steps, flat, part, Noise(part, width, x, y))
        n = part.stop - part.start
        if picture is None:
            states[first // STRIP : -(-part.stop // STRIP)] = EMPTY
            picture = _Picture(np.zeros((3, n), np.float32), np.zeros(n, np.float32))
        else:
            for strip in range(first, part.stop, STRIP):
                here = picture.alpha[strip - first : strip - first + STRIP]
                states[strip // STRIP] = OPAQUE if here.min() == 1 else 0
        _store(picture, out, output, part)


def _composite(steps: Sequence[Step], inputs: Sequence[Input], part: slice, noise: Noise) -> _Picture | None:
    pictures: list[_Picture | None] = [None]
    for step, given in zip(steps, inputs, strict=True):
        if step.kind == Kind.PUSH:
            pictures.append(None)
        elif step.kind == Kind.COPY:
            pictures.append(pictures[-1])
        elif step.kind == Kind.LERP:
            top = pictures.pop()
            if top is not None and given.mask is not NOWHERE:
                pictures[-1] = _lerp(pictures[-1], top, _weighed(np.ones_like(top.alpha), step, given, part))
        else:
            source = pictures.pop() if step.kind == Kind.POP else _source(given, part, pictures[-1] is None)
            if source is not None and given.mask is not NOWHERE:
                alpha = _weighed(source.alpha, step, given, part)
                if step.mode == "dissolve":
                    alpha = (noise.values() < alpha).astype(np.float32)
                pictures[-1] = _over(pictures[-1], _Picture(source.colour, alpha), step)
    return pictures[0]


def _source(given: Input, part: slice, lowest: bool) -> _Picture | None:
    """None where nothing is seen; but the ``lowest`` layer's hidden colours are kept."""
    if given.pixels is not None:
        pixels = given.pixels[part]
        values = pixels.T.astype(np.float32, order="C")
        values /= np.float32(np.iinfo(pixels.dtype).max)
        return _Picture(values[:3], values[3]) if lowest or values[3].any() else None
    if given.planes is not None:
        strips = given.planes.states[part.start // STRIP : -(-part.stop // STRIP)]
        values = given.planes.values.reshape(4, -1)[:, part]
        return _Picture(values[:3], values[3]) if (strips != EMPTY).any() else None
    return None


def _weighed(alpha: Float32, step: Step, given: Input, part: slice) -> Float32:
    """Alpha times opacity and mask."""
    if given.mask is not None:
        mask = given.mask[part]
        return alpha * mask.astype(np.float32) * np.float32(step.opacity / np.iinfo(mask.dtype).max)
    return alpha if step.opacity >= 1 else alpha * np.float32(step.opacity)


def _over(backdrop: _Picture | None, source: _Picture, step: Step) -> _Picture | None:
    if backdrop is None:
        return None if step.clipped else source
    mix = MODES[step.mode].mix
    base, colour, alpha = backdrop.colour, source.colour, source.alpha
    keeps_alpha = step.clipped or backdrop.alpha.min() == 1
    if mix is None and not step.clipped and alpha.min() == 1:
        return source
    goal = colour if mix is None else mix(base, colour)
    if keeps_alpha:
        return _Picture(base + alpha * (goal - base), backdrop.alpha)
    united = alpha + backdrop.alpha - alpha * backdrop.alpha
    if mix is not None:
        goal = colour + backdrop.alpha * (goal - colour)
    return _Picture(base + alpha / np.maximum(united, _TINY) * (goal - base), united)


def _lerp(before: _Picture | None, after: _Picture, weight: Float32) -> _Picture:
    above = after.alpha * weight
    if before is None:
        return _Picture(after.colour, above)
    alpha = before.alpha * (1 - weight) + above
    share = above / np.maximum(alpha, _TINY)
    return _Picture(before.colour + share * (after.colour - before.colour), alpha)


class Noise:
    """For dissolve: a number from 0 up to 1 for each pixel, by its place on the canvas."""

    def __init__(self, part: slice, width: int, x: int, y: int) -> None:
        self._part, self._width, self._x, self._y = part, width, x, y

    def values(self) -> Float32:
        down, across = np.divmod(np.arange(self._part.start, self._part.stop), self._width)
        h = (across + self._x).astype(np.uint32) * np.uint32(0x9E3779B1)
        h ^= (down + self._y).astype(np.uint32) * np.uint32(0x85EBCA77)
        h = (h ^ (h >> np.uint32(15))) * np.uint32(0x2C1B3C6D)
        h = (h ^ (h >> np.uint32(12))) * np.uint32(0x297A2D39)
        h ^= h >> np.uint32(15)
        return (h >> np.uint32(8)).astype(np.float32) * np.float32(1 / 16777216)


def _store(picture: _Picture, out: Pixels, output: Output, part: slice) -> None:
    colour, alpha = picture
    if output == Output.PLANES:
        planes = out.reshape(4, -1)
        planes[:3, part], planes[3, part] = colour, alpha
        return
    if output == Output.BGRA8:
        colour = colour[::-1] * alpha
    full = np.float32(np.iinfo(out.dtype).max)
    target = out.reshape(-1, 4)[part]
    for channel, values in enumerate((*colour, alpha)):
        target[:, channel] = (values * full + np.float32(0.5)).astype(out.dtype)


def _flat(array: Pixels | None) -> Pixels | None:
    """Pixel by pixel: (n, 4) or (n,)."""
    if array is None or array is NOWHERE:
        return array
    size = array.shape[0] * array.shape[1]
    if array.strides[0] == 0 and array.strides[1] == 0:  # one pixel stands for all
        return np.broadcast_to(array[0, 0], (size, *array.shape[2:]))
    return array.reshape(size, *array.shape[2:])
