"""History: the list of finished commands, with undo, redo, a byte budget and a clean mark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from editor.document.signal import Signal
from editor.history.commands import Command, Macro
from editor.history.kept_step import KeptStep, Shelf
from editor.history.packing import Packer

MIN_STEPS = 5
"""Steps that are kept however many bytes they hold."""
EXPECTED = 0.75
"""The part of unpacked tiles that packing may save: as long as it is not known, no step is dropped for so much. Steps
that come faster than they can be packed hold four times the budget at most."""


class History:
    """``changed()`` is emitted after every change. ``budget`` is in bytes.

    Over the budget, the steps farthest from the present one are packed in the background, and those that are still too
    much go, oldest first: onto the ``shelf`` where there is one, or else they are dropped. ``close`` ends that; a
    history of small edits needs no closing.

    The clean mark is the state that is on disk. It dies with the redo tail it lay in, and with steps trimmed past it;
    no command is merged across it.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.changed = Signal()
        self.shelf: Shelf | None = None
        self._commands: list[Command] = []
        self._position = 0
        self._oldest = object()
        self._clean: int | None = 0
        self._macro: Macro | None = None
        self._packer = Packer()

    @property
    def labels(self) -> list[str]:
        """Of every step that can be undone or redone, oldest first."""
        return [command.label for command in self._commands]

    @property
    def position(self) -> int:
        """How many of the steps are done."""
        return self._position

    @property
    def is_clean(self) -> bool:
        return self._clean == self._position

    @property
    def clean(self) -> int | None:
        """How many steps are done in the state that is on disk; None where that cannot be reached any more."""
        return self._clean

    @property
    def can_undo(self) -> bool:
        return self._position > 0 and self._macro is None

    @property
    def can_redo(self) -> bool:
        return self._position < len(self._commands) and self._macro is None

    @property
    def nbytes(self) -> int:
        return sum(command.nbytes for command in self._commands)

    def do(self, command: Command) -> None:
        """Does a command and keeps it. When it raises, document and history are as before."""
        command.do()
        self.record(command)

    def record(self, command: Command) -> None:
        """Keeps a command whose effect is already there (a finished stroke)."""
        if self._macro is not None:
            self._macro.commands.append(command)
            return
        if self._clean is not None and self._clean > self._position:
            self._clean = None
        redo_tail = self._position < len(self._commands)
        del self._commands[self._position :]
        mergeable = self._commands and not redo_tail and self._clean != self._position
        if mergeable and self._commands[-1].merge(command):
            self._commands[-1].state = object()
        else:
            self._commands.append(command)
            self._position += 1
        self._trim()
        self.changed.emit()

    def close(self) -> None:
        """Ends what goes on in the background. Steps can still be undone."""
        self._packer.close()

    def trim(self) -> None:
        """Keeps to the budget; call it now and then. It happens after every step as well, but not all that is too much
        then is packed at once."""
        if self._trim():
            self.changed.emit()

    def wait(self) -> None:
        """Until what is to be packed is packed."""
        self._packer.wait()

    def undo(self) -> None:
        if self.can_undo:
            self._commands[self._position - 1].undo()
            self._position -= 1
            self.changed.emit()

    def redo(self) -> None:
        if self.can_redo:
            self._commands[self._position].do()
            self._position += 1
            self.changed.emit()

    def go_to(self, position: int) -> None:
        """Undoes or redoes until ``position`` steps are done."""
        while self._position > max(position, 0) and self.can_undo:
            self.undo()
        while self._position < position and self.can_redo:
            self.redo()

    def restore(self, commands: Sequence[Command], position: int, clean: int | None) -> None:
        """Takes over the steps of an earlier time, ``position`` of which are done; ``clean`` as many as were done when
        the document was written, None where that is not among them."""
        self._commands = [*commands]
        self._position, self._clean = position, clean
        self._oldest = object()
        self.changed.emit()

    @property
    def state(self) -> object:
        """Stands for what the document is now: give it to ``mark_clean`` when that has been written."""
        return self.states[self._position]

    @property
    def states(self) -> list[object]:
        """What stands for the document before the first step, and after each."""
        return [self._oldest, *(command.state for command in self._commands)]

    def mark_clean(self, state: object = None) -> None:
        """The document as it was at ``state``, or is now, is what is on disk.

        A state that is no longer in the history leaves no clean mark.
        """
        at = [index for index, each in enumerate(self.states) if each is state]
        self._clean = self._position if state is None else at[0] if at else None
        self.changed.emit()

    @contextmanager
    def macro(self, label: str) -> Iterator[None]:
        """Several commands as one step. When the block raises, all that it did is undone; nothing is kept.

        A macro within a macro becomes part of the outer one.
        """
        outer = self._macro
        macro = self._macro = Macro(label)
        try:
            yield
        except BaseException:
            self._macro = outer
            macro.undo()
            raise
        self._macro = outer
        if macro.commands:
            self.record(macro)

    def _trim(self) -> bool:
        """Packs and drops; whether steps were dropped."""
        surplus = self.nbytes - self.budget
        if surplus <= 0:
            return False
        unpacked = sum(held.unpacked for command in self._commands for held in command.held)
        dropped = self._drop(surplus - int(unpacked * EXPECTED))
        # Far from the present first: what they are packed against is then still held by those nearer to it.
        order = sorted(range(len(self._commands)), key=self._distance, reverse=True)
        self._packer.pack((held for i in order for held in self._commands[i].held), self.nbytes - self.budget)
        return dropped

    def _distance(self, index: int) -> int:
        return self._position - index if index < self._position else index - self._position + 1

    def _shelve(self, shelf: Shelf, surplus: int) -> int:
        """How much is still too much, and could be dropped, once the oldest steps are on the shelf."""
        states = self.states
        for index in range(min(self._position, len(self._commands) - MIN_STEPS)):
            command = self._commands[index]
            if surplus > 0 and not isinstance(command, KeptStep):
                kept = shelf.keep(states[index], states[index + 1], command.label)
                if kept is None:
                    return surplus
                kept.state = command.state
                surplus -= command.nbytes
                self._commands[index] = kept
        return 0  # only steps that hold nothing are left, and those that are always kept

    def _drop(self, surplus: int) -> bool:
        """Lets go of the oldest steps, as far as they may go, until so many bytes are free."""
        if self.shelf is not None:
            surplus = self._shelve(self.shelf, surplus)
            if surplus <= self.budget and self.shelf.is_behind:
                return False  # a moment more, and they need not be dropped
        drop = 0
        while surplus > 0 and drop < min(self._position, len(self._commands) - MIN_STEPS):
            surplus -= self._commands[drop].nbytes
            drop += 1
        if drop:
            self._oldest = self._commands[drop - 1].state
            del self._commands[:drop]
            self._position -= drop
            if self._clean is not None:
                self._clean = self._clean - drop if self._clean >= drop else None
        return drop > 0
