"""TileByTile: a function that composites one tile, as the source of a projection."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from editor.document.geometry import TileKey
from editor.document.tiles import Array8
from editor.render.projection import TileJob
from editor.render.qimage import premultiplied


class TileByTile:
    """``composite`` gives a tile as straight RGBA, or None where it is empty, as ``is_empty`` may know beforehand."""

    def __init__(
        self, composite: Callable[[TileKey], Array8 | None], is_empty: Callable[[TileKey], bool]
    ) -> None:
        self._composite = composite
        self.is_empty = is_empty

    def render(self, jobs: Sequence[TileJob]) -> list[bool]:
        return [self._render(job) for job in jobs]

    def _render(self, job: TileJob) -> bool:
        rows = slice(job.top, job.bottom)
        tile = self._composite(job.key)
        if tile is None:
            job.out[rows] = 0
            return False
        job.out[rows] = premultiplied(tile[rows])
        return bool(tile[rows, :, 3].min() == 255)
