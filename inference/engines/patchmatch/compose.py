"""Compose: lays a shift map's colours into the hole by their gradients, so that no tonal seam is left."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numba as nb
import numpy as np
import numpy.typing as npt

from inference.engines.patchmatch.arrays import Bools, Floats, Ints
from inference.engines.patchmatch.pyramid import Level
from inference.engines.patchmatch.workers import Workers

SCREENING = np.float32(0.0005)
"""Weight of a pixel's own colour against its gradients: a tonal correction reaches some 1/√0.0005 = 45 pixels.

A sky lightens over hundreds of pixels: a piece of it that comes from elsewhere has to follow far into the hole."""

_FIRM_SCREENING = np.float32(0.05)
_PLAUSIBLE, _IMPLAUSIBLE = np.float32(40), np.float32(80)
"""Corrections in grey levels: up to the first one a piece's tone is off; from the second on another thing has been laid
beside a thing, and the firm screening keeps the one from running into the other. In between it grows."""

_DOWN = (0, 0, 1, -1)
_ACROSS = (1, -1, 0, 0)
_NONE = -1
_MOST_STEPS = 500
_TOLERANCE = 1e-3
_PIXELS_A_CALL = 10_000_000
"""Pixels times steps of conjugate gradients between two reports: some ten milliseconds."""

_FEW_PIXELS = 1 << 14
_CHANNELS = 3
_ZERO, _HALF = np.float32(0), np.float32(0.5)


@dataclass(frozen=True, slots=True)
class Frame:
    """The rectangle that a level's hole lies in and a pixel around it, so that solving runs along whole rows."""

    shape: tuple[int, int]
    index: Ints
    """(h, w) of the level: the number of a hole's pixel, or -1."""
    at: Ints
    """(m,) where each of the hole's pixels stands in a flat plane of this frame."""
    firsts: Ints
    stops: Ints
    """(rows,) where the hole begins in each row of the frame, and where it has ended."""

    @classmethod
    def of(cls, level: Level) -> Frame:
        rows, columns = level.pixels[:, 0], level.pixels[:, 1]
        top, left = int(rows.min()) - 1, int(columns.min()) - 1
        height, width = int(rows.max()) + 2 - top, int(columns.max()) + 2 - left
        index = np.full(level.shape, _NONE, np.int32)
        index[level.hole] = np.arange(len(level.pixels), dtype=np.int32)
        at = (rows - top) * width + (columns - left)
        inside = np.zeros((height, width), np.bool_)
        inside.reshape(-1)[at] = True
        firsts = inside.argmax(axis=1).astype(np.int32)
        stops = np.where(inside.any(axis=1), width - inside[:, ::-1].argmax(axis=1), firsts).astype(np.int32)
        return cls((height, width), index, at, firsts, stops)


