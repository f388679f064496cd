"""Writing pictures without layers (PNG, JPEG, WebP, TIFF, AVIF, BMP) through Pillow, 16 bits by our own writers.

Each writer takes the flattened picture, (h, w, 4) with straight alpha, uint8 or (for PNG and TIFF) uint16, the
document's metadata, of which it writes what its format can hold, and the options of the save. An opaque picture is
written without alpha. Where the format has no alpha, the picture is laid on white.
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
from editor.files.options import SaveOptions
from editor.files.pixels import is_opaque, over_white, to_image

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


def write_png(picture: Pixels, metadata: Metadata, stream: BinaryIO, options: SaveOptions) -> None:
    """Lossless, of either depth; the colour under transparent pixels is kept."""
    values = _common(metadata)
    xmp = values.pop("xmp", None)
    if xmp:
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", xmp.decode("utf-8", "replace"))
        values["pnginfo"] = text
    if picture.dtype == np.uint8:
        _image(picture).save(stream, "PNG", compress_level=PNG_LEVEL, **values)
        return
    like = io.BytesIO()
    Image.new("RGB", (1, 1)).save(like, "PNG", **values)
    deep_write.write_png(_channels(picture), stream, PNG_LEVEL, like.getvalue())


def write_jpeg(picture: Array8, metadata: Metadata, stream: BinaryIO, options: SaveOptions) -> None:
    """On white."""
    values = _common(metadata)
    if "dpi" in values and max(values["dpi"]) > 65_535:
        del values["dpi"]
    for name, limit in (("exif", _JPEG_MARKER), ("xmp", _JPEG_XMP)):
        if len(values.get(name, b"")) > limit:
            _log.warning("%s of %d bytes does not fit into a JPEG and was left out", name, len(values[name]))
            del values[name]
    Image.fromarray(over_white(picture)).save(
        stream, "JPEG", quality=options.quality, subsampling=options.subsampling, **values
    )


def write_webp(picture: Array8, metadata: Metadata, stream: BinaryIO, options: SaveOptions) -> None:
    """The lossy mode always halves the resolution of colours."""
    if max(picture.shape[:2]) > WEBP_MAX_SIDE:
        height, width = picture.shape[:2]
        raise FileError(
            f"A WebP picture has at most {WEBP_MAX_SIDE} pixels a side, and this one is {width} × {height}: "
            "save it as PNG or TIFF."
        )
    values = _common(metadata)
    values.pop("dpi", None)
    if options.lossless:
        _image(picture).save(stream, "WEBP", lossless=True, exact=True, quality=25, method=0, **values)
    else:
        _image(picture).save(stream, "WEBP", quality=options.quality, method=4, **values)


def write_tiff(picture: Pixels, metadata: Metadata, stream: BinaryIO, options: SaveOptions) -> None:
    """Lossless; LZW with a predictor, which every program reads, or zlib for 16 bits."""
    values = _common(metadata)
    first = Image.Exif()
    below: dict[int, dict[int, Any]] = {}
    if exif := parsed(values.pop("exif", b"")):
        for tag in DESCRIPTIVE_TAGS:
            if isinstance(exif.get(tag), str):
                first[tag] = exif[tag]
        below = {directory: found for directory in DIRECTORIES if (found := exif.get_ifd(directory))}
    first[_PREDICTOR_TAG] = _HORIZONTAL
    if xmp := values.pop("xmp", None):
        first[_XMP_TAG] = xmp
    if not below:
        _write_plain_tiff(picture, first, values, stream)
        return
    plain = io.BytesIO()
    _write_plain_tiff(picture, first, values, plain)
    try:
        stream.write(with_directories(plain.getvalue(), below))
    except BAD_EXIF as error:
        if isinstance(error, OSError):
            raise
        _log.warning("the camera's data cannot be written and was left out", exc_info=True)
        stream.write(plain.getvalue())


def _write_plain_tiff(picture: Pixels, first: Image.Exif, values: dict[str, Any], stream: BinaryIO) -> None:
    """``first``: the tags of the first directory."""
    if picture.dtype == np.uint8:
        _image(picture).save(stream, "TIFF", compression="tiff_lzw", exif=first, **values)
        return
    tags = dict(first)
    if profile := values.get("icc_profile"):
        tags[_ICC_TAG] = profile
    if dpi := values.get("dpi"):
        tags |= dict(zip(_RESOLUTION_TAGS, dpi, strict=True)) | {_RESOLUTION_UNIT_TAG: _INCH}
    deep_write.write_tiff(_channels(picture), stream, TIFF_LEVEL, tags)


def write_avif(picture: Array8, metadata: Metadata, stream: BinaryIO, options: SaveOptions) -> None:
    values = _common(metadata)
    values.pop("dpi", None)
    _image(picture).save(
        stream, "AVIF", quality=options.quality, subsampling=options.subsampling, speed=9, **values
    )


def write_bmp(picture: Array8, metadata: Metadata, stream: BinaryIO, options: SaveOptions) -> None:
    """On white; keeps the resolution and nothing else of the metadata."""
    values = _common(metadata)
    dpi = {"dpi": values["dpi"]} if "dpi" in values else {}
    Image.fromarray(over_white(picture)).save(stream, "BMP", **dpi)


def _channels(picture: Pixels) -> Pixels:
    """Without the alpha where all of it is opaque."""
    return picture[..., :3] if is_opaque(picture) else picture


def _image(picture: Array8) -> Image.Image:
    return to_image(picture, is_opaque(picture))


def _common(metadata: Metadata) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if metadata.icc_profile:
        values["icc_profile"] = metadata.icc_profile
    if metadata.exif and parsed(metadata.exif):
        values["exif"] = metadata.exif
    if metadata.xmp:
        values["xmp"] = metadata.xmp
    if metadata.resolution:
        values["dpi"] = metadata.resolution
    return values
