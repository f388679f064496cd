"""Photoshop's names: blend modes, resources, and the channels of a layer, unpacked and packed.

The format: https://www.adobe.com/devnet-apps/photoshop/fileformatashtml/. Its structure is taken apart and put together
by psd-tools; pixels are unpacked here, where no size is believed before it has been checked.
"""

from __future__ import annotations

import logging
import zlib
from typing import Any

import numpy as np
from psd_tools.compression import decode_prediction, decode_rle, encode_rle
from psd_tools.constants import BlendMode, Compression, Resource, SectionDivider, Tag
from psd_tools.psd.layer_and_mask import ChannelData

from editor.document.tiles import Pixels

# What psd-tools logs about damaged files comes on top of an exception, or is named as a loss.
logging.getLogger("psd_tools").setLevel(logging.CRITICAL)

ALPHA, MASK, REAL_MASK = -1, -2, -3
"""Ids of channels; the colours count from 0."""

MAX_SIDE = 30_000
"""Of a PSD file, in pixels; PSB takes ten times as much."""
MAX_BYTES = (1 << 31) - 1
"""Of a PSD file."""

LOCKED = 0x8000_0000
"""Of ``Tag.PROTECTED_SETTING``: everything is; the bit below says that only the pixels are."""
PIXELS_LOCKED = 0x0000_0002

GROUP_END = "</Layer group>"
"""The name of the record beneath a group's layers."""

MODES: dict[str, BlendMode] = {
    "normal": BlendMode.NORMAL,
    "dissolve": BlendMode.DISSOLVE,
    "darken": BlendMode.DARKEN,
    "multiply": BlendMode.MULTIPLY,
    "color-burn": BlendMode.COLOR_BURN,
    "linear-burn": BlendMode.LINEAR_BURN,
    "darker-color": BlendMode.DARKER_COLOR,
    "lighten": BlendMode.LIGHTEN,
    "screen": BlendMode.SCREEN,
    "color-dodge": BlendMode.COLOR_DODGE,
    "linear-dodge": BlendMode.LINEAR_DODGE,
    "lighter-color": BlendMode.LIGHTER_COLOR,
    "overlay": BlendMode.OVERLAY,
    "soft-light": BlendMode.SOFT_LIGHT,
    "hard-light": BlendMode.HARD_LIGHT,
    "vivid-light": BlendMode.VIVID_LIGHT,
    "linear-light": BlendMode.LINEAR_LIGHT,
    "pin-light": BlendMode.PIN_LIGHT,
    "hard-mix": BlendMode.HARD_MIX,
    "difference": BlendMode.DIFFERENCE,
    "exclusion": BlendMode.EXCLUSION,
    "subtract": BlendMode.SUBTRACT,
    "divide": BlendMode.DIVIDE,
    "hue": BlendMode.HUE,
    "saturation": BlendMode.SATURATION,
    "color": BlendMode.COLOR,
    "luminosity": BlendMode.LUMINOSITY,
}
"""From our blend modes to Photoshop's."""

MODE_IDS = {mode: mode_id for mode_id, mode in MODES.items()}

FOLDERS = (SectionDivider.OPEN_FOLDER, SectionDivider.CLOSED_FOLDER)

RESOLUTION, PROFILE, EXIF, XMP, ACTIVE, GUIDES = (
    Resource.RESOLUTION_INFO,
    Resource.ICC_PROFILE,
    Resource.EXIF_DATA_1,
    Resource.XMP_METADATA,
    Resource.LAYER_STATE_INFO,
    Resource.GRID_AND_GUIDES_INFO,
)

_SAMPLED, _WORTH = 64, 0.9
"""So many rows of a picture are packed to see what that saves; where more than this part is left, none is packed."""

