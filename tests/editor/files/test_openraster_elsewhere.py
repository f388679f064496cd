"""OpenRaster files of other programs, edited by other programs, and with a broken extension."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from editor.document.document import Document, Metadata
from editor.document.geometry import Bounds, Extent
from editor.document.layers import FillLayer, Group, PaintLayer
from editor.document.tiles import Pixels, TileMap
from editor.files.formats import flattened, open_document, open_file, save_document
from editor.render.compositor import composite
from tests.editor.files.samples import make, members, noise, picture, png, recipe, rewrite, rich_document

WRITTEN_ELSEWHERE = Path(__file__).with_name("written_elsewhere")
"""A picture of ours, 48 × 40, with a clipped layer, a group with a mask, and modes, opened and saved there."""


@pytest.mark.parametrize("name", ["krita-5.1.ora", "mypaint-2.0.ora"])
def test_a_file_that_another_program_has_written_looks_as_it_does_there(name: str) -> None:
    opened = open_file(WRITTEN_ELSEWHERE / name)
    assert opened.losses == ()
    layers = {layer.name: layer for layer in opened.document.layers()}
    assert layers["Clipped"].clipped and layers["Screened"].blend_mode == "screen"
    assert not layers["Hidden"].visible and layers["Hidden"].locked
    assert layers["Group"].mask is not None and abs(layers["Group"].opacity - 0.7) < 0.002
    merged = members(WRITTEN_ELSEWHERE / name)["mergedimage.png"]
    with Image.open(io.BytesIO(merged)) as image:
        theirs = premultiplied(np.asarray(image.convert("RGBA")))[:40, :48]  # MyPaint's holds whole tiles
    assert np.abs(premultiplied(flattened(opened.document)) - theirs).max() <= 2


def premultiplied(rgba: Pixels) -> Any:
    return np.dstack([rgba[..., :3] * (rgba[..., 3:] / 255), rgba[..., 3]])


def test_file_of_another_program(tmp_path: Path) -> None:
    red, blue = np.full((4, 6, 4), (255, 0, 0, 255), np.uint8), np.full((2, 2, 3), (0, 0, 255), np.uint8)
    stack = """
      <text name="passed over"/>
      <layer name="top" src="data/a.png" x="-2" y="3.0" opacity="0.50" composite-op="svg:plus" visibility="hidden"/>
      <stack name="group" x="5" y="5" opacity="nonsense" isolation="auto" composite-op="krita:hard_mix_photoshop">
        <layer name="in" src="data/b.png" edit-locked="true" composite-op="acme:sparkle" selected="true"/>
        <stack><layer src="data/b.png" opacity="7" x="nan" y="inf"/></stack>
      </stack>
      <layer src="data/a.png" composite-op="svg:exclusion"/>"""
    files = {"data/a.png": png(red), "data/b.png": png(blue)}
    path = make(tmp_path / "a.ora", stack, files, 'w="20" h="10" xres="72" yres="96" version="0.0.3"')
    opened = open_file(path)
    document = opened.document
    assert tuple(document.extent) == (20, 10) and document.metadata == Metadata((72.0, 96.0))
    bottom, group, top = document.root.children
    assert isinstance(bottom, PaintLayer) and isinstance(group, Group) and isinstance(top, PaintLayer)
    assert (top.name, top.visible, top.opacity, top.blend_mode) == ("top", False, 0.5, "linear-dodge")
    assert top.pixels == TileMap.from_array(red, -2, 3)
    assert (bottom.name, bottom.blend_mode) == ("Layer", "exclusion")
    assert (group.name, group.opacity, group.isolated, group.blend_mode) == ("group", 1.0, False, "hard-mix")
    nested, inside = group.children
    assert isinstance(nested, Group) and nested.name == "Group" and nested.isolated
    assert (inside.blend_mode, inside.locked) == ("normal", True)
    assert opened.active is inside
    deepest = nested.children[0]
    assert isinstance(deepest, PaintLayer)
    assert deepest.opacity == 1.0 and deepest.pixels.content_bounds() == Bounds(0, 0, 2, 2)


def test_16_bit_grey_and_profile_in_layers(tmp_path: Path) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    out = io.BytesIO()
    Image.new("RGBA", (2, 2), "red").save(out, "PNG", icc_profile=profile)
    grey = png(np.array([[0, 65535]], np.uint16))
    stack = '<layer src="a.png"/><layer src="b.png"/>'
    document = open_document(make(tmp_path / "a.ora", stack, {"a.png": grey, "b.png": out.getvalue()}))
    assert document.metadata.icc_profile == profile


def test_mask_of_another_program(tmp_path: Path) -> None:
    cover = np.zeros((2, 2, 4), np.uint8)
    cover[..., 3] = [[255, 128], [0, 7]]
    stack = """<stack isolation="{}">
        <layer src="m.png" x="1" y="1" composite-op="svg:dst-in" opacity="{}"/><layer src="m.png"/></stack>"""
    for isolation, opacity, expected in (
        ("isolate", "1", cover[..., 3]),
        ("isolate", "0.5", [[128, 64], [0, 4]]),
    ):
        path = make(tmp_path / "a.ora", stack.format(isolation, opacity), {"m.png": png(cover)})
        (group,) = open_document(path).root.children
        assert isinstance(group, Group) and len(group.children) == 1 and group.mask is not None
        assert group.mask.read(Bounds(1, 1, 2, 2)).tolist() == np.asarray(expected).tolist()
    path = make(tmp_path / "a.ora", stack.format("auto", "1"), {"m.png": png(cover)})
    (group,) = open_document(path).root.children
    assert isinstance(group, Group) and len(group.children) == 2 and group.mask is None


# ── edited elsewhere, and broken extensions ──


def one_fill(path: Path) -> Document:
    document = Document(Extent(40, 30))
    pixels, mask = TileMap.from_array(noise(30, 40)), TileMap.from_array(noise(30, 40, 1, 1))
    document.insert(FillLayer("f", pixels=pixels, mask=mask, recipe=recipe(), opacity=0.5), document.root, 0)
    document.selection = mask.snapshot()
    save_document(document, path)
    return document


def edit_entry(files: dict[str, bytes], **changes: Any) -> None:
    extension = json.loads(files["pentimento/document.json"])
    extension["layers"]["data/layer0001.png"] |= changes
    files["pentimento/document.json"] = json.dumps(extension).encode()


def test_edit_in_another_program_wins(tmp_path: Path) -> None:
    document, painted = one_fill(tmp_path / "a.ora"), noise(30, 40, 77)
    rewrite(tmp_path / "a.ora", lambda files: files.update({"data/layer0001.png": png(painted)}))
    opened = open_document(tmp_path / "a.ora")
    (layer,) = opened.root.children
    assert type(layer) is PaintLayer and layer.mask is None and layer.opacity == 0.5
    assert layer.pixels == TileMap.from_array(painted)
    assert layer.id != document.root.children[0].id
    assert opened.selection == document.selection


def test_properties_changed_and_layer_moved_by_another_program(tmp_path: Path) -> None:
    one_fill(tmp_path / "a.ora")

    def edit(files: dict[str, bytes]) -> None:
        text = (
            files["stack.xml"].decode().replace('x="0" y="0"', 'x="100" y="-7"').replace('"f"', '"renamed"')
        )
        files["stack.xml"] = text.encode()

    rewrite(tmp_path / "a.ora", edit)
    (layer,) = open_document(tmp_path / "a.ora").root.children
    assert isinstance(layer, FillLayer) and layer.recipe == recipe() and layer.name == "renamed"
    assert layer.pixels == TileMap.from_array(noise(30, 40), 100, -7)
    assert layer.mask == TileMap.from_array(noise(30, 40, 1, 1), 100, -7)


BREAKAGES: dict[str, Callable[[dict[str, bytes]], Any]] = {
    "recipe is no JSON": lambda files: files.update({"pentimento/layer0001/recipe.json": b"{"}),
    "recipe of a newer version": lambda files: files.update(
        {"pentimento/layer0001/recipe.json": b'{"version": 99}'}
    ),
    "recipe nested too deep": lambda files: files.update(
        {"pentimento/layer0001/recipe.json": b"[" * 200_000}
    ),
    "recipe missing": lambda files: files.pop("pentimento/layer0001/recipe.json"),
    "mask missing": lambda files: files.pop("pentimento/layer0001/mask.png"),
    "mask is no PNG": lambda files: files.update({"pentimento/layer0001/mask.png": b"nonsense" * 9}),
    "mask in colour": lambda files: files.update({"pentimento/layer0001/mask.png": png(noise(3, 3))}),
    "alpha of another size": lambda files: files.update(
        {"pentimento/layer0001/alpha.png": png(noise(3, 3, 0, 1))}
    ),
    "entry without kind": lambda files: edit_entry(files, kind=None, mask=5),
    "mask far away": lambda files: edit_entry(files, mask={"src": "data/layer0001.png", "x": 1e300, "y": 0}),
    "mask outside": lambda files: edit_entry(files, mask={"src": "../../etc/passwd", "x": 0, "y": 0}),
    "extension is no JSON": lambda files: files.update({"pentimento/document.json": b"\xff\xfe"}),
    "extension is a list": lambda files: files.update({"pentimento/document.json": b"[]"}),
    "extension of a newer version": lambda files: files.update(
        {"pentimento/document.json": b'{"version": 2, "layers": {}}'}
    ),
}


@pytest.mark.parametrize("breakage", BREAKAGES.values(), ids=list(BREAKAGES))
def test_broken_extension_opens_as_plain_layer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, breakage: Callable[[dict[str, bytes]], Any]
) -> None:
    one_fill(tmp_path / "a.ora")
    shown = picture(members(tmp_path / "a.ora")["data/layer0001.png"])
    rewrite(tmp_path / "a.ora", breakage)
    (layer,) = open_document(tmp_path / "a.ora").root.children
    assert type(layer) is PaintLayer and layer.mask is None
    assert layer.pixels == TileMap.from_array(shown)
    assert len(caplog.records) == 1 and caplog.records[0].levelname == "WARNING"
    caplog.clear()


def test_broken_selection_and_metadata(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    save_document(rich_document(), tmp_path / "a.ora")
    rewrite(
        tmp_path / "a.ora",
        lambda files: (files.pop("pentimento/selection.png"), files.pop("pentimento/xmp.xml")),
    )
    document = open_document(tmp_path / "a.ora")
    assert len(document.selection) == 0 and len(document.root.children) == 8
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    caplog.clear()


def test_resolution_changed_elsewhere_wins(tmp_path: Path) -> None:
    save_document(rich_document(), tmp_path / "a.ora")
    rewrite(
        tmp_path / "a.ora",
        lambda files: files.update({"stack.xml": files["stack.xml"].replace(b'xres="300"', b'xres="600"')}),
    )
    assert open_document(tmp_path / "a.ora").metadata.resolution == (600, 150)


def test_hash_is_of_the_plain_picture(tmp_path: Path) -> None:
    one_fill(tmp_path / "a.ora")
    files = members(tmp_path / "a.ora")
    entry = json.loads(files["pentimento/document.json"])["layers"]["data/layer0001.png"]
    assert entry["sha256"] == hashlib.sha256(files["data/layer0001.png"]).hexdigest()


def test_what_is_not_understood_is_named(tmp_path: Path) -> None:
    stack = """<text name="A word" x="0" y="0">Hello</text>
        <layer src="data/a.png" composite-op="krita:greater"/>
        <layer src="data/a.png" composite-op="svg:multiply"/>"""
    opened = open_file(make(tmp_path / "a.ora", stack, {"data/a.png": png(noise(4, 4))}))
    assert [layer.blend_mode for layer in opened.document.root.children] == ["multiply", "normal"]
    assert len(opened.losses) == 2
    assert "text" in opened.losses[0] and "krita:greater" in opened.losses[1]


def test_our_own_files_lose_nothing(tmp_path: Path) -> None:
    save_document(rich_document(), tmp_path / "a.ora")
    assert open_file(tmp_path / "a.ora").losses == ()


def test_what_is_atop_of_several_layers_is_clipped_to_all_of_them(tmp_path: Path) -> None:
    stack = """<layer src="b.png" x="2" composite-op="svg:src-atop"/><layer src="a.png" x="4" name="2"/>
        <layer src="a.png" name="1"/>"""
    pixels = np.full((4, 4, 4), 255, np.uint8)
    files = {"a.png": png(pixels), "b.png": png(pixels // 3)}
    document = open_document(make(tmp_path / "a.ora", stack, files, 'w="12" h="4"'))
    group, top = document.root.children
    assert isinstance(group, Group) and [each.name for each in group.children] == ["1", "2"]
    assert all(each.parent is group for each in group.children) and top.clipped
    shown = composite(document.root, document.canvas)
    assert (shown[..., 3] > 0).all(axis=0).tolist() == [True] * 8 + [False] * 4
    assert (shown[..., 0] < 255).any(axis=0).tolist() == [False] * 2 + [True] * 4 + [False] * 2 + [True] * 4


def clipped_document(mode: str) -> Document:
    """Over a ground that covers all, three layers of which the upper two are clipped."""
    document = Document(Extent(40, 30))
    half = np.full((30, 20, 4), 255, np.uint8)
    half[..., :3] = noise(30, 20)[..., :3]
    ground = np.full((30, 40, 4), 255, np.uint8)
    above = [noise(30, 40, 3), noise(30, 40, 4)]
    layers = [
        PaintLayer("Ground", pixels=TileMap.from_array(ground)),
        PaintLayer("Base", opacity=0.7, blend_mode="multiply", pixels=TileMap.from_array(half, 5, 5)),
        PaintLayer("Middle", clipped=True, blend_mode=mode, pixels=TileMap.from_array(above[0])),
        PaintLayer("Top", clipped=True, visible=False, pixels=TileMap.from_array(above[1])),
    ]
    for index, layer in enumerate(layers):
        document.insert(layer, document.root, index)
    return document


@pytest.mark.parametrize("mode", ["normal", "screen"])
def test_clipped_layers_look_the_same_to_others(tmp_path: Path, mode: str) -> None:
    document = clipped_document(mode)
    save_document(document, tmp_path / "a.ora")
    opened = open_document(tmp_path / "a.ora")
    assert [layer.id for layer in opened.root.children] == [layer.id for layer in document.root.children]
    assert [layer.opacity for layer in opened.root.children] == [1.0, 0.7, 1.0, 1.0]

    def forget(files: dict[str, bytes]) -> None:
        """As a program that knows nothing of us."""
        del files["pentimento/document.json"]
        files["stack.xml"] = re.sub(rb' pentimento:[a-z]+="[^"]*"', b"", files["stack.xml"])

    rewrite(tmp_path / "a.ora", forget)
    elsewhere = open_document(tmp_path / "a.ora")
    _ground, group = elsewhere.root.children
    assert isinstance(group, Group) and group.isolated
    assert (group.opacity, group.blend_mode) == (0.7, "multiply")
    assert (group.mask is None) == (mode == "normal")
    one, other = (composite(each.root, each.canvas).astype(int) for each in (document, elsewhere))
    assert np.abs(one - other).max() <= 1


def test_clipping_is_what_others_call_atop(tmp_path: Path) -> None:
    stack = '<layer src="a.png" composite-op="svg:src-atop"/><layer src="a.png"/>'
    opened = open_file(make(tmp_path / "a.ora", stack, {"a.png": png(noise(4, 4))}))
    assert [layer.clipped for layer in opened.document.root.children] == [False, True]
    assert opened.losses == ()
    save_document(opened.document, tmp_path / "b.ora")
    assert b'composite-op="svg:src-atop"' in members(tmp_path / "b.ora")["stack.xml"]
    assert open_document(tmp_path / "b.ora").root.children[1].clipped
