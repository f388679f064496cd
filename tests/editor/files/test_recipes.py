"""Recipes of fills in flat pictures: only on request, and only until the picture is opened."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from editor.document.document import Document, Metadata
from editor.document.geometry import Extent
from editor.document.layers import FillLayer
from editor.document.recipe import FillRecipe
from editor.document.tiles import TileMap
from editor.files.formats import FORMATS, open_file, save_document
from editor.files.options import SaveOptions
from editor.files.recipes import MAX_PACKED, with_recipes, without_recipes
from inference.request import Reference
from tests.editor.files.samples import noise, recipe

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="image/png"/>'
    b"</rdf:RDF></x:xmpmeta>"
)
CARRYING = [row.suffixes[0] for row in FORMATS if "recipes" in row.options]


def bare(made: FillRecipe) -> FillRecipe:
    return replace(made, references=(), selection=TileMap(1))


def filled(*recipes: FillRecipe, xmp: bytes | None = None) -> Document:
    document = Document(Extent(40, 30), Metadata(xmp=xmp))
    for made in recipes:
        layer = FillLayer("f", pixels=TileMap.from_array(noise(30, 40)), recipe=made)
        document.insert(layer, document.root, len(document.root.children))
    return document


def test_every_format_with_xmp_carries_them() -> None:
    assert CARRYING == [".png", ".jpg", ".webp", ".tif", ".avif"]


@pytest.mark.parametrize("xmp", [None, XMP])
@pytest.mark.parametrize("suffix", CARRYING)
def test_they_come_back_and_are_taken_out(tmp_path: Path, suffix: str, xmp: bytes | None) -> None:
    made = recipe(seed=7), recipe(prompt='"<&>', references=(Reference(np.zeros((9, 9, 3), np.uint8)),))
    path = tmp_path / f"a{suffix}"
    save_document(filled(*made, xmp=xmp), path, options=SaveOptions(recipes=True))
    opened = open_file(path)
    assert opened.recipes == tuple(bare(each) for each in made)
    assert opened.document.metadata.xmp == xmp
    save_document(opened.document, path, options=SaveOptions(recipes=True))
    assert open_file(path).recipes == ()


@pytest.mark.parametrize("suffix", CARRYING)
def test_nothing_is_carried_unless_it_is_asked_for(tmp_path: Path, suffix: str) -> None:
    save_document(filled(recipe(prompt="a secret")), tmp_path / f"a{suffix}")
    assert open_file(tmp_path / f"a{suffix}").recipes == ()
    assert b"pentimento" not in (tmp_path / f"a{suffix}").read_bytes()


def test_the_uppermost_ones_have_room() -> None:
    rng = np.random.default_rng(0)
    made = [recipe(seed=seed, prompt=rng.bytes(3000).hex()) for seed in range(30)]
    xmp = with_recipes(None, made)
    assert xmp is not None and len(xmp) < MAX_PACKED + 500
    _, found = without_recipes(xmp)
    assert 3 < len(found) < 30 and found[-1].seed == 29


def test_a_hidden_fill_is_not_in_the_picture(tmp_path: Path) -> None:
    document = filled(recipe(seed=1), recipe(seed=2))
    document.root.children[0].visible = False
    save_document(document, tmp_path / "a.png", options=SaveOptions(recipes=True))
    assert [each.seed for each in open_file(tmp_path / "a.png").recipes] == [2]


@pytest.mark.parametrize("xmp", [b"", b"no packet", b"<x:xmpmeta/>"])
def test_what_is_no_packet_is_left_alone(xmp: bytes, caplog: pytest.LogCaptureFixture) -> None:
    assert with_recipes(xmp, [recipe()]) == xmp
    assert "could not be written" in caplog.text
    caplog.clear()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"!!!!",
        zlib.compress(b"no JSON"),
        zlib.compress(b'[{"version": 99}]'),
        zlib.compress(b"{}"),
        b"raw",
    ],
)
def test_what_cannot_be_read_is_no_recipe(content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    whole = with_recipes(XMP, [recipe()])
    assert whole is not None
    start = whole.index(b'pentimento:recipes="') + len(b'pentimento:recipes="')
    broken = whole[:start] + base64.b64encode(content) + whole[whole.index(b'"', start) :]
    assert without_recipes(broken) == (XMP, ())
    assert "cannot be read" in caplog.text
    caplog.clear()


def test_a_bomb_is_not_unpacked(caplog: pytest.LogCaptureFixture) -> None:
    bomb = zlib.compress(json.dumps(["x" * (8 << 20)]).encode(), 9)
    whole = with_recipes(XMP, [recipe()])
    assert whole is not None
    start = whole.index(b'pentimento:recipes="') + len(b'pentimento:recipes="')
    assert without_recipes(whole[:start] + base64.b64encode(bomb) + b'"/>')[1] == ()
    assert "cannot be read" in caplog.text
    caplog.clear()


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": 5},
        {"seed": "1"},
        {"engine": None},
        {"model": 3},
        {"feather": 1.5},
        {"strength": "x"},
        {"steps": []},
    ],
)
def test_values_of_the_wrong_kind_are_no_recipe(change: dict[str, object]) -> None:
    values = json.loads(recipe().to_json()) | change
    with pytest.raises(ValueError, match="wrong kind"):
        FillRecipe.from_json(json.dumps(values), TileMap(1))


def test_a_recipe_with_too_many_references_is_refused() -> None:
    one = Reference(np.zeros((2, 2, 3), np.uint8))
    text = recipe(references=(one,) * 65).to_json()
    with pytest.raises(ValueError, match="65 references"):
        FillRecipe.from_json(text, TileMap(1))
