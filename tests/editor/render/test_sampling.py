"""Selections made from colours, against the same done on the whole picture at once."""

from __future__ import annotations

import numpy as np
import pytest

from editor.document.document import Document
from editor.document.layers import Group, Layer, PaintLayer
from editor.document.tiles import TileMap, is_uniform
from editor.raster.colour_range import colour_range
from editor.raster.flood import antialias, like
from editor.render.sampling import Source, range_of_colours, wand
from inference.geometry import Bounds, Extent


@pytest.fixture
def document() -> Document:
    """1500 × 1300, in the middle a soft spot of colour; the right part is empty."""
    ys, xs = np.mgrid[:1300, :1200]
    pixels = np.zeros((1300, 1200, 4), np.uint8)
    pixels[..., 0] = np.clip(255 - np.hypot(xs - 600, ys - 650) / 2, 0, 255)
    pixels[..., 1] = (xs // 7 + ys // 5) % 23
    pixels[..., 3] = np.where(xs < 1100, 255, 128)
    document = Document(Extent(1500, 1300))
    document.insert(PaintLayer("Spot", pixels=TileMap.from_array(pixels)), document.root, 0)
    return document


def pixels_of(document: Document) -> np.ndarray:
    layer = document.root.children[0]
    assert isinstance(layer, PaintLayer)
    return layer.pixels.read(document.canvas)


def test_the_wand_reads_the_picture(document: Document) -> None:
    pixels = pixels_of(document)
    near = like(pixels, pixels[650, 600], 60)
    for contiguous in (False, True):  # the spot is connected
        plane = wand(Source(document), 600, 650, 60, contiguous, soft_edges=False)
        assert np.array_equal(plane.read(document.canvas), near * np.uint8(255))
    soft = wand(Source(document), 600, 650, 60, contiguous=True, soft_edges=True)
    assert np.array_equal(soft.read(document.canvas), antialias(near * np.uint8(255)))


def test_a_click_on_nothing_selects_what_is_empty(document: Document) -> None:
    plane = wand(Source(document), 1499, 3, 0, contiguous=False, soft_edges=False)
    expected = np.zeros((1300, 1500), np.uint8)
    expected[:, 1200:] = 255
    assert np.array_equal(plane.read(document.canvas), expected)
    assert len(wand(Source(document), 1500, 3, 0, contiguous=False, soft_edges=False)) == 0


def test_the_range_is_that_of_the_whole_picture(document: Document) -> None:
    plane = range_of_colours(Source(document), (200, 10, 0), 80)
    expected = colour_range(pixels_of(document), np.array([200, 10, 0], np.uint8), 80)
    assert np.array_equal(plane.read(document.canvas), expected)
    assert len(np.unique(expected)) > 30


def test_a_layer_or_group_by_itself(document: Document) -> None:
    mark = PaintLayer("Mark", pixels=TileMap.from_array(np.full((50, 60, 4), 255, np.uint8)))
    group = Group("Group", children=[mark], opacity=0.5)
    document.insert(group, document.root, 1)
    for layer in (mark, group):
        plane = range_of_colours(Source(document, layer), (255, 255, 255), 0)
        assert plane.content_bounds() == Bounds(0, 0, 60, 50)
    assert Source(document, Layer("Nothing to see")).colour(3, 3).tolist() == [0, 0, 0, 0]
    assert Source(document).colour(-0.5, 3) is None
    assert Source(document).colour(600.9, 650.9).tolist() == pixels_of(document)[650, 600].tolist()


def test_an_empty_large_canvas_is_one_pixel() -> None:
    document = Document(Extent(1 << 13, 1 << 13))
    document.insert(PaintLayer("Nothing"), document.root, 0)
    plane = wand(Source(document), 5, 5, 10, contiguous=False, soft_edges=True)
    assert len(plane) == 32 * 32
    assert all(is_uniform(tile) for tile in plane.tiles())


def test_deep_colours_are_told_apart_more_finely() -> None:
    document = Document(Extent(300, 40), depth=16)
    pixels = np.full((40, 300, 4), 65535, np.uint16)
    pixels[..., 0] = np.arange(300) * 20
    layer = PaintLayer("Ramp", pixels=TileMap.from_array(pixels))
    document.insert(layer, document.root, 0)
    assert Source(document, layer).small(300).dtype == np.uint16
    source = Source(document)
    plane = wand(source, 0, 5, 10, contiguous=True, soft_edges=False)
    assert plane.content_bounds() == Bounds(0, 0, 10 * 257 // 20 + 1, 40)
    cover = range_of_colours(source, (0, 255, 255), 20)
    assert cover.depth == 16
    assert len(np.unique(cover.read(document.canvas))) > 100
