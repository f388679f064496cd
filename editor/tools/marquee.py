"""RectangleTool and EllipseTool: shapes drawn by dragging from corner to corner."""

from __future__ import annotations

import math

from editor.document.geometry import Bounds
from editor.document.selection import CombineMode, rectangle
from editor.document.tiles import Array8
from editor.raster import shapes
from editor.session import Session
from editor.settings import Settings
from editor.tools.selecting import DRAG_DISTANCE, SelectionTool
from editor.tools.tool import Overlay, Point, PointerEvent, ToolInfo

Box = tuple[float, float, float, float]
"""Left, top, right and bottom edge in picture pixels."""

_OPTIONS = ("selection-mode", "marquee-whole-pixels")
_PIECES = 96
"""Straight pieces of the ellipse that is seen while it is drawn."""


class MarqueeTool(SelectionTool):
    """Shift makes the sides equal, Alt draws from the centre, when pressed while dragging: held at the press already,
    they say how the shape joins the selection, until they are let go. A click without dragging deselects. Corners lie
    on guides that are near."""

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__(session, settings)
        self._start: PointerEvent | None = None
        self._box: Box | None = None
        self._mode: CombineMode = "replace"
        self._held: frozenset[str] = frozenset()

    @property
    def busy(self) -> bool:
        return self._start is not None

    def press(self, event: PointerEvent) -> None:
        self.cancel()
        self._start, self._mode, self._held = event, self.mode_for(event), event.modifiers

    def move(self, event: PointerEvent) -> None:
        if self._start is None:
            return
        self._held &= event.modifiers
        if self._box is not None or math.dist(event.point, self._start.point) * event.scale >= DRAG_DISTANCE:
            self._box = self._box_to(self.snapped(self._start).point, self.snapped(event))
            self.overlay_changed.emit()

    def release(self, event: PointerEvent) -> None:
        if self._start is None:
            return
        self.move(event)
        if self._box is None and self._mode == "replace":
            self.cancel()
            self.session.deselect()
        else:
            self.commit()

    def commit(self) -> None:
        box, mode = self._box, self._mode
        self.cancel()
        if box is None:
            return
        left, top, right, bottom = box
        bounds = Bounds.from_edges(
            math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom)
        ).intersected(self.session.document.canvas)
        self._select(box, bounds, mode)

    def cancel(self) -> None:
        self._start = self._box = None
        self.overlay_changed.emit()

    def overlay(self) -> Overlay:
        return Overlay(lines=(self._line(self._box),)) if self._box is not None else Overlay()

    def _select(self, box: Box, bounds: Bounds, mode: CombineMode) -> None:
        self.select(bounds, self._cover(box, bounds), mode)

    def _cover(self, box: Box, bounds: Bounds) -> Array8:
        raise NotImplementedError

    def _line(self, box: Box) -> list[Point]:
        """What is seen while it is drawn."""
        raise NotImplementedError

    def _box_to(self, start: Point, event: PointerEvent) -> Box:
        (x, y), (end_x, end_y) = start, event.point
        if self.settings["marquee-whole-pixels"]:
            x, y, end_x, end_y = (float(round(each)) for each in (x, y, end_x, end_y))
        across, down = end_x - x, end_y - y
        pressed = event.modifiers - self._held
        if "shift" in pressed:
            side = max(abs(across), abs(down))
            across, down = math.copysign(side, across), math.copysign(side, down)
        left, top = (x - across, y - down) if "alt" in pressed else (x, y)
        right, bottom = x + across, y + down
        return min(left, right), min(top, bottom), max(left, right), max(top, bottom)


class RectangleTool(MarqueeTool):
    info = ToolInfo(
        "rectangle",
        "Rectangle",
        "R",
        "rectangle",
        "Drag from corner to corner. While dragging, Shift makes a square, Alt draws from the centre.",
        options=_OPTIONS,
    )

    def _select(self, box: Box, bounds: Bounds, mode: CombineMode) -> None:
        if all(edge == round(edge) for edge in box):
            self.select_plane(rectangle(bounds), mode)
        else:
            super()._select(box, bounds, mode)

    def _cover(self, box: Box, bounds: Bounds) -> Array8:
        return shapes.rectangle(*box, bounds)

    def _line(self, box: Box) -> list[Point]:
        left, top, right, bottom = box
        return [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]


class EllipseTool(MarqueeTool):
    info = ToolInfo(
        "ellipse",
        "Ellipse",
        "U",
        "ellipse",
        "Drag from corner to corner. While dragging, Shift makes a circle, Alt draws from the centre.",
        options=_OPTIONS,
    )

    def _cover(self, box: Box, bounds: Bounds) -> Array8:
        return shapes.ellipse(*box, bounds)

    def _line(self, box: Box) -> list[Point]:
        left, top, right, bottom = box
        x, y, across, down = (left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2
        angles = (index * 2 * math.pi / _PIECES for index in range(_PIECES + 1))
        return [(x + across * math.cos(angle), y + down * math.sin(angle)) for angle in angles]
