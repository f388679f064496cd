"""WandTool: selects what has the colour that is clicked."""

from __future__ import annotations

from editor.render.sampling import Source, wand
from editor.tools.selecting import SelectionTool
from editor.tools.tool import PointerEvent, ToolInfo


class WandTool(SelectionTool):
    """Done at the press: there is nothing to commit."""

    info = ToolInfo(
        "wand",
        "Magic Wand",
        "W",
        "wand",
        "Click a colour to select what is like it. Shift adds, Ctrl subtracts.",
        options=("selection-mode", "wand-tolerance", "wand-contiguous", "wand-antialias", "wand-sample"),
    )

    def press(self, event: PointerEvent) -> None:
        layer = self.session.active if self.settings["wand-sample"] == "layer" else None
        shape = wand(
            Source(self.session.document, layer),
            event.x,
            event.y,
            self.settings["wand-tolerance"],
            contiguous=self.settings["wand-contiguous"],
            soft_edges=self.settings["wand-antialias"],
        )
        self.select_plane(shape, self.mode_for(event))
