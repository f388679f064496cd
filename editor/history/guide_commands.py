"""ChangeGuides: the command that gives a document other guides."""

from __future__ import annotations

from editor.document.document import Document
from editor.document.guides import Guides
from editor.history.commands import Command


class ChangeGuides(Command):
    """Exchanges all guides for those that it holds."""

    def __init__(self, label: str, document: Document, guides: Guides) -> None:
        super().__init__(label)
        self._document, self._guides = document, guides

    def do(self) -> None:
        self._guides = self._document.set_guides(self._guides)

    undo = do

    @property
    def nbytes(self) -> int:
        return self._guides.nbytes
