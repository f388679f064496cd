"""CandidatePreview: the picture as it would be if a candidate were taken; the document stays as it is."""

from __future__ import annotations

from collections.abc import Iterable

from editor.document.candidates import Candidate, is_selected, mixed_tile
from editor.document.document import Document
from editor.document.geometry import Bounds, TileKey
from editor.document.layers import FillLayer, Group
from editor.document.tiles import TileMap


class CandidatePreview:
    """Composites like the document, with another candidate in one layer: all of it, or only inside the selection where
    something of the layer is selected. Tell it when the document has changed."""

    def __init__(
        self, document: Document, layer: FillLayer, candidate: Candidate, pixels: TileMap | None = None
    ) -> None:
        """``pixels``: the candidate's as they would be in the layer; None where they are its own."""
        self.candidate = candidate
        self._pixels = candidate.pixels if pixels is None else pixels
        self._document, self._layer = document, layer
        self._root: Group | None = None
        self._stand_in: FillLayer | None = None
        self._inside = paints_inside(document, layer)

    @property
    def bounds(self) -> Bounds:
        """All that may look different, at most."""
        shown = self._layer.pixels.tiles_bounds().united(self._pixels.tiles_bounds())
        if self._layer.mask is not None:
            shown = shown.intersected(self._layer.mask.tiles_bounds())
        return shown.intersected(self._document.canvas)

    def document_changed(self) -> None:
        self._root = None

    def selection_changed(self, bounds: Bounds) -> Bounds:
        """Returns what looks different now that the selection has changed in ``bounds``."""
        before, self._inside = self._inside, paints_inside(self._document, self._layer)
        if self._inside != before:
            return self.bounds
        return bounds.intersected(self.bounds) if self._inside else Bounds(0, 0, 0, 0)

    def root(self, keys: Iterable[TileKey]) -> Group:
        """The tree of layers as it would be, in these tiles. On the thread that owns the document."""
        if self._root is None:
            self._root = self._document.root.snapshot()
            twins = (layer for layer in self._root.walk() if layer.id == self._layer.id)
            twin = next(twins, None)
            self._stand_in = twin if isinstance(twin, FillLayer) else None
        if self._stand_in is not None:
            tiles = {}
            for key in keys:
                tile = self._pixels.tile(key)
                if self._inside:
                    tile = mixed_tile(self._layer.pixels.tile(key), tile, self._document.selection.tile(key))
                if tile is not None:
                    tiles[key] = tile
            self._stand_in.pixels = TileMap(4, tiles, self._document.depth)
        return self._root


def paints_inside(document: Document, layer: FillLayer) -> bool:
    """Whether taking a candidate paints it into the layer: something that the layer shows is selected."""
    selection = document.selection
    if layer.mask is not None:
        return is_selected(layer.mask, selection)
    return bool(selection.content_bounds().intersected(layer.bounds()))
