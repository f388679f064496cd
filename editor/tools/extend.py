"""ExtendTool: a larger canvas, by dragging its edges."""

from __future__ import annotations

from editor.canvas_operations import extend_canvas
from editor.session import Session
from editor.settings import Settings
from editor.tools.snapping import snapped
from editor.tools.tool import Overlay, Point, PointerEvent, Tool, ToolInfo

REACH = 14
"""How near to an edge a press takes hold of it, in screen pixels."""

Sides = tuple[int, int, int, int]
"""Pixels to be added at the left, above, at the right and below."""

_NONE: Sides = (0, 0, 0, 0)


class ExtendTool(Tool):
    """An edge, or near a corner two, is dragged outwards; several may be, one after another. Committed, the canvas is
    extended as one step, and the new border selected."""

    info = ToolInfo(
        "extend",
        "Extend Canvas",
        "C",
        "extend",
        "Drag an edge or a corner outwards. Enter extends the canvas and selects what is new: then Fill.",
    )

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__(session, settings)
        self._sides = _NONE
        self._before = _NONE
        self._held: frozenset[int] = frozenset()
        """Which sides are being dragged."""

    @property
    def busy(self) -> bool:
        return bool(self._held) or any(self._sides)

    def press(self, event: PointerEvent) -> None:
        self._before = self._sides
        self._held = self._near(event)

    def move(self, event: PointerEvent) -> None:
        if self._held:
            extent = self.session.document.extent
            event = snapped(event, self.session.document.guides, self.settings)
            wanted = -event.x, -event.y, event.x - extent.width, event.y - extent.height
            left, top, right, bottom = (
                max(0, round(wanted[side])) if side in self._held else self._sides[side] for side in range(4)
            )
            self._sides = left, top, right, bottom
            self.overlay_changed.emit()

    def release(self, event: PointerEvent) -> None:
        self.move(event)
        self._held = frozenset()

    def step_back(self) -> bool:
        """What the last drag has changed."""
        if self._sides == self._before:
            return False
        self._sides, self._before, self._held = self._before, _NONE, frozenset()
        self.overlay_changed.emit()
        return True

    def commit(self) -> None:
        sides = self._sides
        self.cancel()
        if any(sides):
            try:
                extend_canvas(self.session, *sides)
            except ValueError:
                self.problem.emit("The canvas would be too large. Drag less far.")

    def cancel(self) -> None:
        self._sides = self._before = _NONE
        self._held = frozenset()
        self.overlay_changed.emit()

    def overlay(self) -> Overlay:
        left, top, right, bottom = self._frame()
        x, y = (left + right) / 2, (top + bottom) / 2
        corners: list[Point] = [(left, top), (right, top), (right, bottom), (left, bottom)]
        edges: list[Point] = [(x, top), (right, y), (x, bottom), (left, y)]
        return Overlay(lines=([*corners, corners[0]],), handles=(*corners, *edges))

    def _frame(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom edge of the canvas that there would be."""
        extent = self.session.document.extent
        left, top, right, bottom = self._sides
        return float(-left), float(-top), float(extent.width + right), float(extent.height + bottom)

    def _near(self, event: PointerEvent) -> frozenset[int]:
        left, top, right, bottom = self._frame()
        reach = REACH / event.scale
        across = left - reach <= event.x <= right + reach
        down = top - reach <= event.y <= bottom + reach
        near = (
            abs(event.x - left) <= reach and down,
            abs(event.y - top) <= reach and across,
            abs(event.x - right) <= reach and down,
            abs(event.y - bottom) <= reach and across,
        )
        return frozenset(side for side, is_near in enumerate(near) if is_near)
