"""Keeps one loaded model between requests, and lets go of it before another is loaded."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Protocol, TypeVar, cast


class Releasable(Protocol):
    def release(self) -> None:
        """Gives the device's memory back; it is not used again."""


Loaded = TypeVar("Loaded", bound=Releasable)

_held: tuple[Hashable, Releasable] | None = None


def hold(key: Hashable, load: Callable[[], Loaded]) -> Loaded:
    """What is held for ``key``, which begins with the engine's id; else what ``load`` makes, in place of any other."""
    global _held
    if _held is None or _held[0] != key:
        let_go()
        _held = (key, load())
    return cast(Loaded, _held[1])


def let_go() -> None:
    """Holds nothing from here on."""
    global _held
    if _held is not None:
        held, _held = _held, None
        held[1].release()
