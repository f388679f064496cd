"""Reading pictures without layers (PNG, JPEG, WebP, TIFF, AVIF, BMP, GIF, and HEIC where the user has what reads it)
through Pillow, 16 bits through OpenCV."""

from __future__ import annotations

import logging
import math
import struct
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from PIL import ExifTags, Image, UnidentifiedImageError

from editor.document.document import Document, Metadata
from editor.document.geometry import Extent
from editor.document.layers import PaintLayer
from editor.document.tiles import TileMap
from editor.files.deep_read import to_deep_rgba
from editor.files.errors import FileError, pillow_quiet, shown
from editor.files.exif import (
    DESCRIPTIVE_TAGS,
    DIRECTORIES,
    exif_for_edited,
    parsed,
    upright,
    with_head,
    xmp_upright,
)
from editor.files.limits import check_size
from editor.files.opened import Opened
from editor.files.pixels import to_rgba
from editor.files.recipes import without_recipes

LAYER_NAME = "Background"

PILLOW_FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "AVIF", "BMP", "GIF")
"""What Pillow may try; its other decoders are never let near a file."""

_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")

# Sizes are checked here, before anything is decoded, and the user gets a sentence.
Image.MAX_IMAGE_PIXELS = None
# What Pillow logs about damaged files comes on top of an exception, which says it all.
logging.getLogger("PIL").setLevel(logging.CRITICAL)

_BAD_PICTURE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    LookupError,
    TypeError,
    ArithmeticError,
    RuntimeError,
    AttributeError,
    Image.DecompressionBombError,
)
"""What Pillow's decoders are known to raise on damaged files."""


def read(stream: BinaryIO, path: Path) -> Opened:
    """A document with one layer, as the camera was held. ``path`` is only named in errors. PNG and TIFF of 16 bits per
    channel make a document of 16.

    What the file says of colour, resolution, EXIF and XMP goes into the document's metadata. Raises FileError where
    the file is no picture, too large or damaged.
    """
    name = shown(path)
    formats = _heif_formats(name) if _is_heif(stream) else PILLOW_FORMATS
    with pillow_quiet():
        try:
            image = Image.open(stream, formats=formats)
        except _BAD_PICTURE as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            stream.seek(0)
            _refuse(stream.read(64), name, error)
        with image:
            check_size(*image.size, name)
            try:
                image.load()
                document = _document(image, stream)
                document.metadata.xmp, recipes = without_recipes(document.metadata.xmp)
                return Opened(document, recipes=recipes)
            except MemoryError as error:
                raise FileError(
                    f"{name} needs more memory than there is: close other programs first."
                ) from error
            except _BAD_PICTURE as error:
                if isinstance(error, OSError) and error.errno is not None:
                    raise
                raise _damaged(name) from error


def _is_heif(stream: BinaryIO) -> bool:
    head = stream.read(64)
    stream.seek(0)
    return head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS and b"avif" not in head


def _heif_formats(name: str) -> tuple[str, ...]:
    """Through pillow-heif, which the user may have installed beside Pentimento: its decoder comes under another licence
    than ours. Raises FileError where it is not there."""
    try:
        import pillow_heif
    except ImportError as error:
        raise FileError(
            f"{name} is a HEIC picture, and what reads those is not installed: “pip install pillow-heif” adds it, or "
            "save the picture as JPEG first."
        ) from error
    pillow_heif.register_heif_opener()
    return (*PILLOW_FORMATS, "HEIF")


def _document(image: Image.Image, stream: BinaryIO) -> Document:
    metadata = Metadata(_resolution(image), None, _exif(image), _xmp(image))
    orientation = _orientation(image)
    array, metadata.icc_profile = to_deep_rgba(image, stream) or to_rgba(image)
    if metadata.exif:
        metadata.exif = exif_for_edited(metadata.exif)
    if orientation != 1:
        array = upright(array, orientation)
        if metadata.xmp:
            metadata.xmp = xmp_upright(metadata.xmp)
        if metadata.resolution and orientation >= 5:
            metadata.resolution = metadata.resolution[::-1]
    height, width = array.shape[:2]
    pixels = TileMap.from_array(array)
    document = Document(Extent(width, height), metadata, pixels.depth)
    document.insert(PaintLayer(LAYER_NAME, pixels=pixels), document.root, 0)
    return document


def _orientation(image: Image.Image) -> int:
    """1–8; 1 for TIFF, which Pillow has already turned."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except _BAD_PICTURE:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _exif(image: Image.Image) -> bytes | None:
    raw = image.info.get("exif")
    if isinstance(raw, bytes) and raw:
        return with_head(raw) if parsed(raw) is not None else None
    if image.format != "TIFF":
        return None
    try:
        found = image.getexif()
        kept = Image.Exif()
        for tag in DESCRIPTIVE_TAGS:
            if tag in found:
                kept[tag] = found[tag]
        for directory in DIRECTORIES:
            if directory in found and (values := found.get_ifd(directory)):
                kept[directory] = values
        return with_head(kept.tobytes()) if kept else None
    except _BAD_PICTURE:
        return None


def _xmp(image: Image.Image) -> bytes | None:
    raw = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    if isinstance(raw, str):
        raw = raw.encode("utf-8", "replace")
    return bytes(raw) if isinstance(raw, (bytes, bytearray)) else None


def _resolution(image: Image.Image) -> tuple[float, float] | None:
    value: Any = image.info.get("dpi")
    try:
        across, down = (float(v) for v in value)
    except (TypeError, ValueError, ArithmeticError):
        return None
    known = all(math.isfinite(v) and 1 <= v <= 100_000 for v in (across, down))
    return (across, down) if known else None


def _refuse(head: bytes, name: str, error: Exception) -> NoReturn:
    """Says why Pillow could not even begin, as with a header of 0 pixels. Raises FileError."""
    size: tuple[int, int] | None = None
    if head.startswith(b"\x89PNG\r\n\x1a\n") and len(head) >= 24:
        size = struct.unpack_from(">LL", head, 16)
    elif head.startswith((b"GIF87a", b"GIF89a")) and len(head) >= 10:
        size = struct.unpack_from("<HH", head, 6)
    elif head.startswith(b"BM") and len(head) >= 26:
        size = struct.unpack_from("<LL", head, 18)
    if size is not None and 0 in size:
        check_size(*size, name)
    if not isinstance(error, UnidentifiedImageError) or head.startswith(
        (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*")
    ):
        raise _damaged(name) from error
    raise FileError(
        f"{name} is not a picture that Pentimento can read: choose a PNG, JPEG, WebP, TIFF, AVIF, BMP, GIF, "
        "OpenRaster or Photoshop file."
    ) from error


def _damaged(name: str) -> FileError:
    return FileError(f"{name} is damaged or incomplete: copy or download it again.")
