"""Writing Photoshop's PSD and PSB: groups, masks, clipping, blend modes, 8 and 16 bits, and the merged picture."""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

import numpy as np
from psd_tools.constants import BlendMode, Clipping, ColorMode, Resource, SectionDivider, Tag
from psd_tools.psd import PSD
from psd_tools.psd.header import FileHeader
from psd_tools.psd.image_data import ImageData
from psd_tools.psd.image_resources import ImageResource, ImageResources, VersionInfo
from psd_tools.psd.layer_and_mask import (
    ChannelData,
    ChannelDataList,
    ChannelImageData,
    ChannelInfo,
    GlobalLayerMaskInfo,
    LayerAndMaskInformation,
    LayerFlags,
    LayerInfo,
    LayerInfoBlock,
    LayerRecord,
    LayerRecords,
    MaskData,
)
from psd_tools.psd.tagged_blocks import TaggedBlock, TaggedBlocks

from editor.document.document import Document
from editor.document.geometry import Bounds
from editor.document.layers import Group, Layer, PaintLayer
from editor.document.tiles import Pixels, TileMap
from editor.files import psd
from editor.files.errors import FileError
from editor.files.exif import EXIF_HEAD
from editor.files.extents import kept_bounds, used_bounds
from editor.files.pixels import is_opaque, over_white, srgb_profile
from editor.files.psd_guides import guides_resource
from editor.version import version as program_version

_FIXED = 1 << 16
"""Resolution is written in parts of a dot."""
_PER_INCH, _INCHES = 1, 1
_COLOURS = 3
_NAME_BYTES = 255


def write(
    document: Document, merged: Pixels, stream: BinaryIO, active: Layer | None = None, large: bool = False
) -> None:
    """``merged`` is the picture of the canvas, (h, w, 4) of the document's depth with straight alpha. ``large``: as
    PSB. Raises FileError where a PSD has no room for the picture."""
    if not large and document.extent.longest > psd.MAX_SIDE:
        raise FileError(
            f"A PSD file has at most {psd.MAX_SIDE} pixels a side, and this picture is "
            f"{document.extent.width} × {document.extent.height}: save it as .psb or .ora."
        )
    _Writer(document, active, 2 if large else 1).write(merged, stream)


