"""Synthesis: fills a level by turns of search and vote, from the coarsest level to the picture's own size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from inference.engines.patchmatch.arrays import Floats, Ints
from inference.engines.patchmatch.compose import Frame
from inference.engines.patchmatch.planes import charge
from inference.engines.patchmatch.pyramid import EXHAUSTIVE_LIMIT, Level, carry_down, patch_sum, thrice
from inference.engines.patchmatch.search import (
    FAR,
    PATCH,
    RADIUS,
    search_exhaustively,
    search_nearby,
)
from inference.engines.patchmatch.tone import follow
from inference.engines.patchmatch.vectors import roomy
from inference.engines.patchmatch.vote import vote
from inference.engines.patchmatch.workers import Workers, rows_worth

ROUNDS = (20, 16, 12, 8, 5, 3, 2)
"""Most turns of search and vote a level, from the coarsest on; the last number holds for all that follow."""

SWEEPS = (4, 4, 3, 2, 1, 1, 1)
"""PatchMatch sweeps a turn, likewise: where matches come from a coarser level, a second sweep finds next to nothing."""

TEXTURE_WEIGHT = np.float32(6)
"""Weight of the texture planes' squared difference against that of three colours, per pixel of a patch."""

PRIOR = 3000.0
"""Cost in squared grey levels of a source as far away as the level is long: what is near tends to be right."""

_SETTLED = 0.3
"""Mean change in grey levels under which a further turn gains nothing."""

_SOFTNESS = np.float32(0.1)
"""How much worse than the best fit, in mean misfits, a patch may be and still have a say in the vote.

More blurs what is rough; less leaves steps in what is smooth."""

_BALANCE = np.float32(100)
"""Cost in squared grey levels of each use of a source beyond its share."""

_MOST_USE = np.float32(5)
"""Uses beyond the share after which a source gets no dearer."""

_VARIETY = np.float32(600)
"""Cost in squared grey levels of what a seed likes least, at the coarsest level; half as much at each below."""

_TARGETS = 1024
_COMPARISONS = 1 << 16
"""What is worth a range of its own: targets of a sweep, and comparisons of an exhaustive search."""

_FOLLOWED = 20_000
"""Pixels of a hole up to which its tones are drawn after the border's at every turn; finer levels have them by then."""

_TOO_SMALL = 2_000
"""Pixels of a hole, at the picture's own size, under which its tones are all those of its border anyway."""

_WIDE_TURNS = 1
"""Turns whose random search reaches over half the level; later ones look near what they have."""


