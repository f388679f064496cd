"""Thumbnails: what of a layer is shown, how large, and that it is sampled where it should be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from editor.document.geometry import Bounds
from editor.document.layers import FillLayer, Group, PaintLayer
from editor.document.tiles import Array8, TileMap
from editor.render.qimage import to_array
from editor.render.thumbnail import layer_thumbnail, plane_thumbnail


def noise(width: int, height: int) -> Array8:
    picture = np.random.default_rng(5).integers(0, 256, (height, width, 4), dtype=np.uint8)
    picture[..., 3] |= 1  # so that no pixel is nothing at all
    return picture


def thumbnail(layer: PaintLayer, canvas: Bounds, side: int) -> Array8:
    image = layer_thumbnail(layer, canvas, side)
    assert image is not None
    return to_array(image)


@run_with(max_examples=40, deadline=None)
@given(
    width=st.integers(1, 900),
    height=st.integers(1, 700),
    x=st.integers(-300, 300),
    y=st.integers(-300, 300),
    side=st.integers(1, 300),
)
def test_it_is_every_nth_pixel_of_the_canvas(width: int, height: int, x: int, y: int, side: int) -> None:
    canvas = Bounds(0, 0, width, height)
    plane = TileMap.from_array(noise(300, 280), x, y)
    found = thumbnail(PaintLayer("Layer", pixels=plane), canvas, side)
    step = -(-max(width, height) // side)
    assert np.array_equal(found, plane.read(canvas)[::step, ::step])
    assert max(found.shape[:2]) <= side


def test_a_small_picture_is_not_enlarged() -> None:
    picture = noise(20, 10)
    layer = PaintLayer("Layer", pixels=TileMap.from_array(picture))
    assert np.array_equal(thumbnail(layer, Bounds(0, 0, 20, 10), 80), picture)


def test_of_a_masked_layer_it_is_what_the_mask_shows() -> None:
    canvas, picture = Bounds(0, 0, 600, 400), noise(600, 400)
    shape = np.zeros((400, 600), np.uint8)
    shape[250:290, 240:300] = 128
    layer = FillLayer("Fill", pixels=TileMap.from_array(picture), mask=TileMap.from_array(shape))
    found = thumbnail(layer, canvas, 100)
    assert found.shape == (40, 60, 4)
    assert np.array_equal(found[..., :3], picture[250:290, 240:300, :3])
    assert np.array_equal(found[..., 3], picture[250:290, 240:300, 3].astype(int) * 128 // 255)


def test_what_a_mask_shows_beyond_the_canvas_does_not_count() -> None:
    shape = np.full((100, 100), 255, np.uint8)
    layer = PaintLayer(
        "Layer", pixels=TileMap.from_array(noise(100, 100)), mask=TileMap.from_array(shape, -60, 0)
    )
    assert thumbnail(layer, Bounds(0, 0, 100, 100), 100).shape[:2] == (100, 40)


@pytest.mark.parametrize("mask", [TileMap(1), TileMap.from_array(np.full((9, 9), 255, np.uint8), 500, 500)])
def test_where_the_mask_shows_nothing_there_is_none(mask: TileMap) -> None:
    layer = PaintLayer("Layer", pixels=TileMap.from_array(noise(100, 100)), mask=mask)
    assert layer_thumbnail(layer, Bounds(0, 0, 100, 100), 40) is None


def test_a_group_has_none() -> None:
    group = Group("Group", children=[PaintLayer("Layer", pixels=TileMap.from_array(noise(10, 10)))])
    assert layer_thumbnail(group, Bounds(0, 0, 10, 10), 40) is None


def test_an_empty_layer_is_clear() -> None:
    assert not thumbnail(PaintLayer("Layer"), Bounds(0, 0, 300, 300), 40).any()


def test_a_hidden_layer_still_has_one() -> None:
    layer = PaintLayer("Layer", pixels=TileMap.from_array(noise(10, 10)), visible=False, opacity=0.2)
    assert thumbnail(layer, Bounds(0, 0, 10, 10), 40).any()


def test_of_a_plane_it_is_a_part_made_smaller_smoothly() -> None:
    picture = noise(600, 400)
    picture[..., 3] = 255
    picture[100:300, 200:300, :3] = 250
    picture[100:300, 300:400, :3] = 10
    plane = TileMap.from_array(picture, 50, 60)
    found = to_array(plane_thumbnail(plane, Bounds(250, 160, 200, 200), 50))
    assert found.shape == (50, 50, 4)
    assert (found[:, :24, :3] == 250).all() and (found[:, 26:, :3] == 10).all()
    noisy = to_array(plane_thumbnail(plane, Bounds(50, 60, 190, 190), 40))
    assert noisy[..., :3].std() < picture[:190, :190, :3].std() / 2  # averaged, not picked out


def test_of_a_small_part_it_is_the_pixels_themselves() -> None:
    picture = noise(30, 20)
    found = plane_thumbnail(TileMap.from_array(picture), Bounds(0, 0, 30, 20), 50)
    assert np.array_equal(to_array(found), picture)
