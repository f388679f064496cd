"""A process that edits and is killed: ``python -m tests.editor.journal_child`` forks a worker for each line on its
standard input, "folder seed", which edits pictures for ever and tells on the standard output what it has done.

The worker's lines: ``new`` and ``again`` when a session begins, the latter with the journal of the saved file; ``point
number digest`` after each finished command, before it is recorded; ``written number`` when the journal has acknowledged
that; ``closed kept`` when the saved file has been closed, and whether its steps were kept.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

from editor.document.candidates import Candidate
from editor.document.layers import FillLayer, Group, PaintLayer
from editor.files.formats import save_document
from editor.files.journal_folder import JournalFolder
from editor.layer_operations import duplicate_active, group_active, new_layer
from editor.session import Session
from editor.session_journal import SessionJournal, bring_back
from tests.editor.journal_support import digest, fill_layer, insert, no_problem, paint, plane, small_document

STEPS_OF_A_SESSION = 14


def main() -> None:
    for line in sys.stdin:
        folder, seed = line.split()
        worker = os.fork()
        if not worker:
            try:
                Worker(Path(folder), int(seed)).run()
            finally:
                os._exit(1)
        tell(f"pid {worker}")
        os.waitpid(worker, 0)
        tell("end")


def tell(line: str) -> None:
    """In one piece, also from two threads."""
    os.write(1, f"{line}\n".encode())


class Worker:
    def __init__(self, place: Path, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.file = place / "picture.ora"
        self.folder = JournalFolder(place / "journals")
        self.session = Session(small_document())

    def run(self) -> None:
        self.attach(None)
        while True:
            for _ in range(int(self.rng.integers(2, STEPS_OF_A_SESSION))):
                self.step()
            self.save_and_reopen()

    def attach(self, store: object) -> None:
        tell("again" if store is not None else "new")
        # the listener before the journal's: what is written has been told
        self.session.history.changed.connect(self.done)
        self.journal = SessionJournal(
            self.session,
            self.folder,
            no_problem,
            lambda number: tell(f"written {number}"),
            store=store,  # type: ignore[arg-type]
        )

        self.point(self.journal._now)

    def done(self) -> None:
        journal = self.journal
        self.point(journal._numbers.get(self.session.history.state, journal._next))

    def point(self, number: int) -> None:
        tell(f"point {number} {digest(self.session.document)}")

    def step(self) -> None:
        session, seed = self.session, int(self.rng.integers(1 << 30))
        layers = list(session.document.layers())
        painted = [layer for layer in layers if isinstance(layer, PaintLayer)]
        fills = [layer for layer in layers if isinstance(layer, FillLayer)]
        any_of = self.rng.integers
        if painted:
            session.active = painted[any_of(len(painted))]
        kind = any_of(12)
        if kind < 4 and painted:
            paint(session, session.active, seed)  # type: ignore[arg-type]
        elif kind == 4 and len(layers) < 8:
            insert(session, fill_layer(seed % 50, candidates=1))
        elif kind == 5 and fills:
            self.arrive(fills[any_of(len(fills))], seed)
        elif kind == 6 and fills:
            session.active = fills[any_of(len(fills))]
            candidates = session.active.candidates  # type: ignore[attr-defined]
            session.take_candidate(candidates[any_of(len(candidates))])
        elif kind == 7 and session.active is not None:
            gesture = object()
            for value in self.rng.random(4):
                session.set_layer(session.active, "opacity", float(value), gesture)
        elif kind == 8 and len(layers) > 1:
            session.delete_active()
        elif kind == 9:
            session.history.go_to(int(any_of(len(session.history.labels) + 1)))
        elif kind == 10 and len(layers) < 8:
            [new_layer, duplicate_active, group_active][any_of(3)](session)
        elif not any(isinstance(layer, Group) for layer in layers):
            session.invert_selection()

    def arrive(self, layer: FillLayer, seed: int) -> None:
        number = len(layer.candidates) + 1
        self.session.document.add_candidate(layer, Candidate(number, seed, plane(seed % 50)))
        self.point(self.journal._now)
        self.journal.candidates_arrived()

    def save_and_reopen(self) -> None:
        save_document(self.session.document, self.file)
        self.session.saved_as(self.file)
        self.journal.close()
        self.journal.wait()
        tell(f"closed {int(self.folder.kept_path(self.file).exists())}")
        store = self.folder.take_kept(self.file).store
        if store is not None:
            self.session = bring_back(store, as_saved=True).session()
        else:  # nothing had been done
            self.session = Session(small_document())
        self.attach(store)


if __name__ == "__main__":
    main()
