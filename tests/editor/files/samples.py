"""Documents and OpenRaster files that the tests of this folder share."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from editor.document.candidates import Candidate
from editor.document.document import Document, Metadata
from editor.document.geometry import TILE, Bounds, Extent
from editor.document.guides import Guides
from editor.document.layers import FillLayer, Group, Layer, PaintLayer
from editor.document.recipe import FillRecipe
from editor.document.tiles import Array8, TileMap, TilePatch, frozen


def noise(height: int, width: int, seed: int = 0, channels: int = 4) -> Array8:
    shape = (height, width, channels) if channels > 1 else (height, width)
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def recipe(**changes: Any) -> FillRecipe:
    values: dict[str, Any] = {
        "engine": "content-aware",
        "seed": 2**63,
        "context": Bounds(-3, 4, 50, 60),
        "working_size": (512, 384),
        "grow": 3,
        "feather": 8,
        "prompt": "a “hat” \n<&> ünïcode",
        "guidance": 4.5,
        "facts": {"seconds": 1.25, "list": [1, None]},
        "selection": TileMap.from_array(noise(20, 30, 9, 1), 5, 6),
    }
    return FillRecipe(**(values | changes))


def rich_document() -> Document:
    """Everything that a document can hold, in one."""
    document = Document(Extent(300, 200), Metadata((300.0, 149.99), b"icc" * 99, b"Exif\0\0exif", b"<xmp/>"))
    mask = TileMap.from_array(noise(100, 90, 2, 1), 40, -20)
    hidden = noise(200, 300)
    hidden[:90, :, 3] = 0
    inner = Group("inner", blend_mode="screen", isolated=False, children=[PaintLayer("empty")])
    deep = PaintLayer("deep", pixels=TileMap.from_array(noise(9, 9), 280, 190))
    group_mask = TileMap.from_array(noise(200, 300, 4, 1))
    masked = Group("masked group", opacity=0.3, isolated=False, mask=group_mask, children=[inner, deep])
    plain = PaintLayer("outside", pixels=TileMap.from_array(noise(50, 700, 1), -333, -21), blend_mode="hue")
    layers: list[Layer] = [
        PaintLayer("Background", pixels=TileMap.from_array(hidden), locked=True),
        plain,
        PaintLayer('a "mask" <&>\n', opacity=1 / 3, mask=mask, pixels=TileMap.from_array(hidden, 3, 4)),
        masked,
        Group("empty group", visible=False, locked=True, mask=TileMap(1)),
        FillLayer(
            "Fill: a hat", mask=mask.snapshot(), pixels=TileMap.from_array(hidden, -7), recipe=recipe()
        ),
        chosen(),
        FillLayer("no recipe", visible=False, mask=TileMap(1), pixels=TileMap.from_array(hidden)),
    ]
    for index, layer in enumerate(layers):
        document.insert(layer, document.root, index)
    document.selection = TileMap.from_array(noise(120, 400, 5, 1), 100, 100)
    document.guides = Guides((-20, 0, 199), (150,))
    return document


def deep_document() -> Document:
    """The same with 16 bits per channel, all of which count."""
    document = rich_document()
    document.exchange_planes(document.planes(16))
    low = np.random.default_rng(1).integers(0, 128, (TILE, TILE, 1), np.uint16)
    planes = {id(plane): plane for layer in document.layers() for plane in layer.planes()}
    for plane in (*planes.values(), document.selection):
        bits = low if plane.channels == 4 else low[..., 0]
        patch: TilePatch = {}
        for key in plane:
            tile = plane.tile(key)
            assert tile is not None
            patch[key] = frozen(np.where(tile > 0, tile ^ bits, tile))
        plane.exchange(patch)
    return document


def chosen() -> FillLayer:
    """A fill layer with three candidates: the second is taken, the third is the same but for one corner."""
    first, second = (TileMap.from_array(noise(310, 280, seed), -20, 30) for seed in (6, 7))
    third = second.snapshot()
    third.exchange(third.patch(Bounds(255, 300, 3, 2), noise(2, 3, 8)))
    candidates = tuple(
        Candidate(number, seed, pixels, {"seconds": number / 2, "mark": "ü"})
        for number, seed, pixels in ((1, 2**63, first), (2, 0, second), (4, 5, third))
    )
    mask = TileMap.from_array(noise(200, 250, 9, 1))
    pixels = second.snapshot()
    return FillLayer("chosen", mask=mask, pixels=pixels, recipe=recipe(), candidates=candidates, taken=2)


def as_plain(layer: Layer) -> dict[str, Any]:
    values = {name: value for name, value in vars(layer).items() if name not in ("parent", "children")}
    if isinstance(layer, Group):
        values["children"] = [as_plain(child) for child in layer.children]
    return {"type": type(layer), **values}


def assert_same(a: Document, b: Document) -> None:
    assert a.extent == b.extent
    assert a.metadata == b.metadata
    assert a.selection == b.selection
    assert a.guides == b.guides
    assert [as_plain(layer) for layer in a.root.children] == [as_plain(layer) for layer in b.root.children]
    for layer in b.layers():
        assert layer.parent is not None and any(layer is child for child in layer.parent.children)


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def rewrite(path: Path, change: Callable[[dict[str, bytes]], Any]) -> None:
    """What another program, or an accident, does to a file."""
    files = members(path)
    change(files)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)


def png(array: Array8) -> bytes:
    out = io.BytesIO()
    Image.fromarray(array).save(out, "PNG")
    return out.getvalue()


def picture(data: bytes) -> Array8:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGBA"))


def make(path: Path, stack: str, files: dict[str, bytes] | None = None, image: str = 'w="20" h="10"') -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("stack.xml", f"<?xml version='1.0'?><image {image}><stack>{stack}</stack></image>")
        for name, data in (files or {}).items():
            archive.writestr(name, data)
    return path
