"""MaskBrushTool: paints the selection, or erases it; what is painted is what will be filled."""

from __future__ import annotations

import numpy as np

from editor.document.geometry import TILE
from editor.document.tiles import TilePatch, frozen
from editor.history.commands import ChangeSelection
from editor.raster.stroke import CoverageBuffer, Dab, StrokePath, apply_add, apply_erase
from editor.session import Session
from editor.settings import Settings
from editor.tools.tool import PointerEvent, Tool, ToolInfo

SPACING = 0.1
"""Distance of two dabs as a part of the diameter."""


class MaskBrushTool(Tool):
    """The stroke is applied while it is painted, and becomes one step when the pointer is lifted."""

    info = ToolInfo(
        "mask-brush",
        "Mask Brush",
        "B",
        "mask-brush",
        "Paint what is to be filled. Ctrl erases; [ and ] change the size.",
        options=("brush-mode", "brush-size", "brush-hardness"),
        shows_veil=True,
        live=True,
    )

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__(session, settings)
        self._path: StrokePath | None = None
        self._cover: CoverageBuffer | None = None
        self._erases = False
        self._before: TilePatch = {}

    @property
    def busy(self) -> bool:
        return self._path is not None

    def press(self, event: PointerEvent) -> None:
        self.commit()
        erases = self.settings["brush-mode"] == "erase"
        switched = event.eraser or bool({"ctrl", "alt"} & event.modifiers)
        self._erases = True if event.eraser else erases != switched
        self._path = StrokePath(self.settings["brush-size"], SPACING, pressure_size=True)
        self._cover = CoverageBuffer(
            self.session.document.canvas, self.settings["brush-hardness"] / 100, tile=TILE
        )
        self._before = {}
        self._paint(self._path.add(event.x, event.y, event.pressure))

    def move(self, event: PointerEvent) -> None:
        if self._path is not None:
            self._paint(self._path.add(event.x, event.y, event.pressure))

    def release(self, event: PointerEvent) -> None:
        self.commit()

    def commit(self) -> None:
        before = self._finish()
        if before:
            label = "Erase mask" if self._erases else "Paint mask"
            self.session.history.record(ChangeSelection(label, self.session.document, before))

    def cancel(self) -> None:
        before = self._finish()
        if before:
            self.session.document.exchange_selection(before)

    def cursor_diameter(self) -> float:
        return float(self.settings["brush-size"])

    def _finish(self) -> TilePatch:
        """Ends the stroke; the tiles that it changed, as they were before it."""
        before, self._before = self._before, {}
        self._path = self._cover = None
        return before

    def _paint(self, dabs: list[Dab]) -> None:
        if self._cover is None or not dabs:
            return
        document = self.session.document
        patch: TilePatch = {}
        for key, cover in self._cover.add(dabs).items():
            now = document.selection.tile(key)
            new = (apply_erase if self._erases else apply_add)(self._before.get(key, now), cover)
            if not new.any():
                if now is not None:
                    patch[key] = None
            elif now is None or not np.array_equal(now, new):
                patch[key] = frozen(new)
        for key, tile in document.exchange_selection(patch).items():
            self._before.setdefault(key, tile)
