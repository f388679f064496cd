"""The compositor: order, groups, masks, what lies below a layer; a tile of the whole is the whole's tile."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editor.document.geometry import TILE, Bounds, keys_covering, tile_bounds
from editor.document.layers import FillLayer, Group, Layer, PaintLayer
from editor.document.tiles import TileMap, frozen
from editor.raster.blend import blend
from editor.render.compositor import composite, composite_tile

Array8 = npt.NDArray[np.uint8]
KEY = (0, 0)
HERE = tile_bounds(KEY)


def noise(seed: int, channels: int = 4) -> Array8:
    shape = (TILE, TILE, 4) if channels == 4 else (TILE, TILE)
    return frozen(np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8))


def paint(
    seed: int, name: str = "layer", *, alpha: int | None = None, mask: TileMap | None = None
) -> PaintLayer:
    pixels = noise(seed).copy()
    if alpha is not None:
        pixels[..., 3] = alpha
    return PaintLayer(name, mask=mask, pixels=TileMap(4, {KEY: frozen(pixels)}))


def pixels_of(layer: PaintLayer) -> Array8:
    tile = layer.pixels.tile(KEY)
    assert tile is not None
    return tile


def tile(root: Group, stop: Layer | None = None) -> Array8:
    found = composite_tile(root, KEY, stop)
    assert found is not None
    return found


def test_nothing_is_nothing() -> None:
    empty = Group("", children=[PaintLayer("a"), Group("b"), Layer("c")])
    assert composite_tile(empty, KEY) is None
    assert not composite(empty, Bounds(-5, 3, 600, 20)).any()
    assert composite(empty, Bounds(0, 0, 0, 0)).shape == (0, 0, 4)


def test_a_single_layer_is_shown_as_it_is_hidden_colour_included() -> None:
    layer = paint(1)
    assert composite_tile(Group("", children=[layer]), KEY) is layer.pixels.tile(KEY)
    opaque = paint(2, alpha=255)
    assert composite_tile(Group("", children=[layer, opaque]), KEY) is opaque.pixels.tile(KEY)


def test_layers_are_blended_from_the_bottom() -> None:
    a, b, c = paint(1), paint(2), FillLayer("fill", pixels=paint(3).pixels)
    b.blend_mode, b.opacity = "multiply", 0.6
    c.mask = TileMap(1, {KEY: noise(4, 1)})
    expected = blend(pixels_of(a), pixels_of(b), "multiply", 0.6)
    expected = blend(expected, pixels_of(c), mask=noise(4, 1))
    assert np.array_equal(tile(Group("", children=[a, b, c])), expected)


def test_hidden_layers_do_not_count() -> None:
    a, b = paint(1), paint(2)
    b.visible = False
    group = Group("g", visible=False, children=[paint(3)])
    assert composite_tile(Group("", children=[a, b, group]), KEY) is a.pixels.tile(KEY)


def test_where_the_mask_has_no_tile_the_layer_is_not_shown() -> None:
    a = paint(1)
    masked = paint(2, mask=TileMap(1))
    assert composite_tile(Group("", children=[a, masked]), KEY) is a.pixels.tile(KEY)
    assert composite_tile(Group("", children=[masked]), KEY) is None
    group = Group("g", children=[paint(3)], mask=TileMap(1))
    assert composite_tile(Group("", children=[group]), KEY) is None


def test_a_layer_alone_with_mask_and_opacity() -> None:
    layer = paint(1, alpha=255, mask=TileMap(1, {KEY: noise(2, 1)}))
    layer.opacity, layer.blend_mode = 0.5, "difference"
    out = tile(Group("", children=[layer]))
    shown = noise(2, 1) > 0
    assert np.array_equal(out[..., :3][shown], pixels_of(layer)[..., :3][shown])
    assert np.abs(out[..., 3] - noise(2, 1) * 0.5).max() <= 1
    layer.opacity = 0.0
    assert composite_tile(Group("", children=[layer]), KEY) is None


def test_an_isolated_group_is_blended_as_one() -> None:
    a, b, c = paint(1, alpha=255), paint(2), paint(3)
    b.blend_mode = "multiply"
    mask = TileMap(1, {KEY: noise(4, 1)})
    group = Group("g", children=[b, c], opacity=0.7, blend_mode="screen", mask=mask)
    alone = blend(pixels_of(b), pixels_of(c))
    expected = blend(pixels_of(a), alone, "screen", 0.7, noise(4, 1))
    assert np.array_equal(tile(Group("", children=[a, group])), expected)
    group.isolated = False  # with an opacity, a mode or a mask it is isolated all the same
    assert np.array_equal(tile(Group("", children=[a, group])), expected)


def test_a_plain_pass_through_group_is_as_if_it_were_not_there() -> None:
    a, b, c = paint(1), paint(2), paint(3)
    b.blend_mode, c.blend_mode = "multiply", "overlay"
    flat = tile(Group("", children=[a, b, c]))
    nested = Group("", children=[a, Group("g", isolated=False, children=[b, c])])
    assert np.array_equal(tile(nested), flat)
    isolated = Group("", children=[a, Group("g", children=[b, c])])
    assert not np.array_equal(tile(isolated), flat)


def test_below_a_layer_within_groups() -> None:
    a, b, c, d = paint(1), paint(2), paint(3), paint(4)
    group = Group("g", children=[b, c], opacity=0.5)
    root = Group("", children=[a, group, d])
    assert composite_tile(root, KEY, stop=a) is None
    assert composite_tile(root, KEY, stop=group) is a.pixels.tile(KEY)
    assert composite_tile(root, KEY, stop=b) is a.pixels.tile(KEY)
    below_c = blend(pixels_of(a), pixels_of(b), opacity=0.5)
    assert np.array_equal(tile(root, stop=c), below_c)
    assert np.array_equal(composite(root, HERE, stop=c), below_c)
    assert np.array_equal(
        tile(root, stop=d), blend(pixels_of(a), blend(pixels_of(b), pixels_of(c)), opacity=0.5)
    )
    group.isolated, group.opacity, b.blend_mode = False, 1.0, "multiply"
    assert np.array_equal(tile(root, stop=c), blend(pixels_of(a), pixels_of(b), "multiply"))


def test_below_hidden_layers() -> None:
    a, b, c, d = paint(1), paint(2), paint(3), paint(4)
    group = Group("g", visible=False, children=[b, c])
    root = Group("", children=[a, group, d])
    c.visible = False
    assert composite_tile(root, KEY, stop=c) is a.pixels.tile(KEY)
    group.visible = True
    assert np.array_equal(tile(root, stop=c), blend(pixels_of(a), pixels_of(b)))


def test_below_a_layer_of_another_tree_is_an_error() -> None:
    root = Group("", children=[paint(1)])
    for stranger in (paint(2), root, Group("", children=[paint(3)]).children[0]):
        with pytest.raises(ValueError, match="not in this group"):
            composite_tile(root, KEY, stop=stranger)
        with pytest.raises(ValueError, match="not in this group"):
            composite(root, HERE, stop=stranger)


modes = st.sampled_from(["normal", "normal", "multiply", "overlay", "hue"])


@st.composite
def layers(draw: st.DrawFn, depth: int = 2) -> Layer:
    options = {
        "visible": draw(st.integers(0, 4)) > 0,
        "opacity": draw(st.sampled_from([1.0, 1.0, 0.5, 0.0])),
        "blend_mode": draw(modes),
        "mask": draw(st.none() | planes(1)),
    }
    if depth and draw(st.integers(0, 2)) == 0:
        children = draw(st.lists(layers(depth - 1), max_size=3))
        return Group("group", children=children, isolated=draw(st.booleans()), **options)
    return PaintLayer("paint", pixels=draw(planes(4)), **options)


@st.composite
def planes(draw: st.DrawFn, channels: int) -> TileMap:
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    width, height = draw(st.integers(1, 300)), draw(st.integers(1, 300))
    size = (height // 16 + 1, width // 16 + 1)
    coarse = rng.choice(
        np.array([0, 0, 128, 255, 255, 37], np.uint8), (*size, 4)[: 3 if channels == 4 else 2]
    )
    dense = coarse.repeat(16, axis=0).repeat(16, axis=1)[:height, :width]
    return TileMap.from_array(dense, draw(st.integers(-100, 200)), draw(st.integers(-100, 200)))


@settings(max_examples=30, deadline=None)
@given(st.lists(layers(), max_size=4), st.data())
def test_a_tile_of_the_composite_is_the_composites_tile(children: list[Layer], data: st.DataObject) -> None:
    root = Group("", children=children)
    choices: list[Layer | None] = [None, *root.walk()]
    stop = data.draw(st.sampled_from(choices))
    x, y = data.draw(st.tuples(st.integers(-120, 300), st.integers(-120, 300)))
    bounds = Bounds(x, y, data.draw(st.integers(0, 300)), data.draw(st.integers(0, 300)))
    whole = composite(root, Bounds(-256, -256, 1024, 1024), stop)
    for key in keys_covering(Bounds(-256, -256, 1024, 1024)):
        found = composite_tile(root, key, stop)
        place = whole[tile_bounds(key).translated(256, 256).slices()]
        assert np.array_equal(place, found) if found is not None else not place.any()
    assert np.array_equal(composite(root, bounds, stop), whole[bounds.translated(256, 256).slices()])
