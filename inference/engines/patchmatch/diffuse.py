"""Diffuse: fills a hole smoothly from its border where the picture is too small to hold whole patches."""

from __future__ import annotations

import cv2
import numpy as np

from inference.engines.patchmatch.arrays import Bools, Floats


def diffuse(colour: Floats, known: Bools) -> Floats:
    """(h, w, 3) ``colour`` with all that is not ``known`` filled in; at least one pixel has to be known.

    Push-pull (Gortler et al. 1996): halve until no pixel is unknown, then hand the means back down. Any shape of hole,
    any size of picture, in time linear in the pixels.
    """
    if known.all():
        return colour
    height, width = known.shape
    odd = [(0, height % 2), (0, width % 2)]
    share = np.pad(known.astype(np.float32), odd)[..., None]
    total = np.pad(np.where(known[..., None], colour, 0).astype(np.float32), [*odd, (0, 0)])

    def blocks(plane: Floats) -> Floats:
        return np.asarray(plane[0::2, 0::2] + plane[1::2, 0::2] + plane[0::2, 1::2] + plane[1::2, 1::2])

    count = blocks(share)
    mean = (blocks(total) / np.maximum(count, 1)).astype(np.float32)
    coarse = diffuse(mean, count[..., 0] > 0)
    spread = cv2.resize(coarse, (share.shape[1], share.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.where(known[..., None], colour, spread[:height, :width]).astype(np.float32)
