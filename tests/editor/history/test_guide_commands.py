"""Guides change by a command that undo and redo exchange."""

from __future__ import annotations

from editor.document.document import Document
from editor.document.geometry import Extent
from editor.document.guides import Guides
from editor.history.guide_commands import ChangeGuides
from editor.history.history import History


def test_guides_are_exchanged() -> None:
    document, history = Document(Extent(20, 10)), History(1 << 20)
    for guides in (Guides((1,), (2,)), Guides((1,)), Guides()):
        history.do(ChangeGuides("Guides", document, guides))
    assert history.nbytes == Guides((1, 1), (2,)).nbytes > 0  # what each step would bring back
    history.undo()
    assert document.guides == Guides((1,))
    history.go_to(0)
    assert document.guides == Guides()
    history.go_to(1)
    assert document.guides == Guides((1,), (2,))
