"""The journal: what it costs the window's thread for a command of 100 tiles, how long until that is on the disk, and
whether the history keeps within its memory with it."""

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
STROKES = 500
BUDGET = 128 << 20
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
        *many_strokes(tell, photo, touched),
    ]


def many_strokes(tell: Callable[[str], None], photo: list[Array8], touched: list[Array8]) -> list[Figure]:
    """At the pace of a hand, which the journal keeps up with; looked at when the window has tidied."""
    session = Session(document_of(photo, 1), history_budget=BUDGET)
    history, used, walked = session.history, [], []
    with TemporaryDirectory() as place:
        journal = SessionJournal(session, JournalFolder(Path(place)), print)
        for number in range(STROKES):
            if number % 50 == 0:
                tell(f"{number} of {STROKES} strokes")
            tiles = patch(touched, number)
            step(session, dict(itertools.islice(tiles.items(), number % 90, number % 90 + 10)))
            journal.journal.flush()
            history.trim()
            history.wait()
            history.trim()
            used.append(history.nbytes / BUDGET)
        kept = len(history.labels)
        tell("undoing them")
        for _ in range(STROKES // 10):
            began = time.perf_counter()
            history.undo()
            walked.append((time.perf_counter() - began) * 1e3)
        history.go_to(kept // 3)
        began = time.perf_counter()
        history.undo()
        from_disk = (time.perf_counter() - began) * 1e3
        journal.close()
        journal.wait()
    session.close()
    what = f"{STROKES} strokes of 10 tiles on {SIDE}²"
    return [
        Figure(f"{what}: most of the budget", [max(used)], "", goal=Goal(below=1)),
        Figure(f"{what}: lost steps", [STROKES - kept], "", goal=Goal(below=0)),
        Figure("undoing one of them, from memory", walked, "ms"),
        Figure("undoing one of them, from the journal", [from_disk], "ms"),
    ]


def patch(touched: list[Array8], seed: int) -> TilePatch:
    """A stroke across photographs, other pixels each time."""
    tiles: TilePatch = {}
    for number, key in enumerate(keys_covering(STROKE)):
        new = touched[sum(key) % len(touched)].copy()
        new[0, 0, :3] = seed % 256, number, seed // 256
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
