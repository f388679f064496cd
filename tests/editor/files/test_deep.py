"""16 bits per channel: every bit comes back from PNG, TIFF and OpenRaster, with all that goes with it."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from editor.document.document import Document, Metadata
from editor.document.geometry import Bounds, Extent
from editor.document.layers import PaintLayer
from editor.document.tiles import Pixels, TileMap
from editor.files import deep_write
from editor.files.errors import FileError
from editor.files.exif import upright
from editor.files.formats import flattened, open_document, save_document
from editor.files.pixels import srgb_profile
from editor.raster.depth import to_8
from tests.editor.files.profiles import gray_profile
from tests.editor.files.samples import assert_same, deep_document, make, members, noise, png
from tests.editor.files.test_raster import XMP, exif, srgb

FULL = 65535
DEEP = [".png", ".tif"]


def deep_noise(height: int, width: int, channels: int = 4, seed: int = 0) -> Pixels:
    shape = (height, width, channels) if channels > 1 else (height, width)
    return np.random.default_rng(seed).integers(0, FULL, shape, np.uint16, endpoint=True)


def document_of(picture: Pixels, metadata: Metadata | None = None) -> Document:
    document = Document(Extent(picture.shape[1], picture.shape[0]), metadata, 16)
    document.insert(PaintLayer("Background", pixels=TileMap.from_array(picture)), document.root, 0)
    return document


def pixels_of(document: Document) -> Pixels:
    (layer,) = document.root.children
    assert isinstance(layer, PaintLayer)
    return layer.pixels.read(document.canvas)


def as_rgba(array: Pixels) -> Pixels:
    """Of grey, grey and alpha, RGB or RGBA."""
    array = array.reshape(*array.shape[:2], -1)
    channels = array.shape[2]
    rgba = np.full((*array.shape[:2], 4), FULL, np.uint16)
    rgba[..., :3] = array[..., :3] if channels > 2 else array[..., :1]
    if channels in (2, 4):
        rgba[..., 3] = array[..., -1]
    return rgba


def stored_png(array: Pixels, kind: int, extra: bytes = b"") -> bytes:
    """As another program may write it: without a filter, of any colour type."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + name + data + struct.pack(">L", zlib.crc32(name + data))

    height, width = array.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in array)
    head = struct.pack(">LLBBBBB", width, height, 16, kind, 0, 0, 0)
    body = chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def stored_tiff(array: Pixels, **tags: object) -> bytes:
    """Without compression, in one strip; further tags by their names in Pillow."""
    directory = ImageFileDirectory_v2(ifh=b"II*\0\0\0\0\0")
    height, width, channels = *array.shape[:2], array.shape[2] if array.ndim == 3 else 1
    values = {256: width, 257: height, 258: (16,) * channels, 259: 1, 262: 2 if channels > 2 else 1}
    values |= {273: 0, 277: channels, 278: height, 279: array.nbytes, 284: 1}
    values |= {338: 2} if channels == 4 else {}
    for tag, value in (values | {ExifTags.Base[name].value: value for name, value in tags.items()}).items():
        directory[tag] = value
    return b"II*\0" + struct.pack("<L", 8) + directory.tobytes(8) + array.astype("<u2").tobytes()


@pytest.mark.parametrize("suffix", DEEP)
@pytest.mark.parametrize("opaque", [True, False])
@pytest.mark.parametrize("size", [(300, 211), (1, 1), (1, 70), (2000, 3)])
def test_every_bit_comes_back(tmp_path: Path, suffix: str, opaque: bool, size: tuple[int, int]) -> None:
    path, picture = tmp_path / f"a{suffix}", deep_noise(*size)
    if opaque:
        picture[..., 3] = FULL
    save_document(document_of(picture), path)
    document = open_document(path)
    assert (document.depth, document.selection.depth) == (16, 16)
    assert np.array_equal(pixels_of(document), picture)
    elsewhere = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert elsewhere is not None
    assert np.array_equal(elsewhere, picture[..., 2::-1] if opaque else picture[..., [2, 1, 0, 3]])
    with Image.open(path) as image:
        image.load()
        assert image.mode == ("RGB" if opaque else "RGBA")


def test_several_bands_are_filtered_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deep_write, "_BAND", 3000)
    monkeypatch.setattr(deep_write, "_STRIP", 3000)
    picture = deep_noise(50, 40)
    for suffix in DEEP:
        save_document(document_of(picture), tmp_path / f"a{suffix}")
        assert np.array_equal(pixels_of(open_document(tmp_path / f"a{suffix}")), picture)


