"""Reading Photoshop's PSD and PSB: layers in RGB and grey; what has other colours is opened flattened."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from psd_tools.constants import BlendMode, Clipping, SectionDivider, Tag
from psd_tools.psd import PSD
from psd_tools.psd.header import FileHeader
from psd_tools.psd.layer_and_mask import ChannelData, LayerInfo, LayerRecord
from psd_tools.psd.parse_limits import ParseLimits

from editor.document.document import Document, Metadata
from editor.document.geometry import Bounds, Extent
from editor.document.layers import Group, Layer, PaintLayer
from editor.document.tiles import DTYPES, Depth, Pixels, TileMap
from editor.files import psd
from editor.files.errors import FileError, shown
from editor.files.exif import exif_for_edited, parsed, with_head
from editor.files.limits import MAX_DECODED, MAX_DEPTH, MAX_LAYERS, MAX_PICTURE_SIDE, check_size
from editor.files.opened import Opened
from editor.files.pixels import grey_table, linear_table
from editor.files.psd_guides import guides_of
from editor.files.psd_merged import COLOURS, LAYERED, merged, rgb_profile
from editor.files.psd_records import divider, group_mode, layer_name, mask_parts, solid
from editor.files.raster import LAYER_NAME

_HEADER = 26
_FLOATS = 32
"""Bits per channel of numbers that are proportional to light."""
_LIMITS = ParseLimits(max_objects=4_000_000)
_FIXED = 1 << 16
_MAX_OFFSET = 1 << 30
_BAD_PSD = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    AssertionError,
    struct.error,
)
"""What psd-tools is known to raise on damaged files."""


def read(stream: BinaryIO, path: Path) -> Opened:
    """The document in a PSD or PSB file. ``path`` is only named in errors. Raises FileError."""
    name = shown(path)
    try:
        header = FileHeader.read(io.BytesIO(stream.read(_HEADER)))
        check_size(header.width, header.height, name)
        stream.seek(0)
        file = PSD.read(io.BytesIO(stream.read()), parse_limits=_LIMITS)
        return _Reader(file, name).read()
    except MemoryError as error:
        raise FileError(f"{name} needs more memory than there is: close other programs first.") from error
    except _BAD_PSD as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise FileError(f"{name} is damaged or incomplete: copy or download it again.") from error


class _Reader:
    def __init__(self, file: PSD, name: str) -> None:
        self._file, self._name = file, name
        header = file.header
        self._canvas = Bounds(0, 0, header.width, header.height)
        self._depth: Depth = 16 if header.depth > 8 else 8
        self._losses: dict[str, None] = {}
        self._budget = MAX_DECODED
        self._active: Layer | None = None
        self._profile: bytes | None = file.image_resources.get_data(psd.PROFILE)
        self._tones = _tones(self._profile, header.depth) if header.color_mode in LAYERED else None
        if header.depth == _FLOATS:
            self._losses["what 32 bits per channel hold beyond 16, and what is brighter than white"] = None

    def read(self) -> Opened:
        header, information = self._file.header, _layer_info(self._file)
        count = abs(information.layer_count) if information is not None else 0
        if count > MAX_LAYERS:
            raise FileError(f"{self._name} has more than {MAX_LAYERS} layers: merge some first.")
        self._note_channels(information.layer_count if information is not None else 0)
        if information is not None and count and header.color_mode in LAYERED and header.depth >= 8:
            layers, profile = self._tree(information), rgb_profile(self._file)
        else:
            if count:
                self._losses["its layers"] = None
            if header.color_mode not in LAYERED:
                self._losses[f"its {header.color_mode.name} colours"] = None
            self._check(self._canvas, header.channels)
            pixels, profile = merged(self._file, self._name, self._tones)
            layers = [PaintLayer(LAYER_NAME, pixels=TileMap.from_array(pixels))]
        depth = max((plane.depth for each in layers for plane in each.planes()), default=self._depth)
        document = Document(Extent(header.width, header.height), self._metadata(profile), depth)
        document.guides = guides_of(self._file.image_resources.get_data(psd.GUIDES))
        for index, each in enumerate(layers):
            document.insert(each, document.root, index)
        return Opened(document, self._active, tuple(self._losses))

    def _tree(self, information: LayerInfo) -> list[Layer]:
        """Records lie bottom first: the end of a group, its layers, then the group itself."""
        active = self._file.image_resources.get_data(psd.ACTIVE)
        levels: list[list[Layer]] = [[]]
        pairs = zip(information.layer_records, information.channel_image_data, strict=True)
        for index, (record, channels) in enumerate(pairs):
            data = {int(info.id): each for info, each in zip(record.channel_info, channels, strict=True)}
            part = divider(record)
            layer: Layer | None
            if part == SectionDivider.BOUNDING_SECTION_DIVIDER:
                levels.append([])
                if len(levels) > MAX_DEPTH:
                    raise FileError(
                        f"{self._name} has groups within groups more than {MAX_DEPTH} deep: merge some first."
                    )
                continue
            if part in psd.FOLDERS:
                layer = Group("", children=levels.pop() if len(levels) > 1 else [])
            else:
                layer = self._layer(record, data)
            if layer is not None:
                self._common(layer, record, data)
                levels[-1].append(layer)
                if index == active:
                    self._active = layer
        while len(levels) > 1:  # a group whose own record is missing
            children = levels.pop()
            levels[-1].append(Group("Group", children=children))
        return levels[0]

    def _layer(self, record: LayerRecord, data: dict[int, ChannelData]) -> PaintLayer | None:
        """None for what has no pixels of its own."""
        name = layer_name(record)
        for kind in psd.kinds_of(record.tagged_blocks):
            self._losses[f"the {kind} of the layer “{name}”"] = None
            if kind == "adjustment":
                return None
        color = solid(record)
        if color is not None:
            self._losses[f"the solid colour of the layer “{name}”"] = None
            return PaintLayer(name, pixels=self._filled(self._canvas, color))
        bounds = Bounds(record.left, record.top, record.width, record.height)
        if not bounds:
            return PaintLayer(name, pixels=TileMap(4, depth=self._depth))
        self._check(bounds, 4)
        rgba = np.empty((bounds.height, bounds.width, 4), DTYPES[self._depth])
        colours = LAYERED[self._file.header.color_mode]
        for i in range(3):
            rgba[..., i] = self._plane(data[min(i, colours - 1)], bounds)
        if self._tones is not None:
            rgba[..., :3] = self._tones[rgba[..., :3]]
        rgba[..., 3] = self._plane(data[psd.ALPHA], bounds) if psd.ALPHA in data else np.iinfo(rgba.dtype).max
        return PaintLayer(name, pixels=TileMap.from_array(rgba, bounds.x, bounds.y))

    def _common(self, layer: Layer, record: LayerRecord, data: dict[int, ChannelData]) -> None:
        blocks = record.tagged_blocks
        layer.name = layer_name(record)
        layer.visible = bool(record.flags.visible)
        layer.opacity = record.opacity / 255 * int(blocks.get_data(Tag.BLEND_FILL_OPACITY, 255)) / 255
        layer.clipped = record.clipping == Clipping.NON_BASE
        layer.locked = bool(int(blocks.get_data(Tag.PROTECTED_SETTING, 0)) & (psd.LOCKED | psd.PIXELS_LOCKED))
        mode = record.blend_mode
        if isinstance(layer, Group):
            mode = group_mode(record)
            layer.isolated = mode != BlendMode.PASS_THROUGH
        layer.blend_mode = psd.MODE_IDS.get(mode, "normal")
        if not int(blocks.get_data(Tag.BLEND_CLIPPING_ELEMENTS, 1)):
            self._losses[f"the way clipped layers are blended with “{layer.name}”"] = None
        layer.mask = self._mask(layer, record, data)

    def _mask(self, layer: Layer, record: LayerRecord, data: dict[int, ChannelData]) -> TileMap | None:
        """Beyond its rectangle a mask is all black or all white; white then reaches over canvas and layer."""
        values = record.mask_data
        if values is None or not {psd.MASK, psd.REAL_MASK} & data.keys():
            return None
        if values.flags.mask_disabled:
            self._losses[f"the mask of “{layer.name}”, which is switched off"] = None
            return None
        channel, bounds, outside = mask_parts(values, data)
        full = np.iinfo(DTYPES[self._depth]).max
        density = 255
        if values.parameters is not None:
            if values.parameters.user_mask_feather:
                self._losses[f"the feathering of the mask of “{layer.name}”"] = None
            if values.parameters.user_mask_density is not None:
                density = values.parameters.user_mask_density
        area = bounds
        if outside or density < 255:
            area = bounds.united(self._canvas).united(layer.bounds())
        self._check(area, 1)
        out = np.full((area.height, area.width), full if outside else 0, DTYPES[self._depth])
        if bounds:
            out[bounds.slices(area)] = self._plane(channel, bounds)
        if density < 255:
            out = full - ((full - out).astype(np.uint32) * density // 255).astype(out.dtype)
        return TileMap.from_array(out, area.x, area.y)

    def _plane(self, channel: ChannelData, bounds: Bounds) -> Pixels:
        header = self._file.header
        return psd.unpacked(channel, bounds.width, bounds.height, header.depth, header.version)

    def _check(self, bounds: Bounds, channels: int) -> None:
        """Before anything of this size is made."""
        if max(abs(bounds.x), abs(bounds.y)) > _MAX_OFFSET:
            raise FileError(f"{self._name} has a layer that lies too far from the canvas: get it again.")
        if bounds:
            check_size(bounds.width, bounds.height, f"A layer in {self._name}", MAX_PICTURE_SIDE)
        self._budget -= bounds.width * bounds.height * channels * self._file.header.depth // 8
        if self._budget < 0:
            raise FileError(
                f"{self._name} is refused because its layers would unpack to more than {MAX_DECODED >> 30} GB: "
                "make it smaller first."
            )

    def _filled(self, bounds: Bounds, color: tuple[float, float, float]) -> TileMap:
        self._check(bounds, 4)
        full = np.iinfo(DTYPES[self._depth]).max
        pixel = np.array([*(round(v * full) for v in color), full], DTYPES[self._depth])
        rgba = np.broadcast_to(pixel, (bounds.height, bounds.width, 4))
        return TileMap.from_array(rgba, bounds.x, bounds.y)

    def _note_channels(self, layer_count: int) -> None:
        header = self._file.header
        own = COLOURS.get(header.color_mode, header.channels)
        if header.channels > own + (layer_count < 0):
            self._losses["saved channels"] = None

    def _metadata(self, profile: bytes | None) -> Metadata:
        resources = self._file.image_resources
        metadata = Metadata(_resolution(resources.get_data(psd.RESOLUTION)), profile)
        exif, xmp = resources.get_data(psd.EXIF), resources.get_data(psd.XMP)
        if isinstance(exif, bytes) and exif and parsed(exif) is not None:
            metadata.exif = exif_for_edited(with_head(exif))
        if isinstance(xmp, bytes) and xmp:
            metadata.xmp = xmp
        return metadata


def _layer_info(file: PSD) -> LayerInfo | None:
    """More than 8 bits have their layers in a block of their own."""
    information = file.layer_and_mask_information
    if information.tagged_blocks is not None:
        for tag in (Tag.LAYER_16, Tag.LAYER_32):
            found = information.tagged_blocks.get_data(tag)
            if isinstance(found, LayerInfo):
                return found
    return information.layer_info


def _tones(profile: bytes | None, depth: int) -> Pixels | None:
    """What makes sRGB of a picture's numbers: of grey with a profile of its own, of floats with none."""
    space = profile[16:20] if profile and len(profile) >= 128 else b""
    if space == b"GRAY" and profile:
        return grey_table(profile, 8 if depth == 8 else 16)
    return linear_table() if depth == _FLOATS and space != b"RGB " else None


def _resolution(value: Any) -> tuple[float, float] | None:
    """Dots per inch."""
    if value is None or not all(_FIXED <= v <= 100_000 * _FIXED for v in (value.horizontal, value.vertical)):
        return None
    return value.horizontal / _FIXED, value.vertical / _FIXED
