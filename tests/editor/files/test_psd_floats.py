"""PSD files of 32 bits per channel, which are floats proportional to light: opened with 16, and that is told."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from psd_tools.compression import encode_prediction, encode_rle
from psd_tools.constants import Compression, Tag
from psd_tools.psd import PSD
from psd_tools.psd.image_resources import ImageResource
from psd_tools.psd.layer_and_mask import ChannelData
from psd_tools.psd.tagged_blocks import TaggedBlock

from editor.document.document import Document
from editor.document.geometry import Bounds, Extent
from editor.document.layers import Group, PaintLayer
from editor.document.tiles import Pixels, TileMap
from editor.files import psd
from editor.files.formats import flattened, open_file, save_document
from editor.files.opened import Opened
from tests.editor.render.test_colour import P3

WIDTH, HEIGHT = 20, 12
RLE, RAW, ZIP, PREDICTION = (
    Compression.RLE,
    Compression.RAW,
    Compression.ZIP,
    Compression.ZIP_WITH_PREDICTION,
)
_SPECIAL = {1: np.nan, 2: np.inf, 3: -np.inf, 4: -0.5, 5: 7.5}
"""By the 16-bit value that they take the place of."""


def deep() -> Document:
    """A layer with a mask in a group, of 16 bits, with some values that stand for special ones."""
    values = np.random.default_rng(3).integers(6, 65536, (HEIGHT, WIDTH, 4)).astype(np.uint16)
    values[0, :6, :3] = np.arange(6)[:, None]
    values[..., 3] |= 0x8000
    mask = TileMap.from_array(values[2:8, 3:9, 1].copy(), 3, 2)
    document = Document(Extent(WIDTH, HEIGHT), depth=16)
    layer = PaintLayer("Layer", pixels=TileMap.from_array(values), mask=mask, opacity=0.8)
    document.insert(Group("Group", children=[layer]), document.root, 0)
    return document


def floats(plane: Pixels) -> npt.NDArray[np.float32]:
    found = (plane / 65535).astype(np.float32)
    for value, special in _SPECIAL.items():
        found[plane == value] = special
    return found


def packed(plane: Pixels, compression: Compression) -> ChannelData:
    height, width = plane.shape
    data = floats(plane).astype(">f4").tobytes()
    if compression == RLE:
        data = encode_rle(data, width, height, 32, 1)
    elif compression != RAW:
        data = zlib.compress(
            encode_prediction(data, width, height, 32) if compression == PREDICTION else data
        )
    return ChannelData(compression, data)


def opened(path: Path, compression: Compression, profile: bytes | None = None, layers: bool = True) -> Opened:
    """The document of 16 bits as a program with floats would have written it."""
    save_document(deep(), path)
    with open(path, "rb") as stream:
        file = PSD.read(stream)
    header, blocks = file.header, file.layer_and_mask_information.tagged_blocks
    block = blocks.pop(Tag.LAYER_16).data
    for record, channels in zip(block.layer_records, block.channel_image_data, strict=True):
        for info, channel in zip(record.channel_info, channels, strict=True):
            box = record.mask_data if info.id == psd.MASK else record
            if channel.data:
                plane = psd.unpacked(channel, box.right - box.left, box.bottom - box.top, 16, 1)
                changed = packed(plane, compression)
                channel.compression, channel.data = changed.compression, changed.data
    if layers:
        body = block.tobytes(version=1, padding=4)
        blocks[Tag.LAYER_32] = TaggedBlock(key=Tag.LAYER_32, data=body)
    data = ChannelData(file.image_data.compression, file.image_data.data)
    whole = packed(psd.unpacked(data, WIDTH, HEIGHT * header.channels, 16, 1), RLE)
    file.image_data.compression, file.image_data.data = whole.compression, whole.data
    header.depth = 32
    file.image_resources.pop(psd.PROFILE)
    if profile is not None:
        file.image_resources[psd.PROFILE] = ImageResource(key=psd.PROFILE, data=profile)
    out = io.BytesIO()
    file.write(out)
    path.write_bytes(out.getvalue())
    return open_file(path)


@pytest.mark.parametrize("compression", [RLE, RAW, ZIP, PREDICTION])
def test_layers_are_opened_with_16_bits_and_told_of(tmp_path: Path, compression: Compression) -> None:
    found = opened(tmp_path / "a.psd", compression, P3)
    assert len(found.losses) == 1 and "32 bits per channel" in found.losses[0]
    document = found.document
    assert document.depth == 16 and document.metadata.icc_profile == P3
    (group,) = document.root.children
    assert isinstance(group, Group)
    (layer,) = group.children
    (expected,) = deep().root.children[0].children  # type: ignore[attr-defined]
    assert isinstance(layer, PaintLayer) and layer.mask == expected.mask
    pixels = layer.pixels.read(document.canvas)
    assert pixels[0, 1:6, 0].tolist() == [
        0,
        65535,
        0,
        0,
        65535,
    ]  # no number, without end, below black, beyond white
    assert np.array_equal(pixels[1:], expected.pixels.read(document.canvas)[1:])


def test_light_without_a_profile_becomes_srgb(tmp_path: Path) -> None:
    (group,) = opened(tmp_path / "a.psd", RLE).document.root.children
    assert isinstance(group, Group) and isinstance(group.children[0], PaintLayer)
    pixels = group.children[0].pixels.read(Bounds(0, 1, WIDTH, HEIGHT - 1)).astype(float)
    given = deep().root.children[0].children[0].pixels.read(Bounds(0, 1, WIDTH, HEIGHT - 1))  # type: ignore[attr-defined]
    light = given[..., :3] / 65535
    srgb = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055) * 65535
    assert np.abs(pixels[..., :3] - srgb).max() <= 1
    assert np.array_equal(pixels[..., 3], given[..., 3])  # how much covers is no light


def test_the_merged_picture_where_there_are_no_layers(tmp_path: Path) -> None:
    save_document(deep(), tmp_path / "b.psd")
    found = opened(tmp_path / "a.psd", RLE, P3, layers=False)
    (layer,) = found.document.root.children
    assert isinstance(layer, PaintLayer) and found.document.depth == 16
    assert flattened(found.document).shape == (HEIGHT, WIDTH, 4)
    assert int(np.ptp(flattened(found.document)[..., :3])) > 1000
