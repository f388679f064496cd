"""What changes the mask brush from the keyboard."""

from __future__ import annotations

from editor.actions.action import Action, has_session

BRUSH = (
    Action(
        "brush-smaller",
        "&Smaller Brush",
        lambda w: w.change_setting("brush-size", 1 / 1.2, -1),
        "[",
        enabled=has_session,
        keeps=None,
    ),
    Action(
        "brush-larger",
        "&Larger Brush",
        lambda w: w.change_setting("brush-size", 1.2, 1),
        "]",
        enabled=has_session,
        keeps=None,
    ),
    Action(
        "brush-softer",
        "S&ofter Brush",
        lambda w: w.change_setting("brush-hardness", 1, -10),
        "{",
        enabled=has_session,
        keeps=None,
    ),
    Action(
        "brush-harder",
        "&Harder Brush",
        lambda w: w.change_setting("brush-hardness", 1, 10),
        "}",
        enabled=has_session,
        keeps=None,
    ),
)
