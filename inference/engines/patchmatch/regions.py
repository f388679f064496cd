"""Regions: cuts a picture's holes into groups that are filled each by itself, with the surroundings it needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from inference.engines.patchmatch.arrays import Bools
from inference.geometry import Bounds, Extent

TOGETHER = 64
"""Holes nearer to each other than this, in pixels, are filled together."""

LEAST_BAND = 96
BAND = 1.5
"""Surroundings on each side of a group, in pixels and in its longer sides; the larger of the two counts."""


@dataclass(frozen=True, slots=True)
class Region:
    """A group of holes: where it lies in the picture, and within ``bounds`` its hole and what is known around it."""

    bounds: Bounds
    hole: Bools
    known: Bools
    source: Bools
    """What of it may be copied."""


def find_regions(hole: Bools, known: Bools, source: Bools) -> Iterator[Region]:
    """The groups of holes of a picture, (h, w) planes, in reading order of their first pixels.

    To each group the other groups' holes are simply unknown, so that the order in which they are filled is all one.
    """
    whole = Bounds.of(Extent(hole.shape[1], hole.shape[0]))
    # All holes, and not the whole picture: that may be large.
    holes = Bounds(*cv2.boundingRect(hole.view(np.uint8))).padded(TOGETHER).intersected(whole)
    square = np.ones((TOGETHER + 1, TOGETHER + 1), np.uint8)
    near = cv2.dilate(hole[holes.slices()].astype(np.uint8), square)
    number, labels, stats, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    for label in range(1, number):
        left, top, width, height = (int(side) for side in stats[label, : cv2.CC_STAT_AREA])
        around = Bounds(holes.x + left, holes.y + top, width, height)
        group = hole[around.slices()] & (labels[around.slices(holes)] == label)
        tight = Bounds(*cv2.boundingRect(group.view(np.uint8))).translated(around.x, around.y)
        band = max(LEAST_BAND, round(BAND * tight.extent.longest))
        bounds = tight.padded(band).intersected(whole)
        inside = np.zeros((bounds.height, bounds.width), np.bool_)
        inside[tight.slices(bounds)] = group[tight.slices(around)]
        part = bounds.slices()
        yield Region(bounds, inside, known[part].copy(), source[part].copy())
