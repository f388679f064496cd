"""Reading 16 bits per channel: PNG and TIFF, which Pillow makes 8 bits of, through OpenCV."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
from PIL import Image

from editor.document.tiles import Pixels
from editor.files.pixels import grey_table

_PNG_DEPTH_AT = 24
_BITS, _PHOTOMETRIC, _SAMPLES, _PLANES, _EXTRA, _SAMPLE_FORMAT = 258, 262, 277, 284, 338, 339
_BLACK_IS_ZERO, _RGB = 1, 2
_TOGETHER, _STRAIGHT_ALPHA, _UNSIGNED = 1, 2, 1


def to_deep_rgba(image: Image.Image, stream: BinaryIO) -> tuple[Pixels, bytes | None] | None:
    """(h, w, 4) uint16 with straight alpha of a picture that Pillow has loaded from this stream, which so is known to
    be whole, and the ICC profile that these pixels are in; None means sRGB.

    Grey with a profile of its own becomes sRGB. None for a picture that has not 16 bits in every channel, and for one
    whose numbers would have to be converted to be RGB: CMYK, Lab.
    """
    profile = image.info.get("icc_profile") or b""
    space = bytes(profile[16:20]) if len(profile) >= 128 else b""
    if not (_is_deep_png(image, stream) or _is_deep_tiff(image)):
        return None
    import cv2  # not at start-up

    stream.seek(0)
    try:
        found = cv2.imdecode(np.frombuffer(stream.read(), np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if found is None or found.dtype != np.uint16 or found.shape[1::-1] != image.size:
        return None
    grey = found.ndim == 2
    rgba: Pixels
    if grey:
        values = grey_table(profile, 16)[found] if space == b"GRAY" else found
        rgba = cv2.cvtColor(values, cv2.COLOR_GRAY2RGBA)
    else:
        rgba = cv2.cvtColor(found, cv2.COLOR_BGR2RGBA if found.shape[2] == 3 else cv2.COLOR_BGRA2RGBA)
    key = image.info.get("transparency")
    if grey and isinstance(key, int):
        rgba[..., 3] = np.where(found == key, 0, 65535)
    return rgba, profile if space == b"RGB " else None


def _is_deep_png(image: Image.Image, stream: BinaryIO) -> bool:
    if image.format != "PNG" or getattr(image, "is_animated", False):
        return False
    stream.seek(_PNG_DEPTH_AT)
    return stream.read(1) == b"\x10"


def _is_deep_tiff(image: Image.Image) -> bool:
    """Grey, RGB or RGBA, whole numbers, as OpenCV is known to read them; it turns them as they ask to be turned."""
    tags = getattr(image, "tag_v2", None)
    if image.format != "TIFF" or tags is None:
        return False
    samples = tags.get(_SAMPLES, 1)
    return (
        set(tags.get(_BITS, (1,))) == {16}
        and set(tags.get(_SAMPLE_FORMAT, (_UNSIGNED,))) == {_UNSIGNED}
        and tags.get(_PLANES, _TOGETHER) == _TOGETHER
        and (samples, tags.get(_PHOTOMETRIC)) in ((1, _BLACK_IS_ZERO), (3, _RGB), (4, _RGB))
        and tuple(tags.get(_EXTRA, ())) == ((_STRAIGHT_ALPHA,) if samples == 4 else ())
    )
