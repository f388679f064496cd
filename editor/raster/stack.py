"""Stacks: layers composited step by step, over many tiles in one call, by compiled kernels or by NumPy.

The picture so far is kept as straight colours and alpha in float32, and rounded once, at the end. Formula: W3C,
Compositing and Blending Level 1 (https://www.w3.org/TR/compositing-1/), in the form of a step from the backdrop's
colour to the blended one, so that what a source does not touch stays as it is to the bit.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from editor.raster import native
from editor.raster.program import NOWHERE, STRIP, Input, Output, Pixels, Program
from editor.raster.stack_plain import run_plain

_BATCH = 1 << 20
"""Pixels × steps of a batch: about a millisecond, less does not gain by a second thread."""
_MANY = 4 * _BATCH
"""From here on other threads join in."""
_MOST_THREADS = 7
"""Besides the one that asks: memory is no faster for more."""
_UNIFORM_PIXELS, _UNIFORM_MASK, _HIDDEN = 1, 2, 4
"""Flags of the kernel's table."""


class Job(NamedTuple):
    """One tile: an input for each step, and ``out``, of which rows ``top`` to ``bottom`` are written: (h, w, 4), or
    (4, h, w) where the planes are wanted. (``x``, ``y``): where it lies on the canvas."""

    inputs: Sequence[Input]
    out: Pixels
    top: int
    bottom: int
    x: int = 0
    y: int = 0


def run(program: Program, jobs: Sequence[Job], output: Output) -> npt.NDArray[np.uint8]:
    """Composites. Returns the states of each job's strips (jobs, strips), as ``Planes`` has them, 0 beyond its rows.

    All tiles of one call have one size and depth. Nothing is written but the outputs.
    """
    if not jobs:
        return np.zeros((0, 0), np.uint8)
    first = jobs[0].out
    height, width = first.shape[1:] if output == Output.PLANES else first.shape[:2]
    states = np.zeros((len(jobs), -(-height * width // STRIP)), np.uint8)
    rows = [_whole_strips(job, height, width) for job in jobs]
    kernels = native.kernels()
    if kernels is None:
        for job, (start, stop), state in zip(jobs, rows, states, strict=True):
            run_plain(program.steps, job.inputs, job.out, output, start, stop, job.x, job.y, state)
        return states
    table, kept = _table(jobs)
    targets = np.array(
        [(job.out.ctypes.data, *row, job.x, job.y) for job, row in zip(jobs, rows, strict=True)], np.int64
    )
    depth = 16 if any(pixels.itemsize == 2 for pixels in kept) else 8

    def work(start: int, stop: int) -> None:
        kernels.stack.run(
            program.numbers, program.opacities, table, targets, start, stop, height * width, width, depth,
            int(output), states,
        )  # fmt: skip

    pixels = sum(stop - start for start, stop in rows) * (len(program.steps) + 1)
    _share(work, len(jobs), pixels)
    return states


def _whole_strips(job: Job, height: int, width: int) -> tuple[int, int]:
    """First and last pixel."""
    start, stop = job.top * width, job.bottom * width
    return start // STRIP * STRIP, min(-(-stop // STRIP) * STRIP, height * width)


def _table(jobs: Sequence[Job]) -> tuple[npt.NDArray[np.int64], list[Pixels]]:
    """Addresses and flags for the kernel, and what must stay alive as long as it works with them."""
    table = np.zeros((len(jobs), len(jobs[0].inputs), 4), np.int64)
    kept: list[Pixels] = []
    for rows, job in zip(table, jobs, strict=True):
        for row, (pixels, mask, planes) in zip(rows, job.inputs, strict=True):
            flags = 0
            if pixels is not None:
                pixels, uniform = _plain(pixels)
                flags |= _UNIFORM_PIXELS * uniform
                row[0] = pixels.ctypes.data
                kept.append(pixels)
            if mask is NOWHERE:
                flags |= _HIDDEN
            elif mask is not None:
                mask, uniform = _plain(mask)
                flags |= _UNIFORM_MASK * uniform
                row[1] = mask.ctypes.data
                kept.append(mask)
            if planes is not None:
                row[0], row[3] = planes.values.ctypes.data, planes.states.ctypes.data
            row[2] = flags
    return table, kept


def _plain(array: Pixels) -> tuple[Pixels, bool]:
    """As the kernel can read it, and whether it is one pixel that stands for all."""
    uniform = array.strides[0] == 0 and array.strides[1] == 0
    return (array if uniform or array.flags.c_contiguous else np.ascontiguousarray(array)), uniform


def _share(work: Callable[[int, int], None], count: int, pixels: int) -> None:
    """Does ``work(start, stop)`` for all of ``count``, in batches on several threads where it is worth their while."""
    others = min((os.cpu_count() or 1) - 1, count - 1, _MOST_THREADS) if pixels >= _MANY else 0
    if others <= 0:
        work(0, count)
        return
    batch = max(1, min(count * _BATCH // pixels, -(-count // (others + 1))))
    starts = itertools.count(0, batch)  # next() of it is atomic

    def take() -> None:
        for start in starts:
            if start >= count:
                return
            work(start, min(start + batch, count))

    threads = [threading.Thread(target=take, name="compositor") for _ in range(others)]
    for thread in threads:
        thread.start()
    take()
    for thread in threads:
        thread.join()
