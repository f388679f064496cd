"""The screen's compositor: what it keeps never shows, whatever is edited, and it is asked for no more than it must."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editor.document.candidates import Candidate
from editor.document.document import Document
from editor.document.geometry import TILE, Extent, TileKey, tile_bounds
from editor.document.layers import FillLayer, Group, Layer, PaintLayer
from editor.document.tiles import TileMap, frozen
from editor.render.compositor import composite
from editor.render.preview import CandidatePreview
from editor.render.projection import TileJob
from editor.render.qimage import premultiplied
from editor.render.screen import ScreenCompositor

Array8 = npt.NDArray[np.uint8]
SIDE = 2 * TILE
KEYS: list[TileKey] = [(0, 0), (1, 0), (0, 1), (1, 1)]
MODES = ("normal", "normal", "normal", "multiply", "dissolve")


def rendered(
    compositor: ScreenCompositor, key: TileKey, top: int = 0, bottom: int = TILE
) -> tuple[Array8, bool]:
    out = np.zeros((TILE, TILE, 4), np.uint8)
    (opaque,) = compositor.render([TileJob(key, top, bottom, out)])
    return out, opaque


def expected(document: Document, key: TileKey) -> Array8:
    return premultiplied(composite(document.root, tile_bounds(key)))


def noise(seed: int, channels: int = 4) -> Array8:
    rng = np.random.default_rng(seed)
    coarse = rng.choice(np.array([0, 128, 255, 255, 77], np.uint8), (16, 16, 4))
    pixels = coarse.repeat(16, axis=0).repeat(16, axis=1)
    return frozen(pixels if channels == 4 else pixels[..., 0])


def layer(seed: int, mode: str = "normal", opacity: float = 1.0) -> PaintLayer:
    pixels = TileMap(4, {key: noise(seed * 10 + i) for i, key in enumerate(KEYS) if (seed + i) % 4})
    return PaintLayer(f"layer {seed}", pixels=pixels, blend_mode=mode, opacity=opacity)


def document_of(*layers: Layer) -> Document:
    document = Document(Extent(SIDE, SIDE))
    for each in layers:
        document.insert(each, document.root, len(document.root.children))
    return document


@pytest.mark.usefixtures("either_path")
def test_a_tile_is_the_composites_premultiplied() -> None:
    document = document_of(layer(1), layer(2, "multiply", 0.7), layer(3, opacity=0.5))
    compositor = ScreenCompositor(document)
    for key in KEYS:
        tile, opaque = rendered(compositor, key)
        assert np.abs(tile.astype(int) - expected(document, key)).max() <= 1
        assert not opaque or (tile[..., 3] == 255).all()


@pytest.mark.usefixtures("either_path")
def test_only_the_rows_that_are_asked_for_are_written_but_for_whole_strips() -> None:
    document = document_of(layer(1))
    out = np.full((TILE, TILE, 4), 7, np.uint8)
    ScreenCompositor(document).render([TileJob((0, 0), 100, 108, out)])
    whole = rendered(ScreenCompositor(document), (0, 0))[0]
    assert np.array_equal(out[100:108], whole[100:108])
    assert (out[:100] == 7).all() and (out[108:] == 7).all()


def test_what_has_no_tile_is_empty() -> None:
    document = document_of(layer(4))  # without its first tile
    compositor = ScreenCompositor(document)
    assert compositor.is_empty((0, 0)) and not compositor.is_empty((1, 0))
    document.insert(layer(1), document.root, 1)
    compositor.document_changed()
    assert not compositor.is_empty((0, 0))


def test_what_lies_below_is_kept_while_one_layer_is_painted_on(compiled: None) -> None:
    layers = [layer(seed, mode) for seed, mode in enumerate(("normal", "multiply", "overlay", "normal"), 1)]
    document = document_of(*layers)
    compositor = ScreenCompositor(document)
    compositor.focus = layers[-1]
    assert compositor.nbytes == 0
    for seed in range(4):
        document.exchange(layers[-1], "pixels", {(1, 1): noise(seed)})
        tile, _opaque = rendered(compositor, (1, 1))
        alone, _opaque = rendered(ScreenCompositor(document), (1, 1))
        assert np.array_equal(tile, alone)
    assert compositor.nbytes == TILE * TILE * 16  # of one tile


def test_it_keeps_no_more_than_its_budget(compiled: None) -> None:
    layers = [layer(seed) for seed in range(1, 6)]
    document = document_of(*layers)
    compositor = ScreenCompositor(document, budget=4 * TILE * TILE * 16)
    compositor.focus = layers[2]
    for _ in range(5):
        for key in KEYS:
            rendered(compositor, key)
    assert len(compositor._kept) == 2


def test_a_preview_is_shown_in_place_of_the_document() -> None:
    fill = FillLayer("fill", pixels=TileMap(4, {(0, 0): noise(1)}))
    document = document_of(layer(2), fill)
    candidate = Candidate(2, 5, TileMap(4, {(0, 0): noise(9), (1, 1): noise(8)}))
    compositor = ScreenCompositor(document)
    compositor.preview = CandidatePreview(document, fill, candidate)
    shown = [rendered(compositor, key)[0] for key in KEYS]
    compositor.preview = None
    document.exchange(fill, "pixels", {(0, 0): noise(9), (1, 1): noise(8)})
    for key, tile in zip(KEYS, shown, strict=True):
        assert np.array_equal(tile, rendered(compositor, key)[0])


edits = st.lists(
    st.tuples(
        st.sampled_from(
            ["paint", "paint", "paint", "erase", "opacity", "mode", "focus", "hide", "mask", "move"]
        ),
        st.integers(0, 6),
        st.integers(0, 3),
    ),
    min_size=4,
    max_size=16,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(MODES), min_size=3, max_size=6), st.integers(-1, 5), edits)
def test_kept_or_not_the_picture_is_the_same_after_any_edits(
    compiled: None, modes: list[str], grouped: int, steps: list[tuple[str, int, int]]
) -> None:
    layers: list[Layer] = [layer(seed, mode, (1.0, 0.5)[seed % 2]) for seed, mode in enumerate(modes, 1)]
    if grouped >= 0:
        at = grouped % len(layers)
        layers[at] = Group("g", children=[layers[at]], isolated=bool(grouped % 2), opacity=(1.0, 0.6)[at % 2])
    document = document_of(*layers)
    compositor = ScreenCompositor(document)
    document.pixels_changed.connect(lambda _bounds: compositor.document_changed())
    for what, seed, place in steps:
        some = list(document.layers())
        chosen = some[seed % len(some)]
        key = KEYS[place]
        if what == "focus":
            compositor.focus = chosen
        elif what == "opacity":
            document.set_property(chosen, "opacity", (1.0, 0.5, 0.0, 0.25)[place])
        elif what == "mode":
            document.set_property(chosen, "blend_mode", MODES[(seed + place) % len(MODES)])
        elif what == "hide":
            document.set_property(chosen, "visible", not chosen.visible)
        elif what == "mask":
            mask = TileMap(1, {key: noise(seed, 1)}) if chosen.mask is None else None
            document.set_property(chosen, "mask", mask)
        elif what == "move":
            parent, _index = document.index(chosen)
            document.remove(chosen)
            document.insert(chosen, parent, place % (len(parent.children) + 1))
        elif isinstance(compositor.focus, PaintLayer):
            tile = noise(seed) if what == "paint" else None
            document.exchange(compositor.focus, "pixels", {key: tile})
        for here in KEYS:
            tile, opaque = rendered(compositor, here)
            # what lies above is composited beforehand: rounding may decide otherwise there, by one step
            assert np.abs(tile.astype(int) - expected(document, here)).max() <= 1
            assert not opaque or (tile[..., 3] == 255).all()
