"""FillLimits: what the user has said about where the fills of one picture may look, and where they may copy from."""

from __future__ import annotations

from editor.document.document import Document
from editor.document.geometry import Bounds
from editor.document.signal import Signal
from editor.document.tiles import TileMap


class FillLimits:
    """Nothing of the document, and no step of its history: what was asked of a fill is kept in its recipe.

    ``changed()``: one of them is another, or lies elsewhere. Where the canvas becomes another, the source is let go:
    hardly ever is a new border to be made of what was chosen for something else.
    """

    def __init__(self, document: Document) -> None:
        self.changed = Signal()
        self._box: Bounds | None = None
        self._source: TileMap | None = None
        document.extent_changed.connect(self._move)

    @property
    def box(self) -> Bounds | None:
        """What the engine is to see; None where no box has been drawn."""
        return self._box

    def set_box(self, box: Bounds | None) -> None:
        if box != self._box:
            self._box = box or None
            self.changed.emit()

    @property
    def source(self) -> TileMap | None:
        """A plane of one channel, or None: everywhere."""
        return self._source

    def set_source(self, source: TileMap | None) -> None:
        """Takes the plane as it is: it must not change afterwards."""
        if source is not self._source:
            self._source = source or None
            self.changed.emit()

    def _move(self, dx: int, dy: int) -> None:
        if self._box is not None:
            self._box = self._box.translated(dx, dy)
        self._source = None
        self.changed.emit()