KINDS: dict[str, tuple[Tag, ...]] = {
    "text": (Tag.TYPE_TOOL_OBJECT_SETTING, Tag.TYPE_TOOL_INFO),
    "smart object": (
        Tag.SMART_OBJECT_LAYER_DATA1,
        Tag.SMART_OBJECT_LAYER_DATA2,
        Tag.PLACED_LAYER1,
        Tag.PLACED_LAYER2,
    ),
    "vector shape": (Tag.VECTOR_MASK_SETTING1, Tag.VECTOR_MASK_SETTING2),
    "effects": (
        Tag.EFFECTS_LAYER,
        Tag.OBJECT_BASED_EFFECTS_LAYER_INFO,
        Tag.OBJECT_BASED_EFFECTS_LAYER_INFO_V0,
        Tag.OBJECT_BASED_EFFECTS_LAYER_INFO_V1,
    ),
    "gradient": (Tag.GRADIENT_FILL_SETTING,),
    "pattern": (Tag.PATTERN_FILL_SETTING,),
    "adjustment": (
        Tag.BLACK_AND_WHITE,
        Tag.BRIGHTNESS_AND_CONTRAST,
        Tag.CHANNEL_MIXER,
        Tag.COLOR_BALANCE,
        Tag.COLOR_LOOKUP,
        Tag.CONTENT_GENERATOR_EXTRA_DATA,
        Tag.CURVES,
        Tag.EXPOSURE,
        Tag.GRADIENT_MAP,
        Tag.HUE_SATURATION,
        Tag.HUE_SATURATION_V4,
        Tag.INVERT,
        Tag.LEVELS,
        Tag.PHOTO_FILTER,
        Tag.POSTERIZE,
        Tag.SELECTIVE_COLOR,
        Tag.THRESHOLD,
        Tag.VIBRANCE,
    ),
}
"""What a layer may be besides its pixels, and how that is told to the user."""


def unpacked(channel: ChannelData, width: int, height: int, depth: int, version: int) -> Pixels:
    """The channel as (height, width) uint8 or uint16; of 32 bits, which are floats (black is 0, white 1), uint16.
    Raises ValueError where it is not whole."""
    if not width or not height:
        return np.zeros((height, width), np.uint8 if depth == 8 else np.uint16)
    length = width * height * depth // 8
    match channel.compression:
        case Compression.RAW:
            data = channel.data[:length]
        case Compression.RLE:
            data = decode_rle(channel.data, width, height, depth, version)
        case _:
            try:
                data = zlib.decompressobj().decompress(channel.data, length)
            except zlib.error as error:
                raise ValueError(f"a channel cannot be unpacked: {error}") from error
    if len(data) != length:
        raise ValueError(f"a channel has {len(data)} bytes, not {length}")
    if channel.compression == Compression.ZIP_WITH_PREDICTION:
        data = decode_prediction(data, width, height, depth)
    dtype = {8: "u1", 16: ">u2", 32: ">f4"}[depth]
    plane = np.frombuffer(data, dtype).reshape(height, width)
    if depth == 32:
        plane = np.rint(np.nan_to_num(plane.astype(np.float32), posinf=1.0).clip(0, 1) * 65535)
    return plane if depth == 8 else plane.astype(np.uint16)


def packed(plane: Pixels, version: int) -> ChannelData:
    """Of (h, w) uint8 or uint16, as runs or, where there are hardly any, as it is: every program reads both. (Photoshop
    itself writes 16 bits smaller, by zlib, which Krita 5.1 cannot read.)"""
    return packed_merged(plane[..., None], version)


def packed_merged(picture: Pixels, version: int) -> ChannelData:
    """(h, w, c): all channels, one after another."""
    height, width, channels = picture.shape
    planes = np.ascontiguousarray(picture.transpose(2, 0, 1)).astype(picture.dtype.newbyteorder(">"))
    rows = planes.reshape(height * channels, width)
    some = rows[:: max(1, len(rows) // _SAMPLED)]
    if not picture.size or len(_runs(some, version)) > _WORTH * some.nbytes:
        return ChannelData(Compression.RAW, planes.tobytes())
    return ChannelData(Compression.RLE, _runs(rows, version))


def kinds_of(blocks: Any) -> list[str]:
    """Those of ``KINDS`` that a layer's tagged blocks speak of."""
    return [kind for kind, tags in KINDS.items() if any(tag in blocks for tag in tags)]


def _runs(rows: Pixels, version: int) -> bytes:
    """Of (h, w), big-endian."""
    height, width = rows.shape
    return bytes(encode_rle(rows.tobytes(), width, height, rows.dtype.itemsize * 8, version))
