"""OpenRaster files that are damaged or made to do harm are refused with one sentence."""

from __future__ import annotations

import io
import json
import os
import struct
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from editor.document.guides import MAX_GUIDES, Guides
from editor.files import archive, openraster_read
from editor.files.errors import FileError
from editor.files.formats import open_document, open_file
from editor.files.openraster import EXTENSION_FILE

LAYER = '<layer src="a.png"/>'


def png(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(array).save(out, "PNG")
    return out.getvalue()


GOOD = png(np.random.default_rng(0).integers(0, 256, (9, 9, 4), np.uint8))


def make(path: Path, files: dict[str, bytes | str], compress: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compress) as out:
        out.writestr("mimetype", "image/openraster")
        for name, data in files.items():
            out.writestr(name, data)
    return path


def stack(inner: str = LAYER, size: str = 'w="9" h="9"') -> str:
    return f"<image {size}><stack>{inner}</stack></image>"


def refused(path: Path) -> str:
    before = sorted(os.listdir(path.parent))
    with pytest.raises(FileError) as caught:
        open_document(path)
    assert sorted(os.listdir(path.parent)) == before
    text = str(caught.value)
    assert text.endswith(".") and "\n" not in text and "x.ora" in text
    return text


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.ora"


def test_the_good_file_opens(path: Path) -> None:
    open_document(make(path, {"stack.xml": stack(), "a.png": GOOD}))


def test_no_zip(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 and then nonsense")
    assert "damaged" in refused(path)


def test_truncated_at_any_place(path: Path) -> None:
    data = make(path, {"stack.xml": stack(), "a.png": GOOD}).read_bytes()
    for length in range(2, len(data) - 1, 23):
        path.write_bytes(data[:length])
        refused(path)


def test_any_byte_changed_opens_or_is_refused(path: Path) -> None:
    data, rng = make(path, {"stack.xml": stack(), "a.png": GOOD}).read_bytes(), np.random.default_rng(4)
    for place in range(0, len(data), 3):
        path.write_bytes(data[:place] + bytes([data[place] ^ int(rng.integers(1, 256))]) + data[place + 1 :])
        with suppress(FileError):
            open_document(path)


def test_other_zip(path: Path) -> None:
    assert "zip archive without a picture" in refused(make(path, {"word/document.xml": "<w/>"}))


def test_missing_layer_picture(path: Path) -> None:
    assert "“a.png” is missing" in refused(make(path, {"stack.xml": stack()}))
    assert "“” is missing" in refused(make(path, {"stack.xml": stack("<layer/>")}))


@pytest.mark.parametrize(
    "text", ["", "<image", "<image/>", "<stack/>", '<other w="1" h="1"><stack/></other>', "\0"]
)
def test_bad_stack(path: Path, text: str) -> None:
    refused(make(path, {"stack.xml": text}))


def test_unknown_encoding(path: Path) -> None:
    assert "no XML" in refused(make(path, {"stack.xml": "<?xml version='1.0' encoding='acme-9'?>" + stack()}))


@pytest.mark.parametrize(
    "src", ["../a.png", "data/../../a.png", "/etc/passwd", "C:\\a.png", "..\\a.png", "\\\\a\\b"]
)
def test_names_that_lead_outside(path: Path, src: str) -> None:
    assert "outside" in refused(make(path, {"stack.xml": stack(f'<layer src="{src}"/>'), "a.png": GOOD}))


@pytest.mark.parametrize("name", ["../a.png", "/tmp/a.png", "data/../../a.png"])
def test_members_that_lead_outside(path: Path, name: str) -> None:
    assert "outside" in refused(make(path, {"stack.xml": stack(), "a.png": GOOD, name: GOOD}))


def test_entities(path: Path) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + stack('<layer name="&b;"/>')
    assert "defines entities" in refused(make(path, {"stack.xml": bomb}))
    outside = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + stack("<text>&a;</text>")
    assert "defines entities" in refused(make(path, {"stack.xml": outside}))


@pytest.mark.parametrize(
    "size", ['w="60000" h="60000"', 'w="0" h="0"', "", 'w="x" h="-5"', 'w="30000" h="30000"']
)
def test_canvas_size(path: Path, size: str) -> None:
    assert " × " in refused(make(path, {"stack.xml": stack(size=size), "a.png": GOOD}))


def test_too_many_layers(path: Path) -> None:
    assert "more than 10000 layers" in refused(
        make(path, {"stack.xml": stack(LAYER * 10_001), "a.png": GOOD})
    )


def test_nested_too_deep(path: Path) -> None:
    deep = stack("<stack>" * 64 + "</stack>" * 64)
    open_document(make(path, {"stack.xml": deep}))
    assert "64 deep" in refused(make(path, {"stack.xml": stack("<stack>" * 65 + "</stack>" * 65)}))
    refused(make(path, {"stack.xml": stack("<stack>" * 100_000 + "</stack>" * 100_000)}))


def header(width: int, height: int) -> bytes:
    head = b"IHDR" + struct.pack(">LLBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">L", 13) + head + struct.pack(">L", zlib.crc32(head))


@pytest.mark.parametrize("size", [(60_000, 60_000), (0, 1), (70_000, 1)])
def test_layer_size(path: Path, size: tuple[int, int]) -> None:
    text = refused(make(path, {"stack.xml": stack(), "a.png": header(*size)}))
    assert f"“a.png” in “x.ora” is {size[0]}" in text or "0 × 1" in text


@pytest.mark.parametrize(
    "data", [b"", b"short", b"GIF89a" + bytes(60), header(9, 9), header(9, 9) + b"junk" * 50]
)
def test_layer_is_no_picture(path: Path, data: bytes) -> None:
    assert "no whole PNG" in refused(make(path, {"stack.xml": stack(), "a.png": data}))


def test_zip_bombs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_PNG_EXTRA", 1000)
    bomb = header(9, 9) + bytes(2_000_000)
    assert "far too large" in refused(make(path, {"stack.xml": stack(), "a.png": bomb}))
    monkeypatch.setattr(openraster_read, "MAX_TEXT", 1000)
    assert "far too large" in refused(make(path, {"stack.xml": stack() + " " * 2000}))


def test_declared_size_that_lies(path: Path) -> None:
    """The directory says 40 bytes, the data unpacks to millions."""
    bomb = header(9, 9) + bytes(4_000_000)
    data = bytearray(make(path, {"stack.xml": stack(), "a.png": bomb}).read_bytes())
    size = struct.pack("<L", len(bomb))
    while (place := data.find(size)) >= 0:
        data[place : place + 4] = struct.pack("<L", 40)
    path.write_bytes(data)
    refused(path)


def test_layers_that_unpack_to_too_much(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_DECODED", 9 * 9 * 4 * 3)
    open_document(make(path, {"stack.xml": stack(LAYER * 3), "a.png": GOOD}))
    assert "unpack to more" in refused(make(path, {"stack.xml": stack(LAYER * 4), "a.png": GOOD}))


def test_too_many_files(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILES", 5)
    assert "holds 12 files" in refused(make(path, {f"{i}": b"" for i in range(11)}))


def test_password(path: Path) -> None:
    data = bytearray(make(path, {"stack.xml": stack(), "a.png": GOOD}).read_bytes())
    place = data.find(b"PK\x01\x02")
    while place >= 0:
        data[place + 8] |= 1
        place = data.find(b"PK\x01\x02", place + 1)
    path.write_bytes(data)
    assert "password" in refused(path)


@pytest.mark.parametrize(
    ("guides", "kept"),
    [
        ({"horizontal": [5, "7", None, True, [], 5], "vertical": [1e9 + 7e8, -3]}, Guides((5,), (-3,))),
        ({"horizontal": [float("nan"), float("inf"), 2.4, 10**300]}, Guides((2,))),
        ({"horizontal": 7, "vertical": "12"}, Guides()),
        ([1, 2], Guides()),
        ("many", Guides()),
        ({"vertical": list(range(100_000))}, Guides((), tuple(range(MAX_GUIDES)))),
    ],
)
def test_guides_that_cannot_be(path: Path, guides: object, kept: Guides) -> None:
    extension = json.dumps({"version": 1, "layers": {}, "guides": guides})
    files: dict[str, bytes | str] = {"stack.xml": stack(), "a.png": GOOD, EXTENSION_FILE: extension}
    opened = open_file(make(path, files))
    assert opened.document.guides == kept
    lost = isinstance(guides, dict) and any(isinstance(each, list) for each in guides.values())
    assert opened.losses == (("some of its guides",) if lost else ())


def test_layer_too_far_away(path: Path) -> None:
    far = stack('<layer src="a.png" x="1e12"/>')
    assert "too far" in refused(make(path, {"stack.xml": far, "a.png": GOOD}))
