"""What every engine's fills must keep to, whatever is selected: run for real, in this process, at either depth."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from editor.document.document import Document
from editor.document.layers import FillLayer, PaintLayer
from editor.document.tiles import Array8, Pixels, TileMap
from editor.fill import insert_fill, make_fill_layer, prepare_fill
from editor.fill_options import FillOptions
from editor.render.compositor import composite
from editor.session import Session
from inference.depth import full_scale, to_16
from inference.engines import content_aware
from inference.engines.engine import ENGINES, Fill, unheard
from inference.geometry import Bounds, Extent
from inference.mask import reach
from inference.refine import fill_and_refine
from inference.request import FillRequest
from tests.inference.engines.conftest import checkpoint_folder, family_request, imports_set_aside

__all__ = ["checkpoint_folder", "family_request", "imports_set_aside"]  # the fixtures

# Of diffusers' own schedulers, with the newest NumPy.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

CANVAS = Bounds(0, 0, 400, 300)

FAMILIES = ("sd-1-5-inpaint", "sd-1-5", "sdxl", "sd-3", "flux-fill", "z-image", "qwen-image")


@st.composite
def selections(draw: st.DrawFn, most: int = 90) -> Array8:
    """(300, 400): boxes and ellipses, also over the edge, some of them soft or half selected."""
    plane = np.zeros((CANVAS.height, CANVAS.width), np.uint8)
    for _ in range(draw(st.integers(1, 3))):
        centre = draw(st.integers(0, CANVAS.width - 1)), draw(st.integers(0, CANVAS.height - 1))
        axes = draw(st.integers(1, most // 2)), draw(st.integers(1, most // 2))
        value = draw(st.sampled_from([255, 255, 255, 90]))
        if draw(st.booleans()):
            cv2.ellipse(plane, centre, axes, draw(st.integers(0, 180)), 0, 360, value, -1)
        else:
            corner = centre[0] + axes[0], centre[1] + axes[1]
            cv2.rectangle(plane, centre, corner, value, -1)
    softness = draw(st.sampled_from([0, 0, 5, 21]))
    return np.asarray(cv2.blur(plane, (softness, softness)) if softness else plane, np.uint8)


def photo(depth: int, height: int = 300, width: int = 400) -> Pixels:
    """Opaque smooth colour under noise, of which every bit counts."""
    rng = np.random.default_rng(11)
    ys, xs = np.mgrid[:height, :width]
    smooth = np.stack([xs * 200 / width, ys * 200 / height, 120 + 60 * np.sin(xs / 30)], -1)
    levels = np.clip(smooth + rng.normal(0, 6, smooth.shape), 0, 255)
    colour = np.rint(levels * (1 if depth == 8 else 257)).astype(np.uint8 if depth == 8 else np.uint16)
    return np.dstack((colour, np.full((height, width), full_scale(colour.dtype), colour.dtype)))


def session_of(picture: Pixels) -> Session:
    height, width = picture.shape[:2]
    document = Document(Extent(width, height), depth=8 if picture.dtype == np.uint8 else 16)
    document.insert(PaintLayer("Background", pixels=TileMap.from_array(picture)), document.root, 0)
    return Session(document)


def shown(session: Session) -> Pixels:
    return composite(session.document.root, session.document.canvas)


def filled(session: Session, selection: Array8, fill: Fill, options: FillOptions) -> FillLayer:
    """As the window does it, but for the process between."""
    session.select(session.document.canvas, selection, "replace", "Select")
    prepared = prepare_fill(session.document, session.active, options)
    (candidate,) = fill_and_refine(fill, prepared.request, unheard)
    layer = make_fill_layer(prepared, candidate)
    insert_fill(session.document, session.history, prepared, layer)
    return layer


def assert_kept(picture: Pixels, selection: Array8, fill: Fill, options: FillOptions) -> None:
    """Bit-identical beyond the softness, opaque inside, exact when hidden, the same for the same seed."""
    session = session_of(picture)
    layer = filled(session, selection, fill, options)
    recipe, after, full = layer.recipe, shown(session), full_scale(picture.dtype)
    assert recipe is not None and layer.mask is not None
    outside = np.where(selection == 255, np.uint8(0), np.uint8(1))
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    far = np.full(outside.shape, True) if outside.all() else distance > reach(recipe.grow, recipe.feather)
    beyond = far & (selection == 0)
    assert np.array_equal(after[beyond], picture[beyond])
    inside = selection == 255
    raw = (layer.raw or layer.pixels).read(CANVAS)
    assert (layer.mask.read(CANVAS)[inside] == full).all()
    assert (raw[inside, 3] == full).all()
    assert np.array_equal(after[inside], layer.pixels.read(CANVAS)[inside])
    session.set_layer(layer, "visible", False)
    assert np.array_equal(shown(session), picture)
    again = session_of(picture)
    filled(again, selection, fill, options)
    assert np.array_equal(shown(again), after)


@given(selections(), st.sampled_from([8, 16]), st.booleans(), st.integers(0, 5))
@run_with(max_examples=12, deadline=None)
def test_content_aware(selection: Array8, depth: int, adapted: bool, seed: int) -> None:
    if selection.any():
        options = FillOptions(seed=seed, colour_adaptation=adapted)
        assert_kept(photo(depth), selection, content_aware.fill, options)


@pytest.fixture
def diffusers_fill(imports_set_aside: None) -> Fill:
    """Imported here: it warns of what it lacks."""
    from inference.engines import diffusers_auto

    return diffusers_auto.fill


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_models(
    name: str,
    family_request: Callable[..., FillRequest],
    diffusers_fill: Fill,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of small checkpoints, told that they work at few pixels, so that most of these fills take two passes."""
    known = family_request(name)
    info = ENGINES[known.engine]
    small = dataclasses.replace(info, native=64, smallest=32, largest=96, least_context=64)
    monkeypatch.setitem(ENGINES, known.engine, small)

    @given(selections(40), st.sampled_from([8, 16]), st.sampled_from([0.6, 1.0]))
    @run_with(
        max_examples=3,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    def hold(selection: Array8, depth: int, strength: float) -> None:
        if selection.any():
            asked: dict[str, Any] = {"model": known.model, "device": "cpu", "prompt": "a hat"}
            options = FillOptions(known.engine, seed=3, steps=4, strength=strength, **asked)
            assert_kept(photo(depth), selection, diffusers_fill, options)

    hold()


@given(st.integers(-130, 130), st.integers(-130, 130), st.sampled_from([8, 16]))
@run_with(max_examples=8, deadline=None)
def test_it_does_not_matter_where_on_the_canvas_it_lies(dx: int, dy: int, depth: int) -> None:
    """Tiles begin at multiples of 256; the picture goes round at the edges, far from what the engine sees."""
    picture, side = photo(depth, 900, 900), 900
    selection = np.zeros((side, side), np.uint8)
    cv2.ellipse(selection, (450, 440), (30, 18), 20, 0, 360, 255, -1)
    options = FillOptions(seed=1)
    there, here = session_of(np.roll(picture, (dy, dx), (0, 1))), session_of(picture)
    filled(there, np.roll(selection, (dy, dx), (0, 1)), content_aware.fill, options)
    filled(here, selection, content_aware.fill, options)
    near = Bounds(380, 380, 140, 120)
    assert np.array_equal(
        shown(there)[near.translated(dx, dy).slices()],
        shown(here)[near.slices()],
    )


def test_in_16_bits_it_is_the_fill_of_8_where_the_picture_is() -> None:
    picture = photo(8)
    selection = np.zeros(picture.shape[:2], np.uint8)
    selection[100:140, 150:210] = 255
    options = FillOptions(seed=4, colour_adaptation=False)
    layers = [
        filled(session_of(each), selection, content_aware.fill, options) for each in (picture, to_16(picture))
    ]
    shallow, deep = (layer.pixels.read(CANVAS) for layer in layers)
    assert deep.dtype == np.uint16
    assert np.array_equal(deep, to_16(shallow))
