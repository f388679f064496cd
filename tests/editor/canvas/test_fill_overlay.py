"""What is drawn before a fill runs: it follows the view, and nothing is composited for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from editor.canvas.canvas import Canvas
from editor.canvas.fill_overlay import FillOverlay
from editor.fill_plan import FillPlan
from inference.geometry import Bounds, Extent
from inference.region import Region
from tests.editor.canvas.canvas_support import grabbed

CONTEXT = Bounds(60, 40, 240, 200)


def plan(working: Extent) -> FillPlan:
    return FillPlan(
        Region(CONTEXT, CONTEXT, working), np.full((50, 80), 255, np.uint8), Bounds(140, 120, 80, 50)
    )


def test_what_changes_is_tinted_and_what_is_not_seen_is_shaded(canvas: Canvas) -> None:
    before = grabbed(canvas).astype(int)
    redone: list[object] = []
    canvas.session.projection.redone.connect(lambda *what: redone.append(what))
    canvas.show_plan(plan(Extent(480, 400)))
    after = grabbed(canvas).astype(int)
    assert not redone
    x, y = canvas.viewport.to_screen(0, 0)
    left, top = round(x), round(y)
    changed = after - before
    inside = changed[top + 130 : top + 160, left + 150 : left + 210]
    assert (np.abs(inside).sum(-1) > 0).mean() > 0.99
    shaded = changed[top + 260 : top + 290, left + 20 : left + 300, :3]
    assert shaded.mean() < -10
    seen = changed[top + 200 : top + 230, left + 80 : left + 280]
    assert not seen.any()
    canvas.show_plan(None)
    assert np.array_equal(grabbed(canvas), before)


def test_it_says_at_which_size_the_engine_works() -> None:
    assert FillOverlay(plan(Extent(480, 400))).text == "Sees 240 × 200 px, works at 480 × 400"
    assert FillOverlay(plan(Extent(240, 200))).text == "Sees 240 × 200 px"
    for parts, says in ((1, "then at full size"), (6, "then at full size in 6 parts")):
        text = FillOverlay(replace(plan(Extent(120, 100)), parts=parts)).text
        assert text == f"Sees 240 × 200 px, works at 120 × 100, {says}"


def test_another_selection_takes_it_away(canvas: Canvas) -> None:
    canvas.session.select_all()
    before = grabbed(canvas)
    canvas.show_plan(plan(Extent(240, 200)))
    assert not np.array_equal(grabbed(canvas), before)
    canvas.session.deselect()
    canvas.session.select_all()
    after = grabbed(canvas)
    assert (after != before).any(-1).mean() < 0.02  # the ants have marched
