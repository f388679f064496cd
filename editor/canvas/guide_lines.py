"""The guides of a picture as lines across the screen."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen

from editor.canvas.overlays import draw_note, note_rect
from editor.canvas.viewport import Viewport
from editor.document.guides import Direction, Guides

COLOUR = QColor(0, 174, 255)
"""Neither the veil's red nor a colour that photographs are full of."""
HELD = QColor(255, 255, 255)

_EDGE = QColor(0, 0, 0, 120)


@dataclass(frozen=True)
class HeldGuide:
    """One that is being dragged: from where in the picture, if it was there, to where, unless it is to be removed; and
    the pointer, in screen pixels."""

    direction: Direction
    before: int | None
    position: int | None
    x: float
    y: float

    @property
    def text(self) -> str:
        if self.position is None:
            return "Removed" if self.before is not None else ""
        return f"{'y' if self.direction == 'horizontal' else 'x'}: {self.position} px"


def draw_guides(
    painter: QPainter, viewport: Viewport, guides: Guides, held: HeldGuide | None, part: QRect
) -> None:
    """Those that cross a part of the screen."""
    if not guides and held is None:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not viewport.is_square)
    if held is not None and held.before is not None:
        guides = guides.removed(held.direction, held.before)
    painter.setPen(QPen(COLOUR, 1))
    painter.drawLines(_lines(viewport, guides, part))
    if held is not None and held.position is not None:
        line = guide_line(viewport, held.direction, held.position)
        painter.setPen(QPen(_EDGE, 3))
        painter.drawLine(line)
        painter.setPen(QPen(HELD, 1))
        painter.drawLine(line)
    if held is not None and held.text:
        draw_note(painter, held.text, held.x, held.y, viewport)
    painter.restore()


def guide_line(viewport: Viewport, direction: Direction, position: int) -> QLineF:
    """From one end of the screen to the other, in screen pixels."""
    left, top, right, bottom = viewport.picture_box(0, 0, viewport.width, viewport.height)
    if direction == "horizontal":
        return QLineF(*viewport.to_screen(left, position), *viewport.to_screen(right, position))
    return QLineF(*viewport.to_screen(position, top), *viewport.to_screen(position, bottom))


def guide_cursor(direction: Direction, viewport: Viewport) -> Qt.CursorShape:
    """Which says which way a guide can be dragged: along the screen's width or its height, or, turned askew, both."""
    if not viewport.is_square:
        return Qt.CursorShape.SizeAllCursor
    line = guide_line(viewport, direction, 0)
    return Qt.CursorShape.SplitVCursor if line.dy() == 0 else Qt.CursorShape.SplitHCursor


def held_rects(held: HeldGuide | None, viewport: Viewport, metrics: QFontMetrics) -> list[QRect]:
    """What of the screen a guide that is being dragged covers, and where it was."""
    if held is None:
        return []
    positions = [each for each in (held.before, held.position) if each is not None]
    lines = (guide_line(viewport, held.direction, position) for position in positions)
    places = [QRectF(line.p1(), line.p2()).normalized().adjusted(-3, -3, 3, 3) for line in lines]
    if held.text:
        places.append(note_rect(held.text, metrics, held.x, held.y, viewport))
    screen = QRectF(0, 0, viewport.width, viewport.height)
    return [place.intersected(screen).toAlignedRect() for place in places]


def _lines(viewport: Viewport, guides: Guides, part: QRect) -> list[QLineF]:
    """However many there are, only these are looked at: a stroke paints but a small part of the screen."""
    place = part.adjusted(-1, -1, 1, 1)
    left, top, right, bottom = viewport.picture_box(
        place.left(), place.top(), place.right() + 1, place.bottom() + 1
    )
    rows = guides.horizontal[bisect_left(guides.horizontal, top) : bisect_right(guides.horizontal, bottom)]
    columns = guides.vertical[bisect_left(guides.vertical, left) : bisect_right(guides.vertical, right)]
    lines = [guide_line(viewport, "horizontal", y) for y in rows]
    return lines + [guide_line(viewport, "vertical", x) for x in columns]
