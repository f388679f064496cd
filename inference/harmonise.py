"""Harmonise: fits what an engine painted into its surroundings by colour match, gradient-domain blend and grain.

All of it looks at the *band*: pixels that the engine has repainted although nobody selected them, so that both its idea
of them and the truth are known. Nothing but repainted pixels that are shown is changed, alpha never, and the same seed
gives the same pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inference.depth import Pixels, full_scale, to_levels
from inference.geometry import Bounds, Extent
from inference.grain import Bools, Floats, add_grain
from inference.mask import Mask, bounds_of

_LEAST_SAMPLES = 16
"""Pixels of the band without which nothing can be said."""

_MOST_SAMPLES = 20000
"""Pixels of the band that are asked for a median, evenly taken from all."""

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
    place = bounds_of((repainted > 0) & (shown > 0))
    if not place or not harmony:
        return out
    height, width = shown.shape
    near = place.padded(_RING).intersected(Bounds.of(Extent(width, height)))
    part = near.slices()
    truth, colour = _levels(below[part]), _levels(patch[part])
    known = below[part][..., 3] > 0
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
        _correct(colour, truth, border, harmony.blend)
    if harmony.grain > 0:
        colour = _sharpened(colour, truth, band, harmony.grain)
        around, within = known & ~chosen & ~painted, painted & (seen > 0)
        if not around.any():
            around = band
        add_grain(colour, truth, around, within, harmony.grain, seed, near)
    _put(out[part], colour, painted & (seen > 0))
    return out


def match_colour(colour: Floats, truth: Floats, band: Bools, strength: float) -> Floats:
    """``colour`` (h, w, 3), 0–255, with the Lab statistics that ``truth`` has in the ``band``.

    Reinhard et al., *Color transfer between images* (2001), with the median and the median absolute deviation in place
    of mean and deviation: some of the band shows something else in both, such as the rim of what was removed.
    """
    import cv2  # not at start-up

    at = _samples(band)
    ours, theirs = (
        cv2.cvtColor(rgb.reshape(-1, 3)[at][None] / np.float32(255), cv2.COLOR_RGB2Lab)[0]
        for rgb in (colour, truth)
    )
    # Both show the same place: the median of what differs is surer than the difference of the medians.
    shift = np.median(theirs - ours, axis=0)
    centre = np.median(ours, axis=0)
    scale = (_deviation(theirs) + 1) / (_deviation(ours) + 1)
    scale = 1 + strength * (np.clip(scale, 1 / _MOST_CONTRAST, _MOST_CONTRAST) - 1)
    lab = cv2.cvtColor(np.clip(colour, 0, 255) * np.float32(1 / 255), cv2.COLOR_RGB2Lab)
    lab = cv2.transform(lab, np.column_stack((np.diag(scale), centre - scale * centre + strength * shift)))
    matched = np.asarray(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB), np.float32)
    matched *= np.float32(255)
    return matched


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


def _levels(rgba: Pixels) -> Floats:
    """(h, w, 3) colours in levels of 255."""
    import cv2  # not at start-up

    return to_levels(cv2.cvtColor(np.ascontiguousarray(rgba), cv2.COLOR_RGBA2RGB))


def _put(rgba: Pixels, colour: Floats, where: Bools) -> None:
    """Sets the colours of ``rgba`` in place ``where`` that is asked for, rounded to its type."""
    import cv2  # not at start-up

    depth = cv2.CV_8U if rgba.dtype == np.uint8 else cv2.CV_16U
    rounded = cv2.addWeighted(colour, full_scale(rgba.dtype) / 255, colour, 0, 0, dtype=depth)
    values = cv2.cvtColor(rounded, cv2.COLOR_RGB2RGBA)
    values[..., 3] = rgba[..., 3]
    np.copyto(rgba, values, where=where[..., None])


def _samples(where: Bools) -> npt.NDArray[np.intp]:
    """Flat places in ``where``, all of them or evenly taken."""
    places = np.flatnonzero(where)
    return places[:: max(1, len(places) // _MOST_SAMPLES)]


def _correct(colour: Floats, truth: Floats, border: Bools, strength: float) -> None:
    """Adds to ``colour`` in place what it differs by from the ``truth`` along the border, spread over everything.

    As a membrane: Pérez et al., *Poisson image editing* (2003), for a patch that keeps its gradients. What differs far
    more than most does not count.
    """
    import cv2  # not at start-up

    height, width = border.shape
    places = np.flatnonzero(border)
    at_border = truth.reshape(-1, 3)[places] - colour.reshape(-1, 3)[places]
    samples = at_border[:: max(1, len(places) // _MOST_SAMPLES)]
    median = np.median(samples, axis=0)
    scale = 3 * (_deviation(samples) + 2)
    weight = (1 / (1 + (((at_border - median) / scale) ** 2).mean(axis=1)) ** 2).astype(np.float32)
    side = max(_CELL, -(-max(height, width) // _MOST_CELLS))
    rows, columns = -(-height // side), -(-width // side)
    cell = places // width // side * columns + places % width // side

    def sums(values: Floats) -> npt.NDArray[np.float64]:
        return np.asarray(np.bincount(cell, values, rows * columns).reshape(rows, columns), np.float64)

    cells = sums(weight)
    totals = np.stack([sums(at_border[:, c] * weight) for c in range(3)], axis=-1)
    values = (totals / np.maximum(cells, 1e-6)[..., None]).astype(np.float32)
    surface = membrane(values, np.minimum(cells / side, 1).astype(np.float32))
    whole = cv2.resize(surface, (columns * side, rows * side), interpolation=cv2.INTER_LINEAR)
    cv2.scaleAdd(whole[:height, :width], strength, colour, colour)


def _sharpened(colour: Floats, truth: Floats, band: Bools, strength: float) -> Floats:
    """With as much fine detail as the truth has in the band: what an engine has enlarged, or decoded, is soft."""
    import cv2  # not at start-up

    at = _samples(band)

    def blurred(rgb: Floats) -> Floats:
        return np.asarray(cv2.GaussianBlur(rgb, (0, 0), _DETAIL), np.float32)

    def detail(rgb: Floats, soft: Floats) -> Floats:
        return np.asarray(rgb.reshape(-1, 3)[at] - soft.reshape(-1, 3)[at])

    soft = blurred(colour)
    # Edges of what was removed are in one of the two alone: the strongest do not count.
    theirs = _trimmed_power(detail(truth, blurred(truth)))
    lacking = theirs / max(_trimmed_power(detail(colour, soft)), 0.25)
    more = strength * (min(max(np.sqrt(lacking), 1.0), _MOST_GAIN) - 1)
    if not more:
        return colour
    return np.asarray(cv2.addWeighted(colour, 1 + more, soft, -more, 0), np.float32)


def _trimmed_power(samples: Floats) -> float:
    power = np.sort((samples**2).mean(axis=-1))
    return float(power[: max(1, round(0.9 * power.size))].mean())


def _deviation(samples: Floats) -> Floats:
    """Of (n, c), per column, in standard deviations of a normal distribution, deaf to outliers."""
    return np.asarray(1.4826 * np.median(np.abs(samples - np.median(samples, axis=0)), axis=0), np.float32)


def _quarters(plane: Floats) -> Floats:
    return np.asarray(plane[0::2, 0::2] + plane[1::2, 0::2] + plane[0::2, 1::2] + plane[1::2, 1::2])
