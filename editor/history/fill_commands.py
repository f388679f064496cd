"""ChangeFill: the command that makes a fill layer look otherwise; and what painting on one by hand means for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from editor.document.document import Document, PlaneName
from editor.document.layers import FillLayer, Layer
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


def made_by_hand(label: str, document: Document, layer: Layer) -> ChangeFill | None:
    """What has to be done besides where a layer's pixels are changed by hand: those of a fill are no candidate any
    more, and what it is made of from now on. None where there is nothing to do."""
    if not isinstance(layer, FillLayer):
        return None
    values: dict[str, Any] = {}
    if layer.taken is not None:
        values["taken"] = None
    if layer.raw is not None:
        values["raw"] = None
    recipe = layer.recipe
    if recipe is not None and (recipe.colour_match or recipe.blend or recipe.grain):
        values["recipe"] = replace(recipe, colour_match=0, blend=0, grain=0)
    return ChangeFill(label, document, layer, values, {}, {}) if values else None
