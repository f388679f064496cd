"""Mangled files: whatever is in one, opening it gives a document or one sentence, soon, and within bounds of memory.

``python -m tests.fuzz 10000`` opens so many, in child processes of some hundred files each, which may take ``_MEMORY``
and ``_SECONDS`` for one file. It prints what went wrong with the number of the file, from which ``mangled`` makes it
again, and ends with 1 where anything did.
"""

from __future__ import annotations

import argparse
import io
import logging
import random
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FrameType
from typing import NoReturn

from PIL import Image

from editor.document.document import Document
from editor.document.geometry import Extent
from editor.document.layers import Group, PaintLayer
from editor.document.tiles import TileMap
from editor.files.errors import FileError
from editor.files.formats import flattened, open_file, save_document
from tests.editor.files.float_psd import RLE, write_floats
from tests.editor.files.samples import chosen, noise

_BATCH = 250
_SECONDS = 5
_MEMORY = 4 << 30
"""Address space of a child in bytes; half of it is taken by libraries and threads' stacks before it begins."""
_FLATTENED = 1 << 20
"""Pixels up to which the document is composited as well."""
_EDGES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_CHUNKS = (b"IHDR", b"tRNS", b"PLTE", b"acTL", b"fcTL", b"eXIf", b"iCCP")
_NAMES = (b"../../x", b"/etc/passwd", b"C:\\x", b"data/../../x.png", b"a\x00b", b"\xff\xfe")
_XML = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>',
    b"<stack>" * 200,
    b'w="99999999999999999999"',
    b'opacity="nan"',
    b'src="../x"',
)


@cache
def seeds() -> dict[str, bytes]:
    """Small, whole files of each format, by a name that ends in its suffix."""
    document = Document(Extent(40, 30))
    mask = TileMap.from_array(noise(20, 20, 1, 1), 3, 3)
    layers = [
        PaintLayer("Background", pixels=TileMap.from_array(noise(30, 40))),
        Group(
            "Group",
            opacity=0.5,
            mask=mask,
            children=[PaintLayer("In", pixels=TileMap.from_array(noise(9, 9)))],
        ),
        PaintLayer("Masked", blend_mode="multiply", clipped=True, mask=mask.snapshot()),
    ]
    for index, layer in enumerate(layers):
        document.insert(layer, document.root, index)
    document.metadata.resolution, document.metadata.xmp = (300.0, 300.0), b"<x:xmpmeta/>"
    fills = document.snapshot()
    fills.insert(chosen(), fills.root, 3)
    fills.selection = mask.snapshot()
    deep = document.snapshot()
    deep.exchange_planes(deep.planes(16))
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for source, names in (
            (document, ("a.png", "a.psd", "a.psb", "a.jpg", "a.webp", "a.tif", "a.avif", "a.bmp")),
            (fills, ("fills.ora",)),
            (deep, ("deep.png", "deep.ora", "deep.psd", "deep.tif")),
        ):
            for name in names:
                save_document(source, Path(folder, name))
                found[name] = Path(folder, name).read_bytes()
        write_floats(Path(folder, "floats.psd"), RLE)
        found["floats.psd"] = Path(folder, "floats.psd").read_bytes()
    out = io.BytesIO()
    Image.fromarray(noise(30, 40)).convert("P").save(out, "GIF")
    return found | {"a.gif": out.getvalue()}


def mangled(number: int) -> tuple[str, bytes]:
    """The name and the bytes of the file of this number. Half of them are PNG, OpenRaster and PSD of all kinds."""
    rng = random.Random(number)
    kinds = sorted(seeds())
    layered = [name for name in kinds if name.endswith((".png", ".ora", ".psd", ".psb"))]
    name = rng.choice(layered if number % 4 else kinds)
    data = bytearray(seeds()[name])
    inside = _INSIDE.get(name.rpartition(".")[2])
    if inside is not None and rng.random() < 0.7:
        return name, inside(rng, bytes(data))
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        _mangle(rng, data)
    return name, bytes(data)


def attempt(name: str, data: bytes, folder: Path) -> str | None:
    """The sentence, or None where the file opens. Raises whatever else comes of it."""
    path = folder / name
    path.write_bytes(data)
    try:
        document = open_file(path).document
    except FileError as error:
        sentence = str(error)
        if not sentence.endswith(".") or "\n" in sentence:
            raise AssertionError(f"no sentence: {sentence!r}") from error
        return sentence
    if document.extent.area <= _FLATTENED:
        flattened(document)
    return None


def _mangle(rng: random.Random, data: bytearray) -> None:
    """One accident, or one attack, in place."""
    if not data:
        return
    at = rng.randrange(len(data))
    match rng.randrange(8):
        case 0:
            data[at] ^= 1 << rng.randrange(8)
        case 1:
            data[at] = rng.choice(_EDGES) & 0xFF
        case 2:
            del data[at:]
        case 3:
            del data[at : at + rng.choice((1, 4, 100))]
        case 4:
            data[at:at] = data[at : at + rng.choice((1, 4, 100, 4000))]
        case 5:
            form = rng.choice((">H", ">L", "<H", "<L"))
            size = struct.calcsize(form)
            data[at : at + size] = struct.pack(form, rng.choice(_EDGES) & (256**size - 1))
        case 6:
            data[at : at + 8] = rng.randbytes(8)
        case _:
            other = rng.choice(sorted(seeds().values()))
            start = rng.randrange(len(other))
            data[at : at + 64] = other[start : start + 64]


