"""MainWindow: tabs of canvases, panels around them, and the actions that work on the tab in front."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget

from editor.canvas.canvas import Canvas
from editor.document.recipe import FillRecipe
from editor.session import Session
from editor.settings import Settings
from editor.tools.table import DEFAULT_TOOL, TOOLS
from editor.tools.tool import Tool
from editor.ui.candidates_strip import CandidatesStrip
from editor.ui.closing import Closing
from editor.ui.color_swatches import ColorSwatches
from editor.ui.dialogs import WindowDialogs
from editor.ui.document_files import DocumentFiles
from editor.ui.fill_controller import FillController
from editor.ui.fill_desk import FillDesk
from editor.ui.fill_panel import FillPanel
from editor.ui.fill_readiness import FillReadiness
from editor.ui.history_panel import HistoryPanel
from editor.ui.journal_desk import JournalDesk
from editor.ui.layers_panel import LAYER_BUTTONS, LAYER_MENU, LayersPanel
from editor.ui.layout import add_bars, add_panels, column, remember_layout, restore_layout
from editor.ui.menus import ActionSet
from editor.ui.message_bar import MessageBar
from editor.ui.open_queue import OpenQueue
from editor.ui.options_bar import OptionsBar
from editor.ui.session_tabs import SessionTabs
from editor.ui.status import StatusInfo
from editor.ui.welcome import WelcomePage
from inference.models.store import ModelStore
from inference.worker import InferenceWorker

if TYPE_CHECKING:
    from editor.ui.models_dialog import ModelsDialog


class MainWindow(QMainWindow):
    """Implements ``editor.actions.action.Workspace``."""

    def __init__(self, settings: Settings, worker: InferenceWorker) -> None:
        super().__init__()
        self.setObjectName("main-window")
        self.setAcceptDrops(True)
        self.resize(1360, 860)
        self.settings = settings
        self._worker = worker
        self._connections: list[Callable[[], None]] = []
        self._pages = QStackedWidget()
        self.messages = MessageBar(self._pages)
        self.journals = JournalDesk(settings, lambda path: self.tabs.session_of(path) is not None, self)
        self.files = DocumentFiles(
            self, settings, self.messages, self.journals, self._is_open_elsewhere, self._use_recipe
        )
        self.fills = FillController(worker, self)
        self.actions_ = ActionSet(self, self)
        self.dialogs: WindowDialogs = WindowDialogs(self, settings, self.actions_)
        self.dialogs.created.connect(self.add_session)
        self.dialogs.fill_asked.connect(self.start_fill)
        self.dialogs.told.connect(self.messages.show_message)
        self.dialogs.models_made.connect(self._connect_models)
        self._tool_id = DEFAULT_TOOL
        self._tool_was_busy = False
        self.actions_.tools[DEFAULT_TOOL].setChecked(True)
        self.actions_.tool_chosen.connect(self._tool_chosen)

        self._build_centre()
        self._build_panels()
        self.status = StatusInfo(self.statusBar())

        self.desk = FillDesk(
            self.fills,
            worker,
            self.fill_panel,
            self.readiness,
            self.tabs,
            self.layers_panel,
            self.messages,
            self,
        )
        self.desk.changed.connect(self._refresh)
        self.desk.heals.changed.connect(self.actions_.refresh)
        self.desk.heals.status.connect(self.statusBar().showMessage)
        self.candidates.arriving.connect(self.desk.before_candidate)
        self._closing = Closing(self.files, self.tabs, self.journals, self.desk, self)
        self._closing.closed.connect(self._show_session)
        self.tabs.tabCloseRequested.connect(self._closing.close_tab)
        self.desk.pressed_away.connect(self._give_back_keys)
        settings.on_change(self._setting_changed)
        restore_layout(self, settings)
        self._show_session()

    def _build_centre(self) -> None:
        self.tabs = SessionTabs(self.settings)
        self.tabs.currentChanged.connect(self._show_session)
        self._opening = OpenQueue(self.files, self.tabs, self)
        self._opening.opened.connect(self.add_session)
        welcome = WelcomePage()
        welcome.open_asked.connect(self.open_dialog)
        welcome.new_asked.connect(self.dialogs.new_picture)
        welcome.recovery.open_asked.connect(self.journals.recover)
        welcome.recovery.discard_asked.connect(self.journals.discard)
        self.journals.orphans_changed.connect(welcome.recovery.show_orphans)
        self.journals.orphans_changed.connect(self._offer_recovery)
        self.journals.recovered.connect(self.add_session)
        self.journals.recovered.connect(self._offer_recovery)
        self.journals.told.connect(self.messages.show_message)
        self.fills.filled.connect(self.journals.candidates_arrived)
        self._pages.addWidget(welcome)
        self._pages.addWidget(self.tabs)
        self.candidates: CandidatesStrip = CandidatesStrip(self.fills.waiting)
        self.candidates.changed.connect(self.actions_.refresh)
        self.candidates.done.connect(self._focus_canvas)
        self.setCentralWidget(column(self._pages, self.candidates))

    def _build_panels(self) -> None:
        self.options = OptionsBar(self.settings, self)
        self.colors = ColorSwatches(self.settings, self.actions_, self)
        add_bars(self, self.options, self.actions_, self.colors)
        self.fill_panel = FillPanel(self.settings, ModelStore())
        self.readiness = FillReadiness(self.fill_panel, self._worker, self.settings, self)
        self.fill_panel.generate_asked.connect(self.actions_["generate"].trigger)
        self.fill_panel.models_asked.connect(self.dialogs.models)
        self.fill_panel.fill_asked.connect(self.actions_["fill"].trigger)
        self.fill_panel.limits.draw_asked.connect(self.actions_.tools["context-box"].trigger)
        self.fill_panel.limits.source_asked.connect(self.actions_["fill-source"].trigger)
        self.fill_panel.limits.changed.connect(self.actions_.refresh)
        self.fill_panel.cancel_asked.connect(self.cancel_fill)
        self.layers_panel = LayersPanel(
            [self.actions_[name] for name in LAYER_BUTTONS],
            [self.actions_[name] for name in LAYER_MENU],
            self.actions_["layer-delete"],
        )
        self.history_panel = HistoryPanel()
        self.history_panel.step_chosen.connect(self._go_to_step)
        panels = (("Fill", self.fill_panel), ("Layers", self.layers_panel), ("History", self.history_panel))
        add_panels(self, panels, self.actions_)

    # Workspace

    @property
    def canvas(self) -> Canvas | None:
        return self.tabs.canvas

    @property
    def session(self) -> Session | None:
        canvas = self.canvas
        return canvas.session if canvas is not None else None

    @property
    def sessions(self) -> list[Session]:
        return self.tabs.sessions

    @property
    def is_filling(self) -> bool:
        return self.fills.is_running

    @property
    def tool(self) -> Tool | None:
        return self.canvas.tool if self.canvas is not None else None

    @property
    def tool_is_busy(self) -> bool:
        busy = self.canvas is not None and self.canvas.busy
        return busy or self.desk.heals.is_healing(self.session)

    def finish_tool(self, keep: bool) -> None:
        if self.canvas is not None:
            self.canvas.finish(keep)

    def step_back(self) -> None:
        begun = self.canvas is not None and self.canvas.take_back()
        if not begun and not self.desk.heals.take_back(self.session) and self.session is not None:
            self._walk(self.session.history.undo)

    def step_forward(self) -> None:
        if self.session is not None:
            self._walk(self.session.history.redo)

    def open_dialog(self) -> None:
        self.open_paths(self.files.ask_paths())

    def open_paths(self, paths: Sequence[Path]) -> None:
        self._opening.open(paths)

    def add_session(self, session: Session) -> None:
        self.journals.attach(session)
        canvas = self.tabs.add(session)
        canvas.pointer_moved.connect(self.status.show_pointer)
        canvas.zoom_changed.connect(self.status.show_zoom)
        canvas.angle_changed.connect(self.status.show_angle)
        canvas.problem.connect(self.messages.show_message)
        canvas.guides.dragged.connect(self._tool_changed)
        self._pages.setCurrentWidget(self.tabs)
        self._focus_canvas()

    def save(self) -> bool:
        return self.session is not None and self.files.save(self.session)

    def save_as(self) -> bool:
        return self.session is not None and self.files.save_as(self.session)

    def export_copy(self) -> bool:
        return self.session is not None and self.files.export_copy(self.session)

    def close_tab(self) -> bool:
        return self._closing.close_tab(self.tabs.currentIndex())

    def start_fill(self) -> None:
        self.desk.start(self.session)

    @property
    def can_generate(self) -> bool:
        return self.readiness.can_generate

    def start_generation(self) -> None:
        self.desk.generate(self.session)

    def cancel_fill(self) -> None:
        self.fills.cancel()

    @property
    def tool_options(self) -> tuple[str, ...]:
        return TOOLS[self._tool_id].info.options

    def choose_color(self) -> None:
        self.colors.open_chooser()

    # What happens

    @Slot()
    def _offer_recovery(self) -> None:
        """In words where pictures are open; else the welcome page shows it."""
        if self.journals.orphans and self.session is not None:
            offer = ("Recover…", lambda: self.dialogs.recover(self.journals))
            self.messages.show_message(
                "There is unsaved work from before Pentimento last ended.", offer=offer
            )

    @Slot()
    def _show_session(self, _index: int = 0) -> None:
        """Another tab is in front: the panels show its session."""
        for disconnect in self._connections:
            disconnect()
        self._connections = []
        session, canvas = self.session, self.canvas
        if session is not None and canvas is not None:
            self._connections = [
                session.history.changed.connect(self._refresh),
                session.path_changed.connect(self._refresh),
                session.active_changed.connect(self._refresh),
                session.document.selection_changed.connect(self._selection_changed),
            ]
            self.status.show_picture(session)
            self.status.show_zoom(canvas.viewport.zoom)
            self.status.show_angle(canvas.viewport.angle, canvas.viewport.mirrored)
        else:
            self.status.show_picture(None)
            self._pages.setCurrentIndex(0)
        self.layers_panel.set_session(session)
        self.history_panel.set_session(session)
        self.candidates.set_session(session)
        self.desk.show_session(session)
        self._set_tool(self._tool_id)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        session = self.session
        self.candidates.refresh()
        self.actions_.refresh()
        self.setWindowTitle(f"{session.title}[*] – Pentimento" if session else "Pentimento")
        self.setWindowModified(session is not None and session.is_modified)
        self.tabs.show_titles()
        self.readiness.show(session, self.is_filling)
        self.status.show_picture(session)

    def _selection_changed(self, _bounds: object) -> None:
        self.actions_.refresh()
        self.readiness.selection_changed()

    @Slot(QAction)
    def _tool_chosen(self, action: QAction) -> None:
        self._set_tool(action.data())
        self.actions_.refresh()

    def _set_tool(self, tool_id: str) -> None:
        self._tool_id = tool_id
        info = TOOLS[tool_id].info
        self.options.show_options(info.title, info.options, info.hint)
        self.tabs.set_tool(TOOLS[tool_id])
        if self.tool is not None:
            self.tool.overlay_changed.connect(self._tool_changed)
            self.tool.problem.connect(self.messages.show_message)
        self.desk.use_tool(self.tool)
        self._focus_canvas()

    def _tool_changed(self) -> None:
        """A tool that has begun something can be taken back, also where the history is empty."""
        if self.tool_is_busy != self._tool_was_busy:
            self._tool_was_busy = self.tool_is_busy
            self.actions_.refresh()

    @Slot()
    def _give_back_keys(self) -> None:
        """To the canvas, unless the candidates have them."""
        if not self.candidates.has_focus:
            self._focus_canvas()

    @Slot()
    def _focus_canvas(self) -> None:
        if self.canvas is not None:
            self.canvas.setFocus()

    @Slot(int)
    def _go_to_step(self, position: int) -> None:
        if self.session is not None:
            self.finish_tool(keep=False)
            self.desk.heals.cancel(self.session)
            self._walk(partial(self.session.history.go_to, position))

    @Slot(object)
    def _connect_models(self, dialog: ModelsDialog) -> None:
        dialog.models_changed.connect(self.fill_panel.reload_models)
        dialog.chosen.connect(self.fill_panel.choose_model)
        dialog.status.connect(self.status.show_download)
        dialog.said.connect(self.messages.show_message)
        dialog.engine_changed.connect(self.readiness.engine_moved)

    def _walk(self, go: Callable[[], None]) -> None:
        """Through the history, whose steps may have been lost on the disk."""
        try:
            go()
        except RuntimeError as error:
            self.messages.show_message(f"This step cannot be had again: {error}.")

    def _use_recipe(self, recipe: FillRecipe) -> None:
        if not self.fill_panel.show_recipe(recipe):
            name = recipe.model or recipe.engine
            self.messages.show_message(f"“{name}”, which made this fill, is not on this machine.")

    def _is_open_elsewhere(self, session: Session, path: Path) -> bool:
        owner = self.tabs.session_of(path)
        return owner is not None and owner is not session

    def _setting_changed(self, setting_id: str) -> None:
        if setting_id in ("veil-opacity", *self.tool_options) and self.canvas is not None:
            self.canvas.update()

    # Window

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.files.is_busy:
            event.ignore()
            QTimer.singleShot(100, self, self.close)  # once the file is done
            return
        if not self._closing.may_end():
            event.ignore()
            return
        self.candidates.stop()
        self._closing.end()
        self.dialogs.stop()
        self.fill_panel.stop()
        remember_layout(self, self.settings)
        self.settings.save()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What nobody has taken: Escape and Enter are about a candidate that is previewed; then Escape ends a fill; all
        else is the canvas's, when no field has the focus."""
        escape = event.key() == Qt.Key.Key_Escape
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and self.candidates.can_take and self.focusWidget() is self.canvas:
            self.candidates.take()
        elif escape and self.candidates.can_take:
            self.candidates.give_up()
        elif escape and self.session is not None and self.desk.heals.is_healing(self.session):
            self.desk.heals.cancel(self.session)
        elif escape and self.is_filling:
            self.cancel_fill()
        elif self.canvas is not None and self.focusWidget() in (None, self):
            self.canvas.setFocus()
            QApplication.sendEvent(self.canvas, event)
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._opening.takes(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self._opening.drop(event.mimeData())
