"""The Image menu."""

from __future__ import annotations

from collections.abc import Callable

from editor.actions.action import Action, Workspace, on_session
from editor.document.tiles import Depth


def _has_other_depth(depth: Depth) -> Callable[[Workspace], bool]:
    return lambda w: w.session is not None and w.session.document.depth != depth


IMAGE = (
    Action(
        "depth-8",
        "To &8 Bits per Channel",
        on_session(lambda s: s.set_depth(8)),
        enabled=_has_other_depth(8),
    ),
    Action(
        "depth-16",
        "To &16 Bits per Channel",
        on_session(lambda s: s.set_depth(16)),
        enabled=_has_other_depth(16),
    ),
    Action(
        "extend-canvas",
        "&Extend Canvas…",
        lambda w: w.dialogs.extend_canvas(w.session) if w.session is not None else None,
        enabled=lambda w: w.session is not None and not w.is_filling,
        separated=True,
    ),
)
