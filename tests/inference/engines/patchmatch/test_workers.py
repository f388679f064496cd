"""Workers: what they share out, and what is done at once."""

from __future__ import annotations

import threading

import pytest

from inference.engines.patchmatch.workers import Workers, rows_worth


@pytest.mark.parametrize(("count", "smallest", "here"), [(100, 60, True), (100, 40, False), (5, 1, False)])
def test_what_is_not_worth_two_ranges_is_done_at_once(count: int, smallest: int, here: bool) -> None:
    done: list[tuple[int, int]] = []
    threads = set()

    def kernel(first: int, last: int) -> None:
        threads.add(threading.get_ident())
        done.append((first, last))

    with Workers(lambda: None) as workers:
        workers.run(kernel, count, smallest)
    assert sorted(k for first, last in done for k in range(first, last)) == list(range(count))
    assert (threading.get_ident() in threads) == here


@pytest.mark.parametrize(("pixels", "here"), [(100, True), (10_000_000, False)])
def test_few_pixels_are_gone_over_at_once(pixels: int, here: bool) -> None:
    with Workers(lambda: None) as workers:
        thread = workers.call(threading.get_ident, pixels)
    assert (thread == threading.get_ident()) == here


@pytest.mark.parametrize("count", [10, 100_000])
def test_a_tick_that_raises_cancels(count: int) -> None:
    def tick() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Workers(tick) as workers:
        workers.run(lambda first, last: None, count)


def test_an_error_in_a_thread_is_an_error_here() -> None:
    def fail() -> None:
        raise ValueError("no")

    with Workers(lambda: None) as workers, pytest.raises(ValueError, match="no"):
        workers.all([fail, lambda: None])


def test_wide_rows_are_worth_a_range_each() -> None:
    assert rows_worth(1_000_000) == 1
    assert rows_worth(64) * 64 >= 2**15