@dataclass(frozen=True, slots=True)
class Planes:
    """A Poisson equation over a frame, flat: ``solution`` and what is still amiss, ``residual``, for each channel."""

    diagonal: Floats
    inverse: Floats
    solution: Floats
    residual: Floats

    @classmethod
    def of(cls, frame: Frame) -> Planes:
        size = frame.shape[0] * frame.shape[1]
        diagonal, inverse = np.zeros((2, size), np.float32)
        solution, residual = np.zeros((2, _CHANNELS, size), np.float32)
        return cls(diagonal, inverse, solution, residual)

    def norms(self) -> npt.NDArray[np.float64]:
        """(3,) what is amiss in each channel, as the preconditioner weighs it."""
        return np.asarray(
            np.einsum("ci,ci,i->c", self.residual, self.residual, self.inverse, dtype=np.float64)
        )

    def solve(self, frame: Frame, goal: npt.NDArray[np.float64], workers: Workers) -> None:
        """Brings what is amiss below ``goal``, (3,), in each channel."""
        direction = self.residual * self.inverse
        norms, product = self.norms(), np.zeros_like(self.residual)
        steps = max(1, min(_MOST_STEPS, _PIXELS_A_CALL // len(self.inverse)))

        def conjugate_in(c: int) -> None:
            planes = (
                self.diagonal,
                self.inverse,
                self.solution[c],
                self.residual[c],
                direction[c],
                product[c],
            )
            conjugate(frame.shape[1], frame.firsts, frame.stops, *planes, norms[c : c + 1], goal[c], steps)

        for _ in range(0, _MOST_STEPS, steps):
            waiting = np.flatnonzero(norms > goal).tolist()
            if not waiting:
                break
            if len(self.inverse) < _FEW_PIXELS:  # done before a thread wakes
                for channel in waiting:
                    conjugate_in(channel)
            else:
                workers.all([partial(conjugate_in, channel) for channel in waiting])

    def colours(self, frame: Frame) -> Floats:
        """(m, 3) the solution at the hole's pixels."""
        return np.ascontiguousarray(self.solution[:, frame.at].T)


def compose(level: Level, shifts: Ints, workers: Workers) -> Floats:
    """(m, 3) colours for the hole's pixels: the screened Poisson equation (Pérez et al. 2003, Bhat et al. 2008).

    ``shifts`` is (m, 2), each hole pixel's source. Between two pixels the gradient is the mean of what their two
    sources say, which is one and the same inside a copied piece. The hole's border is held to the known colours.
    """
    frame = Frame.of(level)
    planes = Planes.of(frame)
    kernel = partial(
        set_up, level.colour.reshape(-1), level.known, level.pixels, frame.index, shifts, frame.at,
        planes.diagonal, planes.inverse, planes.solution, planes.residual,
    )  # fmt: skip
    workers.run(kernel, len(level.pixels))
    own = planes.solution.copy()
    goal = _TOLERANCE**2 * (planes.norms() + 1e-9)
    planes.solve(frame, goal, workers)
    correction = planes.solution - own
    doubt = np.clip((np.abs(correction).max(axis=0) - _PLAUSIBLE) / (_IMPLAUSIBLE - _PLAUSIBLE), 0, 1)
    if doubt.any():
        firmer = doubt * (_FIRM_SCREENING - SCREENING)
        planes.diagonal[:] += firmer
        planes.inverse[frame.at] = 1 / planes.diagonal[frame.at]
        planes.residual[:] -= firmer * correction
        planes.solve(frame, goal, workers)
    return planes.colours(frame)


@nb.njit(cache=True, nogil=True, fastmath=True)
def set_up(
    colour: Floats,
    known: Bools,
    pixels: Ints,
    pixel_index: Ints,
    shifts: Ints,
    at: Ints,
    diagonal: Floats,
    inverse: Floats,
    solution: Floats,
    residual: Floats,
    first: int,
    last: int,
) -> None:
    """The equations of ``pixels[first:last]``, which stand at ``at`` in the planes, and what is amiss at first.

    ``colour`` is flat, ``pixel_index`` (h, w) the number of a hole's pixel or -1; ``solution`` and ``residual`` are
    planes for each channel. The first guess is the sources' own colours. A neighbour that is neither hole nor known, or
    lies outside the picture, asks for nothing.
    """
    height, width = known.shape
    for q in range(first, last):
        y, x = pixels[q, 0], pixels[q, 1]
        source_y, source_x = shifts[q, 0], shifts[q, 1]
        own = 3 * (np.int64(source_y) * width + source_x)
        degree = _ZERO
        for channel in range(_CHANNELS):
            solution[channel, at[q]] = colour[own + channel]
            residual[channel, at[q]] = _ZERO
        for k in range(4):
            near_y, near_x = y + _DOWN[k], x + _ACROSS[k]
            if not (0 <= near_y < height and 0 <= near_x < width):
                continue
            j = pixel_index[near_y, near_x]
            if j < 0 and not known[near_y, near_x]:
                continue
            degree += np.float32(1)
            ahead_y, ahead_x = source_y + _DOWN[k], source_x + _ACROSS[k]
            theirs_y, theirs_x = near_y, near_x
            if j >= 0:
                theirs_y, theirs_x = shifts[j, 0], shifts[j, 1]
                if theirs_y == ahead_y and theirs_x == ahead_x:
                    continue  # of one piece: nothing is amiss
            back_y, back_x = theirs_y - _DOWN[k], theirs_x - _ACROSS[k]
            has_ahead = 0 <= ahead_y < height and 0 <= ahead_x < width and known[ahead_y, ahead_x]
            has_back = j >= 0 and 0 <= back_y < height and 0 <= back_x < width and known[back_y, back_x]
            share = _HALF if has_ahead and has_back else np.float32(1)
            theirs = 3 * (np.int64(theirs_y) * width + theirs_x)
            ahead = 3 * (np.int64(ahead_y) * width + ahead_x)
            back = 3 * (np.int64(back_y) * width + back_x)
            for channel in range(_CHANNELS):
                gradient = _ZERO
                if has_ahead:
                    gradient += share * (colour[ahead + channel] - colour[own + channel])
                if has_back:
                    gradient += share * (colour[theirs + channel] - colour[back + channel])
                residual[channel, at[q]] += colour[theirs + channel] - colour[own + channel] - gradient
        diagonal[at[q]] = degree + SCREENING
        inverse[at[q]] = np.float32(1) / diagonal[at[q]]


@nb.njit(cache=True, nogil=True, fastmath=True)
def conjugate(
    width: int,
    firsts: Ints,
    stops: Ints,
    diagonal: Floats,
    inverse: Floats,
    solution: Floats,
    residual: Floats,
    direction: Floats,
    product: Floats,
    norm: npt.NDArray[np.float64],
    goal: float,
    steps: int,
) -> None:
    """``steps`` of conjugate gradients, preconditioned by the diagonal, on one channel, or fewer, to the ``goal``.

    All planes are flat, with the hole between ``firsts`` and ``stops`` of each row. Where a row holds other pixels as
    well, their ``inverse`` is 0, which keeps their direction and solution at 0 whatever their residual. Everything but
    ``product``, which is mere room, is carried from call to call.
    """
    for _ in range(steps):
        if norm[0] <= goal:
            break
        curve = 0.0
        for row in range(1, len(firsts) - 1):
            total = _ZERO
            for i in range(row * width + firsts[row], row * width + stops[row]):
                value = (
                    diagonal[np.uintp(i)] * direction[np.uintp(i)]
                    - direction[np.uintp(i - 1)]
                    - direction[np.uintp(i + 1)]
                    - direction[np.uintp(i - width)]
                    - direction[np.uintp(i + width)]
                )
                product[np.uintp(i)] = value
                total += value * direction[np.uintp(i)]
            curve += float(total)
        stride = np.float32(norm[0] / curve)
        following = 0.0
        for row in range(1, len(firsts) - 1):
            total = _ZERO
            for i in range(row * width + firsts[row], row * width + stops[row]):
                solution[np.uintp(i)] += stride * direction[np.uintp(i)]
                left = residual[np.uintp(i)] - stride * product[np.uintp(i)]
                residual[np.uintp(i)] = left
                total += left * left * inverse[np.uintp(i)]
            following += float(total)
        turn = np.float32(following / norm[0])
        norm[0] = following
        for row in range(1, len(firsts) - 1):
            for i in range(row * width + firsts[row], row * width + stops[row]):
                direction[np.uintp(i)] = (
                    residual[np.uintp(i)] * inverse[np.uintp(i)] + turn * direction[np.uintp(i)]
                )