class Estimate:
    """One fill under way at one level: colours so far, and the best source of each target.

    ``search`` and ``vote`` alternate: expectation and maximisation, as Wexler et al. 2007 put it.
    """

    def __init__(self, level: Level, matches: Ints, liking: Floats, workers: Workers, follows: bool) -> None:
        self.level = level
        self.colour, self.texture = level.colour, level.texture  # in the hole they are the estimate's own
        self.matches = matches
        self.distances = np.zeros(len(level.targets), np.float32)
        self.shifts = np.zeros((len(level.pixels), 2), np.int32)
        self.penalty = liking.copy()
        self._liking, self._price = liking, np.zeros(level.shape, np.float32)
        self._workers = workers
        self._flat = level.pixels[:, 0] * np.int32(level.shape[1]) + level.pixels[:, 1]
        self._everyone = np.arange(len(level.targets), dtype=np.int32)
        self._scale = (1 / (3 * level.weight_sum)).astype(np.float32)
        self._colour, self._texture = self.colour.reshape(-1), self.texture.reshape(-1)
        self._shades, self._root = level.shades.reshape(-1), level.root.reshape(-1)
        self._frame = Frame.of(level) if follows and len(level.pixels) <= _FOLLOWED else None
        self._prior = np.float32(PRIOR / max(level.shape))

    def turn(self, sweeps: int, seed: int, wide: bool) -> float:
        """One search and one vote; the mean change of the hole, in grey levels.

        Where not every source can be tried, ``sweeps`` of PatchMatch stand in; ``wide`` ones look over half the
        level, others near what they have.
        """
        self._balance()
        if self.level.exhaustive:
            self.try_all(self.level.sources, self._everyone)
        else:
            self._search(sweeps, seed, wide)
        before = self.hole_colours()
        self.vote(_SOFTNESS)
        if self._frame is not None:
            followed = follow(self.level, self._frame, self.shifts, self.hole_colours(), self._workers)
            self._colour.reshape(-1, 3)[self._flat] = followed
        return float(cv2.norm(self.hole_colours(), before, cv2.NORM_L1)) / before.size

    def hole_colours(self) -> Floats:
        """(m, 3) colours of the hole's pixels so far, in reading order."""
        return np.take(self.colour.reshape(-1, 3), self._flat, axis=0)

    def try_all(self, sources: Ints, selection: Ints, known: Floats | None = None) -> None:
        """Exhaustive search for the targets in ``selection``, for what is better than their matches.

        ``known`` (h, w) replaces the level's weights, and what ``distances`` say of the matches is taken for true.
        """
        level = self.level
        root, frame, weight_sum, texture_weight = self._root, level.frame, level.weight_sum, TEXTURE_WEIGHT
        if known is not None:
            root, frame = thrice(known).reshape(-1), (0, 0, level.shape[1])
            weight_sum = patch_sum(known)[level.targets[:, 0], level.targets[:, 1]]
            texture_weight = np.float32(0)
        kernel = partial(
            search_exhaustively,
            self._colour, self._shades, self._texture, self.penalty.reshape(-1), root, frame, level.shape[1],
            texture_weight, self._prior, level.targets, weight_sum, selection, sources,
            self.matches, self.distances, known is None,
        )  # fmt: skip
        self._workers.run(kernel, len(selection), max(1, _COMPARISONS // len(sources)))

    def vote(self, softness: np.float32) -> None:
        """Repaints the hole from the matches, and notes each pixel's best source in ``shifts``."""
        level = self.level
        shifts = self.matches - level.targets
        offsets = shifts[:, 0] * np.int32(level.shape[1]) + shifts[:, 1]
        kernel = partial(
            vote,
            self._colour, self._texture, level.shape[1], level.pixels, level.target_index,
            self.matches, roomy(offsets), roomy(self.distances * self._scale), level.confidence, softness,
            self.shifts,
        )  # fmt: skip
        self._workers.run(kernel, len(level.pixels))

    def _balance(self) -> None:
        """Makes sources dearer that are used more often than their share, so that no tuft of grass comes twice.

        The use of a source is how often, on average, the patches centred within one patch of it are taken
        (Kaspar et al. 2015). Half the old price stays, or the targets would all move to and fro between two
        favourites.
        """
        height, width = self.level.shape
        taken = np.zeros((height, width), np.float32)
        np.add.at(taken.reshape(-1), self.matches[:, 0] * width + self.matches[:, 1], np.float32(1))
        share = max(1.0, 2 * len(self.matches) / self.level.source_count)
        kernel = partial(
            charge,
            patch_sum(taken), np.float32(PATCH**2 * share), _MOST_USE * np.float32(PATCH**2),
            _BALANCE / np.float32(PATCH**2), self._liking, self._price, self.penalty,
        )  # fmt: skip
        self._workers.run(kernel, height, rows_worth(width))

    def _search(self, sweeps: int, seed: int, wide: bool) -> None:
        level = self.level
        reach = max(1, max(level.shape) // (2 if wide else 8))
        for sweep in range(sweeps):
            kernel = partial(
                search_nearby,
                self._colour, self._shades, self._texture, self.penalty.reshape(-1), self._root, level.frame,
                level.shape[1], TEXTURE_WEIGHT, self._prior, level.targets, level.weight_sum,
                level.target_index, level.usable, self.matches, self.matches.copy(), self.distances,
                (seed + sweep) & 0x7FFFFFFF, sweep == 0, sweep % 2 == 1, reach,
            )  # fmt: skip
            self._workers.run(kernel, len(self.matches), _TARGETS)


def synthesise(
    levels: list[Level], seed: int, workers: Workers, advanced: Callable[[float], None]
) -> Estimate:
    """The estimate at the finest of ``levels``; ``advanced`` hears the share of the work done, 0–1.

    Each seed likes some parts of the picture better than others, by a smooth random price on the sources that
    fades from level to level: without it the exhaustive search finds much the same fill from any start.
    """
    chance = np.random.default_rng(seed)
    price: Floats = _VARIETY * chance.random((8, 8), np.float32)
    plans = [_Plan.of(level, depth) for depth, level in enumerate(reversed(levels))]
    whole = sum(plan.cost * plan.rounds for plan in plans)
    spent = 0.0
    follows = len(levels[0].pixels) >= _TOO_SMALL
    estimate: Estimate | None = None
    for depth, (level, plan) in enumerate(zip(reversed(levels), plans, strict=True)):
        height, width = level.shape
        liking = np.asarray(cv2.resize(price * 0.5**depth, (width, height)), np.float32)
        if estimate is None:
            estimate = _start(level, liking, chance, workers, follows)
        else:
            matches = workers.call(
                partial(carry_down, estimate.level, estimate.matches, level), level.hole.size
            )
            estimate = workers.call(
                partial(Estimate, level, matches, liking, workers, follows), level.hole.size
            )
            estimate.vote(np.float32(1))
        sowing = int(chance.integers(1 << 30))
        for turn in range(plan.rounds):
            change = estimate.turn(plan.sweeps, sowing + turn * plan.sweeps, wide=turn < _WIDE_TURNS)
            advanced((spent + plan.cost * (turn + 1)) / whole)
            if change < _SETTLED:
                break
        spent += plan.cost * plan.rounds
        advanced(spent / whole)
    assert estimate is not None, "a pyramid has at least one level"
    return estimate


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be done at a level; ``cost`` is a guess at one round's, in microseconds of one core."""

    rounds: int
    sweeps: int
    cost: float

    @classmethod
    def of(cls, level: Level, depth: int) -> _Plan:
        """The plan for the level at ``depth`` from the coarsest."""
        sweeps = SWEEPS[min(depth, len(SWEEPS) - 1)]
        search = 0.026 * level.source_count if level.exhaustive else 1.8 * sweeps
        return cls(ROUNDS[min(depth, len(ROUNDS) - 1)], sweeps, len(level.targets) * (search + 1.0))


def _start(
    level: Level, liking: Floats, chance: np.random.Generator, workers: Workers, follows: bool
) -> Estimate:
    """Fills the coarsest level from outside in, ring by ring, each pixel by the source that fits what is there.

    Only a random half of the sources is offered, fewer where the search would be long.
    """
    affordable = int(EXHAUSTIVE_LIMIT / level.products * level.source_count)
    number = max(1, min(level.source_count // 2, affordable))
    sources = level.sources[np.sort(chance.permutation(level.source_count)[:number])]
    matches = np.repeat(sources[:1], len(level.targets), axis=0)
    estimate = Estimate(level, matches, liking, workers, follows)
    height, width = level.shape
    known, waiting = level.known.astype(np.float32), level.hole.copy()
    fresh = np.ones(len(level.targets), np.bool_)
    estimate.distances[:] = FAR
    while waiting.any():
        ring = waiting & (cv2.dilate(known, np.ones((3, 3), np.uint8)) > 0)
        if not ring.any():
            ring = waiting  # shut in by pixels that nothing is known of: take it at once
        rows, columns = np.nonzero(ring)
        centre_y = np.clip(rows, RADIUS, height - 1 - RADIUS)
        centre_x = np.clip(columns, RADIUS, width - 1 - RADIUS)
        over = level.target_index[centre_y, centre_x]
        again = np.unique(over)
        estimate.distances[again] = FAR
        estimate.try_all(sources, again, known)
        fresh[again] = False
        source_y = matches[over, 0] + rows - centre_y
        source_x = matches[over, 1] + columns - centre_x
        estimate.colour[rows, columns] = level.colour[source_y, source_x]
        estimate.texture[rows, columns] = level.texture[source_y, source_x]
        known[ring], waiting[ring] = 1, False
    estimate.try_all(sources, np.flatnonzero(fresh).astype(np.int32), known)
    return estimate
