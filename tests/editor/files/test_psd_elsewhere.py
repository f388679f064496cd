"""PSD files as Photoshop writes them: what Pentimento has no place for is applied, or named as a loss."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from psd_tools.constants import BlendMode, ColorMode, Compression, Resource, SectionDivider, Tag
from psd_tools.psd import PSD
from psd_tools.psd.descriptor import Descriptor, DescriptorBlock, Double
from psd_tools.psd.image_resources import GridGuidesInfo, ImageResource
from psd_tools.psd.layer_and_mask import ChannelData, LayerRecord, MaskFlags, MaskParameters
from psd_tools.psd.tagged_blocks import TaggedBlock

from editor.document.document import Document
from editor.document.geometry import Bounds, Extent
from editor.document.guides import Guides
from editor.document.layers import Group, PaintLayer
from editor.document.tiles import TileMap
from editor.files import psd_read
from editor.files.errors import FileError
from editor.files.formats import open_document, open_file, save_document
from editor.files.opened import Opened
from tests.editor.files.profiles import gray_profile
from tests.editor.files.samples import noise

MASK = TileMap.from_array(noise(6, 5, 1, 1), 2, 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """One layer with a mask, in one group."""
    document = Document(Extent(20, 10))
    layer = PaintLayer("a layer", pixels=TileMap.from_array(noise(10, 20)), mask=MASK)
    document.insert(Group("a group", children=[layer]), document.root, 0)
    save_document(document, tmp_path / "x.psd")
    return tmp_path / "x.psd"


def changed(path: Path, change: Callable[[PSD], Any]) -> Opened:
    """The file as another program would have written it."""
    with open(path, "rb") as stream:
        file = PSD.read(stream)
    change(file)
    with open(path, "wb") as stream:
        file.write(stream)
    return open_file(path)


def record(file: PSD, index: int = 1) -> LayerRecord:
    """0 is the end of the group, 1 the layer, 2 the group."""
    found: LayerRecord = file.layer_and_mask_information.layer_info.layer_records[index]
    return found


def layer_of(opened: Opened) -> PaintLayer:
    return next(layer for layer in opened.document.layers() if isinstance(layer, PaintLayer))


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        (Tag.TYPE_TOOL_OBJECT_SETTING, "text"),
        (Tag.SMART_OBJECT_LAYER_DATA1, "smart object"),
        (Tag.OBJECT_BASED_EFFECTS_LAYER_INFO, "effects"),
        (Tag.VECTOR_MASK_SETTING1, "vector shape"),
    ],
)
def test_what_has_pixels_is_opened_as_these(path: Path, tag: Tag, kind: str) -> None:
    def change(file: PSD) -> None:
        record(file).tagged_blocks[tag] = TaggedBlock(key=tag, data=b"\0\0\0\0")

    opened = changed(path, change)
    assert opened.losses == (f"the {kind} of the layer “a layer”",)
    assert layer_of(opened).pixels == TileMap.from_array(noise(10, 20))


def test_adjustments_are_left_out_and_named(path: Path) -> None:
    def change(file: PSD) -> None:
        record(file).tagged_blocks[Tag.CURVES] = TaggedBlock(key=Tag.CURVES, data=b"")

    opened = changed(path, change)
    assert opened.losses == ("the adjustment of the layer “a layer”",)
    assert [layer.name for layer in opened.document.layers()] == ["a group"]


def test_a_solid_colour_becomes_pixels(path: Path) -> None:
    def change(file: PSD) -> None:
        color = Descriptor(classID=b"RGBC")
        for key, value in ((b"Rd  ", 255.0), (b"Grn ", 51.0), (b"Bl  ", 0.0)):
            color[key] = Double(value)
        block = DescriptorBlock(classID=b"null")
        block[b"Clr "] = color
        record(file).tagged_blocks[Tag.SOLID_COLOR_SHEET_SETTING] = TaggedBlock(
            key=Tag.SOLID_COLOR_SHEET_SETTING, data=block
        )

    opened = changed(path, change)
    layer = layer_of(opened)
    assert (layer.pixels.read(Bounds(0, 0, 20, 10)) == (255, 51, 0, 255)).all()
    assert layer.mask == MASK
    assert opened.losses == ("the solid colour of the layer “a layer”",)


def test_white_beyond_the_mask(path: Path) -> None:
    opened = changed(path, lambda file: setattr(record(file).mask_data, "background_color", 255))
    mask = layer_of(opened).mask
    assert mask is not None
    expected = np.full((10, 20), 255, np.uint8)
    expected[1:7, 2:7] = noise(6, 5, 1, 1)
    assert np.array_equal(mask.read(Bounds(0, 0, 20, 10)), expected)


def test_density_and_feathering_of_a_mask(path: Path) -> None:
    def change(file: PSD) -> None:
        data = record(file).mask_data
        data.flags = MaskFlags(parameters_applied=True)
        data.parameters = MaskParameters(user_mask_density=51, user_mask_feather=2.0)

    opened = changed(path, change)
    mask = layer_of(opened).mask
    assert mask is not None
    covered = np.zeros((10, 20))
    covered[1:7, 2:7] = noise(6, 5, 1, 1)
    assert np.allclose(mask.read(Bounds(0, 0, 20, 10)), 255 - (255 - covered) * 51 / 255, atol=1)
    assert opened.losses == ("the feathering of the mask of “a layer”",)


def test_a_mask_that_is_switched_off(path: Path) -> None:
    opened = changed(path, lambda file: setattr(record(file).mask_data.flags, "mask_disabled", True))
    assert layer_of(opened).mask is None
    assert opened.losses == ("the mask of “a layer”, which is switched off",)


def test_fill_opacity_joins_opacity(path: Path) -> None:
    def change(file: PSD) -> None:
        record(file).opacity = 102
        record(file).tagged_blocks.set_data(Tag.BLEND_FILL_OPACITY, 51)

    assert layer_of(changed(path, change)).opacity == pytest.approx(0.4 * 0.2)


def test_a_group_that_passes_through(path: Path) -> None:
    def change(file: PSD) -> None:
        blocks = record(file, 2).tagged_blocks
        blocks.set_data(
            Tag.SECTION_DIVIDER_SETTING, SectionDivider.CLOSED_FOLDER, b"8BIM", BlendMode.PASS_THROUGH
        )

    (group,) = changed(path, change).document.root.children
    assert isinstance(group, Group) and not group.isolated and group.blend_mode == "normal"


def test_groups_that_do_not_close(path: Path) -> None:
    """The end of a group without the group, and a group without an end."""

    def change(file: PSD) -> None:
        information = file.layer_and_mask_information.layer_info
        for index in (1, 1):
            del information.layer_records[index], information.channel_image_data[index]
        information.layer_count = -1

    (group,) = changed(path, change).document.root.children
    assert isinstance(group, Group) and group.children == []


@pytest.mark.parametrize("compression", [Compression.RAW, Compression.ZIP, Compression.ZIP_WITH_PREDICTION])
def test_every_way_of_packing(path: Path, compression: Compression) -> None:
    def change(file: PSD) -> None:
        information = file.layer_and_mask_information.layer_info
        for info, channel in zip(record(file).channel_info, information.channel_image_data[1], strict=True):
            size = (5, 6) if info.id == -2 else (20, 10)
            plane = channel.get_data(*size, 8)
            channel.compression = compression
            channel.set_data(plane, *size, 8)

    layer = layer_of(changed(path, change))
    assert layer.pixels == TileMap.from_array(noise(10, 20)) and layer.mask == MASK


def test_grey_layers_go_through_their_profile(path: Path) -> None:
    profile = gray_profile()

    def change(file: PSD) -> None:
        file.header.color_mode, file.header.channels = ColorMode.GRAYSCALE, 2
        file.image_data.compression, file.image_data.data = Compression.RAW, bytes(400)
        file.image_resources[Resource.ICC_PROFILE] = ImageResource(key=Resource.ICC_PROFILE, data=profile)

    opened = changed(path, change)
    pixels, source = layer_of(opened).pixels.read(Bounds(0, 0, 20, 10)), noise(10, 20)
    assert opened.document.metadata.icc_profile is None
    assert np.array_equal(pixels[..., 0], pixels[..., 2]) and np.array_equal(pixels[..., 3], source[..., 3])
    linear = source[..., 0] / 255
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(pixels[..., 0] - srgb * 255).max() < 3


def test_cmyk_layers_are_opened_flattened(path: Path) -> None:
    def change(file: PSD) -> None:
        file.header.color_mode, file.header.channels = ColorMode.CMYK, 4
        file.image_data.compression, file.image_data.data = Compression.RAW, b"\xff" * 800

    opened = changed(path, change)
    assert opened.losses == ("its layers", "its CMYK colours")
    assert (layer_of(opened).pixels.read(Bounds(0, 0, 20, 10)) == 255).all()


def test_saved_channels_are_named(path: Path) -> None:
    opened = changed(path, lambda file: setattr(file.header, "channels", 6))
    assert opened.losses == ("saved channels",)


# ── damaged, and made to do harm ──


def refused(path: Path) -> str:
    with pytest.raises(FileError) as caught:
        open_document(path)
    text = str(caught.value)
    assert text.endswith(".") and "\n" not in text and "“x.psd”" in text
    return text


def test_guides_of_others(path: Path) -> None:
    """Photoshop sets them also within a pixel, and knows two directions."""
    places = [(32 * 12, 0), (32 * 7 + 20, 1), ((1 << 32) - 32 * 9, 1), (64, 2), (32 * 12 + 1, 0)]

    def change(file: PSD) -> None:
        data = GridGuidesInfo(1, 576, 576, places)
        file.image_resources[Resource.GRID_AND_GUIDES_INFO] = ImageResource(
            key=Resource.GRID_AND_GUIDES_INFO, data=data
        )

    opened = changed(path, change)
    assert opened.document.guides == Guides((-9, 8), (12,))


def test_files_cut_short(path: Path) -> None:
    """Only the merged picture comes last, and layers do not need it."""
    data = path.read_bytes()
    layers_end = data.rindex(b"8BIMluni")
    for cut in range(5, layers_end, 37):
        path.write_bytes(data[:cut])
        refused(path)


@pytest.mark.parametrize(
    ("at", "values", "words"),
    [
        (14, struct.pack(">LL", 0, 5), "damaged"),
        (14, struct.pack(">LL", 40_000, 40_000), "make it smaller"),
        (22, struct.pack(">H", 7), "damaged"),
        (24, struct.pack(">H", 7), "convert it to RGB"),
        (4, struct.pack(">H", 3), "damaged"),
    ],
)
def test_headers(path: Path, at: int, values: bytes, words: str) -> None:
    data = bytearray(path.read_bytes())
    data[at : at + len(values)] = values
    path.write_bytes(data)
    assert words in refused(path)


def test_a_layer_of_absurd_size(path: Path) -> None:
    with pytest.raises(FileError, match=r"A layer in “x.psd” is 70000 ×"):
        changed(path, lambda file: setattr(record(file), "right", 70_000))


def test_a_layer_far_away(path: Path) -> None:
    def change(file: PSD) -> None:
        record(file).left, record(file).right = (1 << 30) + 1, (1 << 30) + 21

    with pytest.raises(FileError, match="too far from the canvas"):
        changed(path, change)


def test_channels_that_hold_less_or_far_more_than_they_should(path: Path) -> None:
    import zlib

    def bomb(file: PSD) -> None:
        channels = file.layer_and_mask_information.layer_info.channel_image_data[1]
        channels[0] = ChannelData(Compression.ZIP, zlib.compress(bytes(1 << 24), 9))

    layer = layer_of(changed(path, bomb))  # what is beyond the layer's size is never unpacked
    assert layer.pixels.read(Bounds(0, 0, 20, 10))[..., 3].max() == 0

    def short(file: PSD) -> None:
        channels = file.layer_and_mask_information.layer_info.channel_image_data[1]
        channels[0] = ChannelData(Compression.ZIP, zlib.compress(bytes(199)))

    with pytest.raises(FileError, match="damaged"):
        changed(path, short)


def test_too_many_layers_and_groups(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psd_read, "MAX_DEPTH", 0)
    assert "deep: merge some" in refused(path)
    monkeypatch.setattr(psd_read, "MAX_LAYERS", 2)
    assert "more than 2 layers" in refused(path)


def test_more_than_a_file_may_unpack_to(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psd_read, "MAX_DECODED", 20 * 10 * 4 - 1)
    assert "unpack to more than" in refused(path)
