"""The Layer menu."""

from __future__ import annotations

from editor.actions.action import Action, has_active, on_session
from editor.session import Session


def _toggle_visible(session: Session) -> None:
    if session.active is not None:
        session.set_layer(session.active, "visible", not session.active.visible)


LAYER = (
    Action(
        "layer-visible", "&Show or Hide", on_session(_toggle_visible), "Ctrl+H", "eye", enabled=has_active
    ),
    Action(
        "layer-raise",
        "&Raise",
        on_session(lambda s: s.raise_active(1)),
        "Ctrl+]",
        "arrow-up",
        enabled=has_active,
        separated=True,
    ),
    Action(
        "layer-lower",
        "&Lower",
        on_session(lambda s: s.raise_active(-1)),
        "Ctrl+[",
        "arrow-down",
        enabled=has_active,
    ),
    Action(
        "layer-delete",
        "&Delete",
        on_session(lambda s: s.delete_active()),
        "Del",
        "trash",
        enabled=has_active,
        separated=True,
    ),
)
