"""What is done to the canvas of a session: it becomes larger, and gets guides."""

from __future__ import annotations

from editor.document.geometry import Bounds
from editor.document.guides import Direction, Guides
from editor.document.selection import merge, rectangle
from editor.files.limits import MAX_PIXELS
from editor.history.commands import ChangeSelection, ResizeCanvas
from editor.history.guide_commands import ChangeGuides
from editor.session import Session


def extend_canvas(session: Session, left: int, top: int, right: int, bottom: int) -> None:
    """Adds so many pixels at each side, as one step, and selects them. Raises ValueError where the canvas would be too
    large, or nothing is added."""
    sides = left, top, right, bottom
    if min(sides) < 0 or not any(sides):
        raise ValueError("a canvas is extended by something at one side at least")
    document, history, label = session.document, session.history, "Extend the canvas"
    old = document.canvas
    whole = Bounds.from_edges(-left, -top, old.right + right, old.bottom + bottom)
    if whole.extent.area > MAX_PIXELS:
        raise ValueError("so large a canvas cannot be saved")
    session.preview(None)
    with history.macro(label):
        history.do(ResizeCanvas(label, document, whole))
        border = rectangle(document.canvas, document.depth)
        border.exchange(merge(border, rectangle(old.translated(left, top), document.depth), "subtract"))
        history.do(ChangeSelection(label, document, merge(document.selection, border, "replace")))


def add_guide(session: Session, direction: Direction, position: int) -> None:
    """One step, unless there is a guide already. Raises ValueError where there are too many."""
    _change_guides(session, "New guide", session.document.guides.added(direction, position))


def move_guide(session: Session, direction: Direction, before: int, after: int) -> None:
    """One step; on to another guide, and the two are one."""
    guides = session.document.guides.removed(direction, before).added(direction, after)
    _change_guides(session, "Move guide", guides)


def remove_guide(session: Session, direction: Direction, position: int) -> None:
    _change_guides(session, "Remove guide", session.document.guides.removed(direction, position))


def clear_guides(session: Session) -> None:
    _change_guides(session, "Clear guides", Guides())


def _change_guides(session: Session, label: str, guides: Guides) -> None:
    if guides != session.document.guides:
        session.history.do(ChangeGuides(label, session.document, guides))
