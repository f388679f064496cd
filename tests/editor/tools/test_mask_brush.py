"""The mask brush, driven with pointer events on a real session."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from editor.document.document import Document
from editor.session import Session
from editor.settings import Settings
from editor.tools.mask_brush import MaskBrushTool
from editor.tools.tool import PointerEvent
from inference.geometry import Extent


@pytest.fixture
def brush(session: Session, settings: Settings) -> MaskBrushTool:
    settings["brush-size"] = 40
    settings["brush-hardness"] = 100
    return MaskBrushTool(session, settings)


def paint(brush: MaskBrushTool, *points: tuple[float, ...], **event: object) -> None:
    events = [PointerEvent(*point, **event) for point in points]  # type: ignore[arg-type]
    brush.press(events[0])
    for each in events[1:]:
        brush.move(each)
    brush.release(events[-1])


def selected(session: Session) -> np.ndarray:
    return session.document.selection.read(session.document.canvas)


def test_a_click_selects_a_disc(brush: MaskBrushTool, session: Session) -> None:
    paint(brush, (200, 150))
    mask = selected(session)
    assert mask.sum() / 255 == pytest.approx(math.pi * 20**2, rel=0.01)
    assert mask[150, 200] == 255
    assert session.document.selection.content_bounds().centre == (200, 150)
    assert session.history.labels == ["Paint mask"]


def test_a_stroke_is_one_step_and_undo_takes_it_back(brush: MaskBrushTool, session: Session) -> None:
    paint(brush, (50, 50), (350, 50))
    paint(brush, (50, 250), (350, 250))
    assert session.history.labels == ["Paint mask", "Paint mask"]
    session.history.undo()
    mask = selected(session)
    assert mask[50, 200] == 255 and mask[250, 200] == 0
    session.history.undo()
    assert not session.document.selection
    session.history.redo()
    assert selected(session)[50, 200] == 255


def test_a_straight_hard_stroke_is_a_capsule(brush: MaskBrushTool, session: Session) -> None:
    paint(brush, (50, 150), (350, 150))
    assert selected(session).sum() / 255 == pytest.approx(300 * 40 + math.pi * 20**2, rel=0.01)


@pytest.mark.parametrize("event", [{"modifiers": frozenset({"ctrl"})}, {"eraser": True}])
def test_erasing(brush: MaskBrushTool, session: Session, event: dict[str, object]) -> None:
    session.select_all()
    paint(brush, (200, 150), **event)
    mask = selected(session)
    assert mask[150, 200] == 0
    assert (255 - mask).sum() / 255 == pytest.approx(math.pi * 20**2, rel=0.01)
    assert session.history.labels[-1] == "Erase mask"


def test_the_erase_mode_and_its_opposite(brush: MaskBrushTool, session: Session, settings: Settings) -> None:
    settings["brush-mode"] = "erase"
    paint(brush, (200, 150), modifiers=frozenset({"ctrl"}))
    assert selected(session)[150, 200] == 255
    paint(brush, (200, 150))
    assert not session.document.selection
    paint(brush, (100, 100), eraser=True)
    assert not session.document.selection


def test_pressure_sets_the_size(brush: MaskBrushTool, session: Session) -> None:
    paint(brush, (200, 150), pressure=0.5)
    assert selected(session).sum() / 255 == pytest.approx(math.pi * 10**2, rel=0.02)


def test_a_soft_brush_stays_soft_however_often_it_passes(
    brush: MaskBrushTool, session: Session, settings: Settings
) -> None:
    settings["brush-hardness"] = 0
    paint(brush, (100, 150), (300, 150))
    once = selected(session)
    paint(brush, (100, 150), (300, 150), (100, 150))
    assert np.array_equal(selected(session), once)
    assert 0 < once[150 + 10, 200] < 255


def test_the_stroke_shows_while_it_is_painted_and_cancel_takes_it_back(
    brush: MaskBrushTool, session: Session
) -> None:
    paint(brush, (50, 50))
    before = selected(session)
    brush.press(PointerEvent(200, 150))
    assert selected(session)[150, 200] == 255
    assert brush.busy
    brush.cancel()
    brush.release(PointerEvent(200, 150))
    assert np.array_equal(selected(session), before)
    assert session.history.labels == ["Paint mask"]


def test_events_are_gathered_until_the_frame(brush: MaskBrushTool, session: Session) -> None:
    brush.press(PointerEvent(50, 150))
    brush.move(PointerEvent(350, 150))
    assert selected(session)[150, 50] == 255 and selected(session)[150, 200] == 0
    brush.frame()
    assert selected(session)[150, 200] == selected(session)[150, 350] == 255
    brush.move(PointerEvent(350, 250))
    brush.release(PointerEvent(350, 250))
    assert selected(session)[250, 350] == 255
    assert session.history.labels == ["Paint mask"]


@pytest.mark.usefixtures("either_path")
def test_a_mask_of_16_bits_is_painted_and_erased(settings: Settings) -> None:
    session = Session(Document(Extent(400, 300), depth=16))
    settings["brush-size"], settings["brush-hardness"] = 100, 0
    brush = MaskBrushTool(session, settings)
    paint(brush, (200, 150))
    mask = selected(session)
    assert mask.dtype == np.uint16 and mask.max() > 65000
    assert len(np.unique(mask)) > 500
    paint(brush, (200, 150), eraser=True)
    assert not session.document.selection


def test_interrupting_commits(brush: MaskBrushTool, session: Session) -> None:
    brush.press(PointerEvent(200, 150))
    brush.commit()
    brush.move(PointerEvent(300, 150))
    brush.release(PointerEvent(300, 150))
    assert selected(session)[150, 300] == 0
    assert session.history.labels == ["Paint mask"]


def test_erasing_nothing_is_no_step(brush: MaskBrushTool, session: Session) -> None:
    paint(brush, (200, 150), eraser=True)
    assert session.history.labels == []


def test_nothing_is_selected_beyond_the_canvas(brush: MaskBrushTool, session: Session) -> None:
    paint(brush, (0, 0), (400, 300))
    assert session.document.canvas.contains(session.document.selection.content_bounds())


@given(
    st.lists(st.tuples(st.floats(-20, 420), st.floats(-20, 320), st.floats(0.1, 1)), min_size=2, max_size=6),
    st.integers(2, 8),
)
@run_with(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_more_events_on_the_same_way_select_the_same(
    brush: MaskBrushTool, session: Session, points: list[tuple[float, float, float]], parts: int
) -> None:
    session.deselect()
    paint(brush, *points)
    few = selected(session)
    session.deselect()
    dense = [points[0]]
    for a, b in itertools.pairwise(points):
        dense += [
            tuple(p + (q - p) * k / parts for p, q in zip(a, b, strict=True)) for k in range(1, parts + 1)
        ]
    paint(brush, *dense)
    # Rounding may move a dab by a quarter of a pixel where its place lies on the edge between two.
    difference = np.abs(selected(session).astype(int) - few)
    assert (difference > 80).sum() <= few.astype(bool).sum() * 0.01 + 4
