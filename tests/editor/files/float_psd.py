"""PSD files of 32 bits per channel, as a program with floats would write them."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
from psd_tools.compression import encode_prediction, encode_rle
from psd_tools.constants import Compression, Tag
from psd_tools.psd import PSD
from psd_tools.psd.image_resources import ImageResource
from psd_tools.psd.layer_and_mask import ChannelData
from psd_tools.psd.tagged_blocks import TaggedBlock

from editor.document.document import Document
from editor.document.geometry import Extent
from editor.document.layers import Group, PaintLayer
from editor.document.tiles import Pixels, TileMap
from editor.files import psd
from editor.files.formats import save_document

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


def write_floats(
    path: Path, compression: Compression, profile: bytes | None = None, layers: bool = True
) -> None:
    """The document of 16 bits, with floats."""
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
