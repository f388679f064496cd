"""The Help menu."""

from __future__ import annotations

from editor.actions.action import Action

HELP = (
    Action("shortcuts", "&Mouse and Keys", lambda w: w.dialogs.shortcuts(), "F1", keeps=None),
    Action("about", "&About Pentimento", lambda w: w.dialogs.about(), keeps=None),
)
