"""Every tool does the same to a picture of 16 bits per channel as to one of 8."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from editor.document.layers import PaintLayer
from editor.document.tiles import Array8, Pixels
from editor.raster.depth import to_8
from editor.session import Session
from editor.settings import Settings
from editor.tools.table import TOOLS
from editor.tools.tool import PointerEvent

PATH = ((60, 60), (150, 70), (180, 160), (70, 150), (60, 60))


def drive(session: Session, settings: Settings, tool_id: str) -> None:
    tool = TOOLS[tool_id](session, settings)
    for index, (x, y) in enumerate(PATH):
        event = PointerEvent(x, y, pressure=0.8, time=16.0 * index)
        (tool.move if index else tool.press)(event)
        tool.frame()
    tool.release(PointerEvent(*PATH[-1], time=100))
    tool.finish(keep=True)


def everything(session: Session) -> list[Pixels]:
    layer = session.document.root.children[0]
    assert isinstance(layer, PaintLayer)
    canvas = session.document.canvas
    return [layer.pixels.read(canvas), session.document.selection.read(canvas)]


@pytest.mark.parametrize("tool_id", TOOLS)
def test_with_twice_the_bits(
    tool_id: str,
    make_session: Callable[[Array8], Session],
    picture: Array8,
    settings: Settings,
    either_path: str,
) -> None:
    settings["brush-size"] = 40
    plain, deep = make_session(picture), make_session(picture)
    deep.set_depth(16)
    before = everything(deep)
    for session in (plain, deep):
        drive(session, settings, tool_id)
    after = everything(deep)
    for shallow, sixteen in zip(everything(plain), after, strict=True):
        assert sixteen.dtype == np.uint16
        assert np.abs(to_8(sixteen).astype(int) - shallow).max() <= 1
    assert deep.history.position == plain.history.position + 1
    deep.history.go_to(1)
    assert all(map(np.array_equal, everything(deep), before))
    deep.history.go_to(99)
    assert all(map(np.array_equal, everything(deep), after))
