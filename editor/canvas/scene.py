"""Scene: all that a canvas draws, from the surround up to the brush outline, and what of it would look otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPalette, QRegion

from editor.canvas.ants import MarchingAnts
from editor.canvas.fill_overlay import FillOverlay
from editor.canvas.guide_drag import GuideDrag
from editor.canvas.guide_lines import draw_guides, held_rects
from editor.canvas.overlays import (
    brush_outline_region,
    draw_brush_outline,
    draw_discs,
    draw_patch,
    draw_tool,
    overlay_rect,
)
from editor.canvas.picture import PictureView, checkerboard, is_dark, screen_rect, surround
from editor.canvas.viewport import Viewport
from editor.document.geometry import Bounds
from editor.render.colour import screen_transform
from editor.session import Session
from editor.settings import Settings
from editor.tools.tool import Disc, Tool

_MOST_RECTS = 12
"""Of a region that is drawn rectangle by rectangle."""


class Scene:
    """``ants`` go round the selection, ``source`` round where fills copy from. ``tool`` and ``pointer``, on the widget,
    say what is drawn above the picture; ``running`` is what an engine shows of its work, ``plan`` what a fill would do,
    ``healing`` what is being healed."""

    def __init__(
        self,
        session: Session,
        settings: Settings,
        viewport: Viewport,
        ants: MarchingAnts,
        source: MarchingAnts,
        guides: GuideDrag,
    ) -> None:
        self.pointer: QPointF | None = None
        self.running: tuple[QImage, Bounds] | None = None
        self.plan: FillOverlay | None = None
        self.healing: Sequence[Disc] = ()
        self._session, self._settings = session, settings
        self._viewport, self._ants, self._source = viewport, ants, source
        self._guides = guides
        self._tool: Tool | None = None
        self._picture = self._view()
        self._veil: PictureView | None = None
        self._veiled = Bounds(0, 0, 0, 0)
        """What was selected, in whole tiles, when the veil was last drawn."""
        self._outlined, self._overlaid = QRegion(), QRect()
        """Where the brush outline was drawn, and the tool's overlay."""
        self._held: list[QRect] = []
        """Where the guide that is being dragged was drawn."""

    def release(self) -> None:
        """Lets go of the session's projections."""
        self.tool = None
        self._picture.release()

    def renew(self) -> None:
        """The session's projections are others."""
        self._picture.release()
        self._picture = self._view()
        if self._veil is not None:
            self._veil.release()
            self._veil = PictureView(self._session.veil)

    @property
    def tool(self) -> Tool | None:
        return self._tool

    @tool.setter
    def tool(self, tool: Tool | None) -> None:
        self._tool = tool
        if self.shows_veil and self._veil is None:
            self._veil = PictureView(self._session.veil)
        elif not self.shows_veil and self._veil is not None:
            self._veil.release()
            self._veil = None

    @property
    def shows_veil(self) -> bool:
        return self._tool is not None and self._tool.info.shows_veil

    def advance(self) -> tuple[bool, list[QRect]]:
        """Composites for as long as a frame may take, first near the pointer. Whether nothing is left to do, and which
        rectangles of the widget would look otherwise than when they were last drawn."""
        near = None
        if self.pointer is not None:
            near = self._viewport.to_picture(self.pointer.x(), self.pointer.y())
        complete, rects = True, []
        for view in filter(None, (self._picture, self._veil)):
            complete &= view.advance(self._viewport, near)
            rects += view.changed(self._viewport)
        selected = self._session.document.selection.tiles_bounds()
        if (
            self._veil is not None and selected != self._veiled
        ):  # of what it never drew, a view tells no change
            rects.append(screen_rect(self._viewport, selected.united(self._veiled)))
        return complete, rects

    def draw(
        self, painter: QPainter, region: QRegion, palette: QPalette, moving: bool, outlined: bool
    ) -> None:
        """Draws a region of the widget; quickly while the view is ``moving``, and the brush outline where that is
        wanted."""
        viewport = self._viewport
        whole = region.boundingRect()
        rects = list(cast(Iterable[QRect], region)) if region.rectCount() <= _MOST_RECTS else [whole]
        painter.fillRect(whole, surround(palette))
        # Smoothly also while a stroke is painted: then it is a small part that is drawn, at a cost in proportion.
        self._picture.draw(painter, viewport, rects, not moving, checkerboard(is_dark(palette)))
        if self.running is not None:
            draw_patch(painter, *self.running, viewport)  # in place of the veil, which would hide it
        elif self._veil is not None:
            selected = self._session.document.selection.tiles_bounds()
            painter.setOpacity(self._settings["veil-opacity"] / 100)
            self._veil.draw(painter, viewport, rects, not moving, within=selected)
            self._veiled = selected
            painter.setOpacity(1)
        else:
            self._ants.draw(painter, viewport, moving)
        self._source.draw(painter, viewport, moving)
        if self.plan is not None and self.running is None:
            self.plan.draw(painter, viewport, self._session.document.canvas)
        if self._guides.are_shown:
            held = self._guides.held
            draw_guides(painter, viewport, self._session.document.guides, held, whole)
            self._held = held_rects(held, viewport, painter.fontMetrics())
        draw_discs(painter, self.healing, viewport)
        if self._tool is not None:
            overlay = self._tool.overlay()
            draw_tool(painter, overlay, viewport)
            self._overlaid = overlay_rect(overlay, viewport)
        diameter = self._diameter()
        if outlined and diameter is not None and self.pointer is not None:
            draw_brush_outline(painter, self.pointer.x(), self.pointer.y(), diameter, viewport)
            self._outlined = self._outline(diameter)

    def overlay_region(self) -> QRegion:
        """Where the tool's lines and handles were, and where they are."""
        region = QRegion(self._overlaid)
        if self._tool is not None:
            region = region.united(overlay_rect(self._tool.overlay(), self._viewport))
        return region

    def held_region(self, metrics: QFontMetrics) -> QRegion:
        """Where the guide that is being dragged was, and where it is."""
        region = QRegion()
        for rect in (*self._held, *held_rects(self._guides.held, self._viewport, metrics)):
            region = region.united(rect)
        return region

    def outline_region(self) -> QRegion:
        """Where the brush outline was, and where it is: for this nothing is composited."""
        region, self._outlined = self._outlined, QRegion()
        diameter = self._diameter()
        return region if diameter is None else region.united(self._outline(diameter))

    def _view(self) -> PictureView:
        profile = self._session.document.metadata.icc_profile
        return PictureView(self._session.projection, screen_transform(profile))

    def _outline(self, diameter: float) -> QRegion:
        if self.pointer is None:
            return QRegion()
        return brush_outline_region(self.pointer.x(), self.pointer.y(), diameter, self._viewport)

    def _diameter(self) -> float | None:
        return self._tool.cursor_diameter() if self._tool is not None else None
