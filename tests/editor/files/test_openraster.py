"""OpenRaster: what is opened is what was saved, and other programs see the right picture."""

from __future__ import annotations

import io
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from PIL import Image

from editor.document.document import Document
from editor.document.geometry import Extent
from editor.document.layers import FillLayer, Group, PaintLayer
from editor.document.tiles import TileMap
from editor.files.formats import open_document, open_file, save_document
from editor.files.openraster import OPERATORS
from editor.render.compositor import composite
from tests.editor.files.samples import assert_same, members, noise, picture, recipe, rewrite, rich_document
from tests.editor.files.trees import documents


def test_everything_comes_back(tmp_path: Path) -> None:
    document = rich_document()
    save_document(document, tmp_path / "a.ora")
    assert_same(document, open_document(tmp_path / "a.ora"))


def test_saving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    save_document(rich := rich_document(), tmp_path / "a.ora")
    save_document(rich, tmp_path / "b.ora")
    assert (tmp_path / "a.ora").read_bytes() == (tmp_path / "b.ora").read_bytes()


def test_active_layer_is_noted(tmp_path: Path) -> None:
    document = rich_document()
    save_document(document, tmp_path / "a.ora", active=document.root.children[3])
    opened = open_file(tmp_path / "a.ora")
    assert opened.active is opened.document.root.children[3]


def test_file_is_laid_out_as_the_format_says(tmp_path: Path) -> None:
    document = rich_document()
    save_document(document, tmp_path / "a.ora")
    raw = (tmp_path / "a.ora").read_bytes()
    assert raw[30:54] == b"mimetypeimage/openraster"
    files = members(tmp_path / "a.ora")
    assert np.array_equal(picture(files["mergedimage.png"]), composite(document.root, document.canvas))
    with Image.open(io.BytesIO(files["Thumbnails/thumbnail.png"])) as thumbnail:
        assert thumbnail.size == (256, 171)
    image = ElementTree.fromstring(files["stack.xml"])
    assert (image.get("w"), image.get("h"), image.get("xres"), image.get("yres")) == (
        "300",
        "200",
        "300",
        "150",
    )
    top = image.find("stack/layer")
    assert top is not None and top.get("name") == "no recipe" and top.get("visibility") == "hidden"
    for element in image.iter("layer"):
        assert element.get("src") in files


def test_other_programs_see_the_mask_as_alpha(tmp_path: Path) -> None:
    document = Document(Extent(40, 30))
    pixels, mask = noise(30, 40), noise(30, 40, 1, 1)
    layer = FillLayer("f", pixels=TileMap.from_array(pixels), mask=TileMap.from_array(mask), recipe=recipe())
    document.insert(layer, document.root, 0)
    save_document(document, tmp_path / "a.ora")
    shown = picture(members(tmp_path / "a.ora")["data/layer0001.png"])
    assert np.array_equal(shown[..., :3], pixels[..., :3])
    assert np.array_equal(shown[..., 3], np.round(pixels[..., 3] * (mask / 255.0)).astype(np.uint8))


def test_other_programs_see_a_groups_mask(tmp_path: Path) -> None:
    save_document(rich_document(), tmp_path / "a.ora")
    image = ElementTree.fromstring(members(tmp_path / "a.ora")["stack.xml"])
    group = next(element for element in image.iter("stack") if element.get("name") == "masked group")
    assert group.get("isolation") == "isolate"
    assert group[0].get("composite-op") == "svg:dst-in"
    rewrite(tmp_path / "a.ora", lambda files: files.pop("pentimento/document.json"))
    opened = open_document(tmp_path / "a.ora").root.children[3]
    assert opened.mask == rich_document().root.children[3].mask


def test_layers_are_cropped_and_empty_ones_small(tmp_path: Path) -> None:
    document = Document(Extent(1000, 1000))
    small = PaintLayer("small", pixels=TileMap.from_array(np.full((3, 4, 4), 9, np.uint8), 500, -600))
    document.insert(small, document.root, 0)
    document.insert(PaintLayer("empty"), document.root, 1)
    save_document(document, tmp_path / "a.ora")
    files = members(tmp_path / "a.ora")
    assert picture(files["data/layer0001.png"]).tolist() == [[[0, 0, 0, 0]]]
    assert picture(files["data/layer0002.png"]).shape == (3, 4, 4)
    assert_same(document, open_document(tmp_path / "a.ora"))


@pytest.mark.parametrize("mode", OPERATORS)
def test_blend_modes(tmp_path: Path, mode: str) -> None:
    document = Document(Extent(2, 2))
    document.insert(PaintLayer("a", blend_mode=mode), document.root, 0)
    document.insert(Group("b", blend_mode=mode), document.root, 1)
    save_document(document, tmp_path / "a.ora")
    assert [layer.blend_mode for layer in open_document(tmp_path / "a.ora").layers()] == [mode, mode]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents())
def test_any_document_comes_back(tmp_path: Path, document: Document) -> None:
    path = tmp_path / "any.ora"
    save_document(document, path)
    opened = open_document(path)
    assert_same(document, opened)
    assert np.array_equal(
        picture(members(path)["mergedimage.png"])[..., 3], composite(opened.root, opened.canvas)[..., 3]
    )


def test_names_that_xml_cannot_hold(tmp_path: Path) -> None:
    document = Document(Extent(2, 2))
    document.insert(PaintLayer("a\0b\x1b\ud800\uffff"), document.root, 0)
    save_document(document, tmp_path / "a.ora")
    assert next(open_document(tmp_path / "a.ora").layers()).name == "a\ufffdb\ufffd\ufffd\ufffd"


def test_two_layers_never_share_an_id(tmp_path: Path) -> None:
    document = Document(Extent(2, 2))
    for index in range(2):
        document.insert(PaintLayer("a", id="0" * 32), document.root, index)
    save_document(document, tmp_path / "a.ora")
    first, second = open_document(tmp_path / "a.ora").layers()
    assert first.id != second.id and "0" * 32 in (first.id, second.id)


def test_recipe_that_is_no_json_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    document = Document(Extent(2, 2))
    document.insert(FillLayer("a", recipe=recipe(facts={"array": np.zeros(3)})), document.root, 0)
    save_document(document, tmp_path / "a.ora")
    assert "recipe of layer 'a'" in caplog.text
    caplog.clear()
    (layer,) = open_document(tmp_path / "a.ora").root.children
    assert isinstance(layer, FillLayer) and layer.recipe is None
