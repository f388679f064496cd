"""Archive: the files of a zip, read by name into memory and never onto the disk, with bounds on everything."""

from __future__ import annotations

import io
import lzma
import re
import struct
import zipfile
import zlib
from typing import BinaryIO

from PIL import Image

from editor.files.errors import FileError
from editor.files.limits import MAX_DECODED, MAX_PICTURE_SIDE, check_size

MAX_FILES = 65_536

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_EXTRA = 32 << 20
"""What a PNG may hold beside its pixels."""
_ABSOLUTE = re.compile(r"^([/\\]|[A-Za-z]:)")
_BAD_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    struct.error,
    NotImplementedError,
    RuntimeError,
    OverflowError,
)


class Archive:
    """``name`` is the archive's, as it is shown. Everything raises FileError; close it by ``with``."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self.name = name
        self._budget = MAX_DECODED
        try:
            self._zip = zipfile.ZipFile(stream)
        except _BAD_ZIP as error:
            raise self._damaged() from error
        try:
            self._check()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def __contains__(self, member: str) -> bool:
        return member in self._zip.NameToInfo

    def read(self, member: str, limit: int) -> bytes:
        """A file's bytes, of which there may be ``limit``."""
        info = self._info(member)
        if info.file_size > limit:
            raise FileError(
                f"{self.name} is refused because “{member}” in it is far too large: get it again."
            )
        try:
            with self._zip.open(info) as file:
                return file.read(limit)
        except _BAD_ZIP as error:
            raise self._damaged() from error

    def read_png(self, member: str) -> bytes:
        """The bytes of a PNG whose header has been found to ask for a reasonable size, and to tell the truth."""
        info = self._info(member)
        try:
            with self._zip.open(info) as file:
                head = file.read(33)
        except _BAD_ZIP as error:
            raise self._damaged() from error
        if not head.startswith(_PNG) or len(head) < 33:
            raise self._no_picture(member)
        width, height = struct.unpack_from(">LL", head, 16)
        check_size(width, height, f"“{member}” in {self.name}", MAX_PICTURE_SIDE)
        self._budget -= width * height * (1 if head[25] == 0 else 4) * max(1, head[24] // 8)
        if self._budget < 0:
            raise FileError(
                f"{self.name} is refused because its layers would unpack to more than {MAX_DECODED >> 30} GB: "
                "make it smaller first."
            )
        return self.read(member, (8 * width + 1) * height + _PNG_EXTRA)

    def decode(self, data: bytes, member: str) -> Image.Image:
        """The picture in a PNG's bytes, loaded. On any thread; Pillow's warnings are the caller's."""
        try:
            image = Image.open(io.BytesIO(data), formats=["PNG"])
            image.load()
        except (*_BAD_ZIP, SyntaxError, TypeError, AttributeError) as error:
            raise self._no_picture(member) from error
        return image

    def _info(self, member: str) -> zipfile.ZipInfo:
        if _leads_outside(member):
            raise self._outside(member)
        info = self._zip.NameToInfo.get(member)
        if info is None:
            raise FileError(
                f"{self.name} is incomplete, “{member}” is missing in it: copy or download it again."
            )
        return info

    def _check(self) -> None:
        infos = self._zip.infolist()
        if len(infos) > MAX_FILES:
            raise FileError(f"{self.name} is refused because it holds {len(infos)} files: get it again.")
        for info in infos:
            if _leads_outside(info.filename):
                raise self._outside(info.filename)
            if info.flag_bits & 1:
                raise FileError(f"{self.name} is locked with a password: save it without one first.")

    def _outside(self, member: str) -> FileError:
        return FileError(
            f"{self.name} is refused because it names a file outside of itself, “{member}”: get it again."
        )

    def _no_picture(self, member: str) -> FileError:
        return FileError(
            f"{self.name} is damaged, “{member}” in it is no whole PNG picture: copy or download it again."
        )

    def _damaged(self) -> FileError:
        return FileError(f"{self.name} is damaged or incomplete: copy or download it again.")


def _leads_outside(member: str) -> bool:
    return bool(_ABSOLUTE.match(member)) or ".." in re.split(r"[/\\]", member)
