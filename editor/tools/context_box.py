"""ContextBoxTool: a box is drawn around what the engine shall see of the picture when it fills."""

from __future__ import annotations

import math

from editor.document.geometry import Bounds
from editor.session import Session
from editor.settings import Settings
from editor.tools.selecting import DRAG_DISTANCE
from editor.tools.tool import Overlay, Point, PointerEvent, Tool, ToolInfo

REACH = 10
"""How near to an edge a press takes hold of it, in screen pixels."""

LEAST = 8
"""Sides of a box, in pixels."""

Edges = tuple[float, float, float, float]
"""Left, top, right and bottom."""


class ContextBoxTool(Tool):
    """A drag draws a box; near an edge or a corner of the box that there is it moves that, inside it all of the box. It
    is no step of the history, and holds until it is drawn anew or taken away in the Fill panel."""

    info = ToolInfo(
        "context-box",
        "Context Box",
        "K",
        "context-box",
        "Drag a box around what the engine shall see when it fills. Its edges and the box itself can be dragged.",
    )

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__(session, settings)
        self._start: Point | None = None
        self._from: Edges | None = None
        """Of the box that is being changed; None while one is drawn."""
        self._held: frozenset[int] = frozenset()
        self._edges: Edges | None = None
        """As it is being dragged."""

    @property
    def busy(self) -> bool:
        return self._start is not None

    def press(self, event: PointerEvent) -> None:
        self._start, self._edges = event.point, None
        box = self.session.limits.box
        self._from, self._held = None, frozenset()
        if box is not None:
            edges = float(box.x), float(box.y), float(box.right), float(box.bottom)
            self._held = _near(edges, event)
            if self._held or (edges[0] < event.x < edges[2] and edges[1] < event.y < edges[3]):
                self._from = edges

    def move(self, event: PointerEvent) -> None:
        if self._start is None:
            return
        if self._edges is None and math.dist(event.point, self._start) * event.scale < DRAG_DISTANCE:
            return
        dx, dy = event.x - self._start[0], event.y - self._start[1]
        if self._from is None:
            x, y = self._start
            self._edges = min(x, event.x), min(y, event.y), max(x, event.x), max(y, event.y)
        else:
            by = dx, dy, dx, dy
            moved = [
                edge + by[side] if not self._held or side in self._held else edge
                for side, edge in enumerate(self._from)
            ]
            left, right = sorted((moved[0], moved[2]))
            top, bottom = sorted((moved[1], moved[3]))
            self._edges = left, top, right, bottom
        self.overlay_changed.emit()

    def release(self, event: PointerEvent) -> None:
        self.move(event)
        self.commit()

    def commit(self) -> None:
        edges = self._edges
        self.cancel()
        if edges is None:
            return
        left, top, right, bottom = (round(edge) for edge in edges)
        box = Bounds.from_edges(left, top, right, bottom).intersected(self.session.document.canvas)
        if box.extent.shortest < LEAST:
            self.problem.emit("That box is too small, or lies outside the picture. Drag a larger one.")
            return
        self.session.limits.set_box(box)
        self.settings["fill-context"] = "box"
        self.overlay_changed.emit()

    def cancel(self) -> None:
        self._start = self._from = self._edges = None
        self._held = frozenset()
        self.overlay_changed.emit()

    def overlay(self) -> Overlay:
        edges, box = self._edges, self.session.limits.box
        if edges is None and box is not None:
            edges = box.x, box.y, box.right, box.bottom
        if edges is None:
            return Overlay()
        left, top, right, bottom = edges
        corners: list[Point] = [(left, top), (right, top), (right, bottom), (left, bottom)]
        x, y = (left + right) / 2, (top + bottom) / 2
        middles: list[Point] = [(x, top), (right, y), (x, bottom), (left, y)]
        return Overlay(lines=([*corners, corners[0]],), handles=(*corners, *middles))


def _near(edges: Edges, event: PointerEvent) -> frozenset[int]:
    """Which edges a press takes hold of; of two that are both near, the nearer one."""
    left, top, right, bottom = edges
    reach = REACH / event.scale
    held: set[int] = set()
    across = left - reach <= event.x <= right + reach
    down = top - reach <= event.y <= bottom + reach
    for sides, place, along in (((0, 2), event.x, down), ((1, 3), event.y, across)):
        nearest = min(sides, key=lambda side, place=place: abs(edges[side] - place))  # type: ignore[misc]
        if along and abs(edges[nearest] - place) <= reach:
            held.add(nearest)
    return frozenset(held)
