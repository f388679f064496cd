"""What is done to the canvas of a session: it becomes larger."""

from __future__ import annotations

from editor.document.geometry import Bounds
from editor.document.selection import merge, rectangle
from editor.files.limits import MAX_PIXELS
from editor.history.commands import ChangeSelection, ResizeCanvas
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
