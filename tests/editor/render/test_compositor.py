"""The compositor: order, groups, masks, what lies below a layer; a tile of the whole is the whole's tile."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editor.document.geometry import TILE, Bounds, keys_covering, tile_bounds
from editor.document.layers import FillLayer, Group, Layer, PaintLayer
from editor.document.tiles import DTYPES, Depth, TileMap, frozen, is_uniform
from editor.raster.blend_modes import MODES
from editor.render.compositor import composite

pytestmark = pytest.mark.usefixtures("either_path")

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
    return composite(root, HERE, stop)


class Exact:
    """The same sums in float64: straight colours (h, w, 3) and alpha (h, w, 1), 0–1."""

    def __init__(self, colour: npt.NDArray[Any], alpha: npt.NDArray[Any]) -> None:
        self.colour, self.alpha = colour, alpha

    @classmethod
    def of(cls, pixels: npt.NDArray[Any]) -> Exact:
        values = pixels.astype(np.float64) / np.iinfo(pixels.dtype).max
        return cls(values[..., :3], values[..., 3:])

    def faded(self, opacity: float, mask: npt.NDArray[Any] | None = None) -> Exact:
        cover = 1.0 if mask is None else mask[..., None] / np.iinfo(mask.dtype).max
        return Exact(self.colour, self.alpha * opacity * cover)

    def over(self, below: Exact, mode: str = "normal", clipped: bool = False) -> Exact:
        b, s = np.moveaxis(below.colour, -1, 0), np.moveaxis(self.colour, -1, 0)
        mix = MODES[mode].mix
        mixed = self.colour if mix is None else np.moveaxis(mix(b, s), 0, -1)
        if clipped:
            return Exact(below.colour + self.alpha * (mixed - below.colour), below.alpha)
        alpha = self.alpha + below.alpha - self.alpha * below.alpha
        colour = (
            self.alpha * (1 - below.alpha) * self.colour
            + self.alpha * below.alpha * mixed
            + (1 - self.alpha) * below.alpha * below.colour
        )
        return Exact(colour / np.maximum(alpha, 1e-12), alpha)

    def __eq__(self, other: object) -> bool:
        """Whether a picture is this, rounded."""
        assert isinstance(other, np.ndarray)
        full = np.iinfo(other.dtype).max
        values = np.concatenate((self.colour, self.alpha), axis=-1) * full
        # float32 has 24 bits: of next to no alpha the colours are not known to the last step of 16 bits
        seen = other[..., 3] > full // 64
        limit = 0.51 if full == 255 else 1
        return bool(
            (np.abs(other - values)[seen] <= limit).all() and (np.abs(other - values)[..., 3] <= limit).all()
        )

    __hash__ = None  # type: ignore[assignment]


def test_nothing_is_nothing() -> None:
    empty = Group("", children=[PaintLayer("a"), Group("b"), Layer("c")])
    assert not composite(empty, Bounds(-5, 3, 600, 20)).any()
    assert composite(empty, Bounds(0, 0, 0, 0)).shape == (0, 0, 4)


def test_a_single_layer_is_shown_as_it_is_hidden_colour_included() -> None:
    layer = paint(1)
    assert np.array_equal(tile(Group("", children=[layer])), pixels_of(layer))
    opaque = paint(2, alpha=255)
    assert np.array_equal(tile(Group("", children=[layer, opaque])), pixels_of(opaque))


def test_layers_are_blended_from_the_bottom() -> None:
    a, b, c = paint(1), paint(2), FillLayer("fill", pixels=paint(3).pixels)
    b.blend_mode, b.opacity = "multiply", 0.6
    c.mask = TileMap(1, {KEY: noise(4, 1)})
    expected = Exact.of(pixels_of(b)).faded(0.6).over(Exact.of(pixels_of(a)), "multiply")
    expected = Exact.of(pixels_of(c)).faded(1, noise(4, 1)).over(expected)
    assert expected == tile(Group("", children=[a, b, c]))


def test_hidden_layers_do_not_count() -> None:
    a, b = paint(1), paint(2)
    b.visible = False
    group = Group("g", visible=False, children=[paint(3)])
    assert np.array_equal(tile(Group("", children=[a, b, group])), pixels_of(a))


def test_where_the_mask_has_no_tile_the_layer_is_not_shown() -> None:
    a = paint(1)
    masked = paint(2, mask=TileMap(1))
    assert np.array_equal(tile(Group("", children=[a, masked])), pixels_of(a))
    assert not tile(Group("", children=[masked]))[..., 3].any()
    group = Group("g", children=[paint(3)], mask=TileMap(1))
    assert not tile(Group("", children=[group]))[..., 3].any()


def test_a_layer_alone_with_mask_and_opacity() -> None:
    layer = paint(1, alpha=255, mask=TileMap(1, {KEY: noise(2, 1)}))
    layer.opacity, layer.blend_mode = 0.5, "difference"
    out = tile(Group("", children=[layer]))
    shown = noise(2, 1) > 0
    assert np.array_equal(out[..., :3][shown], pixels_of(layer)[..., :3][shown])
    assert np.abs(out[..., 3] - noise(2, 1) * 0.5).max() <= 1
    layer.opacity = 0.0
    assert not tile(Group("", children=[layer]))[..., 3].any()


def test_an_isolated_group_is_blended_as_one() -> None:
    a, b, c = paint(1, alpha=255), paint(2), paint(3)
    b.blend_mode = "multiply"
    mask = TileMap(1, {KEY: noise(4, 1)})
    group = Group("g", children=[b, c], opacity=0.7, blend_mode="screen", mask=mask)
    alone = Exact.of(pixels_of(c)).over(Exact.of(pixels_of(b)))
    expected = alone.faded(0.7, noise(4, 1)).over(Exact.of(pixels_of(a)), "screen")
    assert expected == tile(Group("", children=[a, group]))
    group.isolated = False  # with a mode it is isolated all the same
    assert expected == tile(Group("", children=[a, group]))


def test_a_pass_through_group_with_opacity_and_mask_goes_from_below_to_what_its_layers_make_of_it() -> None:
    a, b, c = paint(1), paint(2), paint(3)
    b.blend_mode = "multiply"
    mask = TileMap(1, {KEY: noise(4, 1)})
    group = Group("g", isolated=False, children=[b, c], opacity=0.7, mask=mask)
    before = Exact.of(pixels_of(a))
    after = Exact.of(pixels_of(c)).over(Exact.of(pixels_of(b)).over(before, "multiply"))
    weight = noise(4, 1)[..., None] / 255 * 0.7
    alpha = before.alpha * (1 - weight) + after.alpha * weight
    colour = before.colour * before.alpha * (1 - weight) + after.colour * after.alpha * weight
    expected = Exact(colour / np.maximum(alpha, 1e-12), alpha)
    assert expected == tile(Group("", children=[a, group]))
    alone = tile(Group("", children=[Group("g", isolated=False, children=[b], opacity=0.5)]))
    assert Exact.of(pixels_of(b)).faded(0.5) == alone


def test_a_clipped_layer_shows_only_where_the_one_below_does() -> None:
    a, base, clipped, above = paint(1, alpha=255), paint(2), paint(3), paint(4)
    clipped.clipped = above.clipped = True
    base.opacity, base.blend_mode, base.mask = 0.8, "screen", TileMap(1, {KEY: noise(5, 1)})
    clipped.blend_mode, clipped.opacity = "multiply", 0.6
    run = Exact.of(pixels_of(clipped)).faded(0.6).over(Exact.of(pixels_of(base)), "multiply", clipped=True)
    run = Exact.of(pixels_of(above)).over(run, clipped=True)
    expected = run.faded(0.8, noise(5, 1)).over(Exact.of(pixels_of(a)), "screen")
    root = Group("", children=[a, base, clipped, above])
    assert expected == tile(root)
    as_group = Group("g", children=[paint(3)], clipped=True)
    root.children[2:] = [as_group]
    run = Exact.of(pixels_of(clipped)).over(Exact.of(pixels_of(base)), clipped=True)
    assert run.faded(0.8, noise(5, 1)).over(Exact.of(pixels_of(a)), "screen") == tile(root)


def test_what_clipped_layers_lie_on_takes_them_along() -> None:
    a, base, clipped = paint(1, alpha=255), paint(2), paint(3)
    clipped.clipped = True
    root = Group("", children=[a, base, clipped])
    base.visible = False
    assert np.array_equal(tile(root), pixels_of(a))
    base.visible, clipped.visible = True, False
    assert Exact.of(pixels_of(base)).over(Exact.of(pixels_of(a))) == tile(root)
    assert Exact.of(pixels_of(base)).over(Exact.of(pixels_of(a))) == tile(root, stop=clipped)
    lowest = paint(1)
    lowest.clipped = True  # there is nothing below it
    assert np.array_equal(tile(Group("", children=[lowest])), pixels_of(lowest))


def test_16_bits() -> None:
    rng = np.random.default_rng(6)
    tiles = [frozen(rng.integers(0, 65536, (TILE, TILE, 4), dtype=np.uint16)) for _ in range(2)]
    a, b = (PaintLayer("", pixels=TileMap(4, {KEY: each}, depth=16)) for each in tiles)
    mask = frozen(rng.integers(0, 65536, (TILE, TILE), dtype=np.uint16))
    assert np.array_equal(tile(Group("", children=[a])), tiles[0])
    b.blend_mode, b.opacity, b.mask = "overlay", 0.6, TileMap(1, {KEY: mask}, depth=16)
    expected = Exact.of(tiles[1]).faded(0.6, mask).over(Exact.of(tiles[0]), "overlay")
    assert expected == tile(Group("", children=[a, b]))


@pytest.mark.parametrize("depth", [8, 16])
def test_tiles_of_one_value_are_as_any_other(depth: Depth) -> None:
    full = (1 << depth) - 1
    dtype = DTYPES[depth]
    a, b = (
        np.full((TILE, TILE, 4), full * np.array(colour)[None, None] // 8, dtype)
        for colour in ((1, 2, 3, 8), (8, 6, 4, 5))
    )
    cover = np.full((TILE, TILE), full // 3, dtype)
    assert is_uniform(frozen(a)) and is_uniform(frozen(cover))
    below = PaintLayer("", pixels=TileMap(4, {KEY: frozen(a)}, depth))
    above = PaintLayer("", pixels=TileMap(4, {KEY: frozen(b)}, depth), opacity=0.5, blend_mode="multiply")
    above.mask = TileMap(1, {KEY: frozen(cover)}, depth)
    expected = Exact.of(b).faded(0.5, cover).over(Exact.of(a), "multiply")
    assert expected == tile(Group("", children=[below, above]))


def test_dissolve_is_by_the_place_on_the_canvas() -> None:
    layer = paint(1, alpha=100)
    layer.blend_mode = "dissolve"
    moved = PaintLayer("", pixels=TileMap(4, {(3, 2): pixels_of(layer)}), blend_mode="dissolve")
    here = tile(Group("", children=[layer]))[..., 3]
    there = composite(Group("", children=[moved]), tile_bounds((3, 2)))[..., 3]
    assert set(np.unique(here)) == {0, 255}
    assert abs((here == 255).mean() - 100 / 255) < 0.01
    assert not np.array_equal(here, there)


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
    assert not tile(root, stop=a).any()
    assert np.array_equal(tile(root, stop=group), pixels_of(a))
    assert np.array_equal(tile(root, stop=b), pixels_of(a))
    exact_a, exact_b = Exact.of(pixels_of(a)), Exact.of(pixels_of(b))
    assert exact_b.faded(0.5).over(exact_a) == tile(root, stop=c)
    assert Exact.of(pixels_of(c)).over(exact_b).faded(0.5).over(exact_a) == tile(root, stop=d)
    group.isolated, group.opacity, b.blend_mode = False, 1.0, "multiply"
    assert exact_b.over(exact_a, "multiply") == tile(root, stop=c)


def test_below_hidden_layers() -> None:
    a, b, c, d = paint(1), paint(2), paint(3), paint(4)
    group = Group("g", visible=False, children=[b, c])
    root = Group("", children=[a, group, d])
    c.visible = False
    assert np.array_equal(tile(root, stop=c), pixels_of(a))
    group.visible = True
    assert Exact.of(pixels_of(b)).over(Exact.of(pixels_of(a))) == tile(root, stop=c)


def test_below_a_layer_of_another_tree_is_an_error() -> None:
    root = Group("", children=[paint(1)])
    for stranger in (paint(2), root, Group("", children=[paint(3)]).children[0]):
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
        "clipped": draw(st.integers(0, 3)) == 0,
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


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(layers(), max_size=4), st.data())
def test_a_tile_of_the_composite_is_the_composites_tile(children: list[Layer], data: st.DataObject) -> None:
    root = Group("", children=children)
    choices: list[Layer | None] = [None, *root.walk()]
    stop = data.draw(st.sampled_from(choices))
    x, y = data.draw(st.tuples(st.integers(-120, 300), st.integers(-120, 300)))
    bounds = Bounds(x, y, data.draw(st.integers(0, 300)), data.draw(st.integers(0, 300)))
    whole = composite(root, Bounds(-256, -256, 1024, 1024), stop)
    for key in keys_covering(Bounds(-256, -256, 1024, 1024)):
        place = whole[tile_bounds(key).translated(256, 256).slices()]
        assert np.array_equal(place, composite(root, tile_bounds(key), stop))
    assert np.array_equal(composite(root, bounds, stop), whole[bounds.translated(256, 256).slices()])
