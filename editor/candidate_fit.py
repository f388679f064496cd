"""CandidateFit: a candidate as it would be in its layer, made once, for it is looked at before it is taken."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from editor.document.candidates import Candidate
from editor.document.layers import FillLayer, Group
from editor.document.tiles import TileMap
from editor.fill_layer import fitted_over, is_fitted

Key = tuple[str, int, int]
"""The layer's id, the candidate's number, and the state of the picture."""


class CandidateFit:
    """Holds the last one. ``state``: a number that is another whenever the picture's pixels are."""

    def __init__(self) -> None:
        self._key: Key | None = None
        self._pixels: TileMap | None = None

    def work(
        self, root: Group, layer: FillLayer, candidate: Candidate, state: int
    ) -> tuple[Key, Callable[[], TileMap]] | None:
        """What has to be done, on any thread, before ``pixels`` has its answer at once, with the key that ``keep``
        wants for it; None where there is nothing to do."""
        key = (layer.id, candidate.number, state)
        if layer.recipe is None or not is_fitted(layer.recipe) or self._key == key:
            return None
        snapshot = root.snapshot()
        twin = next(each for each in snapshot.walk() if each.id == layer.id)
        assert isinstance(twin, FillLayer)
        return key, partial(fitted_over, snapshot, twin, layer.recipe.of(candidate), candidate.pixels)

    def keep(self, key: Key, pixels: TileMap, layer: FillLayer | None, state: int) -> bool:
        """What came of ``work``; False where layer or picture have become others meanwhile."""
        if layer is None or (key[0], key[2]) != (layer.id, state):
            return False
        self._key, self._pixels = key, pixels
        return True

    def pixels(self, root: Group, layer: FillLayer, candidate: Candidate, state: int) -> TileMap:
        """Made now where it has not been made before."""
        if layer.recipe is None:
            return candidate.pixels
        key = (layer.id, candidate.number, state)
        if self._key != key or self._pixels is None:
            fitted = fitted_over(root, layer, layer.recipe.of(candidate), candidate.pixels)
            self._key, self._pixels = key, fitted
        return self._pixels
