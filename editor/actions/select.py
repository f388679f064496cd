"""The Select menu."""

from __future__ import annotations

from editor.actions.action import Action, has_active, has_selection, has_session, on_session

SELECT = (
    Action(
        "select-all",
        "&All",
        on_session(lambda s: s.select_all()),
        "Ctrl+A",
        "selection-all",
        enabled=has_session,
    ),
    Action(
        "deselect",
        "&None",
        on_session(lambda s: s.deselect()),
        "Ctrl+D",
        "selection-none",
        enabled=has_selection,
        keeps=False,
    ),
    Action(
        "invert",
        "&Invert",
        on_session(lambda s: s.invert_selection()),
        "Ctrl+I",
        "selection-invert",
        enabled=has_session,
    ),
    Action(
        "select-layer",
        "The &Layer's Shape",
        on_session(lambda s: s.select_layer()),
        "Ctrl+Shift+L",
        "selection-layer",
        enabled=has_active,
        separated=True,
    ),
)