@pytest.mark.parametrize("suffix", DEEP)
def test_metadata_is_carried(tmp_path: Path, suffix: str) -> None:
    path, again = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    metadata = Metadata((300.0, 150.0), srgb(), exif(1), XMP)
    save_document(document_of(deep_noise(20, 30), metadata), path)
    found = open_document(path)
    save_document(found, again)
    for document in (found, open_document(again)):
        got = document.metadata
        assert got.resolution == pytest.approx((300, 150), abs=0.013)  # PNG counts whole pixels per metre
        assert (got.icc_profile, got.xmp) == (metadata.icc_profile, XMP)
        assert got.exif is not None
        values = Image.Exif()
        values.load(got.exif)
        assert values[ExifTags.Base.Make] == "Maker"
        assert values.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ISOSpeedRatings] == 400


@pytest.mark.parametrize("suffix", DEEP)
def test_no_metadata_stays_none(tmp_path: Path, suffix: str) -> None:
    save_document(document_of(deep_noise(20, 30)), tmp_path / f"a{suffix}")
    got = open_document(tmp_path / f"a{suffix}").metadata
    assert (got.icc_profile, got.exif, got.xmp) == (None, None, None)


@pytest.mark.parametrize(("kind", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_png_of_any_kind(tmp_path: Path, kind: int, channels: int) -> None:
    stored = deep_noise(20, 30, channels)
    (tmp_path / "a.png").write_bytes(stored_png(stored, kind))
    assert np.array_equal(pixels_of(open_document(tmp_path / "a.png")), as_rgba(stored))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_tiff_is_turned_upright(tmp_path: Path, orientation: int, channels: int) -> None:
    stored = deep_noise(20, 30, channels)
    (tmp_path / "a.tif").write_bytes(stored_tiff(stored, Orientation=orientation))
    picture = pixels_of(open_document(tmp_path / "a.tif"))
    assert np.array_equal(picture, upright(as_rgba(stored), orientation))


def test_png_is_turned_upright(tmp_path: Path) -> None:
    picture = deep_noise(20, 30)
    save_document(document_of(picture, Metadata(exif=exif(6))), tmp_path / "a.png")
    document = open_document(tmp_path / "a.png")
    assert document.depth == 16
    assert np.array_equal(pixels_of(document), upright(picture, 6))


def test_a_colour_key(tmp_path: Path) -> None:
    stored = deep_noise(20, 30, 3)
    key = struct.pack(">3H", *map(int, stored[3, 4]))
    chunk = struct.pack(">L", 6) + b"tRNS" + key + struct.pack(">L", zlib.crc32(b"tRNS" + key))
    (tmp_path / "a.png").write_bytes(stored_png(stored, 2, chunk))
    picture = pixels_of(open_document(tmp_path / "a.png"))
    assert np.array_equal(picture[..., :3], stored)
    assert picture[3, 4, 3] == 0 and picture[3, 5, 3] == FULL


def test_grey_goes_through_its_profile_with_all_of_its_bits(tmp_path: Path) -> None:
    grey = np.sort(deep_noise(40, 40, 1).reshape(-1)).reshape(40, 40)
    Image.fromarray(grey).save(tmp_path / "a.png", icc_profile=gray_profile())
    document = open_document(tmp_path / "a.png")
    assert (document.depth, document.metadata.icc_profile) == (16, None)
    found = pixels_of(document)
    linear = grey / 65535
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(found[..., 0] / 65535 - srgb)[linear > 0.05].max() < 0.003
    assert len(np.unique(found[..., 1])) > 1000 and np.array_equal(found[..., 0], found[..., 2])


@pytest.mark.parametrize("tags", [{"PlanarConfiguration": 2}, {"SampleFormat": (2,)}, {"ExtraSamples": 1}])
def test_tiff_that_opencv_is_not_trusted_with(tmp_path: Path, tags: dict[str, object]) -> None:
    """Whatever Pillow makes of it, in 8 bits, or a refusal."""
    stored = deep_noise(8, 8, 4 if "ExtraSamples" in tags else 1)
    (tmp_path / "a.tif").write_bytes(stored_tiff(stored, **tags))
    try:
        document = open_document(tmp_path / "a.tif")
    except FileError:
        return
    assert document.depth == 8


@pytest.mark.parametrize("cut", [40, 200, 900])
@pytest.mark.parametrize("suffix", DEEP)
def test_damaged_files_are_refused(tmp_path: Path, suffix: str, cut: int) -> None:
    path = tmp_path / f"a{suffix}"
    save_document(document_of(deep_noise(20, 30)), path)
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(FileError):
        open_document(path)


def test_what_opencv_cannot_read_is_opened_in_8_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = deep_noise(20, 30)
    save_document(document_of(picture), tmp_path / "a.png")

    def fails(*_: object) -> None:
        raise cv2.error("no")

    for replacement in (fails, lambda *_: None, lambda *_: np.zeros((3, 3), np.uint16)):
        monkeypatch.setattr(cv2, "imdecode", replacement)
        document = open_document(tmp_path / "a.png")
        assert document.depth == 8
        assert np.abs(pixels_of(document).astype(int) - to_8(picture)).max() <= 1


def test_a_picture_too_large_for_a_tiff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deep_write, "_TIFF_MAX", 1000)
    with pytest.raises(FileError, match="room for 4 GB"):
        save_document(document_of(deep_noise(20, 30)), tmp_path / "a.tif")


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".avif", ".bmp"])
def test_formats_of_8_bits_get_rounded_ones(tmp_path: Path, suffix: str) -> None:
    picture = np.full((16, 16, 4), FULL, np.uint16)
    picture[:, 8:, :3] = 129 * 257 - 100
    save_document(document_of(picture), tmp_path / f"a{suffix}")
    document = open_document(tmp_path / f"a{suffix}")
    assert document.depth == 8
    assert np.abs(pixels_of(document).astype(int) - to_8(picture)).max() <= 2


