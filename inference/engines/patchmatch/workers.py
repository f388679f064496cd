"""Workers: run a kernel over index ranges on all cores, while the calling thread keeps reporting."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from itertools import pairwise
from types import TracebackType
from typing import TypeVar

Result = TypeVar("Result")

REPORT_EVERY = 0.05
"""Seconds between two reports while the calling thread waits."""

_FEW_PIXELS = 1 << 17

_SMALLEST_RANGE = 4096
"""Of a kernel that looks at each of its pixels once: what takes some tenths of a millisecond. Less is done sooner than
another thread wakes, and much sooner where other programs are at work as well."""
_ROW_PIXELS = 1 << 16
_LARGEST_RANGE = 8192
_USUAL_RANGES = 8


class Workers:
    """A pool of threads for kernels that let go of the interpreter lock.

    A context manager: leaving it, on whatever way, waits for the ranges under way (some ten milliseconds) and drops the
    others, so that no thread outlives it. ``tick`` is called in the calling thread and may raise to cancel.
    """

    def __init__(self, tick: Callable[[], None]) -> None:
        self._tick = tick
        self._pool = ThreadPoolExecutor(min(16, os.cpu_count() or 1), thread_name_prefix="patchmatch")

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def run(self, kernel: Callable[[int, int], object], count: int, smallest: int = _SMALLEST_RANGE) -> None:
        """Calls ``kernel(first, last)`` for ranges that cover 0 … ``count``, and returns when all are done.

        ``smallest``: what is worth a range of its own.
        """
        ranges = cut(count, smallest)
        if len(ranges) == 1:
            kernel(*ranges[0])
            self._tick()
            return
        self.all([partial(kernel, first, last) for first, last in ranges])

    def all(self, functions: Sequence[Callable[[], object]]) -> None:
        """Calls each of the functions in a thread of the pool, and returns when all are done."""
        pending = {self._pool.submit(function) for function in functions}
        while pending:
            done, pending = wait(pending, timeout=REPORT_EVERY)
            self._tick()
            for future in done:
                future.result()

    def call(self, function: Callable[[], Result], pixels: int) -> Result:
        """Calls ``function`` in a thread of the pool, and returns what it gives when it is done.

        Where it is to go over few ``pixels`` it is called at once, as that is done before a thread wakes.
        """
        if pixels < _FEW_PIXELS:
            result = function()
            self._tick()
            return result
        future = self._pool.submit(function)
        while not wait((future,), timeout=REPORT_EVERY).done:
            self._tick()
        result = future.result()
        self._tick()
        return result


def rows_worth(width: int) -> int:
    """The smallest range of rows, of so many pixels, for a kernel that goes along them."""
    return max(1, _ROW_PIXELS // width)


def cut(count: int, smallest: int = _SMALLEST_RANGE) -> list[tuple[int, int]]:
    """Half-open ranges over 0 … ``count``, by ``count`` alone: what a machine's cores are must not change a fill."""
    if count <= 0:
        return []
    number = max(1, min(_USUAL_RANGES, count // smallest), -(-count // _LARGEST_RANGE))
    edges = [count * k // number for k in range(number + 1)]
    return list(pairwise(edges))
