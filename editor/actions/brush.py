"""What changes the brush in hand from the keyboard, be it one that paints or one that masks."""

from __future__ import annotations

from collections.abc import Callable

from editor.actions.action import Action, Workspace
from editor.setting_table import SETTINGS

_SIZES = ("brush-size", "paint-size", "heal-size")
_HARDNESSES = ("brush-hardness", "paint-hardness")
_OPACITIES = ("paint-opacity",)


def _option(workspace: Workspace, ids: tuple[str, ...]) -> str | None:
    """Which of these settings is one of the tool in hand."""
    return next((each for each in ids if each in workspace.tool_options), None)


def _has(ids: tuple[str, ...]) -> Callable[[Workspace], bool]:
    return lambda workspace: workspace.session is not None and _option(workspace, ids) is not None


def _change(ids: tuple[str, ...], offset: int, factor: float = 1) -> Callable[[Workspace], None]:
    """Multiplies, or where that is too little to be seen adds, within the setting's range."""

    def run(workspace: Workspace) -> None:
        option = _option(workspace, ids)
        if option is None:
            return
        setting, value = SETTINGS[option], workspace.settings[option]
        changed = round(value * factor)
        changed = value + offset if changed == value else changed
        workspace.settings[option] = min(max(changed, setting.minimum), setting.maximum)

    return run


BRUSH = (
    Action(
        "brush-smaller",
        "&Smaller Brush",
        _change(_SIZES, -1, 1 / 1.2),
        "[",
        enabled=_has(_SIZES),
        keeps=None,
    ),
    Action(
        "brush-larger",
        "&Larger Brush",
        _change(_SIZES, 1, 1.2),
        "]",
        enabled=_has(_SIZES),
        keeps=None,
    ),
    Action(
        "brush-softer",
        "S&ofter Brush",
        _change(_HARDNESSES, -10),
        "{",
        enabled=_has(_HARDNESSES),
        keeps=None,
    ),
    Action(
        "brush-harder",
        "&Harder Brush",
        _change(_HARDNESSES, 10),
        "}",
        enabled=_has(_HARDNESSES),
        keeps=None,
    ),
    Action(
        "brush-fainter",
        "L&ess Opacity",
        _change(_OPACITIES, -10),
        "I",
        enabled=_has(_OPACITIES),
        keeps=None,
    ),
    Action(
        "brush-denser",
        "&More Opacity",
        _change(_OPACITIES, 10),
        "O",
        enabled=_has(_OPACITIES),
        keeps=None,
    ),
)
