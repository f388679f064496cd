"""Snapping: points of shapes that come near a guide lie on it."""

from __future__ import annotations

from dataclasses import replace

from editor.document.guides import Guides
from editor.settings import Settings
from editor.tools.tool import PointerEvent

SNAP_DISTANCE = 8.0
"""Screen pixels within which a guide attracts."""


def snapped(event: PointerEvent, guides: Guides, settings: Settings) -> PointerEvent:
    """Where guides are seen, and attract."""
    if not (guides and settings["guides-shown"] and settings["guides-snap"]):
        return event
    reach = SNAP_DISTANCE / event.scale
    x, y = guides.nearest("vertical", event.x, reach), guides.nearest("horizontal", event.y, reach)
    return replace(event, x=event.x if x is None else float(x), y=event.y if y is None else float(y))
