"""Every mode of colour that a picture may come in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from editor.document.document import Document
from editor.document.layers import PaintLayer
from editor.document.tiles import Array8
from editor.files.formats import open_document
from tests.editor.files.profiles import cmyk_profile, gray_profile


def noise(height: int = 37, width: int = 53, opaque: bool = False) -> Array8:
    """Any alpha, and colour under alpha 0."""
    picture = np.random.default_rng(5).integers(0, 256, (height, width, 4), np.uint8)
    picture[:9, :, 3] = 0
    if opaque:
        picture[..., 3] = 255
    return picture


def pixels_of(document: Document) -> Array8:
    (layer,) = document.root.children
    assert isinstance(layer, PaintLayer)
    return layer.pixels.read(document.canvas)


def opened(path: Path) -> Array8:
    return pixels_of(open_document(path))


def test_grey_grey_alpha_and_one_bit(tmp_path: Path) -> None:
    picture = noise()
    grey, alpha = Image.fromarray(picture[..., 0]), Image.fromarray(picture[..., 3])
    grey.save(tmp_path / "l.png")
    assert np.array_equal(opened(tmp_path / "l.png")[..., 1], picture[..., 0])
    Image.merge("LA", [grey, alpha]).save(tmp_path / "la.png")
    got = opened(tmp_path / "la.png")
    assert np.array_equal(got[..., 2], picture[..., 0]) and np.array_equal(got[..., 3], picture[..., 3])
    grey.convert("1").save(tmp_path / "1.tif")
    assert set(np.unique(opened(tmp_path / "1.tif"))) == {0, 255}


def test_palette_with_transparency(tmp_path: Path) -> None:
    image = Image.new("P", (4, 1))
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7])
    image.putdata([0, 1, 2, 3])
    image.save(tmp_path / "p.png", transparency=bytes([255, 128, 0, 255]))
    expected = [[255, 0, 0, 255], [0, 255, 0, 128], [0, 0, 255, 0], [9, 8, 7, 255]]
    assert opened(tmp_path / "p.png")[0].tolist() == expected
    image.save(tmp_path / "p.gif", transparency=2)
    assert opened(tmp_path / "p.gif")[0].tolist() == [
        [*rgb[:3], 0 if i == 2 else 255] for i, rgb in enumerate(expected)
    ]


def test_colour_key(tmp_path: Path) -> None:
    image = Image.new("RGB", (2, 1), (1, 2, 3))
    image.putpixel((1, 0), (9, 9, 9))
    image.save(tmp_path / "a.png", transparency=(1, 2, 3))
    assert opened(tmp_path / "a.png")[0].tolist() == [[1, 2, 3, 0], [9, 9, 9, 255]]


def test_first_frame_of_a_gif(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (5, 5), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert opened(tmp_path / "a.gif")[2, 2].tolist() == [255, 0, 0, 255]


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bit_grey(tmp_path: Path, suffix: str) -> None:
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    Image.fromarray(values).save(tmp_path / f"a{suffix}")
    found = opened(tmp_path / f"a{suffix}")
    assert found.dtype == np.uint16
    assert np.array_equal(found[..., 0], values) and (found[..., 3] == 65535).all()


def test_float_grey(tmp_path: Path) -> None:
    values = np.array([[-1, 0, 0.5, 1, 7, np.nan]], np.float32)
    Image.fromarray(values).save(tmp_path / "a.tif")
    assert opened(tmp_path / "a.tif")[0, :, 0].tolist() == [0, 0, 128, 255, 255, 0]


def test_ycbcr_and_lab(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), (200, 100, 50)).convert("YCbCr").save(tmp_path / "y.tif")
    assert np.abs(opened(tmp_path / "y.tif")[0, 0].astype(int) - (200, 100, 50, 255)).max() <= 3
    Image.new("LAB", (8, 8), (255, 128, 128)).save(tmp_path / "lab.tif")
    assert opened(tmp_path / "lab.tif")[0, 0].min() >= 253


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_cmyk_goes_through_its_profile(tmp_path: Path, suffix: str) -> None:
    path, image = tmp_path / f"a{suffix}", Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    image.paste((0, 0, 0, 0), (0, 0, 8, 16))
    image.save(path, icc_profile=cmyk_profile())
    document = open_document(path)
    paper, cyan = pixels_of(document)[4, 2].astype(int), pixels_of(document)[4, 13].astype(int)
    assert paper.min() >= 250
    assert np.ptp(cyan[:3]) <= 3 and 60 < cyan[0] < 160
    assert document.metadata.icc_profile is None


@pytest.mark.parametrize("profile", [None, b"broken" * 40])
def test_cmyk_without_a_good_profile(tmp_path: Path, profile: bytes | None) -> None:
    Image.new("CMYK", (8, 8), (255, 0, 0, 0)).save(tmp_path / "a.tif", icc_profile=profile)
    assert opened(tmp_path / "a.tif")[0, 0].tolist() == [0, 255, 255, 255]


def test_grey_goes_through_its_profile(tmp_path: Path) -> None:
    image = Image.merge("LA", [Image.new("L", (4, 4), 55), Image.new("L", (4, 4), 77)])
    image.save(tmp_path / "a.png", icc_profile=gray_profile())
    document = open_document(tmp_path / "a.png")
    red, green, blue, alpha = (int(v) for v in pixels_of(document)[0, 0])
    assert abs(red - 128) <= 3 and red == green == blue and alpha == 77
    assert document.metadata.icc_profile is None


def test_16_bit_png_with_a_colour_key_and_in_colour(tmp_path: Path) -> None:
    values = np.array([[0, 257, 65535]], np.uint16)
    Image.fromarray(values).save(tmp_path / "a.png", transparency=257)
    full = 65535
    assert opened(tmp_path / "a.png")[0].tolist() == [[0, 0, 0, full], [257, 257, 257, 0], [full] * 4]


def test_icc_of_the_wrong_kind_is_not_carried(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4), "red").save(tmp_path / "a.png", icc_profile=gray_profile())
    Image.new("RGB", (4, 4), "red").save(tmp_path / "b.jpg", icc_profile=b"nonsense")
    assert open_document(tmp_path / "a.png").metadata.icc_profile is None
    assert open_document(tmp_path / "b.jpg").metadata.icc_profile is None
