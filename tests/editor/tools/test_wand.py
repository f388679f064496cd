"""The wand, driven with clicks on a real session."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from editor.document.layers import PaintLayer
from editor.document.tiles import Array8, TileMap
from editor.session import Session
from editor.settings import Settings
from editor.tools.tool import PointerEvent
from editor.tools.wand import WandTool

SKY, ROOF, WALL = (90, 140, 220, 255), (150, 60, 50, 255), (200, 190, 170, 255)


@pytest.fixture
def session(make_session: Callable[[Array8], Session]) -> Session:
    """Sky with a wall that has a window of sky; a mast of roof's colour; sky shades by 20 from side to side."""
    pixels = np.empty((600, 700, 4), np.uint8)
    pixels[:] = SKY
    pixels[..., 2] -= (np.arange(700) * 20 // 700).astype(np.uint8)
    pixels[300:, :] = WALL
    pixels[400:450, 300:350] = SKY
    pixels[100:300, 500:520] = ROOF
    return make_session(pixels)


@pytest.fixture
def wand(session: Session, settings: Settings) -> WandTool:
    settings["wand-antialias"] = False
    return WandTool(session, settings)


def click(tool: WandTool, x: float, y: float, *modifiers: str) -> None:
    event = PointerEvent(x, y, modifiers=frozenset(modifiers))
    tool.press(event)
    tool.release(event)


def selected(session: Session) -> Array8:
    return session.document.selection.read(session.document.canvas)


def sky(window: bool = False) -> Array8:
    mask = np.zeros((600, 700), np.uint8)
    mask[:300] = 255
    mask[100:300, 500:520] = 0
    if window:
        mask[400:450, 300:350] = 255
    return mask


def test_a_click_selects_what_is_like_it_and_connected(wand: WandTool, session: Session) -> None:
    click(wand, 10.7, 20.2)
    assert np.array_equal(selected(session), sky())
    assert session.history.labels == ["Magic Wand"]
    assert not wand.busy


def test_all_that_is_like_it(wand: WandTool, session: Session, settings: Settings) -> None:
    settings["wand-contiguous"] = False
    click(wand, 10, 20)
    assert np.array_equal(selected(session), sky(window=True))


def test_tolerance(wand: WandTool, session: Session, settings: Settings) -> None:
    settings["wand-tolerance"] = 9
    click(wand, 0, 20)
    assert selected(session)[20].nonzero()[0].max() == 349  # where the blue has changed by 9
    settings["wand-tolerance"] = 0
    click(wand, 0, 20)
    assert selected(session)[20].nonzero()[0].max() == 34


def test_the_keys_and_the_mode(wand: WandTool, session: Session, settings: Settings) -> None:
    click(wand, 10, 20)
    click(wand, 310, 410, "shift")
    assert np.array_equal(selected(session), sky(window=True))
    click(wand, 10, 20, "ctrl")
    assert selected(session).sum() == 255 * 50 * 50
    settings["selection-mode"] = "intersect"
    click(wand, 10, 20)
    assert not session.document.selection
    labels = ["Magic Wand", "Magic Wand: add", "Magic Wand: subtract", "Magic Wand: intersect"]
    assert session.history.labels == labels


def test_a_smooth_edge_keeps_the_outline(wand: WandTool, session: Session, settings: Settings) -> None:
    pixels = session.document.root.children[0].pixels.read(session.document.canvas)
    slanting = np.fromfunction(lambda y, x: y * 3 > x * 2 + 400, (600, 700))
    pixels[slanting] = ROOF
    layer = PaintLayer("Roof", pixels=TileMap.from_array(pixels))
    session.document.insert(layer, session.document.root, 1)
    click(wand, 600, 590)
    hard = selected(session)
    settings["wand-antialias"] = True
    click(wand, 600, 590)
    soft = selected(session)
    assert set(np.unique(hard)) == {0, 255}
    assert len(np.unique(soft)) > 4
    assert np.array_equal(soft >= 128, hard == 255)


def test_the_whole_picture_or_one_layer(wand: WandTool, session: Session, settings: Settings) -> None:
    cloud = np.zeros((600, 700, 4), np.uint8)
    cloud[50:80, 100:200] = 255
    layer = PaintLayer("Cloud", pixels=TileMap.from_array(cloud))
    session.document.insert(layer, session.document.root, 1)
    click(wand, 150, 60)
    assert selected(session).sum() == 255 * 30 * 100
    session.active = session.document.root.children[0]
    settings["wand-sample"] = "layer"
    click(wand, 150, 60)
    assert np.array_equal(selected(session), sky())
    session.active = layer
    click(wand, 10, 10)  # what is transparent
    assert selected(session).sum() == 255 * (600 * 700 - 30 * 100)


def test_outside_the_picture_nothing_happens(wand: WandTool, session: Session) -> None:
    click(wand, 10, 20)
    click(wand, -5, 20)
    click(wand, 10, 600)
    assert np.array_equal(selected(session), sky())
    assert session.history.labels == ["Magic Wand"]
