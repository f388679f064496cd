"""Harmonise: fits what an engine painted into its surroundings by colour match, gradient-domain blend and grain.

All of it looks at the *band*: pixels that the engine has repainted although nobody selected them, so that both its idea
of them and the truth are known. Nothing but repainted pixels that are shown is changed, alpha never, and the same seed
gives the same pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inference.depth import Pixels
from inference.geometry import Bounds, Extent
from inference.mask import Mask

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

_LEAST_SAMPLES = 16
"""Pixels of the band without which nothing can be said."""

_RING = 32
"""How far around what is shown the grain is looked for, in pixels."""

_CELL = 4
"""Side of the cells in which the correction of the blend is solved, in pixels, and at most so many in a row:"""
_MOST_CELLS = 256

_MOST_CONTRAST = 1.3
"""By how much the colour match stretches or compresses."""

_DETAIL = 1.0
"""Of what counts as fine detail, the standard deviation of the blur that it does not survive."""
_MOST_GAIN = 1.8

_BLOCK = 8
"""Side of the blocks in which grain is measured: those with little detail tell it."""
_QUIET = 0.5
"""The quantile of the blocks that is taken for the grain: texture counts as well, but not that of edges."""
_MOST_GRAIN = 12.0
"""Standard deviation in levels of 255."""


@dataclass(frozen=True, slots=True)
class Harmony:
    """How strongly a patch is fitted in, 0–1 each: ``colour``, the Lab median and deviation of the band; ``blend``, the
    difference that is left along the border, spread smoothly inward; ``grain``, the noise that the patch lacks."""

    colour: float = 0.0
    blend: float = 0.0
    grain: float = 0.0

    def __bool__(self) -> bool:
        return self.colour > 0 or self.blend > 0 or self.grain > 0


def harmonise(
    patch: Pixels,
    below: Pixels,
    repainted: Mask,
    selection: Mask,
    shown: Mask,
    harmony: Harmony,
    seed: int = 0,
) -> Pixels:
    """The patch fitted in: an array of its own, of the patch's type.

    ``patch``, what the engine gave, and ``below``, what it lies on, are (h, w, 4) RGBA of uint8 or uint16 with straight
    alpha; ``repainted``, what the engine has painted, ``selection`` and ``shown``, the layer mask, are (h, w) uint8,
    all of the same context. What is transparent below says nothing about colours. Where the engine has painted next to
    nothing outside the selection, the patch comes back as it is.
    """
    out = patch.copy()
    place = _bounds_of((repainted > 0) & (shown > 0))
    if not place or not harmony:
        return out
    height, width = shown.shape
    near = place.padded(_RING).intersected(Bounds.of(Extent(width, height)))
    part = near.slices()
    full = float(np.iinfo(patch.dtype).max)
    truth = below[part][..., :3].astype(np.float32) * np.float32(255 / full)
    known = below[part][..., 3] > 0
    colour = patch[part][..., :3].astype(np.float32) * np.float32(255 / full)
    painted, chosen, seen = repainted[part] > 0, selection[part] > 0, shown[part]
    band = painted & ~chosen & known
    if np.count_nonzero(band) < _LEAST_SAMPLES:
        return out
    if harmony.colour > 0:
        colour = match_colour(colour, truth, band, harmony.colour)
    if harmony.blend > 0:
        border = band & (seen < 128)
        if np.count_nonzero(border) < _LEAST_SAMPLES:
            border = band
        colour = colour + np.float32(harmony.blend) * _correction(truth - colour, border)
    if harmony.grain > 0:
        colour = _sharpened(colour, truth, band, harmony.grain)
        around, within = known & ~chosen & ~painted, painted & (seen > 0)
        if not around.any():
            around = band
        colour = colour + np.float32(harmony.grain) * _grain(
            colour, truth, around, within, seed, shown.shape, near
        )
    changed = painted & (seen > 0)
    values = np.clip(np.rint(colour[changed] * np.float32(full / 255)), 0, full)
    out[part][..., :3][changed] = values.astype(patch.dtype)
    return out


def match_colour(colour: Floats, truth: Floats, band: Bools, strength: float) -> Floats:
    """``colour`` (h, w, 3), 0–255, with the Lab statistics that ``truth`` has in the ``band``.

    Reinhard et al., *Color transfer between images* (2001), with the median and the median absolute deviation in place
    of mean and deviation: some of the band shows something else in both, such as the rim of what was removed.
    """
    import cv2  # not at start-up

    ours = cv2.cvtColor(colour[band][None] / np.float32(255), cv2.COLOR_RGB2Lab)[0]
    theirs = cv2.cvtColor(truth[band][None] / np.float32(255), cv2.COLOR_RGB2Lab)[0]
    # Both show the same place: the median of what differs is surer than the difference of the medians.
    shift = np.median(theirs - ours, axis=0)
    centre = np.median(ours, axis=0)
    scale = (_deviation(theirs) + 1) / (_deviation(ours) + 1)
    scale = 1 + strength * (np.clip(scale, 1 / _MOST_CONTRAST, _MOST_CONTRAST) - 1)
    lab = cv2.cvtColor(np.clip(colour, 0, 255) / np.float32(255), cv2.COLOR_RGB2Lab)
    lab = ((lab - centre) * scale + centre + strength * shift).astype(np.float32)
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB) * np.float32(255), np.float32)


def membrane(values: Floats, weight: Floats) -> Floats:
    """(h, w, c): the smooth surface through ``values`` where ``weight`` (h, w), 0–1, says that they are known.

    Laplace's equation by a cascade from coarse to fine with some relaxation at each level; free at the picture's edge.
    A small weight is outvoted by its neighbours, so that single values make no dent. Something has to be known.
    """
    import cv2  # not at start-up

    height, width = weight.shape
    if max(height, width) <= 2 or weight.min() >= 1:
        total = float(weight.sum())
        mean = (values * weight[..., None]).sum(axis=(0, 1)) / max(total, 1e-6)
        share = np.minimum(weight, 1)[..., None]
        return np.asarray(values * share + mean * (1 - share), np.float32)
    odd = ((0, height % 2), (0, width % 2))
    share = np.pad(weight, odd)
    total_values = np.pad(values * weight[..., None], (*odd, (0, 0)))
    count, sums = _quarters(share), _quarters(total_values)
    coarse = membrane((sums / np.maximum(count, 1e-6)[..., None]).astype(np.float32), np.minimum(count, 1))
    size = (share.shape[1], share.shape[0])
    surface = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR).reshape(*share.shape, -1)
    surface = surface[:height, :width].astype(np.float32)
    hold = (weight / (weight + np.float32(0.25)))[..., None]
    held = values * hold
    neighbours = np.array([[0, 0.25, 0], [0.25, 0, 0.25], [0, 0.25, 0]], np.float32)
    for _ in range(8):
        around = cv2.filter2D(surface, -1, neighbours, borderType=cv2.BORDER_REPLICATE)
        surface = held + (1 - hold) * around.reshape(surface.shape)
    return np.asarray(surface, np.float32)


def _correction(difference: Floats, border: Bools) -> Floats:
    """(h, w, 3): the ``difference`` along the border spread over everything, as a membrane: Pérez et al., *Poisson
    image editing* (2003), for a patch that keeps its gradients. What differs far more than most does not count."""
    import cv2  # not at start-up

    height, width = border.shape
    at_border = difference[border]
    median = np.median(at_border, axis=0)
    scale = 3 * (_deviation(at_border) + 2)
    weight = np.zeros(border.shape, np.float32)
    weight[border] = 1 / (1 + (((at_border - median) / scale) ** 2).mean(axis=1)) ** 2
    side = max(_CELL, -(-max(height, width) // _MOST_CELLS))
    rows, columns = -(-height // side), -(-width // side)
    pad = ((0, rows * side - height), (0, columns * side - width))
    cells = _cell_sums(np.pad(weight, pad), side)
    sums = _cell_sums(np.pad(difference * weight[..., None], (*pad, (0, 0))), side)
    values = (sums / np.maximum(cells, 1e-6)[..., None]).astype(np.float32)
    surface = membrane(values, np.minimum(cells / side, 1).astype(np.float32))
    size = (columns * side, rows * side)
    return np.asarray(cv2.resize(surface, size, interpolation=cv2.INTER_LINEAR)[:height, :width], np.float32)


def _sharpened(colour: Floats, truth: Floats, band: Bools, strength: float) -> Floats:
    """With as much fine detail as the truth has in the band: what an engine has enlarged, or decoded, is soft."""
    import cv2  # not at start-up

    def detail(rgb: Floats) -> Floats:
        return np.asarray(rgb - cv2.GaussianBlur(rgb, (0, 0), _DETAIL), np.float32)

    ours, theirs = detail(colour), detail(truth)
    # Edges of what was removed are in one of the two alone: the strongest do not count.
    lacking = _trimmed_power(theirs[band]) / max(_trimmed_power(ours[band]), 0.25)
    gain = min(max(np.sqrt(lacking), 1.0), _MOST_GAIN)
    return np.asarray(colour + np.float32(strength * (gain - 1)) * ours, np.float32)


def _trimmed_power(samples: Floats) -> float:
    power = np.sort((samples**2).mean(axis=-1))
    return float(power[: max(1, round(0.9 * power.size))].mean())


def _grain(
    colour: Floats,
    truth: Floats,
    around: Bools,
    within: Bools,
    seed: int,
    context: tuple[int, ...],
    near: Bounds,
) -> Floats:
    """(h, w, 3) to be added: the noise of ``truth`` ``around`` that ``colour`` lacks ``within``, fine and coarse."""
    import cv2  # not at start-up

    theirs = _noise_levels(np.asarray(cv2.cvtColor(truth, cv2.COLOR_RGB2YCrCb), np.float32), around)
    ours = _noise_levels(np.asarray(cv2.cvtColor(colour, cv2.COLOR_RGB2YCrCb), np.float32), within)
    if theirs is None or ours is None:
        return np.zeros_like(colour)
    lacking = np.maximum(theirs - ours, 0)
    # White noise shows in the halved picture with a quarter of its variance; what that lacks beyond is coarser.
    fine = np.sqrt(lacking[0])
    coarse = np.sqrt(np.maximum(lacking[1] - lacking[0] / 4, 0))
    fine, coarse = np.minimum(fine, _MOST_GRAIN), np.minimum(coarse, _MOST_GRAIN)
    # Of the whole context: it stays where it is while the mask grows and shrinks.
    random = np.random.default_rng(seed)
    height, width = context[:2]
    noise = random.standard_normal((height, width, 3), np.float32)[near.slices()] * fine.astype(np.float32)
    if coarse.any():
        halved = random.standard_normal((height // 2 + 1, width // 2 + 1, 3), np.float32) * coarse
        large = cv2.resize(
            halved.astype(np.float32),
            (halved.shape[1] * 2, halved.shape[0] * 2),
            interpolation=cv2.INTER_CUBIC,
        )
        noise = noise + large[near.slices()]
    y, cr, cb = noise[..., 0], noise[..., 1], noise[..., 2]
    return np.stack([y + 1.403 * cr, y - 0.714 * cr - 0.344 * cb, y + 1.773 * cb], axis=-1).astype(np.float32)


def _noise_levels(planes: Floats, where: Bools) -> npt.NDArray[np.float64] | None:
    """(2, 3): the variance of the noise in each of three planes, at full size and halved; None where there is too
    little to tell.

    Immerkær, *Fast noise variance estimation* (1996), in blocks of which the quieter ones count.
    """
    import cv2  # not at start-up

    levels = []
    for _ in range(2):
        inner = cv2.erode(where.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0) > 0
        kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
        answer = cv2.filter2D(planes, -1, kernel, borderType=cv2.BORDER_REFLECT_101)
        height, width = (side // _BLOCK * _BLOCK for side in inner.shape)
        if not height or not width:
            return None
        valid = inner[:height, :width].astype(np.float32)
        counts = _cell_sums(valid, _BLOCK)
        power = _cell_sums(answer[:height, :width] ** 2 * valid[..., None], _BLOCK)
        enough = counts >= _BLOCK * _BLOCK / 4
        if not enough.any():
            return None
        levels.append(np.quantile(power[enough] / counts[enough][:, None], _QUIET, axis=0))
        size = (max(1, planes.shape[1] // 2), max(1, planes.shape[0] // 2))
        planes = np.asarray(cv2.resize(planes, size, interpolation=cv2.INTER_AREA), np.float32)
        where = cv2.resize(where.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    return np.asarray(levels)


def _deviation(samples: Floats) -> Floats:
    """Of (n, c), per column, in standard deviations of a normal distribution, deaf to outliers."""
    return np.asarray(1.4826 * np.median(np.abs(samples - np.median(samples, axis=0)), axis=0), np.float32)


def _quarters(plane: Floats) -> Floats:
    return np.asarray(plane[0::2, 0::2] + plane[1::2, 0::2] + plane[0::2, 1::2] + plane[1::2, 1::2])


def _cell_sums(plane: Floats, side: int) -> Floats:
    """Of squares of ``side`` pixels; both sides of the plane are multiples of it."""
    import cv2  # not at start-up

    size = (plane.shape[1] // side, plane.shape[0] // side)
    means = cv2.resize(plane, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], *plane.shape[2:])
    return np.asarray(means * np.float32(side * side), np.float32)


def _bounds_of(where: Bools) -> Bounds:
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    if not rows.size:
        return Bounds(0, 0, 0, 0)
    return Bounds.from_edges(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
