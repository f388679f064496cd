"""FillTuner: makes a fill layer follow its sliders, off the window's thread, and sees whether it is out of date."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from editor.document.document import Document
from editor.document.layers import FillLayer
from editor.document.recipe import FillRecipe
from editor.document.tiles import TileMap
from editor.fill_layer import (
    Beneath,
    FillLook,
    below_has_changed,
    beneath,
    can_tune,
    change_fill,
    look,
    tuned,
)
from editor.session import Session
from editor.ui.background import Background
from editor.ui.fill_layer_box import FillLayerBox
from editor.ui.layers_model import OUTDATED

log = logging.getLogger(__name__)

LABELS = {
    "grow": "Grow",
    "feather": "Feather",
    "colour_match": "Colour match",
    "blend": "Blend",
    "grain": "Grain",
}

_REST = 400
"""Milliseconds without a change before what lies below the fills is looked at."""


@dataclass(frozen=True)
class _Wanted:
    session: Session
    layer: FillLayer
    name: str
    recipe: FillRecipe
    gesture: object


class FillTuner(QObject):
    """Shows the active fill layer in the box. What is asked for while the last is being made takes the place of what
    waits: a drag costs no more than there is time for, and ends where the slider does.

    ``again_asked(Session, FillLayer)``. ``arriving(Session)`` before what was made changes the document. ``looked()``:
    whether the fills are out of date is known.
    """

    again_asked = Signal(object, object)
    arriving = Signal(object)
    looked = Signal()

    def __init__(self, box: FillLayerBox, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._box = box
        self._background = Background(self)
        self._session: Session | None = None
        self._disconnect: list[Callable[[], None]] = []
        self._gesture: object = None
        self._making: _Wanted | None = None
        self._next: _Wanted | None = None
        self._can_run = False
        self._rest = QTimer(self, singleShot=True, interval=_REST)
        self._rest.timeout.connect(self._look_below)
        self._looking = False
        self._known: dict[str, tuple[Beneath, bool]] = {}
        box.edited.connect(self._edited)
        box.pressed.connect(self._begin)
        box.released.connect(self._end)
        box.again_asked.connect(self._ask_again)

    @property
    def is_busy(self) -> bool:
        """A look is being made, or waits."""
        return self._making is not None

    def set_session(self, session: Session | None) -> None:
        for disconnect in self._disconnect:
            disconnect()
        self._session, self._disconnect = session, []
        self._next = None
        self._known = {}
        if session is not None:
            self._disconnect = [
                session.active_changed.connect(self._show),
                session.outdated_changed.connect(self._show),
                session.document.layer_changed.connect(self._layer_changed),
                session.history.changed.connect(self._changed),
            ]
            self._rest.start()
        self._show()

    def show_running(self, running: bool) -> None:
        """The engine is at work, or free again."""
        self._can_run = not running
        self._show()

    def stop(self) -> None:
        """For good."""
        self.set_session(None)
        self._rest.stop()
        self._background.stop()

    # The sliders

    @Slot()
    def _begin(self) -> None:
        self._gesture = object()

    @Slot()
    def _end(self) -> None:
        self._gesture = None
        self._show()

    @Slot(str, int)
    def _edited(self, name: str, value: int) -> None:
        session, layer = self._session, self._layer()
        if session is None or layer is None or layer.recipe is None:
            return
        known = self._next or self._making
        base = known.recipe if known is not None and known.layer is layer else layer.recipe
        recipe = tuned(base, **{name: value})
        self._next = _Wanted(session, layer, name, recipe, self._gesture)
        if self._making is None:
            self._make()

    def _make(self) -> None:
        wanted, self._next = self._next, None
        self._making = wanted
        if wanted is None:
            self._show()
            return
        document = wanted.session.document.snapshot()
        before, pixels = wanted.layer.recipe, wanted.layer.pixels.snapshot()
        self._background.run(
            partial(_look, document, wanted.layer.id, wanted.recipe),
            partial(self._made, wanted, before, pixels),
        )

    def _made(
        self,
        wanted: _Wanted,
        before: FillRecipe | None,
        pixels: TileMap,
        made: FillLook | None,
        error: Exception | None,
    ) -> None:
        layer, session = wanted.layer, wanted.session
        self.arriving.emit(session)
        there = session.document.layer(layer.id) is layer
        if error is not None:
            log.error("a fill layer could not be made anew", exc_info=error)
        if made is None or not there or layer.recipe is not before:
            self._next = None  # undone, or taken away, meanwhile
        elif layer.pixels != pixels:
            self._next = self._next or wanted  # painted on meanwhile: once more, of what it is now
        elif made.recipe != layer.recipe:
            session.preview(None)
            label = f"{LABELS[wanted.name]} of {layer.name}"
            session.history.do(change_fill(label, session.document, layer, made, wanted.gesture))
        self._make()

    # What is shown

    def _layer(self) -> FillLayer | None:
        layer = self._session.fill_layer if self._session is not None else None
        return layer if layer is not None and layer.recipe is not None else None

    def _layer_changed(self, layer: object) -> None:
        if layer is self._layer():
            self._show()

    def _show(self) -> None:
        layer = self._layer()
        self._box.setVisible(layer is not None)
        if layer is None or layer.recipe is None or self._session is None:
            return
        if self._making is None:  # else the sliders are ahead of the layer
            self._box.show_recipe(layer.recipe, can_tune(layer))
        note = f"{OUTDATED}." if layer.id in self._session.outdated else ""
        self._box.show_state(note, self._can_run)

    # What lies below

    def _changed(self) -> None:
        self._rest.start()

    @Slot()
    def _look_below(self) -> None:
        session = self._session
        if session is None:
            return
        if self._looking:
            self._rest.start()
            return
        fills = [layer for layer in session.document.layers() if isinstance(layer, FillLayer)]
        if not fills:
            session.outdated = frozenset()
            return
        self._looking = True
        work = partial(_outdated, session.document.snapshot(), self._known)
        self._background.run(work, partial(self._looked, session))

    def _looked(
        self, session: Session, found: dict[str, tuple[Beneath, bool]] | None, error: Exception | None
    ) -> None:
        self._looking = False
        if found is not None:
            if session is self._session:
                self._known = found
            session.outdated = frozenset(id for id, (_beneath, changed) in found.items() if changed)
        else:
            log.error("it could not be seen whether fills are out of date", exc_info=error)
        self.looked.emit()

    @Slot()
    def _ask_again(self) -> None:
        layer = self._layer()
        if self._session is not None and layer is not None:
            self.again_asked.emit(self._session, layer)


def _look(document: Document, layer_id: str, recipe: FillRecipe) -> FillLook | None:
    layer = document.layer(layer_id)
    return look(document.root, layer, recipe) if isinstance(layer, FillLayer) else None


def _outdated(document: Document, known: dict[str, tuple[Beneath, bool]]) -> dict[str, tuple[Beneath, bool]]:
    """Of each fill layer what lies beneath it, and whether that has changed since; ``known`` of the last time."""
    found = {}
    for layer in document.layers():
        if isinstance(layer, FillLayer):
            now = beneath(document.root, layer)
            former, changed = known.get(layer.id, (None, False))
            if now != former:
                changed = below_has_changed(document.root, layer)
            found[layer.id] = now, changed
    return found
