"""HandTool: moves the view. The canvas pans by itself while this tool is chosen, as it does with Space held."""

from __future__ import annotations

from editor.tools.tool import Tool, ToolInfo


class HandTool(Tool):
    info = ToolInfo(
        "hand", "Hand", "H", "hand", "Drag to move the view, or a guide; the wheel zooms.", pans=True
    )
