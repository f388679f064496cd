"""MaskBrushTool: paints the selection, or erases it; what is painted is what will be filled."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from editor.document.geometry import Bounds, TileKey
from editor.document.tiles import TilePatch, frozen
from editor.history.commands import ChangeSelection
from editor.raster.brush import Brush
from editor.raster.response import Response
from editor.raster.stroke import mask_added, mask_erased
from editor.raster.transmittance import Changed
from editor.session import Session
from editor.settings import Settings
from editor.tools.stroke_tool import StrokeTool, on_canvas
from editor.tools.tool import PointerEvent, ToolInfo

SPACING = 0.1
"""Distance of two dabs as a part of the diameter."""


class MaskBrushTool(StrokeTool):
    """A stroke selects as much as its strongest dab: soft edges stay soft, however often it passes."""

    info = ToolInfo(
        "mask-brush",
        "Mask Brush",
        "B",
        "mask-brush",
        "Paint what is to be filled. Ctrl erases; [ and ] change the size.",
        options=("brush-mode", "brush-size", "brush-hardness"),
        shows_veil=True,
        live=True,
    )
    build_up = False

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__(session, settings)
        self._erases = False

    def begin(self, event: PointerEvent) -> Brush:
        erases = self.settings["brush-mode"] == "erase"
        switched = event.eraser or bool({"ctrl", "alt"} & event.modifiers)
        self._erases = True if event.eraser else erases != switched
        return Brush(
            size=self.settings["brush-size"],
            hardness=self.settings["brush-hardness"] / 100,
            spacing=SPACING,
            dynamics=(("size", "pressure", Response(((0, 0), (1, 1)))),),
        )

    def show(self, changed: Mapping[TileKey, Changed], before: TilePatch) -> TilePatch:
        document = self.session.document
        patch: TilePatch = {}
        areas: list[Bounds] = []
        for key, (transmittance, area) in changed.items():
            now = document.selection.tile(key)
            make = mask_erased if self._erases else mask_added
            new = make(before.get(key, now), transmittance, document.depth)
            if not new.any():
                if now is not None:
                    patch[key] = None
            elif now is None or not np.array_equal(now, new):
                patch[key] = frozen(new)
            if key in patch:
                areas.append(on_canvas(key, area))
        return document.exchange_selection(patch, areas)

    def record(self, before: TilePatch) -> None:
        label = "Erase mask" if self._erases else "Paint mask"
        self.session.history.record(ChangeSelection(label, self.session.document, before))

    def restore(self, before: TilePatch) -> None:
        self.session.document.exchange_selection(before)

    def cursor_diameter(self) -> float:
        return float(self.settings["brush-size"])
