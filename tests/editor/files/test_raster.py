"""Pictures without layers: what is read is what was written, colour and metadata as well."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms, JpegImagePlugin, features

from editor.document.document import Document, Metadata
from editor.document.geometry import Extent
from editor.document.layers import PaintLayer
from editor.document.tiles import Array8, TileMap
from editor.files.formats import open_document, save_document
from editor.files.options import SaveOptions, Subsampling
from editor.files.pixels import over_white, scaled

LOSSLESS = [".png", ".webp", ".tif"]
LOSSY = [".jpg", ".avif"]
WRITTEN = [*LOSSLESS, *LOSSY, ".bmp"]
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><tiff:Orientation>1</tiff:Orientation>\xc3\xa4</x:xmpmeta>'


def noise(height: int = 37, width: int = 53, opaque: bool = False) -> Array8:
    """Any alpha, and colour under alpha 0."""
    picture = np.random.default_rng(5).integers(0, 256, (height, width, 4), np.uint8)
    picture[:9, :, 3] = 0
    if opaque:
        picture[..., 3] = 255
    return picture


def smooth(height: int = 64, width: int = 96) -> Array8:
    rows, columns = np.mgrid[0:height, 0:width]
    return np.dstack([rows * 2, columns * 2, 255 - rows - columns, np.full_like(rows, 255)]).astype(np.uint8)


def document_of(picture: Array8, metadata: Metadata | None = None) -> Document:
    document = Document(Extent(picture.shape[1], picture.shape[0]), metadata)
    document.insert(PaintLayer("Background", pixels=TileMap.from_array(picture)), document.root, 0)
    return document


def pixels_of(document: Document) -> Array8:
    (layer,) = document.root.children
    assert isinstance(layer, PaintLayer)
    return layer.pixels.read(document.canvas)


def opened(path: Path) -> Array8:
    return pixels_of(open_document(path))


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def exif(orientation: int) -> bytes:
    values = Image.Exif()
    values[ExifTags.Base.Make] = "Maker"
    values[ExifTags.Base.Orientation] = orientation
    values[ExifTags.IFD.Exif] = {ExifTags.Base.ISOSpeedRatings: 400}
    return b"Exif\0\0" + values.tobytes().removeprefix(b"Exif\0\0")


@pytest.mark.parametrize("suffix", LOSSLESS)
@pytest.mark.parametrize("opaque", [True, False])
def test_round_trip_is_exact_with_hidden_colour(tmp_path: Path, suffix: str, opaque: bool) -> None:
    picture, path = noise(opaque=opaque), tmp_path / f"a{suffix}"
    save_document(document_of(picture), path)
    assert np.array_equal(opened(path), picture)
    with Image.open(path) as image:
        assert image.mode == ("RGB" if opaque else "RGBA")


@pytest.mark.parametrize("suffix", LOSSY)
def test_lossy_round_trip_is_close(tmp_path: Path, suffix: str) -> None:
    picture, path = smooth(), tmp_path / f"a{suffix}"
    save_document(document_of(picture), path)
    assert np.abs(opened(path).astype(int) - picture).max() <= 8


def test_avif_keeps_alpha(tmp_path: Path) -> None:
    picture = smooth()
    picture[:20, :, 3] = 0
    picture[20:30, :, 3] = 128
    save_document(document_of(picture), tmp_path / "a.avif")
    assert np.abs(opened(tmp_path / "a.avif")[..., 3].astype(int) - picture[..., 3]).max() <= 8


def test_jpeg_is_full_colour_on_white(tmp_path: Path) -> None:
    picture = smooth()
    picture[:32] = (10, 20, 30, 0)
    save_document(document_of(picture), tmp_path / "a.jpg")
    assert opened(tmp_path / "a.jpg")[:24].min() >= 250
    with Image.open(tmp_path / "a.jpg") as image:
        assert {sampling[1:3] for sampling in image.layer} == {(1, 1)}  # type: ignore[attr-defined]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_what_covers_in_part_is_rounded(dtype: type) -> None:
    full = int(np.iinfo(dtype).max)
    some = np.random.default_rng(2).integers(0, full + 1, (2, 256, 256)).astype(dtype)
    if dtype == np.uint8:
        some = np.stack(np.meshgrid(np.arange(256, dtype=dtype), np.arange(256, dtype=dtype)))
    some[:, 0, :4] = [[0, 0, full, full], [0, full, 0, full]]
    (colour, alpha), exact = some, some.astype(float)
    on_white = np.rint((exact[0] * exact[1] + full * (full - exact[1])) / full)
    assert np.array_equal(over_white(np.dstack([colour] * 3 + [alpha])), np.dstack([on_white] * 3))
    assert np.array_equal(scaled(colour, alpha), np.rint(exact[0] * exact[1] / full))


def test_bmp(tmp_path: Path) -> None:
    picture = noise(opaque=True)
    save_document(document_of(picture), tmp_path / "a.bmp")
    assert np.array_equal(opened(tmp_path / "a.bmp"), picture)


def test_pillow_brings_its_codecs() -> None:
    assert features.check("avif") and features.check("webp") and features.check("libtiff")


@pytest.mark.parametrize("suffix", WRITTEN)
def test_metadata_is_carried(tmp_path: Path, suffix: str) -> None:
    path, again = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    metadata = Metadata((300.0, 150.0), srgb(), exif(1), XMP)
    save_document(document_of(smooth(), metadata), path)
    found = open_document(path)
    save_document(found, again)
    for document in (found, open_document(again)):
        got = document.metadata
        if suffix not in (".webp", ".avif"):
            assert got.resolution == pytest.approx((300, 150), abs=0.013)  # PNG counts whole pixels per metre
        if suffix == ".bmp":
            continue
        assert got.icc_profile == metadata.icc_profile
        assert got.xmp == XMP
        assert got.exif is not None and got.exif.startswith(b"Exif\0\0")
        values = Image.Exif()
        values.load(got.exif)
        assert values[ExifTags.Base.Make] == "Maker"
        assert values.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ISOSpeedRatings] == 400


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_exif_and_xmp_are_carried_byte_for_byte(tmp_path: Path, suffix: str) -> None:
    path, metadata = tmp_path / f"a{suffix}", Metadata(None, None, exif(1), XMP)
    save_document(document_of(smooth(), metadata), path)
    assert open_document(path).metadata.exif == metadata.exif


@pytest.mark.parametrize("suffix", WRITTEN)
def test_no_metadata_stays_none(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    save_document(document_of(smooth()), path)
    got = open_document(path).metadata
    assert (got.icc_profile, got.exif, got.xmp) == (None, None, None)


def test_metadata_too_large_for_a_jpeg(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    metadata = Metadata((1e5, 1e5), None, exif(1) + bytes(70_000), b"x" * 70_000)
    save_document(document_of(smooth(), metadata), tmp_path / "a.jpg")
    assert [record.message.split()[0] for record in caplog.records] == ["exif", "xmp"]
    caplog.clear()
    got = open_document(tmp_path / "a.jpg").metadata
    assert (got.exif, got.xmp) == (None, None)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".avif"])
def test_orientation_is_applied_once_and_reset(tmp_path: Path, suffix: str, orientation: int) -> None:
    path, again = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    picture = smooth(16, 32)
    picture[:8, :8] = (255, 255, 255, 255)
    options: dict[str, Any] = (
        {"quality": 95} if suffix in LOSSY else {"lossless": True} if suffix == ".webp" else {}
    )
    if suffix == ".tif":
        options = {"tiffinfo": {ExifTags.Base.Orientation: orientation, ExifTags.Base.Make: "Maker"}}
    else:
        options["exif"] = exif(orientation)
    stored = Image.fromarray(picture[..., :3])
    stored.save(path, **options)
    turn = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }.get(orientation)
    expected = np.asarray(stored if turn is None else stored.transpose(turn)).astype(int)
    document = open_document(path)
    assert tuple(document.extent) == (expected.shape[1], expected.shape[0])
    assert np.abs(pixels_of(document)[..., :3] - expected).mean() < 4
    save_document(document, again)
    for place in (again, path):
        assert np.abs(opened(place)[..., :3] - expected).mean() < 4
    with Image.open(again) as image:
        assert image.getexif().get(ExifTags.Base.Orientation, 1) == 1
        assert image.getexif()[ExifTags.Base.Make] == "Maker"


def test_orientation_is_struck_out_of_xmp(tmp_path: Path) -> None:
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a tiff:Orientation="6"/><tiff:Orientation>6</tiff:Orientation>'
    )
    Image.new("RGB", (8, 4)).save(tmp_path / "a.jpg", xmp=packet, dpi=(100, 200))
    document = open_document(tmp_path / "a.jpg")
    assert tuple(document.extent) == (4, 8)
    assert document.metadata.resolution == (200, 100)
    assert document.metadata.xmp == packet.replace(b"6", b"1")


def test_broken_exif_does_no_harm(tmp_path: Path) -> None:
    for number, tail in enumerate([b"", b"II", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\0\x05\x01"]):
        path = tmp_path / f"{number}.jpg"
        Image.new("RGB", (8, 4)).save(path, exif=b"Exif\0\0" + tail)
        document = open_document(path)
        assert tuple(document.extent) == (8, 4)
        document.metadata.exif = b"Exif\0\0" + tail  # as a document from elsewhere may have it
        for suffix in WRITTEN:
            save_document(document, tmp_path / f"again{suffix}")
            assert tuple(open_document(tmp_path / f"again{suffix}").extent) == (8, 4)


def test_pillow_is_not_left_with_its_own_limit() -> None:
    assert Image.MAX_IMAGE_PIXELS is None


def test_picture_from_memory_has_the_expected_layer(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGB", (3, 2), "red").save(out, "PNG")
    (tmp_path / "mislabelled.jpg").write_bytes(out.getvalue())
    (layer,) = open_document(tmp_path / "mislabelled.jpg").root.children
    assert type(layer) is PaintLayer and layer.name == "Background"


@pytest.mark.parametrize(("subsampling", "found"), [("4:4:4", 0), ("4:2:2", 1), ("4:2:0", 2)])
def test_subsampling_of_a_jpeg(tmp_path: Path, subsampling: Subsampling, found: int) -> None:
    save_document(
        document_of(noise(40, 40)), tmp_path / "a.jpg", options=SaveOptions(subsampling=subsampling)
    )
    with Image.open(tmp_path / "a.jpg") as image:
        assert JpegImagePlugin.get_sampling(image) == found


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".avif"])
def test_less_quality_takes_less_room(tmp_path: Path, suffix: str) -> None:
    picture = noise(200, 200, opaque=True)
    sizes = []
    for quality in (95, 40):
        path = tmp_path / f"{quality}{suffix}"
        save_document(document_of(picture), path, options=SaveOptions(quality=quality, lossless=False))
        sizes.append(path.stat().st_size)
    assert sizes[1] < 0.6 * sizes[0]


def test_webp_is_lossless_unless_it_is_not_wanted(tmp_path: Path) -> None:
    picture = noise(30, 40)
    for lossless in (True, False):
        path = tmp_path / f"{lossless}.webp"
        save_document(document_of(picture), path, options=SaveOptions(lossless=lossless))
        assert np.array_equal(opened(path), picture) is lossless
