"""Random trees of layers, for properties of formats that keep them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from editor.document.document import Document
from editor.document.geometry import Extent
from editor.document.guides import Guides
from editor.document.layers import FillLayer, Group, Layer, PaintLayer
from editor.document.tiles import Depth, TileMap
from editor.raster.blend_modes import MODES
from tests.editor.files.samples import noise, recipe

colours = st.integers(0, 255)
offsets = st.integers(-300, 300)
positions = st.lists(offsets, max_size=4)


@st.composite
def planes(draw: st.DrawFn, channels: int) -> TileMap:
    shape = (draw(st.integers(1, 6)), draw(st.integers(1, 6)))
    array = noise(*shape, draw(colours), channels)
    if draw(st.booleans()):
        array[array > draw(colours)] = 0
    if draw(st.booleans()):
        array[:] = draw(colours)
    return TileMap.from_array(array, draw(offsets), draw(offsets))


@st.composite
def common(draw: st.DrawFn) -> dict[str, Any]:
    names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn"]), max_size=6)
    return {
        "name": draw(names),
        "visible": draw(st.booleans()),
        "opacity": draw(st.floats(0, 1)),
        "blend_mode": draw(st.sampled_from(sorted(MODES))),
        "locked": draw(st.booleans()),
        "clipped": draw(st.booleans()),
        "mask": draw(st.none() | planes(1)),
    }


@st.composite
def paint_layers(draw: st.DrawFn) -> Layer:
    pixels = draw(planes(4))
    if draw(st.booleans()):
        made = draw(st.none() | st.builds(recipe, selection=planes(1), prompt=st.text(max_size=5)))
        return FillLayer(**draw(common()), pixels=pixels, recipe=made)
    return PaintLayer(**draw(common()), pixels=pixels)


@st.composite
def groups(draw: st.DrawFn, children: st.SearchStrategy[Layer]) -> Layer:
    inner = draw(st.lists(children, max_size=3))
    return Group(**draw(common()), children=inner, isolated=draw(st.booleans()))


trees = st.lists(st.recursive(paint_layers(), groups, max_leaves=4), max_size=3)


@st.composite
def documents(draw: st.DrawFn, depth: Depth = 8) -> Document:
    """Small ones, with everything that a layer can be."""
    document = Document(Extent(draw(st.integers(1, 300)), draw(st.integers(1, 300))))
    for layer in draw(trees):
        document.insert(layer, document.root, len(document.root.children))
    document.selection = draw(planes(1))
    document.guides = Guides.of(*draw(st.tuples(positions, positions)))
    if depth != document.depth:
        document.exchange_planes(document.planes(depth))
    return document
