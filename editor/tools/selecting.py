"""SelectionTool: what the tools have in common whose shapes join the selection."""

from __future__ import annotations

from editor.document.geometry import Bounds
from editor.document.selection import CombineMode
from editor.document.tiles import Array8, TileMap
from editor.tools.snapping import snapped
from editor.tools.tool import PointerEvent, Tool

DRAG_DISTANCE = 4.0
"""Screen pixels that the pointer must leave before a press is a drag and not a click."""


class SelectionTool(Tool):
    """The setting ``selection-mode`` says how a shape joins, unless the keys held at the press do: Shift adds, Ctrl (or
    Alt) subtracts, both intersect."""

    def mode_for(self, event: PointerEvent) -> CombineMode:
        add, subtract = "shift" in event.modifiers, bool({"ctrl", "alt"} & event.modifiers)
        if add and subtract:
            return "intersect"
        if add or subtract:
            return "add" if add else "subtract"
        mode: CombineMode = self.settings["selection-mode"]
        return mode

    def snapped(self, event: PointerEvent) -> PointerEvent:
        """On a guide that is near."""
        return snapped(event, self.session.document.guides, self.settings)

    def select(self, bounds: Bounds, shape: Array8, mode: CombineMode) -> None:
        """As one step of the history; a shape without area is none, unless it is intersected with."""
        if shape.any() or mode == "intersect":
            self.session.select(bounds, shape, mode, self._label(mode))

    def select_plane(self, shape: TileMap, mode: CombineMode) -> None:
        """The same with a plane that lies within the canvas."""
        if shape or mode == "intersect":
            self.session.select_plane(shape, mode, self._label(mode))

    def _label(self, mode: CombineMode) -> str:
        return self.info.title if mode == "replace" else f"{self.info.title}: {mode}"
