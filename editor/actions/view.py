"""The View menu."""

from __future__ import annotations

from editor.actions.action import Action, has_session, on_canvas

VIEW = (
    Action(
        "zoom-in",
        "Zoom &In",
        on_canvas(lambda c: c.step_zoom(1)),
        "Ctrl++",
        "plus",
        enabled=has_session,
        keeps=None,
    ),
    Action(
        "zoom-out",
        "Zoom &Out",
        on_canvas(lambda c: c.step_zoom(-1)),
        "Ctrl+-",
        "minus",
        enabled=has_session,
        keeps=None,
    ),
    Action(
        "zoom-fit",
        "&Fit",
        on_canvas(lambda c: c.fit()),
        "Ctrl+0",
        "zoom-fit",
        enabled=has_session,
        keeps=None,
    ),
    Action(
        "zoom-100",
        "&100 %",
        on_canvas(lambda c: c.set_zoom(1)),
        "Ctrl+1",
        "zoom-100",
        enabled=has_session,
        keeps=None,
    ),
)
