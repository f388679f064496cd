"""From and to Pillow: any mode of picture as RGBA with straight alpha, and back."""

from __future__ import annotations

import io
import struct
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from editor.document.tiles import Array8, Depth, Pixels

_PROFILE_DATE = slice(24, 36)
_BAND = 1 << 22
"""Pixels at a time, where the work needs wider numbers."""


def to_rgba(image: Image.Image) -> tuple[Array8, bytes | None]:
    """(h, w, 4) uint8 with straight alpha, and the ICC profile that these pixels are in; None means sRGB.

    RGB keeps its numbers and its profile. CMYK, Lab and grey with a profile of their own become sRGB through that
    profile. 16 bits and floats become 8. The array may be read-only.
    """
    profile = image.info.get("icc_profile") or None
    space = profile[16:20] if isinstance(profile, bytes) and len(profile) >= 128 else b""
    if image.mode.startswith("I") or image.mode == "F":
        image = _to_8_bits(image)
    alpha: Image.Image | None = None
    if image.mode in ("L", "LA") and space == b"GRAY" and profile:
        if "transparency" in image.info:
            image = image.convert("LA")
        alpha = image.getchannel("A") if image.mode == "LA" else None
        image = image.getchannel("L").point(grey_table(profile, 8).tolist()).convert("RGB")
        profile = None
    elif image.mode in ("CMYK", "LAB"):
        image = _to_srgb(image, profile)
        profile = None
    elif space != b"RGB ":
        profile = None
    if image.mode not in ("RGB", "RGBA") or "transparency" in image.info:
        image = image.convert("RGBA")
    array = np.asarray(image)
    if array.shape[2] == 3 or alpha is not None:
        rgba = np.empty((*array.shape[:2], 4), np.uint8)
        rgba[..., :3] = array[..., :3]
        rgba[..., 3] = 255 if alpha is None else np.asarray(alpha)
        return rgba, profile
    return array, profile


def is_opaque(rgba: Pixels) -> bool:
    """Whether every pixel of (h, w, 4) is fully opaque."""
    return not rgba.size or int(np.min(rgba[..., 3])) == np.iinfo(rgba.dtype).max


def to_image(rgba: Array8, opaque: bool) -> Image.Image:
    """Of (h, w, 4); as RGB where the caller knows that it is opaque."""
    return Image.fromarray(np.ascontiguousarray(rgba[..., :3] if opaque else rgba))


def over_white(rgba: Pixels) -> Pixels:
    """(h, w, 4) as it looks on white paper: (h, w, 3) of the same type."""
    out = np.empty((*rgba.shape[:2], 3), rgba.dtype)
    full = rgba.dtype.type(np.iinfo(rgba.dtype).max)
    rows = max(1, _BAND // max(1, rgba.shape[1]))
    for top in range(0, len(rgba), rows):
        band = rgba[top : top + rows]
        np.subtract(full, _product(full - band[..., :3], band[..., 3:]), out=out[top : top + rows])
    return out


def scaled(alpha: Pixels, mask: Pixels) -> Pixels:
    """Coverage × coverage, (h, w) each and of one type, rounded."""
    out = np.empty(alpha.shape, alpha.dtype)
    rows = max(1, _BAND // max(1, alpha.shape[1]))
    for top in range(0, len(alpha), rows):
        band = slice(top, top + rows)
        out[band] = _product(alpha[band], mask[band])
    return out


def _product(a: Pixels, b: Pixels) -> Pixels:
    """Of parts of the full scale, rounded; without a division, which takes several times as long."""
    bits = 8 * a.dtype.itemsize
    wide: npt.NDArray[Any] = a.astype(np.uint16 if bits == 8 else np.uint32)
    wide *= b
    wide += 1 << bits - 1
    wide += wide >> bits
    wide >>= bits
    return wide.astype(a.dtype)


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Grey with 16 bits (Pillow's I;16, and I, in which it hands over 16-bit files) or floats from 0 to 1."""
    values: npt.NDArray[Any] = np.asarray(image)
    if image.mode == "F":
        grey = (np.clip(np.nan_to_num(values), 0.0, 1.0) * 255 + 0.5).astype(np.uint8)
    else:
        grey = ((np.clip(values, 0, 65535).astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    out = Image.fromarray(grey)
    key = image.info.get("transparency")
    if isinstance(key, int):
        out.putalpha(Image.fromarray(np.where(values == key, 0, 255).astype(np.uint8)))
    return out


def _to_srgb(image: Image.Image, profile: bytes | None, exact: bool = False) -> Image.Image:
    """Through the embedded profile; plainly where there is none or it is broken. ``exact``: slowly, for each value
    instead of between the nodes of a table."""
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION | (
        ImageCms.Flags.NOOPTIMIZE if exact else ImageCms.Flags.NONE
    )
    try:
        if image.mode == "LAB":
            source: Any = ImageCms.createProfile("LAB")
        elif profile is None:
            return image.convert("RGB")
        else:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(
            image,
            source,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=flags,
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image.convert("RGB")
    if converted is None:  # only where it was asked to work in place
        raise ValueError("no picture came back from the colour conversion")
    return converted


@cache
def srgb_profile() -> bytes:
    """Written where a program would ask what 16 bits without a profile are, or take them to be linear; undated, so that
    it is always the same bytes. Read again, it says no more than no profile does."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[_PROFILE_DATE] = struct.pack(">6H", 2020, 1, 1, 0, 0, 0)
    return bytes(profile)


def linear_table() -> Pixels:
    """What each value that is proportional to light is in sRGB, both of 16 bits (IEC 61966-2-1)."""
    light = np.arange(65536) / 65535
    coded = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(coded * 65535).astype(np.uint16)


def grey_table(profile: bytes, depth: Depth) -> Pixels:
    """What each value of a grey picture with a profile of its own is in sRGB; itself where the profile is broken."""
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    table = np.asarray(_to_srgb(ramp, profile, exact=True))[0, :, 1]
    if depth == 8:
        return table
    wide = np.interp(np.arange(65536), np.arange(256) * 257.0, table * 257.0)
    return np.rint(wide).astype(np.uint16)
