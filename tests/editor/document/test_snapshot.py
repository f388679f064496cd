"""A document's snapshot is what it was, whatever becomes of the document, and shares its tiles."""

from __future__ import annotations

import numpy as np

from editor.document.document import Document
from editor.document.layers import Group, PaintLayer
from editor.document.tiles import TileMap
from editor.render.compositor import composite
from inference.geometry import Bounds, Extent


def test_a_snapshot_stays_and_shares() -> None:
    rng = np.random.default_rng(5)
    document = Document(Extent(300, 280))
    pixels = TileMap.from_array(rng.integers(0, 256, (280, 300, 4), dtype=np.uint8))
    mask = TileMap.from_array(rng.integers(0, 256, (280, 300), dtype=np.uint8))
    inner = PaintLayer("Inner", opacity=0.5, mask=mask, pixels=pixels)
    document.insert(Group("Group", children=[inner]), document.root, 0)
    document.insert(PaintLayer("Top"), document.root, 1)
    document.exchange_selection(document.selection.patch(Bounds(0, 0, 9, 9), np.full((9, 9), 255, np.uint8)))

    before = document.snapshot()
    picture = composite(before.root, before.canvas)
    twin = before.layer(inner.id)
    assert isinstance(twin, PaintLayer) and twin is not inner
    assert twin.parent is before.root.children[0]
    assert twin.pixels.tile((0, 0)) is inner.pixels.tile((0, 0))

    document.exchange(inner, "pixels", dict.fromkeys(inner.pixels))
    document.exchange(inner, "mask", dict.fromkeys(inner.mask or ()))
    document.set_property(inner, "opacity", 1.0)
    document.remove(document.root.children[1])
    document.exchange_selection(dict.fromkeys(document.selection))
    assert [layer.name for layer in before.layers()] == ["Group", "Inner", "Top"]
    assert np.array_equal(composite(before.root, before.canvas), picture)
    assert before.selection.content_bounds() == Bounds(0, 0, 9, 9)
    assert before.layer("nowhere") is None
