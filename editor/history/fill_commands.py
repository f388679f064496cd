"""ChangeFill: the command that makes a fill layer look otherwise."""

from __future__ import annotations

from typing import Any

from editor.document.document import Document, PlaneName
from editor.document.layers import FillLayer
from editor.document.tiles import TilePatch, patch_bytes, planes_bytes
from editor.history.commands import Command


class ChangeFill(Command):
    """What a fill layer is and shows: other values of ``recipe``, ``taken`` and ``raw``, and the tiles of pixels and
    mask that come of them. Commands with the same ``gesture`` (one drag of a slider) merge into one step."""

    def __init__(
        self,
        label: str,
        document: Document,
        layer: FillLayer,
        values: dict[str, Any],
        pixels: TilePatch,
        mask: TilePatch,
        gesture: object = None,
    ) -> None:
        super().__init__(label)
        self._document, self._layer, self._values, self._gesture = document, layer, dict(values), gesture
        self._patches: dict[PlaneName, TilePatch] = {"pixels": pixels, "mask": mask}
        self._bytes = self._counted()

    def do(self) -> None:
        for name, patch in self._patches.items():
            if patch:
                self._patches[name] = self._document.exchange(self._layer, name, patch)
        for attribute, value in self._values.items():
            self._values[attribute] = self._document.set_property(self._layer, attribute, value)
        self._bytes = self._counted()

    undo = do

    @property
    def nbytes(self) -> int:
        return self._bytes

    def merge(self, later: Command) -> bool:
        if (
            not isinstance(later, ChangeFill)
            or self._gesture is None
            or later._gesture is not self._gesture
            or later._layer is not self._layer
        ):
            return False
        for name, patch in self._patches.items():
            self._patches[name] = later._patches[name] | patch
        self._values = later._values | self._values
        self._bytes = self._counted()
        return True

    def _counted(self) -> int:
        """Once, for it is a look at every tile, and asked for after every step."""
        tiles, raw = patch_bytes(*self._patches.values()), self._values.get("raw")
        if raw is None:
            return tiles
        held = tuple(self._layer.planes())
        return tiles + planes_bytes(*held, raw) - planes_bytes(*held)
