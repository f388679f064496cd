"""Signals: who listens, and for how long."""

from __future__ import annotations

import weakref

from editor.document.signal import Signal


class Listener:
    def __init__(self) -> None:
        self.heard: list[int] = []

    def hear(self, value: int) -> None:
        self.heard.append(value)


def test_a_listener_hears_until_it_is_disconnected() -> None:
    signal, first, second = Signal(), Listener(), Listener()
    disconnect = signal.connect(first.hear)
    signal.connect(second.hear)
    signal.emit(1)
    disconnect()
    signal.emit(2)
    disconnect()
    assert (first.heard, second.heard) == ([1], [1, 2])


def test_what_has_disconnected_keeps_nobody_alive() -> None:
    signal, listener, other = Signal(), Listener(), Listener()
    alive = weakref.ref(listener), weakref.ref(other), weakref.ref(signal)
    disconnect = signal.connect(listener.hear)
    signal.connect(other.hear)
    disconnect()
    del listener, other, signal
    assert [each() for each in alive] == [None, None, None]
    disconnect()
