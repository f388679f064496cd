"""The table of file formats, and the two functions that everybody calls: open_document and save_document.

To add a format, give ``FORMATS`` a row with a reader or a writer. A reader is found by what the file holds, a writer by
the name that it is to get.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Literal, get_args

from editor.document.document import Document, Metadata
from editor.document.layers import Layer, PaintLayer
from editor.document.tiles import Array8, Pixels
from editor.files import raster, raster_write
from editor.files.atomic import atomic_write
from editor.files.errors import FileError, pillow_quiet, reading_error, shown
from editor.files.opened import Opened
from editor.files.options import DEFAULT_OPTIONS, OptionId, SaveOptions
from editor.files.recipes import recipes_of, with_recipes
from editor.raster.depth import to_8, to_dtype
from editor.render.compositor import composite

Reader = Callable[[BinaryIO, Path], Opened]
Kept = Literal["layers", "fills", "selection", "guides", "alpha", "depth", "profile", "camera"]
"""What a format may be able to hold: layers; the recipes and candidates of fills; the selection; guides; transparency;
16 bits per channel; the colour profile; EXIF and XMP."""


@dataclass(frozen=True)
class Writing:
    """What is to be written: ``picture`` is the document flattened, (h, w, 4) of its depth with straight alpha."""

    document: Document
    picture: Pixels
    active: Layer | None
    options: SaveOptions

    @property
    def metadata(self) -> Metadata:
        """The document's, with the recipes of its fills where these are to go along."""
        metadata = self.document.metadata
        recipes = recipes_of(self.document) if self.options.recipes else []
        return replace(metadata, xmp=with_recipes(metadata.xmp, recipes)) if recipes else metadata


Writer = Callable[[Writing, BinaryIO], None]


@dataclass(frozen=True)
class Format:
    """``suffixes`` in lower case with their dot, the usual one first; ``keeps``, what a file can hold; ``options``,
    those of ``SaveOptions`` that the writer heeds; ``is_exact``: of what a file holds, every value is what it was."""

    id: str
    title: str
    suffixes: tuple[str, ...]
    reader: Reader | None
    writer: Writer | None
    keeps: frozenset[Kept] = frozenset()
    options: tuple[OptionId, ...] = ()
    is_exact: bool = False

    @property
    def keeps_layers(self) -> bool:
        return "layers" in self.keeps

    @property
    def can_read(self) -> bool:
        return self.reader is not None

    @property
    def can_write(self) -> bool:
        return self.writer is not None


def _flat(write: Callable[[Array8, Metadata, BinaryIO, SaveOptions], None]) -> Writer:
    def writer(writing: Writing, stream: BinaryIO) -> None:
        write(to_8(writing.picture), writing.metadata, stream, writing.options)

    return writer


def _deep(write: Callable[[Pixels, Metadata, BinaryIO, SaveOptions], None]) -> Writer:
    """Of a format that has 16 bits as well."""

    def writer(writing: Writing, stream: BinaryIO) -> None:
        write(writing.picture, writing.metadata, stream, writing.options)

    return writer


def _read_openraster(stream: BinaryIO, path: Path) -> Opened:
    from editor.files import openraster_read  # zip and XML: not before the window is shown

    return openraster_read.read(stream, path)


def _write_openraster(writing: Writing, stream: BinaryIO) -> None:
    from editor.files import openraster_write

    openraster_write.write(writing.document, writing.picture, stream, writing.active)


def _read_psd(stream: BinaryIO, path: Path) -> Opened:
    from editor.files import psd_read  # loads psd-tools

    return psd_read.read(stream, path)


def _psd(large: bool) -> Writer:
    def writer(writing: Writing, stream: BinaryIO) -> None:
        from editor.files import psd_write

        psd_write.write(writing.document, writing.picture, stream, writing.active, large)

    return writer


_ALL: frozenset[Kept] = frozenset(get_args(Kept))
_LAYERED = _ALL - {"fills", "selection"}
_DEEP = _LAYERED - {"layers", "guides"}
_CLEAR = _DEEP - {"depth"}
_PLAIN = _CLEAR - {"alpha"}
_NOTHING: frozenset[Kept] = frozenset()
_LOSSY: tuple[OptionId, ...] = ("quality", "subsampling", "recipes")
_JPEG = (".jpg", ".jpeg", ".jpe", ".jfif")

