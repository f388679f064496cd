"""What the record of a layer in a PSD says: its name, its part in a group, its mask, the colour it is filled with."""

from __future__ import annotations

from typing import Any

from psd_tools.constants import BlendMode, SectionDivider, Tag
from psd_tools.psd.layer_and_mask import ChannelData, LayerRecord, MaskData

from editor.document.geometry import Bounds
from editor.files import psd


def divider(record: LayerRecord) -> SectionDivider | None:
    for tag in (Tag.SECTION_DIVIDER_SETTING, Tag.NESTED_SECTION_DIVIDER_SETTING):
        setting = record.tagged_blocks.get_data(tag)
        if setting is not None:
            return SectionDivider(setting.kind)
    return None


def group_mode(record: LayerRecord) -> BlendMode:
    """What the divider says of it counts; older files say nothing there."""
    for tag in (Tag.SECTION_DIVIDER_SETTING, Tag.NESTED_SECTION_DIVIDER_SETTING):
        setting = record.tagged_blocks.get_data(tag)
        if setting is not None and setting.blend_mode is not None:
            return BlendMode(setting.blend_mode)
    return record.blend_mode


def layer_name(record: LayerRecord) -> str:
    return str(record.tagged_blocks.get_data(Tag.UNICODE_LAYER_NAME, record.name)).rstrip("\0")


def mask_parts(values: MaskData, data: dict[int, ChannelData]) -> tuple[ChannelData, Bounds, bool]:
    """The channel, where it lies, and whether it is white beyond. Of a painted mask and a vector shape together, the
    file holds both as one."""
    if psd.REAL_MASK in data and values.real_flags is not None:
        place = Bounds(values.real_left or 0, values.real_top or 0, values.real_width, values.real_height)
        return data[psd.REAL_MASK], place, bool(values.real_background_color)
    place = Bounds(values.left, values.top, values.width, values.height)
    return data[psd.MASK], place, bool(values.background_color)


def solid(record: LayerRecord) -> tuple[float, float, float] | None:
    """The colour of a layer that is filled with one, each channel 0–1; None for another layer or another space."""
    setting: Any = record.tagged_blocks.get_data(Tag.SOLID_COLOR_SHEET_SETTING)
    try:
        color = setting[b"Clr "]
        red, green, blue = (float(color[key]) / 255 for key in (b"Rd  ", b"Grn ", b"Bl  "))
    except (TypeError, KeyError, ValueError):
        return None
    if not all(0 <= v <= 1 for v in (red, green, blue)):
        return None
    return red, green, blue
