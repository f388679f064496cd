"""The File menu."""

from __future__ import annotations

from editor.actions.action import Action, has_session

FILE = (
    Action("new", "&New…", lambda w: w.dialogs.new_picture(), "Ctrl+N", "new"),
    Action("open", "&Open…", lambda w: w.open_dialog(), "Ctrl+O", "open"),
    Action("save", "&Save", lambda w: w.save(), "Ctrl+S", "save", enabled=has_session, separated=True),
    Action("save-as", "Save &As…", lambda w: w.save_as(), "Ctrl+Shift+S", enabled=has_session),
    Action("export", "&Export a Copy…", lambda w: w.export_copy(), "Ctrl+Shift+E", enabled=has_session),
    Action("close", "&Close", lambda w: w.close_tab(), "Ctrl+W", enabled=has_session, separated=True),
    Action("quit", "&Quit", lambda w: w.close(), "Ctrl+Q", keeps=None),
)
