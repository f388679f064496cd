"""The paint brush and the eraser, driven with pointer events on a real session."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from editor.document.document import Document
from editor.document.layers import FillLayer, Group, Layer, PaintLayer
from editor.document.tiles import Depth, TileMap, is_uniform
from editor.raster.dab import FULL
from editor.render.compositor import composite
from editor.session import Session
from editor.settings import Settings
from editor.tools.paint_brush import EraserTool, PaintBrushTool
from editor.tools.tool import PointerEvent
from inference.geometry import Bounds, Extent

Make = Callable[..., PaintBrushTool]

W, H = 600, 300
CANVAS = Bounds(0, 0, W, H)


@pytest.fixture(params=[8, 16])
def depth(request: pytest.FixtureRequest) -> Depth:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(autouse=True)
def hard_red(settings: Settings) -> None:
    settings["paint-brush"] = "none"  # without dynamics
    settings["paint-color"] = "#ff0000"
    settings["paint-size"] = 40
    settings["paint-hardness"] = 100


@pytest.fixture
def board(depth: Depth) -> Session:
    """White paper below an empty layer."""
    document = Document(Extent(W, H), depth=depth)
    paper = document.plane(4)
    full = paper.full
    paper.exchange(paper.patch(CANVAS, np.full((H, W, 4), full, paper.dtype)))
    document.insert(PaintLayer("Paper", pixels=paper), document.root, 0)
    document.insert(PaintLayer("Ink", pixels=document.plane(4)), document.root, 1)
    return Session(document)


def layer_of(session: Session) -> PaintLayer:
    assert isinstance(session.active, PaintLayer)
    return session.active


def pixels(session: Session, bounds: Bounds = CANVAS) -> np.ndarray:
    """Of the active layer, each channel 0–1."""
    plane = layer_of(session).pixels
    return plane.read(bounds) / plane.full


def at(session: Session, x: int, y: int) -> list[float]:
    return pixels(session, Bounds(x, y, 1, 1))[0, 0].tolist()  # type: ignore[no-any-return]


def drag(tool: PaintBrushTool, *points: tuple[float, ...], frames: bool = False, **event: Any) -> None:
    events = [PointerEvent(*point, **event) for point in points]
    tool.press(events[0])
    for each in events[1:]:
        tool.move(each)
        if frames:
            tool.frame()
    tool.release(events[-1])


@pytest.mark.usefixtures("either_path")
def test_a_stroke_is_a_capsule_of_the_colour_and_one_step(board: Session, settings: Settings) -> None:
    drag(PaintBrushTool(board, settings), (100, 150), (500, 150))
    out = pixels(board)
    assert out[..., 3].sum() == pytest.approx(400 * 40 + np.pi * 20**2, rel=0.01)
    assert at(board, 300, 150) == [1, 0, 0, 1]
    assert (out[out[..., 3] > 0][:, :3] == [1, 0, 0]).all()
    assert board.history.labels == ["Paint"]
    board.history.undo()
    assert len(layer_of(board).pixels) == 0
    board.history.redo()
    assert np.array_equal(pixels(board), out)


def test_events_are_gathered_until_the_frame_and_none_is_lost(board: Session, settings: Settings) -> None:
    tool = PaintBrushTool(board, settings)
    tool.press(PointerEvent(100, 100))
    assert at(board, 100, 100)[3] == 1  # what is pressed shows at once
    tool.move(PointerEvent(100, 200))
    tool.move(PointerEvent(300, 200))
    assert at(board, 100, 200)[3] == 0
    tool.frame()
    assert at(board, 100, 200)[3] == at(board, 300, 200)[3] == 1
    tool.move(PointerEvent(500, 200))
    tool.release(PointerEvent(500, 200))
    assert at(board, 500, 200)[3] == 1
    assert board.history.labels == ["Paint"]


@pytest.mark.usefixtures("either_path")
def test_opacity_caps_what_one_stroke_covers_and_the_next_one_adds(
    board: Session, settings: Settings
) -> None:
    settings["paint-opacity"] = 50
    tool = PaintBrushTool(board, settings)
    drag(tool, (100, 150), (500, 150), (100, 150))
    step = 1.01 / layer_of(board).pixels.full
    assert at(board, 300, 150)[3] == pytest.approx(0.5, abs=step)
    drag(tool, (100, 150), (500, 150))
    assert at(board, 300, 150)[3] == pytest.approx(0.75, abs=step)


@pytest.mark.parametrize("flow", [10, 35])
def test_flow_adds_up_within_a_stroke(board: Session, settings: Settings, flow: int) -> None:
    settings["paint-flow"] = flow
    settings["paint-spacing"] = 25
    drag(PaintBrushTool(board, settings), (100, 150), (500, 150))
    # 40 pixels every 10: four dabs lie over each pixel of the middle line
    assert at(board, 306, 150)[3] == pytest.approx(1 - (1 - flow / 100) ** 4, abs=1 / 255)


def test_a_soft_selection_scales_every_effect(board: Session, settings: Settings) -> None:
    plane = board.document.selection
    ramp = np.zeros((H, W), plane.dtype)
    ramp[:, :256] = np.linspace(0, plane.full, 256).astype(plane.dtype)  # the tile beyond holds nothing
    plane.exchange(plane.patch(CANVAS, ramp))
    drag(PaintBrushTool(board, settings), (0, 150), (600, 150))
    line = pixels(board)[150, :, 3]
    assert np.abs(line - ramp[150] / plane.full).max() <= 1 / plane.full
    assert (0, 0) in layer_of(board).pixels and (1, 0) not in layer_of(board).pixels
    before = line.copy()
    drag(EraserTool(board, settings), (0, 150), (600, 150))
    assert np.abs(pixels(board)[150, :, 3] - before * (1 - ramp[150] / plane.full)).max() <= 1.01 / plane.full
    assert board.history.labels == ["Paint", "Erase"]


def test_what_is_not_selected_never_changes(board: Session, settings: Settings) -> None:
    board.active = next(iter(board.document.layers()))
    before = pixels(board)
    plane = board.document.selection
    shape = np.zeros((H, W), plane.dtype)
    shape[100:200, 200:400] = plane.full
    plane.exchange(plane.patch(CANVAS, shape))
    drag(PaintBrushTool(board, settings), (0, 150), (600, 150))
    out = pixels(board)
    assert np.array_equal(out[shape == 0], before[shape == 0])
    assert at(board, 300, 150) == [1, 0, 0, 1]


def test_everything_selected_is_as_nothing_selected(board: Session, settings: Settings) -> None:
    tool = PaintBrushTool(board, settings)
    drag(tool, (100, 150), (500, 150))
    plain = pixels(board)
    board.history.undo()
    plane = board.document.selection
    plane.exchange(plane.patch(CANVAS, np.full((H, W), plane.full, plane.dtype)))
    drag(tool, (100, 150), (500, 150))
    assert np.array_equal(pixels(board), plain)


@pytest.mark.usefixtures("either_path")
@pytest.mark.parametrize("by", ["tool", "preset", "pen"])
def test_erasing(board: Session, settings: Settings, by: str) -> None:
    board.active = next(iter(board.document.layers()))
    if by == "preset":
        settings["paint-brush"] = "eraser"
    tool = (EraserTool if by == "tool" else PaintBrushTool)(board, settings)
    drag(tool, (100, 150), (500, 150), eraser=by == "pen")
    assert at(board, 300, 150) == [0, 0, 0, 0]
    assert (1 - pixels(board)[..., 3]).sum() == pytest.approx(400 * 40 + np.pi * 20**2, rel=0.01)
    assert board.history.labels == ["Erase"]


def test_erasing_nothing_is_no_step(board: Session, settings: Settings) -> None:
    drag(EraserTool(board, settings), (100, 150), (500, 150))
    assert board.history.labels == [] and len(layer_of(board).pixels) == 0


def test_erasing_all_of_a_tile_takes_it_away(board: Session, settings: Settings) -> None:
    drag(PaintBrushTool(board, settings), (100, 100), (120, 100))
    settings["paint-size"] = 200
    drag(EraserTool(board, settings), (80, 100), (140, 100))
    assert len(layer_of(board).pixels) == 0
    board.history.undo()
    assert at(board, 110, 100)[3] == 1


def test_what_is_of_one_colour_throughout_takes_up_one_pixel(board: Session, settings: Settings) -> None:
    settings["paint-size"] = 900
    drag(PaintBrushTool(board, settings), (128, 128))
    tile = layer_of(board).pixels.tile((0, 0))
    assert tile is not None and is_uniform(tile)


def test_painting_what_is_there_already_is_no_step(board: Session, settings: Settings) -> None:
    board.active = next(iter(board.document.layers()))
    settings["paint-color"] = "#ffffff"
    tiles = list(layer_of(board).pixels.tiles())
    drag(PaintBrushTool(board, settings), (100, 150), (500, 150))
    assert board.history.labels == []
    assert all(a is b for a, b in zip(tiles, layer_of(board).pixels.tiles(), strict=True))


@pytest.mark.usefixtures("either_path")
def test_a_blend_mode_is_the_brushes_own(board: Session, settings: Settings) -> None:
    board.active = next(iter(board.document.layers()))
    for colour, mode in (("#808080", "normal"), ("#ff8000", "multiply")):
        settings["paint-color"], settings["paint-blend-mode"] = colour, mode
        drag(PaintBrushTool(board, settings), (100, 150), (500, 150))
    assert at(board, 300, 150) == pytest.approx([128 / 255, 128 / 255 * 128 / 255, 0, 1], abs=1.01 / 255)
    settings["paint-blend-mode"] = "of another version"
    drag(PaintBrushTool(board, settings), (100, 150), (500, 150))
    assert at(board, 300, 150) == pytest.approx([1, 128 / 255, 0, 1], abs=1e-4)


def test_cancel_leaves_all_as_it_was(board: Session, settings: Settings) -> None:
    tool = PaintBrushTool(board, settings)
    drag(tool, (100, 100), (200, 100))
    before, tiles = pixels(board), list(layer_of(board).pixels)
    tool.press(PointerEvent(150, 100))
    tool.move(PointerEvent(550, 250))
    tool.frame()
    assert tool.busy and at(board, 550, 250)[3] == 1
    tool.cancel()
    assert not tool.busy
    tool.move(PointerEvent(300, 250))
    tool.release(PointerEvent(300, 250))
    assert np.array_equal(pixels(board), before)
    assert list(layer_of(board).pixels) == tiles
    assert board.history.labels == ["Paint"]


def test_undo_in_the_middle_takes_the_stroke_back(board: Session, settings: Settings) -> None:
    tool = PaintBrushTool(board, settings)
    tool.press(PointerEvent(150, 100))
    assert tool.take_back()
    assert len(layer_of(board).pixels) == 0 and not tool.busy
    assert not tool.take_back()


def test_interrupting_commits_what_has_been_gathered(board: Session, settings: Settings) -> None:
    tool = PaintBrushTool(board, settings)
    tool.press(PointerEvent(100, 100))
    tool.move(PointerEvent(300, 100))
    tool.commit()
    assert at(board, 300, 100)[3] == 1
    tool.move(PointerEvent(500, 100))
    tool.release(PointerEvent(500, 100))
    assert at(board, 500, 100)[3] == 0
    assert board.history.labels == ["Paint"]


def test_smoothing_comes_to_where_the_pointer_is_lifted(board: Session, settings: Settings) -> None:
    settings["paint-smoothing"] = 100
    tool = PaintBrushTool(board, settings)
    tool.press(PointerEvent(50, 100))
    tool.move(PointerEvent(550, 100))
    tool.frame()
    assert at(board, 550, 100)[3] == 0
    tool.release(PointerEvent(550, 100))
    assert at(board, 550, 100)[3] == 1
    assert board.history.labels == ["Paint"]


def test_nothing_is_painted_beyond_the_canvas(board: Session, settings: Settings) -> None:
    drag(PaintBrushTool(board, settings), (-10, -10), (W + 10, H + 10))
    assert CANVAS.contains(layer_of(board).pixels.content_bounds())


def test_tiles_of_a_snapshot_are_not_painted_on(board: Session, settings: Settings) -> None:
    tool = PaintBrushTool(board, settings)
    tool.press(PointerEvent(100, 100))
    snapshot = layer_of(board).pixels.snapshot()
    then = snapshot.read(CANVAS)
    tool.move(PointerEvent(400, 100))
    tool.release(PointerEvent(400, 100))
    assert np.array_equal(snapshot.read(CANVAS), then)


# Where nothing can be painted


@pytest.fixture
def told() -> Iterator[list[str]]:
    sentences: list[str] = []
    yield sentences
    assert all(sentence.endswith(".") for sentence in sentences)


@pytest.mark.parametrize(
    "case", ["locked", "hidden", "group", "none", "in a hidden group", "in a locked group"]
)
def test_where_nothing_can_be_painted_it_says_why(
    board: Session, settings: Settings, told: list[str], case: str
) -> None:
    document = board.document
    layer: Layer = layer_of(board)
    if case == "group":
        layer = Group("Folder")
        document.insert(layer, document.root, 2)
    elif case.startswith("in a"):
        document.remove(layer)
        holder = Group("Folder", visible="hidden" not in case, locked="locked" in case)
        document.insert(holder, document.root, 1)
        document.insert(layer, holder, 0)
    else:
        layer.locked, layer.visible = case == "locked", case != "hidden"
    board.active = None if case == "none" else layer
    tool = PaintBrushTool(board, settings)
    tool.problem.connect(told.append)
    drag(tool, (100, 100), (200, 100))
    assert not tool.busy and board.history.labels == []
    (sentence,) = told
    assert {"locked": "locked", "hidden": "hidden", "group": "group", "none": "no layer"}.get(
        case, "Folder"
    ) in sentence


def test_painting_a_fill_makes_it_a_mix(session: Session, settings: Settings) -> None:
    document = session.document
    fill = FillLayer("Fill", pixels=document.plane(4), taken=2)
    document.insert(fill, document.root, 1)
    session.active = fill
    drag(PaintBrushTool(session, settings), (100, 100), (200, 100))
    assert fill.taken is None and fill.pixels
    assert session.history.labels == ["Paint"]
    session.history.undo()
    assert fill.taken == 2 and not fill.pixels


def test_what_the_end_of_a_stroke_only_stores_otherwise_is_not_composited_again(
    board: Session, settings: Settings
) -> None:
    document, layer = board.document, layer_of(board)
    settings["paint-size"] = 700  # its middle is tiles of one colour
    tool = PaintBrushTool(board, settings)
    tool.press(PointerEvent(300, 200))
    tool.frame()
    assert not any(is_uniform(tile) for tile in layer.pixels.tiles())
    changed: list[Bounds] = []
    document.pixels_changed.connect(changed.append)
    shown = composite(document.root, document.canvas)
    tool.release(PointerEvent(300, 200))
    assert any(is_uniform(tile) for tile in layer.pixels.tiles())
    assert (composite(document.root, document.canvas) == shown).all()
    assert not any(changed)


# Colours


@pytest.mark.parametrize("key", ["alt", "ctrl"])
def test_alt_takes_up_the_colour_that_is_seen(session: Session, settings: Settings, key: str) -> None:
    settings["paint-color"] = "#123456"
    drag(PaintBrushTool(session, settings), (100, 100), (200, 100))
    layer = layer_of(session)
    session.document.insert(PaintLayer("Empty", pixels=TileMap(4)), session.document.root, 1)
    settings["paint-color"] = "#ffffff"
    tool = PaintBrushTool(session, settings)
    drag(tool, (0, 0), (150.5, 100.5), modifiers=frozenset({key}))
    assert settings["paint-color"] == "#123456"
    assert session.history.labels == ["Paint"] and not tool.busy
    drag(tool, (-5, 20), modifiers=frozenset({key}))
    assert settings["paint-color"] == "#123456"
    layer.visible = False
    drag(tool, (150, 100), modifiers=frozenset({key}))
    assert settings["paint-color"] == "#123456"  # nothing is there
    drag(EraserTool(session, settings), (150, 100), modifiers=frozenset({key}))
    assert settings["paint-color"] == "#123456"


# What a stroke depends on


way = st.lists(st.tuples(st.floats(-20, 620), st.floats(-20, 320), st.floats(0, 1)), min_size=2, max_size=6)
several = run_with(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def painted(
    session: Session, settings: Settings, events: list[PointerEvent], frames: list[bool] | None = None
) -> np.ndarray:
    tool = PaintBrushTool(session, settings)
    tool.press(events[0])
    for each, frame in zip(events[1:], frames or [False] * len(events), strict=False):
        tool.move(each)
        if frame:
            tool.frame()
    tool.release(events[-1])
    out = pixels(session)
    if session.history.can_undo:
        session.history.undo()
    return out


@pytest.mark.parametrize("preset", ["ink-pen", "airbrush", "chalk"])
@several
@given(points=way, frames=st.lists(st.booleans(), min_size=6, max_size=6), scale=st.floats(0.05, 60))
def test_pixels_depend_on_neither_frames_nor_zoom(
    board: Session,
    settings: Settings,
    preset: str,
    points: list[tuple[float, ...]],
    frames: list[bool],
    scale: float,
) -> None:
    settings["paint-brush"], settings["paint-flow"], settings["paint-smoothing"] = preset, 40, 20
    events = [PointerEvent(*point, time=16.0 * k) for k, point in enumerate(points)]
    zoomed = [PointerEvent(*point, scale=scale, time=16.0 * k) for k, point in enumerate(points)]
    assert np.array_equal(painted(board, settings, events), painted(board, settings, zoomed, frames))


@pytest.mark.parametrize("preset", ["none", "ink-pen", "airbrush"])
@several
@given(points=way, parts=st.integers(2, 8))
def test_pixels_do_not_depend_on_the_rate_of_events(
    board: Session, settings: Settings, preset: str, points: list[tuple[float, ...]], parts: int
) -> None:
    settings["paint-brush"] = preset
    settings["paint-spacing"] = 4
    events = [PointerEvent(*point, time=50.0 * k) for k, point in enumerate(points)]
    dense = [events[0]]
    for a, b in itertools.pairwise(events):
        for k in range(1, parts + 1):
            x, y, pressure, time = (
                getattr(a, n) + (getattr(b, n) - getattr(a, n)) * k / parts
                for n in ("x", "y", "pressure", "time")
            )
            dense.append(PointerEvent(x, y, pressure, time=time))
    few, many = painted(board, settings, events), painted(board, settings, dense)
    # Rounding may move a dab by a quarter of a pixel where its place lies on the edge between two.
    difference = np.abs(few[..., 3] - many[..., 3])
    assert (difference > 0.3).sum() <= (few[..., 3] > 0).sum() * 0.01 + 4


def test_a_pens_pressure_and_tilt_reach_the_brush(board: Session, settings: Settings) -> None:
    settings["paint-brush"], settings["paint-size"] = "hard-round", 100
    drag(PaintBrushTool(board, settings), (150, 150), pressure=0.5)
    full = np.count_nonzero(pixels(board)[..., 3])
    board.history.undo()
    drag(PaintBrushTool(board, settings), (150, 150), pressure=1.0)
    assert np.count_nonzero(pixels(board)[..., 3]) > 2 * full
    board.history.undo()
    settings["paint-brush"] = "pencil"
    sizes = []
    for tilt in (0.0, 60.0):
        drag(PaintBrushTool(board, settings), (150, 150), tilt_x=tilt)
        sizes.append(layer_of(board).pixels.content_bounds().width)
        board.history.undo()
    assert sizes[1] > 1.5 * sizes[0]


def test_a_16_bit_stroke_has_more_than_256_steps(settings: Settings) -> None:
    document = Document(Extent(W, H), depth=16)
    document.insert(PaintLayer("Ink", pixels=document.plane(4)), document.root, 0)
    session = Session(document)
    settings["paint-size"], settings["paint-hardness"] = 280, 0
    drag(PaintBrushTool(session, settings), (150, 150))
    alphas = np.unique(layer_of(session).pixels.read(CANVAS)[..., 3])
    assert len(alphas) > 2000 and alphas[-1] > FULL - 64
