"""Feathering: a mask blurred as by a Gaussian, at any width in about the same time; and edges smoothed by it.

Masks are (h, w), uint8 or uint16, and the results are new arrays of the same kind. Beyond the array a mask goes on as
it is at its edge.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[Any]

_WIDEST = 5.0
"""Sigma up to which every pixel is blurred; beyond it the mask is made smaller first."""
_SMALLEST = 128
"""The most by which it is made smaller."""
_CUT = 3.0
"""Where the Gaussian is cut off, in sigmas: what is cut weighs less than a step of 8 bits."""


def feather(mask: Mask, sigma: float) -> Mask:
    """The mask, blurred by a Gaussian of ``sigma`` pixels, to within 1 % of full. Up to a sigma of 0 it is as it was.

    Where sigma is large the mask is made smaller by k = 2, 4, 8 … (the mean of each block), blurred, and enlarged
    linearly. The blocks widen the edge by (k² − 1) / 12, and enlarging by twice that on the mean; the blur leaves out
    four fifths of both, which is where the largest error, between the middles of blocks and there, is least.
    """
    if sigma <= 0 or not mask.size:
        return mask.copy()
    import cv2

    k = feather_step(sigma)
    small_sigma = math.sqrt(sigma**2 - (k * k - 1) / 5) / k
    side = 2 * math.ceil(_CUT * small_sigma) + 1
    small = np.ascontiguousarray(mask)
    if k > 1:
        # A block more on every side: beyond the array the mask goes on as its edge is, not as the blocks there.
        bottom, right = k + -mask.shape[0] % k, k + -mask.shape[1] % k
        small = cv2.copyMakeBorder(small, k, bottom, k, right, cv2.BORDER_REPLICATE)
        extent = small.shape[1], small.shape[0]
        small = cv2.resize(small, (extent[0] // k, extent[1] // k), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (side, side), small_sigma, borderType=cv2.BORDER_REPLICATE)
    if k > 1:
        soft = cv2.resize(soft, extent, interpolation=cv2.INTER_LINEAR)
        soft = soft[k : k + mask.shape[0], k : k + mask.shape[1]]
    return np.asarray(soft)


def feather_reach(sigma: float) -> int:
    """Pixels from where the mask is even within which ``feather`` can change it."""
    if sigma <= 0:
        return 0
    k = feather_step(sigma)
    return math.ceil(_CUT * sigma / k) * k + (2 * k if k > 1 else 0)


def feather_step(sigma: float) -> int:
    """How much smaller the mask is made. A part of it is blurred as the whole is where it begins at a multiple."""
    k = 1
    while sigma / k > _WIDEST and k < _SMALLEST:
        k *= 2
    return k


def smooth(mask: Mask, radius: float) -> Mask:
    """Edges that run straighter: corners are rounded, specks and gaps up to about ``radius`` pixels go.

    What is left at least half of, once it is feathered with a sigma of half the radius, with an edge as an antialiased
    one is: a pixel wide, whatever softness there was. A straight edge stays where it is.
    """
    if radius <= 0 or not mask.size:
        return mask.copy()
    sigma = radius / 2
    deep = mask if mask.dtype == np.uint16 else mask.astype(np.uint16) * np.uint16(257)
    # a straight edge, blurred, rises by 1 / (sigma √2π) a pixel in its middle
    slope = max(sigma * math.sqrt(2 * math.pi), 1.0)
    values = (np.arange(65536) / 65535 - 0.5) * slope + 0.5
    full = np.iinfo(mask.dtype).max
    table = np.rint(np.clip(values, 0, 1) * full).astype(mask.dtype)
    return np.asarray(table[feather(deep, sigma)])
