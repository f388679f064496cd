"""What a picture's numbers mean is what the screen shows."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageCms
from PySide6.QtGui import QColorSpace

from editor.document.geometry import Bounds
from editor.render.colour import screen_transform
from editor.render.qimage import pixels_of, premultiplied
from editor.render.view_buffer import ViewBuffer
from tests.editor.files.profiles import cmyk_profile, gray_profile
from tests.editor.render.test_projection import Source

P3 = bytes(QColorSpace(QColorSpace.NamedColorSpace.DisplayP3).iccProfile().data())
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def in_srgb(rgb: tuple[int, int, int]) -> list[float]:
    """Display P3 by its primaries (SMPTE EG 432-1) to sRGB by its own, white the same; 0–255."""
    linear = np.array(rgb) / 255
    linear = np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    matrix = [[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]]
    out = np.clip(matrix @ linear, 0, 1)
    return list(255 * np.where(out <= 0.0031308, out * 12.92, 1.055 * out ** (1 / 2.4) - 0.055))


@pytest.mark.parametrize(
    "profile",
    [None, b"", b"icc" * 99, SRGB, cmyk_profile(), gray_profile(), P3[:130] + bytes(200)],
    ids=["none", "empty", "nonsense", "sRGB", "CMYK", "grey", "cut"],
)
def test_nothing_is_done_where_there_is_nothing_to_do(profile: bytes | None, qtlog: object) -> None:
    with qtlog.disabled():  # type: ignore[attr-defined]
        assert screen_transform(profile) is None


@pytest.mark.parametrize("rgb", [(200, 60, 40), (30, 180, 90), (128, 128, 128), (255, 255, 255), (0, 0, 0)])
def test_wide_gamut_is_shown_as_it_is_meant(rgb: tuple[int, int, int]) -> None:
    picture = np.full((300, 300, 4), (*rgb, 255), np.uint8)
    picture[:100] = 0
    source = Source(premultiplied(picture))
    projection = source.projection()
    projection.update(source.bounds)
    buffer = ViewBuffer(projection, screen_transform(P3))
    image, place = buffer.image(Bounds(0, 0, 300, 300), 0)
    shown = pixels_of(image)[Bounds(0, 0, 300, 300).slices(place)]
    assert np.abs(shown[200, 200, 2::-1] - np.array(in_srgb(rgb))).max() <= 2
    assert shown[200, 200, 3] == 255 and not shown[50].any()
