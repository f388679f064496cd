"""The Select menu."""

from __future__ import annotations

from collections.abc import Callable

from editor.actions.action import Action, Workspace, has_active, has_selection, has_session, on_session
from editor.document.selection import RefineKind


def _refine(kind: RefineKind) -> Callable[[Workspace], None]:
    def run(workspace: Workspace) -> None:
        if workspace.session is not None:
            workspace.dialogs.refine_selection(workspace.session, kind)

    return run


def _select_colour_range(workspace: Workspace) -> None:
    if workspace.session is not None:
        workspace.dialogs.select_colour_range(workspace.session)


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
    Action(
        "colour-range",
        "&Colour Range…",
        _select_colour_range,
        enabled=has_session,
    ),
    Action("grow", "&Grow…", _refine("grow"), enabled=has_selection, separated=True),
    Action("shrink", "&Shrink…", _refine("shrink"), enabled=has_selection),
    Action("feather", "&Feather…", _refine("feather"), "Shift+F6", enabled=has_selection),
    Action("border", "&Border…", _refine("border"), enabled=has_selection),
    Action("smooth", "S&mooth…", _refine("smooth"), enabled=has_selection),
)
