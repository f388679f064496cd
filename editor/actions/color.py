"""The colour in hand and the other one, from the keyboard."""

from __future__ import annotations

from editor.actions.action import Action, Workspace
from editor.setting_table import SETTINGS

_COLORS = ("paint-color", "paint-other-color")


def _swap(workspace: Workspace) -> None:
    settings = workspace.settings
    here, other = (settings[each] for each in _COLORS)
    settings["paint-color"], settings["paint-other-color"] = other, here


def _reset(workspace: Workspace) -> None:
    for each in _COLORS:
        workspace.settings[each] = SETTINGS[each].default


COLOR = (
    Action(
        "color-choose",
        "&Choose a Colour…",
        lambda w: w.choose_color(),
        "Shift+I",
        "palette",
        keeps=None,
        separated=True,
    ),
    Action("color-swap", "S&wap the Colours", _swap, "X", "swap", keeps=None),
    Action("color-reset", "&Black and White", _reset, "D", "color-reset", keeps=None),
)
