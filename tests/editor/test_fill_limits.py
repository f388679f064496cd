"""Where a fill may look and copy from: said before it, kept in its recipe, and heeded when it is run again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from editor.canvas_operations import extend_canvas
from editor.document.document import Document
from editor.document.geometry import Bounds, Extent
from editor.document.layers import FillLayer, PaintLayer
from editor.document.selection import rectangle
from editor.document.tiles import Depth, TileMap
from editor.files.formats import open_document, save_document
from editor.files.journal_folder import JournalFolder
from editor.fill import PreparedFill, insert_fill, make_fill_layer, prepare_fill, prepare_generation
from editor.fill_again import prepare_again
from editor.fill_options import FillOptions, check_options
from editor.fill_plan import plan_fill
from editor.history.commands import ConvertDepth
from editor.session import Session
from editor.session_journal import bring_back
from inference.engines.engine import ENGINES
from inference.request import FillCandidate, FillError
from tests.editor.journal_support import crash, journalled

HOLE = Bounds(40, 50, 60, 30)
FAR = Bounds(820, 400, 90, 80)
"""Beyond what the engine would see of its own accord."""


@pytest.fixture
def wide() -> Session:
    document = Document(Extent(1000, 600))
    noise = np.random.default_rng(3).integers(0, 256, (600, 1000, 4), dtype=np.uint8)
    noise[..., 3] = 255
    document.insert(PaintLayer("Noise", pixels=TileMap.from_array(noise)), document.root, 0)
    return Session(document)


def select(session: Session, bounds: Bounds) -> None:
    session.select_plane(rectangle(bounds, session.document.depth), "replace", "Select")


def answered(prepared: PreparedFill) -> FillCandidate:
    image = prepared.request.image.copy()
    image[prepared.request.mask > 0] = (1, 2, 3, 255)
    return FillCandidate(prepared.request.id, 0, 7, image)


def filled(session: Session, options: FillOptions) -> FillLayer:
    select(session, HOLE)
    prepared = prepare_fill(session.document, session.active, options)
    layer = make_fill_layer(prepared, answered(prepared))
    insert_fill(session.document, session.history, prepared, layer)
    return layer


def source_of(prepared: PreparedFill) -> set[Bounds]:
    """What may be copied, as rectangles of the document."""
    assert prepared.request.source is not None
    plane = TileMap.from_array(prepared.request.source, prepared.region.context.x, prepared.region.context.y)
    bounds = plane.content_bounds()
    assert (plane.read(bounds) == 255).all()
    return {bounds}


def test_the_context_reaches_to_where_it_is_to_copy_from(wide: Session) -> None:
    select(wide, HOLE)
    near = prepare_fill(wide.document, wide.active, FillOptions())
    assert near.request.source is None and not near.region.context.contains(FAR)
    prepared = prepare_fill(wide.document, wide.active, FillOptions(source=rectangle(FAR)))
    assert prepared.region.context.contains(FAR) and source_of(prepared) == {FAR}
    plan = plan_fill(wide.document, FillOptions(source=rectangle(FAR)))
    assert plan is not None and plan.sourced and plan.region == prepared.region


def test_what_is_half_selected_counts(wide: Session) -> None:
    source = TileMap.from_array(np.array([[127, 128, 255]], np.uint8).repeat(9, 0), 300, 200)
    select(wide, HOLE)
    prepared = prepare_fill(wide.document, wide.active, FillOptions(source=source))
    assert source_of(prepared) == {Bounds(301, 200, 2, 9)}


def test_a_box_is_seen_and_grown_where_it_must_be(wide: Session) -> None:
    select(wide, HOLE)
    box = Bounds(0, 0, 700, 500)
    asked = FillOptions(context="box", context_box=box)
    assert prepare_fill(wide.document, wide.active, asked).region.context == box
    plan = plan_fill(wide.document, asked)
    assert plan is not None and not plan.grown
    plan = plan_fill(wide.document, replace(asked, context_box=Bounds(60, 60, 20, 20)))
    assert plan is not None and plan.grown and plan.region.context.contains(HOLE)
    beyond = replace(asked, context_box=Bounds(-40, -40, 800, 700))
    plan = plan_fill(wide.document, beyond)
    assert plan is not None and not plan.grown and plan.region.context == Bounds(0, 0, 760, 600)


def test_what_makes_no_sense_is_told(wide: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    select(wide, HOLE)
    with pytest.raises(FillError, match="Draw a box"):
        check_options(FillOptions(context="box"))
    outside = FillOptions(context="box", context_box=Bounds(2000, 0, 50, 50))
    with pytest.raises(FillError, match="outside the picture"):
        prepare_fill(wide.document, wide.active, outside)
    info = replace(ENGINES["content-aware"], source=False)
    monkeypatch.setitem(ENGINES, "content-aware", info)
    with pytest.raises(FillError, match="area to fill from"):
        check_options(FillOptions(source=rectangle(FAR)))


def test_run_again_copies_from_the_same_place(wide: Session) -> None:
    layer = filled(
        wide, FillOptions(source=rectangle(FAR), context="box", context_box=Bounds(0, 0, 500, 500))
    )
    assert layer.recipe is not None and layer.recipe.source == rectangle(FAR)
    again = prepare_again(wide.document, layer)
    assert source_of(again) == {FAR} and again.region.context == layer.recipe.context
    everywhere = filled(wide, FillOptions())
    assert prepare_again(wide.document, everywhere).request.source is None


def test_it_lies_where_it_lay_when_the_canvas_is_larger(wide: Session) -> None:
    layer = filled(wide, FillOptions(source=rectangle(FAR)))
    wide.limits.set_source(rectangle(FAR))
    wide.limits.set_box(Bounds(1, 2, 30, 40))
    told: list[bool] = []
    wide.limits.changed.connect(lambda: told.append(True))
    extend_canvas(wide, 100, 30, 0, 0)
    moved = FAR.translated(100, 30)
    assert told and wide.limits.box == Bounds(101, 32, 30, 40)
    assert wide.limits.source is None, "the new border is not made of what was chosen for something else"
    assert source_of(prepare_again(wide.document, layer)) == {moved}
    wide.history.undo()
    assert wide.limits.box == Bounds(1, 2, 30, 40)
    assert source_of(prepare_again(wide.document, layer)) == {FAR}


@pytest.mark.parametrize("depth", [8, 16])
def test_a_file_keeps_it(wide: Session, tmp_path: Path, depth: Depth) -> None:
    layer = filled(wide, FillOptions(source=rectangle(FAR)))
    wide.set_depth(depth)
    assert layer.recipe is not None and layer.recipe.source.depth == depth
    save_document(wide.document, tmp_path / "fill.ora")
    opened = open_document(tmp_path / "fill.ora")
    twin = opened.root.children[-1]
    assert isinstance(twin, FillLayer) and twin.recipe == layer.recipe
    assert source_of(prepare_again(opened, twin)) == {FAR}


def test_a_file_of_before_copies_from_everywhere(wide: Session, tmp_path: Path) -> None:
    filled(wide, FillOptions())
    save_document(wide.document, tmp_path / "fill.ora")
    opened = open_document(tmp_path / "fill.ora")
    twin = opened.root.children[-1]
    assert isinstance(twin, FillLayer) and twin.recipe is not None and not twin.recipe.source
    assert twin.recipe.source.depth == opened.depth


def test_the_journal_keeps_it_and_the_healing_layer(wide: Session, tmp_path: Path) -> None:
    folder = JournalFolder(tmp_path / "journals")
    journal = journalled(wide, folder)
    layer = filled(wide, FillOptions(source=rectangle(FAR)))
    wide.document.insert(PaintLayer("Spots", heals=True), wide.document.root, 2)
    wide.history.do(ConvertDepth("Deep", wide.document, 16))
    crash(journal)
    orphans, _problems = folder.orphans()
    store = folder.take_orphan(orphans[0]).store
    assert store is not None
    session = bring_back(store).session()
    twin, spots = session.document.root.children[1:]
    assert isinstance(twin, FillLayer) and twin.recipe == layer.recipe and twin.recipe is not None
    assert twin.recipe.source.content_bounds() == FAR
    assert isinstance(spots, PaintLayer) and spots.heals
    session.history.undo()
    assert twin.recipe is not None and twin.recipe.source.content_bounds() == FAR
    store.close()


def test_nothing_of_it_is_for_a_picture_from_a_prompt(wide: Session) -> None:
    with pytest.raises(FillError):
        prepare_generation(wide.document, None, FillOptions(source=rectangle(FAR)))
