"""What a fill would do is what it does."""

from __future__ import annotations

import numpy as np
import pytest

from editor.document.document import Document
from editor.fill import prepare_fill
from editor.fill_options import FillOptions
from editor.fill_plan import SIDE, plan_fill
from editor.session import Session
from inference.choices import RefineChoice
from inference.geometry import Bounds, Extent
from inference.refine import parts_of as refine_parts
from inference.region import ContextChoice
from inference.request import FillError


def select(session: Session, bounds: Bounds) -> None:
    session.select(bounds, np.full((bounds.height, bounds.width), 255, np.uint8), "replace", "Select")


@pytest.mark.parametrize("context", ["auto", "tight", "whole"])
def test_the_plan_is_what_is_prepared(session: Session, context: ContextChoice) -> None:
    select(session, Bounds(40, 50, 60, 30))
    options = FillOptions(feather=9, context=context)
    plan = plan_fill(session.document, options)
    prepared = prepare_fill(session.document, session.active, options)
    assert plan is not None and plan.region == prepared.region
    shown = np.zeros((300, 400), np.uint8)
    assert prepared.shown is not None
    shown[prepared.shown_bounds.slices()] = prepared.shown
    assert np.array_equal(plan.changes, shown[plan.changes_bounds.slices()])


def test_of_a_large_selection_it_is_a_small_picture(session: Session) -> None:

    large = Session(Document(Extent(3000, 2000)))
    select(large, Bounds(100, 100, 2600, 1700))
    plan = plan_fill(large.document, FillOptions(feather=40))
    assert plan is not None and max(plan.changes.shape) == SIDE
    assert plan.changes_bounds == Bounds(58, 58, 2684, 1784)
    assert plan.changes[SIDE // 3, SIDE // 2] == 255 and plan.changes[0, 0] < 20


@pytest.mark.parametrize(("refine", "refined"), [("auto", True), ("on", True), ("off", False)])
def test_of_a_large_selection_it_says_in_how_many_parts_a_model_refines(
    refine: RefineChoice, refined: bool
) -> None:
    large = Session(Document(Extent(3000, 2000)))
    select(large, Bounds(100, 100, 1600, 900))
    plan = plan_fill(large.document, FillOptions("sdxl", model="m", refine=refine))
    assert plan is not None and (plan.parts > 1) is refined
    prepared = prepare_fill(large.document, None, FillOptions("sdxl", model="m", refine=refine))
    assert plan.parts == len(refine_parts(prepared.request))
    own = plan_fill(large.document, FillOptions())
    assert own is not None and own.parts == 0


def test_without_a_selection_there_is_none_and_what_cannot_be_is_told(session: Session) -> None:
    assert plan_fill(session.document, FillOptions()) is None
    with pytest.raises(FillError):
        plan_fill(session.document, FillOptions(engine="none-such"))
