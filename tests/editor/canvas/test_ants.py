"""Ants on the canvas that are drawn pixel by pixel: where, when, and from what."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from editor.canvas import ants
from editor.canvas.canvas import Canvas
from editor.document.document import Document
from editor.document.geometry import Bounds, Extent
from editor.document.layers import PaintLayer
from editor.document.tiles import Array8
from editor.raster.ants import PERIOD
from editor.session import Session
from editor.settings import Settings
from editor.tools.lasso import LassoTool
from tests.editor.canvas.canvas_support import Make, grabbed, select, shown

BOX = Bounds(100, 80, 120, 90)


@pytest.fixture
def noisy(canvas: Canvas, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Canvas:
    """A canvas that takes every outline for noise."""
    monkeypatch.setattr(ants, "MOST_SEGMENTS", 0)
    canvas.set_tool(LassoTool(canvas.session, settings))
    return canvas


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry each time the ants are looked for in the selection."""
    calls: list[int] = []
    look: Callable[..., Array8] = ants.raster_ants

    def counted(*arguments: object) -> Array8:
        calls.append(1)
        return look(*arguments)

    monkeypatch.setattr(ants, "raster_ants", counted)
    return calls


def ring(box: Bounds, shape: tuple[int, ...]) -> np.ndarray:
    inside = np.zeros(shape[:2], bool)
    inside[box.slices()] = True
    inside[box.padded(-1).slices()] = False
    return inside


def test_an_outline_of_too_many_segments_is_drawn_pixel_by_pixel(
    noisy: Canvas, session: Session, picture: Array8
) -> None:
    select(session, BOX)
    image = shown(noisy)
    edge = ring(BOX, image.shape)
    assert set(map(tuple, image[edge].tolist())) == {(0, 0, 0), (255, 255, 255)}
    assert np.array_equal(image[~edge], picture[..., :3][~edge])


@pytest.mark.parametrize(("zoom", "angle"), [(3.0, 0.0), (0.5, 0.0), (0.25, 90.0), (2.0, 90.0)])
def test_they_are_one_pixel_of_the_screen_wide_at_any_zoom(
    noisy: Canvas, session: Session, zoom: float, angle: float
) -> None:
    noisy.navigation.set_zoom(zoom)
    noisy.navigation.rotate(angle)
    noisy.viewport.pan(0.5 - noisy.viewport.x % 1, 0.5 - noisy.viewport.y % 1)
    plain = grabbed(noisy)
    select(session, BOX)
    ys, xs = np.nonzero((grabbed(noisy) != plain).any(axis=-1))
    left, top, right, bottom = noisy.viewport.screen_box(BOX.x, BOX.y, BOX.right, BOX.bottom)
    box = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
    seen = (max(left, 0), max(top, 0), min(right, 500), min(bottom, 400))
    assert box == pytest.approx(seen, abs=max(1.0, 2 * zoom))
    around = 2 * (right - left + bottom - top)
    assert len(xs) < 1.1 * around
    if seen == (left, top, right, bottom):  # all of it
        assert len(xs) > 0.7 * around


def test_each_step_moves_them_and_looks_for_nothing(noisy: Canvas, session: Session, made: list[int]) -> None:
    select(session, BOX)
    noisy._ants.march(False)  # only the steps of this test
    seen = [shown(noisy)]
    for _ in range(PERIOD):
        noisy._ants.step()
        seen.append(shown(noisy))
    for before, after in pairwise(seen):
        assert not np.array_equal(before, after)
    assert np.array_equal(seen[0], seen[-1])
    assert made == [1]
    noisy._update_ants()


def test_while_the_view_moves_they_move_along(
    noisy: Canvas, session: Session, picture: Array8, made: list[int]
) -> None:
    select(session, BOX)
    grabbed(noisy)
    noisy.viewport.pan(20, -10)
    noisy.navigation._moved()
    image = shown(noisy)
    edge = ring(BOX, image.shape)
    assert (image[edge] != picture[..., :3][edge]).any(axis=-1).mean() > 0.9
    assert np.array_equal(image[~edge], picture[..., :3][~edge])
    assert made == [1]
    noisy.navigation._rest.stop()
    assert np.array_equal(shown(noisy)[~edge], picture[..., :3][~edge])
    assert made == [1, 1]


def test_another_selection_is_looked_for_anew(noisy: Canvas, session: Session, picture: Array8) -> None:
    select(session, BOX)
    before = shown(noisy)
    select(session, Bounds(10, 10, 50, 50))
    image = shown(noisy)
    edge = ring(Bounds(10, 10, 50, 50), image.shape)
    assert not np.array_equal(image, before)
    assert np.array_equal(image[~edge], picture[..., :3][~edge])
    session.deselect()
    assert np.array_equal(shown(noisy), picture[..., :3])


def test_noise_is_drawn_pixel_by_pixel_and_a_box_as_lines(
    canvas: Canvas, session: Session, settings: Settings, made: list[int]
) -> None:
    canvas.set_tool(LassoTool(session, settings))
    select(session, BOX)
    grabbed(canvas)
    assert made == []
    noise = np.random.default_rng(1).integers(0, 2, (300, 400)).astype(np.uint8) * 255
    session.select(session.document.canvas, noise, "replace", "Noise")
    grabbed(canvas)
    assert made == [1]


def test_a_selection_as_large_as_a_canvas_may_be_is_not_read_whole(
    make: Make, settings: Settings, made: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    document = Document(Extent(32_768, 32_768))
    document.insert(PaintLayer("Layer"), document.root, 0)
    session = Session(document)
    tile = np.broadcast_to(np.uint8(255), (256, 256))
    session.document.exchange_selection({(0, 0): tile, (127, 127): tile, (1, 0): tile})
    monkeypatch.setattr(type(document.selection), "read", lambda *_: pytest.fail("read whole"))
    canvas = make(session)
    canvas.set_tool(LassoTool(session, settings))
    canvas.navigation.set_zoom(1)
    canvas.viewport.pan(1e6, 1e6)  # to the first corner
    canvas.viewport.pan(100 - canvas.viewport.x, 100 - canvas.viewport.y)
    image = grabbed(canvas)
    line = image[100 + 255, 102 : 102 + 380]
    assert set(map(tuple, line.tolist())) == {(0, 0, 0), (255, 255, 255)}
    assert made


def test_half_of_16_bits_is_inside(make: Make, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    document = Document(Extent(300, 200), depth=16)
    session = Session(document)
    for value, limit in ((32_768, 20_000), (32_768, 0), (32_767, 20_000), (32_767, 0)):
        monkeypatch.setattr(ants, "MOST_SEGMENTS", limit)
        canvas = make(session)
        plain = grabbed(canvas)
        canvas.set_tool(LassoTool(session, settings))
        patch = document.selection.patch(Bounds(50, 50, 100, 60), np.full((60, 100), value, np.uint16))
        before = document.exchange_selection(patch)
        assert (grabbed(canvas) != plain).any() == (value == 32_768)
        document.exchange_selection(before)
