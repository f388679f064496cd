"""Arrays and QImages: nothing is lost between them, and nothing is shared."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as run_with
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QImage

from editor.document.tiles import Array8
from editor.render.qimage import pixels_of, premultiplied, to_array, to_qimage


def noise(width: int, height: int, seed: int = 0) -> Array8:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 4), dtype=np.uint8)


@run_with(deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 1000))
def test_to_a_qimage_and_back_is_the_identity(width: int, height: int, seed: int) -> None:
    picture = noise(width, height, seed)
    image = to_qimage(picture)
    assert (image.width(), image.height()) == (width, height)
    assert np.array_equal(to_array(image), picture)


def test_the_order_of_the_channels() -> None:
    image = to_qimage(np.array([[[10, 20, 30, 40]]], np.uint8))
    assert image.pixelColor(0, 0).getRgb() == (10, 20, 30, 40)
    image.setPixelColor(0, 0, QColor(50, 60, 70, 80))
    assert to_array(image).tolist() == [[[50, 60, 70, 80]]]


@pytest.mark.parametrize(
    "view",
    [np.s_[::2], np.s_[:, ::-1], np.s_[3:9, 2:7], np.s_[::-1, ::3]],
    ids=["rows", "mirrored", "part", "turned"],
)
def test_any_view_of_an_array_will_do(view: tuple[slice, ...]) -> None:
    picture = noise(21, 13)[view]
    assert np.array_equal(to_array(to_qimage(picture)), picture)


def test_a_frozen_array_will_do() -> None:
    picture = noise(5, 5)
    picture.flags.writeable = False
    assert np.array_equal(to_array(to_qimage(picture)), picture)


def test_the_qimage_outlives_the_array() -> None:
    picture = noise(300, 200)
    expected = picture.copy()
    image = to_qimage(picture)
    picture[:] = 7
    assert np.array_equal(to_array(image), expected)
    del picture
    gc.collect()
    scribble = [np.full((200, 300, 4), 99, np.uint8) for _ in range(20)]  # over the memory that was freed
    assert np.array_equal(to_array(image), expected)
    del scribble


def test_the_array_outlives_the_qimage() -> None:
    image = to_qimage(expected := noise(300, 200))
    found = to_array(image)
    image.fill(0)
    del image
    gc.collect()
    assert np.array_equal(found, expected)
    found[:] = 0  # and is writable


@pytest.mark.parametrize(
    "kind",
    [
        QImage.Format.Format_RGB888,
        QImage.Format.Format_RGB32,
        QImage.Format.Format_ARGB32_Premultiplied,
        QImage.Format.Format_Grayscale8,
        QImage.Format.Format_RGBA64,
    ],
)
@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_pictures_of_other_formats_are_read(kind: QImage.Format, width: int) -> None:
    grey = np.repeat(np.arange(width * 2, dtype=np.uint8).reshape(2, width, 1) * 20, 4, axis=2)
    grey[..., 3] = 255
    found = to_array(to_qimage(grey).convertToFormat(kind))
    assert np.array_equal(found, grey)


def test_premultiplied_is_as_close_as_bytes_can_be() -> None:
    alpha, colour = np.mgrid[:256, :256].astype(np.uint8)
    straight = np.stack([colour, 255 - colour, colour // 2, alpha], axis=-1)
    found = premultiplied(straight).astype(np.float64)
    exact = straight[..., :3].astype(np.float64) * alpha[..., None] / 255
    assert np.abs(found[..., 2::-1] - exact).max() <= 0.5
    assert np.array_equal(found[..., 3], alpha)


def test_premultiplied_of_an_opaque_picture_only_reorders() -> None:
    picture = noise(31, 17)
    picture[..., 3] = 255
    assert np.array_equal(premultiplied(picture), picture[..., [2, 1, 0, 3]])


def test_premultiplied_leaves_its_argument_alone() -> None:
    for alpha in (255, 100):
        picture = noise(5, 5)
        picture[..., 3] = alpha
        before = picture.copy()
        out = premultiplied(picture)
        assert np.array_equal(picture, before) and not np.shares_memory(out, picture)


def test_qt_reads_what_premultiplied_writes() -> None:
    picture = noise(40, 30)
    image = QImage(40, 30, QImage.Format.Format_ARGB32_Premultiplied)
    pixels_of(image)[:] = premultiplied(picture)
    back = to_array(image)
    visible = picture[..., 3] > 200
    assert np.array_equal(back[..., 3], picture[..., 3])
    assert np.abs(back[visible].astype(int) - picture[visible]).max() <= 1


def test_pixels_of_writes_into_the_image() -> None:
    image = QImage(3, 2, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    pixels_of(image)[1, 2] = (30, 20, 10, 255)
    assert image.pixelColor(2, 1).getRgb() == (10, 20, 30, 255)
    assert pixels_of(image).shape == (2, 3, 4)
    assert pixels_of(image).sum() == 315
