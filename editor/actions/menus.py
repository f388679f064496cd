"""Which menus there are, in their order. The tools have a menu of their own, made from their table."""

from __future__ import annotations

from editor.actions.action import Action
from editor.actions.brush import BRUSH
from editor.actions.color import COLOR
from editor.actions.edit import EDIT
from editor.actions.file import FILE
from editor.actions.help import HELP
from editor.actions.image import IMAGE
from editor.actions.layer import LAYER
from editor.actions.select import SELECT
from editor.actions.view import VIEW

MENUS: tuple[tuple[str, tuple[Action, ...]], ...] = (
    ("&File", FILE),
    ("&Edit", EDIT),
    ("&Image", IMAGE),
    ("&Select", SELECT),
    ("&Layer", LAYER),
    ("&View", VIEW),
    ("&Tools", BRUSH + COLOR),
    ("&Help", HELP),
)
"""The Tools menu begins with the tools, which the window adds."""
