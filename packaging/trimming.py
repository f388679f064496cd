"""Makes the packaged libraries of Linux smaller: no video, no texts of foreign languages, no symbols for debuggers.

Wheels bring whole libraries. Two of them carry much that the program never uses and that cannot simply be left out,
because other libraries are linked to it:

- OpenCV is linked to FFmpeg and libavif, for video and AVIF files, which the program does not open, or opens without
  it. In their place come libraries of the same names: FFmpeg's functions end the program and say why
  (``tests/test_contracts.py`` sees to it that nothing calls them); libavif's, which OpenCV tries with every picture,
  say that they can do nothing.
- Qt's ICU has names and formats of every language, time zone and currency. What remains is what compares and sorts
  text: https://unicode-org.github.io/icu/userguide/icu_data/buildtool.html describes what may be left out.
"""

from __future__ import annotations

import re
import struct
import subprocess
import tempfile
from pathlib import Path

_STUBBED = ("libavcodec", "libavformat", "libavutil", "libswscale", "libavif")
"""OpenCV's libraries whose functions are not there."""

_ICU_FOLDERS = ("brkitr", "curr", "lang", "rbnf", "region", "translit", "unit", "zone")
"""Parts of ICU's data that Qt does without: it has breaks, languages and time zones of its own."""

_ICU_NAMES = re.compile(r"\.cnv$|\.spp$|/unames\.icu$|/confusables\.cfu$")
"""Conversions of old encodings, names of characters, checks of host names."""

_STUB_HEAD = """\
#include <stdlib.h>
#include <unistd.h>
__attribute__((unused)) static void end(void) {{
    static const char text[] = "pentimento: {library} is not part of this package\\n";
    if (write(2, text, sizeof text - 1)) abort();
    abort();
}}
"""

_ICU_SOURCE = """\
    .section .rodata
    .global {symbol}
    .type {symbol}, %object
    .balign 16
{symbol}:
    .incbin "{file}"
    .size {symbol}, . - {symbol}
    .section .note.GNU-stack, "", %progbits
"""


def trim(inner: Path) -> None:
    """``inner``: the folder with all libraries of the packaged program. Needs a C compiler and binutils."""
    _stub_codecs(inner)
    (data,) = inner.glob("PySide6/Qt/lib/libicudata.so.*")
    _trim_icu(data)
    _strip(inner)


def without(package: bytes) -> bytes:
    """A package of ICU's data (the format of icupkg) without the parts that are left out. ValueError for another
    format."""
    size = struct.unpack_from("<H", package)[0]
    if package[2:4] != b"\xda\x27" or package[12:16] != b"CmnD":
        raise ValueError("these are no data of ICU of this machine's byte order")
    count = struct.unpack_from("<I", package, size)[0]
    table = [struct.unpack_from("<II", package, size + 4 + 8 * index) for index in range(count)]
    ends = [data for _name, data in table[1:]] + [len(package) - size]
    kept = []
    for (name_at, data_at), end in zip(table, ends, strict=True):
        name = package[size + name_at : package.index(b"\0", size + name_at)]
        if not _is_left_out(name.decode("ascii")):
            kept.append((name, package[size + data_at : size + end]))
    names, bodies = bytearray(), bytearray()
    first_name = 4 + 8 * len(kept)
    # Each body begins at a multiple of 16 bytes of the whole, header and all.
    first_body = _up(size + first_name + sum(len(name) + 1 for name, _body in kept)) - size
    rows = []
    for name, body in kept:
        rows.append(struct.pack("<II", first_name + len(names), first_body + len(bodies)))
        names += name + b"\0"
        bodies += body.ljust(_up(len(body)), b"\0")
    head = struct.pack("<I", len(kept)) + b"".join(rows) + bytes(names)
    return package[:size] + head.ljust(first_body, b"\0") + bytes(bodies)


def _is_left_out(name: str) -> bool:
    parts = name.split("/")
    return (len(parts) > 2 and parts[1] in _ICU_FOLDERS) or bool(_ICU_NAMES.search(name))


