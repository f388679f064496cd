"""Grain: measures how noisy a place is, and lays noise over another that lacks it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inference.geometry import Bounds

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

_BLOCK = 8
"""Side of the blocks in which grain is measured: those with little detail tell it."""
_QUIET = 0.5
"""The quantile of the blocks that is taken for the grain: texture counts as well, but not that of edges."""
_MOST_GRAIN = 12.0
"""Standard deviation in levels of 255."""
_LOOKED_AT = 1 << 18
"""Pixels in which grain is measured, where there are more: in squares of such a side, evenly taken."""
_SQUARE = 32
GRAIN_TILE = 512
"""Side of the noise that is laid out over the context, in pixels: too large for its return to be seen."""


def add_grain(
    colour: Floats,
    truth: Floats,
    around: Bools,
    within: Bools,
    strength: float,
    seed: int,
    near: Bounds,
) -> None:
    """Adds to ``colour`` in place the noise of ``truth`` ``around`` that it lacks ``within``, fine and coarse."""
    theirs, ours = _noise_levels(truth, around), _noise_levels(colour, within)
    if theirs is None or ours is None:
        return
    lacking = np.maximum(theirs - ours, 0)
    # White noise shows in the halved picture with a quarter of its variance; what that lacks beyond is coarser.
    fine = np.minimum(np.sqrt(lacking[0]), _MOST_GRAIN)
    coarse = np.minimum(np.sqrt(np.maximum(lacking[1] - lacking[0] / 4, 0)), _MOST_GRAIN)
    if not fine.any() and not coarse.any():
        return
    tile = _grain_tile(seed, strength * fine, strength * coarse)
    # Laid out from the context's corner: it stays where it is while the mask grows and shrinks.
    for top in range(near.y // GRAIN_TILE * GRAIN_TILE, near.bottom, GRAIN_TILE):
        for left in range(near.x // GRAIN_TILE * GRAIN_TILE, near.right, GRAIN_TILE):
            square = Bounds(left, top, GRAIN_TILE, GRAIN_TILE)
            part = square.intersected(near)
            np.add(colour[part.slices(near)], tile[part.slices(square)], out=colour[part.slices(near)])


def _grain_tile(seed: int, fine: npt.NDArray[np.float64], coarse: npt.NDArray[np.float64]) -> Floats:
    """Noise in RGB that goes on at its edges, of the deviations ``fine`` and, two pixels wide, ``coarse`` in YCrCb."""
    import cv2  # not at start-up

    to_rgb = np.array([[1, 1.403, 0], [1, -0.714, -0.344], [1, 0, 1.773]])
    random = np.random.default_rng(seed)
    side, margin = GRAIN_TILE, 4
    noise: Floats = np.asarray(
        cv2.transform(random.standard_normal((side, side, 3), np.float32), to_rgb * fine), np.float32
    )
    if coarse.any():
        halved = cv2.transform(random.standard_normal((side // 2, side // 2, 3), np.float32), to_rgb * coarse)
        halved = np.pad(halved, ((margin, margin), (margin, margin), (0, 0)), mode="wrap")
        large = cv2.resize(halved, (0, 0), fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        noise += np.asarray(large, np.float32)[2 * margin : -2 * margin, 2 * margin : -2 * margin]
    return noise


def _noise_levels(rgb: Floats, where: Bools) -> npt.NDArray[np.float64] | None:
    """(2, 3): the variance of the noise in Y, Cr and Cb, at full size and halved; None where there is too little to
    tell.

    Immerkær, *Fast noise variance estimation* (1996), in blocks of which the quieter ones count.
    """
    import cv2  # not at start-up

    rgb, where = _some(rgb, where)
    planes = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb), np.float32)
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
    levels = []
    for _ in range(2):
        inner = cv2.erode(where.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0)
        answer = cv2.filter2D(planes, -1, kernel, borderType=cv2.BORDER_REFLECT_101)
        height, width = (side // _BLOCK * _BLOCK for side in inner.shape)
        if not height or not width:
            return None
        counts = _cell_sums(inner[:height, :width].astype(np.float32), _BLOCK)
        power = np.asarray(cv2.multiply(answer, answer), np.float32)
        power[inner == 0] = 0
        power = _cell_sums(power[:height, :width], _BLOCK)
        enough = counts >= _BLOCK * _BLOCK / 4
        if not enough.any():
            return None
        levels.append(np.quantile(power[enough] / counts[enough][:, None], _QUIET, axis=0))
        size = (max(1, planes.shape[1] // 2), max(1, planes.shape[0] // 2))
        planes = np.asarray(cv2.resize(planes, size, interpolation=cv2.INTER_AREA), np.float32)
        where = cv2.resize(where.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    return np.asarray(levels)


def _some(rgb: Floats, where: Bools) -> tuple[Floats, Bools]:
    """The picture and where to look in it; of a large one squares, one below the other, from all that is asked for."""
    rows, columns = (side // _SQUARE for side in where.shape)
    number = _LOOKED_AT // _SQUARE**2
    if rows * columns <= number:
        return rgb, where
    whole = slice(rows * _SQUARE), slice(columns * _SQUARE)
    squares = where[whole].reshape(rows, _SQUARE, columns, _SQUARE)
    y, x = np.nonzero(squares.any(axis=(1, 3)))
    if not y.size:
        return rgb, where
    taken = np.arange(min(number, y.size)) * y.size // min(number, y.size)
    y, x = y[taken], x[taken]
    inner = squares[y, :, x]
    inner[:, [0, -1]] = inner[:, :, [0, -1]] = (
        False  # no place to look: what lies beyond belongs to another square
    )
    colours = rgb[whole].reshape(rows, _SQUARE, columns, _SQUARE, 3)[y, :, x]
    return colours.reshape(-1, _SQUARE, 3), inner.reshape(-1, _SQUARE)


def _cell_sums(plane: Floats, side: int) -> Floats:
    """Of squares of ``side`` pixels; both sides of the plane are multiples of it."""
    import cv2  # not at start-up

    size = (plane.shape[1] // side, plane.shape[0] // side)
    means = cv2.resize(plane, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], *plane.shape[2:])
    return np.asarray(means * np.float32(side * side), np.float32)
