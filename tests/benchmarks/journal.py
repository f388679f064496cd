"""The journal: what it costs the window's thread for a command of 100 tiles, and how long until that is on the disk."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from editor.document.geometry import keys_covering
from editor.document.layers import PaintLayer
from editor.document.tiles import Array8, TilePatch
from editor.files.journal_folder import JournalFolder
from editor.history.commands import ChangeTiles
from editor.session import Session
from editor.session_journal import SessionJournal
from tests.benchmarks.report import Figure, Goal
from tests.benchmarks.undo import LAYERS, SIDE, STROKE, document_of, photograph, stroke_on

RUNS = 10
BURST = 5
"""Commands one right after the other."""


def measure(tell: Callable[[str], None]) -> list[Figure]:
    tell("making the layers")
    photo = [photograph(seed) for seed in range(4)]
    touched = [stroke_on(tile) for tile in photo]
    session = Session(document_of(photo, LAYERS), history_budget=1 << 40)
    alone: list[float] = []
    written, gaps = [], []
    added: dict[bool, list[float]] = {False: [], True: []}
    patches = (patch(touched, run) for run in itertools.count())
    tell("without a journal")
    alone += [step(session, next(patches)) for _ in range(RUNS)]
    with TemporaryDirectory() as place:
        problems: list[str] = []
        journal = SessionJournal(session, JournalFolder(Path(place)), problems.append)
        tell("the first command, which waits for the picture")
        began = time.perf_counter()
        step(session, next(patches))
        journal.journal.flush()
        first = time.perf_counter() - began
        tell("with a journal")
        plain = Figure("a command of 100 tiles", alone, "ms")
        for tiles in itertools.islice(patches, RUNS):
            began = time.perf_counter()
            added[False].append(step(session, tiles) - (plain.value or 0))
            journal.journal.flush()
            written.append((time.perf_counter() - began) * 1e3)
            step(session, next(patches))
            gaps.append(longest_gap(journal))
        for _ in range(RUNS // BURST):
            for _ in range(BURST):
                added[True].append(step(session, next(patches)) - (plain.value or 0))
            journal.journal.flush()
        journal.close()
        journal.wait()
        if problems:
            raise RuntimeError(problems[0])
    session.close()
    return [
        plain,
        Figure("journal, added to it", added[False], "ms", goal=Goal(below=2)),
        Figure("journal, added in a burst", added[True], "ms", goal=Goal(below=2)),
        Figure("journal, until it is on the disk", written, "ms"),
        Figure("journal, longest wait of the window meanwhile", gaps, "ms"),
        Figure(f"journal, the first command on {LAYERS} layers of {SIDE}²", [first], "s"),
    ]


def patch(touched: list[Array8], seed: int) -> TilePatch:
    """A stroke across photographs, other pixels each time."""
    tiles: TilePatch = {}
    for number, key in enumerate(keys_covering(STROKE)):
        new = touched[sum(key) % len(touched)].copy()
        new[0, 0, :3] = seed, number, 0
        new.flags.writeable = False
        tiles[key] = new
    return tiles


def step(session: Session, tiles: TilePatch) -> float:
    """Milliseconds of the thread that does it."""
    layer = session.document.root.children[-1]
    assert isinstance(layer, PaintLayer)
    began = time.perf_counter()
    session.history.do(ChangeTiles("Stroke", session.document, layer, "pixels", tiles))
    return (time.perf_counter() - began) * 1e3


def longest_gap(journal: SessionJournal) -> float:
    """While the journal writes, this thread wants to run all the time; the longest while for which it did not."""
    done = []
    journal.journal._put(lambda: done.append(True))
    longest, last = 0.0, time.perf_counter()
    while not done:
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    return longest * 1e3
