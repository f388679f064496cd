"""Work that is done ahead comes back in order, and leaves nothing behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

import pytest

from editor.files import ahead as module
from editor.files.ahead import ahead


def test_results_come_in_order_whatever_takes_how_long() -> None:
    first = threading.Event()

    def work(number: int) -> int:
        if number == 0:
            assert first.wait(60)
        first.set()
        return number

    assert list(ahead(partial(work, number) for number in range(20))) == list(range(20))


def test_only_a_few_results_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_THREADS", 2)
    begun: list[int] = []

    def work() -> Iterator[Callable[[], int]]:
        for number in range(50):
            begun.append(number)
            yield partial(int, number)

    with closing(ahead(work())) as results:
        next(results)
        assert len(begun) <= 3


def test_an_error_comes_in_its_turn() -> None:
    results = ahead([partial(int, "1"), partial(int, "x"), partial(int, "3")])
    assert next(results) == 1
    with pytest.raises(ValueError, match="invalid literal"):
        next(results)


def test_closed_early_no_thread_is_left() -> None:
    with closing(ahead(partial(int, number) for number in range(50))) as results:
        next(results)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]
