"""Compose: lays a shift map's colours into the hole by their gradients, so that no tonal seam is left."""

from __future__ import annotations

from functools import partial

import numba as nb
import numpy as np
import numpy.typing as npt

from inference.engines.patchmatch.arrays import Bools, Floats, Ints
from inference.engines.patchmatch.pyramid import Level
from inference.engines.patchmatch.workers import Workers

SCREENING = 0.02
"""Weight of a pixel's own colour against its gradients: a tonal correction reaches some 1/√0.02 = 7 pixels."""

_NEIGHBOURS = ((0, 1), (0, -1), (1, 0), (-1, 0))
_NONE = -1
_MOST_STEPS = 500
_TOLERANCE = 1e-3
_PIXELS_A_CALL = 1_000_000
"""Pixels times steps of conjugate gradients between two reports: some ten milliseconds."""


def compose(level: Level, shifts: Ints, workers: Workers) -> Floats:
    """(m, 3) colours for the hole's pixels: the screened Poisson equation (Pérez et al. 2003, Bhat et al. 2008).

    ``shifts`` is (m, 2), each hole pixel's source. Between two pixels the gradient is the mean of what their two
    sources say, which is one and the same inside a copied piece. The hole's border is held to the known colours.
    """
    links, degree, right_side, solution = workers.call(partial(_system, level, shifts))
    diagonal = degree + np.float32(SCREENING)
    count = len(links)
    padded = np.concatenate(
        (solution, np.zeros((1, 3), np.float32))
    )  # link -1, no pixel of the hole, reads zero
    residual = right_side - diagonal[:, None] * solution + padded[links].sum(axis=1)
    direction = residual / diagonal[:, None]
    norms = (residual.astype(np.float64) * direction).sum(axis=0)
    goal = _TOLERANCE**2 * (norms + 1e-9)
    steps = max(1, min(_MOST_STEPS, _PIXELS_A_CALL // count))
    advance = partial(
        conjugate, links, diagonal, solution, residual, direction, np.empty_like(residual), norms, goal, steps
    )
    for _ in range(0, _MOST_STEPS, steps):
        if (norms <= goal).all():
            break
        workers.call(advance)
    return solution


@nb.njit(cache=True, nogil=True, fastmath=True)
def conjugate(
    links: Ints,
    diagonal: Floats,
    solution: Floats,
    residual: Floats,
    direction: Floats,
    product: Floats,
    norms: npt.NDArray[np.float64],
    goal: npt.NDArray[np.float64],
    steps: int,
) -> None:
    """``steps`` of conjugate gradients, preconditioned by the diagonal, on three channels at once.

    A channel whose norm has reached its ``goal`` stays as it is: further steps would divide nothing by nothing.
    ``links`` is (m, 4), the numbers of the neighbours inside the hole or -1; everything but ``product``, which is mere
    room, is carried from call to call.
    """
    count = len(links)
    for _ in range(steps):
        if norms[0] <= goal[0] and norms[1] <= goal[1] and norms[2] <= goal[2]:
            break
        curve0 = curve1 = curve2 = 0.0
        for i in range(count):
            value0 = diagonal[i] * direction[i, 0]
            value1 = diagonal[i] * direction[i, 1]
            value2 = diagonal[i] * direction[i, 2]
            for k in range(4):
                j = links[i, k]
                if j >= 0:
                    value0 -= direction[j, 0]
                    value1 -= direction[j, 1]
                    value2 -= direction[j, 2]
            product[i, 0], product[i, 1], product[i, 2] = value0, value1, value2
            curve0 += value0 * direction[i, 0]
            curve1 += value1 * direction[i, 1]
            curve2 += value2 * direction[i, 2]
        stride0 = np.float32(norms[0] / curve0 if norms[0] > goal[0] else 0.0)
        stride1 = np.float32(norms[1] / curve1 if norms[1] > goal[1] else 0.0)
        stride2 = np.float32(norms[2] / curve2 if norms[2] > goal[2] else 0.0)
        next0 = next1 = next2 = 0.0
        for i in range(count):
            solution[i, 0] += stride0 * direction[i, 0]
            solution[i, 1] += stride1 * direction[i, 1]
            solution[i, 2] += stride2 * direction[i, 2]
            residual[i, 0] -= stride0 * product[i, 0]
            residual[i, 1] -= stride1 * product[i, 1]
            residual[i, 2] -= stride2 * product[i, 2]
            next0 += residual[i, 0] * residual[i, 0] / diagonal[i]
            next1 += residual[i, 1] * residual[i, 1] / diagonal[i]
            next2 += residual[i, 2] * residual[i, 2] / diagonal[i]
        turn0 = np.float32(next0 / norms[0] if norms[0] > goal[0] else 0.0)
        turn1 = np.float32(next1 / norms[1] if norms[1] > goal[1] else 0.0)
        turn2 = np.float32(next2 / norms[2] if norms[2] > goal[2] else 0.0)
        norms[0], norms[1], norms[2] = next0, next1, next2
        for i in range(count):
            direction[i, 0] = residual[i, 0] / diagonal[i] + turn0 * direction[i, 0]
            direction[i, 1] = residual[i, 1] / diagonal[i] + turn1 * direction[i, 1]
            direction[i, 2] = residual[i, 2] / diagonal[i] + turn2 * direction[i, 2]


def _system(level: Level, shifts: Ints) -> tuple[Ints, Floats, Floats, Floats]:
    """Links (m, 4), number of neighbours (m,), right side (m, 3) and first guess (m, 3) of the equations.

    A neighbour that is neither hole nor known, or lies outside the picture, asks for nothing.
    """
    colour, known, pixels = level.colour, level.known, level.pixels
    index = np.full(level.shape, _NONE, np.int32)
    index[level.hole] = np.arange(len(pixels), dtype=np.int32)
    own = colour[shifts[:, 0], shifts[:, 1]]
    links = np.full((len(pixels), 4), _NONE, np.int32)
    degree = np.zeros(len(pixels), np.float32)
    right_side = np.float32(SCREENING) * own
    for k, step in enumerate(_NEIGHBOURS):
        near, inside = _moved(pixels, step, level.shape)
        given = inside & known[near[:, 0], near[:, 1]]
        links[:, k] = np.where(inside, index[near[:, 0], near[:, 1]], _NONE)
        linked = links[:, k] != _NONE
        ahead, sound_ahead = _moved(shifts, step, level.shape)
        sound_ahead &= known[ahead[:, 0], ahead[:, 1]]
        theirs = shifts[links[:, k]]
        behind, sound_behind = _moved(theirs, (-step[0], -step[1]), level.shape)
        sound_behind &= linked & known[behind[:, 0], behind[:, 1]]
        by_own = np.where(sound_ahead[:, None], colour[ahead[:, 0], ahead[:, 1]] - own, 0)
        by_theirs = np.where(
            sound_behind[:, None],
            colour[theirs[:, 0], theirs[:, 1]] - colour[behind[:, 0], behind[:, 1]],
            0,
        )
        opinions = np.maximum(sound_ahead.astype(np.float32) + sound_behind, 1)[:, None]
        right_side -= np.where((given | linked)[:, None], (by_own + by_theirs) / opinions, 0)
        right_side += np.where(given[:, None], colour[near[:, 0], near[:, 1]], 0)
        degree += given | linked
    return links, degree, right_side.astype(np.float32), own.copy()


def _moved(positions: Ints, step: tuple[int, int], shape: tuple[int, int]) -> tuple[Ints, Bools]:
    """``positions`` (n, 2) one step on, clipped into ``shape``, and which of them needed no clipping."""
    moved = positions + np.array(step, np.int32)
    clipped = np.clip(moved, 0, np.array(shape, np.int32) - 1).astype(np.int32)
    return clipped, np.asarray((moved == clipped).all(axis=1))
