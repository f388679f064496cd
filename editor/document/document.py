"""Document: an extent, a tree of layers, one selection, guides; says what changed.

Only commands call what changes it, so that it can be undone. The one exception is a candidate that arrives
(``add_candidate``): it changes nothing that is seen, and is no step of the user's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from editor.document.candidates import Candidate
from editor.document.geometry import Bounds, Extent
from editor.document.guides import Guides
from editor.document.layers import FillLayer, Group, Layer, PaintLayer
from editor.document.signal import Signal
from editor.document.tiles import Depth, Pixels, TileMap, TilePatch, patch_bounds, planes_bytes

MAX_SIDE = 32_768
"""Longest side of a canvas in pixels."""

PlaneName = Literal["pixels", "mask"]

SHOWN_PROPERTIES = ("visible", "opacity", "blend_mode", "mask", "isolated", "clipped")
"""Those of a layer that change the picture."""

LAYER_PROPERTIES = (*SHOWN_PROPERTIES, "name", "locked", "recipe", "candidates", "taken", "raw")


@dataclass
class Metadata:
    """What came with the file and goes back into it: bytes as they were read."""

    resolution: tuple[float, float] | None = None
    """Dots per inch, across and down."""
    icc_profile: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None


@dataclass
class DeepPlanes:
    """All planes of a document: the selection, and by the id of its layer each attribute that holds planes. ``shift``:
    how much farther to the right and down everything lies on a canvas of this ``extent`` (None: the one that there
    is)."""

    depth: Depth
    selection: TileMap
    layers: dict[str, dict[str, Any]]
    extent: Extent | None = None
    shift: tuple[int, int] = (0, 0)

    @property
    def nbytes(self) -> int:
        planes = [self.selection]
        for values in self.layers.values():
            planes += (value for value in values.values() if isinstance(value, TileMap))
            planes += (candidate.pixels for candidate in values.get("candidates", ()))
            planes += values["recipe"].planes() if values.get("recipe") else ()
        return planes_bytes(*planes)


class Document:
    """Signals: ``pixels_changed(Bounds)`` what must be composited anew; ``layers_changed()`` the tree;
    ``layer_changed(Layer)`` one layer's properties; ``layer_painted(Layer)`` its pixels or mask;
    ``selection_changed(Bounds)``; ``guides_changed()``; ``extent_changed(dx, dy)`` the canvas has another size, and
    everything lies so much farther to the right and down: told before all else of that."""

    def __init__(self, extent: Extent, metadata: Metadata | None = None, depth: Depth = 8) -> None:
        """``depth``: bits per channel of every plane."""
        _check(extent)
        self.extent = extent
        self.origin = (0, 0)
        """Where the corner of the canvas that the document began with lies on this one."""
        self.metadata = metadata or Metadata()
        self.root = Group("")
        self.depth: Depth = depth
        self.selection = self.plane(1)
        self.guides = Guides()
        self.pixels_changed = Signal()
        self.layers_changed = Signal()
        self.layer_changed = Signal()
        self.layer_painted = Signal()
        self.selection_changed = Signal()
        self.guides_changed = Signal()
        self.extent_changed = Signal()

    @property
    def canvas(self) -> Bounds:
        return Bounds.of(self.extent)

    def plane(self, channels: int) -> TileMap:
        """A new, empty plane of this document's depth."""
        return TileMap(channels, depth=self.depth)

    @property
    def nbytes(self) -> int:
        """A tile that several layers share, as copies of each other, is held once."""
        planes = (plane for layer in self.layers() for plane in layer.planes())
        return planes_bytes(self.selection, *planes)

    def snapshot(self) -> Document:
        """The document as it is now, for another thread to read; tiles are shared, so it costs next to nothing."""
        twin = Document(self.extent, replace(self.metadata), self.depth)
        twin.origin = self.origin
        twin.root = self.root.snapshot()
        twin.selection = self.selection.snapshot()
        twin.guides = self.guides
        return twin

    def layer(self, layer_id: str) -> Layer | None:
        """None where there is no layer of this id (any more)."""
        return next((layer for layer in self.layers() if layer.id == layer_id), None)

    def layers(self) -> Iterator[Layer]:
        """Every layer, bottom first."""
        return self.root.walk()

    def insert(self, layer: Layer, parent: Group, index: int) -> None:
        if not 0 <= index <= len(parent.children):
            raise IndexError(f"no place {index} among {len(parent.children)} layers")
        self._adopt(layer)
        parent.children.insert(index, layer)
        layer.parent = parent
        self.layers_changed.emit()
        self._touch(layer)

    def remove(self, layer: Layer) -> None:
        parent = self._parent(layer)
        parent.children.remove(layer)
        layer.parent = None
        self.layers_changed.emit()
        self._touch(layer)

    def index(self, layer: Layer) -> tuple[Group, int]:
        """The group that holds a layer, and its place in it, counted from the bottom."""
        parent = self._parent(layer)
        return parent, next(i for i, child in enumerate(parent.children) if child is layer)

    def set_property(self, layer: Layer, name: str, value: Any) -> Any:
        """Returns the former value. A mask of another depth than the document's becomes one of this."""
        if name not in LAYER_PROPERTIES or not hasattr(layer, name):
            raise AttributeError(f"a {type(layer).__name__} has no property {name!r}")
        before = getattr(layer, name)
        bounds = layer.bounds()
        setattr(layer, name, value.converted(self.depth) if isinstance(value, TileMap) else value)
        self.layer_changed.emit(layer)
        if name in SHOWN_PROPERTIES:
            self.pixels_changed.emit(bounds.united(layer.bounds()).intersected(self.canvas))
        return before

    def add_candidate(self, layer: FillLayer, candidate: Candidate) -> None:
        """Of a layer that need not be part of the document now: it may have been taken out by an undo."""
        candidates = [each for each in layer.candidates if each.number != candidate.number]
        candidates.append(candidate.converted(layer.pixels.depth))
        self.set_property(layer, "candidates", tuple(sorted(candidates, key=lambda each: each.number)))

    def planes(self, depth: Depth) -> DeepPlanes:
        """All planes of the document with another depth: what ``exchange_planes`` takes."""
        known: dict[int, Pixels] = {}
        layers = {layer.id: layer.converted(depth, known) for layer in self.layers()}
        return DeepPlanes(depth, self.selection.converted(depth, known), layers)

    def planes_within(self, bounds: Bounds) -> DeepPlanes:
        """All planes as they are on the canvas that ``bounds``, in pixels of this one, would make: what
        ``exchange_planes`` takes. What lies beyond it is kept. Raises ValueError for a canvas that cannot be."""
        _check(bounds.extent)
        dx, dy = -bounds.x, -bounds.y
        known: dict[tuple[int, ...], Pixels] = {}
        layers = {layer.id: layer.moved(dx, dy, known) for layer in self.layers()} if dx or dy else {}
        selection = self.selection.moved(dx, dy, known)
        return DeepPlanes(self.depth, selection, layers, bounds.extent, (dx, dy))

    def exchange_planes(self, planes: DeepPlanes) -> DeepPlanes:
        """Gives the document another depth or canvas, and all its layers those planes; returns those that were there.

        Candidates that have joined since the planes were made become what they would have become.
        """
        dx, dy = planes.shift
        before = DeepPlanes(self.depth, self.selection, {}, self.extent, (-dx, -dy))
        self.depth, self.selection = planes.depth, planes.selection
        if planes.extent is not None and (planes.extent != self.extent or planes.shift != (0, 0)):
            self.extent = planes.extent
            self.origin = self.origin[0] + dx, self.origin[1] + dy
            self.extent_changed.emit(dx, dy)
            self.set_guides(self.guides.moved(dx, dy))
        for layer in self.layers():
            values = dict(planes.layers.get(layer.id, {}))
            before.layers[layer.id] = {name: getattr(layer, name) for name in values}
            if isinstance(layer, FillLayer) and "candidates" in values:
                numbers = {each.number for each in values["candidates"]}
                late = [each for each in layer.candidates if each.number not in numbers]
                there = (each.converted(self.depth).moved(dx, dy) for each in late)
                values["candidates"] = (*values["candidates"], *there)
            for name, value in values.items():
                setattr(layer, name, value)
            self.layer_changed.emit(layer)
        self.pixels_changed.emit(self.canvas)
        self.selection_changed.emit(self.canvas)
        return before

    def exchange(
        self, layer: Layer, plane: PlaneName, patch: TilePatch, areas: Iterable[Bounds] = ()
    ) -> TilePatch:
        """Exchanges tiles of a layer's pixels or mask; returns those that were there. ``areas``: what differs between
        the two, where that is known to be less than all of the tiles."""
        target: TileMap | None = (
            getattr(layer, plane) if plane == "mask" or isinstance(layer, PaintLayer) else None
        )
        if target is None:
            raise ValueError(f"layer {layer.name!r} has no {plane}")
        before = target.exchange(patch)
        self.layer_painted.emit(layer)
        for area in areas or (patch_bounds(patch),):
            self.pixels_changed.emit(area.intersected(self.canvas))
        return before

    def set_guides(self, guides: Guides) -> Guides:
        """Returns the former ones."""
        before, self.guides = self.guides, guides
        if guides != before:
            self.guides_changed.emit()
        return before

    def exchange_selection(self, patch: TilePatch, areas: Iterable[Bounds] = ()) -> TilePatch:
        """As ``exchange``, of the selection."""
        before = self.selection.exchange(patch)
        for area in areas or (patch_bounds(patch),):
            self.selection_changed.emit(area.intersected(self.canvas))
        return before

    def _parent(self, layer: Layer) -> Group:
        if layer.parent is None:
            raise ValueError(f"layer {layer.name!r} is not part of a document")
        return layer.parent

    def _adopt(self, layer: Layer) -> None:
        """A layer from elsewhere gets planes of this document's depth."""
        known: dict[int, Pixels] = {}
        for each in (layer, *(layer.walk() if isinstance(layer, Group) else ())):
            if any(plane.depth != self.depth for plane in each.planes()):
                for name, value in each.converted(self.depth, known).items():
                    setattr(each, name, value)

    def _touch(self, layer: Layer) -> None:
        self.pixels_changed.emit(layer.bounds().intersected(self.canvas))


def _check(extent: Extent) -> None:
    if not extent or extent.longest > MAX_SIDE:
        raise ValueError(f"a canvas has 1 to {MAX_SIDE} pixels a side, not {extent.width}×{extent.height}")
