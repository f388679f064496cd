"""LayersSource: a tree of layers as the source of a projection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from editor.document.geometry import TileKey
from editor.document.layers import Group, PaintLayer
from editor.raster.program import Output
from editor.raster.stack import run
from editor.render.compositor import tile_job
from editor.render.layer_program import LayerProgram
from editor.render.projection import TileJob


class LayersSource:
    """``root`` gives the tree as it is to be shown in some tiles, each time anew."""

    def __init__(self, root: Callable[[Iterable[TileKey]], Group]) -> None:
        self._root = root

    def is_empty(self, key: TileKey) -> bool:
        layers = self._root([key]).walk()
        return not any(
            isinstance(layer, PaintLayer) and layer.pixels.tile(key) is not None for layer in layers
        )

    def render(self, jobs: Sequence[TileJob]) -> list[bool]:
        plan = LayerProgram.of(self._root([job.key for job in jobs]))
        run(
            plan.program,
            [tile_job(plan.inputs(job.key), job.out, job.key, job.top, job.bottom) for job in jobs],
            Output.BGRA8,
        )
        return [bool(job.out[job.top : job.bottom, :, 3].min() == 255) for job in jobs]
