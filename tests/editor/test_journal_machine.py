"""The history as a state machine that is closed and opened again, crashes, and leaves the memory for the journal."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from editor.canvas_operations import add_guide, clear_guides, extend_canvas, move_guide
from editor.document.guides import Direction
from editor.document.layers import FillLayer, Group, Layer, PaintLayer
from editor.files.formats import save_document
from editor.files.journal_folder import JournalFolder
from editor.layer_operations import add_mask, delete_mask, group_active
from editor.session import Session
from editor.session_journal import SessionJournal, bring_back
from tests.editor.journal_support import (
    crash,
    digest,
    fill_layer,
    insert,
    journalled,
    no_problem,
    paint,
    small_document,
)

MOST_LAYERS = 5
seeds = st.integers(0, 9)
directions: st.SearchStrategy[Direction] = st.sampled_from(["horizontal", "vertical"])


class JournalMachine(RuleBasedStateMachine):
    """``states[i]`` is the digest of the document after i steps."""

    @initialize()
    def start(self) -> None:
        self.place = Path(tempfile.mkdtemp())
        self.folder = JournalFolder(self.place / "journals")
        self.file = self.place / "picture.ora"
        self.session = Session(small_document(side=90))
        self.journal = journalled(self.session, self.folder)
        self.states = [digest(self.session.document)]
        self.saved = ""
        self.gesture: object = object()

    def teardown(self) -> None:
        if hasattr(self, "place"):
            self.session.history.close()
            self.journal.close()
            self.journal.wait()
            shutil.rmtree(self.place)

    def layer(self, which: int, kind: type[Layer]) -> Layer | None:
        found = [each for each in self.session.document.layers() if isinstance(each, kind)]
        return found[which % len(found)] if found else None

    def edited(self, position: int) -> None:
        """Something has been done at this position: one step more, or the last one is another now."""
        now = self.session.history.position
        assert now in (position, position + 1)
        self.states = [*self.states[:now], digest(self.session.document)]

    def brought_back(self, session: Session) -> None:
        assert session.history.labels == self.session.history.labels
        assert session.history.position == self.session.history.position
        self.session = session

    # Edits

    @rule(which=seeds, seed=seeds)
    def paint(self, which: int, seed: int) -> None:
        layer, position = self.layer(which, PaintLayer), self.session.history.position
        if isinstance(layer, PaintLayer):
            paint(self.session, layer, seed)
            self.edited(position)

    @rule(which=seeds, value=st.sampled_from([0.1, 0.5, 1.0]), new=st.booleans())
    def fade(self, which: int, value: float, new: bool) -> None:
        layer, position = self.layer(which, Layer), self.session.history.position
        self.gesture = object() if new else self.gesture
        if layer is not None and layer.opacity != value:
            self.session.set_layer(layer, "opacity", value, self.gesture)
            self.edited(position)

    @rule(seed=seeds, kind=st.sampled_from(["paint", "fill", "group"]))
    def add(self, seed: int, kind: str) -> None:
        position = self.session.history.position
        if sum(1 for _ in self.session.document.layers()) < MOST_LAYERS:
            made = {"paint": lambda: PaintLayer("New"), "group": lambda: Group("Group")}
            insert(self.session, made.get(kind, lambda: fill_layer(seed, side=60))())
            self.edited(position)

    @rule(which=seeds, act=st.sampled_from(["delete", "raise", "lower", "mask", "group", "take", "discard"]))
    def change(self, which: int, act: str) -> None:
        session, position = self.session, self.session.history.position
        session.active = self.layer(which, FillLayer if act in ("take", "discard") else Layer)
        if session.active is None:
            return
        before = session.history.state
        if act == "delete":
            session.delete_active()
        elif act in ("raise", "lower"):
            session.raise_active(1 if act == "raise" else -1)
        elif act == "mask":
            (add_mask if session.active.mask is None else delete_mask)(session)
        elif act == "group":
            group_active(session)
        elif act == "take" and session.fill_layer is not None and session.fill_layer.candidates:
            session.take_candidate(session.fill_layer.candidates[-1])
        elif act == "discard":
            session.discard_candidates()
        if session.history.state is not before:
            self.edited(position)

    @rule()
    def convert(self) -> None:
        position, depth = self.session.history.position, self.session.document.depth
        self.session.set_depth(16 if depth == 8 else 8)
        self.edited(position)

    @rule(direction=directions, place=st.integers(-90, 90))
    def change_guides(self, direction: Direction, place: int) -> None:
        """One more, and of three the first is moved."""
        position, guides = self.session.history.position, self.session.document.guides
        if place in guides.at(direction):
            return
        if len(guides.at(direction)) > 2:
            move_guide(self.session, direction, guides.at(direction)[0], place)
        else:
            add_guide(self.session, direction, place)
        self.edited(position)

    @rule()
    def lose_guides(self) -> None:
        position = self.session.history.position
        if self.session.document.guides:
            clear_guides(self.session)
            self.edited(position)

    @rule(sides=st.tuples(*[st.integers(0, 9)] * 4).filter(any))
    def extend(self, sides: tuple[int, int, int, int]) -> None:
        position, extent = self.session.history.position, self.session.document.extent
        if extent.longest < 600:
            extend_canvas(self.session, *sides)
            self.edited(position)

    @rule()
    def select(self) -> None:
        position = self.session.history.position
        self.session.invert_selection()
        self.edited(position)

    # The history

    @rule(to=st.integers(0, 30))
    def walk(self, to: int) -> None:
        self.session.history.go_to(to % len(self.states))

    @rule()
    def leave_memory(self) -> None:
        history = self.session.history
        self.journal.journal.flush()
        history.budget = 0
        for _ in range(2):
            history.trim()
            history.wait()
        history.budget = 1 << 30

    @rule()
    def crash(self) -> None:
        if not any(self.folder.path.glob("*")) and len(self.states) == 1:
            return  # nothing has been done yet
        self.session.history.close()
        crash(self.journal)
        orphans, problems = self.folder.orphans()
        assert not problems
        found = self.folder.take_orphan(orphans[0]) if orphans else self.folder.take_kept(self.file)
        assert found.store is not None and not found.problem
        assert orphans or self.saved == self.states[self.session.history.position]
        self.brought_back(bring_back(found.store).session())
        self.journal = SessionJournal(self.session, self.folder, no_problem, store=found.store)

    @precondition(lambda self: len(self.states) > 1)
    @rule()
    def save_close_and_open(self) -> None:
        save_document(self.session.document, self.file)
        self.session.saved_as(self.file)
        self.saved = self.states[self.session.history.position]
        self.session.history.close()
        self.journal.close()
        self.journal.wait()
        found = self.folder.take_kept(self.file)
        assert found.store is not None and not found.problem
        self.brought_back(bring_back(found.store, as_saved=True).session())
        assert not self.session.is_modified
        self.journal = SessionJournal(self.session, self.folder, no_problem, store=found.store)

    @invariant()
    def the_document_is_that_of_its_state(self) -> None:
        if hasattr(self, "states"):
            history = self.session.history
            assert len(history.labels) == len(self.states) - 1
            assert digest(self.session.document) == self.states[history.position]


JournalMachine.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
TestJournalMachine = JournalMachine.TestCase
