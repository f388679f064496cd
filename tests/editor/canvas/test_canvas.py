"""The canvas as it is seen: its pixels, grabbed, and what it paints when."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import (
    QColor,
    QPalette,
)
from pytestqt.qtbot import QtBot

from editor.canvas import picture as drawing
from editor.canvas.canvas import Canvas
from editor.document.geometry import Bounds
from editor.document.tiles import Array8
from editor.render import projection
from editor.render.compositor import composite
from editor.session import Session
from editor.settings import Settings
from editor.tools.mask_brush import MaskBrushTool
from tests.editor.canvas.canvas_support import (
    Make,
    Recorder,
    grabbed,
    select,
    shown,
    stripes,
)
from tests.editor.render.test_colour import P3, in_srgb

# Pixels


def test_at_100_percent_every_pixel_is_the_composites(canvas: Canvas, picture: Array8) -> None:
    assert canvas.viewport.zoom == 1
    assert np.array_equal(shown(canvas), picture[..., :3])


def test_a_wide_gamut_picture_is_shown_in_the_screens_colours(
    make: Make, session: Session, picture: Array8
) -> None:
    session.document.metadata.icc_profile = P3
    seen = shown(make(session)).astype(int)
    expected = np.apply_along_axis(lambda rgb: in_srgb(tuple(rgb)), 1, picture[::50, ::50, :3].reshape(-1, 3))
    assert np.abs(seen[::50, ::50].reshape(-1, 3) - expected).max() <= 2
    assert np.abs(seen - picture[..., :3]).max() > 10


def test_what_an_engine_shows_is_in_the_screens_colours_too(make: Make, session: Session) -> None:
    session.document.metadata.icc_profile = P3
    canvas = make(session)
    canvas.show_running(np.full((8, 8, 4), (200, 60, 40, 255), np.uint8), session.document.canvas)
    assert np.abs(shown(canvas)[100, 100].astype(int) - in_srgb((200, 60, 40))).max() <= 2


def test_layers_are_shown_composited(canvas: Canvas, session: Session) -> None:
    layer = session.document.root.children[0]
    session.set_layer(layer, "opacity", 0.5)
    session.set_layer(layer, "visible", False)
    session.set_layer(layer, "visible", True)
    session.set_layer(layer, "opacity", 1.0)
    expected = composite(session.document.root, session.document.canvas)
    assert np.array_equal(shown(canvas), expected[..., :3])


@pytest.mark.parametrize(
    ("dx", "dy"), [(0.5, 0.5), (-0.5, 0), (0.25, 0.75), (-0.3, 0.4), (13.499, -7.501), (0.01, 0.99)]
)
def test_at_100_percent_between_pixels_nothing_is_blurred_or_covered(
    canvas: Canvas, picture: Array8, dx: float, dy: float
) -> None:
    canvas.viewport.pan(dx, dy)
    x, y = (int(np.floor(corner + 0.5)) for corner in (canvas.viewport.x, canvas.viewport.y))
    image = grabbed(canvas)
    assert np.array_equal(image[y : y + 300, x : x + 400], picture[..., :3])
    around = drawing.surround(canvas.palette()).getRgb()[:3]
    for edge in (image[y - 1, x:400], image[y + 300, x:400], image[y:300, x - 1], image[y:300, x + 400]):
        assert (edge < around).all()
    for beyond in (image[y - 2], image[y + 301], image[:, x - 2], image[:, x + 401]):
        assert (beyond == around).all()


def test_around_the_picture_is_the_surround_and_an_edge(canvas: Canvas) -> None:
    image = grabbed(canvas)
    around = drawing.surround(canvas.palette()).getRgb()[:3]
    assert (image[:48] == around).all() and (image[:, :48] == around).all()
    assert (image[49, 60:440].astype(int) < around).all()  # the thin dark edge
    assert (image[350, 60:440].astype(int) < around).all()


@pytest.mark.parametrize("zoom", [0.5, 0.4, 0.25, 0.15, 0.1])
def test_a_reduced_picture_is_averaged(
    make: Make, make_session: Callable[[Array8], Session], zoom: float
) -> None:
    canvas = make(make_session(stripes(1200, 900)))
    canvas.navigation.set_zoom(zoom)
    inner = shown(canvas)[2:-2, 2:-2]
    assert np.abs(inner.astype(int) - 128).max() <= 2


def test_a_long_panorama_is_averaged_too(make: Make, make_session: Callable[[Array8], Session]) -> None:
    canvas = make(make_session(stripes(4000, 200)))
    canvas.navigation.set_zoom(0.1)
    inner = shown(canvas)[2:-2, 2:-2]
    assert inner.size and np.abs(inner.astype(int) - 128).max() <= 2


def test_at_half_size_it_is_the_box_filter_exactly(canvas: Canvas, picture: Array8) -> None:
    canvas.navigation.set_zoom(0.5)
    blocks = picture[..., :3].astype(int).reshape(150, 2, 200, 2, 3).sum(axis=(1, 3))
    assert np.array_equal(shown(canvas), (blocks + 2) // 4)


@pytest.mark.parametrize("zoom", [0.4, 0.3, 0.2])
def test_below_100_percent_it_is_close_to_the_mean_of_the_area(
    canvas: Canvas, picture: Array8, zoom: float
) -> None:
    import cv2

    canvas.navigation.set_zoom(zoom)
    image = shown(canvas).astype(int)
    area = cv2.resize(picture[..., :3], (image.shape[1], image.shape[0]), interpolation=cv2.INTER_AREA)
    difference = np.abs(image - area)[1:-1, 1:-1]
    assert difference.mean() < 2.5
    assert difference.max() < 16


@pytest.mark.parametrize("zoom", [2, 4, 7])
def test_an_enlarged_picture_has_hard_pixels(canvas: Canvas, picture: Array8, zoom: int) -> None:
    canvas.navigation.set_zoom(zoom)
    viewport = canvas.viewport
    viewport.x, viewport.y = 20, 30
    columns, rows = -(-(500 - 20) // zoom), -(-(400 - 30) // zoom)
    expected = picture[:rows, :columns, :3].repeat(zoom, axis=0).repeat(zoom, axis=1)
    assert np.array_equal(grabbed(canvas)[30:, 20:], expected[: 400 - 30, : 500 - 20])


@pytest.mark.parametrize("dark", [False, True])
def test_a_checkerboard_shines_through_what_is_transparent(
    make: Make, make_session: Callable[[Array8], Session], picture: Array8, dark: bool
) -> None:
    picture[100:200, 100:200, 3] = 0
    picture[200:, 200:, 3] = 128
    canvas = make(make_session(picture))
    palette = canvas.palette()
    palette.setColor(QPalette.ColorRole.Window, QColor(40, 40, 40) if dark else QColor(240, 240, 240))
    canvas.setPalette(palette)
    image = shown(canvas)
    squares = np.unique(image[100:200, 100:200].reshape(-1, 3), axis=0)
    assert squares.tolist() == ([[72] * 3, [96] * 3] if dark else [[215] * 3, [255] * 3])
    assert np.array_equal(image[:100, :], picture[:100, :, :3])
    # The squares alternate every 8 screen pixels.
    xs, ys = np.meshgrid(np.arange(150, 250) // 8, np.arange(150, 250) // 8)
    light = image[100:200, 100:200, 0] == squares[1, 0]
    assert np.array_equal(light, (xs + ys) % 2 == 1)
    half = image[210:, 210:].astype(int)
    exact = picture[210:, 210:, :3] * (128 / 255)
    shade, bright = (float(level) * 127 / 255 for level in squares[:, 0])
    assert (half - exact).min() >= shade - 2 and (half - exact).max() <= bright + 2


def test_the_picture_is_clipped_to_its_own_place(
    make: Make, make_session: Callable[[Array8], Session]
) -> None:
    """A tile reaches beyond the canvas; what lies there is not shown."""
    canvas = make(make_session(np.full((30, 30, 4), 255, np.uint8)), 300, 200)
    canvas.navigation.set_zoom(3)
    around = drawing.surround(canvas.palette()).getRgb()[:3]
    image = grabbed(canvas)
    x, y = round(canvas.viewport.x), round(canvas.viewport.y)
    assert (image[y : y + 90, x : x + 90] == 255).all()
    assert (image[y : y + 90, x + 92 :] == around).all()
    assert (image[y + 92 :] == around).all()


# Progressive painting


def test_without_time_a_tile_is_painted_at_a_time(
    make: Make, make_session: Callable[[Array8], Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "FRAME_BUDGET", -1)
    monkeypatch.setattr(projection, "_BATCH", 0)
    picture = np.full((600, 600, 4), 255, np.uint8)
    picture[..., :3] = 30, 60, 200
    canvas = make(make_session(picture), 700, 700, show=False)
    canvas.navigation.resize(700, 700, 1)  # as showing it would
    for tiles in range(1, 10):
        canvas._frame()
        image = shown(canvas, whole=False)
        done = (image == (30, 60, 200)).all(axis=-1)
        assert done[256:512, 256:512].all()  # what is in the middle comes first
        assert (~done).any() == (tiles < 9)
        # What is still to come shows the checkerboard, not black.
        assert (image[~done] >= 200).all()


def test_painting_goes_on_by_itself_until_all_is_there(
    qtbot: QtBot,
    make: Make,
    make_session: Callable[[Array8], Session],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drawing, "FRAME_BUDGET", -1)
    monkeypatch.setattr(projection, "_BATCH", 0)
    picture = np.random.default_rng(3).integers(0, 256, (600, 600, 4), np.uint8)
    picture[..., 3] = 255
    session = make_session(picture)
    canvas = make(session, 700, 700)
    qtbot.waitUntil(lambda: not session.projection._stale)
    assert np.array_equal(shown(canvas), picture[..., :3])
    select(session, Bounds(10, 10, 550, 550))
    canvas.set_tool(MaskBrushTool(session, settings))
    qtbot.waitUntil(lambda: not session.veil._stale)


# The end


def test_a_released_canvas_listens_no_more(
    canvas: Canvas, session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = Recorder(session, settings)
    canvas.set_tool(tool)
    select(session, Bounds(100, 80, 120, 90))
    assert canvas._ants.are_marching
    canvas.release_session()
    assert tool.others == ["commit"]
    assert canvas.tool is None
    updates: list[object] = []
    monkeypatch.setattr(canvas, "update", lambda *args: updates.append(args))
    session.deselect()
    session.set_layer(session.document.root.children[0], "opacity", 0.5)
    assert updates == []
    assert not canvas._ants.are_marching
    canvas.release_session()  # once more does no harm


def test_a_session_outlives_its_canvas(make: Make, session: Session, settings: Settings) -> None:
    for _ in range(2):
        canvas = Canvas(session, settings)
        canvas.resize(300, 200)
        canvas.grab()
        canvas.release_session()
        canvas.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        select(session, Bounds(10, 10, 50, 50))
        session.history.undo()
