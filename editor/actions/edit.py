"""The Edit menu: history, the fill, preferences."""

from __future__ import annotations

from editor.actions.action import Action, Workspace, has_selection, on_session


def _can_undo(workspace: Workspace) -> bool:
    return workspace.session is not None and (workspace.tool_is_busy or workspace.session.history.can_undo)


def _can_redo(workspace: Workspace) -> bool:
    return workspace.session is not None and workspace.session.history.can_redo


EDIT = (
    Action(
        "undo",
        "&Undo",
        lambda w: w.step_back(),
        "Ctrl+Z",
        "undo",
        enabled=_can_undo,
        keeps=None,
    ),
    Action(
        "redo",
        "&Redo",
        on_session(lambda s: s.history.redo()),
        "Ctrl+Shift+Z; Ctrl+Y",
        "redo",
        enabled=_can_redo,
        keeps=False,
    ),
    Action(
        "fill",
        "&Fill the Selection",
        lambda w: w.start_fill(),
        "Ctrl+Return",
        "fill",
        enabled=lambda w: has_selection(w) and not w.is_filling,
        separated=True,
    ),
    Action(
        "generate",
        "&Generate a Layer",
        lambda w: w.start_generation(),
        "Ctrl+Shift+Return",
        enabled=lambda w: w.can_generate and not w.is_filling,
    ),
    Action(
        "cancel-fill",
        "&Cancel the Fill",
        lambda w: w.cancel_fill(),
        "Ctrl+.",
        "cancel",
        enabled=lambda w: w.is_filling,
        keeps=None,
    ),
    Action(
        "preferences", "&Preferences…", lambda w: w.show_preferences(), "Ctrl+,", "settings", separated=True
    ),
    Action("models", "&Models…", lambda w: w.show_models(), icon="model"),
)
