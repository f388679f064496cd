"""The Edit menu: history, the fill, preferences."""

from __future__ import annotations

from collections.abc import Callable

from editor.actions.action import Action, Workspace, has_selection, on_session
from editor.layer_operations import can_paint, clear_selected, fill_selected


def _can_undo(workspace: Workspace) -> bool:
    return workspace.session is not None and (workspace.tool_is_busy or workspace.session.history.can_undo)


def _can_redo(workspace: Workspace) -> bool:
    return workspace.session is not None and workspace.session.history.can_redo


def _can_paint(workspace: Workspace) -> bool:
    return workspace.session is not None and can_paint(workspace.session)


def _fill_with(setting_id: str) -> Callable[[Workspace], None]:
    """Fills with the colour that this setting holds."""

    def run(workspace: Workspace) -> None:
        if workspace.session is not None:
            red, green, blue = bytes.fromhex(workspace.settings[setting_id][1:])
            fill_selected(workspace.session, (red, green, blue))

    return run


def _use_as_source(workspace: Workspace) -> None:
    """What is selected is where fills may copy from; then something else can be selected, which is to be filled."""
    session = workspace.session
    if session is not None and session.document.selection:
        session.limits.set_source(session.document.selection.snapshot())
        session.deselect()


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
        lambda w: w.step_forward(),
        "Ctrl+Shift+Z; Ctrl+Y",
        "redo",
        enabled=_can_redo,
        keeps=False,
    ),
    Action(
        "clear",
        "Cl&ear the Pixels",
        on_session(clear_selected),
        "Del",
        "clear",
        enabled=_can_paint,
        separated=True,
    ),
    Action(
        "fill-color",
        "Fill with the C&olour",
        _fill_with("paint-color"),
        "Alt+Backspace; Shift+Backspace",
        enabled=_can_paint,
    ),
    Action(
        "fill-other-color",
        "Fill with the O&ther Colour",
        _fill_with("paint-other-color"),
        "Ctrl+Backspace",
        enabled=_can_paint,
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
        "fill-source",
        "Let Fills Copy from &Here",
        _use_as_source,
        enabled=has_selection,
    ),
    Action(
        "fill-everywhere",
        "Let Fills Copy from E&verywhere",
        on_session(lambda s: s.limits.set_source(None)),
        enabled=lambda w: w.session is not None and w.session.limits.source is not None,
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
        "preferences",
        "&Preferences…",
        lambda w: w.dialogs.preferences(),
        "Ctrl+,",
        "settings",
        separated=True,
    ),
    Action("models", "&Models…", lambda w: w.dialogs.models(), icon="model"),
)
