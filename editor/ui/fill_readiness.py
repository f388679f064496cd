"""FillReadiness: whether a fill can start, what it will take, and a host that has started before it is asked."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from editor.document.layers import Layer
from editor.fill_plan import parts_of, region_of
from editor.session import Session
from editor.settings import Settings
from editor.texts import estimate_text
from editor.ui.fill_panel import FillPanel
from inference.client import host_command
from inference.estimate import Timings, estimate
from inference.geometry import Extent
from inference.memory import Device, devices_of
from inference.region import plan_working_size
from inference.request import FillCandidate, FillRequest
from inference.worker import InferenceWorker

_PAUSE = 150
"""Milliseconds without a change before the estimate is made anew."""


class FillReadiness(QObject):
    """Shows in the panel why a fill cannot start, or what it will take. ``changed()``: what can be asked for has."""

    changed = Signal()

    def __init__(
        self, panel: FillPanel, worker: InferenceWorker, settings: Settings, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._panel, self._worker, self._settings = panel, worker, settings
        self._session: Session | None = None
        self._is_filling = False
        self._prepared = ""
        self._devices: list[Device] = []
        self._timings = Timings()
        self._estimator = QTimer(self, singleShot=True, interval=_PAUSE)
        self._estimator.timeout.connect(self._estimate)
        panel.engine_changed.connect(self._engine_changed)
        settings.on_change(self._setting_changed)
        worker.devices_known.connect(self._devices_found)

    @property
    def can_generate(self) -> bool:
        options = self._panel.options()
        asked = options.prompt or options.references
        return self._session is not None and self._panel.choice.can_generate and bool(asked)

    def show(self, session: Session | None, is_filling: bool) -> None:
        """The picture in front, and whether the engine is at work."""
        self._session, self._is_filling = session, is_filling
        why = ""
        if session is None:
            why = "Open a picture first."
        elif not session.document.selection:
            why = "Paint a mask (B) or draw a lasso (L) around what is to be filled."
        ready = not why and not is_filling
        self._panel.set_ready(ready, why or _hidden_hint(session), self.can_generate and not is_filling)
        self._estimator.start()

    def selection_changed(self) -> None:
        """The host starts while the mask is still being painted."""
        self._prepare()
        self.show(self._session, self._is_filling)

    def _prepare(self) -> None:
        engine = self._panel.choice.info.id
        if engine != self._prepared:
            self._prepared = engine
            self._worker.prepare(engine)
            if self._panel.choice.model is not None and not self._devices:
                self._worker.ask_devices()

    def host_lost(self) -> None:
        """The next one has nothing prepared or loaded."""
        self._prepared = ""
        self._timings.forget_loaded()

    @Slot()
    def _engine_changed(self) -> None:
        if self._session is not None and self._panel.choice.model is not None:
            self._prepare()
        self.show(self._session, self._is_filling)
        self.changed.emit()

    @Slot()
    def _estimate(self) -> None:
        """Beside the button: what a fill of what is selected (or a picture of the canvas) would take."""
        choice, session = self._panel.choice, self._session
        if session is None or (choice.model is not None and not self._devices):
            self._panel.show_estimate("")
            return
        refined = 0
        options, canvas = self._panel.options(), session.document.extent
        selected = session.document.selection.content_bounds().intersected(session.document.canvas)
        if selected:
            region = region_of(canvas, selected, options, choice.info)
            working = region.working
            parts = parts_of(region, selected, options, choice.info)
            refined = sum(part.working.area for part in parts)
        elif choice.can_generate:
            working = plan_working_size(canvas, choice.info)
        else:
            self._panel.show_estimate("")
            return
        found = estimate(
            choice.info,
            choice.model,
            working,
            options.steps or choice.info.steps or 0,
            options.count,
            self._devices,
            self._timings,
            options.device,
            references=bool(options.references),
            generate=not selected,
            refined=refined,
        )
        self._panel.show_estimate(estimate_text(found))

    @Slot(object)
    def _devices_found(self, facts: dict[str, Any]) -> None:
        self._devices = devices_of(facts)
        self._estimator.start()

    @Slot(object)
    def candidate_made(self, request: FillRequest, candidate: FillCandidate) -> None:
        """What it took is remembered for the next estimate."""
        made_by = self._panel.choice_of(request.model or request.engine)
        if made_by is not None:
            steps, working = request.steps or made_by.info.steps or 0, Extent(*request.working_size)
            self._timings.record(made_by.info, made_by.model, steps, working, candidate.facts)
            self._estimator.start()

    @Slot()
    def engine_moved(self) -> None:
        """Another Python runs the engines now: the next host is started with it."""
        self._worker.set_command(host_command(self._settings["engine-python"]))
        self._devices = []  # another Python may see others
        self.host_lost()

    def _setting_changed(self, setting_id: str) -> None:
        if setting_id == "engine-python":
            self.engine_moved()


def _hidden_hint(session: Session | None) -> str:
    """A fill comes directly above the active layer, where layers above that may hide it."""
    layers: list[Layer] = [layer for layer in session.document.layers() if layer.visible] if session else []
    active = session.active if session else None
    if active is None or not layers or layers[-1] is active:
        return ""
    return f"Fills above “{active.name}”: what lies over that may hide it."
