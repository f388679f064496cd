"""GuideDrag: a guide that is being dragged, out of a ruler or to another place, until it is one step of the history."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent

from editor.canvas.guide_lines import HeldGuide, guide_cursor
from editor.canvas.ruler_scale import RulerScale
from editor.canvas.viewport import Viewport
from editor.canvas_operations import add_guide, move_guide, remove_guide
from editor.document.guides import Direction
from editor.document.signal import Signal
from editor.session import Session
from editor.settings import Settings

GRIP = 5.0
"""Screen pixels within which a guide can be taken hold of."""
_ATTRACTS = 4.0
"""The same from the edges and the middle of the picture, on which a guide comes to lie."""


class GuideDrag:
    """Signals: ``changed()`` the guides are others, or shown no more; ``dragged()`` the one that is held is another, or
    elsewhere; ``problem(str)`` why there is no new guide.

    Dropped outside the canvas, a guide is removed. Whatever else changes the guides meanwhile ends the drag.
    """

    def __init__(self, session: Session, settings: Settings, viewport: Viewport) -> None:
        self.held: HeldGuide | None = None
        self.changed = Signal()
        self.dragged = Signal()
        self.problem = Signal()
        self._session, self._settings, self._viewport = session, settings, viewport
        self._disconnect = [
            session.document.guides_changed.connect(self._others),
            settings.on_change(self._setting_changed),
        ]

    def release_session(self) -> None:
        self.cancel()
        for disconnect in self._disconnect:
            disconnect()

    @property
    def busy(self) -> bool:
        return self.held is not None

    def shown(self, direction: Direction) -> tuple[int, ...]:
        """Where guides are seen: the one that is being dragged where it is now."""
        guides, held = self._session.document.guides, self.held
        if not self.are_shown:
            return ()
        if held is None or held.direction != direction:
            return guides.at(direction)
        others = (each for each in guides.at(direction) if each != held.before)
        return (*others, held.position) if held.position is not None else (*others,)

    def near(self, pointer: QPointF) -> tuple[Direction, int] | None:
        """The guide at a point of the screen that can be taken hold of."""
        if not self.can_move:
            return None
        guides, reach = self._session.document.guides, GRIP / self._viewport.scale
        px, py = self._viewport.to_picture(pointer.x(), pointer.y())
        across, down = guides.nearest("vertical", px, reach), guides.nearest("horizontal", py, reach)
        if across is not None and (down is None or abs(across - px) <= abs(down - py)):
            return "vertical", across
        return ("horizontal", down) if down is not None else None

    @property
    def are_shown(self) -> bool:
        return bool(self._settings["guides-shown"])

    @property
    def can_move(self) -> bool:
        """Those that are there."""
        return self.are_shown and not self._settings["guides-locked"]

    def begin(self, direction: Direction, before: int | None, pointer: QPointF) -> None:
        """Takes hold of the guide at ``before``, or of a new one, with the pointer at a point of the screen."""
        self._settings["guides-shown"] = True
        self._hold(HeldGuide(direction, before, before, pointer.x(), pointer.y()))

    def commit(self) -> None:
        """As one step, unless nothing has changed."""
        held = self.held
        self.cancel()
        if held is None:
            return
        try:
            if held.before is not None and held.position is not None:
                move_guide(self._session, held.direction, held.before, held.position)
            elif held.before is not None:
                remove_guide(self._session, held.direction, held.before)
            elif held.position is not None:
                add_guide(self._session, held.direction, held.position)
        except ValueError as error:
            self.problem.emit(f"No guide was made: {error}.")

    def cancel(self) -> None:
        if self.held is not None:
            self._hold(None)

    # Pointer

    def press(self, event: QMouseEvent) -> bool:
        """True where this takes hold of a guide."""
        guide = self.near(event.position())
        if guide is None or event.button() != Qt.MouseButton.LeftButton:
            return False
        self.begin(*guide, event.position())
        return True

    def drag(self, event: QMouseEvent, position: QPointF) -> bool:
        """True where a guide is being dragged; ``position`` on the canvas. With Shift, only to marks of the rulers."""
        if self.held is not None:
            direction, before = self.held.direction, self.held.before
            on_marks = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            place = self._place(direction, position.x(), position.y(), on_marks)
            self._hold(HeldGuide(direction, before, place, position.x(), position.y()))
        return self.held is not None

    def release(self, event: QMouseEvent) -> bool:
        """True where this ends the drag."""
        if self.held is None or event.button() != Qt.MouseButton.LeftButton:
            return False
        self.commit()
        return True

    def cursor(self, pointer: QPointF | None) -> Qt.CursorShape | None:
        """Where a guide can be taken hold of, or is."""
        guide = self.near(pointer) if pointer is not None and self.held is None else None
        direction = self.held.direction if self.held is not None else guide[0] if guide is not None else None
        return guide_cursor(direction, self._viewport) if direction is not None else None

    def _others(self) -> None:
        self.cancel()
        self.changed.emit()

    def _setting_changed(self, setting_id: str) -> None:
        if setting_id in ("guides-shown", "guides-locked"):
            self.changed.emit()

    def _hold(self, held: HeldGuide | None) -> None:
        self.held = held
        self.dragged.emit()

    def _place(self, direction: Direction, x: float, y: float, on_marks: bool) -> int | None:
        """The edge between pixels that is nearest to the pointer; None outside the canvas."""
        viewport, extent = self._viewport, self._session.document.extent
        scales = [RulerScale.of(viewport, down) for down in (False, True)]
        inside = 0 <= x < viewport.width, 0 <= y < viewport.height
        crossed = [scale is None or scale.direction == direction for scale in scales]
        if not all(within for within, matters in zip(inside, crossed, strict=True) if matters):
            return None
        place = viewport.to_picture(x, y)[direction == "horizontal"]
        scale = scales[crossed.index(True)]
        if on_marks and scale is not None:
            step = scale.steps[1]
            return round(place / step) * step
        length = extent.height if direction == "horizontal" else extent.width
        near = min((0, length // 2, length), key=lambda edge: abs(edge - place))
        return near if abs(near - place) * viewport.scale <= _ATTRACTS else round(place)
