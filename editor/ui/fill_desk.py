"""FillDesk: what a fill shows in the window, in the panel, the strip and the canvases, while it runs and at its end."""

from __future__ import annotations

import contextlib
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QApplication, QPushButton

from editor.document.geometry import Bounds
from editor.document.layers import FillLayer
from editor.document.tiles import Array8
from editor.fill_plan import plan_fill
from editor.heal import HealStroke
from editor.session import Session
from editor.texts import lowered_text
from editor.tools.heal import HealTool, discs_of
from editor.tools.tool import Tool
from editor.ui.fill_controller import FillController
from editor.ui.fill_panel import FillPanel
from editor.ui.fill_readiness import FillReadiness
from editor.ui.fill_tuner import FillTuner
from editor.ui.heal_controller import HealController
from editor.ui.layers_panel import LayersPanel
from editor.ui.message_bar import MessageBar
from editor.ui.session_tabs import SessionTabs
from inference.request import FillError
from inference.worker import InferenceWorker


class FillDesk(QObject):
    """``changed()``: what the menus and panels show is out of date. ``pressed_away()``: the button that had the focus
    is gone."""

    changed = Signal()
    pressed_away = Signal()

    def __init__(
        self,
        fills: FillController,
        worker: InferenceWorker,
        panel: FillPanel,
        readiness: FillReadiness,
        tabs: SessionTabs,
        layers: LayersPanel,
        messages: MessageBar,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._fills, self._panel, self._readiness = fills, panel, readiness
        self._tabs, self._layers, self._messages = tabs, layers, messages
        fills.started.connect(self._running_changed)
        fills.ended.connect(self._running_changed)
        fills.progressed.connect(panel.show_progress)
        fills.previewed.connect(self._show_running)
        fills.candidate_made.connect(readiness.candidate_made)
        fills.arriving.connect(self.before_candidate)
        fills.filled.connect(self._filled)
        fills.failed.connect(self._failed)
        panel.failed.connect(messages.show_message)
        readiness.changed.connect(self.changed)
        panel.plan_asked.connect(self._show_plan)
        panel.engine_changed.connect(self._plan_changed)
        self._planning = False
        self.tuner = FillTuner(panel.layer_box, self)
        self.tuner.again_asked.connect(self._again)
        self.tuner.arriving.connect(self.before_candidate)
        self.tuner.show_running(fills.is_running)
        self.heals = HealController(worker, self)
        self.heals.changed.connect(self._show_healing)
        self.heals.arriving.connect(self.before_candidate)
        self.heals.failed.connect(self._failed)

    def use_tool(self, tool: Tool | None) -> None:
        """Another tool is in hand: what it asks of the engine is heard."""
        if isinstance(tool, HealTool):
            self.heals.prepare()
            tool.painted.connect(partial(self._heal, tool.session))

    def start(self, session: Session | None) -> None:
        if session is not None:
            self._messages.dismiss()
            self._fills.start(session, self._panel.options())

    def generate(self, session: Session | None) -> None:
        if session is not None:
            self._messages.dismiss()
            self._fills.start(session, self._panel.generation_options(), generate=True)

    def show_session(self, session: Session | None) -> None:
        """Another tab is in front."""
        self.tuner.set_session(session)
        self._panel.limits.set_session(session)

    def is_working_on(self, session: Session) -> bool:
        """The engine fills or heals it."""
        return self._fills.is_filling(session) or self.heals.is_healing(session)

    def session_closed(self, session: Session) -> None:
        """In order."""
        self.heals.cancel(session)
        self._fills.session_closed(session)

    @Slot(object)
    def before_candidate(self, session: Session) -> None:
        """What is half done is finished first, so that the fill is a step of its own."""
        for canvas in self._tabs.canvases:
            if canvas.session is session and canvas.tool is not None and canvas.tool.info.live:
                canvas.tool.commit()
        self._layers.finish_editing()

    def stop(self) -> None:
        """For good, with every session closed in order: call before the worker is stopped."""
        self._fills.stop()
        self.tuner.stop()
        self._panel.limits.set_session(None)
        self.heals.stop()

    def _heal(self, session: Session, stroke: HealStroke) -> None:
        self._messages.dismiss()
        self.heals.heal(session, stroke)

    @Slot()
    def _show_healing(self) -> None:
        for canvas in self._tabs.canvases:
            strokes = self.heals.strokes(canvas.session)
            canvas.show_healing([disc for stroke in strokes for disc in discs_of(stroke.dabs)])

    @Slot(bool)
    def _show_plan(self, wanted: bool) -> None:
        """What a fill would change, and what the engine would see, over the picture in front."""
        canvas = self._tabs.canvas
        self._planning = wanted
        if canvas is None:
            return
        plan = None
        if wanted and not self._fills.is_running:
            with contextlib.suppress(FillError):  # what is wrong is told where it is tried
                plan = plan_fill(canvas.session.document, self._panel.options())
        canvas.show_plan(plan)

    @Slot()
    def _plan_changed(self) -> None:
        if self._planning:
            self._show_plan(True)

    @Slot(object, object)
    def _again(self, session: Session, layer: FillLayer) -> None:
        self._messages.dismiss()
        self._fills.start_again(session, layer)

    @Slot()
    def _running_changed(self) -> None:
        self._plan_changed()
        self.tuner.show_running(self._fills.is_running)
        pressed = isinstance(QApplication.focusWidget(), QPushButton)
        self._panel.show_running(self._fills.is_running, self._fills.title)
        self.changed.emit()
        if pressed:
            self.pressed_away.emit()

    @Slot(object, object, object)
    def _show_running(self, session: Session, picture: Array8 | None, bounds: Bounds | None) -> None:
        for canvas in self._tabs.canvases:
            if canvas.session is session:
                canvas.show_running(picture, bounds)

    @Slot(object, object)
    def _filled(self, _session: Session, layer: FillLayer) -> None:
        recipe = layer.recipe
        if recipe is not None:
            self._panel.show_seed(recipe.seed)
            if len(layer.candidates) == 1 and recipe.facts.get("lowered"):
                self._messages.show_message(f"The fill was {lowered_text(recipe.facts['lowered'])}.")
        self.changed.emit()  # those that join the first are no step of the history

    @Slot(object)
    def _failed(self, error: FillError) -> None:
        offer = ("Use the Processor", self._fills.retry_on_cpu) if error.cpu_may_help else None
        self._messages.show_message(error.message, error.detail, offer)
        if error.kind == "host":
            self._readiness.host_lost()
