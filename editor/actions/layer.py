"""The Layer menu."""

from __future__ import annotations

from collections.abc import Callable

from editor import layer_operations as operations
from editor.actions.action import Action, Workspace, has_active, has_session, on_session
from editor.session import Session


def _toggle_locked(session: Session) -> None:
    if session.active is not None:
        session.set_layer(session.active, "locked", not session.active.locked)


def _when(may: Callable[[Session], bool]) -> Callable[[Workspace], bool]:
    return lambda workspace: workspace.session is not None and may(workspace.session)


def _has_mask(session: Session) -> bool:
    return session.active is not None and session.active.mask is not None


def _lacks_mask(session: Session) -> bool:
    return session.active is not None and session.active.mask is None


def _has_room(steps: int) -> Callable[[Workspace], bool]:
    def enabled(workspace: Workspace) -> bool:
        return workspace.session is not None and workspace.session.can_raise_active(steps)

    return enabled


def _toggle_visible(session: Session) -> None:
    if session.active is not None:
        session.set_layer(session.active, "visible", not session.active.visible)


LAYER = (
    Action(
        "layer-new",
        "&New Layer",
        on_session(operations.new_layer),
        "Ctrl+Shift+N; Ins",
        "layer-new",
        enabled=has_session,
    ),
    Action(
        "group-new",
        "New &Group",
        on_session(operations.new_group),
        "Ctrl+Shift+G",
        "group-new",
        enabled=has_session,
    ),
    Action(
        "layer-group",
        "Group the La&yer",
        on_session(operations.group_active),
        "Ctrl+G",
        enabled=has_active,
    ),
    Action(
        "layer-duplicate",
        "D&uplicate",
        on_session(operations.duplicate_active),
        "Ctrl+J",
        "duplicate",
        enabled=has_active,
    ),
    Action(
        "layer-merge-down",
        "&Merge Down",
        on_session(operations.merge_down),
        "Ctrl+E",
        "merge-down",
        enabled=_when(operations.can_merge_down),
    ),
    Action(
        "layer-clip",
        "&Clip to the Layer Below",
        on_session(operations.toggle_clipped),
        "Ctrl+Alt+G",
        "clip",
        enabled=_when(lambda s: operations.can_clip(s) or (s.active is not None and s.active.clipped)),
        separated=True,
    ),
    Action(
        "mask-add",
        "&Add a Mask",
        on_session(operations.add_mask),
        icon="mask",
        enabled=_when(_lacks_mask),
    ),
    Action(
        "mask-apply",
        "Apply the Mask",
        on_session(operations.apply_mask),
        enabled=_when(operations.can_apply_mask),
    ),
    Action(
        "mask-delete",
        "Delete the Ma&sk",
        on_session(operations.delete_mask),
        enabled=_when(_has_mask),
    ),
    Action(
        "layer-visible",
        "Show or &Hide",
        on_session(_toggle_visible),
        "Ctrl+H",
        "eye",
        enabled=has_active,
        separated=True,
    ),
    Action("layer-lock", "Loc&k or Unlock", on_session(_toggle_locked), icon="lock", enabled=has_active),
    Action(
        "layer-raise",
        "&Raise",
        on_session(lambda s: s.raise_active(1)),
        "Ctrl+]",
        "arrow-up",
        enabled=_has_room(1),
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
        icon="trash",
        enabled=has_active,
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
        "Ne&xt Candidate",
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
