"""Writing 16 bits per channel: PNG and TIFF, which Pillow cannot write in colour."""

from __future__ import annotations

import itertools
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from editor.document.tiles import Pixels
from editor.files.errors import FileError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
_UP = 2
_BAND = 1 << 22
"""Bytes that are filtered and packed at a time."""
_STRIP = 1 << 19

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _STRIPS_AT = 256, 257, 258, 259, 262, 273
_SAMPLES, _ROWS, _STRIPS_LENGTH, _PLANES, _PREDICTOR, _EXTRA = 277, 278, 279, 284, 317, 338
_DEFLATE, _RGB, _TOGETHER, _HORIZONTAL, _STRAIGHT_ALPHA = 8, 2, 1, 2, 2
_TIFF_MAX = (1 << 32) - (1 << 20)
"""Bytes: places in a TIFF file have 32 bits."""


def write_png(array: Pixels, stream: BinaryIO, level: int, like: bytes = b"") -> None:
    """Of (h, w), (h, w, 3) or (h, w, 4) uint16, with everything but the picture that the PNG file ``like`` holds
    (colour profile, resolution, EXIF, text). ``level`` is zlib's."""
    height, width = array.shape[:2]
    kind = _COLOUR_TYPES[array.shape[2] if array.ndim == 3 else 1]
    stream.write(_SIGNATURE + _chunk(b"IHDR", struct.pack(">LLBBBBB", width, height, 16, kind, 0, 0, 0)))
    for name, data in _chunks(like):
        if name not in (b"IHDR", b"IDAT", b"IEND"):
            stream.write(_chunk(name, data))
    packer = zlib.compressobj(level)
    for rows in _filtered(array):
        if data := packer.compress(rows.tobytes()):
            stream.write(_chunk(b"IDAT", data))
    stream.write(_chunk(b"IDAT", packer.flush()) + _chunk(b"IEND", b""))


def write_tiff(array: Pixels, stream: BinaryIO, level: int, tags: Mapping[int, Any]) -> None:
    """Of (h, w, 3) or (h, w, 4) uint16, packed by zlib with a predictor. ``tags`` join those that describe the file.

    Raises FileError where the file would be too large for a TIFF.
    """
    height, width, channels = array.shape
    rows = max(1, _STRIP // (2 * channels * width))
    strips = [zlib.compress(_differences(array[top : top + rows]), level) for top in range(0, height, rows)]
    lengths = [len(strip) for strip in strips]
    if sum(lengths) > _TIFF_MAX:
        raise FileError("A TIFF file has room for 4 GB, and this picture needs more: save it as PNG or .ora.")
    directory = ImageFileDirectory_v2(ifh=b"II*\0\0\0\0\0")
    for tag, value in tags.items():
        directory[tag] = value
    for tag, value in (
        (_WIDTH, width),
        (_HEIGHT, height),
        (_BITS, (16,) * channels),
        (_COMPRESSION, _DEFLATE),
        (_PHOTOMETRIC, _RGB),
        (_SAMPLES, channels),
        (_ROWS, rows),
        (_STRIPS_AT, (0, *itertools.accumulate(lengths[:-1]))),  # counted from where the directory ends
        (_STRIPS_LENGTH, tuple(lengths)),
        (_PLANES, _TOGETHER),
        (_PREDICTOR, _HORIZONTAL),
    ):
        directory[tag] = value
    if channels == 4:
        directory[_EXTRA] = _STRAIGHT_ALPHA
    stream.write(b"II*\0" + struct.pack("<L", 8) + directory.tobytes(8))
    for strip in strips:
        stream.write(strip)


def _filtered(array: Pixels) -> Iterator[npt.NDArray[np.uint8]]:
    """Bands of (rows, 1 + bytes), each row with PNG's filter before it: what differs from the row above."""
    height = len(array)
    line = array[:1].size * 2
    above = np.zeros((1, line), np.uint8)
    count = max(1, _BAND // line)
    for top in range(0, height, count):
        rows = np.ascontiguousarray(array[top : top + count]).astype(">u2").view(np.uint8).reshape(-1, line)
        out = np.empty((len(rows), 1 + line), np.uint8)
        out[:, 0] = _UP
        np.subtract(rows, np.concatenate([above, rows[:-1]]), out=out[:, 1:])
        above = rows[-1:]
        yield out


def _differences(rows: Pixels) -> bytes:
    """TIFF's horizontal predictor: each pixel as what differs from the one before it."""
    out = rows.astype("<u2")
    out[:, 1:] -= rows[:, :-1]
    return out.tobytes()


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + name + data + struct.pack(">L", zlib.crc32(data, zlib.crc32(name)))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(png):
        length, name = struct.unpack_from(">L4s", png, at)
        yield name, png[at + 8 : at + 8 + length]
        at += 12 + length
