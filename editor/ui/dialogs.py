"""WindowDialogs: the dialogs that the window's menus open, each made when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from editor.canvas_operations import add_guide, extend_canvas
from editor.document.selection import RefineKind
from editor.session import Session
from editor.settings import Settings
from editor.ui.extend_dialog import ExtendDialog
from editor.ui.guide_dialog import GuideDialog
from editor.ui.help import show_shortcuts
from editor.ui.journal_desk import JournalDesk
from editor.ui.menus import ActionSet
from editor.ui.new_dialog import NewDialog
from editor.ui.preferences import PreferencesDialog
from editor.ui.recovery import RecoveryDialog
from editor.ui.selection_dialogs import refine_selection, select_colour_range
from inference.models.store import ModelStore

if TYPE_CHECKING:
    from editor.ui.models_dialog import ModelsDialog


class WindowDialogs(QObject):
    """Implements ``editor.actions.action.Dialogs``. Signals: ``created(Session)`` a new picture was asked for;
    ``fill_asked()`` what is selected is to be filled; ``told(str)`` why something was not done;
    ``models_made(ModelsDialog)`` once, when the models' dialog is first opened."""

    created = Signal(object)
    fill_asked = Signal()
    told = Signal(str)
    models_made = Signal(object)

    def __init__(self, parent: QWidget, settings: Settings, actions: ActionSet) -> None:
        super().__init__(parent)
        self._window, self._settings, self._actions = parent, settings, actions
        self.models_dialog: ModelsDialog | None = None

    def new_picture(self) -> None:
        dialog = NewDialog(self._settings, self._window)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            budget = self._settings["history-memory"] << 20
            self.created.emit(Session(dialog.document(), history_budget=budget))
        dialog.deleteLater()

    def preferences(self) -> None:
        dialog = PreferencesDialog(self._settings, self._window)
        dialog.exec()
        dialog.deleteLater()

    def models(self) -> None:
        from editor.ui.models_dialog import ModelsDialog  # only now: what can go online delays no start

        if self.models_dialog is None:
            self.models_dialog = ModelsDialog(ModelStore(), self._window)
            self.models_made.emit(self.models_dialog)
        self.models_dialog.engine.show_setting(self._settings["engine-python"])
        self.models_dialog.open_up()

    def refine_selection(self, session: Session, kind: RefineKind) -> None:
        refine_selection(session, kind, self._settings, self._window)

    def select_colour_range(self, session: Session) -> None:
        select_colour_range(session, self._settings, self._window)

    def extend_canvas(self, session: Session) -> None:
        dialog = ExtendDialog(session.document.extent, self._settings, self._window)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            extend_canvas(session, *dialog.sides)
            if dialog.fills:
                self.fill_asked.emit()
        dialog.deleteLater()

    def new_guide(self, session: Session) -> None:
        dialog = GuideDialog(session.document.extent, self._settings, self._window)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self._settings["guides-shown"] = True
            try:
                add_guide(session, dialog.direction, dialog.position)
            except ValueError as error:
                self.told.emit(f"No guide was made: {error}.")
        dialog.deleteLater()

    def recover(self, journals: JournalDesk) -> None:
        """What a crash has left."""
        if not journals.orphans:
            return
        dialog = RecoveryDialog(journals.orphans, self._window)
        dialog.list.open_asked.connect(journals.recover)
        dialog.list.discard_asked.connect(journals.discard)
        journals.orphans_changed.connect(dialog.show_orphans)
        dialog.exec()
        dialog.deleteLater()

    def about(self) -> None:
        from editor.ui.about import AboutDialog  # only now: it is seldom asked for

        dialog = AboutDialog(self._window)
        dialog.exec()
        dialog.deleteLater()

    def shortcuts(self) -> None:
        show_shortcuts(self._window, self._actions)

    def stop(self) -> None:
        """Ends what a dialog still does beside the window."""
        if self.models_dialog is not None:
            self.models_dialog.stop()
