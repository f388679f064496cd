"""Commands on fill layers: exact, and one for a drag."""

from __future__ import annotations

import numpy as np
import pytest

from editor.document.document import Document
from editor.document.geometry import TILE, Bounds, Extent
from editor.document.layers import FillLayer, PaintLayer
from editor.document.recipe import FillRecipe
from editor.document.tiles import Pixels, TileMap, frozen
from editor.history.commands import ChangeTiles, Macro, SetProperty, changes_of_pixels
from editor.history.fill_commands import ChangeFill

TILE_4 = frozen(np.arange(TILE * TILE * 4, dtype=np.uint8).reshape(TILE, TILE, 4))
CONTEXT = Bounds(0, 0, 64, 64)


@pytest.fixture
def document() -> Document:
    return Document(Extent(300, 300))


def test_a_fill_is_changed_as_one_and_a_drag_is_one_step(document: Document) -> None:
    old, new, newer = (frozen(TILE_4 // n) for n in (1, 2, 3))
    gesture = object()
    layer = FillLayer("fill", pixels=TileMap(4, {(0, 0): old}), mask=TileMap(1), taken=1)
    document.insert(layer, document.root, 0)
    raw = TileMap(4, {(0, 0): newer})

    def change(taken: int, tile: Pixels, gesture: object) -> ChangeFill:
        values = {"taken": taken, "raw": raw}
        return ChangeFill("Change", document, layer, values, {(0, 0): tile}, {}, gesture)

    first, second = change(2, new, gesture), change(3, newer, gesture)
    first.do()
    assert (layer.taken, layer.pixels.tile((0, 0)), layer.raw) == (2, new, raw)
    assert first.nbytes == old.nbytes
    second.do()
    assert first.merge(second)
    first.undo()
    assert (layer.taken, layer.pixels.tile((0, 0)), layer.raw) == (1, old, None)
    assert first.nbytes == 2 * newer.nbytes  # the pixels, and what the engine gave
    first.do()
    assert (layer.taken, layer.pixels.tile((0, 0))) == (3, newer)
    for other in (
        change(4, old, None),
        change(4, old, object()),
        SetProperty("", document, layer, "taken", 1),
    ):
        assert not first.merge(other)


def test_what_is_made_by_hand_is_no_candidate_and_is_not_fitted_in_once_more(document: Document) -> None:
    recipe = FillRecipe("content-aware", 1, CONTEXT, (64, 64), 2, 6, colour_match=10, blend=20, grain=30)
    raw = TileMap(4, {(0, 0): TILE_4})
    layer = FillLayer("fill", raw=raw, recipe=recipe, taken=2)
    document.insert(layer, document.root, 0)
    stroke = ChangeTiles("Paint", document, layer, "pixels", {(0, 0): TILE_4})
    steps = changes_of_pixels("Paint", document, layer, stroke)
    command = Macro("Paint", steps)
    command.do()
    assert (layer.raw, layer.taken) == (None, None) and layer.recipe is not None
    assert (layer.recipe.colour_match, layer.recipe.blend, layer.recipe.grain) == (0, 0, 0)
    assert changes_of_pixels("Paint", document, layer, stroke) == [stroke]
    command.undo()
    assert (layer.raw, layer.taken, layer.recipe) == (raw, 2, recipe)
    assert changes_of_pixels("Paint", document, PaintLayer("plain"), stroke) == [stroke]
