"""LassoTool: draws a selection's outline, freehand by dragging, as a polygon by clicking, or both in turn."""

from __future__ import annotations

import math

import numpy as np

from editor.document.geometry import Bounds
from editor.document.selection import CombineMode
from editor.raster.polygon import polygon
from editor.session import Session
from editor.settings import Settings
from editor.tools.selecting import DRAG_DISTANCE, SelectionTool
from editor.tools.tool import Overlay, Point, PointerEvent, ToolInfo

CLOSE_DISTANCE = 9.0
"""Screen pixels within which a click on the first point closes the polygon."""


class LassoTool(SelectionTool):
    """A drag that begins the shape closes it on release; a click begins a polygon, which a click on its first point,
    a double click or Enter closes. Within a polygon, dragging adds freehand stretches. Corners lie on guides that are
    near, freehand stretches where they are drawn."""

    info = ToolInfo(
        "lasso",
        "Lasso",
        "L",
        "lasso",
        "Drag around a region, or click its corners. Shift adds, Ctrl subtracts.",
        options=("selection-mode",),
    )

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__(session, settings)
        self._points: list[Point] = []
        self._mode: CombineMode = "replace"
        self._pressed: Point | None = None
        self._dragging = False
        self._polygon = False
        self._pointer: Point | None = None

    @property
    def busy(self) -> bool:
        return bool(self._points)

    def press(self, event: PointerEvent) -> None:
        if not self._points:
            self._mode = self.mode_for(event)
            self._polygon = False
        elif self._near_first(event):
            self.commit()
            return
        self._pressed, self._dragging = event.point, False
        self._add(self.snapped(event).point)

    def move(self, event: PointerEvent) -> None:
        if self._pressed is None:
            return
        far = math.dist(event.point, self._pressed) * event.scale >= DRAG_DISTANCE
        if self._dragging or far:
            self._dragging = True
            self._add(event.point)

    def release(self, event: PointerEvent) -> None:
        if self._pressed is None:
            return
        dragged, self._pressed, self._dragging = self._dragging, None, False
        if dragged and not self._polygon:
            self.commit()
        else:
            self._polygon = True
            self.overlay_changed.emit()

    def hover(self, event: PointerEvent) -> None:
        if self._points:
            self._pointer = self.snapped(event).point
            self.overlay_changed.emit()

    def double_press(self, event: PointerEvent) -> None:
        if len(self._points) >= 3:
            self.commit()
        else:
            self.press(event)

    def step_back(self) -> bool:
        if not self._points:
            return False
        self._points.pop()
        self.overlay_changed.emit()
        return True

    def commit(self) -> None:
        points, mode = self._points, self._mode
        self.cancel()
        if len(points) < 3:
            return
        xs, ys = np.array(points).T
        canvas = self.session.document.canvas
        bounds = Bounds.from_edges(
            math.floor(xs.min()), math.floor(ys.min()), math.ceil(xs.max()), math.ceil(ys.max())
        ).intersected(canvas)
        self.select(bounds, polygon(points, bounds), mode)

    def cancel(self) -> None:
        self._points = []
        self._pressed, self._dragging, self._polygon, self._pointer = None, False, False, None
        self.overlay_changed.emit()

    def overlay(self) -> Overlay:
        if not self._points:
            return Overlay()
        line = list(self._points)
        if self._polygon and self._pressed is None and self._pointer is not None:
            line.append(self._pointer)
        return Overlay(lines=(line,), handles=(self._points[0],) if self._polygon else ())

    def _add(self, point: Point) -> None:
        if not self._points or self._points[-1] != point:
            self._points.append(point)
            self.overlay_changed.emit()

    def _near_first(self, event: PointerEvent) -> bool:
        return (
            len(self._points) >= 3 and math.dist(event.point, self._points[0]) * event.scale <= CLOSE_DISTANCE
        )
