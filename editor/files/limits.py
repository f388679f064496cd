"""How large a picture may be; checked on what a file says of itself, before anything is decoded."""

from __future__ import annotations

from editor.document.document import MAX_SIDE
from editor.files.errors import FileError

MAX_PIXELS = 500_000_000
"""Of one picture: 2 GB as RGBA."""
MAX_DECODED = 16 << 30
"""Bytes of pixels that one file may unpack to."""
MAX_PICTURE_SIDE = 2 * MAX_SIDE
"""Layers may reach beyond the canvas."""
MAX_LAYERS = 10_000
MAX_DEPTH = 64
"""Groups within groups."""


def check_size(width: int, height: int, name: str, max_side: int = MAX_SIDE) -> None:
    """Raises FileError where a picture holds nothing or too much; ``name`` as it is shown."""
    if width < 1 or height < 1:
        raise FileError(
            f"{name} says that it is {width} × {height} pixels, so it holds no picture: get it again."
        )
    if width > max_side or height > max_side or width * height > MAX_PIXELS:
        raise FileError(
            f"{name} is {width} × {height} pixels, and Pentimento takes at most {max_side} a side and "
            f"{MAX_PIXELS // 1_000_000} million in all: make it smaller first."
        )
