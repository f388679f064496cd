"""HEIC is read where the user has pillow-heif, and otherwise told what is missing."""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image, ImageFile

from editor.document.layers import PaintLayer
from editor.files.errors import FileError
from editor.files.formats import open_document


def heic(brand: bytes, compatible: bytes = b"mif1heic") -> bytes:
    head = b"ftyp" + brand + bytes(4) + compatible
    return struct.pack(">L", len(head) + 4) + head + bytes(200)


class StandIn(ImageFile.ImageFile):
    """A picture of 3 × 2 red pixels, whatever the file holds."""

    format = "HEIF"

    def _open(self) -> None:
        self._size, self._mode, self.tile = (3, 2), "RGB", []
        self.im = Image.new("RGB", (3, 2), "red").im

    def load(self) -> None:  # type: ignore[override]
        pass


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    module = ModuleType("pillow_heif")
    module.register_heif_opener = lambda: Image.register_open("HEIF", StandIn)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pillow_heif", module)
    yield
    Image.OPEN.pop("HEIF", None)
    Image.ID[:] = [each for each in Image.ID if each != "HEIF"]


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1"])
def test_it_is_read_through_what_the_user_has(tmp_path: Path, installed: None, brand: bytes) -> None:
    (tmp_path / "a.heic").write_bytes(heic(brand))
    document = open_document(tmp_path / "a.heic")
    (layer,) = document.root.children
    assert isinstance(layer, PaintLayer)
    assert layer.pixels.read(document.canvas).tolist() == [[[255, 0, 0, 255]] * 3] * 2


def test_it_is_told_where_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    (tmp_path / "a.heic").write_bytes(heic(b"heic"))
    with pytest.raises(FileError, match=r"“a\.heic” is a HEIC picture, .*pip install pillow-heif"):
        open_document(tmp_path / "a.heic")


def test_avif_under_a_common_brand_is_no_heic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    (tmp_path / "a.avif").write_bytes(heic(b"mif1", b"avifmif1"))
    with pytest.raises(FileError, match=r"damaged|is not a picture"):
        open_document(tmp_path / "a.avif")
