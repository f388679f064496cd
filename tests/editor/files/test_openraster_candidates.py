"""Candidates in OpenRaster: written once, back as they were, and a broken one costs no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from editor.document.candidates import Candidate, sharing
from editor.document.document import Document
from editor.document.geometry import Bounds, Extent
from editor.document.layers import FillLayer, PaintLayer
from editor.document.tiles import TileMap
from editor.files import openraster as ora
from editor.files.formats import open_file, save_document
from tests.editor.files.samples import assert_same, chosen, members, noise, png, rewrite

ENTRY = "data/layer0001.png"


def with_fill(layer: FillLayer) -> Document:
    document = Document(Extent(300, 200))
    document.insert(layer, document.root, 0)
    return document


def entry_of(files: dict[str, bytes]) -> dict[str, Any]:
    return dict(json.loads(files[ora.EXTENSION_FILE])["layers"][ENTRY])


def edit(files: dict[str, bytes], change: Callable[[dict[str, Any]], Any]) -> None:
    extension = json.loads(files[ora.EXTENSION_FILE])
    change(extension["layers"][ENTRY])
    files[ora.EXTENSION_FILE] = json.dumps(extension).encode()


def test_they_come_back_and_the_one_that_is_taken_has_no_picture(tmp_path: Path) -> None:
    document = with_fill(chosen())
    save_document(document, tmp_path / "a.ora")
    opened = open_file(tmp_path / "a.ora")
    assert_same(document, opened.document)
    assert opened.losses == ()
    files = members(tmp_path / "a.ora")
    assert [name for name in files if "candidate" in name] == [
        "pentimento/layer0001/candidate001.png",
        "pentimento/layer0001/candidate004.png",
    ]
    first, second, third = entry_of(files)["candidates"]
    assert "src" not in second
    # only what differs: a corner of 3 × 2 pixels, placed relative to the layer's picture
    assert (third["x"], third["y"]) == (255 - -20, 300 - 30)
    assert len(files[third["src"]]) < 400 < len(files[first["src"]])


def test_a_mix_of_them_comes_back(tmp_path: Path) -> None:
    layer = chosen()
    layer.pixels.exchange(layer.pixels.patch(Bounds(30, 60, 50, 40), noise(40, 50, 3)))
    layer.taken = None
    document = with_fill(layer)
    save_document(document, tmp_path / "a.ora")
    assert_same(document, open_file(tmp_path / "a.ora").document)


def test_what_they_share_is_shared_again(tmp_path: Path) -> None:
    layer = chosen()
    layer.candidates = tuple(
        Candidate(each.number, each.seed, sharing(each.pixels, layer.pixels), each.facts)
        for each in layer.candidates
    )
    save_document(with_fill(layer), tmp_path / "a.ora")
    opened = open_file(tmp_path / "a.ora").document
    assert opened.nbytes == layer.nbytes


def test_the_same_picture_is_written_once(tmp_path: Path) -> None:
    layer = chosen()
    first = layer.candidates[0]
    layer.candidates += (Candidate(9, 9, first.pixels.snapshot()),)
    save_document(with_fill(layer), tmp_path / "a.ora")
    *_, last = entry_of(members(tmp_path / "a.ora"))["candidates"]
    assert last["src"] == "pentimento/layer0001/candidate001.png"
    assert "pentimento/layer0001/candidate009.png" not in members(tmp_path / "a.ora")
    assert_same(with_fill(layer), open_file(tmp_path / "a.ora").document)


def test_facts_that_are_no_json_are_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    layer = chosen()
    layer.candidates += (Candidate(9, 9, layer.pixels.snapshot(), {"odd": object()}),)
    save_document(with_fill(layer), tmp_path / "a.ora")
    (read,) = open_file(tmp_path / "a.ora").document.root.children
    assert isinstance(read, FillLayer) and read.candidates[3].facts == {}
    assert len(caplog.records) == 1
    caplog.clear()


def test_a_layer_moved_by_another_program_takes_them_along(tmp_path: Path) -> None:
    layer = chosen()
    save_document(with_fill(layer), tmp_path / "a.ora")
    rewrite(
        tmp_path / "a.ora",
        lambda files: files.update({"stack.xml": files["stack.xml"].replace(b'x="-20"', b'x="-15"')}),
    )
    (read,) = open_file(tmp_path / "a.ora").document.root.children
    assert isinstance(read, FillLayer)
    where, moved = Bounds(-20, 30, 280, 310), Bounds(-15, 30, 280, 310)
    for before, after in zip(layer.candidates, read.candidates, strict=True):
        assert (after.pixels.read(moved) == before.pixels.read(where)).all()


BREAKAGES: dict[str, Callable[[dict[str, bytes]], Any]] = {
    "picture missing": lambda files: files.pop("pentimento/layer0001/candidate001.png"),
    "picture is no PNG": lambda files: files.update({"pentimento/layer0001/candidate001.png": b"no" * 99}),
    "picture outside": lambda files: edit(files, lambda e: e["candidates"][0].update(src="../../passwd")),
    "far away": lambda files: edit(files, lambda e: e["candidates"][0].update(x=1e30)),
    "no place": lambda files: edit(files, lambda e: e["candidates"][0].pop("y")),
    "no number": lambda files: edit(files, lambda e: e["candidates"][0].update(number=None)),
    "number of another": lambda files: edit(files, lambda e: e["candidates"][2].update(number=2)),
    "no facts": lambda files: edit(files, lambda e: e["candidates"][0].pop("facts")),
    "no entry": lambda files: edit(files, lambda e: e["candidates"].__setitem__(0, 5)),
}


@pytest.mark.parametrize("breakage", BREAKAGES.values(), ids=list(BREAKAGES))
def test_a_broken_one_is_a_loss_and_the_others_are_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, breakage: Callable[[dict[str, bytes]], Any]
) -> None:
    layer = chosen()
    save_document(with_fill(layer), tmp_path / "a.ora")
    rewrite(tmp_path / "a.ora", breakage)
    opened = open_file(tmp_path / "a.ora")
    (read,) = opened.document.root.children
    assert isinstance(read, FillLayer)
    assert read.pixels == layer.pixels and read.recipe == layer.recipe and read.taken == 2
    assert len(read.candidates) == 2
    (loss,) = opened.losses
    assert loss.startswith("candidate ") and "chosen" in loss
    assert len(caplog.records) == 1
    caplog.clear()


@pytest.mark.parametrize("value", [5, {}, "x"])
def test_no_list_of_them_at_all(tmp_path: Path, value: object) -> None:
    save_document(with_fill(chosen()), tmp_path / "a.ora")
    rewrite(tmp_path / "a.ora", lambda files: edit(files, lambda e: e.update(candidates=value)))
    (read,) = open_file(tmp_path / "a.ora").document.root.children
    assert isinstance(read, FillLayer) and read.candidates == () and read.taken is None


def test_those_of_a_layer_that_was_edited_elsewhere_are_a_loss(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    save_document(with_fill(chosen()), tmp_path / "a.ora")
    rewrite(tmp_path / "a.ora", lambda files: files.update({ENTRY: png(noise(9, 9))}))
    opened = open_file(tmp_path / "a.ora")
    (read,) = opened.document.root.children
    assert type(read) is PaintLayer
    assert len(opened.losses) == 3
    caplog.clear()


def test_more_than_anybody_makes_are_not_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = chosen()
    layer.candidates = tuple(Candidate(number, 0, layer.pixels) for number in range(1, 9))
    save_document(with_fill(layer), tmp_path / "a.ora")
    monkeypatch.setattr(ora, "MAX_CANDIDATES", 5)
    opened = open_file(tmp_path / "a.ora")
    (read,) = opened.document.root.children
    assert isinstance(read, FillLayer) and len(read.candidates) == 5
    assert opened.losses == ("candidate 6 of the layer “chosen”",)
    caplog.clear()


def test_files_from_before_there_were_any(tmp_path: Path) -> None:
    layer = FillLayer("plain", pixels=TileMap.from_array(noise(20, 30)))
    save_document(with_fill(layer), tmp_path / "a.ora")
    assert "candidates" not in entry_of(members(tmp_path / "a.ora"))
    assert_same(with_fill(layer), open_file(tmp_path / "a.ora").document)