def test_an_empty_picture_has_the_depth_of_its_document() -> None:
    empty = Document(Extent(3, 2), depth=16)
    assert flattened(empty).dtype == np.uint16
    assert not flattened(empty).any()


# OpenRaster


def test_everything_comes_back_from_openraster(tmp_path: Path) -> None:
    document = deep_document()
    document.root.children[1].clipped = True
    save_document(document, tmp_path / "a.ora")
    again = open_document(tmp_path / "a.ora")
    assert again.depth == 16
    assert_same(again, document)
    save_document(again, tmp_path / "b.ora")
    assert members(tmp_path / "a.ora") == members(tmp_path / "b.ora")


def test_other_programs_find_16_bits_in_openraster(tmp_path: Path) -> None:
    picture = deep_noise(20, 30)
    save_document(document_of(picture, Metadata(icc_profile=srgb())), tmp_path / "a.ora")
    files = members(tmp_path / "a.ora")
    for name in ("data/layer0001.png", "mergedimage.png"):
        found = cv2.imdecode(np.frombuffer(files[name], np.uint8), cv2.IMREAD_UNCHANGED)
        assert found is not None and np.array_equal(found[..., [2, 1, 0, 3]], picture)
        with Image.open(io.BytesIO(files[name])) as image:
            assert ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
    with Image.open(io.BytesIO(files["Thumbnails/thumbnail.png"])) as image:
        assert (image.mode, image.size) == ("RGBA", (30, 20))


def test_an_empty_document_keeps_its_depth(tmp_path: Path) -> None:
    save_document(Document(Extent(20, 10), depth=16), tmp_path / "a.ora")
    assert open_document(tmp_path / "a.ora").depth == 16


def test_one_deep_layer_makes_the_document_deep(tmp_path: Path) -> None:
    deep, shallow = deep_noise(10, 20), noise(10, 20)
    files = {"data/a.png": stored_png(deep, 6), "data/b.png": png(shallow)}
    path = make(tmp_path / "a.ora", '<layer src="data/a.png"/><layer src="data/b.png"/>', files)
    document = open_document(path)
    assert (document.depth, document.selection.depth) == (16, 16)
    below, above = document.root.children
    assert isinstance(below, PaintLayer) and isinstance(above, PaintLayer)
    assert np.array_equal(above.pixels.read(document.canvas), deep)
    assert np.array_equal(below.pixels.read(Bounds(0, 0, 20, 10)), shallow * np.uint16(257))


@pytest.mark.parametrize("suffix", [".ora", ".psd"])
def test_others_are_told_that_no_profile_is_srgb(tmp_path: Path, suffix: str) -> None:
    """They would ask for each layer, or take 16 bits for linear light; here no profile stays none."""
    document = deep_document()
    document.metadata.icc_profile = None
    save_document(document, tmp_path / f"a{suffix}")
    assert open_document(tmp_path / f"a{suffix}").metadata.icc_profile is None
    if suffix == ".ora":
        for name, data in members(tmp_path / "a.ora").items():
            if name.startswith("data/"):
                with Image.open(io.BytesIO(data)) as image:
                    assert image.info["icc_profile"] == srgb_profile()
    else:
        assert srgb_profile() in (tmp_path / "a.psd").read_bytes()
