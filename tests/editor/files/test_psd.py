"""PSD and PSB: what comes back, and what psd-tools, which reads Photoshop's own files, finds in ours."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from psd_tools import PSDImage
from psd_tools.constants import ColorMode, Compression
from psd_tools.psd import PSD

from editor.document.document import Document, Metadata
from editor.document.geometry import Bounds, Extent
from editor.document.guides import Guides
from editor.document.layers import Group, Layer, PaintLayer
from editor.document.tiles import Array8, Depth, TileMap
from editor.files import psd, psd_write
from editor.files.errors import FileError
from editor.files.formats import flattened, open_document, open_file, save_document
from editor.files.pixels import over_white
from editor.raster.blend_modes import MODES
from editor.render.compositor import composite
from tests.editor.files.samples import deep_document, noise, rich_document
from tests.editor.files.trees import documents

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def as_kept(layer: Layer) -> dict[str, Any]:
    """What a PSD keeps of a layer: opacity in 255 steps; a fill layer is a plain one."""
    values: dict[str, Any] = {
        "name": layer.name,
        "visible": layer.visible,
        "opacity": round(layer.opacity * 255),
        "blend_mode": layer.blend_mode,
        "locked": layer.locked,
        "clipped": layer.clipped,
        "mask": layer.mask,
    }
    if isinstance(layer, Group):
        values["isolated"] = layer.isolated or layer.blend_mode != "normal"
        values["children"] = [as_kept(child) for child in layer.children]
    elif isinstance(layer, PaintLayer):
        values["pixels"] = layer.pixels
    return values


def assert_kept(before: Document, after: Document) -> None:
    assert (after.extent, after.depth, after.guides) == (before.extent, before.depth, before.guides)
    assert [as_kept(each) for each in after.root.children] == [as_kept(each) for each in before.root.children]


@pytest.mark.parametrize("suffix", [".psd", ".psb"])
@pytest.mark.parametrize("make", [rich_document, deep_document])
def test_a_rich_document_comes_back(tmp_path: Path, make: Any, suffix: str) -> None:
    document, path = make(), tmp_path / f"a{suffix}"
    document.metadata.icc_profile = PROFILE
    document.metadata.exif = None
    active = document.root.children[3].children[1]  # type: ignore[attr-defined]
    save_document(document, path, active)
    opened = open_file(path)
    assert_kept(document, opened.document)
    assert opened.active is not None and opened.active.name == active.name
    assert opened.losses == ()
    metadata = opened.document.metadata
    assert (metadata.icc_profile, metadata.xmp) == (PROFILE, b"<xmp/>")
    assert metadata.resolution == pytest.approx((300.0, 149.99), abs=1e-4)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from([8, 16]).flatmap(documents))  # type: ignore[arg-type]
def test_any_document_comes_back(tmp_path: Path, document: Document) -> None:
    assume(document.root.children)  # without layers it is a flat file, which has one
    save_document(document, tmp_path / "any.psd")
    assert_kept(document, open_document(tmp_path / "any.psd"))


def test_exif_comes_back(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    document = Document(Extent(3, 2), Metadata(exif=exif.tobytes()))
    save_document(document, tmp_path / "a.psd")
    assert open_document(tmp_path / "a.psd").metadata.exif == exif.tobytes()


def test_the_same_document_gives_the_same_bytes(tmp_path: Path) -> None:
    save_document(rich_document(), tmp_path / "a.psd")
    save_document(rich_document(), tmp_path / "b.psd")
    assert (tmp_path / "a.psd").read_bytes() == (tmp_path / "b.psd").read_bytes()


def test_guides_that_a_psd_has_no_room_for_are_left_out(tmp_path: Path) -> None:
    document = Document(Extent(3, 2))
    document.set_guides(Guides((-(1 << 26), 1 - (1 << 26), -1, (1 << 26) - 1, 1 << 26), (0,)))
    save_document(document, tmp_path / "a.psd")
    assert open_document(tmp_path / "a.psd").guides == Guides((1 - (1 << 26), -1, (1 << 26) - 1), (0,))


# ── what another program finds ──


def read_elsewhere(path: Path) -> PSDImage:
    return PSDImage.open(path)


@pytest.mark.parametrize("make", [rich_document, deep_document])
def test_others_find_groups_masks_and_names(tmp_path: Path, make: Any) -> None:
    document = make()
    save_document(document, tmp_path / "a.psd")
    file = read_elsewhere(tmp_path / "a.psd")
    assert [layer.name for layer in file] == [layer.name for layer in document.root.children]
    found = {layer.name: layer for layer in file.descendants()}
    assert found["masked group"].is_group() and found["masked group"].has_mask()
    assert found["masked group"].blend_mode.name == "PASS_THROUGH"
    assert [child.name for child in found["masked group"]] == ["inner", "deep"]
    assert found["outside"].bbox == (-333, -21, 367, 29)
    assert not found["empty group"].visible
    mask = found['a "mask" <&>\n'].mask
    assert mask is not None and mask.bbox == (40, -20, 130, 80)


@pytest.mark.parametrize("depth", [8, 16])
def test_others_find_the_merged_picture(tmp_path: Path, depth: Depth) -> None:
    """On white, with its alpha beside it, as Photoshop writes it."""
    document = rich_document()
    document.metadata.icc_profile = None
    document.exchange_planes(document.planes(depth))
    save_document(document, tmp_path / "a.psd")
    file = read_elsewhere(tmp_path / "a.psd")
    expected = composite(document.root, document.canvas)
    merged = file._record.image_data.get_data(file._record.header)
    kind = np.uint8 if depth == 8 else ">u2"
    planes = [np.frombuffer(plane, kind).reshape(200, 300) for plane in merged]
    assert np.array_equal(np.dstack(planes[:3]), over_white(expected))
    assert np.array_equal(planes[3], expected[..., 3])


def test_sections_stand_where_the_format_says(tmp_path: Path) -> None:
    """16 bits have their layers in a block that GIMP, for one, looks for only after two lengths of 0."""
    document = rich_document()
    document.exchange_planes(document.planes(16))
    save_document(document, tmp_path / "a.psd")
    data = (tmp_path / "a.psd").read_bytes()
    at = 26
    for _ in range(2):  # colour mode, resources
        at += 4 + struct.unpack_from(">L", data, at)[0]
    assert data[at + 4 : at + 20] == bytes(8) + b"8BIMLr16"
    assert struct.unpack_from(">L", data, at + 20)[0] % 4 == 0


def test_an_opaque_picture_is_merged_without_alpha(tmp_path: Path) -> None:
    picture = noise(20, 30)
    picture[..., 3] = 255
    document = Document(Extent(30, 20))
    document.insert(PaintLayer("a", pixels=TileMap.from_array(picture)), document.root, 0)
    save_document(document, tmp_path / "a.psd")
    with Image.open(tmp_path / "a.psd") as image:
        assert image.mode == "RGB"
        assert np.array_equal(np.asarray(image), picture[..., :3])


@pytest.mark.parametrize("mode", MODES)
def test_blend_modes_have_photoshops_names(tmp_path: Path, mode: str) -> None:
    document = Document(Extent(2, 2))
    document.insert(PaintLayer("a", blend_mode=mode), document.root, 0)
    document.insert(Group("b", blend_mode=mode), document.root, 1)
    save_document(document, tmp_path / "a.psd")
    assert [layer.blend_mode for layer in open_document(tmp_path / "a.psd").layers()] == [mode, mode]
    for layer in read_elsewhere(tmp_path / "a.psd"):
        assert layer.blend_mode.name.replace("_", "-").lower() == mode


def test_clipping_and_locks(tmp_path: Path) -> None:
    document = Document(Extent(2, 2))
    document.insert(PaintLayer("base"), document.root, 0)
    document.insert(PaintLayer("on it", clipped=True, locked=True), document.root, 1)
    save_document(document, tmp_path / "a.psd")
    base, clipped = read_elsewhere(tmp_path / "a.psd")
    assert (base.clipping, clipped.clipping) == (False, True)
    assert clipped.locks is not None and clipped.locks.complete


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "😀" * 300, "ünï", ""])
def test_names_that_a_psd_can_hardly_hold(tmp_path: Path, name: str) -> None:
    document = Document(Extent(2, 2))
    document.insert(PaintLayer(name), document.root, 0)
    save_document(document, tmp_path / "a.psd")
    expected = name.replace("\0", "\ufffd").replace("\ud800", "?")
    assert [layer.name for layer in open_document(tmp_path / "a.psd").layers()] == [expected]


# ── what does not fit ──


def test_a_picture_too_large_for_psd_is_told_of_psb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psd, "MAX_SIDE", 20)
    document = Document(Extent(21, 2))
    with pytest.raises(FileError, match=r"at most 20 pixels a side, .*save it as \.psb"):
        save_document(document, tmp_path / "a.psd")
    save_document(document, tmp_path / "a.psb")
    assert open_document(tmp_path / "a.psb").extent == document.extent


def test_more_bytes_than_a_psd_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psd_write.psd, "MAX_BYTES", 1000)
    with pytest.raises(FileError, match=r"room for 2 GB.*\.psb"):
        save_document(rich_document(), tmp_path / "a.psd")
    assert list(tmp_path.iterdir()) == []


def test_content_far_off_is_cut_to_the_canvas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(psd, "MAX_SIDE", 50)
    document = Document(Extent(20, 10))
    pixels = TileMap.from_array(noise(4, 4), 3, 3)
    pixels.exchange(pixels.patch(Bounds(1000, 0, 1, 1), np.full((1, 1, 4), 9, np.uint8)))
    document.insert(PaintLayer("a", pixels=pixels), document.root, 0)
    save_document(document, tmp_path / "a.psd")
    (layer,) = open_document(tmp_path / "a.psd").root.children
    assert isinstance(layer, PaintLayer) and layer.pixels == TileMap.from_array(noise(4, 4), 3, 3)
    assert "too far" in caplog.text
    caplog.clear()


# ── flat files, and other colours ──


def flat_file(path: Path, image: Image.Image, **options: Any) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        PSDImage.frompil(image, **options).save(path)
    return path


def only(path: Path) -> Array8:
    document = open_document(path)
    (layer,) = document.root.children
    assert isinstance(layer, PaintLayer)
    return layer.pixels.read(document.canvas)


@pytest.mark.parametrize("mode", ["RGB", "L", "1"])
def test_flat_files(tmp_path: Path, mode: str) -> None:
    image = Image.fromarray(noise(9, 21)).convert(mode)
    assert np.array_equal(only(flat_file(tmp_path / "a.psd", image)), np.asarray(image.convert("RGBA")))


def test_cmyk_is_converted_and_not_reinterpreted(tmp_path: Path) -> None:
    path = flat_file(tmp_path / "a.psd", Image.fromarray(noise(5, 6), "CMYK"))
    with Image.open(path) as image:
        assert image.mode == "CMYK"
        assert np.array_equal(only(path)[..., :3], np.asarray(image.convert("RGB")))
    assert open_file(path).losses == ("its CMYK colours",)  # saved over it, they would be gone


def test_an_indexed_picture(tmp_path: Path) -> None:
    picture = Image.fromarray(noise(5, 6)).convert("RGB").quantize(16)
    file = PSDImage.frompil(picture.convert("L"))._record
    file.header.color_mode = ColorMode.INDEXED
    palette = np.zeros((256, 3), np.uint8)
    palette[: len(picture.getpalette() or []) // 3] = np.reshape(picture.getpalette(), (-1, 3))
    file.color_mode_data.value = palette.T.tobytes()
    file.image_data.data = picture.tobytes()
    file.image_data.compression = Compression.RAW
    with open(tmp_path / "a.psd", "wb") as stream:
        file.write(stream)
    assert np.array_equal(only(tmp_path / "a.psd"), np.asarray(picture.convert("RGBA")))


@pytest.mark.parametrize("depth", [8, 16])
def test_what_has_no_runs_is_written_as_it_is(tmp_path: Path, depth: Depth) -> None:
    """Packing noise takes long and makes it longer."""
    dtype = np.uint8 if depth == 8 else np.uint16
    pixels = np.random.default_rng(1).integers(0, np.iinfo(dtype).max + 1, (70, 90, 4)).astype(dtype)
    pixels[..., 3] = np.iinfo(dtype).max
    document = Document(Extent(90, 70), depth=depth)
    document.insert(PaintLayer("Layer", pixels=TileMap.from_array(pixels)), document.root, 0)
    save_document(document, tmp_path / "a.psd")
    with open(tmp_path / "a.psd", "rb") as stream:
        file = PSD.read(stream)
    (channels,) = file._get_layer_info().channel_image_data
    assert [each.compression for each in channels] == [Compression.RLE, *[Compression.RAW] * 3]
    assert file.image_data.compression == Compression.RAW
    assert (tmp_path / "a.psd").stat().st_size < 2.1 * 3 * pixels[..., 0].nbytes
    assert np.array_equal(flattened(open_document(tmp_path / "a.psd")), pixels)
