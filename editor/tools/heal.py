"""HealTool: spots are painted over, and repaired from their surroundings once the pointer is lifted."""

from __future__ import annotations

import numpy as np

from editor.document.signal import Signal
from editor.heal import HealStroke
from editor.raster.brush import Brush
from editor.raster.dab import Dabs
from editor.raster.response import Response
from editor.raster.stabiliser import Sample
from editor.raster.stroke import StrokePath
from editor.session import Session
from editor.settings import Settings
from editor.tools.tool import Disc, Overlay, PointerEvent, Tool, ToolInfo

SPACING = 0.1
"""Distance of two dabs as a part of the diameter."""


class HealTool(Tool):
    """``painted(HealStroke)``: a stroke is finished. It changes nothing by itself: whoever listens has it healed."""

    info = ToolInfo(
        "heal",
        "Spot Heal",
        "J",
        "heal",
        "Paint over a blemish: it is repaired from what lies around it. [ and ] change the size.",
        options=("heal-size", "heal-sample"),
    )

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__(session, settings)
        self.painted = Signal()
        self._path: StrokePath | None = None
        self._size = 0.0
        self._dabs: list[Dabs] = []
        self._discs: list[Disc] = []

    @property
    def busy(self) -> bool:
        return self._path is not None

    def press(self, event: PointerEvent) -> None:
        self.commit()
        self._size = float(self.settings["heal-size"])
        brush = Brush(
            size=self._size,
            hardness=1,
            spacing=SPACING,
            dynamics=(("size", "pressure", Response(((0, 0), (1, 1)))),),
        )
        self._path = StrokePath(brush)
        self._add(event)

    def move(self, event: PointerEvent) -> None:
        if self._path is not None:
            self._add(event)

    def release(self, event: PointerEvent) -> None:
        # where it was lifted is where it was last moved to, and a pen's pressure has gone
        self.commit()

    def commit(self) -> None:
        if self._path is None:
            return
        dabs = np.concatenate([*self._dabs, self._path.finish()])
        self.cancel()
        if len(dabs):
            active, selection = self.session.active, self.session.document.selection
            self.painted.emit(
                HealStroke(
                    dabs,
                    self._size,
                    active.id if active else None,
                    self.settings["heal-sample"],
                    selection.snapshot() if selection else None,
                )
            )

    def cancel(self) -> None:
        self._path, self._dabs, self._discs = None, [], []
        self.overlay_changed.emit()

    def overlay(self) -> Overlay:
        return Overlay(discs=self._discs)

    def cursor_diameter(self) -> float:
        return float(self.settings["heal-size"])

    def _add(self, event: PointerEvent) -> None:
        if self._path is not None:
            sample = Sample(event.x, event.y, event.pressure, event.tilt_x, event.tilt_y, event.time)
            self._dabs.append(self._path.add([sample]))
            self._discs += discs_of(self._dabs[-1])
            self.overlay_changed.emit()


def discs_of(dabs: Dabs) -> list[Disc]:
    """As an overlay shows them."""
    return [(x, y, diameter) for x, y, diameter in dabs[:, :3].tolist()]
