"""Pictures: those in the archive of an OpenRaster file, as arrays and planes of the document."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

import numpy as np

from editor.document.geometry import Bounds
from editor.document.tiles import Pixels, TileMap
from editor.files.archive import Archive
from editor.files.deep_read import to_deep_rgba
from editor.files.pixels import to_rgba

MAX_OFFSET = 1 << 30
"""How far from the corner of the canvas a picture may lie, in pixels."""


class Picture(NamedTuple):
    """Of a layer, (h, w, 4), with the hash of its file."""

    rgba: Pixels
    icc_profile: bytes | None
    sha256: str


class Pictures:
    """Methods raise FileError, and ValueError where a place or a picture is not what it should be."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.icc_profile: bytes | None = None
        """The first that a picture has brought along."""

    def decoding(self, elements: list[Element]) -> Iterator[Callable[[], Picture]]:
        """The pictures of layers are read here and decoded on other threads."""
        for element in elements:
            src = element.get("src", "")
            yield partial(self._decoded, self._archive.read_png(src), src)

    def first(self, ready: Iterator[Picture]) -> Picture:
        """The next one of those that are being decoded."""
        found = next(ready)
        self.icc_profile = self.icc_profile or found.icc_profile
        return found

    def rgba(self, src: str) -> Pixels:
        """(h, w, 4)."""
        return self.first(iter([self._decoded(self._archive.read_png(src), src)])).rgba

    def grey(self, src: str) -> Pixels:
        """(h, w)."""
        image = self._archive.decode(self._archive.read_png(src), src)
        if image.mode not in ("L", "I;16"):
            raise ValueError(f"“{src}” is no grey picture")
        return np.asarray(image)

    def plane(self, place: dict[str, Any] | None, x: int = 0, y: int = 0) -> TileMap:
        """A grey picture that is placed relative to (x, y); empty where there is none."""
        if place is None:
            return TileMap(1)
        left, top = int(place["x"]) + x, int(place["y"]) + y
        if max(abs(left), abs(top)) > MAX_OFFSET:
            raise ValueError("a mask lies too far away")
        return TileMap.from_array(self.grey(place["src"]), left, top)

    def placer(self, x: int, y: int) -> Callable[[dict[str, Any]], tuple[Bounds, Pixels]]:
        """Reads pictures that are placed relative to (x, y)."""

        def picture(place: dict[str, Any]) -> tuple[Bounds, Pixels]:
            left, top = int(place["x"]) + x, int(place["y"]) + y
            if max(abs(left), abs(top)) > MAX_OFFSET:
                raise ValueError("a candidate lies too far away")
            rgba = self.rgba(place["src"])
            return Bounds(left, top, rgba.shape[1], rgba.shape[0]), rgba

        return picture

    def _decoded(self, data: bytes, src: str) -> Picture:
        image = self._archive.decode(data, src)
        rgba, profile = to_deep_rgba(image, io.BytesIO(data)) or to_rgba(image)
        return Picture(rgba, profile, hashlib.sha256(data).hexdigest())
