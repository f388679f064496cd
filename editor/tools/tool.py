"""Tool: what a pointer does to a session. No widgets, no Qt.

To add a tool, write a class here beside the others with an ``info``, the four pointer methods that it needs, ``commit``
and ``cancel``, and add it to ``TOOLS`` in ``editor.tools.table``. A tool belongs to one session; the window makes a new
one when the session or the tool changes. It may be interrupted at any moment: ``commit`` finishes what can be finished,
``cancel`` leaves the document as it was before the press; afterwards ``busy`` is False.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from editor.document.signal import Signal
from editor.session import Session
from editor.settings import Settings

Point = tuple[float, float]
"""x and y in picture pixels; pixel (0, 0) spans 0 to 1."""
Disc = tuple[float, float, float]
"""x and y of the centre, and the diameter, in picture pixels."""


@dataclass(frozen=True, slots=True)
class ToolInfo:
    """``options`` are ids of settings that the options bar shows; ``hint`` says how the tool is used.
    A tool that ``pans`` leaves dragging to the canvas, which moves the view; a ``live`` one changes the document while
    it is busy, and is committed before anything else does."""

    id: str
    title: str
    shortcut: str
    icon: str
    hint: str
    options: tuple[str, ...] = ()
    shows_veil: bool = False
    pans: bool = False
    live: bool = False


@dataclass(frozen=True, slots=True)
class PointerEvent:
    """One sample of the pointer, in picture pixels. ``scale``: screen pixels per picture pixel; tilt in degrees from
    upright, to the right and towards the user; ``time`` in milliseconds since some moment."""

    x: float
    y: float
    pressure: float = 1.0
    modifiers: frozenset[str] = frozenset()
    scale: float = 1.0
    eraser: bool = False
    tilt_x: float = 0.0
    tilt_y: float = 0.0
    time: float = 0.0

    @property
    def point(self) -> Point:
        return self.x, self.y


@dataclass(frozen=True, slots=True)
class Overlay:
    """What the canvas draws above the picture for a tool: open lines, handles (points) of a fixed screen size, and
    discs, tinted all as one."""

    lines: Sequence[Sequence[Point]] = ()
    handles: Sequence[Point] = ()
    discs: Sequence[Disc] = ()


class Tool:
    """Signals: ``overlay_changed()`` asks the canvas to draw the tool's overlay anew; ``problem(str)`` says, in a
    sentence for the user, why the tool does nothing."""

    info = ToolInfo("none", "None", "", "", "")

    def __init__(self, session: Session, settings: Settings) -> None:
        self.session = session
        self.settings = settings
        self.overlay_changed = Signal()
        self.problem = Signal()

    @property
    def busy(self) -> bool:
        """True between the press and the commit or cancel."""
        return False

    def press(self, event: PointerEvent) -> None: ...

    def move(self, event: PointerEvent) -> None:
        """With the button held."""

    def release(self, event: PointerEvent) -> None: ...

    def hover(self, event: PointerEvent) -> None:
        """Without a button."""

    def frame(self) -> None:
        """Called once before each picture of the canvas: what has been gathered since the last is applied now."""

    def double_press(self, event: PointerEvent) -> None:
        """The second press of a double click; the first came as an ordinary press and release."""
        self.press(event)

    def step_back(self) -> bool:
        """Takes back the last point of an unfinished shape; False where there is none."""
        return False

    def commit(self) -> None: ...

    def cancel(self) -> None: ...

    def finish(self, keep: bool) -> None:
        """Commits or cancels what has been begun."""
        if self.busy:
            if keep:
                self.commit()
            else:
                self.cancel()

    def take_back(self) -> bool:
        """Undo within what has been begun: its last point, or all of it; False where nothing has been begun."""
        if not self.busy:
            return False
        if not self.step_back():
            self.cancel()
        return True

    def overlay(self) -> Overlay:
        return Overlay()

    def cursor_diameter(self) -> float | None:
        """Of the brush outline, in picture pixels; None where the tool has none."""
        return None
