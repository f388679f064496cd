"""Pyramid: a picture with a hole at halved sizes, each level analysed once and then left alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from inference.engines.patchmatch.arrays import Bools, Bytes, Floats, Ints
from inference.engines.patchmatch.planes import halve, roughen
from inference.engines.patchmatch.search import PATCH, RADIUS, Frame
from inference.engines.patchmatch.vectors import roomy
from inference.engines.patchmatch.workers import Workers, rows_worth

FEWEST_SOURCES = 60
"""A level with fewer source patches than this has nothing to choose from."""

EXHAUSTIVE_LIMIT = 3e8
"""Products of colours up to which every source is tried for every target: targets × sources × ``PATCH``² × 3."""

_SHALLOW = 3.0
"""Depth of the hole, in pixels, at which a level is coarse enough for a start from outside in."""

_HOLE_WEIGHT = 0.35
_HOLE_WEIGHT_DECAY = 1.1
_LEAST_HOLE_WEIGHT = 0.1
_CONFIDENCE_DECAY = 1.6


@dataclass(frozen=True, slots=True)
class Level:
    """One size of the picture: what is known, what is wanted, and how much each pixel counts.

    Pixels are of three kinds: *hole* (to be filled), *known*, and neither: those are never looked at nor copied. A
    *target* is a pixel whose patch touches the hole, a *source* one whose patch lies wholly among known pixels that may
    be copied.
    """

    colour: Floats
    """(h, w, 3) grey levels, 0–255; in the hole whatever the estimate under way puts there."""
    shades: Bytes
    """(h, w, 3) the colours rounded; anything in the hole."""
    texture: Floats
    """(h, w, 2) mean strength of the full-sized picture's gradients around each pixel, across and down; in the hole
    like the colours."""
    hole: Bools
    known: Bools
    source: Bools
    """(h, w) what may be copied; all of it is known."""
    root: Floats
    """The square root of how much each pixel counts in a patch: known 1, hole less the deeper, neither 0; (rows,
    columns, 3), thrice for speed, within ``frame``."""
    frame: Frame
    """What all the targets' patches lie in: first row, first column, number of columns."""
    weight_sum: Floats
    """(n,) sum of the weights over each target's patch, one channel."""
    usable: Bytes
    """(h, w) 1 where a source patch may be centred."""
    source_count: int
    targets: Ints
    """(n, 2) row and column of every target, in reading order."""
    target_index: Ints
    """(h, w) number of the target at a pixel, or -1."""
    confidence: Floats
    """(n,) weight of each target's vote, falling into the hole: 1.6^(-distance to the border)."""
    pixels: Ints
    """(m, 2) row and column of every pixel of the hole, in reading order."""
    depth: float
    """Largest distance of a hole's pixel to its border, in pixels."""

    @property
    def shape(self) -> tuple[int, int]:
        height, width = self.hole.shape
        return height, width

    @property
    def sources(self) -> Ints:
        """(s, 2) row and column of every source, looked for at each call: where there are many, few ask for them."""
        return _positions(self.usable)

    @property
    def products(self) -> float:
        """What an exhaustive search costs, in products of colours."""
        return float(len(self.targets)) * self.source_count * PATCH * PATCH * 3

    @property
    def exhaustive(self) -> bool:
        return self.products < EXHAUSTIVE_LIMIT


def build_pyramid(colour: Floats, hole: Bools, known: Bools, source: Bools, workers: Workers) -> list[Level]:
    """Levels from fine to coarse; ``colour`` is (h, w, 3) with 0–255, the planes (h, w).

    Halving goes on until the hole is some three pixels deep and the exhaustive search affordable, as long as enough
    sources are left. The first level may have none at all: the caller has to look.
    """
    colour = np.ascontiguousarray(colour, np.float32)
    texture = _texture(colour, known, workers)
    levels = [workers.call(partial(analyse, colour, texture, hole, known, source), hole.size)]
    while levels[-1].depth > _SHALLOW or not levels[-1].exhaustive:
        colour, texture, hole, known, source = _halve(colour, texture, hole, known, source, workers)
        if min(hole.shape) < 3 * PATCH:
            break
        level = workers.call(partial(analyse, colour, texture, hole, known, source), hole.size)
        if level.source_count < FEWEST_SOURCES:
            break
        levels.append(level)
    return levels


def analyse(colour: Floats, texture: Floats, hole: Bools, known: Bools, source: Bools) -> Level:
    """Finds targets, sources and weights of one level."""
    height, width = hole.shape
    left, top, columns, rows = cv2.boundingRect(hole.view(np.uint8))
    # All that is not asked of the whole picture is asked of what the targets' patches can reach.
    top, bottom = max(0, top - 2 * RADIUS), min(height, top + rows + 2 * RADIUS)
    left, right = max(0, left - 2 * RADIUS), min(width, left + columns + 2 * RADIUS)
    window = slice(top, bottom), slice(left, right)
    part = hole[window].astype(np.uint8)
    touching = cv2.dilate(part, np.ones((PATCH, PATCH), np.uint8)) > 0
    touching[: max(0, RADIUS - top)] = touching[max(0, height - RADIUS - top) :] = False
    touching[:, : max(0, RADIUS - left)] = touching[:, max(0, width - RADIUS - left) :] = False
    # A hole that is the whole level has no border to measure from; it is as deep as the level is long.
    depth = np.minimum(cv2.distanceTransform(part, cv2.DIST_L2, 5), max(hole.shape))
    falling = np.maximum(_LEAST_HOLE_WEIGHT, _HOLE_WEIGHT * np.float32(_HOLE_WEIGHT_DECAY) ** -depth)
    weight = np.where(part > 0, falling, known[window]).astype(np.float32)
    targets = _positions(touching, top, left)
    target_index = np.full(hole.shape, -1, np.int32)
    target_index[window][touching] = np.arange(len(targets), dtype=np.int32)
    usable = _usable(source)
    confidence = np.maximum(np.float32(_CONFIDENCE_DECAY) ** -depth[touching], 1e-12)
    return Level(
        colour=colour,
        shades=np.asarray(cv2.convertScaleAbs(colour), np.uint8),
        texture=texture,
        hole=hole,
        known=known,
        source=source,
        root=thrice(np.sqrt(weight)),
        frame=(top, left, right - left),
        weight_sum=patch_sum(weight)[touching],
        usable=usable,
        source_count=cv2.countNonZero(usable),
        targets=targets,
        target_index=target_index,
        confidence=roomy(confidence.astype(np.float32)),
        pixels=_positions(part, top, left),
        depth=float(depth.max()),
    )


