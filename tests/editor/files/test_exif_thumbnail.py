"""The thumbnail in EXIF shows what a picture was before it was retouched: it does not go into the retouched file."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from PIL import Image

from editor.files.exif import EXIF_HEAD, exif_for_edited
from editor.files.formats import open_document, save_document

SECRET = b"\xff\xd8 what was filled away \xff\xd9"


def exif_with_thumbnail(order: str) -> bytes:
    """A directory with the orientation 6, a second one with a JPEG thumbnail, and the thumbnail."""
    head = b"II*\0" if order == "<" else b"MM\0*"
    first = struct.pack(order + "H HHLHH L", 1, 0x0112, 3, 1, 6, 0, 26)
    second = struct.pack(order + "H HHLL HHLL L", 2, 0x0201, 4, 1, 56, 0x0202, 4, 1, len(SECRET), 0)
    data = head + struct.pack(order + "L", 8) + first + second
    assert len(data) == 56
    return EXIF_HEAD + data + SECRET


@pytest.mark.parametrize("order", ["<", ">"])
def test_orientation_and_thumbnail_are_struck_out(order: str) -> None:
    exif = exif_with_thumbnail(order)
    edited = exif_for_edited(exif)
    assert len(edited) == len(exif)
    assert b"filled away" not in edited
    values = Image.Exif()
    values.load(edited)
    assert dict(values) == {0x0112: 1}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kinds", ["HH", "HL", "LH"])
def test_short_and_long_values_are_told_apart(order: str, kinds: str) -> None:
    def entry(tag: int, kind: str, value: int) -> bytes:
        return struct.pack(order + "HHL", tag, {"H": 3, "L": 4}[kind], 1) + struct.pack(
            order + {"H": "HH", "L": "L"}[kind], *([value, 0] if kind == "H" else [value])
        )

    head = b"II*\0" if order == "<" else b"MM\0*"
    first = struct.pack(order + "H", 1) + entry(0x0112, "L", 6) + struct.pack(order + "L", 26)
    second = struct.pack(order + "H", 2) + entry(0x0111, kinds[0], 56) + entry(0x0117, kinds[1], len(SECRET))
    data = head + struct.pack(order + "L", 8) + first + second + struct.pack(order + "L", 0)
    edited = exif_for_edited(EXIF_HEAD + data + SECRET + b"behind")
    assert b"filled away" not in edited
    assert edited.endswith(b"behind")
    values = Image.Exif()
    values.load(edited)
    assert dict(values) == {0x0112: 1}


@pytest.mark.parametrize("cut", range(len(EXIF_HEAD), 60, 5))
def test_what_is_cut_short_is_left(cut: int) -> None:
    exif_for_edited(exif_with_thumbnail("<")[:cut])  # raises nothing


def test_an_export_holds_no_thumbnail(tmp_path: Path) -> None:
    Image.new("RGB", (8, 6)).save(tmp_path / "a.jpg", exif=exif_with_thumbnail("<"))
    assert b"filled away" in (tmp_path / "a.jpg").read_bytes()
    document = open_document(tmp_path / "a.jpg")
    assert (document.extent.width, document.extent.height) == (6, 8)
    save_document(document, tmp_path / "b.jpg")
    assert b"filled away" not in (tmp_path / "b.jpg").read_bytes()
