"""The picture that a PSD holds besides its layers, or alone: for files whose layers are none, or not understood."""

from __future__ import annotations

import numpy as np
from PIL import Image
from psd_tools.constants import ColorMode
from psd_tools.psd import PSD
from psd_tools.psd.layer_and_mask import ChannelData

from editor.document.tiles import Pixels
from editor.files import psd
from editor.files.errors import FileError
from editor.files.pixels import srgb_profile, to_rgba

LAYERED = {ColorMode.RGB: 3, ColorMode.GRAYSCALE: 1, ColorMode.DUOTONE: 1}
"""The kinds of colour whose layers are understood, with the channels that they have."""
COLOURS = LAYERED | {ColorMode.CMYK: 4, ColorMode.LAB: 3, ColorMode.INDEXED: 1, ColorMode.BITMAP: 1}
"""The same, of all that can be read."""

_PILLOW = {
    ColorMode.RGB: "RGB",
    ColorMode.GRAYSCALE: "L",
    ColorMode.DUOTONE: "L",
    ColorMode.CMYK: "CMYK",
    ColorMode.LAB: "LAB",
    ColorMode.INDEXED: "P",
}


def merged(file: PSD, name: str, tones: Pixels | None) -> tuple[Pixels, bytes | None]:
    """(h, w, 4) of 8 or 16 bits, opaque, and the profile that it is in; None means sRGB. ``tones``, a table, makes
    sRGB of other numbers. Raises FileError, and ValueError where the picture is damaged."""
    header = file.header
    if header.color_mode == ColorMode.BITMAP and header.depth == 1:
        rows = _planes(file, -(-header.width // 8), 1, 8)[0]
        image = Image.frombytes("1", (header.width, header.height), rows.tobytes(), "raw", "1;I")
        return to_rgba(image)[0], None
    if header.color_mode not in _PILLOW or header.depth < 8:
        raise FileError(f"{name} has its colours in a way that cannot be read: convert it to RGB first.")
    count = COLOURS[header.color_mode]
    planes = _planes(file, header.width, count, header.depth)
    if header.color_mode in LAYERED and header.depth > 8:
        rgba = np.full((header.height, header.width, 4), 65535, np.uint16)
        for i in range(3):
            rgba[..., i] = planes[min(i, count - 1)]
        if tones is not None:
            rgba[..., :3] = tones[rgba[..., :3]]
        return rgba, rgb_profile(file)
    if header.depth > 8:
        planes = (planes >> 8).astype(np.uint8)
    if header.color_mode == ColorMode.CMYK:
        planes = 255 - planes  # a PSD says how much paper is left
    bands = [Image.fromarray(plane) for plane in planes]
    image = Image.merge(_PILLOW[header.color_mode], bands) if count > 1 else bands[0]
    if header.color_mode == ColorMode.INDEXED:
        table = np.frombuffer(file.color_mode_data.value, np.uint8, 768).reshape(3, 256)
        image.putpalette(table.T.tobytes())
    if profile := file.image_resources.get_data(psd.PROFILE):
        image.info["icc_profile"] = profile
    return to_rgba(image)


def rgb_profile(file: PSD) -> bytes | None:
    """The file's, where it is one of RGB and says something."""
    profile = file.image_resources.get_data(psd.PROFILE)
    is_rgb = profile and len(profile) >= 128 and profile[16:20] == b"RGB "
    return profile if is_rgb and profile != srgb_profile() else None


def _planes(file: PSD, width: int, count: int, depth: int) -> Pixels:
    """The first ``count`` channels, (count, h, width)."""
    header, data = file.header, file.image_data
    if header.channels < count:
        raise ValueError("the merged picture lacks a channel")
    height = header.height * header.channels
    whole = psd.unpacked(ChannelData(data.compression, data.data), width, height, depth, header.version)
    return whole.reshape(header.channels, header.height, width)[:count]
