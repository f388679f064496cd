"""EXIF: how a camera was held, applied to the pixels once and then struck out, and what TIFF files need of the rest."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from typing import Any

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from editor.document.tiles import Array8

EXIF_HEAD = b"Exif\x00\x00"
BAD_EXIF = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    struct.error,
    ArithmeticError,
    RuntimeError,
    AttributeError,
)
"""What Pillow raises on damaged EXIF."""

DESCRIPTIVE_TAGS = (
    ExifTags.Base.ImageDescription,
    ExifTags.Base.Make,
    ExifTags.Base.Model,
    ExifTags.Base.Software,
    ExifTags.Base.DateTime,
    ExifTags.Base.Artist,
    ExifTags.Base.Copyright,
)
"""Of a TIFF's first directory, what describes the picture and not the file."""
DIRECTORIES = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)

_ORIENTATION = 0x0112
_JPEG_AT, _JPEG_LENGTH = 0x0201, 0x0202
_STRIPS_AT, _STRIPS_LENGTH = 0x0111, 0x0117
_SHORT = 3
_LONG = 4
_XMP_ATTRIBUTE = re.compile(rb"(tiff:Orientation\s*=\s*[\"'])\d+")
_XMP_ELEMENT = re.compile(rb"(<tiff:Orientation[^<>]*>\s*)\d+")


def upright(array: Array8, orientation: int) -> Array8:
    """A view of (h, w, c) pixels turned and mirrored as the EXIF value 1–8 asks; others change nothing."""
    if orientation in (5, 6, 7, 8):
        array = array.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    return array


def with_head(exif: bytes) -> bytes:
    """EXIF as a document carries it: always with its six bytes of head."""
    return exif if exif.startswith(EXIF_HEAD) else EXIF_HEAD + exif


def exif_for_edited(exif: bytes) -> bytes:
    """The same bytes but for two things: the orientation says 1, for it has been applied, and the thumbnail is blank,
    for it shows what the picture was. What cannot be understood is left as it is."""
    data = bytearray(exif)
    start = len(EXIF_HEAD) if exif.startswith(EXIF_HEAD) else 0
    order = {b"II": "<", b"MM": ">"}.get(bytes(data[start : start + 2]))
    if order is None:
        return exif
    try:
        (offset,) = struct.unpack_from(order + "L", data, start + 4)
        for tag, kind, value in _entries(data, start, order, offset):
            if tag == _ORIENTATION and kind in (_SHORT, _LONG):
                struct.pack_into(_code(order, kind), data, value, 1)
        _blank_thumbnail(data, start, order, offset)
    except struct.error:
        return exif
    return bytes(data)


def _entries(data: bytearray, start: int, order: str, offset: int) -> Iterator[tuple[int, int, int]]:
    """Tag, type, and where the value lies, of each entry of the directory at ``offset``."""
    (count,) = struct.unpack_from(order + "H", data, start + offset)
    for i in range(count):
        entry = start + offset + 2 + 12 * i
        tag, kind = struct.unpack_from(order + "HH", data, entry)
        yield tag, kind, entry + 8


def _code(order: str, kind: int) -> str:
    return order + ("H" if kind == _SHORT else "L")


def _blank_thumbnail(data: bytearray, start: int, order: str, offset: int) -> None:
    """Strikes out the link to the second directory, which describes the thumbnail, and the thumbnail's bytes."""
    (count,) = struct.unpack_from(order + "H", data, start + offset)
    link = start + offset + 2 + 12 * count
    (second,) = struct.unpack_from(order + "L", data, link)
    if second == 0:
        return
    places = {tag: (_code(order, kind), value) for tag, kind, value in _entries(data, start, order, second)}
    for at, length in ((_JPEG_AT, _JPEG_LENGTH), (_STRIPS_AT, _STRIPS_LENGTH)):
        if at in places and length in places:
            (first,) = struct.unpack_from(places[at][0], data, places[at][1])
            (size,) = struct.unpack_from(places[length][0], data, places[length][1])
            end = min(start + first + size, len(data))
            data[start + first : end] = bytes(max(0, end - start - first))
    struct.pack_into(order + "L", data, link, 0)


def xmp_upright(xmp: bytes) -> bytes:
    """The same packet but for ``tiff:Orientation``, which says 1."""
    return _XMP_ELEMENT.sub(rb"\g<1>1", _XMP_ATTRIBUTE.sub(rb"\g<1>1", xmp))


def parsed(exif: bytes) -> Image.Exif | None:
    """What EXIF bytes say; None where they are damaged."""
    values = Image.Exif()
    try:
        values.load(exif)
        for directory in DIRECTORIES:
            if directory in values:
                values.get_ifd(directory)
    except BAD_EXIF:
        return None
    return values


def with_directories(tiff: bytes, directories: Mapping[int, Mapping[int, Any]]) -> bytes:
    """A TIFF file with further directories (EXIF, GPS) hung below its first one.

    libtiff cannot write them through Pillow, so they are appended: the directories, then the first directory anew with
    an entry for each of them, and the head pointing there.
    """
    order = "<" if tiff.startswith(b"II") else ">"
    (start,) = struct.unpack_from(order + "L", tiff, 4)
    (count,) = struct.unpack_from(order + "H", tiff, start)
    entries = [tiff[start + 2 + 12 * i : start + 14 + 12 * i] for i in range(count)]
    out = bytearray(tiff)
    for tag, values in directories.items():
        out += bytes(len(out) % 2)
        entries.append(struct.pack(order + "HHLL", tag, _LONG, 1, len(out)))
        directory = ImageFileDirectory_v2(ifh=tiff[:4] + bytes(4))
        for key, value in values.items():
            if not isinstance(value, dict) and key != ExifTags.IFD.Interop:
                directory[key] = value
        out += directory.tobytes(len(out))
    out += bytes(len(out) % 2)
    struct.pack_into(order + "L", out, 4, len(out))
    entries.sort(key=lambda entry: struct.unpack_from(order + "H", entry))
    out += struct.pack(order + "H", len(entries)) + b"".join(entries) + bytes(4)
    return bytes(out)
