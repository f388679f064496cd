"""Signal: how what happened in a lower room travels upward, without Qt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Signal:
    """Calls its listeners in order, on the emitter's thread. Emit only on the thread that owns the document."""

    def __init__(self) -> None:
        self._listeners: list[Callable[..., Any]] = []

    def connect(self, listener: Callable[..., Any]) -> Callable[[], None]:
        """Returns a function that disconnects the listener; calling it twice does no harm."""
        self._listeners.append(listener)

        def disconnect() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return disconnect

    def emit(self, *args: Any) -> None:
        for listener in tuple(self._listeners):
            listener(*args)
