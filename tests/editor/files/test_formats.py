"""Opening and saving by name and by content; every bad file gets one sentence and harms nothing."""

from __future__ import annotations

import errno
import io
import os
import struct
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from editor.document.document import Document
from editor.document.geometry import Bounds, Extent
from editor.document.layers import Group, PaintLayer
from editor.document.tiles import Array8, TileMap
from editor.files import atomic, formats
from editor.files.errors import FileError
from editor.files.formats import (
    FORMATS,
    flattened,
    format_for,
    open_document,
    open_file,
    open_filter,
    save_document,
    save_filter,
)
from editor.raster.blend_modes import MODES
from editor.render.compositor import composite

WRITTEN = [row.suffixes[0] for row in FORMATS if row.can_write]


def document(width: int = 40, height: int = 30, layers: int = 1) -> Document:
    made = Document(Extent(width, height))
    rng = np.random.default_rng(3)
    for i in range(layers):
        picture = rng.integers(0, 256, (height, width, 4), np.uint8)
        made.insert(PaintLayer(f"Layer {i}", pixels=TileMap.from_array(picture)), made.root, i)
    return made


def png_header(width: int, height: int) -> bytes:
    head = b"IHDR" + struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">L", 13) + head + struct.pack(">L", zlib.crc32(head))
    data = b"IDAT" + zlib.compress(bytes(64))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk
        + struct.pack(">L", len(data) - 4)
        + data
        + struct.pack(">L", zlib.crc32(data))
    )


def encoded(kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(picture).save(out, kind, **options)
    return out.getvalue()


def sentence(path: Path) -> str:
    with pytest.raises(FileError) as caught:
        open_document(path)
    text = str(caught.value)
    assert text.endswith(".") and "\n" not in text
    return text


def test_table_is_consistent() -> None:
    assert len({row.id for row in FORMATS}) == len(FORMATS)
    suffixes = [suffix for row in FORMATS for suffix in row.suffixes]
    assert len(set(suffixes)) == len(suffixes)
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in suffixes)
    assert [row.id for row in FORMATS if row.keeps_layers] == ["openraster", "psd", "psb"]
    assert all(row.can_read or row.can_write for row in FORMATS)


def test_filters() -> None:
    title, patterns = open_filter()[0]
    assert title == "All pictures" and {"*.ora", "*.jpeg", "*.gif"} <= set(patterns)
    assert save_filter()[0] == ("OpenRaster", ["*.ora"])
    assert "GIF" not in dict(save_filter()) and "GIF" in dict(open_filter())


@pytest.mark.parametrize("name", ["a.PNG", "a.b.Jpeg", "ä.TIFF"])
def test_suffix_decides_on_writing_whatever_its_case(tmp_path: Path, name: str) -> None:
    save_document(document(), tmp_path / name)
    with Image.open(tmp_path / name) as image:
        assert image.format == format_for(name).id.upper()


@pytest.mark.parametrize("name", ["a", "a.gif", "a.txt", "a.png.bak", ".png"])
def test_unknown_suffix_lists_what_can_be_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError, match=r"cannot write “.*”: choose .*\.ora, \.psd, \.psb, \.png, \.jpg"):
        save_document(document(), tmp_path / name)
    assert os.listdir(tmp_path) == []


def test_content_decides_on_reading(tmp_path: Path) -> None:
    save_document(document(layers=2), tmp_path / "a.ora")
    (tmp_path / "a.ora").rename(tmp_path / "a.jpg")
    assert len(open_document(tmp_path / "a.jpg").root.children) == 2


def test_path_may_be_text(tmp_path: Path) -> None:
    save_document(document(), str(tmp_path / "a.png"))
    assert open_file(str(tmp_path / "a.png")).active is None


def test_a_flat_file_holds_what_the_compositor_shows(tmp_path: Path) -> None:
    made = document(layers=2)
    save_document(made, tmp_path / "a.png")
    (layer,) = open_document(tmp_path / "a.png").root.children
    assert isinstance(layer, PaintLayer)
    assert np.array_equal(layer.pixels.read(made.canvas), composite(made.root, made.canvas))


def test_one_plain_layer_is_taken_as_it_is() -> None:
    made = document()
    layer = made.root.children[0]
    assert isinstance(layer, PaintLayer)
    assert np.array_equal(flattened(made), layer.pixels.read(made.canvas))
    layer.visible = False
    assert not flattened(made).any()


def test_every_blend_mode_has_an_operator() -> None:
    from editor.files.openraster import MODES as READ
    from editor.files.openraster import OPERATORS

    assert set(OPERATORS) == set(MODES)
    assert set(READ.values()) == set(MODES)
    assert all(READ[operator] == mode for mode, operator in OPERATORS.items())


def test_missing_file(tmp_path: Path) -> None:
    assert sentence(tmp_path / "gone.png") == "“gone.png” is not there: check the name and the folder."


def test_folder(tmp_path: Path) -> None:
    assert "is a folder" in sentence(tmp_path)


def test_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    assert "is a device" in sentence(tmp_path / "pipe.png")