class _Writer:
    def __init__(self, document: Document, active: Layer | None, version: int) -> None:
        self._document, self._active, self._version = document, active, version
        self._records: list[LayerRecord] = []
        self._channels: list[ChannelDataList] = []
        self._active_index = 0

    def write(self, merged: Pixels, stream: BinaryIO) -> None:
        document = self._document
        opaque = is_opaque(merged)
        self._children(document.root)
        picture = merged[..., :_COLOURS] if opaque else np.dstack([over_white(merged), merged[..., 3]])
        data = psd.packed_merged(picture, self._version)
        size = len(data.data) + sum(len(each.data) for channels in self._channels for each in channels)
        if self._version == 1 and size > psd.MAX_BYTES:
            raise FileError(
                "A PSD file has room for 2 GB, and this picture needs more: save it as .psb or .ora."
            )
        count = len(self._records) * (1 if opaque else -1)  # below 0: the merged picture has an alpha
        records, channels = LayerRecords(self._records), ChannelImageData(self._channels)
        information = LayerAndMaskInformation(LayerInfo(), GlobalLayerMaskInfo(), TaggedBlocks())
        if document.depth == 16:
            # as bytes, whose number Krita wants to be even: left to itself the block is padded behind its end
            body = LayerInfoBlock(count, records, channels).tobytes(version=self._version, padding=4)
            information.tagged_blocks[Tag.LAYER_16] = TaggedBlock(key=Tag.LAYER_16, data=body)
        else:
            information.layer_info = LayerInfo(count, records, channels)
        file = PSD(
            FileHeader(
                version=self._version,
                channels=picture.shape[2],
                height=document.extent.height,
                width=document.extent.width,
                depth=document.depth,
                color_mode=ColorMode.RGB,
            ),
            image_resources=self._resources(),
            layer_and_mask_information=information,
            image_data=ImageData(data.compression, data.data),
        )
        file.write(stream)

    def _children(self, group: Group) -> None:
        """The records of a group's layers, bottom first."""
        for layer in group.children:
            if isinstance(layer, Group):
                self._group(layer)
            elif isinstance(layer, PaintLayer):
                self._layer(layer)
            else:
                raise TypeError(f"PSD has no place for a {type(layer).__name__}")

    def _group(self, group: Group) -> None:
        end = LayerRecord(name=psd.GROUP_END, flags=LayerFlags(pixel_data_irrelevant=True))
        end.tagged_blocks.set_data(Tag.SECTION_DIVIDER_SETTING, SectionDivider.BOUNDING_SECTION_DIVIDER)
        self._add(end, Bounds(0, 0, 0, 0), {})
        self._children(group)
        record = self._record(group)
        if not group.isolated and group.blend_mode == "normal":
            record.blend_mode = BlendMode.PASS_THROUGH
        record.flags.pixel_data_irrelevant = True
        record.tagged_blocks.set_data(
            Tag.SECTION_DIVIDER_SETTING, SectionDivider.OPEN_FOLDER, b"8BIM", record.blend_mode
        )
        self._add(record, Bounds(0, 0, 0, 0), {}, group)

    def _layer(self, layer: PaintLayer) -> None:
        bounds = self._kept(layer.pixels)
        rgba = layer.pixels.read(bounds)
        planes = {psd.ALPHA: rgba[..., 3]} | {i: rgba[..., i] for i in range(_COLOURS)}
        self._add(self._record(layer), bounds, planes, layer)

    def _add(
        self, record: LayerRecord, bounds: Bounds, planes: dict[int, Pixels], layer: Layer | None = None
    ) -> None:
        record.left, record.top, record.right, record.bottom = bounds.x, bounds.y, bounds.right, bounds.bottom
        data = {number: psd.packed(plane, self._version) for number, plane in planes.items()}
        if not planes:
            data = {number: ChannelData() for number in (psd.ALPHA, *range(_COLOURS))}
        if layer is not None and layer.mask is not None:
            area = self._kept(layer.mask)
            record.mask_data = MaskData(area.y, area.x, area.bottom, area.right)
            data[psd.MASK] = psd.packed(layer.mask.read(area), self._version)
        record.channel_info = [ChannelInfo(number) for number in data]
        if layer is not None and layer is self._active:
            self._active_index = len(self._records)
        self._records.append(record)
        self._channels.append(ChannelDataList(list(data.values())))

    def _record(self, layer: Layer) -> LayerRecord:
        name = layer.name.replace("\0", "\ufffd")
        record = LayerRecord(
            blend_mode=psd.MODES[layer.blend_mode],
            opacity=round(layer.opacity * 255),
            clipping=Clipping.NON_BASE if layer.clipped else Clipping.BASE,
            flags=LayerFlags(visible=layer.visible),
            name=name.encode("macroman", "replace")[:_NAME_BYTES].decode("macroman"),
        )
        unicode = name.encode("utf-16-be", "replace").decode("utf-16-be")
        record.tagged_blocks.set_data(Tag.UNICODE_LAYER_NAME, unicode)
        if layer.locked:
            record.tagged_blocks.set_data(Tag.PROTECTED_SETTING, psd.LOCKED)
        return record

    def _kept(self, plane: TileMap) -> Bounds:
        """Runs of a row are counted with 16 bits in a PSD: it cannot be longer than the canvas may be."""
        return kept_bounds(used_bounds(plane), self._document.canvas, psd.MAX_SIDE)

    def _resources(self) -> ImageResources:
        metadata = self._document.metadata
        found: dict[Resource, Any] = {}
        if metadata.resolution:
            across, down = (round(v * _FIXED) for v in metadata.resolution)
            found[psd.RESOLUTION] = struct.pack(
                ">IHHIHH", across, _PER_INCH, _INCHES, down, _PER_INCH, _INCHES
            )
        found[psd.ACTIVE] = struct.pack(">H", min(self._active_index, 0xFFFF))
        if metadata.icc_profile or self._document.depth == 16:
            found[psd.PROFILE] = metadata.icc_profile or srgb_profile()
        writer = f"Pentimento {program_version()}"
        found[Resource.VERSION_INFO] = VersionInfo(1, True, writer, writer, 1)
        if metadata.exif:
            found[psd.EXIF] = metadata.exif.removeprefix(EXIF_HEAD)
        if metadata.xmp:
            found[psd.XMP] = metadata.xmp
        if self._document.guides:
            found[psd.GUIDES] = guides_resource(self._document.guides)
        resources = ImageResources()
        for key, data in found.items():
            resources[key] = ImageResource(key=key, data=data)
        return resources
