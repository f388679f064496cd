"""Documents of one colour: right to the last pixel, in both depths, and nearly free."""

from __future__ import annotations

import numpy as np
import pytest

from editor.document.blank import blank_document, flat_patch
from editor.document.geometry import Bounds, Extent
from editor.document.layers import PaintLayer
from editor.document.tiles import Depth, TileMap


@pytest.mark.parametrize("depth", [8, 16])
def test_a_blank_document_is_its_colour_up_to_the_edge(depth: Depth) -> None:
    document = blank_document(Extent(600, 300), depth, (255, 51, 0))
    (layer,) = document.layers()
    assert isinstance(layer, PaintLayer) and layer.pixels.depth == document.depth == depth
    full = layer.pixels.full
    assert (layer.pixels.read(document.canvas) == [full, full // 5, 0, full]).all()
    assert layer.pixels.content_bounds() == document.canvas


def test_without_a_colour_it_is_empty() -> None:
    (layer,) = blank_document(Extent(600, 300)).layers()
    assert isinstance(layer, PaintLayer) and not layer.pixels


def test_the_largest_document_takes_less_than_a_megabyte() -> None:
    (layer,) = blank_document(Extent(32_768, 32_000), colour=(255, 255, 255)).layers()
    assert isinstance(layer, PaintLayer) and len(layer.pixels) == 128 * 125
    assert layer.nbytes < 1 << 20


def test_a_rectangle_of_colour_keeps_what_is_beside_it() -> None:
    plane = TileMap.from_array(np.full((300, 300, 4), 9, np.uint8))
    bounds = Bounds(100, 120, 150, 160)
    plane.exchange(flat_patch(plane, bounds, (1, 2, 3)))
    out = plane.read(Bounds(0, 0, 300, 300))
    assert (out[bounds.slices(Bounds(0, 0, 300, 300))] == [1, 2, 3, 255]).all()
    out[bounds.slices(Bounds(0, 0, 300, 300))] = 9
    assert (out == 9).all()
