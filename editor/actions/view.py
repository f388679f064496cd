"""The View menu: zoom, rotation, rulers and guides."""

from __future__ import annotations

from editor.actions.action import Action, Workspace, has_session, on_canvas, on_session, switch
from editor.canvas_operations import clear_guides

TURN = 15
"""Degrees by which the view is turned at a time."""


def _new_guide(workspace: Workspace) -> None:
    if workspace.session is not None:
        workspace.dialogs.new_guide(workspace.session)


def _has_guides(workspace: Workspace) -> bool:
    return workspace.session is not None and bool(workspace.session.document.guides)


VIEW = (
    Action(
        "zoom-in",
        "Zoom &In",
        on_canvas(lambda c: c.navigation.step_zoom(1)),
        "Ctrl++",
        "plus",
        enabled=has_session,
        keeps=None,
    ),
    Action(
        "zoom-out",
        "Zoom &Out",
        on_canvas(lambda c: c.navigation.step_zoom(-1)),
        "Ctrl+-",
        "minus",
        enabled=has_session,
        keeps=None,
    ),
    Action(
        "zoom-fit",
        "&Fit",
        on_canvas(lambda c: c.navigation.fit()),
        "Ctrl+0",
        "zoom-fit",
        enabled=has_session,
        keeps=None,
    ),
    Action(
        "zoom-100",
        "&100 %",
        on_canvas(lambda c: c.navigation.set_zoom(1)),
        "Ctrl+1",
        "zoom-100",
        enabled=has_session,
        keeps=None,
    ),
    Action(
        "rotate-left",
        "Rotate &Left",
        on_canvas(lambda c: c.navigation.rotate(-TURN)),
        "4",
        enabled=has_session,
        keeps=None,
        separated=True,
    ),
    Action(
        "rotate-right",
        "Rotate &Right",
        on_canvas(lambda c: c.navigation.rotate(TURN)),
        "6",
        enabled=has_session,
        keeps=None,
    ),
    Action(
        "rotate-reset",
        "R&eset Rotation",
        on_canvas(lambda c: c.navigation.reset_rotation()),
        "5",
        enabled=has_session,
        keeps=None,
    ),
    Action(
        "mirror-view",
        "&Mirror View",
        on_canvas(lambda c: c.navigation.mirror()),
        "M",
        enabled=has_session,
        keeps=None,
    ),
    switch("rulers", "R&ulers", "rulers-shown", "Ctrl+R", separated=True),
    switch("guides-show", "Show &Guides", "guides-shown", "Ctrl+;"),
    switch("guides-lock", "Loc&k Guides", "guides-locked", "Ctrl+Alt+;"),
    switch("guides-snap", "&Snap to Guides", "guides-snap", "Ctrl+Shift+;"),
    Action("guide-new", "&New Guide…", _new_guide, enabled=has_session),
    Action(
        "guides-clear",
        "&Clear Guides",
        on_session(clear_guides),
        enabled=_has_guides,
    ),
)
