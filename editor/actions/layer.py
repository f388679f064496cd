"""The Layer menu."""

from __future__ import annotations

from collections.abc import Callable

from editor.actions.action import Action, Workspace, has_active, on_session
from editor.session import Session


def _has_room(steps: int) -> Callable[[Workspace], bool]:
    def enabled(workspace: Workspace) -> bool:
        return workspace.session is not None and workspace.session.can_raise_active(steps)

    return enabled


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
        enabled=_has_room(1),
        separated=True,
    ),
    Action(
        "layer-lower",
        "&Lower",
        on_session(lambda s: s.raise_active(-1)),
        "Ctrl+[",
        "arrow-down",
        enabled=_has_room(-1),
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
    Action(
        "candidate-previous",
        "&Previous Candidate",
        lambda w: w.candidates.step(-1),
        "Alt+Left",
        enabled=lambda w: w.candidates.can_step,
        keeps=None,
        separated=True,
    ),
    Action(
        "candidate-next",
        "&Next Candidate",
        lambda w: w.candidates.step(1),
        "Alt+Right",
        enabled=lambda w: w.candidates.can_step,
        keeps=None,
    ),
    Action(
        "candidate-take",
        "&Take the Candidate Shown",
        lambda w: w.candidates.take(),
        "Alt+Return",
        enabled=lambda w: w.candidates.can_take,
    ),
    Action(
        "candidates-discard",
        "Discard the &Other Candidates",
        on_session(lambda s: s.discard_candidates()),
        enabled=lambda w: w.session is not None and bool(w.session.other_candidates),
    ),
)
