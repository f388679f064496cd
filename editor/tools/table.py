"""The table of tools, in the order of the tool bar."""

from __future__ import annotations

from editor.tools.context_box import ContextBoxTool
from editor.tools.extend import ExtendTool
from editor.tools.hand import HandTool
from editor.tools.heal import HealTool
from editor.tools.lasso import LassoTool
from editor.tools.marquee import EllipseTool, RectangleTool
from editor.tools.mask_brush import MaskBrushTool
from editor.tools.paint_brush import EraserTool, PaintBrushTool
from editor.tools.tool import Tool
from editor.tools.wand import WandTool

TOOLS: dict[str, type[Tool]] = {
    tool.info.id: tool
    for tool in (
        MaskBrushTool,
        LassoTool,
        RectangleTool,
        EllipseTool,
        WandTool,
        PaintBrushTool,
        EraserTool,
        HealTool,
        ExtendTool,
        ContextBoxTool,
        HandTool,
    )
}

DEFAULT_TOOL = MaskBrushTool.info.id
