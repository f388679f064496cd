"""ActionSet: the QActions of the window, made from the tables of editor.actions, and the menus that hold them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from editor.actions.action import Action, Workspace
from editor.actions.menus import MENUS
from editor.tools.table import TOOLS
from editor.ui.icons import set_icon


class ActionSet(QObject):
    """``tools`` are the checkable actions that choose a tool; ``[id]`` gives any other."""

    def __init__(self, window: QMainWindow, workspace: Workspace) -> None:
        super().__init__(window)
        self._window, self._workspace = window, workspace
        self._actions: dict[str, QAction] = {}
        self._entries: dict[str, Action] = {}
        self._group = QActionGroup(self)
        self.tools: dict[str, QAction] = {}
        for tool in TOOLS.values():
            info = tool.info
            action = QAction(info.title, self, checkable=True)
            action.setShortcut(QKeySequence(info.shortcut))
            action.setToolTip(f"{info.title} ({info.shortcut})")
            action.setData(info.id)
            set_icon(action, info.icon)
            self._group.addAction(action)
            self.tools[info.id] = action
        self.tool_chosen = self._group.triggered
        workspace.settings.on_change(self._setting_changed)
        self.menus: dict[str, QMenu] = {}
        for title, entries in MENUS:
            menu = self.menus[title] = window.menuBar().addMenu(title)
            if title == "&Tools":
                menu.addActions(list(self.tools.values()))
                menu.addSeparator()
            self._fill_menu(menu, entries)

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    def by_menu(self) -> Iterator[tuple[str, QAction]]:
        """Every action with its menu's title, in their order; the tools among them."""
        for title, menu in self.menus.items():
            yield from ((title.replace("&", ""), action) for action in menu.actions())

    def refresh(self) -> None:
        """Asks each action whether it can be used now."""
        for action_id, entry in self._entries.items():
            self._actions[action_id].setEnabled(entry.enabled(self._workspace))
        has_session = self._workspace.session is not None
        for action in self.tools.values():
            action.setEnabled(has_session)

    def _fill_menu(self, menu: QMenu, entries: tuple[Action, ...]) -> None:
        for entry in entries:
            if entry.separated:
                menu.addSeparator()
            action = QAction(entry.text, self)
            action.setObjectName(entry.id)
            if entry.shortcut:
                action.setShortcuts(QKeySequence.listFromString(entry.shortcut))
                plain = entry.text.replace("&", "").rstrip("…")
                action.setToolTip(
                    f"{plain} ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})"
                )
            if entry.icon:
                set_icon(action, entry.icon)
            if entry.setting:
                action.setCheckable(True)
                action.setChecked(self._workspace.settings[entry.setting])
            action.triggered.connect(partial(self._run, entry))
            menu.addAction(action)
            self._actions[entry.id], self._entries[entry.id] = action, entry

    def _setting_changed(self, setting_id: str) -> None:
        for action_id, entry in self._entries.items():
            if entry.setting == setting_id:
                self._actions[action_id].setChecked(self._workspace.settings[setting_id])

    def _run(self, entry: Action, _checked: bool = False) -> None:
        if not entry.enabled(self._workspace):
            return
        if entry.keeps is not None:
            self._workspace.finish_tool(entry.keeps)
        entry.run(self._workspace)
