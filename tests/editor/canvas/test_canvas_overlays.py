"""What lies above the picture on the canvas: veil, ants, a tool's lines, the brush outline."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from editor.canvas.ants import PERIOD
from editor.canvas.canvas import Canvas
from editor.document.geometry import Bounds
from editor.document.tiles import Array8
from editor.render.veil import VEIL
from editor.session import Session
from editor.settings import Settings
from editor.tools.lasso import LassoTool
from editor.tools.mask_brush import MaskBrushTool
from editor.tools.tool import Overlay
from tests.editor.canvas.canvas_support import (
    Recorder,
    grabbed,
    hover,
    select,
    shown,
)

# Selection: veil and ants


def test_the_veil_shows_while_the_mask_brush_is_active(
    canvas: Canvas, session: Session, settings: Settings, picture: Array8
) -> None:
    canvas.set_tool(MaskBrushTool(session, settings))
    box = Bounds(100, 80, 120, 90)
    select(session, box)
    for percent in (50, 90):
        settings["veil-opacity"] = percent
        image, share = shown(canvas).astype(int), percent / 100
        expected = picture[..., :3] * (1 - share) + np.array(VEIL) * share
        assert np.abs(image - expected)[box.slices()].max() <= 2
        outside = np.ones(picture.shape[:2], bool)
        outside[box.slices()] = False
        assert np.array_equal(image[outside], picture[..., :3][outside])
    assert not canvas._ants.are_marching


def test_the_veil_follows_the_selection(canvas: Canvas, session: Session, settings: Settings) -> None:
    canvas.set_tool(MaskBrushTool(session, settings))
    before = shown(canvas)
    select(session, Bounds(100, 80, 120, 90))
    assert not np.array_equal(shown(canvas), before)
    session.history.undo()
    assert np.array_equal(shown(canvas), before)


def test_ants_march_around_the_selection_otherwise(
    canvas: Canvas, session: Session, settings: Settings, picture: Array8
) -> None:
    canvas.set_tool(LassoTool(session, settings))
    assert not canvas._ants.are_marching
    box = Bounds(100, 80, 120, 90)
    select(session, box)
    assert canvas._ants.are_marching
    image = shown(canvas)
    line = image[80, 102:218]
    assert set(map(tuple, line.tolist())) == {(0, 0, 0), (255, 255, 255)}
    changed = (image != picture[..., :3]).any(axis=-1)
    near = np.zeros_like(changed)
    near[box.padded(1).slices()] = True
    near[box.padded(-1).slices()] = False
    assert changed.any() and not changed[~near].any()
    session.deselect()
    assert not canvas._ants.are_marching
    assert np.array_equal(shown(canvas), picture[..., :3])


def test_each_tick_moves_the_ants(canvas: Canvas, session: Session, settings: Settings) -> None:
    canvas.set_tool(LassoTool(session, settings))
    select(session, Bounds(100, 80, 120, 90))
    canvas._ants.march(False)  # only the ticks of this test
    seen = [shown(canvas)]
    for _ in range(PERIOD):
        canvas._ants.step()
        seen.append(shown(canvas))
    for before, after in pairwise(seen):
        assert not np.array_equal(before, after)
    assert np.array_equal(seen[0], seen[-1])
    canvas._update_ants()


def test_a_tick_repaints_no_more_than_the_outline(
    canvas: Canvas, session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas.set_tool(LassoTool(session, settings))
    select(session, Bounds(100, 80, 120, 90))
    asked: list[tuple[int, int, int, int]] = []
    monkeypatch.setattr(canvas, "update", lambda *rects: asked.extend(rect.getRect() for rect in rects))
    canvas._march()
    assert asked == [(148, 128, 125, 95)]


def test_ants_rest_while_nobody_sees_them(canvas: Canvas, session: Session, settings: Settings) -> None:
    canvas.set_tool(LassoTool(session, settings))
    select(session, Bounds(100, 80, 120, 90))
    canvas.hide()
    assert not canvas._ants.are_marching
    canvas.show()
    assert canvas._ants.are_marching
    canvas.set_tool(MaskBrushTool(session, settings))
    assert not canvas._ants.are_marching


# Overlays


def test_a_tools_lines_and_handles_are_drawn_above_the_picture(
    canvas: Canvas, recorder: Recorder, picture: Array8
) -> None:
    recorder.drawn = Overlay(lines=[[(50, 200), (150, 200)]], handles=[(300, 100)])
    recorder.overlay_changed.emit()
    image = shown(canvas)
    assert (image[97:103, 297:303] >= 250).all()  # the handle's inside, light
    assert (image[[96, 103]][:, 298:302] < 80).all()  # and its dark border
    changed = (image != picture[..., :3]).any(axis=-1)
    assert changed[198:202, 52:148].any(axis=0).all()
    changed[194:207, 44:157] = changed[94:107, 294:307] = False
    assert not changed.any()


def test_handles_keep_their_size_and_lines_follow_the_zoom(canvas: Canvas, recorder: Recorder) -> None:
    canvas.navigation.set_zoom(4)
    plain = grabbed(canvas)
    recorder.drawn = Overlay(handles=[(200, 150)])
    changed = (grabbed(canvas) != plain).any(axis=-1)
    ys, xs = np.nonzero(changed)
    assert (xs.max() - xs.min(), ys.max() - ys.min()) == (7, 7)


def test_the_brush_is_outlined_where_the_pointer_is(canvas: Canvas, recorder: Recorder) -> None:
    leave = QEvent(QEvent.Type.Leave)
    QApplication.sendEvent(canvas, leave)  # wherever the last test left the pointer
    plain = grabbed(canvas)
    recorder.diameter = 60
    assert np.array_equal(grabbed(canvas), plain)  # the pointer is not here yet
    for zoom in (1, 2):
        canvas.navigation.set_zoom(zoom)
        recorder.diameter = None
        plain = grabbed(canvas)
        recorder.diameter = 60
        hover(canvas, 250, 200)
        ys, xs = np.nonzero((grabbed(canvas) != plain).any(axis=-1))
        distance = np.hypot(xs + 0.5 - 250, ys + 0.5 - 200)
        assert np.abs(distance - 30 * zoom).max() < 2.5
        assert len(distance) > 2 * np.pi * 30 * zoom
    QApplication.sendEvent(canvas, leave)
    assert np.array_equal(grabbed(canvas), plain)
