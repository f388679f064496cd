"""VeilSource: the selection as a veil of colour, tile by tile."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from editor.document.document import Document
from editor.document.geometry import TileKey
from editor.render.projection import TileJob
from editor.render.qimage import premultiplied

VEIL = (230, 40, 40)
"""Its colour, RGB; how opaque it is, is a matter of drawing it."""


class VeilSource:
    """For a projection."""

    def __init__(self, document: Document) -> None:
        self._document = document
        levels = np.empty((1, 256, 4), np.uint8)
        levels[..., :3], levels[..., 3] = VEIL, np.arange(256)
        self._colours = premultiplied(levels).view(np.uint32).reshape(256)
        """Of each of 256 levels of selection."""

    def is_empty(self, key: TileKey) -> bool:
        return self._document.selection.tile(key) is None

    def render(self, jobs: Sequence[TileJob]) -> list[bool]:
        selection = self._document.selection
        for job in jobs:
            out = job.out[job.top : job.bottom].view(np.uint32)[..., 0]
            tile = selection.tile(job.key)
            if tile is None:
                out[:] = 0
            else:
                np.take(
                    self._colours, tile[job.top : job.bottom] >> (selection.depth - 8), out=out, mode="clip"
                )
        return [False] * len(jobs)
