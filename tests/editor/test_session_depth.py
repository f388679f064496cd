"""A picture of 16 bits per channel in a session: converting it, filling it, painting candidates into each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from editor.document.document import Document
from editor.document.layers import FillLayer, Layer, PaintLayer
from editor.document.tiles import Pixels, TileMap
from editor.files.formats import open_file, save_document
from editor.fill import PreparedFill, insert_fill, make_candidate, make_fill_layer, prepare_fill
from editor.fill_options import FillOptions
from editor.raster.depth import to_8, to_dtype
from editor.raster.mix import mix
from editor.render.compositor import composite
from editor.render.qimage import premultiplied, to_array
from editor.render.thumbnail import layer_thumbnail, plane_thumbnail
from editor.session import Session
from inference.geometry import Bounds, Extent
from inference.mask import reach
from inference.request import FillCandidate
from tests.editor.files.samples import assert_same

PART = Bounds(100, 100, 40, 30)
COLOURS = ((200, 30, 90, 255), (10, 20, 30, 255))


@pytest.fixture
def deep() -> Pixels:
    """400 × 300 opaque pixels in which every bit counts."""
    picture = np.random.default_rng(3).integers(0, 65536, (300, 400, 4), dtype=np.uint16)
    picture[..., 3] = 65535
    return picture


@pytest.fixture
def session(deep: Pixels) -> Session:
    document = Document(Extent(400, 300), depth=16)
    document.insert(PaintLayer("Background", pixels=TileMap.from_array(deep)), document.root, 0)
    return Session(document)


def select(session: Session, bounds: Bounds) -> None:
    session.select(bounds, np.full((bounds.height, bounds.width), 255, np.uint8), "replace", "Select")


def shown(session: Session) -> Pixels:
    return composite(session.document.root, session.document.canvas)


def on_screen(session: Session) -> Pixels:
    session.projection.update(session.document.canvas)
    return session.projection.read(session.document.canvas)


def arrived(prepared: PreparedFill, index: int) -> FillCandidate:
    """As an engine would: everything that it may repaint is."""
    image = prepared.request.image.copy()
    image[prepared.request.mask > 0] = to_dtype(np.array(COLOURS[index], np.uint8), image.dtype)
    return FillCandidate(prepared.request.id, index, index, image, {})


def fill(session: Session) -> tuple[PreparedFill, FillLayer]:
    prepared = prepare_fill(session.document, session.active, FillOptions(count=2))
    layer = make_fill_layer(prepared, arrived(prepared, 0), arrived(prepared, 1))
    insert_fill(session.document, session.history, prepared, layer)
    return prepared, layer


def depths(layer: Layer) -> set[int]:
    return {plane.depth for plane in layer.planes()}


def test_an_engine_is_given_16_bits_and_its_layer_has_them(session: Session, deep: Pixels) -> None:
    select(session, PART)
    prepared, layer = fill(session)
    assert (prepared.request.image.dtype, prepared.request.mask.dtype) == (np.uint16, np.uint8)
    assert np.array_equal(prepared.request.image, deep[prepared.region.context.slices()])
    assert depths(layer) == {16}
    assert not session.document.selection  # it has become the layer's mask
    after = shown(session)
    assert (after[PART.slices()] == np.array(COLOURS[0], np.uint16) * 257).all()
    soft = reach(prepared.grow, prepared.feather)
    outside = np.ones(deep.shape[:2], bool)
    outside[PART.padded(soft).slices()] = False
    assert np.array_equal(after[outside], deep[outside])
    session.history.undo()
    assert np.array_equal(shown(session), deep)
    session.history.redo()
    session.active = layer
    session.select_layer()
    assert session.document.selection.content_bounds() == PART  # what it was made from


def test_every_bit_that_an_engine_gave_is_kept_with_the_layer_and_in_a_file(
    session: Session, tmp_path: Path
) -> None:
    select(session, PART)
    prepared = prepare_fill(session.document, session.active, FillOptions(count=2, blend=70))
    random, given = np.random.default_rng(9), []
    for index in range(2):
        image = prepared.request.image.copy()
        under = prepared.request.mask > 0
        image[under, :3] = random.integers(0, 65536, (np.count_nonzero(under), 3))
        given.append(FillCandidate(prepared.request.id, index, index, image, {}))
    layer = make_fill_layer(prepared, *given)
    insert_fill(session.document, session.history, prepared, layer)
    context = prepared.region.context
    assert layer.raw is not None  # what is shown is fitted in
    assert np.array_equal(layer.raw.read(context), given[0].image)
    for candidate, made in zip(layer.candidates, given, strict=True):
        assert np.array_equal(candidate.pixels.read(context), made.image)
    save_document(session.document, tmp_path / "deep.ora")
    opened = open_file(tmp_path / "deep.ora").document
    assert_same(session.document, opened)
    (again,) = (each for each in opened.layers() if isinstance(each, FillLayer))
    assert again.raw is not None and np.array_equal(again.raw.read(context), given[0].image)


def test_selecting_in_16_bits(session: Session) -> None:
    selection, canvas = session.document.selection, session.document.canvas
    session.select_all()
    assert (selection.read(canvas) == 65535).all()
    session.deselect()
    assert not selection
    soft = np.arange(256, dtype=np.uint8).reshape(1, 256)
    session.select(Bounds(0, 0, 256, 1), soft, "replace", "Select")
    assert np.array_equal(selection.read(Bounds(0, 0, 256, 1)), soft * np.uint16(257))
    session.invert_selection()
    assert np.array_equal(selection.read(Bounds(0, 0, 256, 1)), 65535 - soft * np.uint16(257))
    session.history.go_to(0)
    assert not selection


def test_a_fill_that_was_asked_for_in_8_bits_and_comes_to_16(session: Session) -> None:
    session.set_depth(8)
    select_all = np.full((300, 400), 255, np.uint8)
    session.document.exchange_selection(session.document.selection.patch(session.document.canvas, select_all))
    prepared = prepare_fill(session.document, session.active, FillOptions(count=2))
    session.set_depth(16)
    layer = make_fill_layer(prepared, arrived(prepared, 0))
    insert_fill(session.document, session.history, prepared, layer)
    session.document.add_candidate(layer, make_candidate(prepared, arrived(prepared, 1), layer.pixels))
    assert depths(layer) == {16}
    assert (shown(session) == np.array(COLOURS[0], np.uint16) * 257).all()


def test_painting_a_candidate_into_another(session: Session) -> None:
    select(session, PART)
    _prepared, layer = fill(session)
    session.active = layer
    half = Bounds(100, 100, 20, 30)
    select(session, half)
    before = layer.pixels.read(half.padded(8))
    session.preview(layer.candidates[1])
    previewed = on_screen(session)
    session.take_candidate(layer.candidates[1])
    assert np.array_equal(on_screen(session), previewed)
    weight = session.document.selection.read(half.padded(8))
    expected = mix(before, layer.candidates[1].pixels.read(half.padded(8)), weight)
    assert np.array_equal(layer.pixels.read(half.padded(8)), expected)
    session.history.undo()
    assert np.array_equal(layer.pixels.read(half.padded(8)), before)


def test_the_screen_shows_what_is_rounded_to_8_bits(session: Session) -> None:
    session.document.root.children[0].opacity = 0.6
    shades = shown(session)
    assert shades.dtype == np.uint16
    assert np.abs(on_screen(session).astype(int) - premultiplied(to_8(shades))).max() <= 1


def test_the_veil_shows_the_selection(session: Session) -> None:
    select(session, PART)
    session.veil.update(session.document.canvas)
    veil = session.veil.read(session.document.canvas)
    assert (veil[110, 110, 3], veil[90, 90, 3]) == (255, 0)


def test_thumbnails_have_8_bits(session: Session, deep: Pixels) -> None:
    (layer,) = session.document.root.children
    assert isinstance(layer, PaintLayer)
    image = layer_thumbnail(layer, session.document.canvas, 400)
    assert image is not None
    assert np.array_equal(to_array(image), to_8(deep))
    assert np.array_equal(to_array(plane_thumbnail(layer.pixels, session.document.canvas, 400)), to_8(deep))


def test_another_depth_is_one_step(session: Session, deep: Pixels) -> None:
    select(session, PART)
    session.mark_clean()
    before = on_screen(session)
    session.set_depth(16)
    assert session.history.labels == ["Select"]  # it has that already
    session.set_depth(8)
    assert session.history.labels == ["Select", "8 bits per channel"]
    assert session.is_modified
    assert np.array_equal(shown(session), to_8(deep))
    assert np.array_equal(on_screen(session), before)
    assert session.document.selection.content_bounds() == PART
    session.history.undo()
    assert np.array_equal(shown(session), deep)
    session.history.redo()
    session.set_depth(16)
    assert np.array_equal(shown(session), to_8(deep) * np.uint16(257))
    session.history.go_to(1)
    assert np.array_equal(shown(session), deep)
    assert not session.is_modified


def test_edits_before_and_after_a_conversion_are_undone_through_it(session: Session, deep: Pixels) -> None:
    select(session, PART)
    fill(session)
    session.set_depth(8)
    session.delete_active()
    session.history.go_to(0)
    assert np.array_equal(shown(session), deep)
    session.history.go_to(99)
    assert (session.document.depth, len(session.document.root.children)) == (8, 1)
    assert np.array_equal(shown(session), to_8(deep))
