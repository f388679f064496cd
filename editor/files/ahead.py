"""ahead: work of a sequence, done on other threads a little before its results are asked for."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")

_MOST_THREADS = 4
"""More would hold more pictures in memory than they save time."""


def ahead(work: Iterable[Callable[[], Result]]) -> Generator[Result, None, None]:
    """The results in order; what is raised is raised in its turn. Close it where not all of them are taken."""
    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="ahead") as pool:
        try:
            for each in work:
                waiting.append(pool.submit(each))
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