def test_name_with_a_null(tmp_path: Path) -> None:
    assert "not the name of a file" in sentence(tmp_path / "a\0.png")


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_bytes(encoded("PNG"))

    def refuse(*_: Any) -> Any:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(formats, "open", refuse, raising=False)
    assert "You may not read “a.png”" in sentence(tmp_path / "a.png")


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    assert "“a.jpg” is empty" in sentence(tmp_path / "a.jpg")


@pytest.mark.parametrize("text", [b"Dear reader,\n", b"\0" * 100, b"P", b"<svg/>", b"%PDF-1.4"])
def test_text_named_jpg(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "x.jpg").write_bytes(text)
    assert sentence(tmp_path / "x.jpg").startswith("“x.jpg” is not a picture that Pentimento can read: ")


def test_postscript_is_never_run(tmp_path: Path) -> None:
    Image.new("RGB", (9, 9)).save(tmp_path / "a.eps")
    assert "not a picture" in sentence(tmp_path / "a.eps")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF", "BMP", "GIF"])
def test_truncated_files(tmp_path: Path, kind: str) -> None:
    data, path = encoded(kind), tmp_path / "cut.png"
    for part in (0.02, 0.3, 0.7, 0.95):
        path.write_bytes(data[: int(len(data) * part)])
        assert "“cut.png” is" in sentence(path)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF", "BMP", "GIF"])
def test_mangled_files_open_or_are_refused(tmp_path: Path, kind: str) -> None:
    data, path, rng = encoded(kind), tmp_path / "m.png", np.random.default_rng(7)
    for _ in range(40):
        mangled = bytearray(data)
        for place in rng.integers(0, min(len(data), 400), 4):
            mangled[place] = rng.integers(0, 256)
        path.write_bytes(mangled)
        with suppress(FileError):
            open_document(path)


@pytest.mark.parametrize(
    ("width", "height"),
    [(60_000, 60_000), (0, 0), (0, 5), (40_000, 1), (30_000, 30_000), (2**31 - 1, 2**31 - 1)],
)
def test_sizes_out_of_bounds_are_named(tmp_path: Path, width: int, height: int) -> None:
    (tmp_path / "x.png").write_bytes(png_header(width, height))
    assert f"{width} × {height} pixels" in sentence(tmp_path / "x.png")


def test_empty_gif_and_bmp(tmp_path: Path) -> None:
    (tmp_path / "x.gif").write_bytes(b"GIF89a" + bytes(30))
    assert "0 × 0" in sentence(tmp_path / "x.gif")
    (tmp_path / "x.bmp").write_bytes(b"BM" + bytes(12) + struct.pack("<LLL", 40, 0, 0) + bytes(40))
    assert "0 × 0" in sentence(tmp_path / "x.bmp")


def test_out_of_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_bytes(encoded("PNG"))

    def refuse(*_: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(Image.Image, "convert", refuse)
    monkeypatch.setattr(np, "empty", refuse)
    assert "more memory" in sentence(tmp_path / "a.png")


def test_opening_leaves_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded("JPEG"))
    before = path.read_bytes(), path.stat().st_mtime_ns
    open_document(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert os.listdir(tmp_path) == ["a.jpg"]


def test_webp_has_a_largest_side(tmp_path: Path) -> None:
    wide = Document(Extent(16_384, 1))
    with pytest.raises(FileError, match="16384 × 1: save it as PNG"):
        save_document(wide, tmp_path / "a.webp")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("suffix", WRITTEN)
def test_missing_folder_is_found_before_the_work(tmp_path: Path, suffix: str) -> None:
    def flatten(root: Group, bounds: Bounds) -> Array8:
        raise AssertionError("too early")

    with pytest.raises(FileError, match="The folder “gone” is not there"):
        save_document(document(layers=2), tmp_path / "gone" / f"a{suffix}", flatten)


class FullDisk(io.FileIO):
    room = 0

    def write(self, data: Any) -> int:
        if len(data) > FullDisk.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        FullDisk.room -= len(data)
        return super().write(data)


@pytest.mark.parametrize("suffix", WRITTEN)
def test_full_disk_at_any_byte_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    path, made = tmp_path / f"a{suffix}", document(layers=2)
    save_document(made, path)
    old = path.read_bytes()
    monkeypatch.setattr(atomic, "_create", lambda temporary: FullDisk(temporary, "xb"))
    monkeypatch.setattr(atomic, "_BUFFER", 16)
    for room in [0, 1, 50, *(len(old) * i // 12 for i in range(1, 12)), len(old) - 1]:
        FullDisk.room = room
        with pytest.raises(FileError, match="The disk is full"):
            save_document(made, path)
        assert path.read_bytes() == old
        assert os.listdir(tmp_path) == [path.name]
    FullDisk.room = 10**9
    save_document(made, path)
    assert path.read_bytes() == old


@pytest.mark.parametrize("error", [OSError("encoder error -2"), MemoryError()])
def test_failing_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(Image.Image, "save", fail)
    with pytest.raises(FileError, match=r"“a\.png”"):
        save_document(document(), tmp_path / "a.png")
    assert os.listdir(tmp_path) == []
