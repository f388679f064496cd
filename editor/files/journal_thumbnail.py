"""A small picture of a whole document for its journal, from samples of its tiles: no thread needs more than moments."""

from __future__ import annotations

import io

from PIL import Image

from editor.document.document import Document
from editor.document.geometry import Bounds
from editor.document.layers import PaintLayer
from editor.document.tiles import TileMap
from editor.raster.depth import to_8
from editor.render.colour import for_screen
from editor.render.compositor import composite
from editor.render.qimage import to_array, to_qimage
from editor.render.thumbnail import sampled

SIDE = 256
"""The longer side in pixels, at most."""


def journal_thumbnail(document: Document) -> bytes:
    """A PNG in the screen's colours; of a document that nobody changes meanwhile."""
    canvas = document.canvas
    step = -(-canvas.extent.longest // SIDE)
    root = document.root.snapshot()
    for layer in root.walk():
        if layer.mask is not None:
            layer.mask = TileMap.from_array(sampled(layer.mask, canvas, step))
        if isinstance(layer, PaintLayer):
            layer.pixels = TileMap.from_array(sampled(layer.pixels, canvas, step))
    small = Bounds(0, 0, -(-canvas.width // step), -(-canvas.height // step))
    out = io.BytesIO()
    shown = for_screen(to_qimage(to_8(composite(root, small))), document.metadata.icc_profile)
    Image.fromarray(to_array(shown)).save(out, "PNG", compress_level=1)
    return out.getvalue()