def _up(length: int) -> int:
    return -(-length // 16) * 16


def _stub_codecs(inner: Path) -> None:
    module = inner / "cv2" / "cv2.abi3.so"
    libraries = inner / "opencv_python_headless.libs"
    wanted = _symbols(module, "--undefined-only")
    for path in sorted(libraries.iterdir()):
        if path.name.startswith(_STUBBED):
            there = {name for name, _version in _symbols(path, "--defined-only")}
            _link_stub(path, sorted((name, version) for name, version in wanted if name in there))
    used = _needed(module)
    waiting = list(used)
    while waiting:
        path = libraries / waiting.pop()
        new = _needed(path) - used if path.is_file() else set()
        used |= new
        waiting += new
    for path in libraries.iterdir():
        if path.name not in used:
            path.unlink()
            (inner / path.name).unlink(missing_ok=True)  # a link to it, by which others find it


def _symbols(library: Path, which: str) -> set[tuple[str, str]]:
    """(Name, version) of functions; the version is empty where there is none."""
    asked = _run("nm", "--dynamic", which, str(library))
    found = (line.split()[-1].partition("@") for line in asked.splitlines())
    return {(name, version.lstrip("@")) for name, _at, version in found}


def _needed(library: Path) -> set[str]:
    return set(re.findall(r"\(NEEDED\).*\[(.*)\]", _run("readelf", "--dynamic", "--wide", str(library))))


def _link_stub(path: Path, symbols: list[tuple[str, str]]) -> None:
    """In place of the library ``path``."""
    with tempfile.TemporaryDirectory() as folder:
        source, script = Path(folder) / "stub.c", Path(folder) / "versions"
        bodies = [f"{_stub(name)}\n" for name, _version in symbols]
        source.write_text(_STUB_HEAD.format(library=path.name) + "".join(bodies), encoding="utf-8")
        versions = sorted({version for _name, version in symbols if version})
        blocks = (
            f"{version} {{ global: {' '.join(f'{name};' for name, of in symbols if of == version)} }};\n"
            for version in versions
        )
        script.write_text("".join(blocks) or "{ global: *; };\n", encoding="utf-8")
        _link(path, str(source), f"-Wl,--version-script={script}")


def _stub(name: str) -> str:
    """In C. What libavif makes is NULL there, and its other functions give 1, an unknown error."""
    if name.startswith("avif"):
        return f"long {name}(void) {{ return {int('Create' not in name)}; }}"
    return f"void {name}(void) {{ end(); }}"


def _trim_icu(library: Path) -> None:
    (symbol,) = {name for name, _version in _symbols(library, "--defined-only")}
    with tempfile.TemporaryDirectory() as folder:
        raw, data, source = (Path(folder) / name for name in ("raw", "data", "data.S"))
        _run("objcopy", "--dump-section", f".rodata={raw}", str(library), f"{folder}/unused")
        data.write_bytes(without(raw.read_bytes()))
        source.write_text(_ICU_SOURCE.format(symbol=symbol, file=data), encoding="utf-8")
        _link(library, str(source), "-nostdlib")


def _link(path: Path, *words: str) -> None:
    name = f"-Wl,-soname={path.name}"
    # Links that point to it stay as they are: it is written where it lies.
    _run("cc", "-shared", "-fPIC", "-O1", "-s", "-Wl,--build-id=none", name, "-o", str(path), *words)


def _strip(inner: Path) -> None:
    """Not the libraries that wheels have moved into folders of their own (*.libs): these were edited after they were
    linked."""
    libraries = [
        str(path)
        for path in sorted(inner.rglob("*.so*"))
        if path.is_file()
        and not path.is_symlink()
        and not any(part.endswith(".libs") for part in path.relative_to(inner).parts)
    ]
    _run("strip", "--strip-unneeded", "--preserve-dates", *libraries)


def _run(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout
