"""Session: one open picture, with its document, history, projections, path and active layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psutil

from editor.candidate_fit import CandidateFit, Key
from editor.document.candidates import Candidate, painted
from editor.document.document import Document
from editor.document.geometry import Bounds
from editor.document.layers import FillLayer, Group, Layer, PaintLayer
from editor.document.selection import CombineMode, RefineKind, cut, inverted, merge, rectangle, refined
from editor.document.signal import Signal
from editor.document.tiles import Array8, Depth, TileMap, TilePatch, difference
from editor.files.stamp import Stamp
from editor.fill_limits import FillLimits
from editor.history.commands import (
    ChangeSelection,
    Command,
    ConvertDepth,
    DiscardCandidates,
    MoveLayer,
    RemoveLayer,
    SetProperty,
)
from editor.history.fill_commands import ChangeFill
from editor.history.history import History
from editor.render.preview import CandidatePreview, paints_inside
from editor.render.projection import Projection
from editor.render.screen import ScreenCompositor
from editor.render.veil import VeilSource
from editor.texts import PROPERTIES

State = tuple[object, dict[str, tuple[int, ...]]]
"""Of the history, and the candidates of each fill layer."""


@dataclass(frozen=True, slots=True)
class Memory:
    """In bytes: layers and selection, what undo holds beyond them, and what is kept ready to be shown."""

    layers: int
    history: int
    display: int

    @property
    def total(self) -> int:
        return self.layers + self.history + self.display


class Session:
    """Signals: ``active_changed()`` another layer is active; ``path_changed()`` the file is another;
    ``preview_changed()`` another candidate is previewed, or none; ``outdated_changed()`` other fills are outdated;
    ``extent_changed(dx, dy)`` as the document's, when the projections are those of the new canvas."""

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
        self.limits = FillLimits(document)
        self.keeps_file = True
        """False where saving over the file at ``path`` would lose something that was not understood."""
        self.stamp: Stamp | None = None
        """Of the file at ``path``, when it was read or written here; None where that is not known."""
        self.active_changed = Signal()
        self.path_changed = Signal()
        self.preview_changed = Signal()
        self.outdated_changed = Signal()
        self.extent_changed = Signal()
        self._outdated: frozenset[str] = frozenset()
        self._preview: CandidatePreview | None = None
        self._changes = 0
        """How often pixels have changed."""
        self._fit = CandidateFit()
        self._candidates_on_disk = self.candidate_numbers()
        self._compositor = ScreenCompositor(document)
        self.projection = Projection(document.extent, self._compositor)
        self._active = active or next(reversed(document.root.children), None)
        self._compositor.focus = self._active
        self._known = {layer.id for layer in document.layers()}
        document.extent_changed.connect(self._extent_changed)
        document.pixels_changed.connect(self._pixels_changed)
        document.selection_changed.connect(self._selection_changed)
        # After the whole step: a layer that is being moved is gone for a moment.
        self.history.changed.connect(self._keep_active)

    @property
    def title(self) -> str:
        return self.path.name if self.path else "Untitled"

    @property
    def is_modified(self) -> bool:
        return not self.history.is_clean or self._candidates_on_disk != self.candidate_numbers()

    @property
    def state(self) -> State:
        """Stands for what is open now: give it to ``saved_as`` when that has been written."""
        return self.history.state, self.candidate_numbers()

    @property
    def candidates_on_disk(self) -> dict[str, tuple[int, ...]]:
        """Which candidates of each fill layer are nothing that could be lost."""
        return self._candidates_on_disk

    def candidate_numbers(self) -> dict[str, tuple[int, ...]]:
        """Which candidates each fill layer has: they arrive without being steps of the history."""
        layers = (layer for layer in self.document.layers() if isinstance(layer, FillLayer))
        return {layer.id: tuple(each.number for each in layer.candidates) for layer in layers}

    @cached_property
    def veil(self) -> Projection:
        """The selection as a veil of colour; made when it is first looked at."""
        veil = Projection(self.document.extent, VeilSource(self.document))
        self._veil_forgets = self.document.selection_changed.connect(veil.invalidate)
        return veil

    @property
    def memory(self) -> Memory:
        """What the picture holds now. It takes a look at every tile: not for each frame."""
        veil = self.veil.nbytes if "veil" in self.__dict__ else 0
        display = self.projection.nbytes + self._compositor.nbytes + veil
        return Memory(self.document.nbytes, self.history.nbytes, display)

    @property
    def active(self) -> Layer | None:
        return self._active

    @active.setter
    def active(self, layer: Layer | None) -> None:
        if layer is not self._active:
            self.preview(None)
            self._active = self._compositor.focus = layer
            self.active_changed.emit()

    @property
    def fill_layer(self) -> FillLayer | None:
        """The active layer, where that is one that may have candidates."""
        return self._active if isinstance(self._active, FillLayer) else None

    @property
    def outdated(self) -> frozenset[str]:
        """Ids of the fill layers beneath which something has changed since, as far as that has been looked into."""
        return self._outdated

    @outdated.setter
    def outdated(self, ids: frozenset[str]) -> None:
        if ids != self._outdated:
            self._outdated = ids
            self.outdated_changed.emit()

    def close(self) -> None:
        """Ends what goes on in the background."""
        self.history.close()

    def saved_as(self, path: Path, state: State | None = None) -> None:
        """What was open at ``state``, or is now, has just been written to ``path``."""
        self.path, self.stamp = path, Stamp.of(path)
        self.keeps_file = True
        self.mark_clean(state)
        self.path_changed.emit()

    def mark_clean(self, state: State | None = None) -> None:
        """What was open at ``state``, or is now, is nothing that could be lost."""
        of_history, self._candidates_on_disk = state or self.state
        self.history.mark_clean(of_history)

    def restore(
        self,
        steps: Sequence[Command],
        position: int,
        clean: int | None,
        on_disk: Mapping[str, Sequence[int]] | None,
    ) -> None:
        """The history of an earlier time, as ``History.restore`` takes it; and the candidates of each fill layer that
        are in the file, None where they are those that there are now."""
        if on_disk is not None:
            self._candidates_on_disk = {layer_id: tuple(numbers) for layer_id, numbers in on_disk.items()}
        self.history.restore(steps, position, clean)

    def select(self, bounds: Bounds, shape: Array8, mode: CombineMode, label: str) -> None:
        """Combines a shape, (h, w) uint8 at ``bounds``, with the selection, as one step."""
        part = bounds.intersected(self.document.canvas)
        self.select_plane(TileMap.from_array(shape[part.slices(bounds)], part.x, part.y), mode, label)

    def select_plane(self, shape: TileMap, mode: CombineMode, label: str) -> None:
        """The same with a plane of one channel, of 8 bits or the document's; it must lie within the canvas."""
        self._change_selection(merge(self.document.selection, shape, mode), label)

    def select_all(self) -> None:
        self.select_plane(rectangle(self.document.canvas, self.document.depth), "replace", "Select all")

    def deselect(self) -> None:
        self.select_plane(TileMap(1), "replace", "Deselect")

    def invert_selection(self) -> None:
        self._change_selection(inverted(self.document.selection, self.document.canvas), "Invert selection")

    def refine_selection(self, kind: RefineKind, pixels: int) -> None:
        """Grows, shrinks, feathers, … the selection by so many pixels, as one step."""
        patch = refined(self.document.selection, self.document.canvas, kind, pixels)
        self._change_selection(patch, f"{kind.capitalize()} selection by {pixels} px")

    def select_layer(self) -> None:
        """Selects what the active layer shows: a fill's selection, a mask, or else the pixels' alpha."""
        layer, canvas = self._active, self.document.canvas
        if isinstance(layer, FillLayer) and layer.recipe is not None:
            shape = cut(layer.recipe.selection, canvas)
        elif layer is not None and layer.mask is not None:
            shape = cut(layer.mask, canvas)
        elif isinstance(layer, PaintLayer):
            shape = cut(layer.pixels, canvas, channel=3)
        else:
            return
        self.select_plane(shape, "replace", "Select layer")

    def _change_selection(self, patch: TilePatch, label: str) -> None:
        if patch:
            self.history.do(ChangeSelection(label, self.document, patch))

    def set_depth(self, depth: Depth) -> None:
        """Another number of bits per channel, as one step."""
        if depth != self.document.depth:
            self.preview(None)
            self.history.do(ConvertDepth(f"{depth} bits per channel", self.document, depth))

    def set_layer(self, layer: Layer, name: str, value: object, gesture: object = None) -> None:
        """Sets a property of a layer as one step; calls with the same ``gesture`` (one drag) are one step together."""
        if getattr(layer, name) != value:
            label = f"{PROPERTIES[name]} of {layer.name}"
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
            pixels = self._fit.pixels(self.document.root, self.fill_layer, candidate, self._changes)
            self._preview = CandidatePreview(self.document, self.fill_layer, candidate, pixels)
        self._compositor.preview = self._preview
        for preview in (before, self._preview):
            if preview is not None:
                self.projection.invalidate(preview.bounds)
        self.preview_changed.emit()

    def take_candidate(self, candidate: Candidate) -> None:
        """One step: the active layer becomes this candidate, or what is selected of the layer does."""
        layer, inside = self.fill_layer, self.paints_candidates
        if layer is None:
            return
        fitted = self._fit.pixels(self.document.root, layer, candidate, self._changes)
        recipe = layer.recipe
        label, pixels, raw = f"Take candidate {candidate.number}", fitted, candidate.pixels
        if inside:
            label = f"Paint candidate {candidate.number} into the fill"
            pixels, raw = layer.pixels.snapshot(), (layer.raw or layer.pixels).snapshot()
            for plane, other in ((pixels, fitted), (raw, candidate.pixels)):
                plane.exchange(painted(plane, other, self.document.selection))
        if recipe is not None:
            recipe = recipe.mixed_with(candidate) if inside else recipe.of(candidate)
        self.preview(None)
        patch = difference(layer.pixels, pixels)
        if patch or (not inside and layer.taken != candidate.number):
            values = {
                "recipe": recipe,
                "raw": None if raw == pixels else raw,
                "taken": None if inside else candidate.number,
            }
            self.history.do(ChangeFill(label, self.document, layer, values, patch, {}))

    def fitting(self, candidate: Candidate) -> tuple[Key, Callable[[], TileMap]] | None:
        """What takes its time before a candidate of the active layer can be shown, to be done on any thread, with what
        ``fitted`` wants to hear about the result; None where there is nothing to do."""
        layer = self.fill_layer
        return self._fit.work(self.document.root, layer, candidate, self._changes) if layer else None

    def fitted(self, key: Key, pixels: TileMap) -> bool:
        """The result of ``fitting``; False where the picture has become another meanwhile."""
        return self._fit.keep(key, pixels, self.fill_layer, self._changes)

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

    def _extent_changed(self, dx: int, dy: int) -> None:
        self._compositor.document_changed()
        self.projection = Projection(self.document.extent, self._compositor)
        if "veil" in self.__dict__:
            self._veil_forgets()
            del self.veil
        self.extent_changed.emit(dx, dy)

    def _pixels_changed(self, bounds: Bounds) -> None:
        self._changes += 1
        self._compositor.document_changed()
        if self._preview is not None:
            self._preview.document_changed()
        self.projection.invalidate(bounds)

    def _selection_changed(self, bounds: Bounds) -> None:
        if self._preview is not None:
            self.projection.invalidate(self._preview.selection_changed(bounds))
