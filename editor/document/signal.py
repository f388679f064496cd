"""Signal: how what happened in a lower room travels upward, without Qt."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)


class Signal:
    """Calls its listeners in order, on the emitter's thread. Emit only on the thread that owns the document."""

    def __init__(self) -> None:
        self._listeners: list[Callable[..., Any]] = []

    def connect(self, listener: Callable[..., Any]) -> Callable[[], None]:
        """Returns a function that disconnects the listener; calling it twice does no harm, and once it has been called
        it keeps neither of the two alive."""
        self._listeners.append(listener)
        held = [(self._listeners, listener)]

        def disconnect() -> None:
            while held:
                listeners, listener = held.pop()
                if listener in listeners:
                    listeners.remove(listener)

        return disconnect

    def emit(self, *args: Any) -> None:
        """A listener that raises keeps neither the others from hearing nor the change from being finished."""
        for listener in tuple(self._listeners):
            try:
                listener(*args)
            except Exception:
                log.exception("a listener failed")
