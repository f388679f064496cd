"""A picture beside the prompt, read from a file and made as small as any model looks at it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from editor.document.tiles import Array8
from editor.files.formats import open_document
from editor.raster.depth import to_8
from editor.render.compositor import composite
from inference.request import Reference

LONGEST_SIDE = 512
"""In pixels; image encoders work at 224 to 384."""


def read_reference(path: Path, weight: float = 1.0) -> Reference:
    """Raises FileError where the file is no picture. What is transparent in it counts as white."""
    document = open_document(path)
    return Reference(small(to_8(composite(document.root, document.canvas))), weight)


def small(rgba: Array8) -> Array8:
    """(h, w, 4) straight RGBA on white, as (h, w, 3) of at most ``LONGEST_SIDE``."""
    import cv2  # not at start-up

    alpha = rgba[..., 3:].astype(np.float32) / 255
    rgb = np.rint(rgba[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    scale = LONGEST_SIDE / max(rgb.shape[:2])
    if scale < 1:
        size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
        rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    return rgb
