"""PaintBrushTool and EraserTool: paint on the active layer's pixels, or take them away, inside the selection."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from editor.document.geometry import TILE, Bounds, TileKey
from editor.document.layers import PaintLayer
from editor.document.tiles import DTYPES, Depth, Pixels, TileMap, TilePatch, frozen, is_uniform
from editor.history.commands import ChangeTiles, Macro, changes_of_pixels
from editor.layer_operations import why_not_painted
from editor.raster.brush import Brush
from editor.raster.depth import to_8
from editor.raster.paint import Paint, Work, apply
from editor.raster.transmittance import Changed
from editor.render.compositor import composite
from editor.session import Session
from editor.settings import Settings
from editor.tools.paint_options import all_brushes, chosen_brush, to_rgb
from editor.tools.stroke_tool import StrokeTool, on_canvas
from editor.tools.tool import PointerEvent, ToolInfo

_OPTIONS = (
    "paint-brush",
    "paint-size",
    "paint-opacity",
    "paint-flow",
    "paint-hardness",
    "paint-spacing",
    "paint-roundness",
    "paint-angle",
    "paint-smoothing",
)
_PICKS = frozenset({"alt", "ctrl"})


class PaintBrushTool(StrokeTool):
    """With Alt or Ctrl held it takes up the colour under the pointer instead."""

    info = ToolInfo(
        "paint-brush",
        "Paint Brush",
        "P",
        "paint-brush",
        "Paint on the layer. Alt or Ctrl takes up a colour; [ and ] change the size.",
        options=(*_OPTIONS, "paint-blend-mode"),
        live=True,
    )
    erases = False
    """Whether it takes pixels away, whatever the preset."""

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__(session, settings)
        self._brushes = all_brushes()
        self._layer: PaintLayer | None = None
        self._paint = Paint()
        self._selection: TileMap | None = None
        self._dense: dict[TileKey, tuple[Pixels, Pixels | None]] = {}
        self._picking = False

    def press(self, event: PointerEvent) -> None:
        self._picking = bool(_PICKS & event.modifiers) and not self.erases and not event.eraser
        if self._picking:
            self.commit()
            self._pick(event)
        else:
            super().press(event)

    def move(self, event: PointerEvent) -> None:
        if self._picking:
            self._pick(event)
        else:
            super().move(event)

    def release(self, event: PointerEvent) -> None:
        self._picking = False
        super().release(event)

    def begin(self, event: PointerEvent) -> Brush | None:
        layer = self.session.active
        problem = why_not_painted(layer)
        if problem or not isinstance(layer, PaintLayer):
            self.problem.emit(problem)
            return None
        brush = chosen_brush(self.settings, self._brushes)
        document = self.session.document
        self._layer = layer
        self._paint = Paint(
            to_rgb(self.settings["paint-color"]),
            brush.opacity,
            brush.blend_mode,
            self.erases or brush.eraser or event.eraser,
        )
        self._selection = document.selection.snapshot() if document.selection else None
        self._dense = {}
        return brush

    def show(self, changed: Mapping[TileKey, Changed], before: TilePatch) -> TilePatch:
        layer = self._layer
        if layer is None:
            return {}
        keys: list[TileKey] = []
        works: list[Work] = []
        for key, (transmittance, area) in changed.items():
            now = layer.pixels.tile(key)
            if (self._selection is not None and self._selection.tile(key) is None) or (
                self._paint.erase and before.get(key, now) is None
            ):
                continue  # nothing is selected there, or there is nothing to erase
            if key not in self._dense:
                self._dense[key] = self._as_begun(key, now)
            first, selection = self._dense[key]
            shown = first if key not in before else _CLEAR[layer.pixels.depth] if now is None else now
            keys.append(key)
            works.append(Work(first, shown, transmittance, selection, area, key[0] * TILE, key[1] * TILE))
        tiles = apply(works, self._paint)
        for tile in tiles:
            tile.flags.writeable = False
        patch: TilePatch = dict(zip(keys, tiles, strict=True))
        if not patch:
            return {}
        areas = [on_canvas(key, work.area) for key, work in zip(keys, works, strict=True)]
        return self.session.document.exchange(layer, "pixels", patch, areas)

    def record(self, before: TilePatch) -> None:
        layer, document = self._layer, self.session.document
        if layer is None:
            return
        before = self._tidied(layer, before)
        if not before:
            return
        label = "Erase" if self._paint.erase else "Paint"
        stroke = ChangeTiles(label, document, layer, "pixels", before)
        steps = changes_of_pixels(label, document, layer, stroke)
        for step in steps[1:]:
            step.do()
        self.session.history.record(Macro(label, steps) if len(steps) > 1 else stroke)

    def restore(self, before: TilePatch) -> None:
        if self._layer is not None:
            self.session.document.exchange(self._layer, "pixels", before)

    def cursor_diameter(self) -> float:
        return float(self.settings["paint-size"])

    def _as_begun(self, key: TileKey, tile: Pixels | None) -> tuple[Pixels, Pixels | None]:
        """A tile before the stroke, and what is selected of it (None: all), laid out for the kernels once."""
        plane = self._selection
        selected = plane.tile(key) if plane is not None else None
        if plane is not None and selected is not None:
            whole = is_uniform(selected) and int(selected[0, 0]) == plane.full
            selected = None if whole else np.ascontiguousarray(selected)
        clear = _CLEAR[self.session.document.depth]
        return clear if tile is None else np.ascontiguousarray(tile), selected

    def _tidied(self, layer: PaintLayer, before: TilePatch) -> TilePatch:
        """Puts back what the stroke has not changed in the end, and stores empty and uniform tiles as such; ``before``
        without what has been put back."""
        patch: TilePatch = {}
        kept: TilePatch = {}
        for key, old in before.items():
            tile = layer.pixels.tile(key)
            if tile is None:
                kept[key] = old
            elif np.array_equal(_words(tile), _words(self._dense[key][0])):
                patch[key] = old
            else:
                kept[key] = old
                if not _words(tile).any():
                    patch[key] = None
                elif is_uniform(smaller := frozen(tile)):
                    patch[key] = smaller
        if patch:
            nothing = Bounds(0, 0, 0, 0)  # looks otherwise
            self.session.document.exchange(layer, "pixels", patch, [nothing])
        return kept

    def _pick(self, event: PointerEvent) -> None:
        """Takes up the colour that the picture shows there; none where it is clear."""
        document = self.session.document
        spot = Bounds(math.floor(event.x), math.floor(event.y), 1, 1)
        if not spot.intersected(document.canvas):
            return
        red, green, blue, alpha = to_8(composite(document.root, spot))[0, 0].tolist()
        if alpha:
            self.settings["paint-color"] = f"#{red:02x}{green:02x}{blue:02x}"


class EraserTool(PaintBrushTool):
    """The same brush, which takes the layer's pixels away."""

    info = ToolInfo(
        "eraser",
        "Eraser",
        "E",
        "eraser",
        "Erase from the layer. [ and ] change the size.",
        options=_OPTIONS,
        live=True,
    )
    erases = True


def _clear(depth: Depth) -> Pixels:
    tile = np.zeros((TILE, TILE, 4), DTYPES[depth])
    tile.flags.writeable = False
    return tile


_CLEAR: dict[Depth, Pixels] = {8: _clear(8), 16: _clear(16)}


def _words(tile: Pixels) -> Pixels:
    """Eight bytes at a time: quicker to look at."""
    return tile.reshape(-1).view(np.uint64)
