"""How the parts of the window lie: bars, docks, and what is remembered of their places."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QToolBar, QVBoxLayout, QWidget

from editor.settings import Settings
from editor.ui.menus import ActionSet
from editor.ui.options_bar import FlatToolBar

_VERSION = 1
_PANELS_WIDTH = 310


def add_bars(window: QMainWindow, options: QToolBar, actions: ActionSet, colors: QWidget) -> None:
    """The tool's options above, the tools at the left, and the colours below them."""
    options.setObjectName("options")
    window.addToolBar(Qt.ToolBarArea.TopToolBarArea, options)
    tools = FlatToolBar("Tools", window)
    tools.setObjectName("tools")
    tools.addActions(list(actions.tools.values()))
    tools.addSeparator()
    tools.addWidget(colors)
    for names in (("undo", "redo"), ("zoom-fit", "zoom-100")):
        tools.addSeparator()
        tools.addActions([actions[name] for name in names])
    window.addToolBar(Qt.ToolBarArea.LeftToolBarArea, tools)


def column(upper: QWidget, lower: QWidget) -> QWidget:
    """One above the other; the upper one has all the room that the lower one does not need."""
    both = QWidget()
    rows = QVBoxLayout(both)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setSpacing(0)
    rows.addWidget(upper, 1)
    rows.addWidget(lower)
    return both


def add_panels(window: QMainWindow, panels: Sequence[tuple[str, QWidget]], actions: ActionSet) -> None:
    """At the right: the first above, as high as it needs to be; the others below it, in tabs."""
    docks = []
    for title, panel in panels:
        dock = QDockWidget(title, window)
        dock.setObjectName(f"{title.lower()}-dock")
        dock.setWidget(panel)
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        docks.append(dock)
    upper, lower, *others = docks
    for other in others:
        window.tabifyDockWidget(lower, other)
    lower.raise_()
    window.resizeDocks([upper], [_PANELS_WIDTH], Qt.Orientation.Horizontal)
    window.resizeDocks([upper, lower], [upper.sizeHint().height(), 2000], Qt.Orientation.Vertical)
    view = actions.menus["&View"]
    view.addSeparator()
    view.addActions([dock.toggleViewAction() for dock in docks])


def restore_layout(window: QMainWindow, settings: Settings) -> None:
    """As it was when the window was last closed."""
    geometry, state = settings["window-geometry"], settings["window-state"]
    if geometry:
        window.restoreGeometry(QByteArray.fromBase64(geometry.encode()))
    if state:
        window.restoreState(QByteArray.fromBase64(state.encode()), _VERSION)


def remember_layout(window: QMainWindow, settings: Settings) -> None:
    settings["window-geometry"] = bytes(window.saveGeometry().toBase64().data()).decode()
    settings["window-state"] = bytes(window.saveState(_VERSION).toBase64().data()).decode()