FORMATS: tuple[Format, ...] = (
    Format("openraster", "OpenRaster", (".ora",), _read_openraster, _write_openraster, _ALL, is_exact=True),
    Format("psd", "Photoshop", (".psd",), _read_psd, _psd(large=False), _LAYERED),
    Format("psb", "Photoshop, large", (".psb",), _read_psd, _psd(large=True), _LAYERED),
    Format("png", "PNG", (".png",), raster.read, _deep(raster_write.write_png), _DEEP, ("recipes",), True),
    Format("jpeg", "JPEG", _JPEG, raster.read, _flat(raster_write.write_jpeg), _PLAIN, _LOSSY),
    Format(
        "webp",
        "WebP",
        (".webp",),
        raster.read,
        _flat(raster_write.write_webp),
        _CLEAR,
        ("lossless", "quality", "recipes"),
    ),
    Format(
        "tiff",
        "TIFF",
        (".tif", ".tiff"),
        raster.read,
        _deep(raster_write.write_tiff),
        _DEEP,
        ("recipes",),
        is_exact=True,
    ),
    Format(
        "avif",
        "AVIF",
        (".avif",),
        raster.read,
        _flat(raster_write.write_avif),
        _CLEAR,
        _LOSSY,
    ),
    Format("heif", "HEIC", (".heic", ".heif"), raster.read, None),
    Format("bmp", "BMP", (".bmp",), raster.read, _flat(raster_write.write_bmp), _NOTHING, is_exact=True),
    Format("gif", "GIF", (".gif",), raster.read, None),
)


_READERS: tuple[tuple[bytes, Reader], ...] = ((b"PK", _read_openraster), (b"8BPS", _read_psd))
"""By how a file begins; what is not here is a picture without layers, or none."""


def open_file(path: Path | str) -> Opened:
    """What a file holds, and which of its layers was active. Its content decides, not its name.

    Raises FileError.
    """
    path = Path(path)
    try:
        kind = os.stat(path).st_mode
        if stat.S_ISDIR(kind):
            raise FileError(f"{shown(path)} is a folder: choose a picture in it.")
        if not stat.S_ISREG(kind):  # reading a pipe could wait for ever
            raise FileError(f"{shown(path)} is a device and not a file: choose a picture.")
        with open(path, "rb") as stream:
            head = stream.read(4)
            stream.seek(0)
            if not head:
                raise FileError(f"{shown(path)} is empty: copy or download it again.")
            reader = next((reader for start, reader in _READERS if head.startswith(start)), raster.read)
            return reader(stream, path)
    except OSError as error:
        raise reading_error(error, path) from error
    except ValueError as error:
        if "\0" in str(path):
            raise FileError(f"{shown(path)} is not the name of a file: check it.") from error
        raise
    except MemoryError as error:
        raise FileError(
            f"{shown(path)} needs more memory than there is: close other programs first."
        ) from error


def open_document(path: Path | str) -> Document:
    """The document that a file holds. Raises FileError."""
    return open_file(path).document


def format_for(path: Path | str) -> Format:
    """The format in which a file of this name is written. Raises FileError where there is none."""
    suffix = Path(path).suffix.lower()
    for row in FORMATS:
        if suffix in row.suffixes and row.can_write:
            return row
    known = ", ".join(row.suffixes[0] for row in FORMATS if row.can_write)
    raise FileError(f"Pentimento cannot write {shown(path)}: choose a name that ends in {known}.")


def save_document(
    document: Document,
    path: Path | str,
    active: Layer | None = None,
    options: SaveOptions = DEFAULT_OPTIONS,
    backup: bool = False,
) -> None:
    """Writes the document in the format that the name asks for; the old file stays until the new one is whole, with
    ``backup`` also beyond that, under its name with a tilde.

    ``active`` is the layer that formats with layers note as the chosen one. Raises FileError.
    """
    path = Path(path)
    writer = format_for(path).writer
    assert writer is not None
    with atomic_write(path, backup) as stream:
        try:
            writing = Writing(document, flattened(document), active, options)
            with pillow_quiet():
                writer(writing, stream)
        except OSError as error:
            if error.errno is not None:
                raise
            raise FileError(f"{shown(path)} was not saved: {error}; try another format.") from error
        except MemoryError as error:
            raise FileError(
                f"Too little memory to save {shown(path)}: close other programs first."
            ) from error


def flattened(document: Document) -> Pixels:
    """The picture of the canvas, (h, w, 4) of the document's depth with straight alpha.

    A document that is one plain layer gives that layer's own pixels, so that hidden colour goes back into the file.
    """
    match document.root.children:
        case [PaintLayer(visible=True, opacity=1.0, blend_mode="normal", mask=None) as layer]:
            return layer.pixels.read(document.canvas)
    # without any pixels, the compositor cannot know the depth
    return to_dtype(composite(document.root, document.canvas), document.selection.dtype)


def open_filter() -> list[tuple[str, list[str]]]:
    """For a file dialog: titles and patterns, all that can be opened first."""
    rows = [(row.title, _patterns(row)) for row in FORMATS if row.can_read]
    return [("All pictures", [pattern for _, patterns in rows for pattern in patterns]), *rows]


def save_filter() -> list[tuple[str, list[str]]]:
    """For a file dialog: titles and patterns, the format that keeps layers first."""
    return [(row.title, _patterns(row)) for row in FORMATS if row.can_write]


def _patterns(row: Format) -> list[str]:
    return [f"*{suffix}" for suffix in row.suffixes]
