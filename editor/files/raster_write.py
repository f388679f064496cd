"""Writing pictures without layers (PNG, JPEG, WebP, TIFF, AVIF, BMP) through Pillow, 16 bits by our own writers.

Each writer takes the flattened picture, (h, w, 4) with straight alpha, uint8 or (for PNG and TIFF) uint16, and the
document's metadata, of which it writes what its format can hold. An opaque picture is written without alpha. Where the
format has no alpha, the picture is laid on white.
"""

from __future__ import annotations

import io
import logging
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, PngImagePlugin

from editor.document.document import Metadata
from editor.document.tiles import Array8, Pixels
from editor.files import deep_write
from editor.files.errors import FileError
from editor.files.exif import BAD_EXIF, DESCRIPTIVE_TAGS, DIRECTORIES, parsed, with_directories
from editor.files.pixels import is_opaque, over_white, to_image

JPEG_QUALITY = 95
AVIF_QUALITY = 95
WEBP_MAX_SIDE = 16_383
PNG_LEVEL = 3
"""Of 24 photographed megapixels, 6 takes six times as long for a few percent less."""

TIFF_LEVEL = 6

_XMP_TAG = 700
_ICC_TAG = 34_675
_RESOLUTION_TAGS, _RESOLUTION_UNIT_TAG, _INCH = (282, 283), 296, 2
_PREDICTOR_TAG = 317
_HORIZONTAL = 2
_JPEG_MARKER = 65_533
_JPEG_XMP = 65_502

_log = logging.getLogger(__name__)


def write_png(picture: Pixels, metadata: Metadata, stream: BinaryIO) -> None:
    """Lossless, of either depth; the colour under transparent pixels is kept."""
    options = _common(metadata)
    xmp = options.pop("xmp", None)
    if xmp:
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", xmp.decode("utf-8", "replace"))
        options["pnginfo"] = text
    if picture.dtype == np.uint8:
        _image(picture).save(stream, "PNG", compress_level=PNG_LEVEL, **options)
        return
    like = io.BytesIO()
    Image.new("RGB", (1, 1)).save(like, "PNG", **options)
    deep_write.write_png(_channels(picture), stream, PNG_LEVEL, like.getvalue())


def write_jpeg(picture: Array8, metadata: Metadata, stream: BinaryIO) -> None:
    """Quality 95 with full colour resolution (4:4:4), on white."""
    options = _common(metadata)
    if "dpi" in options and max(options["dpi"]) > 65_535:
        del options["dpi"]
    for name, limit in (("exif", _JPEG_MARKER), ("xmp", _JPEG_XMP)):
        if len(options.get(name, b"")) > limit:
            _log.warning("%s of %d bytes does not fit into a JPEG and was left out", name, len(options[name]))
            del options[name]
    Image.fromarray(over_white(picture)).save(stream, "JPEG", quality=JPEG_QUALITY, subsampling=0, **options)


def write_webp(picture: Array8, metadata: Metadata, stream: BinaryIO) -> None:
    """Lossless: WebP's lossy mode always halves the colour resolution, and every save would cost quality again."""
    if max(picture.shape[:2]) > WEBP_MAX_SIDE:
        height, width = picture.shape[:2]
        raise FileError(
            f"A WebP picture has at most {WEBP_MAX_SIDE} pixels a side, and this one is {width} × {height}: "
            "save it as PNG or TIFF."
        )
    options = _common(metadata)
    options.pop("dpi", None)
    _image(picture).save(stream, "WEBP", lossless=True, exact=True, quality=25, method=0, **options)


def write_tiff(picture: Pixels, metadata: Metadata, stream: BinaryIO) -> None:
    """Lossless; LZW with a predictor, which every program reads, or zlib for 16 bits."""
    options = _common(metadata)
    first = Image.Exif()
    below: dict[int, dict[int, Any]] = {}
    if values := parsed(options.pop("exif", b"")):
        for tag in DESCRIPTIVE_TAGS:
            if isinstance(values.get(tag), str):
                first[tag] = values[tag]
        below = {directory: found for directory in DIRECTORIES if (found := values.get_ifd(directory))}
    first[_PREDICTOR_TAG] = _HORIZONTAL
    if xmp := options.pop("xmp", None):
        first[_XMP_TAG] = xmp
    if not below:
        _write_plain_tiff(picture, first, options, stream)
        return
    plain = io.BytesIO()
    _write_plain_tiff(picture, first, options, plain)
    try:
        stream.write(with_directories(plain.getvalue(), below))
    except BAD_EXIF as error:
        if isinstance(error, OSError):
            raise
        _log.warning("the camera's data cannot be written and was left out", exc_info=True)
        stream.write(plain.getvalue())


def _write_plain_tiff(picture: Pixels, first: Image.Exif, options: dict[str, Any], stream: BinaryIO) -> None:
    """``first``: the tags of the first directory."""
    if picture.dtype == np.uint8:
        _image(picture).save(stream, "TIFF", compression="tiff_lzw", exif=first, **options)
        return
    tags = dict(first)
    if profile := options.get("icc_profile"):
        tags[_ICC_TAG] = profile
    if dpi := options.get("dpi"):
        tags |= dict(zip(_RESOLUTION_TAGS, dpi, strict=True)) | {_RESOLUTION_UNIT_TAG: _INCH}
    deep_write.write_tiff(_channels(picture), stream, TIFF_LEVEL, tags)


def write_avif(picture: Array8, metadata: Metadata, stream: BinaryIO) -> None:
    """Quality 95 with full colour resolution (4:4:4)."""
    options = _common(metadata)
    options.pop("dpi", None)
    _image(picture).save(stream, "AVIF", quality=AVIF_QUALITY, subsampling="4:4:4", speed=9, **options)


def write_bmp(picture: Array8, metadata: Metadata, stream: BinaryIO) -> None:
    """On white; keeps the resolution and nothing else of the metadata."""
    options = _common(metadata)
    dpi = {"dpi": options["dpi"]} if "dpi" in options else {}
    Image.fromarray(over_white(picture)).save(stream, "BMP", **dpi)


def _channels(picture: Pixels) -> Pixels:
    """Without the alpha where all of it is opaque."""
    return picture[..., :3] if is_opaque(picture) else picture


def _image(picture: Array8) -> Image.Image:
    return to_image(picture, is_opaque(picture))


def _common(metadata: Metadata) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if metadata.icc_profile:
        options["icc_profile"] = metadata.icc_profile
    if metadata.exif and parsed(metadata.exif):
        options["exif"] = metadata.exif
    if metadata.xmp:
        options["xmp"] = metadata.xmp
    if metadata.resolution:
        options["dpi"] = metadata.resolution
    return options
