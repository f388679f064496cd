"""StrokeTool: what every brush does with the pointer. Samples are gathered, and drawn once for each picture."""

from __future__ import annotations

from collections.abc import Mapping

from editor.document.geometry import TILE, Bounds, TileKey
from editor.document.tiles import TilePatch
from editor.raster.brush import Brush
from editor.raster.dab import Dabs
from editor.raster.stabiliser import Sample
from editor.raster.stroke import StrokePath
from editor.raster.transmittance import Changed, Transmittance
from editor.session import Session
from editor.settings import Settings
from editor.tools.tool import PointerEvent, Tool


class StrokeTool(Tool):
    """The stroke is applied while it is painted, and becomes one step when the pointer is lifted.

    To make one of it, give ``begin``, ``show``, ``record`` and ``restore``.
    """

    build_up = True
    """Whether dabs add up, or the stroke covers as much as its strongest dab does."""

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__(session, settings)
        self._path: StrokePath | None = None
        self._stroke: Transmittance | None = None
        self._gathered: list[Sample] = []
        self._before: TilePatch = {}

    @property
    def busy(self) -> bool:
        return self._path is not None

    def begin(self, event: PointerEvent) -> Brush | None:
        """The brush of the stroke that begins here; None where there can be none."""
        raise NotImplementedError

    def show(self, changed: Mapping[TileKey, Changed], before: TilePatch) -> TilePatch:
        """Puts into the document what the stroke has become; returns the tiles that were there.

        ``before`` has the tiles that it has changed, as they were before it.
        """
        raise NotImplementedError

    def record(self, before: TilePatch) -> None:
        """Makes the stroke one step of the history; ``before`` has the tiles that it changed, at least one."""
        raise NotImplementedError

    def restore(self, before: TilePatch) -> None:
        """Puts the tiles from before the stroke back."""
        raise NotImplementedError

    def press(self, event: PointerEvent) -> None:
        self.commit()
        brush = self.begin(event)
        if brush is None:
            return
        self._path = StrokePath(brush)
        self._stroke = Transmittance(self.session.document.canvas, brush.form(), self.build_up, TILE)
        self._before = {}
        self._gather(event)
        self.frame()

    def move(self, event: PointerEvent) -> None:
        if self._path is not None:
            self._gather(event)

    def release(self, event: PointerEvent) -> None:
        # where it was lifted is where it was last moved to, and a pen's pressure has gone
        self.commit()

    def frame(self) -> None:
        if self._path is not None and self._gathered:
            samples, self._gathered = self._gathered, []
            self._draw(self._path.add(samples))

    def commit(self) -> None:
        if self._path is None:
            return
        self.frame()
        self._draw(self._path.finish())
        before = self._end()
        if before:
            self.record(before)

    def cancel(self) -> None:
        before = self._end()
        if before:
            self.restore(before)

    def _gather(self, event: PointerEvent) -> None:
        self._gathered.append(
            Sample(event.x, event.y, event.pressure, event.tilt_x, event.tilt_y, event.time)
        )

    def _draw(self, dabs: Dabs) -> None:
        if self._stroke is None:
            return
        self._stroke.add(dabs)
        changed = self._stroke.take_changed()
        if changed:
            for key, tile in self.show(changed, self._before).items():
                self._before.setdefault(key, tile)

    def _end(self) -> TilePatch:
        """Ends the stroke; the tiles that it changed, as they were before it."""
        before, self._before = self._before, {}
        self._path = self._stroke = None
        self._gathered = []
        return before


def on_canvas(key: TileKey, area: Bounds) -> Bounds:
    """Where a part of a tile, in the tile's own pixels, lies."""
    return area.translated(key[0] * TILE, key[1] * TILE)
