"""Tone: draws the tones of an estimate after those around the hole, so that the search looks for what belongs there."""

from __future__ import annotations

from functools import partial

import cv2
import numba as nb
import numpy as np

from inference.engines.patchmatch.arrays import Bools, Floats, Ints
from inference.engines.patchmatch.compose import Frame, Planes
from inference.engines.patchmatch.pyramid import Level
from inference.engines.patchmatch.workers import Workers

REACH = 0.5
"""How far what is amiss at the border reaches into the hole, in the hole's depths."""

_ALONG = 3.0
"""Standard deviation, in pixels, over which what is amiss is averaged along the border."""

_INDEPENDENT = np.float32(3)
"""How many of the pixels so averaged count as independent: details are some pixels large."""

_TOLERANCE = 1e-2
_DOWN = (0, 0, 1, -1)
_ACROSS = (1, -1, 0, 0)
_CHANNELS = 3
_ZERO = np.float32(0)


def follow(level: Level, frame: Frame, shifts: Ints, voted: Floats, workers: Workers) -> Floats:
    """(m, 3) the hole's ``voted`` colours, (m, 3), corrected smoothly so that they meet the border.

    Darabi et al. 2012 let gradients be voted for and solve for the colours at every turn. Here the votes for colours
    keep their gradients, and only at the border is it asked that they differ from what is known as the sources there,
    ``shifts`` (m, 2), differ from what lies beside them.
    """
    planes = Planes.of(frame)
    borders = np.zeros(frame.shape[0] * frame.shape[1], np.float32)
    screening = np.float32((REACH * max(1.0, level.depth)) ** -2)
    kernel = partial(
        set_up_border, level.colour.reshape(-1), level.known, level.pixels, frame.index, shifts, voted, screening,
        frame.at, borders, planes.diagonal, planes.inverse, planes.solution, planes.residual,
    )  # fmt: skip
    workers.run(kernel, len(level.pixels))
    _smooth(planes.residual, borders, frame.shape)
    planes.solve(frame, _TOLERANCE**2 * (planes.norms() + 1e-9), workers)
    return planes.colours(frame)


def _smooth(residual: Floats, borders: Floats, shape: tuple[int, int]) -> None:
    """Replaces what is amiss at each border, (3, n), by its mean along the border, as far as that is no accident.

    ``borders``, (n,), holds the number of each pixel's neighbours across the border. Where single pixels differ much
    from the mean, as in gravel or grass, the mean says little of the tone, and is shrunk as Wiener's filter does.
    """

    def along(plane: Floats) -> Floats:
        return np.asarray(cv2.GaussianBlur(plane.reshape(shape), (0, 0), _ALONG), np.float32).reshape(-1)

    share = np.maximum(along(borders), np.float32(1e-6))
    count = np.maximum(borders, 1)
    for channel in residual:
        mean = along(channel) / share
        power = mean * mean
        noise = np.maximum(along(channel * channel / count) / share - power, 0) / _INDEPENDENT
        np.multiply(borders, mean * power / (power + noise + np.float32(1e-6)), out=channel)


@nb.njit(cache=True, nogil=True, fastmath=True)
def set_up_border(
    colour: Floats,
    known: Bools,
    pixels: Ints,
    pixel_index: Ints,
    shifts: Ints,
    voted: Floats,
    screening: np.float32,
    at: Ints,
    borders: Floats,
    diagonal: Floats,
    inverse: Floats,
    solution: Floats,
    residual: Floats,
    first: int,
    last: int,
) -> None:
    """The equations of ``pixels[first:last]``, as in ``compose.set_up``, with ``voted`` as the first guess.

    ``borders`` gets the number of each pixel's neighbours across the border.
    """
    height, width = known.shape
    for q in range(first, last):
        y, x = pixels[q, 0], pixels[q, 1]
        source_y, source_x = shifts[q, 0], shifts[q, 1]
        own = 3 * (np.int64(source_y) * width + source_x)
        degree = _ZERO
        for channel in range(_CHANNELS):
            solution[channel, at[q]] = voted[q, channel]
            residual[channel, at[q]] = _ZERO
        for k in range(4):
            near_y, near_x = y + _DOWN[k], x + _ACROSS[k]
            if not (0 <= near_y < height and 0 <= near_x < width):
                continue
            if pixel_index[near_y, near_x] >= 0:
                degree += np.float32(1)
                continue
            if not known[near_y, near_x]:
                continue
            degree += np.float32(1)
            borders[at[q]] += np.float32(1)
            ahead_y, ahead_x = source_y + _DOWN[k], source_x + _ACROSS[k]
            has_ahead = 0 <= ahead_y < height and 0 <= ahead_x < width and known[ahead_y, ahead_x]
            near = 3 * (np.int64(near_y) * width + near_x)
            ahead = 3 * (np.int64(ahead_y) * width + ahead_x)
            for channel in range(_CHANNELS):
                gap = colour[near + channel] - voted[q, channel]
                if has_ahead:
                    gap -= colour[ahead + channel] - colour[own + channel]
                residual[channel, at[q]] += gap
        diagonal[at[q]] = degree + screening
        inverse[at[q]] = np.float32(1) / diagonal[at[q]]
