"""Session: one open picture, with its document, history, projections, path and active layer."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

import numpy as np
import psutil

from editor.document.candidates import Candidate, painted, whole
from editor.document.document import Document
from editor.document.geometry import Bounds, TileKey
from editor.document.layers import FillLayer, Group, Layer, PaintLayer
from editor.document.selection import CombineMode, combine, inverted
from editor.document.signal import Signal
from editor.document.tiles import Array8
from editor.history.commands import (
    ChangeSelection,
    ChangeTiles,
    Command,
    DiscardCandidates,
    Macro,
    MoveLayer,
    RemoveLayer,
    SetProperty,
)
from editor.history.history import History
from editor.render.layers_source import LayersSource
from editor.render.preview import CandidatePreview, paints_inside
from editor.render.projection import Projection
from editor.render.veil import VeilSource

State = tuple[object, dict[str, tuple[int, ...]]]
"""Of the history, and the candidates of each fill layer."""

PROPERTY_LABELS = {
    "name": "Name",
    "visible": "Visibility",
    "opacity": "Opacity",
    "blend_mode": "Blending",
    "locked": "Lock",
}


class Session:
    """Signals: ``active_changed()`` another layer is active; ``path_changed()`` the file is another;
    ``preview_changed()`` another candidate is previewed, or none."""

    def __init__(
        self,
        document: Document,
        path: Path | None = None,
        active: Layer | None = None,
        history_budget: int = 0,
    ) -> None:
        """Without an ``active`` layer the topmost one is; a ``history_budget`` of 0 bytes is an eighth of the RAM."""
        self.document = document
        self.history = History(history_budget or psutil.virtual_memory().total // 8)
        self.path = path
        self.keeps_file = True
        """False where saving over the file at ``path`` would lose something that was not understood."""
        self.active_changed = Signal()
        self.path_changed = Signal()
        self.preview_changed = Signal()
        self._preview: CandidatePreview | None = None
        self._candidates_on_disk = self._candidates()
        self.projection = Projection(document.extent, LayersSource(self._shown))
        self._active = active or next(reversed(document.root.children), None)
        self._known = {layer.id for layer in document.layers()}
        document.pixels_changed.connect(self._pixels_changed)
        document.selection_changed.connect(self._selection_changed)
        # After the whole step: a layer that is being moved is gone for a moment.
        self.history.changed.connect(self._keep_active)

    @property
    def title(self) -> str:
        return self.path.name if self.path else "Untitled"

    @property
    def is_modified(self) -> bool:
        return not self.history.is_clean or self._candidates_on_disk != self._candidates()

    @property
    def state(self) -> State:
        """Stands for what is open now: give it to ``saved_as`` when that has been written."""
        return self.history.state, self._candidates()

    @property
    def is_plain_picture(self) -> bool:
        """One visible layer of pixels, and nothing selected: all of it fits into a flat file."""
        layers = list(self.document.layers())
        if len(layers) != 1 or type(layers[0]) is not PaintLayer or self.document.selection:
            return False
        only = layers[0]
        return only.visible and only.opacity == 1 and only.mask is None

    @cached_property
    def veil(self) -> Projection:
        """The selection as a veil of colour; made when it is first looked at."""
        veil = Projection(self.document.extent, VeilSource(self.document))
        self.document.selection_changed.connect(veil.invalidate)
        return veil

    @property
    def nbytes(self) -> int:
        """Of memory that the picture holds, history and projections included."""
        veil = self.veil.nbytes if "veil" in self.__dict__ else 0
        return self.document.nbytes + self.history.nbytes + self.projection.nbytes + veil

    @property
    def active(self) -> Layer | None:
        return self._active

    @active.setter
    def active(self, layer: Layer | None) -> None:
        if layer is not self._active:
            self.preview(None)
            self._active = layer
            self.active_changed.emit()

    @property
    def fill_layer(self) -> FillLayer | None:
        """The active layer, where that is one that may have candidates."""
        return self._active if isinstance(self._active, FillLayer) else None

    def saved_as(self, path: Path, state: State | None = None) -> None:
        """What was open at ``state``, or is now, lies at ``path``."""
        self.path = path
        self.keeps_file = True
        self.mark_clean(state)
        self.path_changed.emit()

    def mark_clean(self, state: State | None = None) -> None:
        """What was open at ``state``, or is now, is nothing that could be lost."""
        of_history, self._candidates_on_disk = state or self.state
        self.history.mark_clean(of_history)

    def select(self, bounds: Bounds, shape: Array8, mode: CombineMode, label: str) -> None:
        """Combines a shape, (h, w) uint8 at ``bounds``, with the selection, as one step."""
        part = bounds.intersected(self.document.canvas)
        patch = combine(self.document.selection, part, shape[part.slices(bounds)], mode)
        if patch:
            self.history.do(ChangeSelection(label, self.document, patch))

    def select_all(self) -> None:
        canvas = self.document.canvas
        self.select(canvas, np.full((canvas.height, canvas.width), 255, np.uint8), "replace", "Select all")

    def deselect(self) -> None:
        self.select(Bounds(0, 0, 0, 0), np.zeros((0, 0), np.uint8), "replace", "Deselect")

    def invert_selection(self) -> None:
        patch = inverted(self.document.selection, self.document.canvas)
        if patch:
            self.history.do(ChangeSelection("Invert selection", self.document, patch))

    def select_layer(self) -> None:
        """Selects what the active layer shows: a fill's selection, a mask, or else the pixels' alpha."""
        layer, canvas = self._active, self.document.canvas
        if isinstance(layer, FillLayer) and layer.recipe is not None:
            shape = layer.recipe.selection.read(canvas)
        elif layer is not None and layer.mask is not None:
            shape = layer.mask.read(canvas)
        elif isinstance(layer, PaintLayer):
            shape = np.ascontiguousarray(layer.pixels.read(canvas)[..., 3])
        else:
            return
        self.select(canvas, shape, "replace", "Select layer")

    def set_layer(self, layer: Layer, name: str, value: object, gesture: object = None) -> None:
        """Sets a property of a layer as one step; calls with the same ``gesture`` (one drag) are one step together."""
        if getattr(layer, name) != value:
            label = f"{PROPERTY_LABELS[name]} of {layer.name}"
            self.history.do(SetProperty(label, self.document, layer, name, value, gesture))

    # Candidates of the active layer

    @property
    def previewed(self) -> Candidate | None:
        return self._preview.candidate if self._preview is not None else None

    @property
    def paints_candidates(self) -> bool:
        """Whether a candidate is painted into the active layer when it is taken, since part of that is selected."""
        return self.fill_layer is not None and paints_inside(self.document, self.fill_layer)

    def preview(self, candidate: Candidate | None) -> None:
        """Shows the picture as if this candidate were taken, or again as it is."""
        if candidate is self.previewed:
            return
        before, self._preview = self._preview, None
        if candidate is not None and self.fill_layer is not None:
            self._preview = CandidatePreview(self.document, self.fill_layer, candidate)
        for preview in (before, self._preview):
            if preview is not None:
                self.projection.invalidate(preview.bounds)
        self.preview_changed.emit()

    def take_candidate(self, candidate: Candidate) -> None:
        """One step: the active layer becomes this candidate, or what is selected of the layer does."""
        layer, inside = self.fill_layer, self.paints_candidates
        if layer is None:
            return
        label, patch = f"Take candidate {candidate.number}", whole(layer.pixels, candidate.pixels)
        if inside:
            label = f"Paint candidate {candidate.number} into the fill"
            patch = painted(layer.pixels, candidate.pixels, self.document.selection)
        recipe = layer.recipe
        if recipe is not None:
            recipe = recipe.mixed_with(candidate) if inside else recipe.of(candidate)
        self.preview(None)
        if patch or (not inside and layer.taken != candidate.number):
            steps: list[Command] = [
                ChangeTiles(label, self.document, layer, "pixels", patch),
                SetProperty(label, self.document, layer, "recipe", recipe),
                SetProperty(label, self.document, layer, "taken", None if inside else candidate.number),
            ]
            self.history.do(Macro(label, steps))

    @property
    def other_candidates(self) -> tuple[Candidate, ...]:
        """Of the active layer, all but the one that is taken."""
        layer = self.fill_layer
        return tuple(each for each in layer.candidates if each.number != layer.taken) if layer else ()

    def discard_candidates(self) -> None:
        """Lets go of those that are not taken."""
        layer, others = self.fill_layer, self.other_candidates
        if layer is not None and others:
            self.preview(None)
            label = "Discard the other candidates"
            self.history.do(DiscardCandidates(label, self.document, layer, others))

    # The order of layers

    def delete_active(self) -> None:
        if self._active is not None:
            self.history.do(RemoveLayer(f"Delete {self._active.name}", self.document, self._active))

    def raise_active(self, steps: int) -> None:
        """Moves the active layer up (or, below zero, down) within its group, as far as there is room."""
        if self._active is None:
            return
        parent, index = self.document.index(self._active)
        place = min(max(index + steps, 0), len(parent.children) - 1)
        if place != index:
            label = f"{'Raise' if steps > 0 else 'Lower'} {self._active.name}"
            self.move(self._active, parent, place, label)

    def can_raise_active(self, steps: int) -> bool:
        if self._active is None or self._active.parent is None:
            return False
        parent, index = self.document.index(self._active)
        return 0 <= index + steps < len(parent.children)

    def move(self, layer: Layer, parent: Group, index: int, label: str) -> None:
        self.history.do(MoveLayer(label, self.document, layer, parent, index))

    def _keep_active(self) -> None:
        """What has just come (or come back) is active; when the active layer is gone, the topmost one is."""
        layers = list(self.document.layers())
        come = [layer for layer in layers if layer.id not in self._known]
        self._known = {layer.id for layer in layers}
        if come:
            self.active = come[-1]
            return
        if not any(layer is self._active for layer in layers):
            self.active = layers[-1] if layers else None

    def _candidates(self) -> dict[str, tuple[int, ...]]:
        """Which candidates there are: they arrive without being steps of the history."""
        layers = (layer for layer in self.document.layers() if isinstance(layer, FillLayer))
        return {layer.id: tuple(each.number for each in layer.candidates) for layer in layers}

    def _pixels_changed(self, bounds: Bounds) -> None:
        if self._preview is not None:
            self._preview.document_changed()
        self.projection.invalidate(bounds)

    def _selection_changed(self, bounds: Bounds) -> None:
        if self._preview is not None:
            self.projection.invalidate(self._preview.selection_changed(bounds))

    def _shown(self, keys: Iterable[TileKey]) -> Group:
        """The layers as they are shown in these tiles."""
        return self.document.root if self._preview is None else self._preview.root(keys)
