"""One loaded model at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from inference.engines.diffusion.holder import hold, let_go


class Held:
    def __init__(self) -> None:
        self.released = 0

    def release(self) -> None:
        self.released += 1


@pytest.fixture(autouse=True)
def nothing_held() -> Iterator[None]:
    let_go()
    yield
    let_go()


def test_the_same_key_keeps_what_is_there() -> None:
    first = hold(("a", 1), Held)
    assert hold(("a", 1), Held) is first
    assert first.released == 0


def test_another_is_loaded_after_the_former_is_gone() -> None:
    first = hold(("a", 1), Held)
    released_before_loading = []

    def load() -> Held:
        released_before_loading.append(first.released)
        return Held()

    second = hold(("a", 2), load)
    assert released_before_loading == [1]
    let_go()
    let_go()
    assert (first.released, second.released) == (1, 1)


def test_a_load_that_fails_holds_nothing() -> None:
    first = hold("a", Held)

    def fail() -> Held:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        hold("b", fail)
    assert first.released == 1
    assert hold("a", Held) is not first
