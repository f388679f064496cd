"""KeptStep: a step of the history whose two states lie in a journal, which alone knows how to get from one to the
other."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from editor.document.change import DocumentChange
from editor.document.document import Document
from editor.document.layers import Layer
from editor.document.tiles import planes_bytes
from editor.history.commands import Command


class States(Protocol):
    """Where states of a document are kept, by numbers that rise with time."""

    def change(self, start: int, end: int, held: Collection[str]) -> DocumentChange:
        """From one state to the other; layers whose ids are ``held`` need not be made. Raises RuntimeError where a
        state is not there, or damaged."""


class Shelf(Protocol):
    """Where steps may go that are too much for the memory."""

    @property
    def is_behind(self) -> bool:
        """What is not there yet may soon be."""

    def keep(self, before: object, after: object, label: str) -> Command | None:
        """A step between two states of the history, for the one that is there; None where they are not on the
        shelf."""


class KeptStep(Command):
    """Holds no tiles, only, while it is undone, the layers that it has taken out: later steps may be about them."""

    def __init__(self, label: str, document: Document, states: States, before: int, after: int) -> None:
        super().__init__(label)
        self._document, self._states, self._before, self._after = document, states, before, after
        self._out: dict[str, Layer] = {}
        self._out_bytes = 0

    def do(self) -> None:
        self._go(self._before, self._after)

    def undo(self) -> None:
        self._go(self._after, self._before)

    @property
    def nbytes(self) -> int:
        return self._out_bytes

    def _go(self, start: int, end: int) -> None:
        change = self._states.change(start, end, self._out.keys())
        change.made.update(self._out)
        self._out = change.apply(self._document)
        self._out_bytes = planes_bytes(*(plane for layer in self._out.values() for plane in layer.planes()))
