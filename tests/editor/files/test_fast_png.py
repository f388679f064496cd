"""PNG written by OpenCV: every pixel comes back, and what else there is goes along."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from editor.files import fast_png
from tests.editor.files.samples import noise


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 3, 4]), st.integers(0, 9))
def test_every_pixel_comes_back(height: int, width: int, channels: int, seed: int) -> None:
    picture = noise(height, width, seed, channels)
    if channels == 4:
        picture[: height // 2, :, 3] = 0  # colour under it stays
    with Image.open(io.BytesIO(fast_png.encoded(picture, 1))) as image:
        assert image.mode == {1: "L", 3: "RGB", 4: "RGBA"}[channels]
        assert np.array_equal(np.asarray(image), picture)


def test_a_part_of_an_array() -> None:
    picture = noise(30, 40)
    with Image.open(io.BytesIO(fast_png.encoded(picture[5:20, 3:30, :3], 1))) as image:
        assert np.array_equal(np.asarray(image), picture[5:20, 3:30, :3])


@pytest.mark.parametrize("opaque", [True, False])
def test_a_profile_goes_along(opaque: bool) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    like = io.BytesIO()
    Image.new("RGB", (1, 1)).save(like, "PNG", icc_profile=profile)
    picture = noise(9, 9)[..., : 3 if opaque else 4]
    with Image.open(io.BytesIO(fast_png.encoded(picture, 1, like.getvalue()))) as image:
        assert image.info["icc_profile"] == profile
        assert np.array_equal(np.asarray(image), picture)


def test_the_same_picture_gives_the_same_bytes() -> None:
    assert fast_png.encoded(noise(30, 40), 1) == fast_png.encoded(noise(30, 40), 1)
