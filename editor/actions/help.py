"""The Help menu."""

from __future__ import annotations

from editor.actions.action import Action

HELP = (
    Action("shortcuts", "&Mouse and Keys", lambda w: w.show_shortcuts(), "F1", keeps=None),
    Action("about", "&About Pentimento", lambda w: w.show_about(), keeps=None),
)
