"""Libraries that were made smaller still do all that the program asks of them."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
import trimming

SORTING = """
from PySide6.QtCore import QCollator, QLocale
words = ["b10", "b9", "ä", "z", "Ö", "a", "B", "\u540d", "\u624b"]
for name in ("C", "en_US", "de_DE", "sv_SE", "ja_JP", "zh_CN"):
    collator = QCollator(QLocale(name))
    collator.setNumericMode(True)
    print(name, [collator.compare(one, other) > 0 for one in words for other in words])
"""

CODING = """
import cv2, numpy as np
picture = np.random.default_rng(1).integers(0, 255, (30, 40, 3), np.uint8)
for suffix in (".png", ".jpg"):
    good, coded = cv2.imencode(suffix, picture)
    assert good and cv2.imdecode(coded, cv2.IMREAD_COLOR).shape == picture.shape
assert cv2.imdecode(np.frombuffer(b"....ftypavif" * 20, np.uint8), cv2.IMREAD_COLOR) is None
print(cv2.__file__)
"""


@pytest.fixture
def inner(tmp_path: Path) -> Path:
    """A packaged program's folder with the libraries that are made smaller, as the wheels have them."""
    tools = ("cc", "nm", "objcopy", "readelf", "strip")
    if sys.platform != "linux" or any(shutil.which(tool) is None for tool in tools):
        pytest.skip("this is done on Linux, with a compiler")
    packages = Path(str(distribution("numpy").locate_file("")))
    qt = packages / "PySide6" / "Qt" / "lib"
    (tmp_path / "PySide6" / "Qt" / "lib").mkdir(parents=True)
    (data,) = qt.glob("libicudata.so.*")
    shutil.copyfile(data, tmp_path / "PySide6" / "Qt" / "lib" / data.name)
    for name in ("cv2", "opencv_python_headless.libs"):
        shutil.copytree(packages / name, tmp_path / name)
    return tmp_path


def test_text_is_sorted_and_pictures_are_coded_as_before(inner: Path) -> None:
    before = _size(inner)
    trimming.trim(inner)
    assert _size(inner) < before - 60e6
    assert not list(inner.rglob("libvpx*")) and list(inner.rglob("libopenblas*"))
    sorted_before = _run(SORTING)
    assert _run(SORTING, LD_LIBRARY_PATH=str(inner / "PySide6" / "Qt" / "lib")) == sorted_before
    assert _run(CODING, PYTHONPATH=str(inner)).startswith(str(inner))


def test_data_of_icu_keep_what_is_not_left_out() -> None:
    bodies = {
        "icu/brkitr/root.res": b"b" * 5,
        "icu/coll/root.res": b"c" * 17,
        "icu/gb.cnv": b"d",
        "icu/x.res": b"e",
    }
    assert _read(trimming.without(_package(bodies))) == {
        "icu/coll/root.res": b"c" * 17,
        "icu/x.res": b"e",
    }
    with pytest.raises(ValueError, match="no data of ICU"):
        trimming.without(b"\0" * 64)


def _package(bodies: dict[str, bytes]) -> bytes:
    """As icupkg writes it: a header, a table of (name, body), names, bodies at multiples of 16 bytes."""
    header = struct.pack("<H", 32) + b"\xda\x27" + b"\0" * 8 + b"CmnD" + b"\0" * 16
    table = struct.pack("<I", len(bodies))
    at_name = 4 + 8 * len(bodies)
    at_body = -(-(at_name + sum(len(name) + 1 for name in bodies)) // 16) * 16
    names, data = b"", b""
    for name, body in bodies.items():
        table += struct.pack("<II", at_name + len(names), at_body + len(data))
        names += name.encode() + b"\0"
        data += body.ljust(-(-len(body) // 16) * 16, b"\0")
    return header + (table + names).ljust(at_body, b"\0") + data


def _read(package: bytes) -> dict[str, bytes]:
    (size,) = struct.unpack_from("<H", package)
    (count,) = struct.unpack_from("<I", package, size)
    found = {}
    for index in range(count):
        name, body = struct.unpack_from("<II", package, size + 4 + 8 * index)
        assert (size + body) % 16 == 0
        text = package[size + name : package.index(b"\0", size + name)].decode()
        found[text] = package[size + body :].partition(b"\0")[0]
    return found


def _run(code: str, **variables: str) -> str:
    environment = {**os.environ, **variables}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