def sources_of(source: Bools) -> Ints:
    """(s, 2) the centres of the patches that lie wholly in ``source``, (h, w)."""
    return _positions(_usable(source))


def patch_sum(plane: Floats) -> Floats:
    """(h, w) sum of ``plane`` over the patch around each pixel; what lies outside counts nothing."""
    total = cv2.boxFilter(plane, -1, (PATCH, PATCH), normalize=False, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(total, np.float32)


def thrice(plane: Floats) -> Floats:
    """(h, w, 3) with ``plane`` in each channel."""
    return np.asarray(cv2.cvtColor(plane, cv2.COLOR_GRAY2RGB), np.float32)


def carry_down(coarse: Level, matches: Ints, fine: Level) -> Ints:
    """The matches of ``coarse`` doubled for the targets of ``fine``; (n, 2), each of them a source of ``fine``.

    A target takes the shift of the coarse one that it lies in. Where that leads to no source, the nearest one serves.
    """
    height, width = coarse.shape
    y = np.clip(fine.targets[:, 0] // 2, RADIUS, height - RADIUS - 1)
    x = np.clip(fine.targets[:, 1] // 2, RADIUS, width - RADIUS - 1)
    above = coarse.target_index[y, x]
    carried = fine.targets + 2 * (matches[above] - coarse.targets[above])
    carried[above < 0] = fine.targets[above < 0]
    height, width = fine.shape
    carried[:, 0] = np.clip(carried[:, 0], RADIUS, height - RADIUS - 1)
    carried[:, 1] = np.clip(carried[:, 1], RADIUS, width - RADIUS - 1)
    astray = fine.usable[carried[:, 0], carried[:, 1]] == 0
    if astray.any():
        _, labels = cv2.distanceTransformWithLabels(
            1 - fine.usable, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        nearest = np.zeros((labels.max() + 1, 2), np.int32)
        sources = fine.sources
        nearest[labels[sources[:, 0], sources[:, 1]]] = sources
        carried[astray] = nearest[labels[carried[astray, 0], carried[astray, 1]]]
    return np.ascontiguousarray(carried, np.int32)


def _usable(source: Bools) -> Bytes:
    """(h, w) 1 where a patch lies wholly in ``source``."""
    usable = cv2.erode(
        source.view(np.uint8),
        np.ones((PATCH, PATCH), np.uint8),
        borderType=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    return np.asarray(usable, np.uint8)


def _positions(plane: Bools | Bytes, top: int = 0, left: int = 0) -> Ints:
    """(n, 2) row and column of what is true, in reading order, ``plane`` being a part that starts at ``top, left``."""
    if not plane.any():
        return np.empty((0, 2), np.int32)
    found = cv2.findNonZero(plane.view(np.uint8))  # several times faster than NumPy's argwhere
    return np.ascontiguousarray(found.reshape(-1, 2)[:, ::-1] + np.array((top, left)), np.int32)


def _texture(colour: Floats, known: Bools, workers: Workers) -> Floats:
    """(h, w, 2) mean strength of the gradients across and down in 5 × 5 pixels, over known pixels alone.

    Darabi et al. 2012 put gradients into the distance so that a vote's blur does not find only blurred sources. These
    are averaged down the pyramid, so that coarse levels still know how rough the picture is at its full size.
    """
    grey = np.asarray(cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY), np.float32)
    certain = np.asarray(cv2.erode(known.view(np.uint8), np.ones((3, 3), np.uint8)), np.uint8)
    texture = np.empty((*grey.shape, 2), np.float32)
    workers.run(partial(roughen, grey, certain, texture), len(grey), rows_worth(grey.shape[1]))
    return texture


def _halve(
    colour: Floats, texture: Floats, hole: Bools, known: Bools, source: Bools, workers: Workers
) -> tuple[Floats, Floats, Bools, Bools, Bools]:
    """All planes at half the size, odd sides rounded up; see ``halve``."""
    size = (hole.shape[0] + 1) // 2, (hole.shape[1] + 1) // 2
    half = np.empty((*size, 3), np.float32), np.empty((*size, 2), np.float32)
    flags = np.empty(size, np.bool_), np.empty(size, np.bool_), np.empty(size, np.bool_)
    workers.run(
        partial(halve, colour, texture, hole, known, source, *half, *flags),
        size[0],
        rows_worth(hole.shape[1]),
    )
    return *half, *flags
