"""SessionJournal: keeps a session's journal up to date, and brings sessions back from journals."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from editor.document.document import Document
from editor.document.layers import FillLayer, Group, Layer, PaintLayer
from editor.files.journal import Journal, Keep, Point
from editor.files.journal_decode import JournalReader
from editor.files.journal_encode import JournalEncoder
from editor.files.journal_folder import JournalFolder, saved_candidates, text_fact
from editor.files.journal_store import JournalDamaged, JournalError, JournalStore
from editor.files.opened import Opened
from editor.files.stamp import Stamp
from editor.history.kept_step import KeptStep
from editor.session import Session

Numbers = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class BroughtBack:
    """What a journal holds of a session. ``steps`` are numbers and labels of the states, oldest first, the first of
    them before any step; ``now`` and ``saved`` are among the numbers, ``saved`` None where it is not."""

    store: JournalStore
    reader: JournalReader
    document: Document
    active: Layer | None
    steps: tuple[tuple[int, str], ...]
    now: int
    saved: int | None
    on_disk: dict[str, list[int]] | None
    file: Path | None
    stamp: Stamp | None
    keeps_file: bool

    def session(self, history_budget: int = 0) -> Session:
        """On the thread that is to own it."""
        session = Session(self.document, self.file, self.active, history_budget)
        session.keeps_file, session.stamp = self.keeps_file, self.stamp
        numbers = [number for number, _label in self.steps]
        commands = [
            KeptStep(label, self.document, self.reader, before, after)
            for (before, _), (after, label) in zip(self.steps, self.steps[1:], strict=False)
        ]
        clean = numbers.index(self.saved) if self.saved is not None else None
        session.restore(commands, numbers.index(self.now), clean, self.on_disk)
        return session


def bring_back(store: JournalStore, as_saved: bool = False) -> BroughtBack:
    """Reads all of the document, on any thread; ``as_saved``: without candidates that are not in its file.

    Raises JournalError, with the store open still.
    """
    try:
        steps = tuple((int(number), str(label)) for number, label in store.steps())
        numbers = [number for number, _label in steps]
        now, saved, on_disk = store.fact("now"), store.fact("saved"), saved_candidates(store)
        if now not in numbers:
            raise JournalDamaged("the last step is missing")
        reader = JournalReader(store)
        kept = reader.document(now, on_disk if as_saved else None)
        file = text_fact(store, "file")
        return BroughtBack(
            store,
            reader,
            kept.document,
            kept.active,
            steps,
            now,
            saved if saved in numbers else None,
            on_disk,
            Path(file) if file else None,
            Stamp.from_text(store.fact("stamp")),
            bool(store.fact("keeps_file")),
        )
    except (TypeError, ValueError, sqlite3.Error) as error:
        raise JournalDamaged(f"it cannot be read ({error})") from error


def as_in_file(brought: BroughtBack, found: Opened, label: str) -> BroughtBack:
    """What is seen is what the file holds: where that is not quite what was saved, as with JPEG, it is one more step,
    of that label. ``found`` is what reading the file has given; it belongs to what is returned.

    Raises JournalError, with the store open still.
    """
    saved, store = brought.document, brought.store
    document = _like(found.document, saved)
    document.metadata, metadata = saved.metadata, document.metadata
    active = document.layer(brought.active.id) if brought.active is not None else None
    active = active or found.active
    number = max(each for each, _label in brought.steps) + 1
    steps = tuple(each for each in brought.steps if each[0] <= brought.now)
    try:
        with store.transaction():
            state = JournalEncoder(store).state(document, active.id if active is not None else None)
            is_same = state == store.state(brought.now)
            if not is_same:
                for undone in brought.steps[len(steps) :]:
                    store.delete_step(undone[0])
                store.put_step(number, label, state)
                store.set_fact("now", number)
                store.set_fact("saved", number)
    except sqlite3.Error as error:
        raise JournalError(f"it cannot be written ({error})") from error
    if is_same:
        saved.metadata = metadata
        return brought
    document.metadata = metadata
    return replace(
        brought, document=document, active=active, steps=(*steps, (number, label)), now=number, saved=number
    )


class SessionJournal:
    """On the session's thread only a snapshot is taken, of references to tiles; all else is done by the journal's own.
    Steps that are too much for the memory stay in the journal alone.

    A stroke that is being painted is no finished command: it comes into the journal once it is one.
    """

    def __init__(
        self,
        session: Session,
        folder: JournalFolder,
        problem: Callable[[str], object],
        written: Callable[[int], object] = lambda state: None,
        store: JournalStore | None = None,
    ) -> None:
        """``problem`` and ``written`` as ``Journal`` has them. With ``store``, goes on with the journal that the
        session, unchanged, was brought back from."""
        self.session = session
        self._folder = folder
        path = store.path if store is not None else folder.new_path()
        self.journal = Journal(path, problem, written, folder.limit, store)
        states = session.history.states
        numbers = (
            [number for number, _label in store.steps()] if store is not None else list(range(len(states)))
        )
        self._numbers = dict(zip(states, numbers, strict=True))
        self._next = numbers[-1] + 1
        self._recorded: dict[int, Numbers] = {self._now: session.candidate_numbers()}
        self._snapshot = session.document.snapshot()
        self._latest = self._states(), self._now
        self._begun = store is not None
        self._reader: JournalReader | None = None
        self._was_saved = store is not None and store.fact("file_hash") is not None
        self.journal.set_facts(**self._facts())
        if store is None:
            on_disk = json.dumps(session.candidate_numbers())
            self.journal.set_facts(saved=self._now, saved_candidates=on_disk)
        session.history.shelf = self
        self._disconnect = [
            session.history.changed.connect(self._changed),
            session.path_changed.connect(self._saved),
        ]

    def candidates_arrived(self) -> None:
        """Candidates join layers without being steps, also while a stroke is painted: that is left out."""
        if self._recorded.get(self._now) == self.session.candidate_numbers():
            return
        self._begin()
        twin = self._snapshot.snapshot()
        mine = {layer.id: layer for layer in twin.layers() if isinstance(layer, FillLayer)}
        for layer in self.session.document.layers():
            if isinstance(layer, FillLayer) and layer.id in mine:
                mine[layer.id].candidates = layer.candidates
        self._record(twin, True)

    def file_written(self) -> None:
        """The session's file is another than it was, by our own doing."""
        self.journal.set_facts(**self._facts())

    def close(self) -> None:
        """The session is closed: what was not saved is not wanted. Does not wait; ``wait`` does."""
        self.session.history.shelf = None
        for disconnect in self._disconnect:
            disconnect()
        history, path = self.session.history, self.session.path
        modified = self.session.is_modified
        steps = history.clean if modified else len(history.labels)
        keep: Keep | None = None
        if self._folder.days and self._was_saved and path is not None and steps:
            keep = Keep(self._folder.kept_path(path), modified)
        self.journal.finish(keep)

    @property
    def is_behind(self) -> bool:
        return self.journal.is_behind

    def keep(self, before: object, after: object, label: str) -> KeptStep | None:
        """Of the history's steps, the one between these states, as far as they are written."""
        store, numbers = self.journal.store, (self._numbers.get(before), self._numbers.get(after))
        if (
            store is None
            or numbers[0] is None
            or numbers[1] is None
            or not self.journal.pin((numbers[0], numbers[1]))
        ):
            return None
        if self._reader is None:
            self._reader = JournalReader(store)
        return KeptStep(label, self.session.document, self._reader, numbers[0], numbers[1])

    def wait(self) -> None:
        """Until the journal of the closed session is kept or removed."""
        self.journal.wait()

    @property
    def _now(self) -> int:
        return self._numbers[self.session.history.state]

    def _states(self) -> tuple[int, ...]:
        return tuple(self._numbers[state] for state in self.session.history.states)

    def _changed(self) -> None:
        history = self.session.history
        states = history.states
        is_new = states[history.position] not in self._numbers
        for state in states:
            if state not in self._numbers:
                self._numbers[state] = self._next
                self._next += 1
        now = self._now
        is_new = is_new or self._recorded.get(now) != self.session.candidate_numbers()
        if is_new or self._latest != (self._states(), now):
            self._numbers = {state: self._numbers[state] for state in states}
            self._recorded = {n: self._recorded[n] for n in self._numbers.values() if n in self._recorded}
            self._begin()
            self._record(self.session.document.snapshot(), is_new)

    def _begin(self) -> None:
        """What was there before anything was done is the first that is recorded."""
        if not self._begun:
            self._begun = True
            states, now = self._latest
            self.journal.record(Point(states, now, "", self._snapshot, self._active_id, True))

    def _record(self, document: Document, is_new: bool) -> None:
        history = self.session.history
        label = history.labels[history.position - 1] if history.position else ""
        states, now = self._latest = self._states(), self._now
        self._snapshot, self._recorded[now] = document, self.session.candidate_numbers()
        self.journal.record(Point(states, now, label, document, self._active_id, is_new))

    @property
    def _active_id(self) -> str | None:
        return self.session.active.id if self.session.active is not None else None

    def _saved(self) -> None:
        session, clean = self.session, self.session.history.clean
        self.journal.set_facts(**self._facts())
        if session.path is not None and clean is not None:
            self._was_saved = True
            number = self._numbers[session.history.states[clean]]
            self.journal.saved(session.path, number, session.candidates_on_disk)

    def _facts(self) -> dict[str, object]:
        session = self.session
        file = str(session.path.absolute()) if session.path is not None else ""
        stamp = session.stamp.text if session.stamp is not None else None
        return {"title": session.title, "file": file, "stamp": stamp, "keeps_file": int(session.keeps_file)}


def _like(found: Document, saved: Document) -> Document:
    """What a file holds, as far as possible as what has become of the very layers that were saved in it."""
    match found.root.children, saved.root.children:
        case [PaintLayer() as layer], [PaintLayer(visible=True, opacity=1.0, mask=None) as one] if (
            found.extent,
            found.depth,
        ) == (saved.extent, saved.depth) and type(layer) is type(one) is PaintLayer:
            twin = saved.snapshot()  # files without layers know neither name nor lock
            (shown,) = twin.root.children
            assert isinstance(shown, PaintLayer)
            shown.pixels, twin.metadata = layer.pixels, found.metadata
            return twin
    found.origin, found.root.id = saved.origin, saved.root.id
    if _kinds(found.root) == _kinds(saved.root):
        for each, other in zip(found.layers(), saved.layers(), strict=True):
            each.id = other.id
    return found


def _kinds(group: Group) -> list[object]:
    """Of the layers in it, as they are nested."""
    return [_kinds(each) if isinstance(each, Group) else type(each) for each in group.children]