def _in_png(rng: random.Random, data: bytes) -> bytes:
    """Chunks with changed content and right checksums; sizes, depths and colours that do not fit."""
    chunks, at = [], 8
    while at < len(data):
        (length,) = struct.unpack_from(">L", data, at)
        chunks.append((data[at + 4 : at + 8], bytearray(data[at + 8 : at + 8 + length])))
        at += 12 + length
    for _ in range(rng.choice((1, 1, 2, 3))):
        index = rng.randrange(len(chunks))
        match rng.randrange(5):
            case 0:
                _mangle(rng, chunks[index][1])
            case 1:
                chunks.insert(index, (rng.choice(_CHUNKS), bytearray(rng.randbytes(13))))
            case 2:
                del chunks[index]
                if not chunks:
                    return data[:8]
            case 3:
                chunks[0][1][:4] = struct.pack(">L", rng.choice(_EDGES))
            case _:
                name, body = chunks[index]
                if name == b"IDAT":
                    body[:] = zlib.compress(bytes(rng.choice((0, 1, 1 << 24))), 9)
    out = bytearray(data[:8])
    for name, body in chunks:
        out += struct.pack(">L", len(body)) + name + body + struct.pack(">L", zlib.crc32(bytes(name) + body))
    return bytes(out)


def _in_ora(rng: random.Random, data: bytes) -> bytes:
    """A whole archive with something changed in one of its files, or with a file of another name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {info.filename: bytearray(archive.read(info)) for info in archive.infolist()}
    for _ in range(rng.choice((1, 1, 2, 3))):
        name = rng.choice(sorted(files))
        match rng.randrange(6):
            case 0 | 1:
                if name.endswith(".png") and rng.random() < 0.7:
                    files[name] = bytearray(_in_png(rng, bytes(files[name]))) if files[name] else files[name]
                else:
                    _mangle(rng, files[name])
            case 2:
                text = files["stack.xml" if "stack.xml" in files else name]
                at = rng.randrange(len(text) + 1)
                text[at:at] = rng.choice(_XML)
            case 3:
                files[rng.choice(_NAMES).decode("latin-1")] = files.pop(name)
            case 4:
                files[name] = bytearray(rng.choice(sorted(files.values())))
            case _:
                files[name] = bytearray(1 << 22)
        if not files:
            break
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for name, content in files.items():
            archive.writestr(name, bytes(content))
    return out.getvalue()


def _in_psd(rng: random.Random, data: bytes) -> bytes:
    """Lengths and rectangles are what a PSD is made of: each is four bytes, found by what lies before it."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        marks = [at for at in range(len(out) - 12) if out[at : at + 4] in (b"8BIM", b"8BPS", b"8B64")]
        if not marks:
            break
        at = rng.choice(marks) + rng.choice((4, 8, 10, 12, -4, -16, -32))
        at = min(max(at, 0), len(out) - 4)
        struct.pack_into(">L", out, at, rng.choice((*_EDGES, rng.randrange(1 << 16))))
    return bytes(out)


_INSIDE: dict[str, Callable[[random.Random, bytes], bytes]] = {
    "png": _in_png,
    "ora": _in_ora,
    "psd": _in_psd,
    "psb": _in_psd,
}


def _batch(first: int, count: int) -> int:
    """In a child: prints each number before it is tried, then what went wrong with it."""
    logging.disable()  # what is only warned of is no failure
    signal.signal(signal.SIGALRM, _too_slow)
    seeds()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    failed = opened = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(first, first + count):
            print(number, flush=True)
            name, data = mangled(number)
            signal.alarm(_SECONDS)
            try:
                opened += attempt(name, data, Path(folder)) is None
            except Exception as error:
                failed += 1
                print(f"! {number} {name}: {type(error).__name__}: {error}", flush=True)
            finally:
                signal.alarm(0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"= {opened} {failed} {peak}", flush=True)
    return 1 if failed else 0


def _too_slow(_number: int, _frame: FrameType | None) -> NoReturn:
    raise TimeoutError(f"took more than {_SECONDS} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=10_000, help="how many files")
    parser.add_argument("--first", type=int, default=0, help="the number of the first")
    parser.add_argument("--batch", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.batch:
        return _batch(arguments.first, arguments.count)
    opened = failed = peak = 0
    end = arguments.first + arguments.count
    for first in range(arguments.first, end, _BATCH):
        count = min(_BATCH, end - first)
        command = [sys.executable, "-m", "tests.fuzz", str(count), "--first", str(first), "--batch"]
        child = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = child.stdout.splitlines()
        for line in lines:
            if line.startswith("!"):
                print(line[2:])
        if lines and lines[-1].startswith("="):
            batch = [int(value) for value in lines[-1][2:].split()]
            opened, failed, peak = opened + batch[0], failed + batch[1], max(peak, batch[2])
        else:
            failed += 1
            print(
                f"{lines[-1] if lines else first}: the process ended with {child.returncode}\n{child.stderr[-2000:]}"
            )
    print(f"{arguments.count} files: {opened} opened, {failed} failed, at most {peak} MB of memory")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
